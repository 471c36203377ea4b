#!/usr/bin/env python3
"""verified_step.py - how much longer a training step takes when it is verified.

    python3 bench/verified_step.py build/release/clmlp [--rounds 9] [--engine native] [--layers 784,512,10 --batch 128]

Trains on random numbers, plainly and with --self-check 1/1, in turns, each for two numbers of epochs: the difference is
that of the steps alone, without start, data and the last evaluation. `verify` is asked for the time of its steps in the
same way. Prints medians over the rounds, with their least and largest, as a table; --json prints them as JSON.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="opencl")
    parser.add_argument("--engine", default="native")
    parser.add_argument("--layers", action="append", help="such as 784,512,10 (may be given more than once)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=100, help="steps that are timed (a multiple of 10)")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def write_data(folder, inputs, classes, examples):
    import numpy
    random = numpy.random.default_rng(1)
    x, y = os.path.join(folder, "x.npy"), os.path.join(folder, "y.npy")
    numpy.save(x, random.random((examples, inputs), dtype=numpy.float32))
    numpy.save(y, (numpy.arange(examples) % classes).astype(numpy.int32))
    return [x, "--labels", y]


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def time_of_steps(run, few, many):
    """Milliseconds a step: what `many` take longer than `few`."""
    return 1e3 * (seconds(run(many)) - seconds(run(few))) / (many - few)


def measure(options, layers, folder):
    per_epoch = 10
    sizes = [int(size) for size in layers.split(",")]
    data = write_data(folder, sizes[0], sizes[-1], per_epoch * options.batch)
    network = ["--hidden", ",".join(map(str, sizes[1:-1])), "--batch", str(options.batch), "--device", options.device,
               "--engine", options.engine, "--quiet"]
    model = os.path.join(folder, "model.safetensors")

    def train(*more):
        def run(steps):
            return [options.program, "train", *data, *network, "--model", model, "--rate", "0.1", "--epochs",
                    str(steps // per_epoch), *more]
        return run

    def verify(steps):
        return [options.program, "verify", *data, *network, "--rate", "0.1", "--steps", str(steps)]

    runs = {"plain": train(), "self-check": train("--self-check", "1/1"), "verify": verify}
    for run in runs.values():  # kernels are built, files are in memory
        seconds(run(per_epoch))
    times = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            # plain steps are short, and many of them may go into one launch
            many = options.steps * (20 if name == "plain" else 1)
            times[name].append(time_of_steps(run, per_epoch, many + per_epoch))
    return times


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def main():
    options = arguments()
    results = []
    for layers in options.layers or ["784,512,10", "784,128,10", "784,1024,1024,10"]:
        with tempfile.TemporaryDirectory() as folder:
            times = measure(options, layers, folder)
        if min(times["plain"]) <= 0.0:
            sys.exit(f"{layers}: the machine is too busy to time a plain step (a longer run was faster); try again, or "
                     "--steps 1000")
        row = {"layers": layers, "batch": options.batch,
               "milliseconds": {name: summary(values) for name, values in times.items()}}
        for name in ("self-check", "verify"):
            row[name + "/plain"] = summary([a / b for a, b in zip(times[name], times["plain"])])
        results.append(row)
        if options.json:
            continue
        print(f"{layers}, batch {options.batch}, {options.rounds} rounds")
        for name, values in row["milliseconds"].items():
            print(f"  {name:11} {values['median']:8.3f} ms a step ({values['min']:.3f} to {values['max']:.3f})")
        for name in ("self-check", "verify"):
            values = row[name + "/plain"]
            print(f"  {name} / plain: {values['median']:.2f} ({values['min']:.2f} to {values['max']:.2f})", flush=True)
    if options.json:
        json.dump(results, sys.stdout, indent=2)
        print()


if __name__ == "__main__":
    main()
