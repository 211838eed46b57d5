# room(NAME [PURE | SANITIZED] [COLD] [USES room…] [TEST_USES room…] [LIBS library…])
#   src/NAME/**/*.cpp        -> static library `NAME`
#   src/NAME/**/*.test.cpp   -> test program `NAME_test`, one ctest entry per test case
# USES names the only rooms whose headers this one may include, TEST_USES those that only its tests may include, too;
# tests/rooms_test.py holds the includes against them.
# PURE rooms have no sockets and no model: they are also built, tested and fuzzed with sanitizers. SANITIZED rooms are
# not pure, but tested with sanitizers all the same.
# COLD rooms run when the program starts or when somebody asks for it, not for each request: they are built to be small,
# which keeps what an idle server holds of its own code small (docs/benchmarks.md).
function(room name)
  cmake_parse_arguments(ROOM "PURE;SANITIZED;COLD" "" "USES;TEST_USES;LIBS;TEST_LIBS" ${ARGN})
  if(ENTENTE_PURE_ONLY AND NOT ROOM_PURE AND NOT (ROOM_SANITIZED AND ENTENTE_TESTS))
    return()
  endif()
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(\\.test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "\\.test\\.cpp$")

  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ROOM_USES} ${ROOM_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ROOM_USES} ${ROOM_LIBS})
  endif()

  if(ROOM_COLD AND sources)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()

  if(ENTENTE_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_TEST_USES} ${ROOM_TEST_LIBS} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE ENTENTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    include(GoogleTest)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${name} TIMEOUT 120)
  endif()
endfunction()
