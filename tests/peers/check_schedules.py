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
import sys

import trainings
from check_optimizers import FACTORS, RULES, groups_of, make_network
from peers import np
from trainings import STEPS, largest_difference

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
    *first, rate, strength = NETWORK
    rate *= RULES[rule][1]
    options = RULES[rule][0] + (["--warmup", str(warmup)] if warmup else [])
    options += ["--min-rate", repr(least * rate)] if least else []
    return trainings.clmlp(program, folder, files, (*first, rate, strength), place, "--schedule", name, *options)


def schedules():
    """(name, warm-up, least rate) that are to be tried; the plain constant rate is check_optimizers.py's."""
    yield "constant", WARMUP, 0.0
    for name in ("step", "exponential", "cosine", "flat-cosine", "coslog4", "inverse", "linear"):
        yield name, 0, 0.0
        yield name, WARMUP, LEAST


def check(program, folder, places):
    part, parts = (int(number) for number in os.environ.get("CLMLP_TEST_SHARE", "1/1").split("/"))
    random = np.random.default_rng(3)
    activation, output, sizes, m, *_ = NETWORK
    theta, x, y = make_network(random, activation, output, sizes, m)
    files = trainings.write(folder, "schedules", x, y, theta)
    plain = {rule: torch_train(theta, x, y, rule, ("constant", 0, 0.0)) for rule in PLAIN}
    checks, number = trainings.Checks(), 0
    for rule in PLAIN:
        for schedule in schedules():
            mine = [place for i, place in enumerate(places) if (number + i) % parts == part - 1]
            number += len(places)
            if not mine:
                continue
            right = torch_train(theta, x, y, rule, schedule)
            apart = largest_difference(right, plain[rule])
            for place in mine:
                trained = clmlp_train(program, folder, files, rule, schedule, place)
                name, warmup, least = schedule
                checks.add(f"{rule:8} {':'.join(place):22} {name:11} warm-up {warmup:<2} least {least:<3g}", trained,
                           right, "the constant rate", apart)
    return checks.end(f"; part {part} of {parts}")


if __name__ == "__main__":
    sys.exit(trainings.main(sys.argv[1:], __doc__, check))
