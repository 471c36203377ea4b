/* test_malformed.c - malformed inputs, each with its whole message.
 *
 * "@" in a message stands for the path.
 */
#include "files.h"

#include <stdlib.h>


typedef struct malformed {
    const char *name; /* of the file */
    const char *bytes;
    size_t size; /* 0: strlen(bytes) */
    const char *message;
    clmlp_target_kind kind; /* NONE is the first of the enumeration */
    clmlp_header header;
    const char *target;
    size_t expected_features;
    bool known; /* the classes are cat, dog, 3 */
} malformed;

#define N .kind = CLMLP_TARGET_NONE
#define C .kind = CLMLP_TARGET_CLASSES
#define V .kind = CLMLP_TARGET_VALUES
#define BYTES(text) text, sizeof(text) - 1

static const malformed text_cases[] = {
    {"a.csv", "", 0, "@: is empty, expected rows of numbers", N},
    {"a.csv", "\n \r\n\t\n", 0, "@: is empty, expected rows of numbers", N},
    {"a.csv", "\xef\xbb\xbf", 0, "@: is empty, expected rows of numbers", N},
    {"a.csv", "a,b,c\n", 0, "@:1:1: found only a header, expected rows of data after it", C},
    {"a.csv", "\na,b,c\n\n", 0, "@:2:1: found only a header, expected rows of data after it", N},
    {"a.csv", "1,2\n", 0, "@:1:1: found only a header, expected rows of data after it", C, CLMLP_HEADER_YES},
    /* ragged rows */
    {"a.csv", "a,b,c\n1,2,3\n4,5\n", 0, "@:3:3: found 2 fields, expected 3 as in the header, line 1", V},
    {"a.csv", "1,2,3\n4,5\n", 0, "@:2:3: found 2 fields, expected 3 as in the first row, line 1", N},
    {"a.csv", "1,2,3\n4\n", 0, "@:2:1: found 1 field, expected 3 as in the first row, line 1", N},
    {"a.csv", "1,2,x\n\n4,5\n", 0, "@:3:3: found 2 fields, expected 3 as in the first row, line 1", C,
     CLMLP_HEADER_NO},
    {"a.csv", "\n1,2\n3,4,5,6\n", 0, "@:3:5: found 4 fields, expected 2 as in the first row, line 2", N},
    {"a.csv", "1,2\n3,4,\n", 0, "@:2:5: found 3 fields, expected 2 as in the first row, line 1", C},
    {"a.csv", "1,2\n3,x,5\n", 0, "@:2:5: found 3 fields, expected 2 as in the first row, line 1", C},
    /* missing values */
    {"a.csv", "a,b,c\n1,2,3\n4,,5\n", 0, "@:3:3: missing value (found nothing, expected a number in column 'b')", V},
    {"a.csv", "1,2\n , 3\n", 0, "@:2:2: missing value (found nothing, expected a number in column 1)", N},
    {"a.csv", "1,\"\"\n", 0, "@:1:3: missing value (found nothing, expected a number in column 2)", N},
    {"a.csv", "1,2,\n3,4,5\n", 0, "@:1:5: missing target (1 of 2 rows have none); --missing-targets drop leaves such "
     "rows out", C},
    {"a.csv", "x,kind\n1,a\n2,", 0, "@:3:3: missing target (1 of 2 rows have none); --missing-targets drop leaves "
     "such rows out", C},
    /* what is not a number */
    {"a.csv", "a,b\n1,2\n3,abc\n", 0, "@:3:3: found 'abc', expected a number in column 'b'", N, .expected_features = 2},
    {"a.csv", "1,2,3\n4,5x,6\n", 0, "@:2:3: found '5x', expected a number in column 2", C, .expected_features = 2},
    {"a.csv", "1,2\n3,a text that is longer than forty characters\n", 0,
     "@:2:3: found 'a text that is longer than forty charact...', expected a number in column 2",
     N, .expected_features = 2},
    {"a.csv", "1,2\n\xc3\xa4\xc3\xb6\xc3\xbc,2,3\n", 0,
     "@:2:1: found '\xc3\xa4\xc3\xb6\xc3\xbc', expected a number in column 1", N, .expected_features = 2},
    {"a.csv", "1,\"\xc3\xa4\xc3\xb6\",2\n3,\"\xc3\xa4\xc3\xb6\",x\n", 0,
     "@:1:3: does the first row name the columns? (found text '\xc3\xa4\xc3\xb6' and number '1'); say --header yes or "
     "--header no", V},
    {"a.csv", "a,\xc3\xa4\xc3\xb6,c\n1,2,3\n1,\xc3\xa4\xc3\xb6,3\n", 0,
     "@:3:3: found '\xc3\xa4\xc3\xb6', expected a number in column '\xc3\xa4\xc3\xb6'", V, .expected_features = 2},
    {"a.csv", "1,2\n\"3\n4\",x\n", 0, "@:2:1: found '3\\x0a4', expected a number in column 1",
     N, .expected_features = 2},
    {"a.csv", "a,b\n\"1\",\"2\n\"", 0, "@:2:5: found '2\\x0a', expected a number in column 'b'",
     N, .expected_features = 2},
    {"a.csv", "1;2\n3;4,5\n", 0, "@:2:3: found '4,5', expected a number in column 2; decimals are written with a point "
     "(or say --decimal ,)", N, .expected_features = 2},
    {"a.txt", "1\n2 3 4\n", 0,
     "@:2:1: found '2 3 4', expected a number in column 1; columns are separated by commas, tabs or semicolons",
     N, .expected_features = 1},
    {"a.csv", "1,nan\n", 0, "@:1:3: found 'nan', expected a finite number in column 2", N},
    {"a.csv", "1,2\n1,-Infinity\n", 0, "@:2:3: found '-Infinity', expected a finite number in column 2", N},
    {"a.csv", "1,2\n1e999,2\n", 0, "@:2:1: found '1e999', expected a finite number in column 1", N},
    {"a.csv", "1,2\n1,2,0x10\n", 0, "@:2:5: found 3 fields, expected 2 as in the first row, line 1", N},
    {"a.csv", "1,2\n1,0x10\n", 0, "@:2:3: found '0x10', expected a number in column 2", N, .expected_features = 2},
    {"a.csv", "a,b,t\n1,2,x\n", 0, "@:2:5: found 'x', expected a number in column 't'", V},
    {"a.csv", "1,2,x\n", 0,
     "@:1:5: does the first row name the columns? (found text 'x' and number '1'); say --header yes or --header no", V},
    {"a.csv", "x,NA,t\n1,2,3\n", 0,
     "@:1:1: does the first row name the columns? (found text 'x' and the missing value 'NA'); say --header yes or "
     "--header no", V},
    {"a.csv", ",,t\n1,2,3\n", 0,
     "@:1:3: does the first row name the columns? (found text 't' and an empty cell); say --header yes or --header "
         "no", C},
    /* headers */
    {"a.csv", "0,1,2,3\n5,6,7,8\n", 0,
     "@:1:1: does the first row number the columns, or is it data? (found 0, 1, 2, ...); say --header yes or --header "
     "no", C},
    {"a.csv", "a,2,c\n1,2,3\n", 0,
     "@:1:1: does the first row name the columns? (found text 'a' and number '2'); say --header yes or --header no", V},
    {"a.csv", "a,2,c\n1,2,3\n", 0, "@:1:1: found 'a', expected a number in column 1",
     V, CLMLP_HEADER_NO, .expected_features = 2},
    /* quotes */
    {"a.csv", "1,2\n3,\"4\n5,6\n", 0, "@:2:3: this quote is never closed", N},
    {"a.csv", "1,2\n3,\"4\"x\n", 0,
     "@:2:3: text follows the closing quote (a quote inside a quoted field is written twice)", N},
    {"a.csv", "\"", 0, "@:1:1: this quote is never closed", N},
    /* the target */
    {"a.csv", "# made by me\na,b,t\n1,2,3\n", 0, "@:1:1: found one column, expected features beside the target "
     "(columns are separated by commas, tabs or semicolons); the file begins with a line that looks like a comment: "
     "remove it", C},
    {"a.csv", "# by me, 2012\na,b,t\n1,2,3\n", 0, "@:1:1: does the first row name the columns? (found text '# by me' "
     "and number '2012'); say --header yes or --header no; the file begins with a line that looks like a comment: "
     "remove it", C},
    {"a.csv", "# by me, alone\na,b,t\n1,2,3\n", 0, "@:2:5: found 3 fields, expected 2 as in the header, line 1; the "
     "file begins with a line that looks like a comment: remove it", C},
    {"a.csv", "a,b,c\n1,2,3\n", 0, "@:1:1: no target column 'd', expected one of 'a', 'b', 'c'", C, .target = "d"},
    {"a.csv", "a,b,c,d,e,f,g,h,i,j,k,l\n1,2,3,4,5,6,7,8,9,10,11,12\n", 0,
     "@:1:1: no target column 'x', expected one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', ... (12 in all)",
     C, .target = "x"},
    {"a.csv", "1,2,3\n", 0,
     "@:1:1: no target column 'd': the file has no header, so give the column's index (1 to 3)", C, .target = "d"},
    {"a.csv", "a,b,c\n1,2,3\n", 0, "@:1:1: no target column '4' (found 3 columns)", C, .target = "4"},
    {"a.csv", "a,b,c\n1,2,3\n", 0, "@:1:1: no target column '0' (found 3 columns)", C, .target = "0"},
    {"a.csv", "a,b,a\n1,2,3\n", 0, "@:1:5: two columns are called 'a' (1 and 3); name the target by its index", C,
     .target = "a"},
    {"a.csv", "t\n1\n", 0,
     "@:1:1: found one column, expected features beside the target (columns are separated by commas, tabs or "
     "semicolons)", C},
    /* classes */
    {"a.csv", "1,0.5\n2,1\n", 0,
     "@:1:3: the targets are numbers but not all integers (found '0.5'), so they cannot be classes; real targets need "
     "--output linear", C},
    {"a.csv", "x,y\n1,0\n2,1\n3,1e300\n", 0,
     "@:4:3: the targets are numbers but not all integers (found '1e300'), so they cannot be classes; real targets "
         "need "
     "--output linear", C},
    {"a.csv", "1,0\n2,nan\n", 0, "@:2:3: missing target (1 of 2 rows have none); --missing-targets drop leaves such "
     "rows out", C},
    {"a.csv", "1,inf\n2,0\n", 0, "@:1:3: found 'inf', expected a class", C},
    {"a.csv", "1,NA\n2,\n", 0, "@:1:3: missing target (2 of 2 rows have none)", C},
    {"a.csv", "1,cat\n2,bird\n3,bird\n", 0, "@:2:3: found class 'bird', expected one of 'cat', 'dog', '3'", C,
     .known = true},
    {"a.csv", "1,3.0\n2,4\n", 0, "@:2:3: found class '4', expected one of 'cat', 'dog', '3'", C, .known = true},
    /* widths */
    {"a.csv", "1,2,3\n", 0, "@:1:1: found 2 features beside the target, expected 3", C, .expected_features = 3},
    {"a.csv", "a,b,c\n1,2,3\n", 0, "@:1:1: found 3 features, expected 4", .expected_features = 4},
    {"a.csv", "1,2,3\n", 0, "@:1:1: found 3 features, expected 1", .expected_features = 1},
    /* no text at all */
    {"a.csv", BYTES("1,2\n\0,3\n"), "@: neither text nor IDX nor NPY (found a NUL byte at offset 4)", N},
    {"a.bin", BYTES("\x7f" "ELF\2\1\1\0\0\0"), "@: neither text nor IDX nor NPY (found a NUL byte at offset 7)", N},
    {"a.csv", BYTES("\xff\xfe" "1\0,\0" "2\0"), "@: UTF-16 text; save it as UTF-8", N},
};

#define IDX(type, rank) "\0\0" type rank
#define ONE "\0\0\0\1"
#define TWO "\0\0\0\2"

static const malformed idx_cases[] = {
    {"a.idx", "", 0, "@: is empty, expected an IDX file", N},
    {"a.idx", BYTES("\0\0\x08"),
     "@: not an IDX file (expected two zero bytes, a type and a number of dimensions at its start)", N},
    {"a.idx", BYTES("\1\0\x08\1" ONE "\5"), "@: not an IDX file (expected two zero bytes, a type and a number of "
                                            "dimensions at its start)", N},
    {"a.idx", BYTES(IDX("\x0a", "\1") ONE "\5"),
     "@: unknown IDX element type (found 0x0a, expected 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e)", N},
    {"a.idx", BYTES(IDX("\x08", "\0")), "@: found 0 IDX dimensions, expected 1 to 3", N},
    {"a.idx", BYTES(IDX("\x08", "\4") ONE ONE ONE ONE "\5"), "@: found 4 IDX dimensions, expected 1 to 3", N},
    {"a.idx", BYTES(IDX("\x08", "\3") ONE ONE "\0\0"), "@: ends inside its IDX header (expected 3 dimensions)", N},
    {"a.idx", BYTES(IDX("\x08", "\2") ONE "\0\0\0\0"), "@: holds no elements (shape uint8 [1 x 0])", N},
    {"a.idx", BYTES(IDX("\x0e", "\3") "\xff\xff\xff\xff" "\xff\xff\xff\xff" "\xff\xff\xff\xff" "\1"),
     "@: announces more than can be held (shape float64 [4294967295 x 4294967295 x 4294967295])", N},
    {"a.idx", BYTES(IDX("\x08", "\3") "\x7f\xff\xff\xff" "\0\0\xff\xff" "\0\0\x0f\xff" "\1\2\3"),
     "@: ends too early (found 3 bytes of data, expected 576311220601163775 for uint8 [2147483647 x 65535 x 4095])", N},
    {"a.idx", BYTES(IDX("\x08", "\2") TWO TWO "\1\2\3"),
     "@: ends too early (found 3 bytes of data, expected 4 for uint8 [2 x 2])", N},
    {"a.idx", BYTES(IDX("\x08", "\2") TWO TWO "\1\2\3\4\5"),
     "@: goes on after its end (expected 4 bytes of data for uint8 [2 x 2])", N},
    {"a.idx", BYTES(IDX("\x0d", "\2") ONE TWO "\x3f\x80\0\0" "\x7f\xc0\0\0"),
     "@: row 1, column 2: found nan, expected a finite number", N},
    {"a.idx", BYTES(IDX("\x0e", "\2") TWO ONE "\x3f\xf0\0\0\0\0\0\0" "\xff\xf0\0\0\0\0\0\0"),
     "@: row 2, column 1: found -inf, expected a finite number", N},
    {"a-idx3-ubyte", BYTES(IDX("\x08", "\3") ONE ONE TWO "\1\2"),
     "@: found uint8 [1 x 1 x 2], which has no target column; name a file with the targets (--labels FILE)", C},
    {"a-idx1-ubyte", BYTES(IDX("\x08", "\1") TWO "\1\2"),
     "@: found one column (uint8 [2]), expected features beside the target; targets in a file of their own need "
     "--labels FILE", C},
    {"a.idx", BYTES(IDX("\x08", "\2") ONE TWO "\1\2"), "@: no target column 'digit', expected an index from 1 to 2", C,
     .target = "digit"},
    {"a.idx", BYTES(IDX("\x08", "\2") ONE TWO "\1\2"),
     "@: row 1, column 2: found class '2', expected one of 'cat', 'dog', '3'", C, .known = true},
    {"a.idx", BYTES(IDX("\x08", "\3") ONE TWO TWO "\1\2\3\4"), "@: found 4 features (uint8 [1 x 2 x 2]), expected 9",
     .expected_features = 9},
};

#define NPY_1(length, literal) "\x93NUMPY\1\0" length "\0" literal
#define HEADER(type, order, shape) "{'descr': " type ", 'fortran_order': " order ", 'shape': " shape ", }"

static const malformed npy_cases[] = {
    {"a.npy", "", 0, "@: is empty, expected an NPY file", N},
    {"a.npy", "1,2,3\n4,5,6\n", 0, "@: not an NPY file (expected \\x93NUMPY at its start)", N},
    {"a.npy", BYTES("\x93NUMPY\4\0\1\0{"), "@: found NPY version 4.0, expected 1, 2 or 3", N},
    {"a.npy", BYTES("\x93NUMPY\2\0\1"), "@: ends inside its NPY header", N},
    {"a.npy", BYTES("\x93NUMPY\1\0\x40\0{'descr'"), "@: ends inside its NPY header", N},
    {"a.npy", BYTES("\x93NUMPY\2\0\xff\xff\xff\x7f{"),
     "@: found an NPY header of 2147483647 bytes, expected at most 65536", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'>f8'", "False", "(1, 2)"))),
     "@: a big-endian NPY array (found type '>f8', expected little-endian); in NumPy: "
     "a.astype(a.dtype.newbyteorder('<'))", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'|O'", "False", "(1, 2)") " ")),
     "@: found NPY type '|O', expected uint8, int32, int64, float32, float64 or another plain number; in NumPy: "
     "a.astype('f4')", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f2'", "False", "(1, 2)"))),
     "@: found NPY type '<f2', expected uint8, int32, int64, float32, float64 or another plain number; in NumPy: "
     "a.astype('f4')", N},
    {"a.npy", BYTES(NPY_1("\x45", HEADER("[('a', '<f4')]", "False", "(1, 2)") " ")),
     "@: a structured NPY array (found records, expected plain numbers)", N},
    {"a.npy", BYTES(NPY_1("\x3a", HEADER("'<i2'", "True", "(2, 2)") "1\0002\0003\0004\0")),
     "@: an NPY array in Fortran order, expected C order; in NumPy: numpy.ascontiguousarray(a)", N},
    {"a.npy", BYTES(NPY_1("\x37", HEADER("'<i2'", "False", "()") "1\0")),
     "@: found a single number, expected an array", N},
    {"a.npy", BYTES(NPY_1("\x0e", "{'descr': 7, }")), "@: NPY header: found '7, }', expected a string", N},
    {"a.npy", BYTES(NPY_1("\x11", "{'descr': '<f8'}\n")), "@: NPY header: no 'fortran_order'", N},
    {"a.npy", BYTES(NPY_1("\x08", "{'a': 1}")),
     "@: NPY header: found ''a': 1}', expected the keys 'descr', 'fortran_order' and 'shape', each once", N},
    {"a.npy", BYTES(NPY_1("\x3c", HEADER("'<f8'", "False", "(1, 2)") "x")),
     "@: NPY header: found 'x', expected nothing after the dictionary", N},
    {"a.npy", BYTES(NPY_1("\x3c", HEADER("'<f8'", "False", "(1, -2)"))),
     "@: NPY header: found '-2), }', expected a dimension", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'|u1'", "False", "(2, 2)") "123")),
     "@: ends too early (found 3 bytes of data, expected 4 for uint8 [2 x 2])", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'|u1'", "False", "(2, 2)") "12345")),
     "@: goes on after its end (expected 4 bytes of data for uint8 [2 x 2])", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'|u1'", "False", "(0, 2)"))),
     "@: holds no elements (shape uint8 [0 x 2])", N},
    {"a.npy", BYTES(NPY_1("\x4e", HEADER("'|u1'", "False", "(5000000000, 10000000000)") "")),
     "@: announces more than can be held (shape uint8 [5000000000 x 10000000000])", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f4'", "False", "(1, 2)") "\0\0\x80\x3f\0\0\x80\x7f")),
     "@: row 1, column 2: found inf, expected a finite number", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<i8'", "False", "(1, 1)") "\1\0\0\0\0\0\x20\0")),
     "@: row 1, column 1: found 9007199254740993, expected an integer between -2^53 and 2^53", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<u8'", "False", "(1, 1)") "\xff\xff\xff\xff\xff\xff\xff\xff")),
     "@: row 1, column 1: found 18446744073709551615, expected an integer between -2^53 and 2^53", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f4'", "False", "(2, 1)") "\0\0\x80\x3f\0\0\xc0\xff")),
     "@: row 2, column 1: found nan, expected a finite number", N},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f4'", "False", "(1, 2)") "\0\0\x80\x3f\0\0\xc0\xff")),
     "@: row 1, column 2: missing target (1 of 1 rows have none)", C},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f4'", "False", "(1, 2)") "\0\0\x80\x3f\0\0\x80\x7f")),
     "@: row 1, column 2: found inf, expected a finite number", C},
    {"a.npy", BYTES(NPY_1("\x3b", HEADER("'<f4'", "False", "(1, 2)") "\0\0\x80\x3f\0\0\0\x3f")),
     "@: row 1, column 2: the targets are numbers but not all integers (found '0.5'), so they cannot be classes; real "
     "targets need --output linear", C},
};

static void check(const malformed *row, size_t number)
{
    static const char *const known[] = {"cat", "dog", "3"};
    char path[PATH_LENGTH], name[64], expected[2048];
    clmlp_load_options options = options_of(row->kind);
    options.header = row->header;
    options.target = row->target;
    options.expected_features = row->expected_features; /* of a model that takes numbers */
    options.missing_values = CLMLP_MISSING_VALUES_ERROR;
    options.class_names = row->known ? known : NULL;
    options.class_count = row->known ? 3 : 0;
    snprintf(name, sizeof name, "bad%zu-%s", number, row->name);
    write_file(scratch_path(path, name), row->bytes, row->size > 0 ? row->size : strlen(row->bytes));
    snprintf(expected, sizeof expected, "%s%s", path, row->message + 1);
    clmlp_dataset *dataset = NULL;
    clmlp_error error = {.message = "no message"};
    const clmlp_status status = clmlp_dataset_load(&dataset, path, &options, &error);
    cr_expect_eq(status, CLMLP_BAD_INPUT, "case %zu: status %d, expected message %s", number,
                 (int)status, row->message);
    cr_expect_str_eq(error.message, expected, "case %zu:\n  got      %s\n  expected %s", number,
                     error.message, expected);
    cr_expect_null(dataset);
    cr_expect_eq(clmlp_dataset_load(&dataset, path, &options, NULL), CLMLP_BAD_INPUT,
                 "case %zu without an error", number);
    clmlp_dataset_destroy(dataset);
    remove(path);
}

Test(malformed, text)
{
    for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) check(&text_cases[i], i);
}

Test(malformed, idx)
{
    for (size_t i = 0; i < sizeof idx_cases / sizeof *idx_cases; i++) check(&idx_cases[i], i);
}

Test(malformed, npy)
{
    for (size_t i = 0; i < sizeof npy_cases / sizeof *npy_cases; i++) check(&npy_cases[i], i);
}

/* Labels files: data 1,2 / 3,4 / 5,6 in "data.csv" (shown as #), labels in "labels.csv" (@). */
Test(malformed, labels)
{
    static const malformed rows[] = {
        {"labels.csv", "1\n2\n", 0, "@: found 2 rows, expected 3 as in #", C},
        {"labels.csv", "1\n2\n3\n4\n", 0, "@: found 4 rows, expected 3 as in #", C},
        {"labels.csv", "1,2\n", 0, "@: found 1 row, expected 3 as in #", V},
        {"labels.csv", "a\n1\n2\n", 0, "@:1:1: does the first row name the column? (found text 'a' above numbers, 3 "
         "rows in all, expected 3); say "
         "--header yes or --header no", C},
        {"labels.csv", "cat\nbird\ndog\n", 0, "@:2:1: found class 'bird', expected one of 'cat', 'dog', '3'", C,
         .known = true},
        {"labels.csv", "cat,bird\n1,0\n0,1\n0,1\n", 0, "@:1:1: found class 'bird', expected one of 'cat', 'dog', '3'",
         C,
         .known = true},
        {"labels.csv", "1\n\"\"\n2\n", 0, "@:2:1: missing target (1 of 3 rows have none); "
         "--missing-targets drop leaves such rows out", C},
        {"labels.csv", "1.5\n2\n3\n", 0,
         "@:1:1: the targets are numbers but not all integers (found '1.5'), so they cannot be classes; real targets "
         "need --output linear", C},
        {"labels.csv", "1,x\n2,3\n4,5\n", 0,
         "@:1:3: does the first row name the columns? (found text 'x' and number '1'); say --header yes or --header no",
         C},
        {"labels.csv", "1,2\n2,3\n4,y\n", 0, "@:3:3: found 'y', expected a number, or one of true, false, "
                                          "yes, no, in column 2: several targets are numbers, or labels that are 0 or "
                                          "1", C},
        {"labels.csv", "1\nx\n2\n", 0,
         "@:2:1: found 'x', expected a number in column 1; columns are separated by commas, tabs or semicolons", V},
        {"l-idx3-ubyte", BYTES(IDX("\x08", "\3") ONE ONE TWO "\1\2"),
         "@: found uint8 [1 x 1 x 2], expected labels with one or two dimensions", C},
    };
    static const char *const known[] = {"cat", "dog", "3"};
    char data[PATH_LENGTH], path[PATH_LENGTH], name[64];
    write_file(scratch_path(data, "malformed-data.csv"), BYTES("1,2\n3,4\n5,6\n"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[2048], with_data[1024];
        const char *hash = strchr(rows[i].message, '#');
        snprintf(with_data, sizeof with_data, "%.*s%s", hash ? (int)(hash - rows[i].message) : 1000, rows[i].message,
                 hash ? data : "");
        clmlp_load_options options = options_of(rows[i].kind);
        snprintf(name, sizeof name, "badlabels%zu-%s", i, rows[i].name);
        options.labels_path = scratch_path(path, name);
        options.class_names = rows[i].known ? known : NULL;
        options.class_count = rows[i].known ? 3 : 0;
        write_file(path, rows[i].bytes, rows[i].size > 0 ? rows[i].size : strlen(rows[i].bytes));
        snprintf(expected, sizeof expected, "%s%s", path, with_data + 1);
        clmlp_dataset *dataset = NULL;
        clmlp_error error = {.message = "no message"};
        cr_expect_eq(clmlp_dataset_load(&dataset, data, &options, &error), CLMLP_BAD_INPUT, "case %zu", i);
        cr_expect_str_eq(error.message, expected, "case %zu:\n  got      %s\n  expected %s", i,
                         error.message, expected);
        clmlp_dataset_destroy(dataset);
        remove(path);
    }
    remove(data);
}

/* A gzipped file of which the first `keep` bytes are left, with one byte changed at `flip` when >= 0. */
static void check_gzip(size_t cut, long flip, const char *message)
{
    static const char text[] = "1,2,3\n4,5,6\n7,8,9\n1,2,3\n4,5,6\n7,8,9\n";
    char path[PATH_LENGTH], bytes[512], expected[1024];
    write_gzip(scratch_path(path, "packed.csv.gz"), text, sizeof text - 1);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    cr_assert(size > cut && size < sizeof bytes);
    if (flip != 0) bytes[flip > 0 ? flip : (long)size + flip] ^= 0x55;
    write_file(path, bytes, size - cut);
    snprintf(expected, sizeof expected, "%s%s", path, message);
    clmlp_dataset *dataset = NULL;
    clmlp_error error = {.message = "no message"};
    cr_expect_eq(clmlp_dataset_load(&dataset, path, NULL, &error), CLMLP_BAD_INPUT, "%s", message);
    cr_expect_str_eq(error.message, expected, "got %s", error.message);
    clmlp_dataset_destroy(dataset);
    remove(path);
}

Test(malformed, gzip_streams_that_are_cut_short_or_damaged)
{
    static const char early[] = ": unexpected end of the gzip stream; the file is cut short";
    check_gzip(1, 0, early);  /* inside the length */
    check_gzip(5, 0, early);  /* inside the CRC */
    check_gzip(8, 0, early);  /* all data, no trailer */
    check_gzip(15, 0, early); /* inside the data */
    check_gzip(0, -7, ": damaged gzip stream (incorrect data check)");
    check_gzip(0, -3, ": damaged gzip stream (incorrect length check)");
    check_gzip(0, 2, ": damaged gzip stream (unknown compression method)");
}

Test(malformed, files_that_cannot_be_opened)
{
    clmlp_dataset *dataset = NULL;
    clmlp_error error;
    char expected[1024];
    cr_assert_eq(clmlp_dataset_load(&dataset, "/nonexistent/a.csv", NULL, &error), CLMLP_IO);
    cr_assert_str_eq(error.message, "/nonexistent/a.csv: cannot be opened: No such file or directory");
    cr_assert_eq(clmlp_dataset_load(&dataset, TEST_SCRATCH_DIR, NULL, &error), CLMLP_IO);
    snprintf(expected, sizeof expected, "%s: is a folder, not a file", TEST_SCRATCH_DIR);
    cr_assert_str_eq(error.message, expected);
    cr_assert_eq(clmlp_dataset_load(NULL, "a.csv", NULL, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_dataset_load(&dataset, NULL, NULL, &error), CLMLP_BAD_ARGUMENT);
}
