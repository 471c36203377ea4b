/* streams.c - streams that fail on demand (system.c says how), as they do in life: for the time of the call, another
 * file is behind the descriptor, one that is full or cannot be read. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "system.h"

/* --- streams ----------------------------------------------------------------------------------------------------- */

/* Put `path` behind a stream. Returns a descriptor of what was there. */
static int put_behind(FILE *stream, const char *path, int flags)
{
    static __typeof__(dup) *real_dup;
    static int (*real_open)(const char *, int, ...);
    if (real_dup == NULL) layer_find((void *)&real_dup, "dup");
    if (real_open == NULL) layer_find((void *)&real_open, "open");
    const int kept = real_dup(fileno(stream)), other = real_open(path, flags);
    if (kept < 0 || other < 0 || dup2(other, fileno(stream)) < 0) abort();
    (void)close(other);
    return kept;
}

static void put_back(FILE *stream, int kept)
{
    const int number = errno;
    if (kept < 0) return;
    if (stream != NULL) (void)dup2(kept, fileno(stream));
    (void)close(kept);
    errno = number;
}

static int fill(FILE *stream, const void *from, const char *function)
{
    if (stream == stderr || !__fwritable(stream) || !fails(KIND_flush, from, function)) return -1;
    return put_behind(stream, "/dev/full", O_WRONLY);
}

static int spoil(FILE *stream, const void *from, const char *function)
{
    return fails(KIND_read, from, function) ? put_behind(stream, "/", O_RDONLY) : -1;
}

#define FULL(stream, name, type, call)                                            \
    const int kept_ = fill((stream), CALLER, #name);         \
    const type result_ = (call);                                                  \
    put_back((stream), kept_);                                                    \
    return result_

#define UNREADABLE(stream, name, type, call)                                      \
    const int kept_ = spoil((stream), CALLER, #name);        \
    type const result_ = (call);                                                  \
    put_back((stream), kept_);                                                    \
    return result_

FILE *fopen(const char *path, const char *mode)
{
    BEHIND(fopen);
    FAIL(open, fopen, EMFILE, NULL);
    FILE *const stream = behind(path, mode);
    note_made(stream, LEFT_STREAM, CALLER);
    return stream;
}

FILE *fdopen(int descriptor, const char *mode)
{
    BEHIND(fdopen);
    FAIL(open, fdopen, ENOMEM, NULL);
    FILE *const stream = behind(descriptor, mode);
    if (stream != NULL) (void)left_drop(NUMBERED(descriptor), LEFT_DESCRIPTOR);
    note_made(stream, LEFT_STREAM, CALLER);
    return stream;
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *stream)
{
    BEHIND(fwrite);
    FULL(stream, fwrite, size_t, behind(from, size, count, stream));
}

int fputs(const char *text, FILE *stream)
{
    BEHIND(fputs);
    FULL(stream, fputs, int, behind(text, stream));
}

int fputc(int character, FILE *stream)
{
    BEHIND(fputc);
    FULL(stream, fputc, int, behind(character, stream));
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int kept = fill(stream, CALLER, "fprintf"), result = vfprintf(stream, format, arguments);
    va_end(arguments);
    put_back(stream, kept);
    return result;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int kept = fill(stdout, CALLER, "printf"), result = vprintf(format, arguments);
    va_end(arguments);
    put_back(stdout, kept);
    return result;
}

int puts(const char *text)
{
    BEHIND(puts);
    FULL(stdout, puts, int, behind(text));
}

int fflush(FILE *stream)
{
    BEHIND(fflush);
    FULL(stream, fflush, int, behind(stream));
}

int fclose(FILE *stream)
{
    BEHIND(fclose);
    (void)left_drop(stream, LEFT_STREAM);
    const int kept = fill(stream, CALLER, "fclose"), result = behind(stream);
    put_back(NULL, kept);
    return result;
}

size_t fread(void *to, size_t size, size_t count, FILE *stream)
{
    BEHIND(fread);
    UNREADABLE(stream, fread, size_t, behind(to, size, count, stream));
}

char *fgets(char *to, int size, FILE *stream)
{
    BEHIND(fgets);
    UNREADABLE(stream, fgets, char *, behind(to, size, stream));
}

/* The line is memory of its caller. */
ssize_t getline(char **line, size_t *size, FILE *stream)
{
    BEHIND(getline);
    const int kept = spoil(stream, CALLER, "getline");
    const ssize_t length = behind(line, size, stream);
    put_back(stream, kept);
    (void)left_drop(*line, LEFT_MEMORY); /* as realloc has noted it */
    note_made(*line, LEFT_MEMORY, CALLER);
    return length;
}

int fseeko(FILE *stream, off_t at, int from)
{
    BEHIND(fseeko);
    FAIL(seek, fseeko, EIO, -1);
    return behind(stream, at, from);
}

int fseek(FILE *stream, long at, int from)
{
    BEHIND(fseek);
    FAIL(seek, fseek, EIO, -1);
    return behind(stream, at, from);
}

off_t ftello(FILE *stream)
{
    BEHIND(ftello);
    FAIL(seek, ftello, EIO, -1);
    return behind(stream);
}
