"""clmlp on one split: train, evaluate and predict, one command each."""
import csv
import json
import shlex
import subprocess

# Chosen before the first run; README.md says why. The output layer of real targets follows from the task.
FIXED = ("--hidden", "100", "--activation", "tanh", "--optimizer", "momentum", "--rate", "0.01", "--epochs", "60")
SETTINGS = {"defaults": lambda table: [],
            "fixed": lambda table: [*FIXED, *(() if table.real else ("--output", "softmax"))]}


class Failed(Exception):
    pass


class Program:
    def __init__(self, path, device):
        self.path, self.device = str(path), ["--device", device] if device else []

    def run(self, *words, expected=0):
        command = [self.path, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode != expected:
            last = done.stderr.strip().splitlines()[-3:]
            raise Failed(f"exit status {done.returncode}, expected {expected}: {shlex.join(command)}: {' '.join(last)}")
        return done

    def train(self, table, data, model, *options):
        return self.run("train", data, *table.train_options(), *options, *self.device, "--model", model, "--quiet",
                        "--json")

    def predict(self, model, data):
        return self.run("predict", model, data, *self.device, "--quiet").stdout


def held_out(program, table, setting, folder, split):
    """The score of one split. What evaluate says must be what follows from the file that predict wrote."""
    place = folder / table.name
    model, test = place / f"{split}.{setting}.safetensors", place / f"{split}.test.csv"
    trained = json.loads(program.train(table, place / f"{split}.train.csv", model, *SETTINGS[setting](table)).stdout)
    told = json.loads(program.run("evaluate", model, test, *program.device, "--quiet", "--json").stdout)
    score = told["metrics"]["r2" if table.real else "accuracy"]
    again = from_predictions(table, program.predict(model, test), test)
    if not abs(again - score) <= 1e-9 * max(1, abs(score)):
        raise Failed(f"{table.name}, split {split}, {setting}: evaluate says {score}, the predictions say {again}")
    return {"score": score, "features": trained["layers"][0], "train_cost": trained["cost"],
            "device": trained["device"], "device_name": trained["device_name"], "engine": trained["engine"]}


def targets_of(table, path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    if table.name == "digits":
        return [row[-1] for row in rows]
    column = rows[0].index(table.target)
    return [row[column] for row in rows[1:]]


def from_predictions(table, text, test):
    predicted = [row[0] for row in csv.reader(text.splitlines())][1:]
    actual = targets_of(table, test)
    if len(predicted) != len(actual):
        raise Failed(f"{table.name}: {len(predicted)} predictions for {len(actual)} rows")
    if not table.real:
        return sum(a == p for a, p in zip(actual, predicted)) / len(actual)
    actual, predicted = [float(value) for value in actual], [float(value) for value in predicted]
    mean = sum(actual) / len(actual)
    return 1 - (sum((a - p) ** 2 for a, p in zip(actual, predicted)) / sum((a - mean) ** 2 for a in actual))
