# cmake -DROOT=... -P check_includes.cmake: fails, with FILE:LINE, on an #include that points the wrong way.
#
#   base < data < model < backend < propagate < train < verify < bench: a folder of host/ includes from itself,
#   from those before it, and the public headers
#   cli: public headers and its own only
#   backend/opencl, clblast, native, probe: the only ones that see CL and CLBlast headers; they, and backend/cpu, are
#   private to themselves, but for backend/probe/probe.h
#   base, data, model: never see a device, so no public header that has one in it either
#   kernels/common/codes.h: what host and kernels share, from model on
#   include/clmlp: public headers and the C standard library only
cmake_minimum_required(VERSION 3.22)

set(order base data model backend propagate train verify bench)

# A public header has a device in it that includes clmlp/device.h, directly or through others.
file(GLOB public_headers RELATIVE ${ROOT}/include ${ROOT}/include/clmlp/*.h)
set(device_headers clmlp/device.h)
set(known 0)
list(LENGTH device_headers count)
while(count GREATER known) # each round adds those that include one of the last
    set(known ${count})
    foreach(header IN LISTS public_headers)
        if(header IN_LIST device_headers)
            continue()
        endif()
        file(STRINGS ${ROOT}/include/${header} includes REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]clmlp/")
        foreach(include IN LISTS includes)
            string(REGEX REPLACE ".*[<\"](clmlp/[^>\"]*)[>\"].*" "\\1" include "${include}")
            if(include IN_LIST device_headers)
                list(APPEND device_headers ${header})
                break()
            endif()
        endforeach()
    endforeach()
    list(LENGTH device_headers count)
endwhile()
set(standard_headers assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar
    wctype)
set(faults 0)
set(seen 0)

# Reports in the form that editors jump to.
macro(fault text)
    math(EXPR faults "${faults} + 1")
    message("${file}:${line}: #include ${name}: ${text}")
endmacro()

# A file in host/: where it is -> folder, e.g. backend, and part, e.g. backend/opencl.
macro(check_host)
    string(REGEX REPLACE "/.*" "" target "${name}")                         # the folder it includes from
    string(REGEX MATCH "^backend/(cpu|opencl|clblast|native|probe)" private_part "${name}")
    # the runtime, its engines and its probes are one until they are layered
    string(REGEX REPLACE "^backend/(clblast|native|probe)$" "backend/opencl" private_part "${private_part}")
    string(REGEX REPLACE "^backend/(clblast|native|probe)$" "backend/opencl" part "${part}")
    if(name STREQUAL "backend/probe/probe.h")
        set(private_part "")
    endif()
    if(name MATCHES "\\.\\./")
        fault("write the path from host/, without ..")
    elseif(name MATCHES "^clmlp/")
        if(folder MATCHES "^(base|data|model)$" AND name IN_LIST device_headers)
            fault("${folder} never sees a device, and this header has one in it")
        endif()
    elseif(name MATCHES "^(CL|OpenCL)/|clblast")
        if(NOT part STREQUAL "backend/opencl")
            fault("only backend/opencl sees OpenCL and CLBlast")
        endif()
    elseif(name MATCHES "^(kernels/)?common/codes\\.h$")
        if(folder MATCHES "^(base|data|cli)$")
            fault("${folder} knows no kernels")
        endif()
    elseif(folder STREQUAL "cli" AND quote STREQUAL "\"" AND EXISTS ${ROOT}/host/cli/${name})
        # its own; host/ is not on the program's include path
    elseif(quote STREQUAL "\"" AND NOT name MATCHES "/")
        fault("name the folder too, as in \"${folder}/${name}\"")
    elseif(private_part AND NOT private_part STREQUAL part)
        fault("${private_part} is private; backend/backend.h is the way to it")
    elseif(target STREQUAL "cli" OR target IN_LIST order)
        list(FIND order ${folder} here)
        list(FIND order ${target} there)
        if(folder STREQUAL "cli" AND NOT target STREQUAL "cli")
            fault("cli sees public headers only")
        elseif(NOT folder STREQUAL "cli" AND (target STREQUAL "cli" OR there GREATER here))
            fault("${folder} comes before ${target} and may not include from it")
        endif()
    elseif(quote STREQUAL "\"")
        fault("no such folder in host/")
    endif()
endmacro()

macro(check_public)
    string(REGEX REPLACE "\\.h$" "" stem "${name}")
    if(name MATCHES "^clmlp/")
        if(NOT EXISTS ${ROOT}/include/${name} AND NOT EXISTS ${ROOT}/include/${name}.in)
            fault("no such public header")
        endif()
    elseif(NOT quote STREQUAL "<" OR NOT stem IN_LIST standard_headers)
        fault("a public header includes only public headers and the C standard library")
    endif()
endmacro()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/host/*.[ch] ${ROOT}/host/*.inc ${ROOT}/include/*.h ${ROOT}/include/*.h.in)
foreach(file IN LISTS files)
    set(line 0)
    if(file MATCHES "^host/(([a-z]+)(/[a-z]+)?)/")
        set(part ${CMAKE_MATCH_1})
        set(folder ${CMAKE_MATCH_2})
        if(NOT folder STREQUAL "cli" AND NOT folder IN_LIST order)
            math(EXPR faults "${faults} + 1")
            message("${file}:1: host/${folder} is not in the order of folders: ${order} cli")
            continue()
        endif()
    endif()
    file(READ ${ROOT}/${file} text)
    string(REGEX REPLACE "[][;\\]" " " text "${text}") # what CMake's lists would trip over
    string(REPLACE "\n" ";" lines "${text}")
    foreach(content IN LISTS lines)
        math(EXPR line "${line} + 1")
        if(content MATCHES "^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"]*)[>\"]")
            set(quote "${CMAKE_MATCH_1}")
            set(name "${CMAKE_MATCH_2}")
            math(EXPR seen "${seen} + 1")
            if(file MATCHES "^host/")
                check_host()
            else()
                check_public()
            endif()
        endif()
    endforeach()
endforeach()

message("${seen} includes checked, ${faults} of them wrong")
if(seen EQUAL 0)
    message(FATAL_ERROR "found no include below ${ROOT}")
elseif(faults GREATER 0)
    message(FATAL_ERROR "includes point the wrong way (CONTRIBUTING.md, \"Layers\")")
endif()
