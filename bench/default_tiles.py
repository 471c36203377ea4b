#!/usr/bin/env python3
"""Which tiles the CPU family of `native` should take untuned on this machine: clmlp tune, in many processes.

    bench/default_tiles.py build/release/clmlp                     f32 and f64, 11 processes each, about 15 minutes
    bench/default_tiles.py build/release/clmlp --processes 15 --precision f32

Within a process all candidates are timed in rounds, in a random order. What a process cannot average out is where its
memory happens to lie, so there are many, f32 and f64 in turn. Of each process comes one speed of each candidate: how
many times as fast as the default, in the geometric mean over four networks (median of the rounds). Over the processes
the sign test gives an interval for its median, with the risk divided by the number of candidates. A candidate should
take the default's place where all of the interval lies above 1.02: the last lines are rows for the table `defaults` of
host/backend/native/cpu/tiles.c. The default stays where the interval lies below 1.05 for each; else there is no answer.

A row holds for a width of vectors, not for one machine: run it on one of each vendor, and take what wins on none only
where it loses on none. The machine must do nothing else: load is told with each process.

Exit status: 0 there is an answer for each precision; 1 there is none for one; 2 nothing was measured.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import machine  # noqa: E402

RISK, LEAST_GAIN, WORTHWHILE = 0.01, 1.02, 1.05
LARGE = ["--layers", "784,1024,1024,10", "--batch", "1024"]  # beside the three standard networks


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, metavar="CLMLP")
    parser.add_argument("--processes", type=int, default=11, metavar="N", help="of each precision (default: 11)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S",
                        help="for each candidate and network in a process (default: 0.5)")
    parser.add_argument("--precision", choices=["f32", "f64"], action="append", help="(default: both)")
    parser.add_argument("--device", default="opencl", metavar="SPEC", help="an OpenCL CPU device (default: opencl)")
    options = parser.parse_args()
    options.precision = options.precision or ["f32", "f64"]
    return options


def interval(values, risk):
    """What the median may be: the k-th smallest to the k-th largest, for the greatest k that the sign test allows."""
    n, tail, k = len(values), 0.0, 0
    while k < (n + 1) // 2:
        tail += math.comb(n, k) / 2**n
        if 2 * tail > risk:
            break
        k += 1
    ordered = sorted(values)
    return (ordered[k - 1], ordered[n - k]) if k else (0.0, math.inf)


def tune(options, precision, network):
    """{tiles: speed}, of one process, and its default."""
    done = subprocess.run([str(options.program.resolve()), "tune", "--engine", "native", "--dry-run", "--json",
                           "--quiet", "--device", options.device, "--precision", precision, "--seconds",
                           str(options.seconds), *network], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:  # 1: that process could not decide
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    rows = [row for row in json.loads(done.stdout)["candidates"] if row["verdict"] != "rejected"]
    if not rows or not rows[0]["untuned"]:
        raise RuntimeError("the default was rejected")
    return {row["tiles"]: row["speed"] for row in rows}, rows[0]["tiles"]


def one_process(options, precision):
    """Speeds over all four networks: the mean of the logarithms, three of one tuning and one of the other."""
    three, default = tune(options, precision, [])
    large, _ = tune(options, precision, LARGE)
    return {tiles: math.exp((3 * math.log(three[tiles]) + math.log(large[tiles])) / 4) for tiles in three}, default


def verdict(low, high):
    return "faster" if low > LEAST_GAIN else "not faster" if high < WORTHWHILE else "undecided"


def report(precision, default, speeds):
    """A table, and the tiles that should be the default; None: undecided."""
    risk = RISK / max(1, len(speeds[0]) - 1)
    print(f"\n{precision}: times as fast as {default}, over {len(speeds)} processes\n")
    print(f"{'tiles':14} {'median':>8}  {'interval':18} {'least to greatest':20} verdict")
    rows = []
    for tiles in speeds[0]:
        values = [speed[tiles] for speed in speeds]
        low, high = interval(values, risk)
        rows.append((statistics.median(values), tiles, "default" if tiles == default else verdict(low, high)))
        print(f"{tiles:14} {rows[-1][0]:8.3f}  {f'{low:.3f} to {high:.3f}':18} "
              f"{f'{min(values):.3f} to {max(values):.3f}':20} {rows[-1][2]}")
    faster = [row for row in rows if row[2] == "faster"]
    if faster:
        return max(faster)[1]
    return None if any(row[2] == "undecided" for row in rows) else default


def row_of(tiles, precision):
    rest, block = tiles.split("/")
    rows, vectors, lanes = rest.split("x")
    return f"    {{{4 if precision == 'f32' else 8}, {{{rows}, {vectors}, {lanes}, {block}}}}},"


def main():
    options = arguments()
    about = machine.describe(os.cpu_count())
    print(f"{about['cpu']}, {about['cores']} processors, {' '.join(about['vector_units'])}, {about['os']}; "
          f"{machine.output_of(options.program.resolve(), '--version')}")
    found, defaults = {precision: [] for precision in options.precision}, {}
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(CLMLP_CACHE_DIR=cache, CLMLP_NATIVE_FAMILY="cpu")
        os.environ.pop("CLMLP_NATIVE_TILES", None)
        watch = machine.Watch([])
        for number in range(options.processes):
            for precision in options.precision:
                watch.start()
                try:
                    speeds, defaults[precision] = one_process(options, precision)
                except RuntimeError as failure:
                    print(f"default_tiles.py: {failure}", file=sys.stderr)
                    return 2
                found[precision].append(speeds)
                print(f"process {number + 1} of {options.processes}, {precision}: others kept {watch.stop():.2f} "
                      f"processors busy", file=sys.stderr, flush=True)
    winners = {precision: report(precision, defaults[precision], found[precision]) for precision in options.precision}
    print()
    for precision, tiles in winners.items():
        change = "no answer: more --processes, or a quiet machine" if tiles is None else row_of(tiles, precision)
        print(f"{precision}: {change}{'  (as it is)' if tiles == defaults[precision] else ''}")
    return 1 if None in winners.values() else 0


if __name__ == "__main__":
    sys.exit(main())
