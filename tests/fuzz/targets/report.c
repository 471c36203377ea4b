/* report.c - fuzz target: what clmlp report reads: histories, models, JSON of bench and verify. The page is well-formed
 * XML in which nothing runs, loads or steers, and no place in a picture is undefined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "message.h"
#include "page_check.h"
#include "program_run.h"
#include "safetensors.h"

enum { KINDS = 3, ROOM = 1 << 15 };

/* --- JSON that is well-formed, whatever the input is ------------------------------------------------------------ */

typedef struct text {
    char bytes[ROOM];
    size_t used;
    int depth;
} text;

static void put(text *t, const char *piece)
{
    const size_t length = strlen(piece);
    if (t->used + length + 1 > sizeof t->bytes) return;
    memcpy(t->bytes + t->used, piece, length + 1);
    t->used += length;
}

static void put_string(text *t, const char *string)
{
    char character[2] = "";
    put(t, "\"");
    for (; *string != '\0'; string++) {
        character[0] = *string;
        if (*string == '"' || *string == '\\') put(t, "\\");
        put(t, (unsigned char)*string < 0x20 ? "\\u001b" : character);
    }
    put(t, "\"");
}

static const char *const keys[] = {
    "batch", "cost", "accuracy", "device", "elements", "engine", "epoch", "failed", "gbytes_per_second", "gflops",
    "kernel", "layer", "max_of_bound", "max_of_bound_text", "max_ulp", "median", "milliseconds",
    "milliseconds_per_step", "name", "ms", "mode", "peak_gbytes_per_second", "peak_gflops", "percent_of_peak",
    "percent_of_step", "rate", "samples_per_second", "seconds", "step", "step_milliseconds", "steps", "tensor",
    "verdict", "width", "words", "test", "validation", "first_failure", "tensors", "kernels", "points", "crossovers",
    "ops"};

/* begun: there are members before. */
static void put_members(text *t, fuzz_input *in, unsigned count, bool begun);

static void put_value(text *t, fuzz_input *in)
{
    static const char *const numbers[] = {"0", "1", "2", "3", "-1", "0.5", "1e-300", "1e300", "1e999", "-0.0", "1e15",
                                          "4294967296", "0.1", "100", "16", "null"};
    const unsigned what = fuzz_byte(in), kind = what & 7;
    if (kind < 3) {
        put(t, numbers[what >> 4]);
    } else if (kind == 3) {
        put_string(t, fuzz_text(in));
    } else if (kind == 4) {
        char number[32];
        (void)snprintf(number, sizeof number, "%.9g", (double)fuzz_short(in) * (what > 127 ? -1e-4 : 1.0));
        put(t, number);
    } else if (kind == 5) {
        put(t, "true");
    } else if (t->depth == 3) {
        put(t, "[1,2]");
    } else {
        t->depth++;
        put(t, "[");
        for (unsigned i = 0; i < what >> 4; i++) {
            if (i > 0) put(t, ",");
            put(t, kind == 6 ? "{" : "");
            if (kind == 6) put_members(t, in, 1 + fuzz_byte(in) % 8, false);
            else put_value(t, in);
            put(t, kind == 6 ? "}" : "");
        }
        put(t, "]");
        t->depth--;
    }
}

static void put_members(text *t, fuzz_input *in, unsigned count, bool begun)
{
    for (unsigned i = 0; i < count && fuzz_left(in) > 0; i++) {
        const unsigned key = fuzz_byte(in), known = sizeof keys / sizeof *keys;
        if (begun || i > 0) put(t, ",");
        put_string(t, key < known ? keys[key] : key < 2 * known ? keys[key - known] : fuzz_text(in));
        put(t, ":");
        put_value(t, in);
    }
}

static void put_list(text *t, fuzz_input *in, const char *name, const char *first)
{
    bool any = false;
    put(t, ",\"");
    put(t, name);
    put(t, "\":[");
    for (unsigned rows = 1 + fuzz_byte(in) % 32; rows > 0 && fuzz_left(in) > 0; rows--) {
        put(t, any ? ",{" : "{");
        put(t, first);
        put_value(t, in);
        put_members(t, in, 1 + fuzz_byte(in) % 8, true);
        put(t, "}");
        any = true;
    }
    put(t, "]");
}

/* Of what kind of run it is: a history, perhaps of any epochs, a verification, a measurement. */
static void make_text(text *t, fuzz_input *in, unsigned kind, bool any_epoch)
{
    static const char *const lists[] = {"points", "kernels", "crossovers", "ops"};
    t->used = 0;
    t->depth = 0;
    if (kind == 0) {
        for (unsigned i = 1; i < 64 && fuzz_left(in) > 0; i++) {
            char number[32];
            put(t, "{\"epoch\":");
            (void)snprintf(number, sizeof number, "%u", i);
            if (any_epoch) put_value(t, in);
            else put(t, number);
            (void)snprintf(number, sizeof number, ",\"cost\":%u.5", 7 * i % 5);
            put(t, number);
            put_members(t, in, 1 + fuzz_byte(in) % 6, true);
            put(t, "}\n");
        }
        return;
    }
    put(t, kind == 1 ? "{\"verdict\":\"pass\",\"mode\":\"lock-step\"" : "{\"peak_gflops\":50,\"crossovers\":[]");
    if (kind == 1) put_list(t, in, "tensors", "\"verdict\":\"pass\",\"tensor\":\"z\",\"step\":1,\"layer\":");
    else put_list(t, in, lists[fuzz_byte(in) % 4], "\"name\":\"a\",\"width\":16,\"batch\":");
    put_members(t, in, 32, true);
    put(t, "}");
}

/* --- good models ------------------------------------------------------------------------------------------------- */

static struct {
    uint8_t *bytes;
    size_t size;
} models[KINDS];

static void prepare(void)
{
    static const char table[] = "age,city,n,y\n30,Oslo,1.5,a\n,Bergen,2,b\n41.5,,NA,a\n7,Oslo,4,b\n";
    static const char *const lines[KINDS] = {
        "train rows.csv --device=cpu --quiet --hidden=2 --epochs=1 --model=other --ensemble=2",
        "train rows.csv --device=cpu --quiet --hidden=2 --epochs=1 --model=other --target=n --missing-targets=drop",
        "train rows.csv --device=cpu --quiet --hidden=2 --epochs=1 --checkpoint=other --model=m --validation=0.5"};
    (void)fuzz_write("rows.csv", table, sizeof table - 1);
    for (unsigned i = 0; i < KINDS; i++) {
        CHECK_WITH(fuzz_run(lines[i]) == CLMLP_CLI_DONE, lines[i]);
        models[i].bytes = fuzz_read(fuzz_path("other"), &models[i].size);
        (void)unlink(fuzz_path("other"));
        (void)unlink(fuzz_path("m"));
    }
}

/* --- a run ------------------------------------------------------------------------------------------------------- */

static uint8_t *make_page(const char *line, size_t *size)
{
    const char *const page = fuzz_path("page");
    if (fuzz_run(line) != CLMLP_CLI_DONE) {
        CHECK(access(page, F_OK) != 0); /* a failure leaves no page */
        return NULL;
    }
    uint8_t *const bytes = fuzz_read(page, size);
    CHECK(unlink(page) == 0);
    return bytes;
}

void fuzz_report(const uint8_t *data, size_t size)
{
    static text made;
    fuzz_input in = {.at = data, .end = data + size};
    size_t length = 0, of_again = 0;
    if (models[0].bytes == NULL) prepare();
    const unsigned form = fuzz_byte(&in), kind = form & 7;
    if (kind < 3) {
        make_text(&made, &in, kind, (form & 32) != 0);
        (void)fuzz_write("file", made.bytes, made.used);
    } else if (kind < 6) {
        (void)fuzz_safetensors(&in, "file", models[kind - 3].bytes, models[kind - 3].size);
    } else {
        (void)fuzz_write("file", in.at, fuzz_left(&in));
    }
    const char *const line = (form & 8) != 0 ? "report file --out=page --activation=tanh" : "report file --out=page";
    uint8_t *const page = make_page(line, &length);
    if (page != NULL) fuzz_check_page((const char *)page, length);
    if ((form & 16) != 0) { /* what nobody wrote would be something else */
        uint8_t *const again = make_page(line, &of_again);
        CHECK((page == NULL) == (again == NULL) && of_again == length);
        CHECK(page == NULL || memcmp(page, again, length) == 0);
        free(again);
    }
    free(page);
    fuzz_release(&in);
}
