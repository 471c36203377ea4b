/* failing_scenarios.h - runs of the program in which calls of the system are to fail (test_failing_system.c). */
#ifndef TEST_CLI_FAILING_SCENARIOS_H
#define TEST_CLI_FAILING_SCENARIOS_H

#include <stdbool.h>

typedef struct scenario {
    const char *name, *line;
    unsigned stride; /* of memory: one call in so many fails */
    unsigned last;   /* 0: the calls of the whole run fail, else the last of each kind */
    bool varies;     /* the output is another one each time */
    int status;      /* of the undisturbed run */
    const char *before; /* a line that makes what this one needs; NULL: nothing */
    const char *environment; /* NULL: nothing more */
} scenario;

#define ONE_IN(stride) (stride), 0, false, 0, NULL, NULL
#define SEARCH "search points.csv --trials 2 --epochs 1 --rate 0.1:1 --log s.log --model new.model --json" SMALL
#define TUNE "tune --layers 2,2 --batch 2 --seconds 1e-9 --risk 1 --engine native --device opencl --quiet"
#define SMALL " --hidden 3 --device cpu --quiet"
static const scenario scenarios[] = {
    {"train", "train points.csv --epochs 2 --batch 30 --model old.model" SMALL, ONE_IN(1)},
    {"train with all", "train points.csv --epochs 3 --batch 30 --model new.model --history h.jsonl "
                       "--checkpoint c.check --validation 0.2 --self-check 1/2 --class-weights balanced --json" SMALL,
     ONE_IN(1)},
    {"train on", "train points.csv --resume old.check --model new.model --epochs 4 --quiet", ONE_IN(1)},
    {"train folds", "train points.csv --cross-validate 2 --epochs 2 --preset tabular --model new.model --device cpu "
                    "--quiet", ONE_IN(7)},
    {"train many", "train points.csv --ensemble 2 --epochs 2 --checkpoint c.check --model new.model" SMALL, ONE_IN(5)},
    {"train on mixed columns", "train mixed.csv --epochs 1 --json --missing impute --model new.model" SMALL, ONE_IN(2)},
    {"evaluate", "evaluate old.model points.csv --device cpu --quiet", ONE_IN(1)},
    {"evaluate --json", "evaluate old.model points.csv --device cpu --quiet --json", ONE_IN(1)},
    {"predict", "predict old.model points.csv --device cpu --quiet", ONE_IN(1)},
    {"predict --out", "predict old.model points.csv --device cpu --quiet --out p.csv", ONE_IN(1)},
    {"inspect model", "inspect old.model", ONE_IN(1)},
    {"inspect model --json", "inspect old.model --json", ONE_IN(1)},
    {"inspect data", "inspect mixed.csv", ONE_IN(1)},
    {"inspect data --json", "inspect mixed.csv --json", ONE_IN(1)},
    {"gradcheck", "gradcheck points.csv --json" SMALL, ONE_IN(1)},
    {"verify", "verify points.csv --steps 1 --dump d" SMALL, ONE_IN(5)},
    {"verify --json", "verify points.csv --steps 2 --json --bundle b" SMALL, ONE_IN(2)},
    {"search", SEARCH, ONE_IN(9)},
    {"search on", SEARCH, 9, 0, false, 0, SEARCH, NULL},
    /* a processor that cannot be asked for its name has another one */
    {"devices", "devices --json", 1, 0, true, 0, NULL, NULL},
    {"help", "train --help", ONE_IN(3)},
    {"train opencl", "train points.csv --hidden 3 --epochs 2 --batch 30 --device opencl --engine native --quiet "
                     "--model new.model", ONE_IN(5)},
    {"train, programs kept", "train points.csv --hidden 3 --epochs 1 --device opencl --engine native --quiet "
                             "--model new.model", 40, 0, false, 0, NULL, "CLMLP_PROGRAM_CACHE=always"},
    {"train over a checkpoint", "train points.csv --checkpoint old.check --overwrite --epochs 1 --history h.jsonl "
                                "--model new.model" SMALL, ONE_IN(40)},
    {"train and a checkpoint", "train points.csv --checkpoint old.check --epochs 1 --model new.model" SMALL,
     1, 0, false, 2, NULL, NULL},
    {"verify --against", "verify points.csv --steps 1 --against d --json" SMALL, 5, 0, false, 0,
     "verify points.csv --steps 1 --dump d" SMALL, NULL},
    {"qualify", "qualify --quick --device cpu --json", ONE_IN(1)},
    {"tune", TUNE, 12, 200, true, 0, TUNE, NULL}, /* what it does at its end: to store */
    {"export", "export mixed.model --onnx p.onnx --json", 5, 0, false, 0,
     "train mixed.csv --epochs 1 --missing impute --model mixed.model" SMALL, NULL},
    {"export c", "export mixed.model --c p.c --int8 --measure mixed.csv --json", 5, 0, false, 0,
     "train mixed.csv --epochs 1 --missing impute --model mixed.model" SMALL, NULL},
    {"export script", "export mixed.model --script pytorch --out p.py --data mixed.csv --json", 5, 0, false, 0,
     "train mixed.csv --epochs 1 --missing impute --model mixed.model" SMALL, NULL},
    {"import", "import net.onnx --model new.model", ONE_IN(1)},
    {"train --report", "train points.csv --epochs 2 --validation 0.2 --report r.html --model new.model" SMALL,
     ONE_IN(7)},
    {"train --tensorboard", "train points.csv --epochs 3 --validation 0.2 --tensorboard tb --model new.model" SMALL,
     ONE_IN(3)},
    {"report", "report h.jsonl --out r.html", 3, 0, false, 0,
     "train points.csv --epochs 2 --history h.jsonl --model new.model" SMALL, NULL},
    {"report of a model", "report old.model --out r.html", ONE_IN(5)},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* An ONNX file as skl2onnx writes it: Gemm, Softmax, and the names of classes. */
static const char network[] =
    "\010\007\022\007pytorch:\364\002\0122\012\001x\012\001w\012\001b\022\001z\032\004Gemm\042\004Gemm*\012"
    "\012\006transB\030\000*\014\012\005alpha\025\000\000\200\077\012\042\012\001z\022\001h\032\007Softmax"
    "\042\007Softmax*\010\012\004axis\030\001\012 \012\001h\022\001i\032\006ArgMax\042\006ArgMax*\010\012\004"
    "axis\030\001\012G\012\005names\012\001i\022\001l\032\025ArrayFeatureExtractor\042\025ArrayFeatureExtract"
    "or:\012ai.onnx.ml\012\032\012\001h\022\001y\032\010Identity\042\010Identity*#\010\002\010\003\020\001B"
    "\001wJ\030\000\000\200\077\000\000\000@\000\000@@\000\000\200@\000\000\240@\000\000\300@*\025\010\003"
    "\020\001B\001b\042\014\000\000\200\077\000\000\200\277\000\000\000\000*\024\010\003\020\0102\001a2\001b2"
    "\001cB\005namesZ\025\012\001x\022\020\012\016\010\001\022\012\012\003\022\001N\012\003\022\001Nb\025\012"
    "\001y\022\020\012\016\010\001\022\012\012\003\022\001N\012\003\022\001Nb\020\012\001l\022\013\012\011"
    "\010\001\022\005\012\003\022\001N\022\001gB\004\012\000\020\015";

#endif
