/* templates.h - the parts of scripts that are the same for every network. */
#ifndef CLMLP_EXPORT_SCRIPT_TEMPLATES_H
#define CLMLP_EXPORT_SCRIPT_TEMPLATES_H

extern const char clmlp_script_common[];  /* Python: model and data read and scaled, order of examples */
extern const char clmlp_script_pytorch[]; /* training, but for the optimizer, which is given by then */
extern const char clmlp_script_sklearn[];
extern const char clmlp_script_octave[];          /* the same two parts in Octave */
extern const char clmlp_script_octave_training[];

#endif
