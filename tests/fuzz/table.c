/* table.c - load options from bytes, and what must hold of a data set that was loaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clmlp/inspect.h"
#include "clmlp/model.h"
#include "data/columns/columns.h"
#include "data/fingerprint.h"
#include "fuzz.h"

/* "a,b" as a list in `list`; at most 8. */
static size_t take_list(fuzz_input *in, const char *list[8])
{
    char *text = (char *)(uintptr_t)fuzz_text(in);
    size_t count = 0;
    for (; count < 8; text++) {
        list[count++] = text;
        text += strcspn(text, ",");
        if (*text == '\0') break;
        *text = '\0';
    }
    return count;
}

void fuzz_take_load(fuzz_load *load, fuzz_input *in, clmlp_format format)
{
    clmlp_load_options *const o = &load->options;
    *o = clmlp_load_options_default();
    load->piped = load->held_out = load->asks_header = false;
    const unsigned form = fuzz_byte(in), targets = fuzz_byte(in), texts = fuzz_byte(in), more = fuzz_byte(in);
    o->format = format;
    o->header = (clmlp_header)(form % CLMLP_HEADER_COUNT);
    o->delimiter = (clmlp_delimiter)(form / CLMLP_HEADER_COUNT % CLMLP_DELIMITER_COUNT);
    o->decimal = (clmlp_decimal)(form >> 4 & 1);
    o->index_base = (clmlp_index_base)((form >> 5) % CLMLP_INDEX_BASE_COUNT);
    o->target_kind = (clmlp_target_kind)((targets & 3) % CLMLP_TARGET_KIND_COUNT);
    o->missing_targets = (clmlp_missing_targets)(targets >> 2 & 1);
    o->missing_values = (clmlp_missing_values)(targets >> 3 & 1);
    o->unseen = (clmlp_unseen)(targets >> 4 & 1);
    o->target_is_name = (targets & 0x20) != 0;
    o->asks_target = (targets & 0x40) != 0;
    load->describe = (targets & 0x80) != 0;
    if (texts & 0x01) o->target = fuzz_text(in);
    if (texts & 0x02) o->features = fuzz_text(in);
    if (texts & 0x04) o->ignore = fuzz_text(in);
    if (texts & 0x08) o->categorical = fuzz_text(in);
    if (texts & 0x10) o->keep = fuzz_text(in);
    if (texts & 0x20) o->weights = fuzz_text(in);
    if (texts & 0x40) {
        o->missing_count = take_list(in, load->lists[0]);
        o->missing_texts = load->lists[0];
    }
    if (texts & 0x80) {
        o->class_count = take_list(in, load->lists[1]);
        o->class_names = load->lists[1];
    }
    if (more & 0x01) o->expected_features = fuzz_byte(in) % 16;
    if (more & 0x02) o->max_categories = fuzz_byte(in);
    if (more & 0x04) {
        o->output_count = take_list(in, load->lists[2]);
        o->output_names = load->lists[2];
    }
    if (more & 0x08) o->svmlight_features = fuzz_byte(in);
    if (more & 0x10) o->class_indices = fuzz_byte(in) % 16;
    if (more & 0x20) o->model_target = fuzz_text(in);
    if (more & 0x40) o->model_index_base = (clmlp_index_base)(fuzz_byte(in) % CLMLP_INDEX_BASE_COUNT);
    o->skip_weights = (more & 0x80) != 0;
}

static void same_data(const clmlp_dataset *a, const clmlp_dataset *b)
{
    char of_a[CLMLP_SHA256_HEX], of_b[CLMLP_SHA256_HEX];
    CHECK(strcmp(clmlp_dataset_fingerprint(a, of_a), clmlp_dataset_fingerprint(b, of_b)) == 0);
    CHECK(clmlp_dataset_notes(a) == clmlp_dataset_notes(b));
    for (size_t i = 0; i < clmlp_dataset_notes(a); i++) {
        CHECK(strcmp(clmlp_dataset_note(a, i), clmlp_dataset_note(b, i)) == 0);
        fuzz_check_printable(clmlp_dataset_note(a, i));
    }
    CHECK(clmlp_dataset_kept(a) == clmlp_dataset_kept(b));
}

/* As a model, that was trained on it, would have it read. */
static void load_for_model(const fuzz_load *load, const clmlp_dataset *trained, const char *path)
{
    clmlp_load_options options = load->options;
    clmlp_dataset *again = NULL;
    clmlp_error why = {.message = ""};
    const size_t n = clmlp_dataset_features(trained);
    const clmlp_columns *const columns = clmlp_dataset_columns(trained);
    if (columns == NULL || options.expected_features != 0) return;
    options.columns = columns;
    if (load->asks_header) options.header = CLMLP_HEADER_AUTO;
    options.categorical = NULL;
    options.target_kind = CLMLP_TARGET_NONE;
    options.missing_texts = NULL;
    options.missing_count = 0;
    options.skip_weights = true;
    options.model_target = clmlp_dataset_target(trained);
    const clmlp_status status = clmlp_dataset_load(&again, path, &options, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        return;
    }
    CHECK(clmlp_dataset_features(again) == n);
    /* rows without a target were left out of the other one */
    const bool all = !load->asks_header && clmlp_dataset_examples(again) == clmlp_dataset_examples(trained);
    double *const x = calloc(2 * n + 1, sizeof *x);
    CHECK(x != NULL);
    for (size_t i = 0; all && i < clmlp_dataset_examples(again); i++) {
        OK(clmlp_dataset_row(trained, i, x, NULL, error));
        OK(clmlp_dataset_row(again, i, x + n, NULL, error));
        CHECK(memcmp(x, x + n, n * sizeof *x) == 0);
    }
    free(x);
    clmlp_dataset_destroy(again);
}

static void describe(const fuzz_load *load, const char *path)
{
    clmlp_description *description = NULL;
    clmlp_error why = {.message = ""};
    const clmlp_status status = clmlp_describe(&description, path, &load->options, NULL, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        return;
    }
    for (size_t j = 0; j < clmlp_description_columns(description); j++) {
        clmlp_column_summary summary = {.size = sizeof summary};
        OK(clmlp_description_column(description, j, &summary, error));
        CHECK(summary.missing <= summary.rows);
        CHECK(summary.distinct <= summary.rows - summary.missing);
        CHECK(!(summary.least > summary.most));
    }
    for (size_t i = 0; i < clmlp_description_findings(description); i++) {
        clmlp_data_finding finding = {.size = sizeof finding};
        OK(clmlp_description_finding(description, i, &finding, error));
        CHECK(finding.place != NULL && finding.text != NULL && finding.advice != NULL);
    }
    clmlp_description_destroy(description);
}

/* As data that are held out from a training with the same file, as train --validation loads them. */
static void load_as_held_out(const fuzz_load *load, const clmlp_dataset *trained, const char *path)
{
    clmlp_load_options options = load->options;
    clmlp_dataset *again = NULL;
    clmlp_error why = {.message = ""};
    const size_t n = clmlp_dataset_features(trained), K = clmlp_dataset_outputs(trained);
    const char *names[64];
    if (options.expected_features != 0 || K > sizeof names / sizeof *names) return;
    for (size_t k = 0; k < K; k++) names[k] = clmlp_dataset_class_name(trained, k);
    if (names[0] != NULL) {
        options.class_names = names;
        options.class_count = K;
    }
    options.columns = clmlp_dataset_columns(trained);
    if (options.columns == NULL) options.expected_features = n;
    else options.features = options.ignore = NULL;
    if (options.columns != NULL && !clmlp_columns_numbered(options.columns) && options.target != NULL) {
        options.target = clmlp_dataset_target(trained);
        options.target_is_name = options.target != NULL;
    }
    options.categorical = NULL;
    if (load->asks_header) options.header = CLMLP_HEADER_AUTO;
    options.skip_weights = true;
    options.model_target = clmlp_dataset_target(trained);
    const clmlp_status status = clmlp_dataset_load(&again, path, &options, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        return;
    }
    CHECK(clmlp_dataset_features(again) == n);
    clmlp_dataset_destroy(again);
}

/* From a pipe, which is read once: the same numbers. */
static void load_from_pipe(const fuzz_load *load, const clmlp_dataset *expected, const char *path)
{
    char of_a[CLMLP_SHA256_HEX], of_b[CLMLP_SHA256_HEX], name[32];
    int ends[2];
    size_t size = 0;
    clmlp_dataset *got = NULL;
    clmlp_error why = {.message = ""};
    uint8_t *const bytes = fuzz_read(path, &size);
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, size) == (ssize_t)size && close(ends[1]) == 0);
    free(bytes);
    (void)snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    const clmlp_status status = clmlp_dataset_load(&got, name, &load->options, &why);
    CHECK(close(ends[0]) == 0);
    if (load->options.max_input != 0 && status != CLMLP_OK) { /* a file that is not packed has no such limit */
        fuzz_check_error(status, &why);
        return;
    }
    CHECK_WITH(status == CLMLP_OK, why.message);
    CHECK(strcmp(clmlp_dataset_fingerprint(expected, of_a), clmlp_dataset_fingerprint(got, of_b)) == 0);
    clmlp_dataset_destroy(got);
}

void fuzz_load_twice(const fuzz_load *load, const char *path)
{
    clmlp_dataset *a = NULL, *b = NULL;
    clmlp_error of_a = {.message = ""}, of_b = {.message = ""};
    const clmlp_status status = clmlp_dataset_load(&a, path, &load->options, &of_a);
    if (load->describe) describe(load, path);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &of_a);
        CHECK(a == NULL);
        return;
    }
    CHECK_WITH(clmlp_dataset_load(&b, path, &load->options, &of_b) == CLMLP_OK, of_b.message);
    same_data(a, b);
    CHECK(clmlp_dataset_examples(a) > 0);
    CHECK(clmlp_dataset_features(a) > 0);
    load_for_model(load, a, path);
    if (load->held_out) load_as_held_out(load, a, path);
    if (load->piped) load_from_pipe(load, a, path);
    clmlp_dataset_destroy(a);
    clmlp_dataset_destroy(b);
}

void fuzz_table(const uint8_t *data, size_t size, clmlp_format format, const char *name)
{
    fuzz_input in = {.at = data, .end = data + size};
    fuzz_load load;
    const unsigned form = fuzz_byte(&in);
    const bool told_by_bytes = (form & 1) != 0;
    const uint64_t most = (form & 0xF0) == 0x40 ? fuzz_short(&in) : 0;
    fuzz_take_load(&load, &in, told_by_bytes ? CLMLP_FORMAT_AUTO : format);
    load.piped = (form & 2) != 0;
    load.held_out = (form & 4) != 0;
    load.asks_header = (form & 8) != 0;
    load.options.max_input = most;
    fuzz_load_twice(&load, fuzz_write(told_by_bytes ? "data" : name, in.at, fuzz_left(&in)));
    fuzz_release(&in);
}
