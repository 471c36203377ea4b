"""Those who are compared: clmlp's program, the workers in Python, the drivers in C. Each is a process of its own and
gets its work in portions, so that they can take turns."""
import json
import select
import statistics
import subprocess
import sys


class Failed(Exception):
    """A party that cannot do what was asked; the others go on."""


def ask(*command, environment=None, limit=None):
    """The JSON that a command prints, within so many seconds."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=limit)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command[:3])}: not ready after {limit:.0f} s") from None
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failed(f"{' '.join(command[:3])}: exit status {done.returncode}: {reason}")
    return json.loads(done.stdout)


class Worker:
    """A Python program that answers a line of JSON with a line of JSON, and sleeps in between. An answer that takes
    more than `limit` seconds is its last: it is killed."""

    def __init__(self, script, *arguments, log, limit=None):
        self.name, self.limit = script.name, limit
        self.process = subprocess.Popen([sys.executable, script, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=log.open("w"), text=True)
        self.pid = self.process.pid

    def ask(self, do, **request):
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.name} ended with status {self.process.wait()}") from None
        if not select.select([self.process.stdout], [], [], self.limit)[0]:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.name}: no answer after {self.limit:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended with status {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(f"{self.name}: {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def rule(optimizer):
    """Options; none for sgd, so that builds from before --optimizer can be compared."""
    return [] if optimizer == "sgd" else ["--optimizer", optimizer]


class Clmlp:
    """The program under one --device and --engine."""

    def __init__(self, program, device, engine, precision="f32", limit=None):
        self.program, self.device, self.engine, self.limit = program, device, engine, limit
        self.where = ["--device", device, "--precision", precision]
        if engine:
            self.where += ["--engine", engine]

    def with_precision(self, precision):
        return Clmlp(self.program, self.device, self.engine, precision, self.limit)

    def step(self, layers, batch, seconds, full=False, figure="median", optimizer="sgd"):
        """Milliseconds of a step: min, median or p95 over the blocks of steps."""
        return self.bench_step(layers, batch, seconds, full, optimizer)["milliseconds"][figure]

    def bench_step(self, layers, batch, seconds, full=False, optimizer="sgd"):
        return ask(self.program, "bench", "step", "--layers", ",".join(map(str, layers)), "--batch", batch,
                   "--seconds", seconds, "--no-kernels", "--no-peak", *(["--full-batch"] if full else []),
                   *rule(optimizer), *self.where, "--json", "--quiet", limit=self.limit)

    def gemm(self, m, n, k, seconds, peak=True):
        """GFLOP/s of the product ('gflops'), and of the device's multiply-adds by themselves ('peak_gflops')."""
        return ask(self.program, "bench", "gemm", "--m", m, "--n", n, "--k", k, "--seconds", seconds,
                   *([] if peak else ["--no-peak"]), *self.where, "--json", "--quiet", limit=self.limit)

    def train(self, folder, x, labels, theta, batch, rate, epochs, output="sigmoid", shuffle=False,
              optimizer="sgd"):
        """From given theta: the program's JSON, with the milliseconds of each epoch."""
        history = folder / "history.jsonl"
        answer = ask(self.program, "train", x, "--labels", labels, "--init", theta, "--activation", "sigmoid",
                     "--output", output, "--scale", "none", "--rate", rate, "--lambda", 0, "--batch", batch, "--epochs",
                     epochs, *([] if shuffle else ["--no-shuffle"]), *rule(optimizer), *self.where, "--model",
                     folder / "model.safetensors", "--history", history, "--json", "--quiet")
        ends = [0.0] + [json.loads(line)["seconds"] for line in history.read_text().splitlines()]
        return {**answer, "epoch_milliseconds": [1e3 * (b - a) for a, b in zip(ends, ends[1:])]}

    def epoch(self, epochs, **training):
        """Median milliseconds of an epoch; the first one, which may compile kernels, does not count."""
        return statistics.median(self.train(epochs=epochs + 1, **training)["epoch_milliseconds"][1:])


def devices(program):
    return ask(program, "devices", "--json")


def opencl_device(program, kind):
    """The first OpenCL device of a kind, CPU or GPU, as --device takes it; None: there is none."""
    for device in devices(program):
        if device["spec"].startswith("opencl") and device["type"] == kind:
            return device["spec"]
    return None
