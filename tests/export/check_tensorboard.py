"""train --tensorboard: event files, read by hand with every checksum, and by TensorBoard itself where it is there.

    check_tensorboard.py CLMLP FOLDER DATA [FAILING]

FAILING: tests/support/failing/system.c as a library.
"""
import glob
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

CLMLP, FOLDER, DATA = sys.argv[1:4]
FAILING = sys.argv[4] if len(sys.argv) > 4 else ""
DIGITS = os.path.join(DATA, "digits-train.csv.gz")
FAST = [DIGITS, "--hidden", "10", "--device", "cpu", "--quiet"]
failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED {text}")


def clmlp(*arguments):
    return subprocess.run([CLMLP, *arguments], capture_output=True, text=True, cwd=FOLDER)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def fields(message):
    """(number, value) of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or varint()
            yield tag >> 3, message[at:at + size]
            at += size


def read_events(path):
    """{tag: {step: value}}, and the steps at which a run went on. Every record is whole."""
    with open(path, "rb") as file:
        data = file.read()
    curves, restarts, at, records = {}, [], 0, 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = data[at + 12:at + 12 + length]
        crc_of_length, = struct.unpack_from("<I", data, at + 8)
        crc_of_data, = struct.unpack_from("<I", data, at + 12 + length)
        check(crc_of_length == masked(data[at:at + 8]) and crc_of_data == masked(event), f"{path}: record {records}")
        at += 16 + length
        parts = dict(fields(event))
        check(abs(struct.unpack("<d", parts[1])[0] - time.time()) < 3600, f"{path}: the time of record {records}")
        if records == 0:
            check(parts.get(3) == b"brain.Event:2", f"{path}: its version")
        records += 1
        if 7 in parts:
            check(dict(fields(parts[7])) == {1: 1}, f"{path}: a session that begins")
            restarts.append(parts[2])
        for number, value in fields(parts.get(5, b"")):
            scalar = dict(fields(value))
            curves.setdefault(scalar[1].decode(), {})[parts[2]] = struct.unpack("<f", scalar[2])[0]
    return curves, restarts


def history(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def as_float(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def check_curves():
    """The same numbers as those of --history."""
    done = clmlp("train", *FAST, "--epochs", "5", "--validation", "0.2", "--schedule", "cosine", "--history", "h.jsonl",
                 "--monitor", "log_loss", "--keep-best", "--tensorboard", "board", "--checkpoint", "run.ckpt",
                 "--model", "m.safetensors")
    check(done.returncode == 0, done.stderr)
    (path,) = glob.glob(os.path.join(FOLDER, "board", "events.out.tfevents.*"))
    curves, restarts = read_events(path)
    lines = history("h.jsonl")
    check(restarts == [] and len(lines) == 5, "five epochs")
    wanted = {"cost/train": lambda e: e["cost"], "accuracy/train": lambda e: e["accuracy"],
              "cost/validation": lambda e: e["validation"]["cost"], "rate": lambda e: e["rate"],
              "accuracy/validation": lambda e: e["validation"]["accuracy"],
              "monitor/log_loss": lambda e: e["validation"]["log_loss"]}
    for tag, value in wanted.items():
        expected = {line["epoch"]: as_float(value(line)) for line in lines}
        check(curves.get(tag) == expected, f"{tag}: {curves.get(tag)}, expected {expected}")
    check(set(curves) == set(wanted) | {"samples_per_second"}, f"curves {sorted(curves)}")


def check_goes_on():
    options = [*FAST, "--tensorboard", "on", "--checkpoint", "on.ckpt", "--model", "on.safetensors"]
    check(clmlp("train", *options, "--epochs", "3").returncode == 0, "three epochs")
    (first,) = glob.glob(os.path.join(FOLDER, "on", "*"))
    before = open(first, "rb").read()
    done = clmlp("train", DIGITS, "--resume", "on.ckpt", "--epochs", "6", "--quiet")
    check(done.returncode == 0, done.stderr)
    check(open(first, "rb").read() == before, "the file of the first run has changed")
    (second,) = set(glob.glob(os.path.join(FOLDER, "on", "*"))) - {first}
    curves, restarts = read_events(second)
    check(restarts == [4] and sorted(curves["cost/train"]) == [4, 5, 6], f"restarts {restarts}, {curves}")
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        print("TensorBoard is not there, left out")
        return
    board = EventAccumulator(os.path.join(FOLDER, "on"))
    board.Reload()
    check([event.step for event in board.Scalars("cost/train")] == [1, 2, 3, 4, 5, 6], "TensorBoard's own reader")
    values = {event.step: event.value for event in board.Scalars("cost/train")}
    check(all(values[step] == value for step, value in curves["cost/train"].items()), "values by TensorBoard's reader")
    print(f"TensorBoard's reader: {sorted(board.Tags()['scalars'])}, steps 1 to 6 of two files")


def check_elsewhere():
    """A checkpoint may be of somebody else: it does not choose a folder outside of this one."""
    outside = os.path.abspath(os.path.join(FOLDER, "outside"))
    done = clmlp("train", *FAST, "--epochs", "2", "--tensorboard", outside, "--checkpoint", "out.ckpt", "--model",
                 "out.safetensors")
    check(done.returncode == 0 and len(os.listdir(outside)) == 1, done.stderr)
    done = clmlp("train", DIGITS, "--resume", "out.ckpt", "--epochs", "3", "--quiet")
    check(done.returncode == 2 and "give it again" in done.stderr, done.stderr)
    check(len(os.listdir(outside)) == 1, "a file outside of the folder")
    done = clmlp("train", DIGITS, "--resume", "out.ckpt", "--epochs", "3", "--quiet", "--tensorboard", outside)
    check(done.returncode == 0 and len(os.listdir(outside)) == 2, done.stderr)


def check_killed():
    """A run that is killed leaves whole records."""
    run = subprocess.Popen([CLMLP, "train", *FAST, "--epochs", "1000000", "--tensorboard", "killed", "--model",
                            "k.safetensors"], cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    steps = []
    while len(steps) < 3 and run.poll() is None:
        time.sleep(0.05)
        for path in glob.glob(os.path.join(FOLDER, "killed", "*")):
            if os.path.getsize(path) > 100:
                steps = sorted(read_events(path)[0].get("cost/train", {}))
    run.send_signal(signal.SIGKILL)
    run.wait()
    (path,) = glob.glob(os.path.join(FOLDER, "killed", "*"))
    steps = sorted(read_events(path)[0]["cost/train"])
    check(steps == list(range(1, len(steps) + 1)), f"steps {steps}")


def check_refused():
    """Before anything is trained, and the model stays as it was."""
    model = os.path.join(FOLDER, "m.safetensors")
    before = open(model, "rb").read()
    for folder, word in (("m.safetensors", "cannot be made"), ("m.safetensors/under", "cannot be made"),
                         ("", "expected a text that is not empty")):
        done = clmlp("train", *FAST, "--epochs", "1", "--tensorboard", folder, "--model", "m.safetensors")
        check(done.returncode in (1, 2) and word in done.stderr, f"--tensorboard '{folder}': {done.stderr}")
        check(open(model, "rb").read() == before, f"--tensorboard '{folder}': the model has changed")
    done = clmlp("search", DIGITS, "--rate", "0.1|0.2", "--tensorboard", "x")
    check(done.returncode == 2 and "one training" in done.stderr, f"search --tensorboard: {done.stderr}")


def check_lost():
    """A write that fails: training goes on, the model is whole, and the exit status tells."""
    if not FAILING:
        print("no library that lets a write fail, left out")
        return
    environment = {**os.environ, "LD_PRELOAD": FAILING, "CLMLP_FAIL_SYSTEM": "write:3"}
    done = subprocess.run([CLMLP, "train", *FAST, "--epochs", "9", "--tensorboard", "lost", "--history", "lost.jsonl",
                           "--model", "lost.safetensors"], capture_output=True, text=True, cwd=FOLDER, env=environment)
    check(done.returncode == 1 and "training goes on without --tensorboard" in done.stderr, done.stderr)
    check(clmlp("inspect", "lost.safetensors").returncode == 0, "the model of a run whose event file was lost")
    check(len(history("lost.jsonl")) == 9, "training does not go on")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    check_curves()
    check_goes_on()
    check_elsewhere()
    check_killed()
    check_refused()
    check_lost()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print("all event files are whole")


if __name__ == "__main__":
    main()
