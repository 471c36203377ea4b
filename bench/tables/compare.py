"""clmlp on sixteen real tables, raw as their packages ship them, beside scikit-learn's MLP. run.sh starts it."""
import argparse
import concurrent.futures
import datetime
import os
import pathlib
import shlex
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "peers"))  # machine.py, results.py

import tables  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="bench/tables/run.sh", description=__doc__)
    parser.add_argument("--clmlp", type=pathlib.Path, default=ROOT / "build/release/clmlp", metavar="PROGRAM",
                        help="the program (default: build/release/clmlp, which run.sh builds)")
    parser.add_argument("--device", metavar="SPEC", help="of clmlp (default: its own, auto)")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/tables/data", metavar="DIR",
                        help="where the tables and their splits are written (default: build/tables/data)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results", metavar="DIR",
                        help="where the result files go (default: bench/results)")
    parser.add_argument("--only", metavar="TABLE[,TABLE...]", help="some of the tables; no result is written then")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes of scikit-learn (default: 2)")
    parser.add_argument("--machine", metavar="NAME", help="in the names of the result files (default: the processor)")
    parser.add_argument("--list", action="store_true", help="print the tables with clmlp's options, and stop")
    return parser.parse_args()


def chosen(only):
    if only is None:
        return tables.TABLES
    known = {table.name: table for table in tables.TABLES}
    unknown = [name for name in only.split(",") if name not in known]
    if unknown:
        sys.exit(f"run.sh: no table {', '.join(unknown)} (there are {', '.join(known)})")
    return [known[name] for name in only.split(",")]


def train_all(found, options, failures):
    """clmlp, one command after the other: it has the processors to itself."""
    import permutation
    import program
    clmlp = program.Program(options.clmlp, options.device)
    for table, entry in found:
        for setting in program.SETTINGS:
            entry[setting] = []
            for split in range(1, tables.SPLITS + 1):
                try:
                    entry[setting].append(program.held_out(clmlp, table, setting, options.folder, split))
                except program.Failed as failure:
                    entry[setting].append(None)
                    failures.append(f"{table.name}, split {split}, {setting}: {failure}")
        try:
            entry["columns_left_out"] = permutation.check(clmlp, table, options.folder)
        except program.Failed as failure:
            entry["columns_left_out"] = None
            failures.append(f"{table.name}, columns by name: {failure}")
        print(f"{table.name}: clmlp is done", file=sys.stderr)


def peers_all(found, options):
    import peer
    work = [(table, options.folder, split) for table, _ in found for split in range(1, tables.SPLITS + 1)]
    work.sort(key=lambda one: one[0].name != "diamonds")  # the longest ones first
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        scores = dict(zip([(table.name, split) for table, _, split in work], pool.map(peer.score, work)))
    for table, entry in found:
        entry["sklearn"] = [scores[table.name, split] for split in range(1, tables.SPLITS + 1)]


def judge(found, failures):
    """Regression must beat the mean, on each split and with either setting; NaN does not."""
    import program
    for table, entry in found:
        for setting in program.SETTINGS:
            for split, (mine, other) in enumerate(zip(entry[setting], entry["sklearn"]), 1):
                if table.real and mine is not None and not mine["score"] > max(0, other["guess"]):
                    failures.append(f"{table.name}, split {split}, {setting}: R² {mine['score']:.3f} does not beat "
                                    "predicting the mean")


def versions(clmlp):
    import importlib.metadata
    import machine
    lines = (HERE / "requirements.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines if "==" in line]
    return {"clmlp": machine.output_of(clmlp, "--version"), "python": sys.version.split()[0],
            "pocl-opencl-icd": machine.package("pocl-opencl-icd"),
            **{name: importlib.metadata.version(name) for name in names}}


def compare(options):
    import machine
    import program
    began, load, failures = time.monotonic(), machine.load_average(), []
    commit = machine.output_of("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12")
    found = [(table, {"target": table.target, "real": table.real, "package": table.package,
                      "options": shlex.join(table.train_options()), **tables.write(table, options.folder)})
             for table in chosen(options.only)]
    train_all(found, options, failures)
    peers_all(found, options)
    judge(found, failures)
    result = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": machine.describe(os.cpu_count()),
              "commit": commit, "command": shlex.join(["bench/tables/run.sh", *sys.argv[1:]]),
              "versions": versions(options.clmlp), "fixed": shlex.join(program.FIXED),
              "load": {"start": load, "end": machine.load_average()},
              "seconds": time.monotonic() - began, "failures": failures,
              "tables": {table.name: entry for table, entry in found}}
    result["name"] = options.machine or machine.name_of(result["machine"])
    return result


def main():
    options = arguments()
    if options.list:
        for table in tables.TABLES:
            print(shlex.join(["clmlp", "train", f"{table.name}.csv", *table.train_options()]))
        return
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"  # before NumPy is loaded; the processes of scikit-learn are the parallel part
    import report
    result = compare(options)
    print(report.markdown(result))
    if options.only is None:
        print(f"written: {report.write(options.results, result)} and .json, after {result['seconds']:.0f} s")
    if result["failures"]:
        sys.exit(f"run.sh: {len(result['failures'])} failures")


if __name__ == "__main__":
    main()
