/* test_hostile_texts.c - no text of a file, a name or an argument steers a terminal, whatever command shows it. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../support/share.h"
#include "run.h"

/* A title, a cleared screen, CSI as one character of C1, DEL, marks that reorder, an overlong CSI, invalid bytes. */
#define STEERS "\x1b]0;t\x07\x1b[2J\xC2\x9B" "2J\x7F\b\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA8"
#define HOSTILE "h" STEERS "\xC0\x9B\xFF\xE2\x80"
/* The same as JSON has it, with a line of its own. */
#define JSON_HOSTILE "h\\u001b]0;t\\u0007\\u001b[2J\\u009b2J\\u007f\\b\\u202e\\u2066\\u2028\\nFORGED\\r"

static bool is_reordering(const unsigned char *c)
{
    return c[0] == 0xE2U && ((c[1] == 0x80U && c[2] >= 0xA8U && c[2] <= 0xAEU) ||
                             (c[1] == 0x81U && c[2] >= 0xA6U && c[2] <= 0xA9U));
}

/* Nothing but line ends and, in JSON, tabs; no raw byte of C1 that is no part of a character; no line that a text of a
 * file has begun. */
static void expect_plain(const char *line, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        const bool low = *c < 0x20U && *c != '\n' && *c != '\t';
        const bool high = *c == 0x7FU || (c[0] == 0xC2U && c[1] >= 0x80U && c[1] < 0xA0U);
        const bool stray = *c >= 0x80U && *c < 0xA0U && (c == (const unsigned char *)text || c[-1] < 0x80U);
        cr_assert(!low && !high && !stray && !is_reordering(c), "clmlp %s: byte %02x at %td in\n%s", line, (unsigned)*c,
                  (const char *)c - text, text);
    }
    cr_assert(strncmp(text, "FORGED", 6) != 0 && strstr(text, "\nFORGED") == NULL, "clmlp %s: a forged line in\n%s",
              line, text);
}

/* Whatever the exit status is, so long as the program was not killed. */
static void run(const char *folder, const char *line)
{
    cli_run done = cli(folder, line);
    cr_assert(done.status < 128 && (done.out[0] != '\0' || done.err[0] != '\0'), "clmlp %s: %d", line, done.status);
    expect_plain(line, done.out);
    expect_plain(line, done.err);
    cli_free(&done);
}

static void run_both(const char *folder, const char *line)
{
    char json[2048];
    (void)snprintf(json, sizeof json, "%s --json", line);
    run(folder, line);
    run(folder, json);
}

#define CSV "\"a" HOSTILE "\",b" HOSTILE ",\"c" HOSTILE "\nFORGED\",t" HOSTILE "\n"
#define ROWS(u, v)                                                                                            \
    "1,2,p" HOSTILE ",\"" u "\"\n2,5,q" HOSTILE ",\"" v "\"\n3,1,p" HOSTILE ",\"" u "\"\n1,4,q,\"" v "\"\n"   \
    "5,2,p" HOSTILE ",\"" u "\"\n6,5,q" HOSTILE ",\"" v "\"\n7,1,p" HOSTILE ",\"" u "\"\n1,8,q,\"" v "\"\n"

static void write_tables(const char *folder)
{
    cli_write(folder, "d.csv", CSV ROWS("=y" HOSTILE "\nFORGED", "n" HOSTILE));
    cli_write(folder, "bad.csv", CSV "1,2,p,\"y\"\n2,5,q" HOSTILE "\n");
    cli_write(folder, "many.csv", CSV ROWS("=y" HOSTILE, "n" HOSTILE) "9,x" HOSTILE ",p,z" HOSTILE "\n");
    cli_write(folder, "d.svm", "y" HOSTILE " 1:2 2:3\nn" HOSTILE " 1:1 3:4\ny" HOSTILE " 2:2\n");
    cli_write(folder, "bad.svm", "y" HOSTILE " 1:2 2:" HOSTILE "\n");
    cli_write(folder, "labels.csv", "l" HOSTILE "\n\"y" HOSTILE "\nFORGED\"\nn\ny\nn\ny\nn\ny\n\"n" HOSTILE "\"\n");
    cli_write(folder, "x.csv", "a,b\n1,2\n2,5\n3,1\n1,4\n5,2\n6,5\n7,1\n1,8\n");
    cli_write(folder, "n" STEERS "\nFORGED.csv", CSV ROWS("y" HOSTILE, "n" HOSTILE));
    cli_write(folder, "bad.npy", "\x93NUMPY\x01\x01\x20{'descr': '<f8\x1b]0;\x07', 'shap'}\n");
}

Test(hostile_texts, of_tables_steer_no_terminal)
{
    char *const folder = cli_folder("tables");
    write_tables(folder);
    static const char *const lines[] = {
        "inspect d.csv", "inspect bad.csv", "inspect many.csv", "inspect d.svm", "inspect bad.svm",
        "inspect labels.csv",
        "inspect n*.csv", "inspect bad.npy", "inspect d.csv --all",
        "train d.csv --epochs 1 --device cpu --class-weights balanced --validation 0.5 --history h.jsonl",
        "train many.csv --epochs 1 --device cpu", "train d.csv --task regress --device cpu",
        "train d.svm --epochs 1 --device cpu", "train x.csv --labels labels.csv --epochs 1 --device cpu",
        "train n*.csv --epochs 1 --device cpu --model n*.csv.model", "train d.csv --epochs 1 --device cpu",
        "evaluate model.safetensors d.csv --device cpu", "evaluate model.safetensors x.csv --device cpu",
        "evaluate model.safetensors many.csv --device cpu", "predict model.safetensors x.csv --device cpu",
        "predict model.safetensors d.csv --device cpu --keep 1,2,3 --out p.csv", "inspect p.csv",
        "inspect model.safetensors", "inspect model.safetensors --all",
        "verify d.csv --device cpu --steps 1 --dump dump", "gradcheck d.csv --device cpu",
        "search d.csv --trials 1 --epochs 1 --devices cpu --space rate=0.1 --cross-validate 2 --log s.log"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) run_both(folder, lines[i]);
    free(folder);
}

Test(hostile_texts, of_command_lines_steer_no_terminal)
{
    char *const folder = cli_data_folder("lines");
    static const char *const lines[] = {
        "'" HOSTILE "\nFORGED'", "train '" HOSTILE "\nFORGED'", "train points.csv '--" HOSTILE "\nFORGED=1'",
        "train points.csv --target '" HOSTILE "\nFORGED'", "train points.csv --epochs '" HOSTILE "\nFORGED'",
        "train points.csv --device '" HOSTILE "\nFORGED'", "train points.csv --device 'opencl:" HOSTILE "\nFORGED'",
        "train points.csv --activation '" HOSTILE "\nFORGED'", "train points.csv --features '" HOSTILE "\nFORGED'",
        "train points.csv --device cpu --epochs 1 --model '" HOSTILE "\nFORGED/m'", "help '" HOSTILE "\nFORGED'",
        "train points.csv --device cpu --epochs 1 --model '" STEERS "\nFORGED'", "inspect '" HOSTILE "\nFORGED'",
        "verify --replay '" HOSTILE "\nFORGED'", "train points.csv --resume '" HOSTILE "\nFORGED'"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) run(folder, lines[i]);
    free(folder);
}

/* --- model files -------------------------------------------------------------------------------------------------- */

typedef struct tensors {
    cJSON *header;
    unsigned char *data;
    size_t size;
} tensors;

static tensors read_tensors(const char *folder, const char *name)
{
    char path[1024];
    unsigned char length[8];
    uint64_t header_size = 0;
    struct stat entry;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    cr_assert(file != NULL && fstat(fileno(file), &entry) == 0, "no %s", path);
    cr_assert_eq(fread(length, 1, 8, file), 8);
    for (size_t i = 0; i < 8; i++) header_size |= (uint64_t)length[i] << (8 * i);
    tensors t = {.size = (size_t)entry.st_size - 8 - (size_t)header_size};
    char *const text = calloc(1, (size_t)header_size + 1);
    t.data = malloc(t.size + 1);
    cr_assert(text != NULL && t.data != NULL);
    cr_assert_eq(fread(text, 1, (size_t)header_size, file), header_size);
    cr_assert_eq(fread(t.data, 1, t.size, file), t.size);
    (void)fclose(file);
    t.header = cJSON_Parse(text);
    cr_assert_not_null(t.header);
    free(text);
    return t;
}

static void write_tensors(const char *folder, const char *name, const tensors *t)
{
    char path[1024];
    char *const text = cJSON_PrintUnformatted(t->header);
    const size_t header_size = strlen(text);
    unsigned char length[8];
    for (size_t i = 0; i < 8; i++) length[i] = (unsigned char)((uint64_t)header_size >> (8 * i));
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(length, 1, 8, file), 8);
    cr_assert_eq(fwrite(text, 1, header_size, file), header_size);
    cr_assert_eq(fwrite(t->data, 1, t->size, file), t->size);
    (void)fclose(file);
    free(text);
}

static void release(tensors *t)
{
    cJSON_Delete(t->header);
    free(t->data);
}

static cJSON *hostile_text(const char *before)
{
    char json[1024];
    (void)snprintf(json, sizeof json, "\"%s" JSON_HOSTILE "\"", before);
    cJSON *const item = cJSON_Parse(json);
    cr_assert_not_null(item);
    return item;
}

/* Each text of the metadata in turn, then the names, the dtype and an unknown key; `line` with %s for the file. */
static void with_each_text(const char *folder, const char *name, const char *const *lines, size_t count)
{
    tensors t = read_tensors(folder, name);
    cJSON *const metadata = cJSON_GetObjectItem(t.header, "__metadata__");
    const int texts = cJSON_GetArraySize(metadata);
    cr_assert_gt(texts, 3);
    share s = share_of(name, (size_t)texts);
    for (int i = 0; i < texts; i++) {
        char key[256];
        const cJSON *const item = cJSON_GetArrayItem(metadata, i);
        (void)snprintf(key, sizeof key, "%s", item->string);
        if (!share_takes(&s, key)) continue;
        cJSON *const old = cJSON_Duplicate(item, true);
        cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(metadata, key, hostile_text("")));
        write_tensors(folder, "hostile", &t);
        run(folder, lines[(size_t)i % count]);
        cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(metadata, key, old));
    }
    /* names and types */
    cJSON *const extra = hostile_text("");
    cJSON_AddItemToObject(metadata, extra->valuestring, cJSON_CreateString("x"));
    write_tensors(folder, "hostile", &t);
    for (size_t i = 0; i < count; i++) run(folder, lines[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, extra->valuestring);
    cJSON *const tensor = cJSON_DetachItemFromArray(t.header, 1);
    cJSON_AddItemToObject(t.header, extra->valuestring, tensor);
    write_tensors(folder, "hostile", &t);
    for (size_t i = 0; i < count; i++) run(folder, lines[i]);
    cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(tensor, "dtype", hostile_text("F")));
    write_tensors(folder, "hostile", &t);
    for (size_t i = 0; i < count; i++) run(folder, lines[i]);
    cJSON_Delete(extra);
    release(&t);
}

Test(hostile_texts, of_models_and_checkpoints_steer_no_terminal)
{
    char *const folder = cli_data_folder("models");
    static const char *const lines[] = {"inspect hostile", "inspect hostile --json",
                                        "evaluate hostile points.csv --device cpu",
                                        "predict hostile points.csv --device cpu --json"};
    static const char *const resumed[] = {"inspect hostile", "train points.csv --device cpu --resume hostile",
                                          "inspect hostile --json"};
    cli_ok(folder, "train points.csv --epochs 1 --device cpu --checkpoint c");
    with_each_text(folder, "model.safetensors", lines, sizeof lines / sizeof lines[0]);
    with_each_text(folder, "c", resumed, sizeof resumed / sizeof resumed[0]);
    free(folder);
}

/* Class names, columns and the target are texts inside JSON inside JSON. */
Test(hostile_texts, of_names_in_models_steer_no_terminal)
{
    static const char *const keys[] = {"clmlp.classes", "clmlp.target", "clmlp.version"};
    char *const folder = cli_data_folder("names");
    cli_ok(folder, "train points.csv --epochs 1 --device cpu");
    tensors t = read_tensors(folder, "model.safetensors");
    cJSON *const metadata = cJSON_GetObjectItem(t.header, "__metadata__");
    size_t found = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (cJSON_GetObjectItem(metadata, keys[i]) == NULL) continue;
        found++;
        cJSON *item = i > 0 ? hostile_text("") : cJSON_CreateString("[\"" JSON_HOSTILE "\",\"=b\",\"c\"]");
        cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(metadata, keys[i], item));
    }
    cr_assert_geq(found, 2);
    write_tensors(folder, "hostile", &t);
    run_both(folder, "inspect hostile");
    run_both(folder, "evaluate hostile points.csv --device cpu");
    run(folder, "predict hostile points.csv --device cpu --json");
    run_both(folder, "train points.csv --init hostile --epochs 1 --device cpu");
    release(&t);
    free(folder);
}

/* A bundle of one step of a network 1-1. */
static void write_bundle(const char *folder)
{
    static const char *const texts[][2] = {
        {"format_version", "1"}, {"layers", "1,1"}, {"activation", "sigmoid"}, {"output", "sigmoid"}, {"lambda", "0"},
        {"replay.why", "a test"}, {"replay.device", "cpu"}, {"replay.driver", "1"}, {"replay.engine", "cblas"},
        {"replay.tiles", ""}, {"replay.version", "0"}, {"replay.step", "1"}, {"replay.seed", "1"},
        {"replay.optimizer", "sgd"}, {"replay.rate", "0.5"}, {"replay.decay", "0"}};
    static const char *const names[] = {"0.weight", "0.bias", "x", "y"};
    float data[4] = {1.0f, 0.0f, 1.0f, 1.0f};
    tensors t = {.header = cJSON_CreateObject(), .data = (unsigned char *)data, .size = sizeof data};
    cJSON *const metadata = cJSON_AddObjectToObject(t.header, "__metadata__");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "clmlp.%s", texts[i][0]);
        (void)cJSON_AddStringToObject(metadata, key, texts[i][1]);
    }
    for (int i = 0; i < 4; i++) {
        cJSON *const tensor = cJSON_AddObjectToObject(t.header, names[i]);
        (void)cJSON_AddStringToObject(tensor, "dtype", "F32");
        (void)cJSON_AddItemToObject(tensor, "shape", cJSON_CreateIntArray((int[]){1, 1}, i == 1 ? 1 : 2));
        (void)cJSON_AddItemToObject(tensor, "data_offsets", cJSON_CreateIntArray((int[]){4 * i, 4 * i + 4}, 2));
    }
    write_tensors(folder, "bundle", &t);
    cJSON_Delete(t.header);
}

Test(hostile_texts, of_bundles_steer_no_terminal)
{
    char *const folder = cli_folder("bundles");
    static const char *const lines[] = {"inspect hostile", "inspect hostile --json",
                                        "verify --replay hostile --device cpu",
                                        "verify --replay hostile --device cpu --json"};
    write_bundle(folder);
    cli_ok(folder, "inspect bundle");
    cli_ok(folder, "verify --replay bundle --device cpu");
    with_each_text(folder, "bundle", lines, sizeof lines / sizeof lines[0]);
    free(folder);
}

/* A checkpoint may be of somebody else. It does not choose what is overwritten. */
Test(hostile_texts, of_checkpoints_name_no_place_outside_the_folder)
{
    char *const folder = cli_data_folder("places");
    static const char *const places[] = {"$PWD/h.jsonl", "./../cli-h.jsonl", ".h.jsonl", "sub/../h.jsonl", "sub/.h"};
    cli_ok(folder, "devices > /dev/null; mkdir sub");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv --epochs 1 --device cpu --checkpoint c --overwrite "
                                          "--history \"%s\"",
                       places[i]);
        cli_ok(folder, line);
        cli_expect_bad(folder, "train points.csv --resume c --epochs 2 --device cpu", "give it again");
        (void)snprintf(line, sizeof line, "train points.csv --resume c --epochs 2 --device cpu --history \"%s\"",
                       places[i]);
        cli_ok(folder, line);
    }
    cli_ok(folder, "train points.csv --epochs 1 --device cpu --checkpoint c --overwrite --history ./sub/h --model "
                   "sub/m");
    cli_ok(folder, "train points.csv --resume c --epochs 2 --device cpu");
    free(folder);
}

/* Nor through a link that came with it, whatever of its names the link has. */
Test(hostile_texts, of_checkpoints_lead_through_no_link)
{
    char *const folder = cli_data_folder("links");
    static const char *const cases[] = {
        "ln -s ../../cli-outside sub/m", "ln -s n sub/m", "mv sub real; ln -s real sub",
        "ln -s ../../cli-outside sub/m.diverged", "ln -s ../../cli-outside sub/m.checkpoint",
        "ln -s ../../cli-outside sub/m.replay.safetensors", "mv h real; ln -s real h", "ln h real"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[512];
        cli_ok(folder, "devices >/dev/null; rm -rf sub real h c ../cli-outside; mkdir sub");
        cli_ok(folder, "train points.csv --epochs 1 --device cpu --checkpoint c --history h --model sub/m");
        (void)snprintf(line, sizeof line, "devices >/dev/null; mv sub/m n; %s", cases[i]);
        cli_ok(folder, line);
        cli_expect_bad(folder, "train points.csv --resume c --epochs 2 --device cpu", "link");
        cli_ok(folder, "devices >/dev/null; test ! -e ../cli-outside");
        cli_ok(folder, "train points.csv --resume c --epochs 2 --device cpu --history h --model sub/m");
    }
    /* the name that a model has by itself */
    cli_ok(folder, "train points.csv --epochs 1 --device cpu --checkpoint c --overwrite");
    cli_ok(folder, "devices >/dev/null; rm -f model.safetensors; ln -s n model.safetensors");
    cli_expect_bad(folder, "train points.csv --resume c --epochs 2 --device cpu", "model.safetensors");
    free(folder);
}
