"""The same training in PyTorch, asked for over standard input: one JSON object a line in, one out.

A step gathers a batch by index from data that stay where the network is, then does what the article does:
forward with sigmoids, J = sum of binary cross-entropies / M computed from z, backward, theta -= rate * gradient.
"""
import json
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

RATE = 1e-4  # of timed steps, as in clmlp bench step: random examples must not make the network diverge
TRIALS, TRIAL_SECONDS = 3, 0.1  # to find the fastest setting
BLOCK_SECONDS = 0.01  # a block of steps is timed as one, so that the clock costs nothing


def network(layers):
    modules = []
    for i, (n, m) in enumerate(zip(layers, layers[1:])):
        modules.append(torch.nn.Linear(n, m))
        if i < len(layers) - 2:
            modules.append(torch.nn.Sigmoid())
    return torch.nn.Sequential(*modules)


def cost_of(z, y):
    return F.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y)


class Data:
    """m examples on the device, handed out M at a time in an order that is drawn anew for each epoch. When M is
    all of them nothing is gathered: clmlp takes a full batch as it lies, too."""

    def __init__(self, x, y, M, device, shuffle=True):
        self.x, self.y = torch.as_tensor(x, device=device), torch.as_tensor(y, device=device)
        self.m, self.M, self.device, self.shuffle = len(x), M, device, shuffle
        self.whole = M >= self.m
        self.next, self.order = self.m, None

    def indices(self):
        if self.next >= self.m:
            self.order = (torch.randperm if self.shuffle else torch.arange)(self.m, device=self.device)
            self.next = 0
        taken = self.order[self.next:self.next + self.M]
        self.next += self.M
        return taken

    def batch(self):
        if self.whole:
            return self.x, self.y
        taken = self.indices()
        return self.x.index_select(0, taken), self.y.index_select(0, taken)


def random_data(layers, m, M, device):
    """Examples as clmlp bench step makes them: features in (-1, 1), one class each."""
    random = np.random.default_rng(1)
    y = np.zeros((m, layers[-1]), np.float32)
    y[np.arange(m), random.integers(0, layers[-1], m)] = 1
    return Data(2 * random.random((m, layers[0]), np.float32) - 1, y, M, device)


def eager(net, data, rate=RATE, kind="fused"):
    """A step as PyTorch's tutorials write it; SGD as one call for all parameters ('foreach') or as one kernel."""
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, **{kind: True})

    def step():
        x, y = data.batch()
        optimizer.zero_grad(set_to_none=True)
        cost_of(net(x), y).backward()
        optimizer.step()

    return step


def compiled(net, data):
    """The whole step, gathering and update included, as one function of torch.compile."""
    names = [name for name, _ in net.named_parameters()]
    theta = [p.detach().clone() for p in net.parameters()]

    def descend(theta, x, y, taken):
        if taken is not None:
            x, y = x.index_select(0, taken), y.index_select(0, taken)

        def cost(theta):
            return cost_of(torch.func.functional_call(net, dict(zip(names, theta)), (x,)), y)

        gradient, J = torch.func.grad_and_value(cost)(theta)
        for p, g in zip(theta, gradient):
            p.sub_(g, alpha=RATE)
        return J

    fast = torch.compile(descend, dynamic=False, fullgraph=True)

    def step():
        with torch.no_grad():
            fast(theta, data.x, data.y, None if data.whole else data.indices())

    return step


def graphed(net, data):
    """The whole step recorded once as a CUDA graph and replayed on new indices."""
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, fused=True)
    taken = torch.arange(data.M, device=data.device)

    def descend():
        x, y = (data.x, data.y) if data.whole else (data.x.index_select(0, taken), data.y.index_select(0, taken))
        optimizer.zero_grad(set_to_none=True)
        cost_of(net(x), y).backward()
        optimizer.step()

    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            descend()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    optimizer.zero_grad(set_to_none=True)
    with torch.cuda.graph(graph):
        descend()

    def step():
        if not data.whole:
            taken.copy_(data.indices())
        graph.replay()

    return step


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def measure(step, seconds, device):
    """Median and least milliseconds of a step over blocks of steps."""

    def block(count):
        wait(device)
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait(device)
        return time.perf_counter() - start

    for _ in range(3):
        step()
    count = 1
    while block(count) < BLOCK_SECONDS:
        count *= 2
    blocks, end = [], time.perf_counter() + seconds
    while len(blocks) < 3 or time.perf_counter() < end:
        blocks.append(block(count) / count)
    return {"milliseconds": 1e3 * statistics.median(blocks), "least": 1e3 * min(blocks), "steps": count * len(blocks)}


class Worker:
    def __init__(self, threads):
        self.threads = threads
        torch.set_num_threads(threads)
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.manual_seed(1)
        self.steps = {}

    def about(self):
        cuda = torch.cuda.is_available()
        return {"torch": torch.__version__, "torch's BLAS": "MKL" if torch.backends.mkl.is_available() else "not MKL",
                "CUDA of torch": f"{torch.version.cuda}, {torch.cuda.get_device_name()}" if cuda else "no device",
                "gpu": cuda, "numpy": np.__version__, "python": sys.version.split()[0]}

    def settings(self, way):
        """(threads, optimizer) to try: the faster ones take part."""
        if way == "cuda-eager":
            return [(self.threads, "foreach"), (self.threads, "fused")]
        if way != "eager":
            return [(self.threads, "")]
        return [(t, kind) for t in sorted({1, self.threads}) for kind in ("foreach", "fused")]

    def prepare(self, way, layers, batch, examples):
        """Builds the step in each setting, lets them take turns, and keeps the fastest."""
        device = "cuda" if way.startswith("cuda") else "cpu"
        make = {"compiled": compiled, "cuda-graph": graphed}.get(way, eager)
        tried = []
        for threads, kind in self.settings(way):
            torch.set_num_threads(threads)
            data, net = random_data(layers, examples, batch, device), network(layers).to(device)
            step = make(net, data, kind=kind) if kind else make(net, data)
            step()
            tried.append({"threads": threads, "optimizer": kind or "in the step", "step": step, "took": []})
        for _ in range(TRIALS if len(tried) > 1 else 1):
            for setting in tried:
                torch.set_num_threads(setting["threads"])
                setting["took"].append(measure(setting["step"], TRIAL_SECONDS, device)["milliseconds"])
        best = min(tried, key=lambda setting: statistics.median(setting["took"]))
        self.steps[way, tuple(layers), batch] = best["step"], best["threads"], device
        return {"threads": best["threads"], "optimizer": best["optimizer"],
                "tried": [{key: value for key, value in setting.items() if key != "step"} for setting in tried]}

    def step(self, way, layers, batch, seconds):
        step, threads, device = self.steps[way, tuple(layers), batch]
        torch.set_num_threads(threads)
        return measure(step, seconds, device)

    def gemm(self, m, n, k, seconds):
        a, b, c = (torch.rand(shape, device="cuda") for shape in ((m, k), (k, n), (m, n)))
        took = measure(lambda: torch.mm(a, b, out=c), seconds, "cuda")["milliseconds"]
        return {"milliseconds": took, "gflops": 2e-6 * m * n * k / took}

    def train(self, layers, batch, rate, epochs, x, y, theta, shuffle, threads=None):
        """Trains from given theta; says what each epoch took and J over all examples at the end."""
        torch.set_num_threads(threads or self.threads)
        net = network(layers)
        with torch.no_grad():
            for p, values in zip(net.parameters(), np.load(theta).values()):
                p.copy_(torch.from_numpy(values))
        x, y = np.load(x), np.load(y)
        data = Data(x, y, batch, "cpu", shuffle)
        step, took = eager(net, data, rate), []
        for _ in range(epochs):
            start = time.perf_counter()
            for _ in range(-(-data.m // data.M)):
                step()
            took.append(1e3 * (time.perf_counter() - start))
        with torch.no_grad():
            z = net(torch.from_numpy(x)).double()
            return {"cost": cost_of(z, torch.from_numpy(y).double()).item(), "milliseconds": took,
                    "accuracy": (z.argmax(1) == torch.from_numpy(y).argmax(1)).double().mean().item()}


def main():
    worker = Worker(int(sys.argv[1]))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # whatever it was, the others go on without this one
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
