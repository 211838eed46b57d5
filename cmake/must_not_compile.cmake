# tests/must_not_compile: each file compiles as it stands, and fails with its bad branch on, saying what it expects.
file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/must_not_compile/*.cpp)
set(compile ${CMAKE_CXX_COMPILER} -std=c++26 -fsyntax-only -Wall -Werror -I${CMAKE_SOURCE_DIR}/src
    -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED)
foreach(case ${cases})
  cmake_path(GET case STEM name)
  file(STRINGS ${case} says REGEX "^// says: " LIMIT_COUNT 1)
  string(REPLACE "// says: " "" says "${says}")
  add_test(NAME MustNotCompile.${name}_good COMMAND ${compile} ${case})
  add_test(NAME MustNotCompile.${name} COMMAND ${compile} -DMUST_NOT_COMPILE ${case})
  # The message, not the exit code: a failure for another reason is none of the promise.
  set_tests_properties(MustNotCompile.${name} PROPERTIES PASS_REGULAR_EXPRESSION "error: [^\n]*${says}")
endforeach()
