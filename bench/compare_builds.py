#!/usr/bin/env python3
"""Whether a build of clmlp is slower than another: `bench step` of the networks of bench/peers, in turns.

    bench/compare_builds.py OLD NEW                       two programs; best on a machine that does nothing else
    bench/compare_builds.py OLD OLD                       what differs by itself, to know what a figure is worth
    bench/compare_builds.py P P --optimizers sgd,adam --networks 784-512-10 --limit 25
                                                          an update rule beside another, of one program

What to expect of the last line, for a CPU with 20 GB/s and 100 GFLOP/s: theta has 407,050 numbers, 1.63 MB in f32.
adam also reads and writes m and v, 4 x 1.63 = 6.5 MB a step or 0.33 ms, beside 2.10e8 operations of products or 2.1 ms:
at most 1.16 times sgd's step. All of theta, m and v is 4.9 MB. Where that stays in a cache it is less, by the cache's
speed: at 60 GB/s 1.05. A faster processor does not help: at 150 GFLOP/s the two are 1.23 and 1.08. The update itself
has one root and one division a number. At 20 cycles for 16 numbers (Zen 4), 3.5 GHz and 2 threads that is 0.07 ms or
0.03 to 0.05 more, in the worst case that nothing of it hides behind the memory.

Each round has one turn of both, old new in one round and new old in the next. A round in which others kept more than
0.2 processors busy is run again. The ratio new / old is made within a round. Its median over the rounds comes with the
interval that holds the true median with 95 % confidence, from the order of the rounds' ratios alone, and the verdict is
about that interval: all of it below the limit, above it, or neither, which asks for more rounds.
Exit status: 0 no network is slower than the limit; 1 one is, or it was not decided; 2 bad usage or nothing measured.
"""
import argparse
import math
import os
import pathlib
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import machine  # noqa: E402
import parties  # noqa: E402
import rounds  # noqa: E402

# Those of bench/peers/sections.py, which needs NumPy: layers, batch; the digits are trained on all at once.
NETWORKS = [([64, 25, 10], 1437), ([784, 128, 10], 32), ([784, 512, 10], 128), ([784, 1024, 1024, 10], 1024)]
FULL_BATCH = 1437
CONFIDENCE = 0.95


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path, metavar="OLD")
    parser.add_argument("new", type=pathlib.Path, metavar="NEW")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="6 at the least (default: 20)")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="of each turn (default: 1)")
    parser.add_argument("--limit", type=float, default=2.0, metavar="PERCENT", help="(default: 2)")
    parser.add_argument("--device", metavar="SPEC", help="OpenCL device (default: the first of type CPU)")
    parser.add_argument("--engine", default="native", help="native, clblast, or cpu for the CPU path (default: native)")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--optimizers", default="sgd,sgd", metavar="OLD,NEW", help="(default: sgd,sgd)")
    parser.add_argument("--networks", metavar="N-N-N,...", help="some of the four (default: all)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="(default: 2)")
    parser.add_argument("--figure", choices=["median", "min"], default="median",
                        help="of each turn: the median block of steps, or the fastest, which others disturb less "
                        "(default: median)")
    parser.add_argument("--no-repeat", action="store_true", help="keep rounds in which others were busy")
    options = parser.parse_args()
    options.optimizers = options.optimizers.split(",")
    if len(options.optimizers) != 2:
        parser.error("--optimizers: expected two names, of OLD and of NEW")
    known = {"-".join(map(str, layers)): (layers, batch) for layers, batch in NETWORKS}
    options.networks = options.networks.split(",") if options.networks else list(known)
    for name in options.networks:
        if name not in known:
            parser.error(f"--networks: no '{name}' (expected some of {', '.join(known)})")
    options.networks = [known[name] for name in options.networks]
    return options


def interval(values):
    """Least and greatest of what the median may be: the k-th smallest and largest value, for the greatest k at which
    fewer than k of n values on one side of the true median are improbable. With fewer than 6 values there is none."""
    n, outside, k = len(values), 0.0, 0
    while k < n // 2:
        outside += 2 * math.comb(n, k) / 2**n
        if outside > 1 - CONFIDENCE:
            break
        k += 1
    ordered = sorted(values)
    return (ordered[k - 1], ordered[n - k]) if k > 0 else (0.0, math.inf)


def verdict(low, high, limit):
    if high <= limit:
        return "not slower"
    return "SLOWER" if low > limit else "undecided"


def measure(options, device, run):
    """A line of the table for each network, and the verdicts."""
    sides, found = {}, []
    for name, program in (("old", options.old), ("new", options.new)):
        sides[name] = parties.Clmlp(program.resolve(), "cpu" if options.engine == "cpu" else device,
                                    None if options.engine == "cpu" else options.engine, options.precision)
    limit = 1 + options.limit / 100
    print(f"{'':28} {'old':>9} {'new':>9}  new / old  interval          least to greatest  disturbed  verdict")
    for layers, batch in options.networks:
        turns = {name: lambda side=side, rule=rule: side.step(layers, batch, options.seconds, batch == FULL_BATCH,
                                                              options.figure, rule)
                 for (name, side), rule in zip(sides.items(), options.optimizers)}
        for turn in turns.values():
            turn()  # kernels are compiled here
        title = f"{'-'.join(map(str, layers))}, batch {batch:,}"
        result = run.run(title, turns)
        if len(result["figures"]) < 2:
            raise parties.Failed("; ".join(run.failures))
        old, new = (result["figures"][name] for name in ("old", "new"))
        ratios = [b / a for a, b in zip(old, new)]
        low, high = interval(ratios)
        busy = sum(others > rounds.DISTURBED for others in result["others"])
        found.append(verdict(low, high, limit))
        medians = [statistics.median(values) for values in (old, new, ratios)]
        print(f"{title:28} {medians[0]:9.4g} {medians[1]:9.4g}  {medians[2]:9.4f}"
              f"  {low:.4f} to {high:.4f}  {min(ratios):7.4f} to {max(ratios):.4f}  {busy:2} of {len(ratios):<3}  "
              f"{found[-1]}", flush=True)
    return found


def main():
    options = arguments()
    if options.rounds < 6:
        sys.exit("compare_builds.py: fewer than 6 rounds decide nothing")
    machine.pin(options.threads)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POCL_MAX_PTHREAD_COUNT"):
        os.environ[variable] = str(options.threads)
    about, load = machine.describe(options.threads), machine.load_average()
    run = rounds.Rounds(machine.Watch([]), options.rounds, not options.no_repeat)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CLMLP_CACHE_DIR"] = cache  # neither has been tuned
        try:
            device = options.device or parties.opencl_device(options.old.resolve(), "CPU") or "opencl"
            versions = [machine.output_of(program.resolve(), "--version") for program in (options.old, options.new)]
            print(f"{about['cpu']}, {about['cores']} processors, {options.threads} used, {about['os']}; "
                  f"--engine {options.engine} --precision {options.precision}, device {device}")
            for name, program, version, rule in zip(("old", "new"), (options.old, options.new), versions,
                                                    options.optimizers):
                print(f"{name}: {program} ({version}), {rule}")
            print(f"{options.rounds} rounds of {options.seconds:g} s a turn; the {options.figure} of each turn's blocks"
                  " in milliseconds a step, and its median over the rounds\n")
            found = measure(options, device, run)
        except parties.Failed as failure:
            print(f"compare_builds.py: {failure}", file=sys.stderr)
            return 2
    print(f"\nload average before {load}, after {machine.load_average()}")
    slower, undecided = found.count("SLOWER"), found.count("undecided")
    if slower or undecided:
        print(f"not shown: {slower} of {len(found)} networks slower than {options.limit:g} %, {undecided} undecided")
        return 1
    print(f"shown: none of {len(found)} networks is slower than {options.limit:g} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
