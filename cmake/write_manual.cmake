# cmake -DPROGRAM=... -DVERSION=... -DFOLDER=... -DCHANGELOG=... -P write_manual.cmake: all pages and completions that
# PROGRAM (a list: an emulator may stand in front) writes, in FOLDER.
cmake_minimum_required(VERSION 3.22)

# write(file argument...): what `clmlp help argument...` says.
function(write file)
    execute_process(COMMAND ${PROGRAM} help ${ARGN} OUTPUT_FILE ${FOLDER}/${file} RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "clmlp help ${ARGN}: ${result}")
    endif()
endfunction()

execute_process(COMMAND ${PROGRAM} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT version STREQUAL "clmlp ${VERSION}")
    message(FATAL_ERROR "${PROGRAM} is '${version}', expected clmlp ${VERSION}")
endif()

# The date of a page is that of the release, where there is one: the same source gives the same page.
file(STRINGS ${CHANGELOG} release REGEX "^## ${VERSION} \\([0-9]+-[0-9]+-[0-9]+\\)")
if(release AND NOT DEFINED ENV{SOURCE_DATE_EPOCH})
    string(REGEX MATCH "[0-9]+-[0-9]+-[0-9]+" date "${release}")
    execute_process(COMMAND date -u -d ${date} +%s OUTPUT_VARIABLE seconds OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(ENV{SOURCE_DATE_EPOCH} ${seconds})
endif()

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/man1 ${FOLDER}/bash ${FOLDER}/zsh)
execute_process(COMMAND ${PROGRAM} help --man OUTPUT_VARIABLE names RESULT_VARIABLE result)
string(REGEX MATCHALL "[^\n]+" names "${names}")
list(LENGTH names count)
if(NOT result EQUAL 0 OR count LESS 10)
    message(FATAL_ERROR "clmlp help --man: status ${result}, ${count} pages")
endif()
foreach(name IN LISTS names)
    write(man1/${name}.1 --man ${name})
endforeach()
write(bash/clmlp --completion bash)
write(zsh/_clmlp --completion zsh)
file(TOUCH ${FOLDER}/written)
