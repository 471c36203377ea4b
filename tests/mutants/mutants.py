#!/usr/bin/env python3
"""mutants.py CLONE [options] - plant small faults in host/ and kernels/, one at a time, and see whether tests find
them.

CLONE is a clone of its own, built once with preset ci: its files are changed while this runs, and restored, and its
build is changed for good (clone.py). `--prepare` builds it once more and notes which cases of tests run which lines.
A fault that does not compile, or whose object is the original's to the byte, does not count. A fault meets the cases
that execute its line, then those that execute its function, until one is red. A case that takes far longer than it
did is red, too. `--again FILE` runs survivors and undecided mutants in FILE once more.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import clone

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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=pathlib.Path)
    parser.add_argument("--prepare", action="store_true", help="build, and note which cases run which lines")
    parser.add_argument("--label", default="", help="with --prepare: cases of tests with this label alone")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--draw", type=int, default=150, help="how many are drawn, whether they count or not")
    parser.add_argument("--only", default="", help="of those drawn, paths that begin with this regular expression")
    parser.add_argument("--compile", action="store_true", help="no more than the objects, which may be done before")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--longest", type=float, default=1e9, help="seconds of the processor for a mutant")
    parser.add_argument("--folders", default="", help="a regular expression that paths begin with")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("mutants.jsonl"))
    parser.add_argument("--again", type=pathlib.Path, help="results whose survivors are to be run once more")
    parser.add_argument("--known", action="store_true", help="survivors of an earlier attack alone")
    options = parser.parse_args()
    root, end = options.clone.resolve(), time.time() + 60 * options.minutes
    if subprocess.run(["git", "-C", root, "status", "--porcelain", "-uno"], capture_output=True).stdout:
        sys.exit(f"{root}: has changes; the faults are planted in a clean clone of its own")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)) # the planted fault is taken back
    bench = clone.Clone(root, options.longest)
    if options.prepare:
        bench.prepare(options.label, end)
        return
    if not options.compile:
        bench.read_map()
    results = [json.loads(line) for line in options.results.open()] if options.results.exists() else []
    done = {(r["path"], r["old"], r["new"]) for r in results}

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
        if options.known:
            yield from known(root)
            return
        seen = set()
        for mutant in drawn(root, options.seed, options.folders):
            if len(seen) == options.draw:
                return
            if mutant not in seen and re.match(options.only, mutant.path):
                yield mutant
            seen.add(mutant)

    with options.results.open("a") as out:
        for mutant in candidates():
            if time.time() > end:
                break
            if (mutant.path, mutant.old, mutant.new) in done:
                continue
            done.add((mutant.path, mutant.old, mutant.new))
            start = time.time()
            if options.compile:
                made = bench.compiled(mutant)
                print(made if isinstance(made, str) else "built", mutant.path, mutant.line, flush=True)
                continue
            result = bench.judge(mutant)
            result = {**mutant._asdict(), **result, "seconds": round(time.time() - start, 1)}
            out.write(json.dumps(result) + "\n")
            out.flush()
            print(f"{result['outcome']} {mutant.path}:{mutant.line} {mutant.kind} {result.get('by', '')} "
                  f"{result['seconds']} s\n    - {mutant.old.strip()}\n    + {mutant.new.strip()}", flush=True)


if __name__ == "__main__":
    main()
