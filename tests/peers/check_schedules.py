#!/usr/bin/env python3
"""Check theta after 100 steps with clmlp's schedules against torch.optim.lr_scheduler in float64.

    check_schedules.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

Each schedule, with and without warm-up and a least rate, goes with each update rule of check_optimizers.py; both sides
begin with the same theta and take the same batches, in the order of the rows. Where PyTorch has a schedule it is
PyTorch's own, behind its SequentialLR where there is a warm-up; else its LambdaLR with the formula. Every theta(l) has
to be within 1e-10 of its largest number, while the constant rate is more than 1e-3 apart. CLMLP_TEST_SHARE=I/N takes
one in N of the checks. Exit status: 0 all agree; 1 not; 77 PyTorch or NumPy is not there.
"""
import math
import os
import subprocess
import sys

import peers
from check_optimizers import APART, FACTORS, RULES, STEPS, TOLERANCE, groups_of, largest_difference, make_network
from peers import np

PLAIN = [rule for rule in RULES if not any(part in rule for part in ("other numbers", "clipped", "scaled"))]
# activation, output, sizes, examples, batch, rate, lambda: 20 epochs of 5 steps
NETWORK = ("tanh", "softmax", [21, 17, 5], 160, 32, 0.05, 0.7)
WARMUP, LEAST = 10, 0.2  # steps, share of the rate
THIRD, THIRD_AFTER_WARMUP = 34, 30  # default interval of step and exponential


def torch_schedule(name, n, rate, least, every):
    """A function that makes PyTorch's scheduler of n steps for an optimizer, or the factor in step u."""
    from torch.optim import lr_scheduler as lr

    floor = least / rate
    return {
        "constant": lambda u: 1.0,
        "step": (lambda o: lr.StepLR(o, every, 0.1)) if least == 0 else lambda u: max(floor, 0.1 ** (u // every)),
        "exponential": (lambda o: lr.ExponentialLR(o, 0.1 ** (1 / every))) if least == 0
        else lambda u: max(floor, 0.1 ** (u / every)),
        "cosine": lambda o: lr.CosineAnnealingLR(o, n, least),
        "flat-cosine": lambda u: 1.0 if 2 * u < n
        else floor + (1 - floor) * (1 + math.cos(math.pi * (2 * u / n - 1))) / 2,
        "coslog4": lambda u: floor + (1 - floor) * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * u / n))) / 2,
        "inverse": lambda u: max(floor, (u + 1) ** -0.5),
        "linear": lambda o: lr.LinearLR(o, 1.0, floor, n),
    }[name]


def is_factor(name, least):
    return name in ("constant", "flat-cosine", "coslog4", "inverse") or (least != 0 and name in ("step", "exponential"))


def make_scheduler(optimizer, name, rate, warmup, least):
    from torch.optim import lr_scheduler as lr

    made = torch_schedule(name, STEPS - warmup, rate, least, THIRD_AFTER_WARMUP if warmup else THIRD)
    if is_factor(name, least):
        return lr.LambdaLR(optimizer, lambda t: t / warmup if t < warmup else made(t - warmup))
    if not warmup:
        return made(optimizer)
    first = lr.LambdaLR(optimizer, lambda t: t / warmup)
    return lr.SequentialLR(optimizer, [first, made(optimizer)], [warmup])


def torch_train(theta, x, y, rule, schedule):
    """theta after STEPS steps; J's lambda term is weight_decay = lambda / m on the weights."""
    import torch
    from torch.nn import functional as F

    name, warmup, least = schedule
    _, _, _, m, batch, rate, strength = NETWORK
    rate *= RULES[rule][1]
    torch.set_num_threads(1)
    weights = [torch.tensor(matrix[:, 1:], dtype=torch.float64, requires_grad=True) for matrix in theta]
    biases = [torch.tensor(matrix[:, 0], dtype=torch.float64, requires_grad=True) for matrix in theta]
    sizes = [weight.shape[1] for weight in weights]
    optimizer = RULES[rule][2](torch.optim, groups_of(weights, biases, rate, strength / m, sizes, FACTORS[""]))
    scheduler = make_scheduler(getattr(optimizer, "inner", optimizer), name, rate, warmup, least * rate)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    for step in range(STEPS):
        first = step * batch % m
        a = x[first:first + batch]
        for l, (weight, bias) in enumerate(zip(weights, biases), 1):
            z = F.linear(a, weight, bias)
            a = torch.tanh(z) if l < len(weights) else z
        optimizer.zero_grad()
        (F.cross_entropy(z, y[first:first + batch], reduction="sum") / len(z)).backward()
        optimizer.step()
        scheduler.step()
    return [np.column_stack([b.detach().numpy(), w.detach().numpy()]) for w, b in zip(weights, biases)]


def clmlp_train(program, folder, files, rule, schedule, place):
    """theta after STEPS steps, or what clmlp said."""
    name, warmup, least = schedule
    activation, output, _, m, batch, rate, strength = NETWORK
    spec, engine, *family = place
    model = os.path.join(folder, "trained.safetensors")
    rate *= RULES[rule][1]
    options = RULES[rule][0] + (["--warmup", str(warmup)] if warmup else [])
    options += ["--min-rate", repr(least * rate)] if least else []
    environment = {**os.environ, **({"CLMLP_NATIVE_FAMILY": family[0]} if family else {})}
    line = [program, "train", files["x"], "--labels", files["y"], "--scale", "none", "--init", files["theta"],
            "--activation", activation, "--output", output, "--rate", repr(rate), "--lambda", repr(strength), "--batch",
            str(batch), "--no-shuffle", "--epochs", str(STEPS * batch // m), "--schedule", name,
            *options, "--device", spec, "--engine", engine, "--precision", "f64", "--model", model, "--quiet", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.strip()}"
    return peers.read_model(model)[1]


def schedules():
    """(name, warm-up, least rate) that are to be tried; the plain constant rate is check_optimizers.py's."""
    yield "constant", WARMUP, 0.0
    for name in ("step", "exponential", "cosine", "flat-cosine", "coslog4", "inverse", "linear"):
        yield name, 0, 0.0
        yield name, WARMUP, LEAST


def check(program, folder, places, part, parts):
    """part: from 0."""
    random = np.random.default_rng(3)
    activation, output, sizes, m, *_ = NETWORK
    theta, x, y = make_network(random, activation, output, sizes, m)
    files = {name: os.path.join(folder, name) for name in ("x.npy", "y.npy", "theta.safetensors")}
    np.save(files["x.npy"], x)
    np.save(files["y.npy"], y)
    peers.write_model(files["theta.safetensors"], theta)
    files = {name.split(".")[0]: path for name, path in files.items()}
    plain = {rule: torch_train(theta, x, y, rule, ("constant", 0, 0.0)) for rule in PLAIN}
    failed = checks = number = 0
    for rule in PLAIN:
        for schedule in schedules():
            mine = [place for i, place in enumerate(places) if (number + i) % parts == part]
            number += len(places)
            if not mine:
                continue
            right = torch_train(theta, x, y, rule, schedule)
            apart = largest_difference(right, plain[rule])
            for place in mine:
                trained = clmlp_train(program, folder, files, rule, schedule, place)
                difference = float("nan") if isinstance(trained, str) else largest_difference(trained, right)
                passed = difference <= TOLERANCE and apart > APART
                checks += 1
                failed += not passed
                name, warmup, least = schedule
                print(f"{'ok  ' if passed else 'FAIL'} {rule:8} {':'.join(place):22} {name:11} warm-up {warmup:<2} "
                      f"least {least:<3g} off by {difference:.2g}, the constant rate by {apart:.2g}"
                      f"{': ' + trained if isinstance(trained, str) else ''}")
    print(f"{checks - failed} of {checks} trainings of {STEPS} steps agree with PyTorch to {TOLERANCE:g}; "
          f"part {part + 1} of {parts}")
    return failed


def main(arguments):
    part, parts = (int(number) for number in os.environ.get("CLMLP_TEST_SHARE", "1/1").split("/"))
    if len(arguments) < 2:
        return __doc__
    if not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    program, folder = arguments[:2]
    os.makedirs(folder, exist_ok=True)
    places = [tuple(place.split(":")) for place in arguments[2:] or ["cpu:auto"]]
    return 1 if check(program, folder, places, part - 1, parts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
