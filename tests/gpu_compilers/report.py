"""docs/gpu-kernels.md, written from what compilers make of the kernels."""
import collections
import pathlib

import gates
import targets
import work

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "gpu-kernels.md"

HEAD = """# Kernels for GPUs under the compilers of GPUs

Written by

    python3 tests/gpu_compilers/compilers.py --write

from the programs that the host builds (`tests/gpu_compilers/programs.c`), through the compilers of three vendors.
Nothing here ran on a GPU: these are counts of what the compilers left, no times. Compilers:

{versions}

NVIDIA: clang makes PTX, and ptxas machine code of it. NVIDIA's own OpenCL compiler, which makes the PTX on a user's
machine, is not to be had without a driver. AMD: LLVM's assembly. Intel: ocloc, the driver's own compiler. Where a
kernel has `reqd_work_group_size`, ptxas ignores `-cl-nv-maxrregcount`.

* **registers**: of a work-item; on Intel the width of SIMD in their place. NVIDIA has 255, RDNA 256, CDNA 512.
* **private**: bytes of private memory a work-item. Spilled registers are in it, and arrays that no register holds.
  0 is good.
* **groups**: work-groups at once on a compute unit (SM, CU or WGP, Xe core), by registers and shared memory.
* **multiply-adds**: their share of the instructions of the main loop, rounded down. AMD's packed ones, two in one,
  count as one. Not counted on Intel.
* **instructions**: of the whole kernel.

Three numbers are of forward, hidden and descend (sgd), one is of output or all the same. Gates, which
`ctest -R gpu_compilers` holds: no private memory; under 4,000 instructions; on NVIDIA in float, multiply-adds of at
least 85 % for tiles of 128 x 128, 75 % for 64 x 64, 60 % for the others and for output; on NVIDIA in float two
work-groups of the first tile at once. **Bold** is a miss, and stands in `tests/gpu_compilers/known_misses.tsv`.
Qualification's kernels have no gates, and the one that measures the peak is long on purpose.
"""


def cells(rows, gate, text):
    """One cell: a number of each kernel; bold where a gate is missed, and but once where all are the same."""
    parts = [f"**{text(row)}**" if gate in gates.misses_of(job, row) else text(row) for job, row in rows]
    return parts[0] if len(set(parts)) == 1 else " / ".join(parts)


def usual_table(device, precision, results, refused):
    tiles = collections.OrderedDict()
    for job, row in results:
        if (job.device, job.precision) == (device, precision) and work.is_usual(job):
            name = f"output {job.tiles}" if job.asked == "output" else job.tiles
            tiles.setdefault(name, []).append((job, row))
    if not tiles:
        return []
    target = targets.TARGETS[device]
    lines = [f"### {device}, {'float' if precision == 'f32' else 'double'}", "",
             "| tile | " + ("SIMD" if target.kind == "Intel" else "registers") +
             " | private | shared | groups | multiply-adds | instructions |", "|---|---|---|---|---|---|---|"]
    for name, rows in sorted(tiles.items(), key=lambda tile: tile[0].startswith("output")):
        share = lambda row: f"{int(gates.share(row))} %" if row["loop"] else "-"
        lines.append(f"| {name} | " + " | ".join((
            cells(rows, "", lambda row: str(row.get("simd", row["registers"]))),
            cells(rows, "private", lambda row: str(row["private"])), cells(rows, "", lambda row: f"{row['shared']:,}"),
            cells(rows, "groups", lambda row: str(row["groups"])), cells(rows, "fma", share),
            cells(rows, "lines", lambda row: f"{row['lines']:,}"))) + " |")
    if refused:
        lines += ["", "Refused by the host here: " + "; ".join(refused) + "."]
    return lines + [""]


def worst_table(results, devices, taken, name_of, title):
    """A line a kernel: over all tiles and devices of a kind, the largest numbers."""
    kernels = collections.OrderedDict()
    for job, row in results:
        if taken(job):
            kernels.setdefault(name_of(job, row), {}).setdefault(job.device, []).append((job, row))
    lines = [title, "", "| kernel | " + " | ".join(devices) + " |", "|---|" + "---|" * len(devices)]
    for name, by_device in sorted(kernels.items()):
        parts = []
        for device in devices:
            rows = by_device.get(device)
            if rows is None:
                parts.append("-")
                continue
            most = lambda key: max(row[key] for _, row in rows)
            missed = any(gates.misses_of(job, row).keys() & {"private", "lines"} for job, row in rows)
            text = f"{most('registers')}, {most('private')}, {most('lines'):,}"
            parts.append(f"**{text}**" if missed else text)
        lines.append(f"| {name} | " + " | ".join(parts) + " |")
    return lines + [""]


def page(results, refused, failed, versions):
    lines = HEAD.format(versions="\n".join(f"* {kind}: {text}" for kind, text in sorted(versions.items()))).splitlines()
    names = {job.number: job.tiles for job, _ in results if work.is_usual(job) and job.asked != "output"}
    for device in targets.TARGETS:
        for precision in ("f32", "f64"):
            said = [f"{names.get(line['tiles'], line['tiles'])} ({line['refused'].rpartition(': ')[2]})"
                    for line in refused
                    if (line["device"], line["precision"]) == (device, precision) and not line["for_output"]]
            lines += [""] + usual_table(device, precision, results, said)
    flavour = lambda job: job.tiles != "-" and not work.is_usual(job) and job.precision == "f32"
    lines += worst_table(results, work.MAIN, flavour, lambda job, row: job.asked,
                         "### With other activations, update rules and dropout, float\n\nRegisters, private bytes and "
                         "instructions: the most with the first and the last tile.")
    lines += worst_table(results, work.MAIN, lambda job: job.tiles == "-" and job.precision == "f32",
                         lambda job, row: f"`{row['kernel']}`", "### Kernels without tiles, float\n\nThe same numbers.")
    if failed:
        lines += ["", "### Programs that a compiler does not take", ""]
        lines += [f"* {job.device}, {job.precision}: `{'`, `'.join(job.kernel)}` ({job.asked})" for job, _ in failed]
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip("\n") + "\n"
