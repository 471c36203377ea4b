/* run.h - runs the program as a person would, through a shell, and keeps what it says. */
#ifndef TEST_CLI_RUN_H
#define TEST_CLI_RUN_H

#include <cjson/cJSON.h>
#include <sys/types.h>

typedef struct cli_run {
    int status; /* exit status; 128 + signal when killed */
    char *out, *err;
} cli_run;

/* A new empty folder; also removed and made anew when a test runs again. Released with free(). Programs run side by
 * side, so each has folders of its own. */
#define cli_folder(name) cli_folder_of(TEST_PROGRAM, name)
char *cli_folder_of(const char *program, const char *name);

/* `clmlp LINE` in a folder; LINE may hold quotes and redirections. Fails the test when it cannot run. */
cli_run cli(const char *folder, const char *line);
/* The same with NAME=VALUE ... in its environment. */
cli_run cli_with(const char *folder, const char *environment, const char *line);
void cli_free(cli_run *run);

/* `clmlp ARGUMENT...` in a folder, in the background; arguments ends in NULL and begins with the program's name. Its
 * output is in the files .out and .err. */
pid_t cli_start(const char *folder, char *const *arguments);
/* The same of a command line without quotes: "clmlp train ...". It is taken apart. */
pid_t cli_start_line(const char *folder, char *line);
/* Wait, however long it takes, until a program in the background has written `text` to its standard error. Fails the
 * test when the program ends before. */
void cli_wait_for(const char *folder, pid_t program, const char *text);
/* Send a signal to a program in the background. Returns what it left. */
cli_run cli_stop(const char *folder, pid_t program, int signal_number);

/* Run, expect exit status 0, release. */
void cli_ok(const char *folder, const char *line);

/* Run, expect that exit status and a text on standard error, release; a line that is bad also has no output. */
void cli_expect(const char *folder, const char *line, int status, const char *in_errors);
void cli_expect_bad(const char *folder, const char *line, const char *message);
/* That a text has a part. */
void cli_expect_in(const char *text, const char *part);

/* Kernels in the folder, from now on those of the program, in which the descent for CPUs forgets 1/m. `kernels`: where
 * the right ones are. */
void cli_break_kernels(const char *folder, const char *kernels);

/* Files in a folder. Contents NUL-terminated, released with free(); NULL: no such file. */
void cli_write(const char *folder, const char *name, const char *text);
char *cli_read(const char *folder, const char *name);

/* Names and contents of all files in a folder but those of cli(), one text; released with free(). */
char *cli_snapshot(const char *folder);

/* points.csv: 60 examples of two features x, y and three well separated classes, with a header;
 * real.csv: 40 examples with a real target, no header; wide.csv: 30 examples of four features. */
void cli_make_data(const char *folder);

/* A safetensors file as another program writes it: layers 2-3, output k is 1 where feature k is; output 2 is
 * 1 where neither is. No metadata. */
void cli_make_foreign_model(const char *folder);

/* A safetensors file of float numbers as another program writes it; header: its JSON, of at most 255 bytes. */
void cli_write_tensors(const char *folder, const char *name, const char *header, const float *values, size_t count);

/* cli_folder with cli_make_data. */
#define cli_data_folder(name) cli_data_folder_of(TEST_PROGRAM, name)
char *cli_data_folder_of(const char *program, const char *name);

/* The one JSON value that a run prints, and its members; the test fails where one is missing or of another
 * type. Released with cJSON_Delete. */
cJSON *cli_json(const char *folder, const char *line, int status);
double cli_number(const cJSON *object, const char *key);
const char *cli_text(const cJSON *object, const char *key);
const cJSON *cli_member(const cJSON *object, const char *key);

#endif
