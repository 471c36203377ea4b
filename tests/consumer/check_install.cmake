# Installs into a scratch prefix, moves that elsewhere, and builds and runs project/ against it in four
# ways: find_package and pkg-config, each with the shared and with the static library.
#   BUILD_DIR, CONFIG           what to install
#   SCRATCH                     a folder of ours
#   CC, GENERATOR, PKG_CONFIG   tools
#   LIBDIR, BINDIR, MANDIR, DATADIR  below the prefix
cmake_minimum_required(VERSION 3.22)
set(project ${CMAKE_CURRENT_LIST_DIR}/project)
set(prefix "${SCRATCH}/moved prefix")

function(run)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${SCRATCH} RESULT_VARIABLE result
                    OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result STREQUAL "0")
        list(JOIN ARGN " " command)
        message("${output}")
        message(FATAL_ERROR "failed (${result}): ${command}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

# pkg_config(VARIABLE option...): the flags for clmlp, as a list.
function(pkg_config variable)
    run(${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${prefix}/${LIBDIR}/pkgconfig" ${PKG_CONFIG} ${ARGN} clmlp)
    separate_arguments(flags UNIX_COMMAND "${output}")
    set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --config ${CONFIG} --prefix ${SCRATCH}/installed)
file(RENAME ${SCRATCH}/installed ${prefix})

# The installed program finds the installed library, wherever the two are.
if(EXISTS "${prefix}/${BINDIR}/clmlp")
    run("${prefix}/${BINDIR}/clmlp" --version)
    message(STATUS "program: ${output}")
    find_program(READELF NAMES readelf llvm-readelf)
    if(READELF)
        run(${READELF} -d "${prefix}/${BINDIR}/clmlp")
        if(NOT output MATCHES "R(UN)?PATH[^\n]*\\[.ORIGIN/")
            message(FATAL_ERROR "the program's run path is not relative to the program:\n${output}")
        endif()
    endif()
    # Pages and completions are there, and what this program would write.
    run("${prefix}/${BINDIR}/clmlp" help --man)
    string(REGEX MATCHALL "[^\n]+" pages "${output}")
    foreach(page IN LISTS pages)
        if(NOT EXISTS "${prefix}/${MANDIR}/man1/${page}.1")
            message(FATAL_ERROR "not installed: ${MANDIR}/man1/${page}.1")
        endif()
    endforeach()
    foreach(shell IN ITEMS bash zsh)
        set(file_of_bash "bash-completion/completions/clmlp")
        set(file_of_zsh "zsh/site-functions/_clmlp")
        run("${prefix}/${BINDIR}/clmlp" help --completion ${shell})
        file(READ "${prefix}/${DATADIR}/${file_of_${shell}}" installed)
        if(NOT installed STREQUAL output)
            message(FATAL_ERROR "the completion of ${shell} is not what the program writes")
        endif()
    endforeach()
endif()

# find_package. Who links the shared library needs none of the packages below it: they are hidden here.
set(hidden -DCMAKE_DISABLE_FIND_PACKAGE_OpenCL=ON -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON
           -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)
foreach(link IN ITEMS shared static)
    run(${CMAKE_COMMAND} -S ${project} -B ${SCRATCH}/${link} -G ${GENERATOR} -DCMAKE_C_COMPILER=${CC}
        -DCMAKE_BUILD_TYPE=${CONFIG} "-DCMAKE_PREFIX_PATH=${prefix}" -DLINK=${link} ${hidden})
    run(${CMAKE_COMMAND} --build ${SCRATCH}/${link})
    run(${SCRATCH}/${link}/consumer)
    message(STATUS "find_package, ${link}: ${output}")
    set(hidden "")
endforeach()

# pkg-config. That the shared link asks for no other .pc file is seen by letting it find none.
run(${CMAKE_COMMAND} -E env "PKG_CONFIG_LIBDIR=${prefix}/${LIBDIR}/pkgconfig" --unset=PKG_CONFIG_PATH
    ${PKG_CONFIG} --cflags --libs clmlp)
pkg_config(flags --cflags --libs)
run(${CC} -std=c11 ${project}/main.c -o ${SCRATCH}/pkg_shared ${flags} "-Wl,-rpath,${prefix}/${LIBDIR}")
run(${SCRATCH}/pkg_shared)
message(STATUS "pkg-config, shared: ${output}")

# The program of docs/library.md, as it stands there.
file(READ ${CMAKE_CURRENT_LIST_DIR}/../../docs/library.md page)
string(FIND "${page}" "    /* Learns" begin)
string(FIND "${page}" "It prints:" end)
math(EXPR length "${end} - ${begin}")
string(SUBSTRING "${page}" ${begin} ${length} program)
file(WRITE "${SCRATCH}/page.c" "${program}")
run(${CC} -std=c11 ${SCRATCH}/page.c -o ${SCRATCH}/page ${flags} "-Wl,-rpath,${prefix}/${LIBDIR}")
run(${SCRATCH}/page)
message(STATUS "docs/library.md: ${output}")

# Without the shared library beside it, the linker takes the static one.
file(GLOB shared_libraries "${prefix}/${LIBDIR}/libclmlp*.so*" "${prefix}/${LIBDIR}/libclmlp*.dylib")
file(REMOVE ${shared_libraries})
pkg_config(flags --static --cflags --libs)
run(${CC} -std=c11 ${project}/main.c -o ${SCRATCH}/pkg_static ${flags})
run(${SCRATCH}/pkg_static)
message(STATUS "pkg-config, static: ${output}")
