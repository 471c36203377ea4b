"""Trainings of 100 steps by clmlp beside the same by PyTorch: what the scripts here share that compare theta."""
import os
import subprocess

import peers
from peers import np

STEPS = 100
TOLERANCE = 1e-10
APART = 1e-3  # what another training has to differ by, so that the check can fail


def write(folder, name, x, y, theta):
    """The files of a training, by what they hold; their names begin with `name`."""
    files = {"x": f"{name}-x.npy", "y": f"{name}-y.npy", "theta": f"{name}-theta.safetensors"}
    files = {what: os.path.join(folder, file) for what, file in files.items()}
    np.save(files["x"], x)
    np.save(files["y"], y)
    peers.write_model(files["theta"], theta)
    return files


def clmlp(program, folder, files, network, place, *options):
    """theta after STEPS steps of `clmlp train`, or what it said. network: activation, output, sizes, examples, batch,
    rate, lambda. place: SPEC, ENGINE and, of native, a family."""
    activation, output, _, m, batch, rate, strength = network
    spec, engine, *family = place
    model = os.path.join(folder, "trained.safetensors")
    environment = {**os.environ, **({"CLMLP_NATIVE_FAMILY": family[0]} if family else {})}
    line = [program, "train", files["x"], "--labels", files["y"], "--scale", "none", "--init", files["theta"],
            "--activation", activation, "--output", output, "--rate", repr(rate), "--lambda", repr(strength), "--batch",
            str(batch), "--no-shuffle", "--epochs", str(STEPS * batch // m), *options, "--device", spec, "--engine",
            engine, "--precision", "f64", "--model", model, "--quiet", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.strip()}"
    return peers.read_model(model)[1]


def largest_difference(one, other):
    """Of each matrix, as a share of the largest number of it, but 1 at least. NaN where the shapes differ, too: it is
    within nothing."""
    if [matrix.shape for matrix in one] != [matrix.shape for matrix in other]:
        return float("nan")
    return float(np.max([np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))) for a, b in zip(one, other)]))


class Checks:
    """Counts them, and prints a line each."""

    def __init__(self):
        self.count = self.failed = 0

    def add(self, what, theta, right, other, apart):
        """theta, of clmlp, beside the right one; `other` trainings are `apart` from it."""
        difference = float("nan") if isinstance(theta, str) else largest_difference(theta, right)
        passed = difference <= TOLERANCE and apart > APART
        self.count += 1
        self.failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {what} off by {difference:.2g}, {other} by {apart:.2g}"
              f"{': ' + theta if isinstance(theta, str) else ''}")

    def end(self, more=""):
        print(f"{self.count - self.failed} of {self.count} trainings of {STEPS} steps agree with PyTorch to "
              f"{TOLERANCE:g}{more}")
        return self.failed


def main(arguments, text, check):
    """arguments: PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]. check(program, folder, places) returns how many failed."""
    if len(arguments) < 2:
        return text
    if not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    program, folder = arguments[:2]
    os.makedirs(folder, exist_ok=True)
    places = [tuple(place.split(":")) for place in arguments[2:] or ["cpu:auto"]]
    return 1 if check(program, folder, places) else 0
