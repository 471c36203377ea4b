# cmake -DROOT=... -DSCRATCH=... -DGENERATOR=... -DPKG_CONFIG=... -P check_without_criterion.cmake: where Criterion is
# missing, the project is configured without tests and says so; whoever asked for them gets an error with the package.
cmake_minimum_required(VERSION 3.22)
file(REMOVE_RECURSE ${SCRATCH})

# A pkg-config that does not know Criterion.
file(WRITE ${SCRATCH}/pkg-config
     "#!/bin/sh\ncase \"$*\" in *criterion*) exit 1 ;; esac\nexec '${PKG_CONFIG}' \"$@\"\n")
file(CHMOD ${SCRATCH}/pkg-config PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(ENV{PKG_CONFIG} ${SCRATCH}/pkg-config)

# configure(folder succeeds text argument...)
function(configure folder succeeds text)
    execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${ROOT} -B ${SCRATCH}/${folder} ${ARGN}
                    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REGEX REPLACE "[ \n]+" " " output "${output}") # messages are wrapped
    if(succeeds AND NOT result EQUAL 0 OR NOT succeeds AND result EQUAL 0)
        message(SEND_ERROR "configure ${ARGN}: status ${result}:\n${output}")
    endif()
    if(NOT output MATCHES "${text}")
        message(SEND_ERROR "configure ${ARGN}: '${text}' is not in:\n${output}")
    endif()
    if(EXISTS ${SCRATCH}/${folder}/tests/CMakeFiles)
        message(SEND_ERROR "configure ${ARGN}: there are tests")
    endif()
endfunction()

set(without "Criterion is missing: configured without tests. For tests install libcriterion-dev")
configure(default TRUE "${without}")
configure(default TRUE "${without}") # again, with a cache
configure(default FALSE "Criterion is missing.*install libcriterion-dev" -DBUILD_TESTING=ON)
configure(asked FALSE "Criterion is missing.*install libcriterion-dev" -DBUILD_TESTING=ON)
configure(off TRUE "Configuring done" -DBUILD_TESTING=OFF)
