"""Adam's step in JAX, asked for over standard input: one JSON object a line in, one out.

The whole step is one function, and so many of them as a block has are one call: jit of lax.scan over the batches'
indices, with theta and Adam's state handed over (donated). The data stay where the network is.
"""
import os
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

from worker import measure, serve

RATE, BETA1, BETA2, EPSILON = 1e-4, 0.9, 0.999, 1e-8  # the rate: of timed steps, as in clmlp bench step
TRIALS, TRIAL_SECONDS = 3, 0.1
KINDS = ("weights [in x out]", "weights [out x in]")  # the faster one takes part


def cost(theta, x, y, is_transposed):
    a = x
    for l, (weights, bias) in enumerate(theta):
        z = a @ (weights if is_transposed else weights.T) + bias
        a = jax.nn.sigmoid(z) if l + 1 < len(theta) else z
    return jnp.sum(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))) / len(y)


def adam(theta, m, v, gradient, numbers):
    """As torch.optim.Adam writes it. numbers: rate / (1 - beta1^t) and sqrt(1 - beta2^t) of step t."""
    m = BETA1 * m + (1 - BETA1) * gradient
    v = BETA2 * v + (1 - BETA2) * gradient * gradient
    return theta - numbers[0] * m / (jnp.sqrt(v) / numbers[1] + EPSILON), m, v


class Training:
    """A network, its data and where it stands: step t, place in the order."""

    def __init__(self, x, y, theta, M, rate, kind, shuffle):
        self.is_transposed = kind == KINDS[0]
        theta = [(jnp.asarray(w.T if self.is_transposed else w), jnp.asarray(b)) for w, b in theta]
        zeros = jax.tree.map(jnp.zeros_like, theta)
        self.state = theta, zeros, jax.tree.map(jnp.zeros_like, theta)
        self.x, self.y, self.M, self.rate, self.shuffle = jnp.asarray(x), jnp.asarray(y), M, rate, shuffle
        self.whole, self.t = M >= len(x), 0
        self.random, self.taken, self.built = np.random.default_rng(1), np.empty((0, M), np.int32), set()
        self.many = jax.jit(self.scanned, donate_argnums=0)

    def scanned(self, state, x, y, indices, numbers):
        """As many steps as `numbers` has rows. indices None: each is on all of x."""

        def step(state, now):
            taken, numbers = now
            batch = (x, y) if taken is None else (jnp.take(x, taken, axis=0), jnp.take(y, taken, axis=0))
            gradient = jax.grad(cost)(state[0], *batch, self.is_transposed)
            moved = jax.tree.map(lambda *of: adam(*of, numbers), *state, gradient)
            parts = jax.tree.transpose(jax.tree.structure(gradient), jax.tree.structure((0, 0, 0)), moved)
            return parts, None

        return jax.lax.scan(step, state, (indices, numbers))[0]

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
        t = self.t + 1.0 + np.arange(count)
        numbers = np.stack([self.rate / (1 - BETA1**t), np.sqrt(1 - BETA2**t)], axis=1).astype(self.x.dtype)
        self.state = jax.block_until_ready(self.many(self.state, self.x, self.y, self.indices(count), numbers))
        self.t += count

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


def check(layers, batch, rate, steps, precision, x, y, theta, out):
    """Theta after `steps` steps in the order of the data, by each kind: {kind: file}."""
    dtype, files = np.float64 if precision == "f64" else np.float32, {}
    with np.load(theta) as loaded:
        parts = [values.astype(dtype) for values in loaded.values()]
    x, y = np.load(x).astype(dtype), np.load(y).astype(dtype)
    for number, kind in enumerate(KINDS):
        with jax.enable_x64(precision == "f64"):
            training = Training(x, y, list(zip(parts[::2], parts[1::2])), batch, rate, kind, shuffle=False)
            training.run(steps)
            result = training.theta()
        files[kind] = f"{out}-{number}.npz"
        np.savez(files[kind], *result)
    return files


prepared = {}


def prepare(layers, batch, examples):
    """Builds each kind, lets them take turns, and keeps the faster."""
    random = np.random.default_rng(1)
    x = 2 * random.random((examples, layers[0]), np.float32) - 1
    y = np.eye(layers[-1], dtype=np.float32)[random.integers(0, layers[-1], examples)]
    theta = [((random.random((m, n), np.float32) - 0.5) / np.float32(n**0.5), np.zeros(m, np.float32))
             for n, m in zip(layers, layers[1:])]
    tried = [{"kind": kind, "training": Training(x, y, theta, batch, RATE, kind, shuffle=True), "took": []}
             for kind in KINDS]
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
    sys.exit(serve({"about": about, "check": check, "prepare": prepare, "step": step}))
