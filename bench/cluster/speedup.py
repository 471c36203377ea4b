#!/usr/bin/env python3
"""speedup.py - how many times as fast are two ranks on one machine as one, each with one core and one thread?

    python3 bench/cluster/speedup.py build/release/clmlp --data IMAGES --labels LABELS --out FOLDER/PAGE.md

In each round all rows are run in turns: one process without MPI, one rank, two ranks, and two ranks whose sums go by
messages. A run's figure is the median of its epochs but the first, by `--history`; a row's the median of its runs. It
prints a table in Markdown. `--also PROGRAM` runs another build beside it, in the same rounds, for comparison.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import machine  # noqa: E402

GOAL = 1.8
ROWS = [("nothing", 0, {}), ("Open MPI", 1, {}), ("Open MPI", 2, {}),
        ("Open MPI, by messages", 2, {"CLMLP_SHARED_SUMS": "no"})]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--also", action="append", default=[], metavar="PROGRAM", help="another build, in all rounds")
    parser.add_argument("--data", required=True)
    parser.add_argument("--labels")
    parser.add_argument("--hidden", default="1024,1024")
    parser.add_argument("--batch", default="1024")
    parser.add_argument("--devices", default="cpu,opencl", help="of --device (default cpu,opencl)")
    parser.add_argument("--epochs", type=int, default=6, help="of a run; the first is not counted (default 6)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mpirun", default="mpirun.openmpi" if shutil.which("mpirun.openmpi") else "mpirun")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds that one run may take (default 600)")
    parser.add_argument("--out", help="write the page here, too, and all figures beside it, as .json")
    return parser.parse_args()


def seconds_of(args, program, device, ranks, more, folder):
    """The median of a run's epochs."""
    history, model = folder / "history.json", folder / "model.safetensors"
    labels = ["--labels", args.labels] if args.labels else []
    command = [program, "train", args.data, *labels, "--hidden", args.hidden, "--batch", args.batch, "--epochs",
               str(args.epochs), "--device", device, "--model", str(model), "--overwrite", "--quiet", "--history",
               str(history)]
    history.unlink(missing_ok=True)
    if ranks > 0:
        command = [args.mpirun, "--bind-to", "core", "--map-by", "core", "-n", str(ranks), *command]
    elif shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]
    environment = {**os.environ, "CLMLP_CPU_THREADS": "1", "POCL_MAX_PTHREAD_COUNT": "1", "CLMLP_AUTO_SMALL": "never",
                   "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **more}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=args.timeout,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit("speedup.py: %s: exit status %d\n%s" % (" ".join(command), done.returncode, done.stderr))
    ends = [json.loads(line)["seconds"] for line in history.read_text().splitlines()]
    return statistics.median(b - a for a, b in zip(ends, ends[1:]))


def main():
    args = arguments()
    programs = [args.program, *args.also]
    cases = [(program, device, row) for device in args.devices.split(",") for program in programs for row in ROWS]
    runs = {index: [] for index in range(len(cases))}
    with tempfile.TemporaryDirectory() as name:
        for number in range(args.rounds):
            for index, (program, device, (_, ranks, more)) in enumerate(cases):
                runs[index].append(seconds_of(args, program, device, ranks, more, pathlib.Path(name)))
            print("round %d of %d is done" % (number + 1, args.rounds), file=sys.stderr)
    lines = ["%s; %s, batch %s, hidden %s; %d rounds of %d epochs each; one core and one thread for each rank." %
             (machine.name_of(machine.describe(1)), pathlib.Path(args.data).name, args.batch, args.hidden, args.rounds,
              args.epochs), "",
             "| program | device | ranks | started by | seconds an epoch | runs | speed-up |",
             "|---|---|---|---|---|---|---|"]
    alone, reached = None, True
    for index, (program, device, (started, ranks, more)) in enumerate(cases):
        median = statistics.median(runs[index])
        if ranks == 0:
            alone = median
        if ranks == 2 and not more and program == args.program:
            reached = reached and alone / median >= GOAL
        lines.append("| %s | %s | %d | %s | %.4f | %.4f to %.4f | %.2f |" %
                     (program, device, max(ranks, 1), started, median, min(runs[index]), max(runs[index]),
                      alone / median))
    lines += ["", "The goal of %g is %s." % (GOAL, "reached" if reached else "missed")]
    print("\n".join(lines))
    if args.out:
        pathlib.Path(args.out).write_text("\n".join(lines) + "\n")
        figures = [{"program": program, "device": device, "ranks": max(ranks, 1), "started_by": started,
                    "seconds": runs[i]} for i, (program, device, (started, ranks, _)) in enumerate(cases)]
        pathlib.Path(args.out).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(0 if reached else 1)


main()
