# One test program: letterbox_test(name RING ring SOURCES … [LIBRARIES …] [TIMEOUT seconds])
#
# Rings, as ctest labels: unit, golden, protocol, terminal, live, rules.
function(letterbox_test name)
  cmake_parse_arguments(T "" "RING;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE letterbox_core Cmocka::cmocka ${T_LIBRARIES})
  target_compile_definitions(${name} PRIVATE
    TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TEST_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${T_RING}.${name} COMMAND ${name})
  set_tests_properties(${T_RING}.${name} PROPERTIES LABELS ${T_RING} TIMEOUT ${T_TIMEOUT})
endfunction()
