#!/usr/bin/env python3
"""Kernels for GPUs through the compilers of GPUs. No device is needed.

    compilers.py                                     forward, hidden, descend and output of every tile, sm_90, float
    compilers.py --device sm_80,gfx90a --precision f64 --tiles 128x128x16 --asked 'forward sigmoid'
    compilers.py --all                               every activation, update rule, dropout; plain kernels, probes
    compilers.py --maxrregcount 128                  as ptxas has it
    CLMLP_KERNEL_DIR=kernels compilers.py            kernels as they are in that folder, without a build
    compilers.py --keep /tmp/code                    leaves PTX and machine code in a folder for each program
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import targets

ROOT = pathlib.Path(__file__).resolve().parents[2]
USUAL = ("forward sigmoid", "hidden sigmoid", "descend sgd", "output sigmoid", "open")

Job = collections.namedtuple("Job", "device precision tiles asked kernel text options limit")


def tiles_of(options):
    """As clmlp tune writes them, with slices; '-' without tiles."""
    v = targets.defines(options)
    if "TILE_M" not in v:
        return "-"
    return f"{v['TILE_M']}x{v['TILE_N']}x{v['TILE_K']}/{v['WORK_M']}x{v['WORK_N']}" + \
        (f" by {v['SPLIT']}" if v["SPLIT"] > 1 else "")


def jobs_of(program, device, precision, limit):
    """Programs that the host builds on a device, each once, with the kernels that it takes of them; and what it refuses."""
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
                jobs[key] = Job(device, precision, tiles_of(line["options"]), line["asked"], [], text, line["options"],
                                limit)
            if line["kernel"] not in jobs[key].kernel:
                jobs[key].kernel.append(line["kernel"])
    return list(jobs.values()), refused


def compile_one(job, keep):
    """The rows of a job, from what was compiled before where nothing changed."""
    target = targets.TARGETS[job.device](job.device)
    known = json.dumps([job.device, target.versions(), job.text, job.options, job.limit,
                        pathlib.Path(targets.__file__).read_text()])
    cache = targets.folders() / "compiled" / (hashlib.sha256(known.encode()).hexdigest()[:32] + ".json")
    if cache.exists() and keep is None:
        return json.loads(cache.read_text())
    try:
        if keep is None:
            with tempfile.TemporaryDirectory() as folder:
                rows = target.compile(job, pathlib.Path(folder))
        else:
            name = re.sub(r"[^\w-]+", "_", f"{job.device} {job.precision} {job.asked} {job.tiles}")
            folder = pathlib.Path(keep) / name
            folder.mkdir(parents=True, exist_ok=True)
            rows = target.compile(job, folder)
    except targets.Failed as failed:
        return {"failed": str(failed)}
    rows = [row for row in rows if row["kernel"] in job.kernel]
    cache.parent.mkdir(parents=True, exist_ok=True)
    temporary = cache.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(rows))
    temporary.replace(cache)
    return rows


HEAD = ("device", "", "asked", "tile", "registers", "spilled", "private", "shared", "groups", "fma %", "lines")


def print_row(job, row):
    share = f"{100 * row['fma'] / row['loop']:.0f} of {row['loop']}" if row["loop"] else "-"
    simd = f" SIMD{row['simd']}" if "simd" in row else ""
    print(f"{job.device:8} {job.precision} {row['kernel']:20} {job.asked:24} {job.tiles:22} {row['registers']:4}{simd} "
          f"{row['spilled']:6} {row['private']:6} {row['shared']:6} {row['groups']:2} {share:>12} {row['lines']:6}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", default=ROOT / "build/ci/tests/gpu_compilers/gpu_programs",
                        help="the program that lists what the host builds")
    parser.add_argument("--device", default="sm_90", help=", ".join(targets.TARGETS) + ", or all")
    parser.add_argument("--precision", default="f32", help="f32, f64, or both with a comma")
    parser.add_argument("--tiles", default="", help="only tiles that begin so")
    parser.add_argument("--asked", default="", help="only work that begins so: 'forward relu', descend, ...")
    parser.add_argument("--all", action="store_true", help="every activation, update rule, dropout; all other kernels")
    parser.add_argument("--maxrregcount", type=int)
    parser.add_argument("--keep", help="folder for PTX, machine code and so on")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    jobs = []
    for device in targets.TARGETS if arguments.device == "all" else arguments.device.split(","):
        for precision in arguments.precision.split(","):
            listed, refused = jobs_of(arguments.programs, device, precision, arguments.maxrregcount)
            jobs += [job for job in listed if job.tiles.startswith(arguments.tiles) and
                     job.asked.startswith(arguments.asked) and
                     (arguments.all or arguments.asked or (job.asked in USUAL and job.tiles != "-"))]
    print("device   kernel                   asked                    tile                  regs  spilled private "
          "shared groups  fma of loop  lines")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for job, rows in zip(jobs, pool.map(lambda job: compile_one(job, arguments.keep), jobs)):
            if "failed" in rows:
                failed += 1
                print(f"{job.device} {job.precision} {job.asked} {job.tiles}: {rows['failed']}")
                continue
            for row in rows:
                print_row(job, row)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
