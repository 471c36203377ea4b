/* choose.c - which reader a file is for: by what was said, by its name, or by its first bytes. */
#include "data/readers/choose.h"

#include <ctype.h>
#include <string.h>

#include "data/readers/foreign.h"
#include "data/readers/svmlight_line.h"

/* Does name [length] end in `suffix`, in which '#' stands for any digit? Letter case does not matter. */
static bool ends_in(const char *name, size_t length, const char *suffix)
{
    const size_t tail = strlen(suffix);
    if (length < tail) return false;
    for (size_t i = 0; i < tail; i++) {
        const unsigned char c = (unsigned char)name[length - tail + i];
        if (suffix[i] == '#' ? !isdigit(c) : tolower(c) != suffix[i]) return false;
    }
    return true;
}

static clmlp_table_reader *reader_by_name(const char *path)
{
    static const struct {
        const char *suffix;
        clmlp_table_reader *reader;
    } kinds[] = {{".csv", clmlp_csv_read}, {".tsv", clmlp_csv_read}, {".npy", clmlp_npy_read}, {".idx", clmlp_idx_read},
                 {"-idx#-ubyte", clmlp_idx_read}, {".idx#-ubyte", clmlp_idx_read}, {".svm", clmlp_svmlight_read},
                 {".svmlight", clmlp_svmlight_read}, {".libsvm", clmlp_svmlight_read}};
    size_t length = strlen(path);
    if (ends_in(path, length, ".gz")) length -= 3;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (ends_in(path, length, kinds[i].suffix)) return kinds[i].reader;
    }
    return NULL;
}

static clmlp_table_reader *reader_by_content(const clmlp_input *input)
{
    const size_t size = (size_t)(input->end - input->next);
    const unsigned char *bytes = (const unsigned char *)input->next;
    if (size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) return clmlp_npy_read;
    if (size >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 && bytes[2] <= 0x0e && bytes[3] <= 8) {
        return clmlp_idx_read;
    }
    if (clmlp_svmlight_is_likely(input)) return clmlp_svmlight_read;
    return clmlp_csv_read; /* which notices what is not text */
}

clmlp_status clmlp_choose_reader(clmlp_table_reader **reader, clmlp_table *table, const char *path,
                                 const clmlp_input *input, clmlp_format format, clmlp_error *error)
{
    TRY(clmlp_refuse_foreign(input, format == CLMLP_FORMAT_AUTO, error));
    switch (format) {
    case CLMLP_FORMAT_CSV: *reader = clmlp_csv_read; return CLMLP_OK;
    case CLMLP_FORMAT_IDX: *reader = clmlp_idx_read; return CLMLP_OK;
    case CLMLP_FORMAT_NPY: *reader = clmlp_npy_read; return CLMLP_OK;
    case CLMLP_FORMAT_SVMLIGHT: *reader = clmlp_svmlight_read; return CLMLP_OK;
    case CLMLP_FORMAT_AUTO:
    case CLMLP_FORMAT_COUNT: break;
    }
    *reader = reader_by_name(path);
    if (*reader != NULL) return CLMLP_OK;
    *reader = reader_by_content(input);
    if (*reader != clmlp_svmlight_read) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, error, "%s: taken as svmlight text (--format csv takes it as CSV)",
                           input->path);
}
