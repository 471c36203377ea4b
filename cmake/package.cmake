# Debian packages by cpack: libclmlpN, libclmlp-dev and clmlp, and for each MPI that it is built with clmlp-MPI.
# `./setup.sh package` makes them as they should be, for /usr and with Debian's flags (preset package); of another
# build they have the same files, some in other folders.
if(SKBUILD OR NOT PROJECT_IS_TOP_LEVEL OR NOT TARGET clmlp_program)
    return()
endif()
set(CLMLP_PACKAGE_CONTACT "" CACHE STRING "Maintainer of the packages, NAME <MAIL>; empty: DEBFULLNAME and DEBEMAIL")
set(CLMLP_PACKAGE_REVISION 1 CACHE STRING "What follows the version of the packages after a hyphen")

set(contact ${CLMLP_PACKAGE_CONTACT})
if(NOT contact AND DEFINED ENV{DEBEMAIL})
    set(contact "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
elseif(NOT contact)
    set(contact "the clmlp authors <root@localhost>") # made here, for here
endif()

# What comes before a release has a version below it.
file(STRINGS CHANGELOG.md release REGEX "^## ${PROJECT_VERSION} \\([0-9]+-[0-9]+-[0-9]+\\)")
set(version ${PROJECT_VERSION})
if(NOT release)
    string(APPEND version "~dev")
endif()
set(version ${version}-${CLMLP_PACKAGE_REVISION})

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_PACKAGE_NAME clmlp)
set(CPACK_PACKAGE_CONTACT "${contact}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
get_property(modules GLOBAL PROPERTY CLMLP_MPI_MODULES)
set(contents library tools development ${modules})
set(CPACK_COMPONENTS_ALL ${contents})
set(CPACK_DEB_COMPONENT_INSTALL TRUE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${version})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)

# Debian's rule: the name has the number of the soname, so that programs of two minor versions find theirs.
set(library_package libclmlp${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS "pocl-opencl-icd | opencl-icd")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS TRUE)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
# cpack would write scripts that call ldconfig, where Debian has a trigger. It does not where it is told of scripts;
# these two do not exist, and files that do not are left out. cpack warns of them.
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/package/triggers
    ${CMAKE_CURRENT_BINARY_DIR}/package/none/postinst ${CMAKE_CURRENT_BINARY_DIR}/package/none/postrm)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "trains neural networks on any OpenCL device - shared library
clmlp trains fully connected neural networks on OpenCL devices, or on the
CPU, and checks what a device computes number by number.
This package has the library that programs are linked with.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libclmlp-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library_package} (= ${version})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS # to link libclmlp.a
    "libcjson-dev, libclblast-dev, libopenblas-dev, ocl-icd-opencl-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "trains neural networks on any OpenCL device - development files
clmlp trains fully connected neural networks on OpenCL devices, or on the
CPU, and checks what a device computes number by number.
This package has headers, the static library, and files for CMake and
pkg-config.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME clmlp)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${library_package} (= ${version})")
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd")
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "trains neural networks on any OpenCL device - program
clmlp trains fully connected neural networks on OpenCL devices, or on the
CPU, and checks what a device computes number by number.
This package has the program, its manual pages and the documentation. It
reads tables, MNIST's images, NumPy's arrays and sparse text, and exports
models as ONNX, C and scripts.")

# The modules: with the library they would bring every MPI to everybody.
set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS "clmlp-openmpi | clmlp-mpich")
set(mpi_openmpi "Open MPI")
set(launcher_openmpi openmpi-bin)
set(mpi_mpich MPICH)
set(launcher_mpich mpich)
foreach(module IN LISTS modules)
    string(TOUPPER ${module} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME clmlp-${module})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION science)
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${library_package} (= ${version})")
    set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS ${launcher_${module}})
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "trains neural networks on any OpenCL device - ranks of ${mpi_${module}}
clmlp trains fully connected neural networks on OpenCL devices, or on the
CPU, and checks what a device computes number by number.
This package lets processes that ${mpi_${module}} has started train together.")
endforeach()

# Between installation and packing: what Debian wants beside the files of `cmake --install`.
foreach(component IN LISTS contents)
    string(TOUPPER ${component} upper)
    list(APPEND packages ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
endforeach()
configure_file(cmake/package/finish.cmake.in package/finish.cmake @ONLY)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/package/finish.cmake)
include(CPack)
