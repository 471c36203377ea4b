/* option_types.h - the kinds of values that options take: how each is read, strictly, and shown. */
#ifndef CLMLP_CLI_OPTION_TYPES_H
#define CLMLP_CLI_OPTION_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/optimizer.h>

typedef struct clmlp_cli_type {
    /* Read all of `text` into *value. Returns NULL, or what is wrong ("expected a number > 0"), with
     * *value as it was. `text` outlives *value. */
    const char *(*parse)(const char *text, void *value);
    /* *value as one would type it, for help; NULL: there is no default to show. */
    void (*show)(const void *value, char *text, size_t size);
    /* The words of a closed list, with blanks between them; NULL: it takes others, too. `parse` may refuse some. */
    const char *words;
} clmlp_cli_type;

enum { CLMLP_CLI_MAX_HIDDEN = 64 };

typedef struct clmlp_cli_layers {
    size_t count;
    size_t units[CLMLP_CLI_MAX_HIDDEN];
} clmlp_cli_layers;

/* Probabilities, one for each hidden layer or one for all; none: 0. */
typedef struct clmlp_cli_probabilities {
    size_t count;
    double of[CLMLP_CLI_MAX_HIDDEN];
} clmlp_cli_probabilities;

/* Factors of the rates of theta(1), theta(2), ...; count 0: by fan-in. */
typedef struct clmlp_cli_rates {
    size_t count;
    double of[CLMLP_CLI_MAX_HIDDEN + 1];
} clmlp_cli_rates;

/* Numbers > 0. */
enum { CLMLP_CLI_MAX_NUMBERS = 16 };
typedef struct clmlp_cli_numbers {
    size_t count;
    double of[CLMLP_CLI_MAX_NUMBERS];
} clmlp_cli_numbers;

/* A fraction in (0, 1), or a file; neither: 0 and NULL. */
typedef struct clmlp_cli_part {
    double fraction;
    const char *path;
} clmlp_cli_part;

/* Two numbers > 0, the smaller first. */
typedef struct clmlp_cli_range {
    double from, to;
} clmlp_cli_range;

/* So many epochs, or so many seconds: the other is 0. */
typedef struct clmlp_cli_interval {
    size_t epochs;
    double seconds;
} clmlp_cli_interval;

typedef enum clmlp_cli_task { CLMLP_CLI_TASK_AUTO, CLMLP_CLI_TASK_CLASSIFY, CLMLP_CLI_TASK_REGRESS } clmlp_cli_task;

/* How J is lowered: by steps of an optimizer, or, unless it is none, by a minimiser. */
typedef struct clmlp_cli_method_choice {
    clmlp_optimizer optimizer;
    clmlp_minimiser minimiser;
} clmlp_cli_method_choice;

/* The next word of the type's list that it takes, from `at`, which begins as type->words: where it stands, with its
 * length; NULL: there are no more. */
const char *clmlp_cli_next_word(const clmlp_cli_type *type, const char *at, size_t *length);

/* A decimal number, all of `text`; false: it is none. */
bool clmlp_cli_read_real(const char *text, double *value);

/*                                                          value points at a      */
extern const clmlp_cli_type clmlp_cli_text;              /* const char *           */
extern const clmlp_cli_type clmlp_cli_device;            /* const char *, of a device  */
extern const clmlp_cli_type clmlp_cli_fraction_or_file; /* clmlp_cli_part        */
extern const clmlp_cli_type clmlp_cli_every;             /* clmlp_cli_interval     */
extern const clmlp_cli_type clmlp_cli_positive;          /* double > 0             */
extern const clmlp_cli_type clmlp_cli_below_one;         /* double >= 0 and < 1    */
extern const clmlp_cli_type clmlp_cli_inside_one;        /* double > 0 and < 1     */
extern const clmlp_cli_type clmlp_cli_up_to_one;         /* double > 0 and <= 1   */
extern const clmlp_cli_type clmlp_cli_non_negative;      /* double >= 0            */
extern const clmlp_cli_type clmlp_cli_count;             /* size_t, 1 to 2^31 - 1  */
extern const clmlp_cli_type clmlp_cli_count_or_all;      /* size_t, "all" is 0     */
extern const clmlp_cli_type clmlp_cli_batch;             /* size_t, "full" is 0    */
extern const clmlp_cli_type clmlp_cli_seed;              /* uint64_t               */
extern const clmlp_cli_type clmlp_cli_share;             /* size_t N of "1/N"      */
extern const clmlp_cli_type clmlp_cli_on_mismatch;       /* clmlp_on_mismatch      */
extern const clmlp_cli_type clmlp_cli_launch;            /* double, auto 0, none INFINITY */
extern const clmlp_cli_type clmlp_cli_bytes;             /* uint64_t, K M G T      */
extern const clmlp_cli_type clmlp_cli_hidden;            /* clmlp_cli_layers       */
extern const clmlp_cli_type clmlp_cli_probability_list;  /* clmlp_cli_probabilities */
extern const clmlp_cli_type clmlp_cli_network;           /* clmlp_cli_layers, >= 2 */
extern const clmlp_cli_type clmlp_cli_sizes;             /* clmlp_cli_layers, >= 1 */
extern const clmlp_cli_type clmlp_cli_positives;         /* clmlp_cli_numbers, >= 1 */
extern const clmlp_cli_type clmlp_cli_layer_rates;       /* clmlp_cli_rates        */
extern const clmlp_cli_type clmlp_cli_activation;        /* clmlp_activation       */
extern const clmlp_cli_type clmlp_cli_train_activation;  /* the same without step  */
extern const clmlp_cli_type clmlp_cli_output;            /* clmlp_output           */
extern const clmlp_cli_type clmlp_cli_scale;             /* clmlp_scale            */
extern const clmlp_cli_type clmlp_cli_target_scale;      /* the same, what targets can have */
extern const clmlp_cli_type clmlp_cli_method;            /* clmlp_cli_method_choice */
extern const clmlp_cli_type clmlp_cli_initialisation;    /* clmlp_initialisation   */
extern const clmlp_cli_type clmlp_cli_optimizer;         /* clmlp_optimizer        */
extern const clmlp_cli_type clmlp_cli_schedule;          /* clmlp_schedule         */
extern const clmlp_cli_type clmlp_cli_span;              /* clmlp_span             */
extern const clmlp_cli_type clmlp_cli_range_of_rates;    /* clmlp_cli_range        */
extern const clmlp_cli_type clmlp_cli_engine;            /* clmlp_engine           */
extern const clmlp_cli_type clmlp_cli_engines;           /* clmlp_engine, "all" is AUTO */
extern const clmlp_cli_type clmlp_cli_precision;         /* clmlp_precision        */
extern const clmlp_cli_type clmlp_cli_script;            /* clmlp_script           */
extern const clmlp_cli_type clmlp_cli_header;            /* clmlp_header           */
extern const clmlp_cli_type clmlp_cli_delimiter;         /* clmlp_delimiter        */
extern const clmlp_cli_type clmlp_cli_decimal;           /* clmlp_decimal          */
extern const clmlp_cli_type clmlp_cli_format;            /* clmlp_format           */
extern const clmlp_cli_type clmlp_cli_index_base;        /* clmlp_index_base       */
extern const clmlp_cli_type clmlp_cli_missing_targets;   /* clmlp_missing_targets  */
extern const clmlp_cli_type clmlp_cli_missing_values;    /* clmlp_missing_values   */
extern const clmlp_cli_type clmlp_cli_missing_texts;     /* clmlp_load_options: its missing_texts */
extern const clmlp_cli_type clmlp_cli_last_batch;        /* clmlp_last_batch       */
extern const clmlp_cli_type clmlp_cli_unseen;            /* clmlp_unseen           */
extern const clmlp_cli_type clmlp_cli_task_name;         /* clmlp_cli_task         */

#endif
