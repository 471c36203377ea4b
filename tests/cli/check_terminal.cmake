# Everything that the program says goes through terminal.c, which lets nothing steer a terminal. Nobody else in host/cli
# writes to a stream: cmake -DCLI=host/cli -P check_terminal.cmake
#
# Left out: terminal.c; message.c, whose clmlp_cli_write gets whole results; search/log.c and ranks/send_file.c, which
# write a file; lines that are drawn again and again (\r), of numbers alone.
cmake_minimum_required(VERSION 3.18)
file(GLOB_RECURSE files ${CLI}/*.c)
list(LENGTH files count)
if(count LESS 20)
    message(FATAL_ERROR "${CLI}: found ${count} files, expected host/cli")
endif()
set(wrong)
foreach(file IN LISTS files)
    if(file MATCHES "/(terminal|search/log|ranks/send_file|reports/progress)\\.c$")
        continue()
    endif()
    file(STRINGS ${file} lines REGEX "(^|[^a-z_])(v?f?printf|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal) *\\(")
    foreach(line IN LISTS lines)
        if(line MATCHES "\\\\r" OR line MATCHES "note_write_failure\\(fputs\\(text, stdout\\)")
            continue()
        endif()
        string(APPEND wrong "\n  ${file}: ${line}")
    endforeach()
endforeach()
if(wrong)
    message(FATAL_ERROR "not through clmlp_cli_out or clmlp_cli_print (host/cli/terminal.h):${wrong}")
endif()
