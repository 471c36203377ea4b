"""Is bench/default_tiles.py alive? Its rule on speeds that are made up, and once all of it with a program that is none.

    python test_default_tiles.py FOLDER
"""
import importlib.util
import io
import contextlib
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "bench/default_tiles.py"
spec = importlib.util.spec_from_file_location("default_tiles", SCRIPT)
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)

# Answers as `clmlp tune` does, with exit status 1: a process that could not decide.
FAKE = """#!/bin/sh
row='{"tiles": "%s", "speed": %s, "verdict": "%s", "untuned": %s}'
case "$*" in
--version) echo 'clmlp 0'; exit 0 ;;
*f32*) lanes=16 fast=1.2 ;;
*) lanes=8 fast=1.0 ;;
esac
printf "{\\"candidates\\": [$row, $row, $row, $row]}" 12x2x$lanes/8 1.0 valid true 8x2x$lanes/32 $fast valid false \\
    6x4x$lanes/8 0.8 valid false 9x9x9/9 null rejected false
exit 1
"""


def winner(*columns):
    with contextlib.redirect_stdout(io.StringIO()):
        return script.report("f32", "a", [dict(zip("abc", row)) for row in zip(*columns)])


def main(folder):
    one = [1.0] * 11
    assert winner(one, [1.1] * 11, [1.2] * 11) == "c"
    assert winner(one, [1.01] * 11, [0.9] * 11) == "a", "a tie"
    assert winner(one, [1.2] * 6 + [0.9] * 5, [0.9] * 11) is None, "noise"
    assert winner(one[:3], [1.2] * 3, [1.2] * 3) is None, "too few"
    assert script.interval([1, 2, 3, 4, 5, 6, 7, 8], 2 / 2**8) == (1, 8)
    assert script.interval(list(range(1, 9)), 2 * 9 / 2**8) == (2, 7)
    folder.mkdir(parents=True, exist_ok=True)
    fake = folder / "clmlp"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    done = subprocess.run([sys.executable, str(SCRIPT), str(fake), "--processes", "9"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "f32:     {4, {8, 2, 16, 32}},\n" in done.stdout, done.stdout
    assert "f64:     {8, {12, 2, 8, 8}},  (as it is)\n" in done.stdout, done.stdout
    done = subprocess.run([sys.executable, str(SCRIPT), "/bin/false"], capture_output=True, text=True)
    assert done.returncode == 2 and "exit status 1" in done.stderr, done.stderr


main(pathlib.Path(sys.argv[1]))
