# Compiler and linker settings for our own code.
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 16 reports both of these inside coroutine frames that it made itself.
  add_compile_options(-Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
add_compile_definitions(
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
add_compile_definitions(ENTENTE_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR}/src)

if(ENTENTE_SANITIZE)
  add_compile_options(-fsanitize=${ENTENTE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ENTENTE_SANITIZE})
endif()
if(ENTENTE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# The prefix keeps what runs once or never apart from the rest, so that it need not be in memory with it.
add_link_options(-Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro,-z,now,-z,keep-text-section-prefix)
add_compile_options(-ffunction-sections -fdata-sections)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
