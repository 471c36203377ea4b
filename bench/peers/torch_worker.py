"""The same training in PyTorch, asked for over standard input: one JSON object a line in, one out.

A step gathers a batch by index from data that stay where the network is, then does what the article does:
forward with sigmoids, J = sum of binary cross-entropies / M computed from z, backward, theta -= rate * gradient.
"""
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import worker

RATE = 1e-4  # of timed steps, as in clmlp bench step: random examples must not make the network diverge
TRIALS, TRIAL_SECONDS = 3, 0.1  # to find the fastest setting
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's, as torch.optim.Adam and clmlp have them by themselves
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


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


def eager(net, data, rate=RATE, kind="fused", optimizer="sgd"):
    """A step as PyTorch's tutorials write it; the update as one call for all parameters ('foreach') or as one
    kernel."""
    optimizer = OPTIMIZERS[optimizer](net.parameters(), lr=rate, **{kind: True})

    def step():
        x, y = data.batch()
        optimizer.zero_grad(set_to_none=True)
        cost_of(net(x), y).backward()
        optimizer.step()

    step.theta = list(net.parameters())
    return step


def sgd_update(theta, rate):
    def update(gradient):
        for p, g in zip(theta, gradient):
            p.sub_(g, alpha=rate)

    return update, lambda: None


def adam_update(theta, rate):
    """Adam in operations that the compiler fuses; torch.optim.Adam's formula. Returns the update, and what is to be
    done before each: numbers of step t, kept as tensors so that nothing is compiled anew."""
    m, v = [torch.zeros_like(p) for p in theta], [torch.zeros_like(p) for p in theta]
    numbers, t = np.zeros(2, np.float64 if theta[0].dtype == torch.float64 else np.float32), 0
    alpha, root = torch.from_numpy(numbers).unbind()

    def begin():
        nonlocal t
        t += 1
        numbers[0], numbers[1] = rate / (1 - BETA1**t), (1 - BETA2**t) ** 0.5

    def update(gradient):
        for p, g, mean, square in zip(theta, gradient, m, v):
            mean.lerp_(g, 1 - BETA1)
            square.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.sub_(alpha * (mean / (square.sqrt() / root + EPSILON)))

    return update, begin


def fused_adam_update(theta, rate):
    """The kernel of torch.optim.Adam(fused=True), which torch.compile cannot have in the same function."""
    m, v = [torch.zeros_like(p) for p in theta], [torch.zeros_like(p) for p in theta]
    t = [torch.zeros((), dtype=torch.float32) for p in theta]

    def update(gradient):
        torch._foreach_add_(t, 1)
        torch._fused_adam_(theta, list(gradient), m, v, [], t, lr=rate, beta1=BETA1, beta2=BETA2, weight_decay=0.0,
                           eps=EPSILON, amsgrad=False, maximize=False)

    return update, lambda: None


UPDATES = {"in the step": {"sgd": sgd_update, "adam": adam_update}, "fused, after it": {"adam": fused_adam_update}}


def compiled(net, data, rate=RATE, kind="in the step", optimizer="sgd"):
    """The whole step, gathering and update included, as one function of torch.compile; or all of it but a fused
    update."""
    names = [name for name, _ in net.named_parameters()]
    theta = [p.detach().clone() for p in net.parameters()]
    update, begin = UPDATES[kind][optimizer](theta, rate)
    is_inside = kind == "in the step"

    def descend(theta, x, y, taken):
        if taken is not None:
            x, y = x.index_select(0, taken), y.index_select(0, taken)

        def cost(theta):
            return cost_of(torch.func.functional_call(net, dict(zip(names, theta)), (x,)), y)

        gradient, J = torch.func.grad_and_value(cost)(theta)
        if is_inside:
            update(gradient)
            return J
        return gradient

    torch.compiler.reset()  # the limit on compiling anew counts every network of this process
    fast = torch.compile(descend, dynamic=False, fullgraph=True)

    def step():
        begin()
        with torch.no_grad():
            result = fast(theta, data.x, data.y, None if data.whole else data.indices())
            if not is_inside:
                update(result)

    step.theta = theta
    return step


def graphed(net, data, kind, optimizer):
    """The whole step recorded once as a CUDA graph and replayed on new indices."""
    optimizer = OPTIMIZERS[optimizer](net.parameters(), lr=RATE, **{kind: True})
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
    def block(count):
        wait(device)
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait(device)
        return time.perf_counter() - start

    return worker.measure(block, seconds)


def given_network(layers, theta):
    """With theta of a file."""
    net = network(layers)
    with torch.no_grad():
        for p, values in zip(net.parameters(), np.load(theta).values()):
            p.copy_(torch.from_numpy(values))
    return net


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

    def kinds(self, way, optimizer):
        """Ways to write the update."""
        if way == "compiled":
            return [kind for kind, updates in UPDATES.items() if optimizer in updates]
        return ["fused"] if way == "cuda-graph" else ["foreach", "fused"]

    def settings(self, way, optimizer):
        """(threads, kind of update) to try: the faster ones take part."""
        threads = sorted({1, self.threads}) if way == "eager" else [self.threads]
        return [(t, kind) for t in threads for kind in self.kinds(way, optimizer)]

    def make(self, way):
        return {"compiled": compiled, "cuda-graph": graphed}.get(way, eager)

    def check(self, way, layers, batch, optimizer, rate, steps, precision, x, y, theta, out):
        """Theta after `steps` steps in the order of the data, by each kind of update: {kind: file}."""
        dtype, files = np.float64 if precision == "f64" else np.float32, {}
        torch.set_num_threads(self.threads)
        x, y = np.load(x).astype(dtype), np.load(y).astype(dtype)
        for kind in self.kinds(way, optimizer):
            net = given_network(layers, theta).to(torch.from_numpy(x).dtype)
            step = self.make(way)(net, Data(x, y, batch, "cpu", shuffle=False), rate, kind, optimizer)
            for _ in range(steps):
                step()
            files[kind] = f"{out}-{kind.replace(' ', '-').replace(',', '')}.npz"
            np.savez(files[kind], *(p.detach().numpy() for p in step.theta))
        return files

    def prepare(self, way, layers, batch, examples, optimizer="sgd"):
        """Builds the step in each setting, lets them take turns, and keeps the fastest."""
        device = "cuda" if way.startswith("cuda") else "cpu"
        tried = []
        for threads, kind in self.settings(way, optimizer):
            torch.set_num_threads(threads)
            data, net = random_data(layers, examples, batch, device), network(layers).to(device)
            step = self.make(way)(net, data, kind=kind, optimizer=optimizer)
            step()
            tried.append({"threads": threads, "optimizer": kind, "step": step, "took": []})
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

    def gemm(self, m, n, k, seconds, device="cuda"):
        a, b, c = (torch.rand(shape, device=device) for shape in ((m, k), (k, n), (m, n)))
        took = measure(lambda: torch.mm(a, b, out=c), seconds, device)["milliseconds"]
        return {"milliseconds": took, "gflops": 2e-6 * m * n * k / took}

    def train(self, layers, batch, rate, epochs, x, y, theta, shuffle, threads=None):
        """Trains from given theta; says what each epoch took and J over all examples at the end."""
        torch.set_num_threads(threads or self.threads)
        net, x, y = given_network(layers, theta), np.load(x), np.load(y)
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
    torch_worker = Worker(int(sys.argv[1]))
    worker.serve({do: getattr(torch_worker, do) for do in ("about", "check", "prepare", "step", "gemm", "train")})


if __name__ == "__main__":
    main()
