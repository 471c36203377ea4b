"""Steps of sgd and of Adam in JAX, asked for over standard input: one JSON object a line in, one out.

The whole step is one function, and so many of them as a block has are one call: jit of lax.scan over the batches'
indices, with theta and the rule's state handed over (donated). The data stay where the network is.
"""
import os
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

from worker import JAX_KINDS, measure, serve

RATE, BETA1, BETA2, EPSILON = 1e-4, 0.9, 0.999, 1e-8  # the rate: of timed steps, as in clmlp bench step
TRIALS, TRIAL_SECONDS = 3, 0.1


def weighted(theta, x, is_transposed):
    """z of the output layer [M x s]."""
    a = x
    for l, (weights, bias) in enumerate(theta):
        z = a @ (weights if is_transposed else weights.T) + bias
        a = jax.nn.sigmoid(z) if l + 1 < len(theta) else z
    return z


def cost(theta, x, y, is_transposed):
    z = weighted(theta, x, is_transposed)
    return jnp.sum(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))) / len(y)


class Sgd:
    states = 0  # arrays beside theta, each of its shape

    def __init__(self, rate):
        self.rate = rate

    def numbers(self, t):
        """Nothing changes from step to step."""

    def update(self, gradient, numbers, theta):
        return (theta - self.rate * gradient,)


class Adam:
    """As torch.optim.Adam writes it."""
    states = 2

    def __init__(self, rate):
        self.rate = rate

    def numbers(self, t):
        """[steps x 2]: rate / (1 - beta1^t) and sqrt(1 - beta2^t) of the steps t."""
        return np.stack([self.rate / (1 - BETA1**t), np.sqrt(1 - BETA2**t)], axis=1)

    def update(self, gradient, numbers, theta, m, v):
        m = BETA1 * m + (1 - BETA1) * gradient
        v = BETA2 * v + (1 - BETA2) * gradient * gradient
        return theta - numbers[0] * m / (jnp.sqrt(v) / numbers[1] + EPSILON), m, v


RULES = {"sgd": Sgd, "adam": Adam}


class Training:
    """A network, its data and where it stands: step t, place in the order."""

    def __init__(self, x, y, theta, M, rate, kind, shuffle, optimizer):
        self.is_transposed, self.rule = kind == JAX_KINDS[0], RULES[optimizer](rate)
        theta = [(jnp.asarray(w.T if self.is_transposed else w), jnp.asarray(b)) for w, b in theta]
        self.state = theta, *(jax.tree.map(jnp.zeros_like, theta) for _ in range(self.rule.states))
        self.x, self.y, self.M, self.shuffle = jnp.asarray(x), jnp.asarray(y), M, shuffle
        self.whole, self.t = M >= len(x), 0
        self.random, self.taken, self.built = np.random.default_rng(1), np.empty((0, M), np.int32), set()
        self.many = jax.jit(self.scanned, donate_argnums=0, static_argnums=5)

    def scanned(self, state, x, y, indices, numbers, count):
        """`count` steps; of each of them a row of indices and of numbers. indices None: each is on all of x. Returns
        the state and J of each step, so that the compiler cannot leave J out."""

        def step(state, now):
            taken, numbers = now
            batch = (x, y) if taken is None else (jnp.take(x, taken, axis=0), jnp.take(y, taken, axis=0))
            J, gradient = jax.value_and_grad(cost)(state[0], *batch, self.is_transposed)
            moved = jax.tree.map(lambda g, *of: self.rule.update(g, numbers, *of), gradient, *state)
            parts = jax.tree.transpose(jax.tree.structure(gradient), jax.tree.structure((0,) * len(state)), moved)
            return parts, J

        return jax.lax.scan(step, state, (indices, numbers), length=count)

    def indices(self, count):
        """[count x M] of an order that is drawn anew for each epoch; None for full batches."""
        if self.whole:
            return None
        while len(self.taken) < count:
            order = (self.random.permutation if self.shuffle else np.arange)(len(self.x))
            epoch = order[:len(self.x) // self.M * self.M].reshape(-1, self.M)
            self.taken = np.concatenate([self.taken, epoch.astype(np.int32)])
        now, self.taken = self.taken[:count], self.taken[count:]
        return now

    def run(self, count):
        self.take(count, self.indices(count))

    def take(self, count, indices):
        numbers = self.rule.numbers(self.t + 1.0 + np.arange(count))
        if numbers is not None:
            numbers = numbers.astype(self.x.dtype)
        self.state, _ = jax.block_until_ready(self.many(self.state, self.x, self.y, indices, numbers, count))
        self.t += count

    def epoch(self):
        """All examples once, in the order of the data; the last batch may be a smaller one."""
        if self.whole:
            return self.take(1, None)
        order, full = np.arange(len(self.x), dtype=np.int32), len(self.x) // self.M * self.M
        self.take(full // self.M, order[:full].reshape(-1, self.M))
        if full < len(order):
            self.take(1, order[full:].reshape(1, -1))

    def block(self, count):
        if count not in self.built:  # each length of a block is compiled once
            self.run(count)
            self.built.add(count)
        start = time.perf_counter()
        self.run(count)
        return time.perf_counter() - start

    def theta(self):
        return [np.asarray(part) for w, b in self.state[0] for part in (w.T if self.is_transposed else w, b)]


def about():
    return {"jax": f"{jax.__version__}, {len(os.sched_getaffinity(0))} processors"}


def given(x, y, theta, dtype):
    """What files hold: x, y, and theta as a list of (weights [out x in], bias)."""
    with np.load(theta) as loaded:
        parts = [values.astype(dtype) for values in loaded.values()]
    return np.load(x).astype(dtype), np.load(y).astype(dtype), list(zip(parts[::2], parts[1::2]))


def check(layers, batch, optimizer, rate, steps, precision, x, y, theta, out):
    """Theta after `steps` steps in the order of the data, by each kind: {kind: file}."""
    x, y, theta = given(x, y, theta, np.float64 if precision == "f64" else np.float32)
    files = {}
    for number, kind in enumerate(JAX_KINDS):
        with jax.enable_x64(precision == "f64"):
            training = Training(x, y, theta, batch, rate, kind, shuffle=False, optimizer=optimizer)
            training.run(steps)
            result = training.theta()
        files[kind] = f"{out}-{number}.npz"
        np.savez(files[kind], *result)
    return files


def train(layers, batch, rate, epochs, x, y, theta, kind):
    """sgd from given theta in the order of the data, by one of JAX_KINDS. J at the end is of all examples, in
    double."""
    x, y, theta = given(x, y, theta, np.float32)
    training = Training(x, y, theta, batch, rate, kind, shuffle=False, optimizer="sgd")
    for _ in range(epochs):
        training.epoch()
    with jax.enable_x64(True):
        parts = [part.astype(np.float64) for part in training.theta()]
        theta = list(zip(parts[::2], parts[1::2]))
        x, y = jnp.asarray(x, jnp.float64), jnp.asarray(y, jnp.float64)
        right = weighted(theta, x, False).argmax(1) == y.argmax(1)
        return {"cost": float(cost(theta, x, y, False)), "accuracy": float(np.asarray(right).mean())}


prepared = {}


def prepare(layers, batch, examples, optimizer):
    """Builds each kind, lets them take turns, and keeps the faster."""
    random = np.random.default_rng(1)
    x = 2 * random.random((examples, layers[0]), np.float32) - 1
    y = np.eye(layers[-1], dtype=np.float32)[random.integers(0, layers[-1], examples)]
    theta = [((random.random((m, n), np.float32) - 0.5) / np.float32(n**0.5), np.zeros(m, np.float32))
             for n, m in zip(layers, layers[1:])]
    tried = [{"kind": kind, "training": Training(x, y, theta, batch, RATE, kind, True, optimizer), "took": []}
             for kind in JAX_KINDS]
    for _ in range(TRIALS):
        for setting in tried:
            setting["took"].append(measure(setting["training"].block, TRIAL_SECONDS)["milliseconds"])
    best = min(tried, key=lambda setting: statistics.median(setting["took"]))
    prepared[tuple(layers), batch] = best["training"]
    return {"threads": len(os.sched_getaffinity(0)), "optimizer": "in the step, " + best["kind"],
            "tried": [{"kind": setting["kind"], "took": setting["took"]} for setting in tried]}


def step(layers, batch, seconds):
    return measure(prepared[tuple(layers), batch].block, seconds)


if __name__ == "__main__":
    sys.exit(serve({"about": about, "check": check, "prepare": prepare, "step": step, "train": train}))
