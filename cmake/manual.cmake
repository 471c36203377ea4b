# Pages for man(1) and completions for bash and zsh. The program writes them from its tables of options
# (host/cli/manual), so it has to run where it is built.
set(CLMLP_MANUAL_PROGRAM "" CACHE FILEPATH
    "When cross-compiling without an emulator: a clmlp of the same commit that runs here, to write the manual with")
set(CLMLP_ZSH_COMPLETION_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh's completion goes")

if(NOT TARGET clmlp_program OR SKBUILD OR CLMLP_SANITIZE OR CLMLP_SANITIZE_THREADS OR CLMLP_FUZZ)
    return() # nobody installs these
endif()
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR AND NOT CLMLP_MANUAL_PROGRAM)
    message(WARNING "Cross-compiling: there will be no manual pages and no completions. They are written by clmlp "
            "itself: name one that runs here with -DCLMLP_MANUAL_PROGRAM=FILE, or a CMAKE_CROSSCOMPILING_EMULATOR")
    return()
endif()

set(manual ${CMAKE_CURRENT_BINARY_DIR}/manual)
set(program ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:clmlp_program>)
set(needs clmlp_program)
if(CLMLP_MANUAL_PROGRAM)
    set(program ${CLMLP_MANUAL_PROGRAM})
    set(needs ${CLMLP_MANUAL_PROGRAM})
endif()
add_custom_command(OUTPUT ${manual}/written
    COMMAND ${CMAKE_COMMAND} "-DPROGRAM=${program}" -DVERSION=${PROJECT_VERSION} -DFOLDER=${manual}
            -DCHANGELOG=${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md -P ${CMAKE_CURRENT_LIST_DIR}/write_manual.cmake
    DEPENDS ${needs} ${CMAKE_CURRENT_LIST_DIR}/write_manual.cmake CHANGELOG.md
    COMMENT "Writing the manual"
    VERBATIM)
add_custom_target(clmlp_manual ALL DEPENDS ${manual}/written)

install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tools)
install(FILES ${manual}/bash/clmlp DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
install(FILES ${manual}/zsh/_clmlp DESTINATION ${CLMLP_ZSH_COMPLETION_DIR} COMPONENT tools)
