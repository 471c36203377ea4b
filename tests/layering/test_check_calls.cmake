# Small objects with and without a circle: check_calls.cmake must name each circle and pass what has none.
cmake_minimum_required(VERSION 3.22)
if(NOT NM OR NOT EXISTS ${NM})
    message("skipped: there is no nm")
    return()
endif()
file(REMOVE_RECURSE ${SCRATCH})

# check(NM FILE TEXT FILE TEXT ...): compile the texts and check them. A semicolon, which CMake's lists take for their
# own, is written |.
function(check nm)
    set(objects)
    while(ARGN)
        list(POP_FRONT ARGN name text)
        string(REPLACE "|" ";" text "${text}")
        file(WRITE ${SCRATCH}/${name} "${text}\n")
        execute_process(COMMAND ${COMPILER} -c ${SCRATCH}/${name} -o ${SCRATCH}/${name}.o RESULT_VARIABLE result)
        if(NOT result EQUAL 0)
            message(FATAL_ERROR "${name} does not compile")
        endif()
        list(APPEND objects ${SCRATCH}/${name}.o)
    endwhile()
    list(JOIN objects "\n" lines)
    file(WRITE ${SCRATCH}/objects "${lines}\n")
    execute_process(COMMAND ${CMAKE_COMMAND} -DNM=${nm} -DOBJECTS=${SCRATCH}/objects -DROOT=${SCRATCH}
                            -P ${CMAKE_CURRENT_LIST_DIR}/check_calls.cmake
                    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    set(result ${result} PARENT_SCOPE)
    set(output "${output}" PARENT_SCOPE)
endfunction()

set(top a.c "extern int b| int a(void)| int a(void) { return b| }")
set(middle b.c "int c(void)| int b = 3| int (*use)(void) = c|")

check(${NM} ${top} ${middle} c.c "static int b(void) { return 1| } int c(void) { return b()| }")
if(NOT result EQUAL 0 OR NOT output MATCHES "3 files with 4 symbols checked, 0 circles")
    message(SEND_ERROR "no circle, but refused:\n${output}")
endif()

check(${NM} ${top} ${middle} c.c "int a(void)| int c(void) { return a()| }"
      d.c "int c(void)| int d(void) { return c()| }")
if(result EQUAL 0 OR NOT output MATCHES "a circle of 3 files: " OR output MATCHES "d\\.c" OR
   NOT output MATCHES "a\\.c uses b\\.c: b\n" OR NOT output MATCHES "b\\.c uses c\\.c: c\n" OR
   NOT output MATCHES "c\\.c uses a\\.c: a\n")
    message(SEND_ERROR "a circle of three was not found, or not named:\n${output}")
endif()

check(${NM} a.c "int b(void)| int a(void) { return b()| }" b.c "int a(void)| int b(void) { return a()| }"
      c.c "int d(void)| int c(void) { return d()| }" d.c "int c(void)| int d(void) { return c()| }")
if(result EQUAL 0 OR NOT output MATCHES "2 circles")
    message(SEND_ERROR "two circles were not found:\n${output}")
endif()

check(${SCRATCH}/no-nm ${top})
if(NOT result EQUAL 0 OR NOT output MATCHES "^skipped: ")
    message(SEND_ERROR "without nm the check has to say that it was left out")
endif()
