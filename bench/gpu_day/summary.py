"""summary.md of gpu_day.sh, from the files of its sections; whatever is not there yet is left out."""
import json
import os
import pathlib
import re
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))

from results import table  # noqa: E402

LISTED = 25  # lines of a list at most; the files have all
MARK = " ✗"


def write_whole(path, text):
    """Nobody finds half of it."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(text)
    os.replace(beside, path)


def read(folder, name):
    try:
        return json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}


def number(value, unit=""):
    if value is None:
        return ""
    return (f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}") + unit


def rows(pairs):
    return table(["", ""], [[name, str(value)] for name, value in pairs if value not in (None, "", {})])


# --- parts ---------------------------------------------------------------------------------------------------

def conditions(folder, day):
    about = read(folder, "about")
    machine, facts, torch = about.get("machine", {}), about.get("device_facts", {}), about.get("torch", {})
    state = {True: " with changes that are not committed", False: "", None: " (no git to ask about changes)"}
    pairs = [("date", day["date"]),
             ("commit", about["commit"] + state[about["dirty"]] if about.get("commit") else "unknown"),
             ("clmlp", about.get("clmlp")),
             ("device", facts and f"{about['device']}: {facts['name']} ({facts['type']}), driver {facts['driver']}, "
              f"{facts['compute_units']} units, {facts['memory'] / 2**30:.0f} GiB"),
             ("nvidia-smi", ", ".join(f"{key} {value}" for key, value in about.get("gpu", {}).items())),
             ("processor", machine and f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
              f"{' '.join(machine['vector_units'])}"),
             ("system", machine and f"{machine['os']}, Linux {machine['kernel']}"),
             ("load average", about.get("load") and f"{about['load'][0]} at the start"),
             ("compilers", "; ".join(filter(None, (about.get("cc"), about.get("cmake"), about.get("nvcc"))))),
             ("PyTorch", torch and f"{torch['torch']}, CUDA: {torch['CUDA of torch']}, TF32 off"),
             ("environment", " ".join(f"{key}={value}" for key, value in about.get("environment", {}).items())),
             ("options", f"`{' '.join(day['options'])}`" if day["options"] else ""),
             ("took", f"{day.get('seconds', 0):.0f} s of {day['budget']:.0f}")]
    text = rows(pairs)
    if facts and facts["type"] != "GPU":
        text += "\n**This device is no GPU: a rehearsal. No figure here says anything about one.**\n"
    return text


def sections(day):
    return table(["section", "outcome", "seconds", "limit"],
                 [[row["name"], row["outcome"] if row["outcome"] == "done" else f"**{row['outcome']}**",
                   f"{row['seconds']:.1f}", f"{row['limit']:.0f}"] for row in day["sections"]])


def failures(folder, day):
    lines = [f"* {row['name']}: {failure}" for row in day["sections"]
             for failure in read(folder, row["name"]).get("failures", [])]
    return lists("What went wrong", lines)


def lists(title, lines):
    if not lines:
        return ""
    more = [f"* ... and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return f"\n## {title}\n\n" + "\n".join(lines[:LISTED] + more) + "\n"


def verdicts(folder):
    rows_of = read(folder, "verify").get("verified", [])
    return {(row["network"], row["engine"], row["precision"]): row for row in rows_of}


def verified(folder):
    found = verdicts(folder)
    if not found:
        return ""
    columns = [(engine, precision) for engine in ("native", "clblast") for precision in ("f32", "f64")]
    lines = []
    for network in dict.fromkeys(key[0] for key in found):
        line = [network]
        for column in columns:
            row = found.get((network, *column), {})
            verdict = row.get("verdict", "")
            line.append(f"pass ({number(row['max_of_bound'])})" if verdict == "pass" else verdict and f"**{verdict}**")
        lines.append(line)
    blamed = [f"* {key[1]}, {key[2]}, {key[0]}: {json.dumps(row['first_failure'])[:400]}" for key, row in found.items()
              if row.get("first_failure")]
    return ("\n## Verified\n\nIn brackets: the largest error as a part of its bound.\n\n"
            + table(["network", *(f"{engine}, {precision}" for engine, precision in columns)], lines)
            + lists("Blamed", blamed))


def tests(folder):
    lines, wrong = [], []
    for name in ("first", "others"):
        try:
            log = (folder / f"tests-{name}.log").read_text(errors="replace")
        except OSError:
            continue
        outcome = dict(re.findall(r"^ *\d+/\d+ +Test +#\d+: (\S+) \.* *\**(\w[\w ()]*?) *\d+\.\d+ sec", log, re.M))
        begun = set(re.findall(r"^ *Start +\d+: (\S+)", log, re.M))
        passed = sum(value == "Passed" for value in outcome.values())
        skipped = sum(value == "Skipped" for value in outcome.values())
        lines.append([name, str(passed), str(len(outcome) - passed - skipped), str(skipped),
                      " ".join(sorted(begun - set(outcome)))])
        wrong += [f"* {test}: {value}" for test, value in outcome.items() if value not in ("Passed", "Skipped")]
    if not lines:
        return ""
    return ("\n## Tests\n\n" + table(["", "passed", "failed", "skipped", "begun, not finished"], lines)
            + lists("Tests that failed (tests-*.log has what they said)", wrong))


def steps(folder, name, title):
    found, right = read(folder, name), verdicts(folder)
    if not found.get("networks"):
        return ""
    first = {row["name"]: row["figures"] for row in read(folder, "steps").get("networks", [])}
    peers = ["PyTorch eager", "CUDA graph"] if read(folder, "steps").get("cuda") else ["PyTorch eager"]
    lines, is_marked = [], False
    for row in found["networks"]:
        figures = {**{peer: values for peer, values in first.get(row["name"], {}).items() if peer in peers},
                   **row["figures"]}
        line = [row["name"]]
        for party in ("clmlp native", "clmlp clblast", *peers):
            values, mark = figures.get(party), ""
            verdict = right.get((row["name"], party.removeprefix("clmlp "), "f32"), {}).get("verdict", "not verified")
            if party.startswith("clmlp") and verdict != "pass":
                mark, is_marked = MARK, True
            line.append(f"{number(statistics.median(values))} ({number(min(values))} to {number(max(values))}){mark}"
                        if values else "did not run")
        line += [quotient(figures, peer, "clmlp native") for peer in (*peers, "clmlp clblast")]
        lines.append(line)
    text = table(["milliseconds a step", "native", "clblast", *peers, *(f"{peer} / native" for peer in peers),
                  "clblast / native"], lines)
    if is_marked:
        text += f"\n{MARK.strip()}: its results were not verified, or found wrong, for this network (see below).\n"
    states = [f"* {row['name']}: " + ", ".join(f"{key} {value}" for key, value in row["gpu"].items())
              for row in found["networks"] if row.get("gpu")]
    return (f"\n## {title}\n\nMedians over the rounds, and the range; a quotient above 1: native is the faster one.\n\n"
            + text + ("\nThe GPU afterwards:\n\n" + "\n".join(states) + "\n" if states else ""))


def quotient(figures, above, below):
    """Within a round where both were in the same rounds, which those of steps-tuned were not."""
    a, b = figures.get(above), figures.get(below)
    if not a or not b:
        return ""
    if len(a) != len(b):
        return number(statistics.median(a) / statistics.median(b))
    return number(statistics.median(x / y for x, y in zip(a, b)))


def products(folder):
    found = read(folder, "products").get("products", [])
    parties = list(dict.fromkeys(party for row in found for party in row["gflops"]))
    if not found:
        return ""
    lines = [[f"{row['m']} x {row['n']} x {row['k']}", *(number(row["gflops"].get(party)) for party in parties),
              number(row.get("peak"))] for row in found]
    return "\n## Products, GFLOP/s\n\n" + table(["", *parties, "multiply-adds alone"], lines)


def kernels(folder):
    found = read(folder, "kernels").get("steps", [])
    if not found:
        return ""
    lines, each = [], []
    for row in found:
        lines.append([row["network"], row["engine"], number(row["milliseconds"]["median"]), number(row["gflops"]),
                      number(row["percent_of_peak"], " %"), number(row["launches"]), number(row["steps_per_launch"]),
                      number(row["host_microseconds"]), row.get("tiles") or "",
                      number(sum(kernel["milliseconds_per_step"] for kernel in row["kernels"]))])
        each += [[row["network"] + ", " + row["engine"], kernel["name"], number(kernel["milliseconds_per_step"]),
                  number(kernel["gflops"])] for kernel in
                 sorted(row["kernels"], key=lambda kernel: -kernel["milliseconds"])[:4]]
    return ("\n## Where a step's time goes\n\n"
            + table(["network", "engine", "ms", "GFLOP/s", "of the peak", "launches", "steps a launch",
                     "host, us a step", "tiles", "sum of kernels, ms"], lines)
            + "\nThe four longest kernels of each:\n\n" + table(["", "kernel", "ms a step", "GFLOP/s"], each))


def trainings(folder):
    found = read(folder, "train").get("trainings", [])
    if not found:
        return ""
    lines = [[row["engine"], *(number(took) for took in row["took"]), number(row["seconds"]), f"{row['accuracy']:.4f}",
              f"{row['cost']:.6g}"] for row in found]
    return ("\n## A whole training\n\n30 epochs of the shipped digits, started twice, in seconds from start to end.\n\n"
            + table(["engine", "first start", "second start", "of it training", "accuracy", "cost"],
                    [line if len(line) == 6 else [line[0], "", *line[1:]] for line in lines]))


def qualified(folder):
    lines = []
    for row in read(folder, "qualify").get("cards", []):
        parts = row["card"].get("parts", [])
        wrong = [part["name"] for part in parts if part["verdict"] == "fail"]
        skipped = sum(part["verdict"] == "skipped" for part in parts)
        lines.append([row["precision"], str(len(parts) - len(wrong) - skipped), ", ".join(wrong) or "none",
                      str(skipped), number(row["took"])])
    header = ["", "passed", "failed", "skipped", "seconds"]
    return "\n## Qualified\n\n" + table(header, lines) if lines else ""


def tuned(folder):
    lines = []
    for row in read(folder, "tune").get("engines", []):
        candidates = row.get("candidates", [])
        best = [c["tiles"] for c in candidates if c["verdict"] == "best"]
        usual = [c["tiles"] for c in candidates if c["untuned"]]
        rejected = [f"{c['tiles']}: {c['reason']}" for c in candidates if c["verdict"] == "rejected"]
        lines.append([row["engine"], " ".join(usual), " ".join(best), str(len(candidates)), "; ".join(rejected)[:300],
                      number(row["took"])])
    header = ["engine", "untuned", "best", "candidates", "rejected", "seconds"]
    return "\n## Tuned\n\n" + table(header, lines) if lines else ""


PARTS = (failures, lambda folder, day: steps(folder, "steps", "A training step"),
         lambda folder, day: steps(folder, "steps-tuned", "A training step, tuned"),
         *(lambda folder, day, part=part: part(folder)
           for part in (verified, tests, products, kernels, trainings, qualified, tuned)))


def markdown(folder, day):
    text = f"# A day on a GPU, {day['date'][:10]}\n\n"
    for part in (conditions, lambda folder, day: "\n" + sections(day), *PARTS):
        try:
            text += part(folder, day)
        except Exception as error:  # a file that is not as expected must not hide the others
            text += f"\n**A part of this summary could not be made: {type(error).__name__}: {error}**\n"
    return text + "\nTimes are made as bench/METHODOLOGY.md says; bench/README.md says what each section does.\n"


def write(folder):
    """From what is there."""
    write_whole(folder / "summary.md", markdown(folder, read(folder, "day")))
