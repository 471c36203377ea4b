/* program.c - fuzz target: whole runs of the commands that read files of others: inspect, train --resume and --init,
 * search --log, predict, evaluate, verify --replay. What holds of every run is in program_run.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "fuzz.h"
#include "message.h"
#include "program_run.h"
#include "safetensors.h"

enum { KINDS = 3, LINE = FUZZ_LINE };

/* --- good files -------------------------------------------------------------------------------------------------- */

#define DATA "data.csv"
static const char table[] = "age,city,member,day,n,y\n30,Oslo,yes,2024-02-29,1.5,a\n,Bergen,no,2023-12-31 10:30,2,b\n"
                            "41.5,,,,NA,a\n7,Oslo,yes,2020-01-01,4,b\n";
#define RUN " --device=cpu --quiet --hidden=2 --batch=2 --epochs=2 --checkpoint=base --model=other"
#define REPLAY "verify --replay=bundle --device=cpu"
#define SEARCH "search " DATA " --rate=0.1:1 --trials=2 --epochs=1 --device=cpu --log=log"

typedef struct good {
    uint8_t *bytes;
    size_t size;
} good;

static good checkpoints[KINDS], models[KINDS], bundles[KINDS], history, log_line;

static good take(const char *name)
{
    good file = {NULL, 0};
    file.bytes = fuzz_read(fuzz_path(name), &file.size);
    return file;
}

static void prepare(void)
{
    static const char *const lines[KINDS] = {
        "train " DATA RUN " --ensemble=2",
        "train " DATA RUN " --target=n --ignore=city,day,y --missing-targets=drop --target-scale=standard"
            " --optimizer=adam --history=history",
        "train " DATA RUN " --validation=0.5 --early-stopping=2 --dropout=0.5",
    };
    (void)fuzz_write(DATA, table, sizeof table - 1);
    for (unsigned i = 0; i < KINDS; i++) {
        CHECK_WITH(fuzz_run(lines[i]) == CLMLP_CLI_DONE, lines[i]);
        checkpoints[i] = take("base");
        models[i] = take("other");
        CHECK(unlink(fuzz_path("base")) == 0 && unlink(fuzz_path("other")) == 0);
        fuzz_bundle_base(i, fuzz_path("bundle"));
        bundles[i] = take("bundle");
    }
    history = take("history");
    (void)fuzz_run(SEARCH); /* no trial can be run, but the first line is written */
    log_line = take("log");
}

/* --- files of the input ------------------------------------------------------------------------------------------ */

static void put_changed(fuzz_input *in, const char *name, const good *file)
{
    (void)fuzz_safetensors(in, name, file->bytes, file->size);
}

/* A good beginning, where the bit says so, and the bytes of the input behind. */
static void put_begun(fuzz_input *in, const char *name, const good *beginning, bool with)
{
    uint8_t bytes[1 << 14];
    const size_t before = with ? beginning->size : 0, left = fuzz_left(in);
    if (before + left > sizeof bytes) return;
    if (before > 0) memcpy(bytes, beginning->bytes, before);
    if (left > 0) memcpy(bytes + before, in->at, left);
    (void)fuzz_write(name, bytes, before + left);
}

/* Data of the input, or the good table where there are none. */
static const char *put_table(fuzz_input *in)
{
    if (fuzz_left(in) == 0) return DATA;
    return fuzz_write("table", in->at, fuzz_left(in));
}

static void inspect(fuzz_input *in, fuzz_input *rest, unsigned flags, unsigned kind)
{
    char line[LINE];
    if (flags & 4) put_changed(in, "file", &checkpoints[kind]);
    else if (flags & 8) put_changed(in, "file", &models[kind]);
    else if (flags & 16) put_changed(in, "file", &bundles[kind]);
    else (void)fuzz_write("file", in->at, fuzz_left(in));
    const char *const test = (flags & 32) != 0 ? put_table(rest) : NULL;
    (void)snprintf(line, sizeof line, "inspect file%s%s%s%s", (flags & 1) != 0 ? " --json" : "",
                   (flags & 2) != 0 ? " --all" : "", test != NULL ? " --test=" : "", test != NULL ? test : "");
    (void)fuzz_run(line);
}

static void resume(fuzz_input *in, fuzz_input *rest, unsigned flags, unsigned kind)
{
    char line[LINE];
    put_changed(in, "file", &checkpoints[kind]);
    fuzz_pretend_digest = (flags & 16) != 0;
    put_begun(rest, "history", &history, (flags & 2) != 0);
    /* the file may say that there are a thousand million epochs, and an ensemble has those of its finished members */
    (void)snprintf(line, sizeof line, "train " DATA " --resume=file --model=m --device=cpu --epochs=%d%s%s%s%s",
                   kind != 0 && (flags & 4) != 0 ? 3 : 2, (flags & 1) != 0 ? " --json" : "",
                   (flags & 8) != 0 ? " --history=history" : "", (flags & 32) != 0 ? " --hidden=2 --rate=0.50" : "",
                   (flags & 64) != 0 ? " --checkpoint=file --scale=standard" : "");
    (void)fuzz_run(line);
}

static void use(fuzz_input *in, fuzz_input *rest, unsigned flags, unsigned which, const char *command)
{
    static const char *const more[] = {"", " --target=1", " --target=3", " --target=1,3", " --keep=2 --target=3",
                                       " --ignore=2", " --for-spreadsheet", " --labels=data.csv", " --weights=age",
                                       " --weights=member"};
    static const char *const words[] = {" --json", " --header=no", " --missing-values=,-", " --ignore=city",
                                        " --features=1-3", " --target=y", " --target=age", " --keep=age"};
    char line[LINE];
    put_changed(in, "file", &models[which % KINDS]);
    (void)snprintf(line, sizeof line, command, put_table(rest));
    (void)strcat(line, more[which / KINDS % (sizeof more / sizeof *more)]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if ((flags >> i & 1) != 0) (void)strcat(line, words[i]);
    }
    (void)fuzz_run(line);
}

/* Files that a run may leave, under any name: the next one finds none. */
static void clean(void)
{
    static const char *const kept[] = {DATA, "rows.csv", "printed", "told", "file", "table", NULL};
    fuzz_keep_only(kept);
}

void fuzz_program(const uint8_t *data, size_t size)
{
    fuzz_input all = {.at = data, .end = data + size};
    if (log_line.bytes == NULL) prepare();
    const unsigned what = fuzz_byte(&all) % 8, flags = fuzz_byte(&all), which = fuzz_byte(&all);
    const unsigned kind = which % KINDS;
    const size_t length = fuzz_byte(&all), left = fuzz_left(&all);
    const size_t first = length < 255 && length < left ? length : left; /* 255: all of it */
    fuzz_input in = {.at = all.at, .end = all.at + first}, rest = {.at = all.at + first, .end = all.end};
    switch (what) {
    case 0:
    case 1: inspect(&in, &rest, flags, kind); break;
    case 2: resume(&in, &rest, flags, kind); break;
    case 3:
        put_begun(&rest, "log", &log_line, (flags & 2) != 0);
        (void)fuzz_run((flags & 1) != 0 ? SEARCH " --json" : SEARCH);
        break;
    case 4:
        use(&in, &rest, flags, which, which / KINDS % 2 == 0 ? "predict file %s --device=cpu --out=out.csv"
                                                             : "predict file %s --device=cpu");
        break;
    case 5: use(&in, &rest, flags, which, "evaluate file %s --device=cpu"); break;
    case 6: use(&in, &rest, flags, which, "train %s --init=file --device=cpu --epochs=1 --batch=2 --model=m"); break;
    default:
        put_changed(&in, "bundle", &bundles[kind]);
        (void)fuzz_run((flags & 1) != 0 ? REPLAY " --json" : REPLAY);
        break;
    }
    fuzz_pretend_digest = false;
    clean();
    fuzz_release(&in);
    fuzz_release(&rest);
}
