"""Is bench/gpu_day.sh alive? Its options are read, and a day of made-up sections is run: one that never ends, one that
fails, one that is well, one for which no time is left.

    python test_gpu_day.py FOLDER
"""
import contextlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import types

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH / "gpu_day"))

import day  # noqa: E402
import summary  # noqa: E402

# It finds something, begins a child in a session of its own, and never ends.
MADE_UP = """
import json, pathlib, subprocess, sys
name, settings = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
out = pathlib.Path(settings["out"])
if name == "verify":
    row = {"network": "2-2", "engine": "native", "precision": "f32", "verdict": "fail", "max_of_bound": 7.5,
           "first_failure": {"kernel": "gpu_forward"}}
    (out / "verify.json").write_text(json.dumps({"failures": ["wrong"], "verified": [row]}))
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (out / "child").write_text(str(child.pid))
    child.wait()
if name == "steps":
    figures = {"clmlp native": [2.0, 2.0], "PyTorch eager": [3.0, 5.0]}
    row = {"name": "2-2", "layers": [2, 2], "batch": 1, "figures": figures, "others": [0, 0]}
    (out / "steps.json").write_text(json.dumps({"failures": [], "cuda": False, "networks": [row]}))
if name == "products":
    (out / "products.json").write_text("{")
sys.exit(1 if name == "products" else 0)
"""


def script(*words):
    return subprocess.run([BENCH / "gpu_day.sh", "--python", sys.executable, *words], capture_output=True, text=True)


def check_options():
    listed = script("--list")
    assert listed.returncode == 0 and [line.split()[0] for line in listed.stdout.splitlines()] == list(day.SECTIONS)
    assert sum(day.SECTIONS[name] for name in ("build", "about", "verify", "steps")) < 460, "what matters most has room"
    for words, expected in ((["--nothing"], "unknown option: --nothing"), (["--budget"], "--budget wants a value"),
                            (["--only", "nothing"], "--only nothing: no such section"),
                            (["--limit", "steps=x"], "--limit steps=x: expected SECTION=SECONDS")):
        done = script(*words)
        assert done.returncode == 2 and expected in done.stderr, (words, done)
    for path in [*(BENCH / "gpu_day").glob("*.py")]:
        compile(path.read_text(), str(path), "exec")


def check_day(folder):
    (folder / "work.py").write_text(MADE_UP)
    day.HERE, day.LEAST, day.REFRESH = folder, 0.5, 0.1
    limits = {**day.SECTIONS, "verify": 1.0, "about": 0.2}
    options = types.SimpleNamespace(out=folder / "out", budget=30.0, limits=limits, device=None, seconds=0.1, rounds=1,
                                    networks=None, jobs=1, commit="0123", only=["about", "verify", "steps", "products"])
    with contextlib.redirect_stderr(io.StringIO()):
        run = day.Day(options)
        assert not run.run(), "a section failed, and the day says that all is well"
    outcomes = {row["name"]: row["outcome"] for row in json.loads((options.out / "day.json").read_text())["sections"]}
    assert outcomes == {"about": "left out: no time left", "verify": "cut off after 1 s", "steps": "done",
                        "products": "failed (1)"}, outcomes
    child = pathlib.Path("/proc") / (options.out / "child").read_text()
    assert not child.exists() or ") Z " in (child / "stat").read_text(), "what a section had begun goes on"
    text = (options.out / "summary.md").read_text()
    for expected in ("| verify | **cut off after 1 s** |", "* verify: wrong", "| 2-2 | **fail** |", "gpu_forward",
                     f"2 (2 to 2){summary.MARK} | did not run | 4 (3 to 5) | 2 |", "not verified, or found wrong"):
        assert expected in text, (expected, text)
    options.only, options.limits["steps"] = ["steps"], day.SECTIONS["steps"]
    with contextlib.redirect_stderr(io.StringIO()):
        assert day.Day(options).run(), "nothing failed, and the day says that something did"
    assert "**cut off" not in (options.out / "summary.md").read_text(), "an older day is in this one's summary"


def main():
    check_options()
    folder = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    check_day(folder)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
