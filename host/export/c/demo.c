/* demo.c - a main in C that reads rows of CSV and writes predictions, to try a file that was exported. */
#include "export/c/writer.h"

static const char reader[] =
    "static unsigned long $N_line;\n\n"
    "static void $N_refuse(const char *why)\n"
    "{\n"
    "    fprintf(stderr, \"line %lu: %s\\n\", $N_line, why);\n"
    "    exit(2);\n"
    "}\n\n"
    "/* The next field of a line of CSV, which it ends with a NUL; *line: what follows, NULL at the end. Blanks\n"
    " * around a field are none of it; a quote means something at its beginning only. */\n"
    "static char *$N_csv(char **line)\n"
    "{\n"
    "    char *from = *line, *to, *field;\n"
    "    if (from == NULL) {\n"
    "        $N_refuse(\"too few fields\");\n"
    "        return NULL;\n"
    "    }\n"
    "    from += strspn(from, \" \\t\");\n"
    "    field = to = from;\n"
    "    if (*from == '\"') {\n"
    "        for (from++; *from != '\"' || from[1] == '\"'; *to++ = *from++) {\n"
    "            if (*from == '\\0') $N_refuse(\"a quote that is never closed\");\n"
    "            if (*from == '\"') from++;\n"
    "        }\n"
    "        from++;\n"
    "        from += strspn(from, \" \\t\");\n"
    "        if (strcspn(from, \",\\r\\n\") > 0) $N_refuse(\"text follows a closing quote\");\n"
    "    } else {\n"
    "        from += strcspn(from, \",\\r\\n\");\n"
    "        for (to = from; to > field && (to[-1] == ' ' || to[-1] == '\\t');) to--;\n"
    "    }\n"
    "    if (*from == '\\r' && from[1] != '\\n' && from[1] != '\\0') $N_refuse(\"a CR without an LF\");\n"
    "    *line = *from == ',' ? from + 1 : NULL;\n"
    "    *to = '\\0';\n"
    "    return field;\n"
    "}\n\n";

static const char number[] =
    "static double $N_number(const char *text)\n"
    "{\n"
    "    char *end;\n"
    "    double value;\n"
    "    if ($N_no_text(text)) return (double)NAN;\n"
    "    value = strtod(text, &end);\n"
    "    /* nothing hexadecimal, no nan(1), no vertical tab in front */\n"
    "    if (end == text || *end != '\\0' || strpbrk(text, \"xX(\\v\\f\") != NULL) {\n"
    "        $N_refuse(\"a field that is no number\");\n"
    "    }\n"
    "    return value;\n"
    "}\n\n";

static const char beginning[] =
    "int main(void)\n"
    "{\n"
    "    static char line[1 << 20];\n"
    "    while (fgets(line, sizeof line, stdin) != NULL) {\n"
    "        double outputs[$U_OUTPUTS];\n"
    "        char *rest = line;\n"
    "        int result;\n"
    "        size_t k;\n"
    "        $N_line++;\n"
    "        if (strchr(line, '\\n') == NULL && !feof(stdin)) $N_refuse(\"a line that is too long, or a NUL byte\");\n"
    "        /* a byte order mark */\n"
    "        if ($N_line == 1 && strncmp(line, \"\\xef\\xbb\\xbf\", 3) == 0) rest += 3;\n"
    "        if (rest[strspn(rest, \" \\t\\r\\n\")] == '\\0') continue;\n";

/* Names of classes may have commas and quotes. */
static const char name[] =
    "static void $N_put(const char *name)\n"
    "{\n"
    "    const int quotes = strpbrk(name, \",\\\"\\r\\n\") != NULL;\n"
    "    if (quotes) putchar('\"');\n"
    "    for (; *name != '\\0'; name++) {\n"
    "        if (*name == '\"') putchar('\"');\n"
    "        putchar(*name);\n"
    "    }\n"
    "    if (quotes) putchar('\"');\n"
    "}\n\n";

static const char all_read[] = "        if (rest != NULL) $N_refuse(\"too many fields\");\n";

static clmlp_status assign(clmlp_c_writer *w)
{
    if (!w->by_column) {
        TRY(clmlp_c_code(w, "        double row[$U_INPUTS];\n"
                         "        for (k = 0; k < $U_INPUTS; k++) row[k] = $N_number($N_csv(&rest));\n"));
        TRY(clmlp_c_code(w, all_read));
        return clmlp_c_code(w, "        result = $N_predict(row, outputs);\n");
    }
    TRY(clmlp_c_code(w, "        $N_row row;\n"));
    for (size_t c = 0; c < w->model->columns->count; c++) {
        const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
        const bool is_number = encoder == NULL || encoder->kind == CLMLP_COLUMN_NUMERIC;
        char field[CLMLP_C_FIELD];
        TRY(clmlp_c_codef(w, "        row.%s = %s$N_csv(&rest)%s;\n", clmlp_c_field(field, w, c),
                          is_number ? "$N_number(" : "", is_number ? ")" : ""));
    }
    TRY(clmlp_c_code(w, all_read));
    return clmlp_c_code(w, "        result = $N_predict(&row, outputs);\n");
}

clmlp_status clmlp_c_demo(clmlp_c_writer *w)
{
    const bool texts = w->has[CLMLP_COLUMN_BOOLEAN] || w->has[CLMLP_COLUMN_CATEGORICAL] || w->has[CLMLP_COLUMN_DATE];
    TRY(clmlp_c_code(w, "\n#ifdef $U_MAIN\n"
                     "/* Rows of CSV without a header on standard input, its columns in the order above. */\n"
                     "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n"));
    if (!texts) TRY(clmlp_c_marks(w));
    TRY(clmlp_c_code(w, reader));
    if (w->model->columns == NULL || w->has[CLMLP_COLUMN_NUMERIC]) TRY(clmlp_c_code(w, number));
    if (w->model->class_names != NULL) TRY(clmlp_c_code(w, name));
    TRY(clmlp_c_code(w, beginning));
    TRY(assign(w));
    if (w->model->class_names != NULL) {
        TRY(clmlp_c_code(w, "        $N_put(result < 0 ? \"\" : $N_classes[result]);\n        putchar(',');\n"));
    } else {
        TRY(clmlp_c_code(w, "        (void)result;\n"));
    }
    return clmlp_c_code(w, "        for (k = 0; k < $U_OUTPUTS; k++) {\n"
                        "            printf(\"%.17g%c\", outputs[k], k + 1 < $U_OUTPUTS ? ',' : '\\n');\n"
                        "        }\n    }\n    return 0;\n}\n#endif\n");
}
