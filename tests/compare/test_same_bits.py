#!/usr/bin/env python3
"""same_bits.py finds a program equal to itself, and one bit of a model that another program wrote otherwise.

    test_same_bits.py PROGRAM FOLDER
"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# A program that trains as PROGRAM does, and turns the lowest bit of the last number in the model over.
SPOILER = """#!{python}
import subprocess
import sys

status = subprocess.run([{program!r}, *sys.argv[1:]]).returncode
if "--model" in sys.argv:
    path = sys.argv[sys.argv.index("--model") + 1]
    with open(path, "r+b") as file:
        file.seek(-8, 2)
        first = file.read(1)[0]
        file.seek(-8, 2)
        file.write(bytes([first ^ 1]))
sys.exit(status)
"""


def main(arguments):
    if len(arguments) != 2:
        return __doc__
    program, folder = os.path.abspath(arguments[0]), pathlib.Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    spoiler = folder / "spoiler"
    spoiler.write_text(SPOILER.format(python=sys.executable, program=program))
    spoiler.chmod(0o755)
    failed = 0
    for new, status, line in ((program, 0, "3 networks with the same bits, 0 without; 1 more"),
                              (spoiler, 1, "0 networks with the same bits, 3 without; 1 more"),
                              ("no-such-commit", 2, "neither a program nor a commit")):
        done = subprocess.run([sys.executable, HERE / "same_bits.py", program, new, "--keep", folder / "work", "--only",
                               "cpu     f64"], text=True, capture_output=True, check=False)
        passed = done.returncode == status and line in done.stdout + done.stderr
        failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {os.path.basename(new)}: exit status {done.returncode}, expected "
              f"{status} and '{line}'")
        if not passed:
            print(done.stdout, done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
