/* test_foreign.c - files of other programs are known by their first bytes, and the message says what makes data of
 * them; texts that begin alike are read. */
#include "files.h"

#define BYTES(text) text, sizeof(text) - 1
#define ZIP_ENTRY(name_length) "PK\3\4\x14\0\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\0\0\0\0\0" name_length "\0\0\0"

static const struct {
    const char *bytes;
    size_t size;
    const char *message; /* parts of it between bars */
} rows[] = {
    {BYTES("PAR1\x15\0\x15\x80"), "a Parquet file|pandas.read_parquet("},
    {BYTES("FEA1\0\0\0\0"), "a Feather (Arrow) file|pandas.read_feather("},
    {BYTES("ARROW1\0\0\xff\xff\xff\xff"), "a Feather (Arrow) file|pandas.read_feather("},
    {BYTES("\xff\xff\xff\xff\x78\3\0\0"), "an Arrow stream|open_stream("},
    {BYTES("ORC\x0a\x0b\x0a\3"), "an ORC file|pandas.read_orc("},
    {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"), "an Excel workbook (xls)|xlrd"},
    {BYTES(ZIP_ENTRY("\x13") "[Content_Types].xml..." ZIP_ENTRY("\x0f") "xl/workbook.xml"),
     "an Excel workbook (xlsx)|pandas.read_excel(|openpyxl"},
    {BYTES(ZIP_ENTRY("\x08") "mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), "OpenDocument|odfpy"},
    {BYTES(ZIP_ENTRY("\x05") "x.npy"), "several arrays of NumPy (npz)|numpy.load("},
    {BYTES(ZIP_ENTRY("\x10") "archive/data.pkl"), "tensors of PyTorch"},
    {BYTES(ZIP_ENTRY("\x05") "a.csv"), "a zip archive|unzip -p"},
    {BYTES(ZIP_ENTRY("\xff") "a"), "a zip archive|unzip -p"},
    {BYTES("PK\3\4"), "a zip archive"},
    {BYTES("PK\5\6\0\0"), "a zip archive"},
    {BYTES("[{\"x\": 1, \"y\": 2}]"), "JSON, |pandas.read_json('FILE')"},
    {BYTES("\xef\xbb\xbf \n{ \"x\": [1, 2]}\n"), "JSON, |pandas.read_json('FILE')"},
    {BYTES("{\"x\": 1,\n\"y\": 2}\n"), "JSON, |pandas.read_json('FILE')"},
    {BYTES("[[1, 2], [3, 4]]"), "JSON, "},
    {BYTES("[1, 2, 3]\n[4, 5, 6]\n"), "JSON, "},
    {BYTES("{\"x\": 1, \"y\": 2}\r\n{\"x\": 2, \"y\": 2}\n"), "JSON Lines|lines=True"},
    {BYTES("SQLite format 3\0\x10\0"), "an SQLite database|sqlite3 -header -csv"},
    {BYTES("\x80\4\x95\0\0"), "a Python pickle|pandas.read_pickle(|that you trust"},
    {BYTES("\x89HDF\r\n\x1a\n\0"), "an HDF5 file|h5py"},
    {BYTES("MATLAB 5.0 MAT-file, Platform: posix"), "a MATLAB file|scipy.io.loadmat("},
    {BYTES("MATLAB 7.3 MAT-file, Platform: GLNXA64"), "a MATLAB 7.3 file|h5py"},
    {BYTES("X\n\0\0\0\3\0\4\2\2"), "an R object (RDS)|readRDS("},
    {BYTES("RDX3\nX\n\0\0\0\3"), "R's workspace (RData)|load("},
    {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0\x09\xc7\x31\x8c\x18\x1f\x10\x11"),
     "a SAS table|pandas.read_sas("},
    {BYTES("HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"), "a SAS transport file|read_xport("},
    {BYTES("<stata_dta><header><release>118"), "a Stata file|pandas.read_stata("},
    {BYTES("\x72\2\1\0\3\0"), "a Stata file|pandas.read_stata("},
    {BYTES("$FL2@(#) SPSS DATA FILE"), "an SPSS file|pandas.read_spss("},
    {BYTES("@RELATION iris\n\n@ATTRIBUTE x NUMERIC\n"), "Weka's ARFF|loadarff("},
    {BYTES("BZh91AY&SY\x12"), "packed by bzip2|bzip2 -dc FILE | clmlp ... -"},
    {BYTES("\xfd" "7zXZ\0\0\4"), "packed by xz|xz -dc FILE | clmlp ... -"},
    {BYTES("\x28\xb5\x2f\xfd\x24"), "packed by zstd|zstd -dc FILE | clmlp ... -"},
    {BYTES("\x04\x22\x4d\x18\x64"), "packed by lz4|lz4 -dc FILE | clmlp ... -"},
    {BYTES("7z\xbc\xaf\x27\x1c\0\4"), "a 7z archive"},
    {BYTES("Rar!\x1a\x07\1\0"), "a rar archive"},
    {BYTES(" <!DOCTYPE html>\n<html>"), "a web page (HTML)"},
    {BYTES("%PDF-1.7\n"), "a PDF document"},
    {BYTES("\x89PNG\r\n\x1a\n\0"), "a picture"},
    {BYTES("\xff\xd8\xff\xe0\0\x10JFIF"), "a picture"},
    {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "a pointer of Git LFS|git lfs pull"},
};

static clmlp_status load(const char *path, clmlp_format format, clmlp_error *error)
{
    clmlp_dataset *d = NULL;
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.format = format;
    const clmlp_status status = clmlp_dataset_load(&d, path, &options, error);
    clmlp_dataset_destroy(d);
    return status;
}

static void expect_parts(const char *message, const char *parts)
{
    char part[256];
    for (const char *end; *parts != '\0'; parts = *end == '|' ? end + 1 : end) {
        end = parts + strcspn(parts, "|");
        if (*end == '|' && end[1] == ' ') end += 1 + strcspn(end + 1, "|"); /* "FILE | clmlp" */
        snprintf(part, sizeof part, "%.*s", (int)(end - parts), parts);
        cr_expect_not_null(strstr(message, part), "expected %s in\n%s", part, message);
    }
}

Test(foreign, files_are_known_and_the_way_out_is_named)
{
    char path[PATH_LENGTH];
    scratch_path(path, "some file.csv"); /* a name says nothing, and is no part of a command that is to be copied */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int packed = 0; packed < 2; packed++) {
            clmlp_error error = {.message = "no error"};
            (packed ? write_gzip : write_file)(path, rows[i].bytes, rows[i].size);
            cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_BAD_INPUT, "row %zu: %s", i, error.message);
            expect_parts(error.message, rows[i].message);
            expect_parts(error.message, "which is not read (expected CSV, IDX, NPY or svmlight text)");
        }
    }
    remove(path);
}

Test(foreign, cut_short_they_are_never_read_beyond_their_end)
{
    char path[PATH_LENGTH];
    scratch_path(path, "cut");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t size = 0; size < rows[i].size && size < 12; size++) {
            clmlp_error error = {.message = "no error"};
            write_file(path, rows[i].bytes, size);
            const clmlp_status status = load(path, CLMLP_FORMAT_AUTO, &error); /* the sanitizers look on */
            cr_expect(status == CLMLP_OK || status == CLMLP_BAD_INPUT, "row %zu, %zu bytes: %s", i, size,
                      error.message);
        }
    }
    remove(path);
}

Test(foreign, texts_that_begin_alike_are_read)
{
    static const char *const texts[] = {"PAR1,PAR2\n1,2\n", "FEA1,b\n1,2\n",     "ORC,b\n1,2\n",   "X\n1\n2\n",
                                        "RDX3\n1\n2\n",     "BZh91,y\n1,2\n",     "{x},y\n1,2\n",   "[x],[y]\n1,2\n",
                                        "[x]\n1\n2\n",      "ARROW1,b\n1,2\n",    "PK,a\n1,2\n",    "7z,b\n1,2\n",
                                        "html,b\n1,2\n",    "MATLAB,b\n1,2\n",    "[1],[2]\n1,2\n", "rstu,b\n1,2\n",
                                        "$FL2,b\n1,2\n",    "\"{\",b\n1,2\n",     "@rel,b\n1,2\n",  "SQLite,b\n1,2\n",
                                        "ORC\n1\n2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        options.header = CLMLP_HEADER_YES;
        clmlp_dataset *const d = load_text("alike.csv", texts[i], &options);
        cr_expect_geq(clmlp_dataset_examples(d), 1, "%s", texts[i]);
        clmlp_dataset_destroy(d);
    }
}

Test(foreign, a_tar_archive_is_binary)
{
    char path[PATH_LENGTH], bytes[600];
    clmlp_error error = {.message = "no error"};
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "folder/table.csv", 16);
    memcpy(bytes + 257, "ustar", 5);
    write_file(scratch_path(path, "archive"), bytes, sizeof bytes);
    cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_BAD_INPUT);
    expect_parts(error.message, "a tar archive, which is not read|tar -xf");
    /* a table with that word at this place is a table */
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes + 257, "ustar", 5);
    memcpy(bytes + 590, "\n1\n2\n", 5);
    write_file(path, bytes, 595);
    cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_OK, "%s", error.message);
    remove(path);
}

Test(foreign, text_is_taken_as_csv_where_that_was_said)
{
    char path[PATH_LENGTH];
    clmlp_error error = {.message = "no error"};
    write_file(scratch_path(path, "asked"), BYTES("[1, 2, 3]\n[4, 5, 6]\n"));
    (void)load(path, CLMLP_FORMAT_CSV, &error);
    cr_expect_null(strstr(error.message, "JSON"), "%s", error.message);
    write_file(path, BYTES("PAR1\x15\0\x15\x80"));
    cr_expect_eq(load(path, CLMLP_FORMAT_CSV, &error), CLMLP_BAD_INPUT);
    expect_parts(error.message, "a Parquet file");
    remove(path);
}

/* Marks that are letters: whoever says that it is CSV has a table that begins so. */
Test(foreign, a_table_that_begins_with_a_mark_is_read_where_csv_was_said)
{
    static const char *const heads[] = {"%PDF-1", "MATLAB 5.0 MAT-file", "MATLAB 7.3 MAT-file", "$FL2@(#)",
                                        "BZh91AY&SY", "version https://git-lfs.github.com/spec/v1", "<stata_dta>",
                                        "HEADER RECORD*******LIB", "{}", "{\"a\"}", "[[a]]", "<html", "ORC"};
    char path[PATH_LENGTH], text[200];
    scratch_path(path, "marked");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        clmlp_error error = {.message = "no error"};
        snprintf(text, sizeof text, "%s\n1\n2\n", heads[i]);
        write_file(path, text, strlen(text));
        cr_expect_eq(load(path, CLMLP_FORMAT_CSV, &error), CLMLP_OK, "%s: %s", heads[i], error.message);
    }
    remove(path);
}

Test(foreign, a_plain_name_is_part_of_the_command)
{
    char path[PATH_LENGTH], expected[PATH_LENGTH + 100];
    clmlp_error error = {.message = "no error"};
    write_file(scratch_path(path, "t.parquet"), BYTES("PAR1\x15\0\x15\x80"));
    cr_assert_lt(strlen(path), 100);
    cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_BAD_INPUT);
    snprintf(expected, sizeof expected, "read_parquet('%s').to_csv('%s.csv', index=False)\"", path,
             strrchr(path, '/') + 1);
    expect_parts(error.message, expected);
    remove(path);
    /* what is packed twice is unpacked first; R packs its files itself */
    write_gzip(scratch_path(path, "t.parquet.gz"), BYTES("PAR1\x15\0\x15\x80"));
    cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_BAD_INPUT);
    expect_parts(error.message, "gunzip it, then this makes CSV of it|t.parquet.csv'");
    cr_expect_null(strstr(error.message, ".gz'"), "%s", error.message);
    remove(path);
    write_gzip(scratch_path(path, "t.rds"), BYTES("X\n\0\0\0\3\0\4\2\2"));
    cr_expect_eq(load(path, CLMLP_FORMAT_AUTO, &error), CLMLP_BAD_INPUT);
    expect_parts(error.message, "text); this makes CSV of it: Rscript");
    remove(path);
}
