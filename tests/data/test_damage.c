/* test_damage.c - damaged files of every format: an error or a data set, never a crash.
 *
 * Valid files are cut short or get changed bytes. The sanitizer build makes the test sharp. The damage depends on SEED
 * alone; CLMLP_TEST_DAMAGE=N makes N rounds of it.
 */
#include "files.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "data/dataset.h"

enum { SEED = 20260926, MOST = 2048 };

static const struct {
    const char *name, *bytes;
    size_t size;
} files[] = {
#define BYTES(text) text, sizeof(text) - 1
    {"a.csv",
     BYTES("x,y,\"the kind\"\r\n1,2.5e-3,\"a \"\"b\"\"\"\r\n-7,.5,c\r\n12345678901234567890,1e5,\"d\ne\"\r\n")},
    {"b.tsv", BYTES("1\t2\t3\n4\t5\t6\n\n7\t8\t9")},
    {"i.svm", BYTES("# text\n1 1:0.5 3:2e3\r\n-1 qid:2 2:-1\n+1\n1 1:1 12:nan\n")},
    {"j.libsvm", BYTES("1,3 0:0.5 7:1\n 2:1\n7 1:1 3:2 # x")},
    {"c.idx", BYTES("\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\2abcdefgh")},
    {"g.csv", BYTES("city,n,d,b,t\nOslo,1,2026-01-31,yes,x\n,,2026-02-01T10:00,No,y\nBern,3.5,,,x\n")},
    {"h.csv", BYTES("n,x,t\n1,007,a\n,7,b\n3,q,a\n")},
    {"d.idx", BYTES("\0\0\x0d\2\0\0\0\2\0\0\0\2\x3f\x80\0\0\x40\0\0\0\x40\x40\0\0\x40\x80\0\0")},
    {"e.npy", BYTES("\x93NUMPY\1\0\x3b\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"
                    "\0\0\x80\x3f\0\0\0\x40")},
    {"f.npy", BYTES("\x93NUMPY\1\0\x3b\0{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }abcdef")},
};
enum { FILES = sizeof files / sizeof *files };

static uint64_t draw(uint64_t round, uint32_t what)
{
    return clmlp_random_bits(SEED, CLMLP_RANDOM_ORDER, what, round);
}

/* Up to four changes and perhaps a cut; the bytes come from a list that favours what readers look for. */
static size_t damage(char *bytes, size_t size, uint64_t round)
{
    static const char likely[] = "\0\xff\x7f\x80\n\r,\t;\"'e+-. 019n{}()<>";
    const uint64_t changes = draw(round, 1) % 5;
    for (uint32_t i = 0; i < changes; i++) {
        const size_t at = draw(round, 10 + i) % size;
        const uint64_t how = draw(round, 20 + i);
        if (how % 3 == 0) bytes[at] = (char)(bytes[at] ^ (1 << (how >> 8) % 8));
        else if (how % 3 == 1) bytes[at] = likely[(how >> 8) % (sizeof likely - 1)];
        else bytes[at] = (char)(how >> 8);
    }
    return draw(round, 2) % 3 == 0 || changes == 0 ? draw(round, 3) % size : size;
}

static void check(const char *path, const clmlp_load_options *options, uint64_t round)
{
    clmlp_dataset *d = NULL;
    clmlp_error error;
    const clmlp_status status = clmlp_dataset_load(&d, path, options, &error);
    if (status != CLMLP_OK) {
        cr_assert(status == CLMLP_BAD_INPUT || status == CLMLP_OUT_OF_MEMORY, "round %llu: status %d",
                  (unsigned long long)round, (int)status);
        cr_assert(strncmp(error.message, path, strlen(path)) == 0 || status == CLMLP_OUT_OF_MEMORY, "round %llu: %s",
                  (unsigned long long)round, error.message);
        cr_assert_null(d);
        return;
    }
    cr_assert(clmlp_dataset_examples(d) > 0 && clmlp_dataset_features(d) > 0);
    for (size_t at = 0; d->sparse != NULL && at < d->sparse->count; at++) {
        cr_assert(isfinite(d->sparse->values[at]) && d->sparse->columns[at] < clmlp_dataset_features(d));
    }
    for (size_t i = 0; i < clmlp_dataset_examples(d) && d->sparse == NULL; i++) {
        for (size_t j = 0; j < clmlp_dataset_features(d); j++) cr_assert(isfinite(clmlp_dataset_feature(d, i, j)));
    }
    for (size_t i = 0; d->labels != NULL && i < clmlp_dataset_examples(d); i++) {
        cr_assert_lt(d->labels[i], clmlp_dataset_outputs(d));
    }
    clmlp_dataset_destroy(d);
}

static uint64_t rounds(void)
{
    const char *text = getenv("CLMLP_TEST_DAMAGE");
    return text != NULL ? strtoull(text, NULL, 10) : 3000;
}

static clmlp_load_options options_for(uint64_t round)
{
    clmlp_load_options options = options_of((clmlp_target_kind)(draw(round, 4) % 3));
    options.header = (clmlp_header)(draw(round, 5) % 3);
    if (draw(round, 6) % 4 == 0) options.expected_features = draw(round, 7) % 4;
    return options;
}

Test(damage, files_cut_short_or_changed_give_an_error_or_data)
{
    char path[PATH_LENGTH], name[64], bytes[MOST];
    for (uint64_t round = 0; round < rounds(); round++) {
        const size_t which = round % FILES;
        memcpy(bytes, files[which].bytes, files[which].size);
        const size_t size = damage(bytes, files[which].size, round);
        /* every other time the name says nothing */
        snprintf(name, sizeof name, "damage-%s%s", files[which].name, round / FILES % 2 ? ".data" : "");
        write_file(scratch_path(path, name), bytes, size);
        const clmlp_load_options options = options_for(round);
        check(path, &options, round);
        remove(path);
    }
}

Test(damage, gzipped_files_cut_short_or_changed_give_an_error_or_data)
{
    char path[PATH_LENGTH], name[64], bytes[MOST];
    for (uint64_t round = 0; round < rounds(); round++) {
        const size_t which = round % FILES;
        snprintf(name, sizeof name, "packed-%s.gz", files[which].name);
        write_gzip(scratch_path(path, name), files[which].bytes, files[which].size);
        FILE *file = fopen(path, "rb");
        cr_assert_not_null(file);
        const size_t packed = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        write_file(path, bytes, damage(bytes, packed, round));
        const clmlp_load_options options = options_for(round);
        check(path, &options, round);
        remove(path);
    }
}

Test(damage, damaged_labels_files_give_an_error_or_data)
{
    char path[PATH_LENGTH], data[PATH_LENGTH], name[64], bytes[MOST];
    write_file(scratch_path(data, "damage-data.csv"), "1,2\n3,4\n", 8);
    for (uint64_t round = 0; round < rounds(); round++) {
        const size_t which = round % FILES;
        memcpy(bytes, files[which].bytes, files[which].size);
        const size_t size = damage(bytes, files[which].size, round);
        snprintf(name, sizeof name, "damage-labels-%s", files[which].name);
        write_file(scratch_path(path, name), bytes, size);
        clmlp_load_options options = options_for(round);
        options.target_kind = round / FILES % 2 ? CLMLP_TARGET_CLASSES : CLMLP_TARGET_VALUES;
        options.expected_features = 0;
        options.labels_path = path;
        options.header = CLMLP_HEADER_AUTO;
        clmlp_dataset *d = NULL;
        clmlp_error error;
        if (clmlp_dataset_load(&d, data, &options, &error) == CLMLP_OK) {
            cr_assert_eq(clmlp_dataset_examples(d), 2);
        } else {
            cr_assert_eq(strncmp(error.message, path, strlen(path)), 0, "round %llu: %s", (unsigned long long)round,
                         error.message);
        }
        clmlp_dataset_destroy(d);
        remove(path);
    }
    remove(data);
}
