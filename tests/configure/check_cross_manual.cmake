# cmake -DROOT=... -DSCRATCH=... -DGENERATOR=... -DPROGRAM=... -P check_cross_manual.cmake: where the program that is
# built does not run, there is no manual, which is said; or another clmlp writes it.
cmake_minimum_required(VERSION 3.22)
file(REMOVE_RECURSE ${SCRATCH})

# To CMake a system that is named is another one.
function(configure folder)
    execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${ROOT} -B ${SCRATCH}/${folder} -DBUILD_TESTING=OFF
                            -DCMAKE_SYSTEM_NAME=${CMAKE_HOST_SYSTEM_NAME} ${ARGN}
                    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REGEX REPLACE "[ \n]+" " " output "${output}") # messages are wrapped
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "configure ${ARGN}: status ${result}:\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

configure(without)
if(NOT output MATCHES "Cross-compiling: there will be no manual pages and no completions")
    message(SEND_ERROR "it is not said that there is no manual:\n${output}")
endif()

configure(with -DCLMLP_MANUAL_PROGRAM=${PROGRAM})
if(output MATCHES "there will be no manual")
    message(SEND_ERROR "there is a program to write it with:\n${output}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${SCRATCH}/with --target clmlp_manual
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0 OR EXISTS ${SCRATCH}/with/libclmlp.a)
    message(FATAL_ERROR "the manual: status ${result}:\n${output}")
endif()
foreach(file IN ITEMS man1/clmlp.1 man1/clmlp-bench-step.1 bash/clmlp zsh/_clmlp)
    if(NOT EXISTS ${SCRATCH}/with/manual/${file})
        message(SEND_ERROR "not written: ${file}")
    endif()
endforeach()
