"""Programs that the host builds for GPUs: which there are, which of them are taken, and what compilers make of them."""
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import targets

# Of each kind of compiler, the device that also gets every activation, update rule and dropout.
MAIN = ("sm_90", "gfx1100", "dg2-g10")
USUAL = ("forward sigmoid", "hidden sigmoid", "descend sgd", "output")

# number: of the tiles in the host's table, "0" the first
Job = collections.namedtuple("Job", "device precision number tiles asked kernel text options limit")


def tiles_of(options):
    """As clmlp tune writes them, with slices; '-' without tiles."""
    v = targets.defines(options)
    if "TILE_M" not in v:
        return "-"
    return f"{v['TILE_M']}x{v['TILE_N']}x{v['TILE_K']}/{v['WORK_M']}x{v['WORK_N']}" + \
        (f" by {v['SPLIT']}" if v["SPLIT"] > 1 else "")


def work_of(line):
    """What a kernel is for, in a word or two: the equation that first asked for it; of others, what opened them."""
    asked, kernel = line["asked"], line["kernel"]
    for ending in ("parts", "sum"):  # a product that several work-groups share, and what adds up their parts
        if kernel.startswith("gpu_") and kernel.endswith("_" + ending):
            return f"{asked} {ending}"
    if kernel.startswith("gpu_output"):
        return "output"
    if kernel.startswith("gpu_update"):
        return "update sgd" if asked == "open" else asked.replace("prepare", "update")
    return asked


def jobs_of(program, device, precision, limit=None):
    """What the host builds on a device, each program once with the kernels that it takes of it; and what it refuses."""
    jobs, refused = collections.OrderedDict(), []
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run([program, folder, device, precision], capture_output=True, text=True)
        if said.returncode != 0:
            sys.exit(f"{program}: {said.stderr}")
        for line in map(json.loads, said.stdout.splitlines()):
            if "refused" in line:
                refused.append(line)
                continue
            key = (line["text"], line["options"])
            if key not in jobs:
                text = (pathlib.Path(folder) / line["text"]).read_text()
                jobs[key] = Job(device, precision, line["tiles"], tiles_of(line["options"]), work_of(line), [], text,
                                line["options"], limit)
            if line["kernel"] not in jobs[key].kernel:
                jobs[key].kernel.append(line["kernel"])
    return list(jobs.values()), refused


def is_usual(job):
    return job.tiles != "-" and job.asked in USUAL


def is_taken(job, tiles):
    """Whether the whole run has it. Everywhere: usual work with every tile, and kernels without tiles that are of no
    layer. On one device a kind, in float: all the rest, other activations and rules with the first and the last of the
    device's tiles; in double: the rest with the first tile."""
    if is_usual(job) or job.tiles == "-" and not job.asked.endswith(" sum"):
        return True
    if job.device not in MAIN:
        return False
    if job.precision == "f32":
        return job.tiles in ("-", tiles[0], tiles[-1]) or job.asked.endswith(" parts")
    return job.tiles == tiles[0]


def whole(program, devices):
    """The whole run on some devices."""
    jobs = []
    for device in devices:
        for precision in ("f32", "f64"):
            listed, _ = jobs_of(program, device, precision)
            tiles = [job.tiles for job in listed if is_usual(job) and job.asked != "output"]
            jobs += [job for job in listed if is_taken(job, tiles)]
    return jobs


def share_of(jobs):
    """The part of a list that CLMLP_TEST_SHARE=PART/PARTS says, as tests/support/share.h has it."""
    text = os.environ.get("CLMLP_TEST_SHARE", "1/1")
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match.group(1)) <= int(match.group(2)):
        sys.exit(f"CLMLP_TEST_SHARE='{text}': expected PART/PARTS such as 1/6")
    part, parts = int(match.group(1)), int(match.group(2))
    print(f"programs: part {part} of {parts} of a list of {len(jobs)}", flush=True)
    return jobs[part - 1::parts]


@functools.lru_cache(maxsize=None)
def target_of(device):
    """The target, and what a result depends on beside the program."""
    target = targets.TARGETS[device](device)
    return target, [device, target.versions(), pathlib.Path(targets.__file__).read_text()]


@functools.lru_cache(maxsize=None)
def code_of(text):
    """A text without what a compiler does not look at: comments, numbers of lines, blanks at the end of one."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|^#line[^\n]*", " ", text, flags=re.M | re.S)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def compile_one(job, keep=None):
    """The rows of a job, from what was compiled before where no code changed."""
    target, of_target = target_of(job.device)
    known = json.dumps([*of_target, code_of(job.text), job.options, job.limit])
    cache = targets.folders() / "compiled" / (hashlib.sha256(known.encode()).hexdigest()[:32] + ".json")
    if cache.exists() and keep is None:
        rows = json.loads(cache.read_text())
    else:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            if keep is not None:
                folder = pathlib.Path(keep) / re.sub(r"[^\w-]+", "_", " ".join((job.device, job.precision, job.asked,
                                                                               job.tiles)))
                folder.mkdir(parents=True, exist_ok=True)
            rows = target.compile(job, folder)
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary = cache.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(rows))
        temporary.replace(cache)
    return [row for row in rows if row["kernel"] in job.kernel]


def compile_all(jobs, keep=None, threads=None, each=None):
    """((job, row) of each kernel, (job, message) of each program that does not build); `each` gets every row."""
    results, failed = [], []

    def attempt(job):
        try:
            return compile_one(job, keep)
        except targets.Failed as problem:
            return problem

    with concurrent.futures.ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for job, rows in zip(jobs, pool.map(attempt, jobs)):
            if isinstance(rows, targets.Failed):
                failed.append((job, str(rows)))
                continue
            results += [(job, row) for row in rows]
            for row in rows:
                if each is not None:
                    each(job, row)
    return results, failed
