# What `cmake --install` puts where. Components: every file belongs to one of library (the shared one), tools (program,
# manual, completions, documents) and development (headers, static library, CMake package, pkg-config file).

# The program finds the library beside it, wherever the two are moved to together.
if(TARGET clmlp_program)
    file(RELATIVE_PATH from_bin_to_lib "/prefix/${CMAKE_INSTALL_BINDIR}" "/prefix/${CMAKE_INSTALL_LIBDIR}")
    set_target_properties(clmlp_program PROPERTIES
        INSTALL_RPATH "$<IF:$<PLATFORM_ID:Darwin>,@loader_path,$ORIGIN>/${from_bin_to_lib}")
    install(TARGETS clmlp_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
endif()

install(FILES
    include/clmlp/bench.h
    include/clmlp/c_source.h
    include/clmlp/cancel.h
    include/clmlp/clmlp.h
    include/clmlp/dataset.h
    include/clmlp/device.h
    include/clmlp/evaluate.h
    include/clmlp/export.h
    include/clmlp/find_rate.h
    include/clmlp/gradcheck.h
    include/clmlp/inspect.h
    include/clmlp/memory.h
    include/clmlp/metrics.h
    include/clmlp/model.h
    include/clmlp/onnx.h
    include/clmlp/optimizer.h
    include/clmlp/output.h
    include/clmlp/precision.h
    include/clmlp/qualify.h
    include/clmlp/random.h
    include/clmlp/ranks.h
    include/clmlp/schedule.h
    include/clmlp/script.h
    include/clmlp/session.h
    include/clmlp/status.h
    include/clmlp/tensorboard.h
    include/clmlp/text.h
    include/clmlp/train.h
    include/clmlp/tune.h
    include/clmlp/verify.h
    ${CMAKE_CURRENT_BINARY_DIR}/include/clmlp/version.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/clmlp COMPONENT development)
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT tools)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tools)
install(FILES bench/METHODOLOGY.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench COMPONENT tools)

# --- the CMake package ----------------------------------------------------------------------------------
# Two export sets: whoever links the shared library needs none of the libraries below it.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/clmlp)
install(TARGETS clmlp EXPORT clmlpTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT library
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS clmlp_static EXPORT clmlpStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT clmlpTargets NAMESPACE clmlp:: DESTINATION ${package_dir} COMPONENT development)
install(EXPORT clmlpStaticTargets NAMESPACE clmlp:: DESTINATION ${package_dir} COMPONENT development)

configure_package_config_file(cmake/clmlpConfig.cmake.in clmlpConfig.cmake INSTALL_DESTINATION ${package_dir}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(clmlpConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/clmlpConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/clmlpConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

# --- pkg-config -----------------------------------------------------------------------------------------
# Libs.private holds flags, not Requires.private names: pkg-config would ask for the .pc file of each
# such name even for a shared link, and with it for development packages that nobody needs there.
file(RELATIVE_PATH from_pc_to_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" from_pc_to_prefix "${from_pc_to_prefix}")
list(JOIN CLBLAST_LDFLAGS " " clblast_flags)
list(JOIN CBLAS_LDFLAGS " " cblas_flags)
list(JOIN CJSON_LDFLAGS " " cjson_flags)
configure_file(cmake/clmlp.pc.in clmlp.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/clmlp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)

# --- the Python wheel, python/pyproject.toml ---------------------------------------------------------------
# Under one plain name beside the package: a wheel has no symbolic links.
if(SKBUILD)
    add_custom_target(clmlp_python DEPENDS clmlp) # `ninja clmlp` would be the program
    install(PROGRAMS $<TARGET_FILE:clmlp> DESTINATION clmlp RENAME libclmlp.so COMPONENT python)
endif()
