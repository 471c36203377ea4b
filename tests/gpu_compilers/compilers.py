#!/usr/bin/env python3
"""Kernels for GPUs through the compilers of GPUs. No device is needed.

    compilers.py                                  forward, hidden, descend and output with every tile, sm_90, float
    compilers.py --device sm_80,gfx90a --precision f64 --tiles 128x128x16 --asked 'forward sigmoid'
    compilers.py --every                          every activation, update rule and dropout; kernels without tiles
    compilers.py --maxrregcount 128               as ptxas has it
    CLMLP_KERNEL_DIR=kernels compilers.py         kernels as they are in that folder, without a build
    compilers.py --keep /tmp/code                 leaves PTX, machine code and so on in a folder for each program
    compilers.py --check [KIND...]                the test: gates (gates.py) for devices of NVIDIA, AMD, Intel
    compilers.py --planted                        a register array that is too large must miss a gate
    compilers.py --write                          docs/gpu-kernels.md and known_misses.tsv

Compilers are those of build/gpu-compilers, which ./setup.sh test makes (another folder: CLMLP_GPU_COMPILERS), else of
the PATH. What was compiled is kept there, in `compiled`.
"""
import argparse
import os
import pathlib
import re
import sys

import gates
import report
import targets
import work

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def print_head():
    print("device   kernel                   work                     tile                   regs  spilled private "
          "shared groups  fma of loop  lines")


def print_row(job, row):
    share = f"{gates.share(row):.1f} % of {row['loop']}" if row["loop"] else "-"
    registers = f"SIMD{row['simd']}" if "simd" in row else row["registers"]
    missed = "  MISSES " + ", ".join(gates.misses_of(job, row)) if gates.misses_of(job, row) else ""
    print(f"{job.device:8} {job.precision} {row['kernel']:20} {job.asked:24} {job.tiles:22} {registers:>6} "
          f"{row['spilled']:6} {row['private']:6} {row['shared']:6} {row['groups']:2} {share:>15} {row['lines']:6}"
          f"{missed}", flush=True)


def report_failures(failed):
    for job, message in failed:
        print(f"FAIL {job.device} {job.precision} {job.asked} {job.tiles}: does not build:\n{message}\n{job.options}")


def there(devices):
    """Devices whose compilers are there; says which are not."""
    found = []
    for device in devices:
        try:
            targets.TARGETS[device](device)
            found.append(device)
        except targets.Missing as missing:
            print(f"{device} is left out: {missing} (./setup.sh test installs it where it can)", flush=True)
    return found


def versions_of(devices):
    return {targets.TARGETS[device].kind: targets.TARGETS[device](device).versions() for device in devices}


def check(arguments):
    kinds = arguments.check or ["NVIDIA", "AMD", "Intel"]
    devices = there([device for device, target in targets.TARGETS.items() if target.kind in kinds])
    if not devices:
        return SKIPPED
    everything = work.whole(arguments.programs, devices)
    results, failed = work.compile_all(work.share_of(everything), threads=arguments.jobs)
    known, _ = gates.read()
    listed = [job for job, _ in failed if gates.key_of_failed(job) in known]
    failed = [(job, message) for job, message in failed if job not in listed]
    report_failures(failed)
    wrong, notes = gates.judge(results, versions_of(devices))
    notes += [f"{' '.join(gates.key_of_failed(job)[:-1])}: does not build, as is known" for job in listed]
    wrong += [f"{what}: is in known_misses.tsv, and no such program is built" for what in
              gates.stale(everything, devices)]
    for text in notes:
        print("note:", text)
    for text in wrong:
        print("FAIL", text)
    missed = sum(len(gates.misses_of(job, row)) for job, row in results)
    print(f"{len(results)} kernels, {len(failed)} that do not build, {missed} known misses, {len(wrong)} wrong")
    return 1 if failed or wrong or not results else 0


def planted(arguments):
    """A work-item gets four times the numbers, 256: more than it has registers. Each compiler must be seen to spill."""
    devices, problems = there(work.MAIN), 0
    for device in devices:
        job = next(job for job in work.jobs_of(arguments.programs, device, "f32")[0]
                   if work.is_usual(job) and job.asked != "output")
        good = {**targets.defines(job.options), "TILE_M": 128, "TILE_N": 128, "TILE_K": 4, "WORK_M": 16, "WORK_N": 16,
                "SPLIT": 1, "PAD": 4}
        options = re.sub(r"-D (\w+)=\d+", lambda found: f"-D {found.group(1)}={good[found.group(1)]}", job.options)
        job = job._replace(options=options, tiles=work.tiles_of(options))
        results, failed = work.compile_all([job])
        report_failures(failed)
        seen = [row["private"] for _, row in results if "private" in gates.misses_of(job, row)]
        print(f"{device} {job.asked} {job.tiles}: " + (f"ok, {max(seen)} private bytes" if seen else "FAIL: not seen"))
        problems += not seen or bool(failed)
    return SKIPPED if not devices else problems > 0


def write(arguments):
    devices = list(targets.TARGETS)
    if there(devices) != devices:
        sys.exit("the page has all devices, so all compilers are needed")
    refused = [line for device in devices for precision in ("f32", "f64")
               for line in work.jobs_of(arguments.programs, device, precision)[1]]
    print_head()
    results, failed = work.compile_all(work.whole(arguments.programs, devices), threads=arguments.jobs, each=print_row)
    report_failures(failed)
    if any(not gates.key_of_failed(job)[2].startswith("qualify_") for job, _ in failed):
        return 1  # what trains has to build everywhere
    versions = versions_of(devices)
    misses = {gates.key_of(job, row, gate): number for job, row in results
              for gate, number in gates.misses_of(job, row).items()}
    gates.write({**misses, **{gates.key_of_failed(job): 0 for job, _ in failed}}, versions)
    report.PAGE.write_text(report.page(results, refused, failed, versions))
    return 0


def show(arguments):
    jobs = []
    for device in targets.TARGETS if arguments.device == "all" else arguments.device.split(","):
        for precision in arguments.precision.split(","):
            jobs += [job for job in work.jobs_of(arguments.programs, device, precision, arguments.maxrregcount)[0]
                     if job.tiles.startswith(arguments.tiles) and job.asked.startswith(arguments.asked) and
                     (arguments.every or arguments.asked or work.is_usual(job))]
    print_head()
    _, failed = work.compile_all(jobs, arguments.keep, arguments.jobs, print_row)
    report_failures(failed)
    return failed != []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", default=ROOT / "build/ci/tests/gpu_compilers/gpu_programs",
                        help="the program that lists what the host builds")
    parser.add_argument("--device", default="sm_90", help=", ".join(targets.TARGETS) + ", or all")
    parser.add_argument("--precision", default="f32", help="f32, f64, or both with a comma")
    parser.add_argument("--tiles", default="", help="only tiles that begin so")
    parser.add_argument("--asked", default="", help="only work that begins so: 'forward relu', descend, ...")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--maxrregcount", type=int)
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--check", nargs="*", metavar="KIND")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.check is not None:
            return check(arguments)
        if arguments.planted:
            return planted(arguments)
        return write(arguments) if arguments.write else show(arguments)
    except targets.Missing as missing:
        print(f"{missing} (./setup.sh test installs it where it can)")
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
