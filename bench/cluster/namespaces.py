#!/usr/bin/env python3
"""namespaces.py - is the time of a step on several hosts what `clmlp bench scaling` predicts?

    sudo python3 bench/cluster/namespaces.py build/release/clmlp --out bench/results/DATE-MACHINE-cluster-COMMIT.md

Makes hosts on this machine: network namespaces, joined by a switch, each with a port of a rate and a delay (`tc`,
iproute2). On them, by Open MPI over TCP, it runs `clmlp bench scaling`, which predicts a step on these ranks, and
`clmlp train` for two numbers of epochs, whose difference is what its steps take. It prints a table in Markdown with
both. The goal is a prediction within 20 %. Exit status 1: one was not.
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
from hosts import Hosts  # noqa: E402
import machine  # noqa: E402

GOAL = 20.0  # per cent
LINK = ("alpha_microseconds", "overhead_microseconds", "gbytes_per_second")
BATCHES = 8  # of an epoch


def numbers(text):
    return [float(item) for item in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--ranks", type=numbers, default=[2, 4], help="numbers of hosts (default 2,4)")
    parser.add_argument("--rates", type=numbers, default=[1000, 250], help="Mbit/s of a port (default 1000,250)")
    parser.add_argument("--delays", type=numbers, default=[0, 1], help="ms from host to host (default 0,1)")
    parser.add_argument("--layers", default="784,1024,1024,10")
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=numbers, default=[1, 4], help="of the short and the long run (default 1,4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each (default 3)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of bench scaling (default 10)")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds that one run may take (default 300)")
    parser.add_argument("--no-train", action="store_true", help="compare with the steps of bench scaling itself alone")
    parser.add_argument("--out", help="write the page here, too, and all figures beside it, as .json")
    return parser.parse_args()


def write_data(folder, options):
    """Random examples in IDX files."""
    sizes = [int(size) for size in options.layers.split(",")]
    examples = BATCHES * options.batch
    side = (1, sizes[0])
    x, y = os.path.join(folder, "x.idx"), os.path.join(folder, "y.idx")
    with open(x, "wb") as file:
        file.write(struct.pack(">IIII", 0x803, examples, *side) + os.urandom(examples * sizes[0]))
    with open(y, "wb") as file:
        file.write(struct.pack(">II", 0x801, examples) + bytes(i % sizes[-1] for i in range(examples)))
    return x, y


def train_command(options, data, epochs, folder):
    hidden = ",".join(options.layers.split(",")[1:-1])
    return [options.program, "train", data[0], "--labels", data[1], "--hidden", hidden, "--batch", str(options.batch),
            "--epochs", str(int(epochs)), "--device", options.device, "--json", "--quiet",
            "--model", os.path.join(folder, "m.safetensors")]


def step_of_training(run, options, data, folder):
    """Milliseconds: what the long run's steps beyond the short one's take."""
    few, many = (json.loads(run(train_command(options, data, epochs, folder))) for epochs in options.epochs)
    return 1e3 * (many["seconds"] - few["seconds"]) / (many["steps"] - few["steps"])


def scaling_command(options):
    return [options.program, "bench", "scaling", "--layers", options.layers, "--batch", str(options.batch), "--device",
            options.device, "--seconds", str(options.seconds), "--json", "--quiet"]


def measure(options, ranks, rate, delay, data, folder, variables):
    """Prediction and training in turns: a machine that is busy for a while disturbs both. Medians of the rounds."""
    predictions, rounds = [], []
    with Hosts(ranks, rate, delay, folder) as hosts:
        def run(command):
            return hosts.mpirun(ranks, command, variables, options.timeout)
        for _ in range(options.rounds):
            found = json.loads(run(scaling_command(options)))
            here = found["measured"]
            predictions.append(found)
            own, predicted = here["step_milliseconds"], here["predicted_step_milliseconds"]
            step = own if options.no_train else step_of_training(run, options, data, folder)
            rounds.append({"step": step, "predicted": predicted, "own": own, "off": 100.0 * (predicted / step - 1.0),
                           **{name: here[name] for name in LINK}})
            print(f"{ranks} ranks, {rate:g} Mbit/s, {delay:g} ms: {step:.1f} ms, predicted {predicted:.1f} ms "
                  f"({rounds[-1]['off']:+.0f} %)", file=sys.stderr)
        row = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        row.update(ranks=ranks, megabits=rate, delay=delay, method=hosts.method, mpi=predictions[0]["mpi"],
                   rounds=rounds, predictions=predictions)
        return row


def cell(value, form):
    return "-" if value is None else format(value, form)


def page(options, rows, alone, commit, version):
    about = machine.describe(1)
    worst = max(abs(row["off"]) for row in rows)
    what = "of `bench scaling` itself" if options.no_train else "of `clmlp train`"
    lines = [
        "# Steps on several hosts beside the prediction", "",
        "| | |", "|---|---|",
        f"| machine | {about['cpu']}, {about['cores']} cores; the hosts are network namespaces on it |",
        f"| system | {about['os']}, Linux {about['kernel']}, {rows[0]['mpi']} |",
        f"| commit | {commit}, {version} |",
        f"| network | {options.layers.replace(',', '-')}, batches of {options.batch}, device {options.device}, "
        "one thread a rank |",
        f"| rate and delay | {', '.join(sorted({row['method'] for row in rows}))} |",
        f"| command | `{' '.join(['python3', *sys.argv])}` |",
        f"| load average | {machine.load_average()[0]:g} at the end |", "",
        f"Milliseconds of a step {what}, medians of {options.rounds} rounds, each of a prediction and a measurement. "
        f"One process alone takes {cell(alone, '.1f')} ms. The goal is a prediction within {GOAL:.0f} %; the worst is "
        f"off by {worst:.0f} %.", "",
        "| ranks | Mbit/s | delay, ms | alpha, us | overhead, us | GB/s | measured | predicted | off | range | "
        "speed-up |",
        "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        speedup = None if alone is None else alone / row["step"]
        off = [one["off"] for one in row["rounds"]]
        lines.append(f"| {row['ranks']} | {row['megabits']:g} | {row['delay']:g} | {row['alpha_microseconds']:.0f} | "
                     f"{row['overhead_microseconds']:.1f} | {row['gbytes_per_second']:.3f} | {row['step']:.1f} | "
                     f"{row['predicted']:.1f} | {row['off']:+.0f} % | {min(off):+.0f} to {max(off):+.0f} % | "
                     f"{cell(speedup, '.2f')} |")
    return "\n".join(lines) + "\n"


def main():
    options = arguments()
    if os.geteuid() != 0:
        sys.exit("namespaces.py: network namespaces want root")
    options.program = os.path.abspath(options.program)
    variables = {"CLMLP_CPU_THREADS": "1", "POCL_MAX_PTHREAD_COUNT": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in ("OCL_ICD_VENDORS", "CLMLP_CACHE_DIR", "POCL_CACHE_DIR"):
        if name in os.environ:
            variables[name] = os.environ[name]
    rows, alone = [], None
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(folder, options)

        def run_alone(command):
            return subprocess.run(command, check=True, capture_output=True, text=True,
                                  env=dict(os.environ, **variables), timeout=options.timeout).stdout
        if not options.no_train:
            alone = statistics.median(step_of_training(run_alone, options, data, folder)
                                      for _ in range(options.rounds))
        for rate in options.rates:
            for delay in options.delays:
                for ranks in map(int, options.ranks):
                    rows.append(measure(options, ranks, rate, delay, data, folder, variables))
    text = page(options, rows, alone, machine.output_of("git", "rev-parse", "--short", "HEAD"),
                machine.output_of(options.program, "--version"))
    print(text, end="")
    if options.out:
        pathlib.Path(options.out).write_text(text)
        pathlib.Path(options.out).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(0 if all(abs(row["off"]) <= GOAL for row in rows) else 1)


if __name__ == "__main__":
    main()
