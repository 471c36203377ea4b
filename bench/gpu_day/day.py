"""The day on a GPU: runs the sections of work.py one after another, each in a process of its own with a time limit, and
writes summary.md anew after each. gpu_day.sh starts it, and has its options."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import summary

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# In this order, with the seconds that each may take; what is left of the budget may be less. What is most worth knowing
# comes first, and whether results are right before how fast they come.
SECTIONS = {"build": 110, "about": 15, "verify": 80, "steps": 120, "build-tests": 80, "tests": 110, "products": 40,
            "kernels": 40, "train": 30, "qualify": 60, "tune": 70, "steps-tuned": 70}
LEAST = 5       # seconds: a section is not begun with less
POLL = 0.1      # seconds between looks at a section
REFRESH = 5     # seconds between summaries while a section runs


def arguments():
    parser = argparse.ArgumentParser(prog="bench/gpu_day.sh", add_help=False)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--budget", type=float, default=460)
    parser.add_argument("--limit", action="append", default=[])
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--device")
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", type=int)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--commit")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    limits = dict(SECTIONS)
    for pair in options.limit:
        name, _, seconds = pair.partition("=")
        if name not in limits or not seconds.replace(".", "", 1).isdigit():
            parser.error(f"--limit {pair}: expected SECTION=SECONDS; sections: {', '.join(SECTIONS)}")
        limits[name] = float(seconds)
    options.only = options.only.split(",")
    for name in options.only:
        if name not in limits:
            parser.error(f"--only {name}: no such section; there are {', '.join(SECTIONS)}")
    if options.out is None:
        options.out = pathlib.Path(os.environ.get("OUT") or ROOT / "build/gpu_day/results")
    options.limits = limits
    return options


def descendants(pid):
    """Of a process, by the table of processes: the children of some programs leave its process group."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # ended meanwhile
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def kill(process):
    for pid in descendants(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


class Day:
    def __init__(self, options):
        self.options, self.out = options, options.out
        self.began, self.ends = time.monotonic(), time.monotonic() + options.budget
        self.out.mkdir(parents=True, exist_ok=True)
        for name in (*SECTIONS, "settings", "day", "summary"):
            for stale in self.out.glob(f"{name}.*"):
                stale.unlink()
        self.record = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "budget": options.budget,
                       "options": sys.argv[1:], "sections": []}

    def save(self):
        self.record["seconds"] = round(time.monotonic() - self.began, 1)
        summary.write_whole(self.out / "day.json", json.dumps(self.record, indent=1) + "\n")
        summary.write(self.out)

    def section(self, name):
        """Runs it. Says what became of it."""
        limit = min(self.options.limits[name], self.ends - time.monotonic())
        row = {"name": name, "limit": round(max(limit, 0), 1), "seconds": 0, "outcome": "running"}
        self.record["sections"].append(row)
        if limit < LEAST:
            row["outcome"] = "left out: no time left"
            return row
        self.save()
        began = time.monotonic()
        settings = {"out": str(self.out), "ends": began + limit, **{key: getattr(self.options, key) for key in
                    ("device", "seconds", "rounds", "networks", "jobs", "commit")}}
        summary.write_whole(self.out / "settings.json", json.dumps(settings))
        with (self.out / f"{name}.log").open("w") as log:
            process = subprocess.Popen([sys.executable, "-u", HERE / "work.py", name, self.out / "settings.json"],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                self.wait(process, began + limit)
            finally:
                if process.poll() is None:
                    kill(process)
                    row["outcome"] = f"cut off after {limit:.0f} s"
                else:
                    row["outcome"] = "done" if process.returncode == 0 else f"failed ({process.returncode})"
                row["seconds"] = round(time.monotonic() - began, 1)
        return row

    def wait(self, process, end):
        shown = time.monotonic()
        while process.poll() is None and time.monotonic() < end:
            time.sleep(POLL)
            if time.monotonic() - shown > REFRESH:
                self.save()
                shown = time.monotonic()

    def run(self):
        for name in SECTIONS:
            if name in self.options.only:
                row = self.section(name)
                print(f"{time.monotonic() - self.began:6.1f} s  {name}: {row['outcome']}", file=sys.stderr, flush=True)
                self.save()
        (self.out / "settings.json").unlink(missing_ok=True)
        return all(row["outcome"] == "done" for row in self.record["sections"])


def main():
    options = arguments()
    if options.list:
        print("\n".join(f"{name:12} {limit:4.0f} s" for name, limit in options.limits.items()))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is ended, and said
    day = Day(options)
    try:
        is_well = day.run()
    finally:
        day.save()
    print((day.out / "summary.md").read_text())
    print(f"written: {day.out}, after {day.record['seconds']:.0f} s", file=sys.stderr)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
