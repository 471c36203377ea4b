/* script.c - the parts that scripts of all languages have: head, numbers and texts. */
#include "export/script/script.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "clmlp/text.h"
#include "clmlp/version.h"

const char *clmlp_script_number(char text[32], double value)
{
    static const int digits[] = {6, 15, 17};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        double again = 0.0;
        (void)clmlp_format_double(text, value, digits[i]);
        if (clmlp_parse_double(text, text + strlen(text), &again) && again == value) break;
    }
    return text;
}

clmlp_status clmlp_script_bytes(clmlp_script_writing *w, const char *text)
{
    TRY(WRITE(w, "\""));
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
        TRY(WRITE(w, plain ? "%c" : "\\%03o", c));
    }
    return WRITE(w, "\"");
}

clmlp_status clmlp_script_rule(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    const bool adam = o->optimizer == CLMLP_ADAM || o->optimizer == CLMLP_ADAMW;
    const bool rmsprop = o->optimizer == CLMLP_RMSPROP;
    char number[32], other[32];
    TRY(WRITE(w, " --optimizer %s", clmlp_optimizer_name(o->optimizer)));
    if (o->optimizer == CLMLP_MOMENTUM || o->optimizer == CLMLP_NESTEROV) {
        TRY(WRITE(w, " --momentum %s", clmlp_script_number(number, o->momentum)));
    }
    if (adam) TRY(WRITE(w, " --beta1 %s", clmlp_script_number(number, o->beta1)));
    if (adam || rmsprop) {
        TRY(WRITE(w, " --beta2 %s --epsilon %s", clmlp_script_number(number, o->beta2),
                  clmlp_script_number(other, o->epsilon)));
    }
    if (o->optimizer == CLMLP_ADAMW) {
        TRY(WRITE(w, " --weight-decay %s", clmlp_script_number(number, o->weight_decay)));
    }
    return CLMLP_OK;
}

/* A path in a comment: what would end the line, or reorder it, becomes a question mark. */
static clmlp_status comment(clmlp_script_writing *w, const char *before, const char *path, const char *after)
{
    TRY(WRITE(w, "# %s", before));
    const size_t start = w->text.length;
    TRY(WRITE(w, "%s", path));
    for (char *c = w->text.data + start; *c != '\0';) { /* Python refuses a source with bytes that are no UTF-8 */
        const size_t length = clmlp_character_length(c);
        if (length == 0) *c = '?';
        c += length > 0 ? length : 1;
    }
    clmlp_make_printable(w->text.data + start, false);
    w->text.length = start + strlen(w->text.data + start);
    return WRITE(w, "%s\n", after);
}

static clmlp_status command(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    char rate[32], lambda[32];
    TRY(WRITE(w, "#   clmlp train DATA --init MODEL --history FILE --device cpu --precision %s \\\n#      ",
              clmlp_precision_name(o->precision)));
    TRY(clmlp_script_rule(w));
    return WRITE(w, " --rate %s --lambda %s \\\n#       --batch %zu --epochs %zu --seed %" PRIu64 "%s\n",
                 clmlp_script_number(rate, o->rate), clmlp_script_number(lambda, o->lambda), o->batch, o->epochs,
                 o->seed, o->shuffle ? "" : " --no-shuffle");
}

clmlp_status clmlp_script_head(clmlp_script_writing *w, const char *in, const char *run, const char *packages)
{
    TRY(WRITE(w, "# A training of clmlp " CLMLP_VERSION " in %s: the same network, scaling, batches and steps.\n"
              "# It needs %s.\n#\n"
              "# It prints a line of JSON an epoch, with the costs that this writes to FILE:\n", in, packages));
    TRY(command(w));
    TRY(WRITE(w, "# In f64 they differ by roundings alone.\n#\n"));
    if (w->options.source != NULL) TRY(comment(w, "DATA   ", w->options.source, ""));
    TRY(comment(w, "MODEL  ", w->model_path, ""));
    TRY(comment(w, "ROWS   ", w->data_name,
                " beside this script: DATA as the encoders of MODEL make it, targets last"));
    TRY(WRITE(w, "# With other files:\n"));
    TRY(comment(w, run, w->file_name, " [MODEL [ROWS]]"));
    return WRITE(w, "#\n"
                 "# MODEL does not say how it was trained: all numbers of the command above are those of the export.\n"
                 "# A training has other costs where it has one of these, which are not in here: validation data,\n"
                 "# early stopping or the best epoch, weights of examples or classes, dropout, label smoothing,\n"
                 "# a schedule, factors of the rate, clipping, a learned scale of the inputs, --last-batch drop.\n");
}
