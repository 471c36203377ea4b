/* foreign.c - files of other programs that are no data for clmlp: which they are, and what makes data of them. */
#include "data/readers/foreign.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* How data are made of a file. */
typedef enum way {
    PANDAS,  /* by a function of pandas, `how`, which reads `needs` */
    PYTHON,  /* by a program, `how`, with FILE and OUT in it */
    SHELL,   /* by a command, `how`, with FILE and OUT in it */
    UNPACK,  /* by a command, `how`, that writes what is inside to a pipe */
    ADVICE   /* as `how` says */
} way;

typedef struct kind {
    const char *what;
    way way;
    const char *how, *needs;
} kind;

#define NOT_DATA "it holds no table"
#define ARRAY "numpy.save('OUT.npy', "

static const kind parquet = {"a Parquet file", PANDAS, "read_parquet('FILE')", "pandas pyarrow"};
static const kind feather = {"a Feather (Arrow) file", PANDAS, "read_feather('FILE')", "pandas pyarrow"};
static const kind arrow_stream = {"an Arrow stream", PYTHON, "import pyarrow.ipc as ipc; ipc.open_stream('FILE')"
                                  ".read_pandas().to_csv('OUT.csv', index=False)", "pandas pyarrow"};
static const kind orc = {"an ORC file", PANDAS, "read_orc('FILE')", "pandas pyarrow"};
static const kind xlsx = {"an Excel workbook (xlsx)", PANDAS, "read_excel('FILE')", "pandas openpyxl"};
static const kind xls = {"an Excel workbook (xls), or another old file of Office", PANDAS, "read_excel('FILE')",
                         "pandas xlrd"};
static const kind ods = {"an OpenDocument file (ods)", PANDAS, "read_excel('FILE')", "pandas odfpy"};
static const kind json = {"JSON", PANDAS, "read_json('FILE')", "pandas"};
static const kind json_lines = {"JSON Lines", PANDAS, "read_json('FILE', lines=True)", "pandas"};
static const kind sqlite = {"an SQLite database", SHELL,
                            "sqlite3 -header -csv 'FILE' 'select * from TABLE' > 'OUT.csv'", NULL};
static const kind pickle = {"a Python pickle", PANDAS, "read_pickle('FILE')",
                            "pandas; reading a pickle runs what is in it, so take only one that you trust"};
static const kind hdf5 = {"an HDF5 file", PYTHON, "import h5py, numpy; " ARRAY "h5py.File('FILE')['NAME'][:])",
                          "h5py"};
static const kind mat5 = {"a MATLAB file", PYTHON, "import scipy.io, numpy; " ARRAY
                          "numpy.ascontiguousarray(scipy.io.loadmat('FILE')['NAME']))", "scipy"};
static const kind mat73 = {"a MATLAB 7.3 file", PYTHON, "import h5py, numpy; " ARRAY
                           "numpy.ascontiguousarray(h5py.File('FILE')['NAME'][:].T))", "h5py"};
static const kind npz = {"several arrays of NumPy (npz)", PYTHON, "import numpy; " ARRAY "numpy.load('FILE')['NAME'])",
                         "numpy"};
static const kind rds = {"an R object (RDS)", SHELL,
                         "Rscript -e \"write.csv(readRDS('FILE'), 'OUT.csv', row.names=FALSE)\"", NULL};
static const kind rdata = {"R's workspace (RData)", SHELL,
                           "Rscript -e \"load('FILE'); write.csv(NAME, 'OUT.csv', row.names=FALSE)\"", NULL};
static const kind sas = {"a SAS table", PANDAS, "read_sas('FILE', format='sas7bdat')", "pandas"};
static const kind xport = {"a SAS transport file", PYTHON, "import pyreadstat; pyreadstat.read_xport('FILE')[0]"
                           ".to_csv('OUT.csv', index=False)", "pyreadstat"};
static const kind stata = {"a Stata file", PANDAS, "read_stata('FILE')", "pandas"};
static const kind spss = {"an SPSS file", PANDAS, "read_spss('FILE')", "pandas pyreadstat"};
static const kind arff = {"Weka's ARFF", PYTHON, "import pandas; from scipy.io.arff import loadarff; "
                          "pandas.DataFrame(loadarff('FILE')[0]).to_csv('OUT.csv', index=False)", "pandas scipy"};
static const kind torch_zip = {"tensors of PyTorch", ADVICE, "data go to clmlp as NPY (numpy.save), models as "
                               "safetensors (safetensors.torch.save_file)", NULL};
static const kind zip = {"a zip archive", UNPACK, "unzip -p", NULL};
static const kind gzip = {"a gzip stream in another one", UNPACK, "zcat", NULL};
static const kind bzip2 = {"a file packed by bzip2", UNPACK, "bzip2 -dc", NULL};
static const kind xz = {"a file packed by xz", UNPACK, "xz -dc", NULL};
static const kind zstd = {"a file packed by zstd", UNPACK, "zstd -dc", NULL};
static const kind lz4 = {"a file packed by lz4", UNPACK, "lz4 -dc", NULL};
static const kind seven = {"a 7z archive", UNPACK, "7z x -so", NULL};
static const kind tar = {"a tar archive", ADVICE, "unpack it (tar -xf), and name the file with the data", NULL};
static const kind rar = {"a rar archive", ADVICE, "unpack it, and name the file with the data", NULL};
static const kind html = {"a web page (HTML)", ADVICE, NOT_DATA ", or the download went wrong", NULL};
static const kind pdf = {"a PDF document", ADVICE, NOT_DATA " that a program can read", NULL};
static const kind picture = {"a picture", ADVICE, "pictures go to clmlp as one array, NPY or IDX, an example a row",
                             NULL};
static const kind pointer = {"a pointer of Git LFS, not the file itself", ADVICE, "git lfs pull fetches that", NULL};

#define BYTES(text) text, sizeof(text) - 1

/* First bytes that nothing else has. */
static const struct {
    const kind *kind;
    size_t offset;
    const char *bytes;
    size_t length;
} marks[] = {
    {&arrow_stream, 0, BYTES("\xff\xff\xff\xff")}, /* and a length, see below */
    {&feather, 0, BYTES("ARROW1\0\0")},
    {&xls, 0, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
    {&sqlite, 0, BYTES("SQLite format 3\0")},
    {&pickle, 0, BYTES("\x80\x02")},
    {&pickle, 0, BYTES("\x80\x03")},
    {&pickle, 0, BYTES("\x80\x04")},
    {&pickle, 0, BYTES("\x80\x05")},
    {&hdf5, 0, BYTES("\x89HDF\r\n\x1a\n")},
    {&mat5, 0, BYTES("MATLAB 5.0 MAT-file")},
    {&mat73, 0, BYTES("MATLAB 7.3 MAT-file")},
    {&rds, 0, BYTES("X\n\0\0\0")},
    {&rdata, 0, BYTES("RDX2\nX\n")},
    {&rdata, 0, BYTES("RDX3\nX\n")},
    {&sas, 0, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0\x09\xc7\x31\x8c")},
    {&xport, 0, BYTES("HEADER RECORD*******LIB")},
    {&stata, 0, BYTES("<stata_dta>")},
    {&spss, 0, BYTES("$FL2@(#)")},
    {&spss, 0, BYTES("$FL3@(#)")},
    {&gzip, 0, BYTES("\x1f\x8b\x08")},
    {&bzip2, 4, BYTES("1AY&SY")}, /* behind BZh and a digit */
    {&xz, 0, BYTES("\xfd" "7zXZ\0")},
    {&zstd, 0, BYTES("\x28\xb5\x2f\xfd")},
    {&lz4, 0, BYTES("\x04\x22\x4d\x18")},
    {&seven, 0, BYTES("7z\xbc\xaf\x27\x1c")},
    {&tar, 257, BYTES("ustar")},
    {&rar, 0, BYTES("Rar!\x1a\x07")},
    {&pdf, 0, BYTES("%PDF-")},
    {&picture, 0, BYTES("\x89PNG\r\n\x1a\n")},
    {&picture, 0, BYTES("\xff\xd8\xff")},
    {&pointer, 0, BYTES("version https://git-lfs.github.com/spec/")},
};

typedef struct start {
    const char *bytes;
    size_t size;
} start;

static bool has(start s, size_t offset, const char *bytes, size_t length)
{
    return s.size >= offset && s.size - offset >= length && memcmp(s.bytes + offset, bytes, length) == 0;
}

/* Text has neither in its first bytes. */
static bool is_binary(start s)
{
    const size_t looked = s.size < 256 ? s.size : 256;
    for (size_t i = 0; i < looked; i++) {
        const unsigned char c = (unsigned char)s.bytes[i];
        if (c < 0x20 && strchr("\t\n\f\r", c) == NULL) return true;
        if (c == 0) return true;
    }
    return false;
}

/* A zip archive is known by the names in it: of the entries whose heads lie in the first block. */
static const kind *archive(start s)
{
    enum { HEAD = 30, NAME_LENGTH_AT = 26 };
    static const char entry[] = "PK\x03\x04";
    for (const char *at = s.bytes, *const end = s.bytes + s.size; (size_t)(end - at) > HEAD; at++) {
        at = memchr(at, 'P', (size_t)(end - at) - HEAD);
        if (at == NULL) break;
        if (memcmp(at, entry, sizeof entry - 1) != 0) continue;
        const size_t length = (unsigned char)at[NAME_LENGTH_AT] + 256U * (unsigned char)at[NAME_LENGTH_AT + 1];
        const char *const name = at + HEAD;
        if (length > (size_t)(end - name)) continue;
        const start called = {name, length};
        if (has(called, 0, BYTES("xl/"))) return &xlsx;
        if (length > 4 && has(called, length - 4, BYTES(".npy"))) return &npz;
        if (length > 9 && has(called, length - 9, BYTES("/data.pkl"))) return &torch_zip;
        if (has((start){name, (size_t)(end - name)}, 0, BYTES("mimetypeapplication/vnd.oasis.opendocument"))) {
            return &ods;
        }
    }
    return &zip;
}

static const kind *of_bytes(start s)
{
    const unsigned char *const u = (const unsigned char *)s.bytes;
    /* these begin with letters, which a text may begin with, too */
    if (has(s, 0, BYTES("PAR1")) && is_binary(s)) return &parquet;
    if (has(s, 0, BYTES("FEA1")) && is_binary(s)) return &feather;
    if (has(s, 0, BYTES("ORC")) && is_binary(s)) return &orc;
    if (has(s, 0, BYTES("PK\x03\x04")) || has(s, 0, BYTES("PK\x05\x06"))) return archive(s);
    const bool old_stata = s.size >= 4 && u[0] >= 0x69 && u[0] <= 0x73 && (u[1] == 1 || u[1] == 2);
    if (old_stata && u[2] == 1 && u[3] == 0) return &stata;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!has(s, marks[i].offset, marks[i].bytes, marks[i].length)) continue;
        if (marks[i].kind == &arrow_stream && (s.size < 8 || u[7] != 0 || u[6] != 0)) continue;
        if (marks[i].kind == &tar && !is_binary(s)) continue;
        if (marks[i].kind == &bzip2 && !has(s, 0, BYTES("BZh"))) continue;
        return marks[i].kind;
    }
    return NULL;
}

/* Does it begin with `word`, whatever the case of its letters? */
static bool begins(start s, const char *word)
{
    size_t i = 0;
    while (word[i] != '\0' && i < s.size && tolower((unsigned char)s.bytes[i]) == word[i]) i++;
    return word[i] == '\0';
}

static start skip_blanks(start s)
{
    while (s.size > 0 && strchr(" \t\r\n", s.bytes[0]) != NULL && s.bytes[0] != '\0') {
        s.bytes++;
        s.size--;
    }
    return s;
}

/* Objects, or arrays of arrays, of objects or of numbers. */
static const kind *json_of(start s)
{
    const start inside = skip_blanks((start){s.bytes + 1, s.size - 1});
    const char *const end = memchr(s.bytes, '\n', s.size), *const close = memchr(s.bytes, ']', s.size);
    const char first = inside.size > 0 ? inside.bytes[0] : '\0';
    if (s.bytes[0] == '[') {
        if (first == '{' || first == '[') return &json;
        const bool numbers = isdigit((unsigned char)first) || first == '-';
        const size_t behind = close != NULL ? strspn(close + 1, " \t\r") : 0; /* the buffer ends in 0 */
        return numbers && close != NULL && memchr(s.bytes, ',', (size_t)(close - s.bytes)) != NULL &&
               (close[1 + behind] == '\n' || close[1 + behind] == '\0') ? &json : NULL;
    }
    if (first != '"') return first == '}' ? &json : NULL;
    if (end == NULL || skip_blanks((start){end, s.size - (size_t)(end - s.bytes)}).size == 0) return &json;
    const char *last = end;
    while (last > s.bytes && strchr(" \t\r\n", *last) != NULL) last--;
    return *last == '}' && skip_blanks((start){end, s.size - (size_t)(end - s.bytes)}).bytes[0] == '{' ? &json_lines
                                                                                                    : &json;
}

static const kind *of_text(start s)
{
    if (has(s, 0, BYTES("\xef\xbb\xbf"))) s = (start){s.bytes + 3, s.size - 3};
    s = skip_blanks(s);
    if (s.size == 0) return NULL;
    if (s.bytes[0] == '{' || s.bytes[0] == '[') return json_of(s);
    if (begins(s, "<!doctype html") || begins(s, "<html")) return &html;
    return begins(s, "@relation ") ? &arff : NULL;
}

const char *clmlp_foreign_name(const char *bytes, size_t size)
{
    const start s = {bytes, size};
    const kind *const k = of_bytes(s);
    if (k != NULL) return k->what;
    return size > 0 && !is_binary(s) ? "text" : NULL;
}

/* --- the message --------------------------------------------------------------------------------------------- */

enum { WAY_LENGTH = 1024 };

/* Only a name that a shell and Python take as it stands. */
static bool is_plain(const char *path)
{
    static const char others[] = "._/-+=@,";
    for (const char *c = path; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr(others, *c) == NULL) return false;
    }
    return path[0] != '\0' && path[0] != '-' && strlen(path) < 100;
}

/* `how` with FILE, and with OUT, a name in this folder that is the file's and a bit more, into text [size]. */
static void fill_in(char *text, size_t size, const char *how, const char *file, const char *out)
{
    size_t used = 0;
    text[0] = '\0';
    while (*how != '\0' && used + 1 < size) {
        const bool is_file = strncmp(how, "FILE", 4) == 0, is_out = strncmp(how, "OUT", 3) == 0;
        const char *const piece = is_file ? file : is_out ? out : NULL;
        const int length = piece != NULL ? snprintf(text + used, size - used, "%s", piece)
                                         : snprintf(text + used, size - used, "%c", *how);
        used += (size_t)length;
        how += is_file ? 4 : is_out ? 3 : 1;
    }
}

static void describe_way(char *text, size_t size, const kind *k, const char *file)
{
    char form[WAY_LENGTH] = "", how[WAY_LENGTH];
    const char *const slash = strrchr(file, '/');
    if (k->way == PANDAS) {
        (void)snprintf(form, sizeof form, "import pandas; pandas.%s.to_csv('OUT.csv', index=False)", k->how);
    }
    fill_in(how, sizeof how, k->way == PANDAS ? form : k->how, file, slash != NULL ? slash + 1 : file);
    switch (k->way) {
    case PANDAS:
    case PYTHON:
        (void)snprintf(text, size, "this makes %s of it: python3 -c \"%s\" (pip install %s)",
                       strstr(how, "numpy.save") != NULL ? "NPY" : "CSV", how, k->needs);
        return;
    case SHELL: (void)snprintf(text, size, "this makes CSV of it: %s", how); return;
    case UNPACK: (void)snprintf(text, size, "unpack it into a pipe: %s %s | clmlp ... -", how, file); return;
    case ADVICE: break;
    }
    (void)snprintf(text, size, "%s", how);
}

clmlp_status clmlp_refuse_foreign(const clmlp_input *input, bool texts, clmlp_error *error)
{
    const start s = {input->next, (size_t)(input->end - input->next)};
    const kind *k = of_bytes(s);
    if (k != NULL && !texts && !is_binary(s)) return CLMLP_OK; /* a table may begin with these letters */
    if (k == NULL && texts) k = of_text(s);
    if (k == NULL) return CLMLP_OK;
    char text[2 * WAY_LENGTH], file[128] = "FILE";
    const bool packed = clmlp_input_is_packed(input) && k != &rds && k != &rdata;
    if (is_plain(input->path)) (void)snprintf(file, sizeof file, "%s", input->path);
    char *const suffix = strrchr(file, '.');
    if (packed && k != &gzip && suffix != NULL && strcmp(suffix, ".gz") == 0) *suffix = '\0';
    describe_way(text, sizeof text, k, file);
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: %s, which is not read (expected CSV, IDX, NPY or svmlight text); %s%s", input->path, k->what,
                      packed && k->way != ADVICE && k != &gzip ? "gunzip it, then " : "", text);
}
