/* script.h - a script while it is written: what its parts share. */
#ifndef CLMLP_EXPORT_SCRIPT_SCRIPT_H
#define CLMLP_EXPORT_SCRIPT_SCRIPT_H

#include "base/text.h"
#include "clmlp/script.h"
#include "model/model.h"

typedef struct clmlp_script_writing {
    clmlp_text text;
    const clmlp_model *model;
    const char *model_path, *data_name; /* absolute; of the file beside the script */
    const char *file_name;              /* of the script */
    clmlp_script_options options;       /* with every number set: batch, lambda, beta2 and epsilon, too */
    clmlp_error *error;
} clmlp_script_writing;

#define WRITE(w, ...) clmlp_text_append(&(w)->text, (w)->error, __VA_ARGS__)

/* As few digits of 6, 15 and 17 as tell the number from all others. Returns text. */
const char *clmlp_script_number(char text[32], double value);

/* The options of clmlp train that say the optimizer and its numbers: " --optimizer adam --beta1 0.9 ...". */
clmlp_status clmlp_script_rule(clmlp_script_writing *w);

/* Comment lines: what the script does, which training it repeats, where its files are, and what it leaves out. Python
 * and Octave have the same mark for comments. `run`: how it is started, "python3"; `packages`: what that needs. */
clmlp_status clmlp_script_head(clmlp_script_writing *w, const char *in, const char *run, const char *packages);

/* A text between double quotes, odd bytes as "\\303", which Python's bytes and Octave read alike. */
clmlp_status clmlp_script_bytes(clmlp_script_writing *w, const char *text);

/* The whole script. */
clmlp_status clmlp_script_python(clmlp_script_writing *w);
clmlp_status clmlp_script_in_octave(clmlp_script_writing *w);

/* A hidden activation there, as an expression; NULL: it has none like it. */
const char *clmlp_script_python_activation(clmlp_script kind, clmlp_activation activation);

#endif
