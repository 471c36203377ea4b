/* run.c - runs the program as a person would. */
#include "run.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mortal.h"

enum { LONGEST_LINE = 4096 };

static int exit_status(int code)
{
    return WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
}

static int shell(const char *command)
{
    const int code = mortal_shell(command);
    cr_assert_neq(code, -1, "the shell does not run");
    return exit_status(code);
}

char *cli_folder_of(const char *program, const char *name)
{
    char command[LONGEST_LINE];
    const size_t size = strlen(TEST_SCRATCH_DIR) + strlen(program) + strlen(name) + sizeof "/cli--";
    char *const folder = malloc(size);
    cr_assert_not_null(folder);
    (void)snprintf(folder, size, "%s/cli-%s-%s", TEST_SCRATCH_DIR, program, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", folder, folder);
    cr_assert_eq(shell(command), 0, "cannot make %s", folder);
    return folder;
}

cli_run cli(const char *folder, const char *line)
{
    return cli_with(folder, "", line);
}

cli_run cli_with(const char *folder, const char *environment, const char *line)
{
    char command[LONGEST_LINE];
    const int length = snprintf(command, sizeof command,
                                "cd '%s' && { %s '%s' $$ '%s' %s; } >.out 2>.err </dev/null", folder, environment,
                                MORTAL_PROGRAM, CLMLP_PROGRAM, line);
    cr_assert(length > 0 && (size_t)length < sizeof command, "the command line is too long");
    cli_run run = {.status = shell(command)};
    run.out = cli_read(folder, ".out");
    run.err = cli_read(folder, ".err");
    cr_assert(run.out != NULL && run.err != NULL);
    return run;
}

void cli_free(cli_run *run)
{
    free(run->out);
    free(run->err);
}

pid_t cli_start(const char *folder, char *const *arguments)
{
    const pid_t parent = getpid(), child = fork();
    cr_assert_neq(child, -1);
    if (child > 0) return child;
    mortal(parent);
    if (chdir(folder) != 0 || freopen(".out", "w", stdout) == NULL || freopen(".err", "w", stderr) == NULL) _exit(99);
    (void)execv(CLMLP_PROGRAM, arguments);
    _exit(98);
}

void cli_wait_for(const char *folder, pid_t program, const char *text)
{
    const struct timespec pause = {0, 20 * 1000 * 1000};
    for (bool ended = false;;) {
        int code = 0;
        char *const said = cli_read(folder, ".err");
        if (said != NULL && strstr(said, text) != NULL) {
            free(said);
            return;
        }
        cr_assert(!ended, "the program ended before it wrote '%s':\n%s", text, said != NULL ? said : "");
        free(said);
        /* what it wrote last is read once more */
        ended = waitpid(program, &code, WNOHANG) != 0;
        if (!ended) (void)nanosleep(&pause, NULL);
    }
}

cli_run cli_stop(const char *folder, pid_t program, int signal_number)
{
    int code = 0;
    cr_assert_eq(kill(program, signal_number), 0);
    cr_assert_eq(waitpid(program, &code, 0), program);
    cli_run run = {.status = exit_status(code), .out = cli_read(folder, ".out"), .err = cli_read(folder, ".err")};
    cr_assert(run.out != NULL && run.err != NULL);
    return run;
}

void cli_ok(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cli_free(&run);
}

static FILE *open_in(const char *folder, const char *name, const char *mode)
{
    char path[LONGEST_LINE];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, mode);
}

void cli_write(const char *folder, const char *name, const char *text)
{
    FILE *const file = open_in(folder, name, "w");
    cr_assert_not_null(file, "cannot write %s/%s", folder, name);
    cr_assert(fputs(text, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

static char *read_stream(FILE *file)
{
    size_t used = 0, capacity = 4096;
    char *text = malloc(capacity);
    cr_assert_not_null(text);
    for (size_t got; (got = fread(text + used, 1, capacity - used - 1, file)) > 0;) {
        used += got;
        if (used + 1 < capacity) continue;
        capacity *= 2;
        text = realloc(text, capacity);
        cr_assert_not_null(text);
    }
    text[used] = '\0';
    return text;
}

char *cli_read(const char *folder, const char *name)
{
    FILE *const file = open_in(folder, name, "r");
    if (file == NULL) return NULL;
    char *const text = read_stream(file);
    (void)fclose(file);
    return text;
}

char *cli_snapshot(const char *folder)
{
    char command[LONGEST_LINE];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && find . -type f ! -name .out ! -name .err | sort | xargs cksum", folder);
    FILE *const pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    char *const text = read_stream(pipe);
    cr_assert_eq(pclose(pipe), 0);
    return text;
}

void cli_make_data(const char *folder)
{
    static const char *const classes[] = {"red", "green", "blue"};
    char text[8192];
    size_t used = (size_t)snprintf(text, sizeof text, "x,y,colour\n");
    for (int i = 0; i < 60; i++) {
        const int k = i % 3;
        used += (size_t)snprintf(text + used, sizeof text - used, "%.3f,%.3f,%s\n", (k == 0) + 0.01 * (i * 7 % 20),
                                 (k == 1) + 0.01 * (i * 11 % 20), classes[k]);
    }
    cli_write(folder, "points.csv", text);
    used = 0;
    for (int i = 0; i < 40; i++) {
        const double x = 0.05 * i, y = 0.1 * (i * 7 % 10);
        used += (size_t)snprintf(text + used, sizeof text - used, "%.3f,%.3f,%.3f\n", x, y, 2.0 * x - y + 0.5);
    }
    cli_write(folder, "real.csv", text);
    used = (size_t)snprintf(text, sizeof text, "a,b,c,d,colour\n");
    for (int i = 0; i < 30; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%d.5,%d.25,%d,%d,%s\n", i, i % 7, i % 5, i % 3,
                                 classes[i % 3]);
    }
    cli_write(folder, "wide.csv", text);
}

char *cli_data_folder_of(const char *program, const char *name)
{
    char *const folder = cli_folder_of(program, name);
    cli_make_data(folder);
    return folder;
}

cJSON *cli_json(const char *folder, const char *line, int status)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    const char *end = NULL;
    cJSON *const json = cJSON_ParseWithOpts(run.out, &end, true);
    cr_assert_not_null(json, "clmlp %s: not JSON, or something behind it: %s", line, run.out);
    cli_free(&run);
    return json;
}

double cli_number(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert(cJSON_IsNumber(item), "%s is not a number", key);
    return item->valuedouble;
}

const char *cli_text(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert(cJSON_IsString(item), "%s is not a text", key);
    return item->valuestring;
}

const cJSON *cli_member(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert_not_null(item, "there is no %s", key);
    return item;
}

void cli_write_tensors(const char *folder, const char *name, const char *header, const float *values, size_t count)
{
    const size_t header_size = strlen(header);
    const unsigned char length[8] = {(unsigned char)header_size};
    char path[1024];
    cr_assert_lt(header_size, 256);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(length, 1, sizeof length, file), sizeof length);
    cr_assert_eq(fwrite(header, 1, header_size, file), header_size);
    cr_assert_eq(fwrite(values, sizeof *values, count, file), count);
    cr_assert_eq(fclose(file), 0);
}

void cli_make_foreign_model(const char *folder)
{
    static const char header[] = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                                 "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]}}";
    static const float values[] = {9, 0, 0, 9, -9, -9, -4, -4, 4}; /* weight row by row, then bias */
    cli_write_tensors(folder, "foreign.safetensors", header, values, sizeof values / sizeof values[0]);
}

void cli_expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

void cli_expect_bad(const char *folder, const char *line, const char *message)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 2, "%s: %d\n%s", line, run.status, run.err);
    cr_assert_str_empty(run.out);
    cli_expect_in(run.err, message);
    cli_free(&run);
}

void cli_expect(const char *folder, const char *line, int status, const char *in_errors)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cr_assert_not_null(strstr(run.err, in_errors), "clmlp %s: no '%s' in\n%s", line, in_errors, run.err);
    cli_free(&run);
}

void cli_break_kernels(const char *folder, const char *kernels)
{
    char line[2048];
    (void)snprintf(line, sizeof line,
                   "devices > /dev/null; mkdir kernels && cp -r %s/* kernels/ && "
                   "sed -i 's/sum \\* SPLAT(args->scale)/sum/' kernels/native_cpu/descend.cl", kernels);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "%s/kernels", folder);
    cr_assert_eq(setenv("CLMLP_KERNEL_DIR", line, 1), 0);
}

pid_t cli_start_line(const char *folder, char *line)
{
    char *arguments[64];
    size_t count = 0;
    for (char *word = strtok(line, " "); word != NULL && count < 63; word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    arguments[count] = NULL;
    return cli_start(folder, arguments);
}
