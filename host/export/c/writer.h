/* writer.h - a C file that is being written, and the parts it has. */
#ifndef CLMLP_EXPORT_C_WRITER_H
#define CLMLP_EXPORT_C_WRITER_H

#include "base/text.h"
#include "clmlp/c_source.h"
#include "model/model.h"

enum { CLMLP_C_NAME = 24 };

typedef struct clmlp_c_writer {
    clmlp_text text;
    const clmlp_model *model;
    const char *name;
    char upper[CLMLP_C_NAME + 1]; /* the name in capitals */
    clmlp_precision precision;
    bool int8;
    bool by_column;               /* a row is a struct */
    bool has[CLMLP_COLUMN_KIND_COUNT]; /* columns of this kind */
    clmlp_error *error;
} clmlp_c_writer;

/* Append C code. $N is the name, $U that in capitals, $R float or double, $F what its functions end with, f or
 * nothing. */
clmlp_status clmlp_c_code(clmlp_c_writer *w, const char *code);

/* The same with printf's conversions, for short pieces. */
clmlp_status clmlp_c_codef(clmlp_c_writer *w, const char *format, ...) CLMLP_PRINTF(2, 3);

/* A number as it is, in hexadecimal, which C99 reads exactly; NAN of a NaN. The second is rounded to the precision. */
clmlp_status clmlp_c_double(clmlp_c_writer *w, double value);
clmlp_status clmlp_c_real(clmlp_c_writer *w, double value);

/* A text in quotes, safe in code and in comments: all but plain characters are escaped, the star among them. Errors:
 * CLMLP_BAD_ARGUMENT: longer than C99 allows. */
clmlp_status clmlp_c_quoted(clmlp_c_writer *w, const char *text);

/* `static const TYPE NAME[] = {...};` of texts. */
clmlp_status clmlp_c_texts(clmlp_c_writer *w, const char *const *texts, size_t count);

/* The field of column c in a row: "c1_age", "c2". */
enum { CLMLP_C_FIELD = 64 };
const char *clmlp_c_field(char out[CLMLP_C_FIELD], const clmlp_c_writer *w, size_t c);

/* The encoder of column c; NULL: it is its number. */
const clmlp_encoder *clmlp_c_encoder(const clmlp_c_writer *w, size_t c);

/* The parts, in their order. */
clmlp_status clmlp_c_declare(clmlp_c_writer *w); /* the struct, functions that are called from outside */
clmlp_status clmlp_c_encode(clmlp_c_writer *w);  /* row to features */
clmlp_status clmlp_c_scale(clmlp_c_writer *w);   /* to what the network takes */
clmlp_status clmlp_c_theta(clmlp_c_writer *w);
clmlp_status clmlp_c_network(clmlp_c_writer *w); /* to h */
clmlp_status clmlp_c_predict(clmlp_c_writer *w);
clmlp_status clmlp_c_demo(clmlp_c_writer *w);    /* a main that reads rows */
clmlp_status clmlp_c_marks(clmlp_c_writer *w);   /* texts that mean "no value", and who tells them */

/* The scale of row j of theta(l), and its integer of a weight. */
double clmlp_c_row_scale(const double *row, size_t s_in);
int clmlp_c_int8(double weight, double scale);

#endif
