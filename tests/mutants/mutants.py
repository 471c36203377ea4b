#!/usr/bin/env python3
"""mutants.py CLONE [options] - plant small faults in host/ and kernels/, one at a time, and see whether tests find
them.

CLONE is a clone of its own, built once with preset ci: its files are changed while this runs, and restored. A fault
that does not compile, or whose object is the original's to the byte, does not count. Kernels are read from a copy
(CLMLP_KERNEL_DIR); those that do not build are told from the message. The tests of TESTS run in groups, until one is
red. One that does not end in time is red, too. `--again FILE` runs survivors and undecided mutants in FILE once more.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import time

# Which tests matter for a folder, quick ones first: regular expressions of whole names for ctest.
CLI_DATA = ["cli_columns", "cli_missing", "cli_inspect", "cli_bad_files"]
TRAINING = ["schedule", "session", "train", "train_ends", "trainer", "optimizer", "dropout", "steps", "trajectory",
            "divergence", "cli_train_command"]
KERNELS = ["equations", "sparse", "optimizer", "dropout", "steps", "upload", "vectors"]
TESTS = [
    ("host/base/", ["number", "file", "user_cache", "parallel", "random", "sha256", "cancel", "sizes", "compare",
                    "arguments", "csv", "model_save", "program_cache"]),
    ("host/data/readers/csv/", ["csv.*", "first_row", "delimiters", "malformed", "tables", "memory_table", "cells",
                                "missing_texts", "columns", "packed", "damage"] + CLI_DATA),
    ("host/data/readers/", ["arrays", "npy", "svmlight", "labels", "malformed", "tables", "memory_table", "packed",
                            "csv", "select", "damage", "weights", "cli_svmlight"] + CLI_DATA),
    ("host/data/columns/", ["columns", "encoder", "encode_cells", "encoded", "cells", "date", "missing_texts",
                            "encoder_json", "medians", "split_encoded", "memory_table", "cli_columns", "cli_missing"]),
    ("host/data/describe/", ["describe", "inspect", "cli_inspect"]),
    ("host/data/", ["dataset", "targets", "several", "scaling", "split", "select", "weights", "nearest", "fingerprint",
                    "labels", "arrays", "sparse_data", "encoded_data", "target_scaling", "metrics", "csv", "columns",
                    "model_data", "train", "cli_several_targets", "cli_weights", "cli_train_command"] + CLI_DATA),
    ("host/model/", ["model", "model_file", "model_save", "model_malformed", "model_data", "medians", "encoder_json",
                     "initialise", "ensemble", "load_in_pytorch", "checkpoint", "cli_keep", "cli_evaluate_command"]),
    ("host/propagate/", ["gradient", "session", "input_scale", "train", "steps", "optimizer", "dropout", "equations"]),
    ("host/train/checkpoint/", ["checkpoint", "checkpoint_refused", "checkpoint_written", "checkpoint_minimise",
                                "cli_resume"]),
    ("host/train/minimise/", ["minimise", "checkpoint_minimise", "peers_minimisers", "train"]),
    ("host/train/score/", ["metrics", "predictions", "session", "train", "cli_metrics", "peers_metrics",
                           "cli_threshold",
                           "cli_cross_validate", "cli_several_targets", "train_weights"]),
    ("host/train/", TRAINING + ["predictions", "smoothing", "find_rate", "early_stopping", "best", "train_validation",
                                "train_weights", "ensemble", "finite", "inspect", "checkpoint", "determinism",
                                "sparse_data", "input_scale", "cli_early_stopping", "cli_find_rate",
                                "cli_train_runs"]),
    ("host/verify/gradcheck/", ["gradcheck_kinks", "gradcheck", "gradcheck_device", "gradcheck_data",
                                "cli_gradcheck_command"]),
    ("host/verify/qualify/", ["qualify", "cli_qualify_command"]),
    ("host/verify/", ["compare", "sharpness", "step_checker", "self_check", "vote", "lockstep", "bundle", "crossing",
                      "products", "faults_cpu", "faults_long_sums", "inject", "cli_self_check_command",
                      "cli_verify_command", "faults_native_cpu"]),
    ("host/bench/", ["bench", "profile", "tune", "cli_bench_command", "cli_tune_command"]),
    ("host/backend/cpu/", ["gradient", "sparse", "metrics", "equations", "optimizer", "dropout", "steps", "minimise",
                           "faults_cpu", "input_scale", "session", "train"]),
    ("host/backend/probe/", ["program_cache", "qualify", "tune", "gpu_tiles", "upload", "cli_qualify_command"]),
    ("host/backend/", ["registry", "upload", "program_cache", "kernel_folder", "kernel_arguments", "sparse",
                       "gpu_tiles",
                       "equations", "vectors", "clblast_process", "optimizer", "steps", "minimise", "dropout",
                       "session", "arguments", "profile", "train", "candidates_cpu", "cli_tune_command",
                       "cli_failing_device"]),
    ("host/cli/search/", ["cli_search_space", "cli_search_judge", "cli_search_files", "cli_search"]),
    ("host/cli/reports/", ["cli_progress", "cli_results", "cli_train_command", "cli_inspect", "cli_metrics",
                           "cli_evaluate_command", "cli_train_runs", "cli_bench_command", "cli_tune_command",
                           "cli_verify_command", "cli_qualify_command", "cli_gradcheck_command"]),
    ("host/cli/", ["cli_help", "cli_search_space", "cli_startup", "cli_evaluate_command", "cli_train_command",
                   "cli_preset", "cli_keep", "cli_train_runs", "cli_cross_validate", "cli_threshold",
                   "cli_train_validation", "cli_several_targets", "cli_bad_lines", "cli_bad_files", "cli_results",
                   "cli_resume", "cli_bench_command", "cli_tune_command", "cli_verify_command",
                   "cli_qualify_command", "cli_gradcheck_command", "cli_self_check_command"]),
    ("kernels/native_gpu/", ["equations_gpu", "gpu_tiles", "optimizer_gpu", "dropout_gpu", "minimise_gpu",
                             "input_scale_gpu"]),
    ("kernels/probe/", ["qualify", "tune", "bench"]),
    ("kernels/plain/", ["vectors", "upload", "equations", "optimizer", "dropout", "minimise", "input_scale"]),
    ("kernels/", KERNELS + ["minimise", "input_scale", "equations_gpu"]),
]
# Lists of tiles change speed, never a result; names and numbers that host and kernels share come from one text.
LEFT_OUT = re.compile(r"(/tiles\.c|kernels/.*arguments\.h|kernels/common/codes\.h)$")
# Survivors of an earlier attack: always first. (file, text of the line, what becomes of it)
KNOWN = [
    ("host/model/initialise.c", "(uint64_t)j * s_in + (i - 1)", "(uint64_t)j * s_in + i"),
    ("host/data/readers/array.c", "integer > (int64_t)limit ||", "integer >= (int64_t)limit ||"),
    ("host/data/readers/npy.c", "*length > LONGEST_HEADER", "*length >= LONGEST_HEADER"),
    ("host/data/readers/csv/fields.c", "if (field->ends_row) continue;", "if (!(field->ends_row)) continue;"),
    ("host/train/score/predictions.c", 'strpbrk(field, ",\\"\\r\\n")', 'strpbrk(field, ",\\"\\n")'),
    ("host/train/costs.c", "if (step > 0) keep_theta", "if (step > 1) keep_theta"),
    ("host/train/finish.c", "clmlp_rate_of((double)r->result.epochs * ", "clmlp_rate_of((double)r->result.epochs / "),
    ("host/model/formats/metadata_read.c", "strcmp(text, shapes.data) != 0", "strcmp(text, shapes.data) > 1000"),
    ("host/backend/cpu/cpu_equations.inc", "if (h[k] > h[h_largest])", "if (h[k] >= h[h_largest])"),
    ("host/backend/cpu/cpu_equations.inc", "(h[k] > (REAL)0.5) ==", "(h[k] >= (REAL)0.5) =="),
    ("host/base/user_cache.c", "entry.st_size <= FILE_LIMIT", "entry.st_size < FILE_LIMIT"),
    ("host/base/parallel.c", "if (!jobs[i].started) (void)do_job", "if (i == 0) (void)do_job"),
    ("host/base/file.c", "&& fsync(fileno(stream)) == 0", "&& true"),
]
SWAPS = {" < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != ", " != ": " == ", " + ": " - ",
         " - ": " + ", " * ": " / ", " / ": " * ", " && ": " || ", " || ": " && ", " += ": " -= ", " -= ": " += "}
SIDE_BY_SIDE = 4
PATIENCE, SLOWEST = 6, 60 # a test may take so many times what it took, and so many seconds more
Mutant = collections.namedtuple("Mutant", "path line kind old new") # old, new: the whole line


def masked(text):
    """The same length, without comments, strings, characters and lines of the preprocessor."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', lambda m: "@" * len(m.group(0)), text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M)


def closing(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def mutants_of_line(mask, line):
    """(kind, new line) for one line."""
    for old, new in SWAPS.items():
        for found in re.finditer(re.escape(old), mask):
            kind = "comparison" if old.strip() in ("<", "<=", ">", ">=", "==", "!=") else \
                "logic" if old in (" && ", " || ") else "arithmetic"
            yield kind, line[:found.start()] + new + line[found.end():]
    for found in re.finditer(r"(?<![\w.])(\d+)(\.\d+)?(?![\w.])", mask):
        yield "constant", line[:found.start()] + str(int(found[1]) + 1) + (found[2] or "") + line[found.end():]
    for found in re.finditer(r"(?<=\w)\[(\w+)\](?! *[\w*]+;)", mask):
        if not found[1].isdigit():
            yield "index", line[:found.end() - 1] + " + 1" + line[found.end() - 1:]
    for found in re.finditer(r"\b(?:if|while) \(", mask):
        end = closing(mask, found.end() - 1)
        if end > 0 and mask[found.start():found.start() + 2] == "if":
            yield "condition", line[:found.end()] + "!(" + line[found.end():end] + ")" + line[end:]
    found = re.fullmatch(r"( +)(?!return|const|static|break|continue|goto|else|case|typedef)((?:\(void\))?[\w>.*\[\]-]+"
                         r"(?:\(.*\)| [-+*/|&]?= .*|\+\+|--));", mask.rstrip())
    if found and not re.match(r" +TRY", mask):
        yield "statement", found[1] + ";"
    found = re.search(r"\bTRY(?:_CLEANUP)?\(", mask)
    if found and closing(mask, found.end() - 1) > 0:
        yield "status", line[:found.start()] + "(void)(" + line[found.end():]
    for old, new in (("return true;", "return false;"), ("return false;", "return true;")):
        if old in mask:
            yield "return", line.replace(old, new)


def mutants_of(root, path):
    text = (root / path).read_text()
    for number, (mask, line) in enumerate(zip(masked(text).split("\n"), text.split("\n")), 1):
        for kind, new in mutants_of_line(mask, line):
            yield Mutant(path, number, kind, line, new)


def known(root):
    for path, old, new in KNOWN:
        lines = (root / path).read_text().split("\n")
        found = [i for i, line in enumerate(lines) if old in line]
        if not found:
            print(f"known survivor not found: {path}: {old}", file=sys.stderr)
        for i in found[:1]:
            yield Mutant(path, i + 1, "known", lines[i], lines[i].replace(old, new))


def drawn(root, seed, folders):
    """Without end: a folder by its lines, a kind of change that it has, one of those."""
    rng = random.Random(seed)
    files = sorted(str(p.relative_to(root)) for top in ("host", "kernels") for p in (root / top).rglob("*")
                   if p.suffix in (".c", ".inc", ".cl") or (p.suffix == ".h" and top == "kernels"))
    by_folder, lines = collections.defaultdict(lambda: collections.defaultdict(list)), collections.Counter()
    for path in files:
        if LEFT_OUT.search(path) or not re.match(folders, path):
            continue
        lines[os.path.dirname(path)] += len((root / path).read_text().split("\n"))
        for mutant in mutants_of(root, path):
            by_folder[os.path.dirname(path)][mutant.kind].append(mutant)
    names = sorted(by_folder)
    while True:
        folder = by_folder[rng.choices(names, [lines[n] for n in names])[0]]
        kind = rng.choice(sorted(folder))
        yield rng.choice(folder[kind])


class Clone:
    """Where the faults are planted."""

    def __init__(self, root, longest, label):
        self.longest, self.label = longest, label # seconds for the tests of a mutant; which tests alone
        self.root, self.build = root, root / "build/ci"
        self.kernels = root / "build/mutant-kernels"
        self.commands = {str(pathlib.Path(c["file"]).relative_to(root)): c
                         for c in json.loads((self.build / "compile_commands.json").read_text())
                         if "clmlp_objects" in c["command"] or "clmlp_program" in c["command"]}
        listed = json.loads(subprocess.run(["ctest", "--test-dir", self.build, "--show-only=json-v1"],
                                           capture_output=True, check=True).stdout)["tests"]
        self.tests, self.labels = {}, {}
        for test in listed:
            self.labels[test["name"]] = next((p["value"] for p in test["properties"] if p["name"] == "LABELS"), [])
            programs = [os.path.basename(w) for w in test.get("command", []) if str(self.build) in w]
            self.tests[test["name"]] = programs[0] if programs else None
        self.trusted = set() # trusted: green without a fault

    def order(self, path):
        """Names of the tests that matter, in groups that run side by side: first the one named after the file, then
        quick ones."""
        patterns = next(tests for folder, tests in TESTS if path.startswith(folder))
        names = []
        for pattern in patterns:
            names += [n for n in self.tests if re.fullmatch(pattern, n) and n not in names and
                      (self.label is None or self.label in self.labels[n])]
        stem = os.path.basename(path).split(".")[0]
        cost = self.costs()
        names.sort(key=lambda n: (stem not in n and n not in stem, cost.get(n, 5)))
        return [names[:1]] + [names[i:i + SIDE_BY_SIDE] for i in range(1, len(names), SIDE_BY_SIDE)]

    def costs(self):
        """Seconds that tests took, as ctest has noted them."""
        file, costs = self.build / "Testing/Temporary/CTestCostData.txt", {}
        for line in file.read_text().split("\n---")[0].split("\n") if file.exists() else []:
            words = line.split()
            if len(words) == 3 and float(words[1]) > 0:
                costs[words[0]] = float(words[2])
        return costs

    def run(self, command, seconds, **more):
        """Exit status and text; None: it took too long."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                              cwd=self.root, text=True, errors="replace", **more) as process:
            try:
                text = process.communicate(timeout=seconds)[0]
                return process.returncode, text
            except BaseException as why:
                os.killpg(process.pid, 9)
                process.communicate()
                if isinstance(why, subprocess.TimeoutExpired):
                    return None, "hang"
                raise

    def is_green(self, name):
        """Whether a test passes without a fault: else its red says nothing."""
        if name not in self.trusted and self.test([name], {}) is True:
            self.trusted.add(name)
        return name in self.trusted

    def test(self, names, environment):
        """True: all green; else the name of a red one and what was said."""
        targets = {self.tests[n] if (self.tests[n] or "").startswith("test_") else "clmlp_program" for n in names}
        status, text = self.run(["ninja", "-j2", "-C", str(self.build)] + sorted(targets), 900)
        if status != 0:
            return names[0], "build: " + text[-300:]
        costs = self.costs()
        limit = SLOWEST + PATIENCE * sum(costs.get(n, 30) for n in names)
        pattern = "^(" + "|".join(map(re.escape, names)) + ")$"
        status, text = self.run(["ctest", "--test-dir", str(self.build), "-R", pattern, "-j", str(SIDE_BY_SIDE),
                                 "--stop-on-failure", "--output-on-failure"], limit,
                                env={**os.environ, "OMP_NUM_THREADS": "1", **environment}, preexec_fn=limits)
        if status == 0:
            return True
        if status is None:
            return ",".join(names), "hang"
        red = re.search(r"Test +#\d+: (\S+) \.*\**(?:\*\*\*|Failed|Timeout|Subprocess|Exception)", text)
        return red[1] if red else names[0], text

    def object_of(self, path, to):
        """The hash of what a file compiles to; None: it does not. An .inc is compiled with who includes it."""
        files = [path]
        if path.endswith(".inc"):
            name = os.path.basename(path)
            files = [f for f in self.commands if f'{name}"' in (self.root / f).read_text()]
        result = hashlib.sha256()
        for file in files:
            words = shlex.split(self.commands[file]["command"])
            words[words.index("-o") + 1] = to
            words = [w for w in words if "ccache" not in w and w != "-MD"]
            for option in ("-MT", "-MF"):
                if option in words:
                    del words[words.index(option):words.index(option) + 2]
            if subprocess.run(words, cwd=self.commands[file]["directory"], capture_output=True).returncode != 0:
                return None
            result.update(pathlib.Path(to).read_bytes())
        return result.hexdigest() if files else None

    def judge(self, mutant, to):
        """{"outcome": killed, survived, same, invalid; "by": a test}"""
        kernel = mutant.path.startswith("kernels/")
        original = self.root / mutant.path
        text = original.read_text()
        lines = text.split("\n")
        lines[mutant.line - 1] = mutant.new
        environment = {}
        if kernel:
            subprocess.run(["rm", "-rf", self.kernels], check=True)
            subprocess.run(["cp", "-r", self.root / "kernels", self.kernels], check=True)
            (self.root / "build/mutant-kernels" / mutant.path[len("kernels/"):]).write_text("\n".join(lines))
            environment["CLMLP_KERNEL_DIR"] = str(self.kernels)
            return self.through(mutant, environment)
        before = self.object_of(mutant.path, to)
        try:
            original.write_text("\n".join(lines))
            after = self.object_of(mutant.path, to)
            if after is None or after == before:
                return {"outcome": "invalid" if after is None else "same"}
            return self.through(mutant, environment)
        finally:
            original.write_text(text)

    def through(self, mutant, environment):
        start, run = time.time(), 0
        for names in self.order(mutant.path):
            if time.time() - start > self.longest:
                return {"outcome": "undecided", "by": f"{run} tests"}
            said = self.test(names, environment)
            if said is True:
                run += len(names)
                continue
            if said[1].startswith("build: ") or re.search("CL_BUILD_PROGRAM_FAILURE|does not compile", said[1]):
                return {"outcome": "invalid", "by": said[0]}
            return {"outcome": "killed", "by": said[0], "hang": said[1] == "hang"}
        return {"outcome": "survived" if self.label is None else "undecided", "by": f"{run} tests"}


def limits():
    """A fault must not take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 30, 2 << 30))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--count", type=int, default=150, help="mutants that count")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--longest", type=float, default=1e9, help="seconds, after which a mutant is undecided")
    parser.add_argument("--label", help="run tests of this label alone; what they do not kill is undecided")
    parser.add_argument("--folders", default="", help="a regular expression that paths begin with")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("mutants.jsonl"))
    parser.add_argument("--again", type=pathlib.Path, help="results whose survivors are to be run once more")
    parser.add_argument("--no-known", action="store_true")
    options = parser.parse_args()
    root, end = options.clone.resolve(), time.time() + 60 * options.minutes
    if subprocess.run(["git", "-C", root, "status", "--porcelain", "-uno"], capture_output=True).stdout:
        sys.exit(f"{root}: has changes; the faults are planted in a clean clone of its own")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)) # the planted fault is taken back
    clone = Clone(root, options.longest, options.label)
    results = [json.loads(line) for line in options.results.open()] if options.results.exists() else []
    done = {(r["path"], r["old"], r["new"]) for r in results}
    counted = sum(r["outcome"] in ("killed", "survived") for r in results)

    def candidates():
        if options.again:
            for r in map(json.loads, options.again.open()):
                if r["outcome"] not in ("survived", "undecided"):
                    continue
                lines = (root / r["path"]).read_text().split("\n")
                at = [i for i, line in enumerate(lines, 1) if line == r["old"]]
                at.sort(key=lambda i: abs(i - r["line"]))
                if at:
                    yield Mutant(r["path"], at[0], r["kind"], r["old"], r["new"])
            return
        if not options.no_known:
            yield from known(root)
        yield from drawn(root, options.seed, options.folders)

    with options.results.open("a") as out:
        for mutant in candidates():
            if time.time() > end or counted >= options.count:
                break
            if (mutant.path, mutant.old, mutant.new) in done:
                continue
            done.add((mutant.path, mutant.old, mutant.new))
            start = time.time()
            result = clone.judge(mutant, "/tmp/mutant-%d.o" % os.getpid())
            if result["outcome"] == "killed" and not all(map(clone.is_green, result["by"].split(","))):
                result["outcome"] = "untold" # its test is red without it, too
            counted += result["outcome"] in ("killed", "survived")
            result = {**mutant._asdict(), **result, "seconds": round(time.time() - start, 1)}
            out.write(json.dumps(result) + "\n")
            out.flush()
            print(f"{counted} {result['outcome']} {mutant.path}:{mutant.line} {mutant.kind} {result.get('by', '')} "
                  f"{result['seconds']} s\n    - {mutant.old.strip()}\n    + {mutant.new.strip()}", flush=True)


if __name__ == "__main__":
    main()
