"""Colours where there is a terminal that has them, and nobody forbids them: check_colours.py CLMLP FOLDER."""
import os
import pathlib
import pty
import subprocess
import sys

CLMLP, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
COLOUR = b"\x1b["


def on_terminal(**more):
    """What a training says on a terminal."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", **more}
    environment = {name: value for name, value in environment.items() if value is not None}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(FOLDER)
        os.execve(CLMLP, [CLMLP, "train", "a.csv", "--epochs", "9", "--device", "cpu"], environment)
    said = b""
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:  # the end of a terminal
        pass
    assert os.waitpid(child, 0)[1] == 0, said
    os.close(terminal)
    return said


FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "a.csv").write_text("x,y\n" + "".join(f"{i % 5},{'ab'[i % 2]}\n" for i in range(40)))
os.environ.pop("NO_COLOR", None)
said = on_terminal()
assert b"\x1b[36m\xe2\x96" in said and said.count(b"\x1b[36m") == said.count(b"\x1b[39m"), said
assert COLOUR in on_terminal(NO_COLOR="")
assert COLOUR not in on_terminal(NO_COLOR="1")
assert COLOUR not in on_terminal(TERM="dumb")
assert COLOUR not in on_terminal(TERM=None)
assert COLOUR not in on_terminal(LC_ALL="C")
piped = subprocess.run([CLMLP, "train", "a.csv", "--device", "cpu"], cwd=FOLDER, capture_output=True, check=True)
assert COLOUR not in piped.stdout + piped.stderr
