"""What a kernel has to be under the compilers of GPUs, and the list of those that are not there yet.

known_misses.tsv has a line for each: device, precision, kernel, work, tile, gate, number. It holds for the compilers
that it names. A miss that is not there fails the test, as does one that is worse than its number, and one that is no
more: then the list is to be shortened (compilers.py --write).
"""
import pathlib

import targets

LIST = pathlib.Path(__file__).with_name("known_misses.tsv")

# gate: what is judged, whether more is worse, and what a number means
GATES = {
    "private": (True, "bytes of private memory a work-item: spilled registers, and arrays that are in none"),
    "fma": (False, "per cent of the main loop that are multiply-adds"),
    "groups": (False, "work-groups at once on a unit"),
    "lines": (True, "instructions"),
    "builds": (False, "is it taken by the compiler"),
}


def share(row):
    return 100.0 * row["fma"] / row["loop"] if row["loop"] else 0.0


def least_share(values):
    """Per cent of the main loop, by the tile: 85 for the large ones, 75 for 64 x 64, 60 for the rest and for output."""
    extent = values["TILE_M"] * values["TILE_N"]
    return 85.0 if extent >= 128 * 128 else 75.0 if extent >= 64 * 64 else 60.0


def misses_of(job, row):
    """What a row misses: {gate: number}."""
    values, missed = targets.defines(job.options), {}
    if row["kernel"].startswith("qualify_"):
        return {}  # they look for errors, also with vectors of 16, and are not meant to be fast
    of_nvidia = targets.TARGETS[job.device].kind == "NVIDIA"
    if row["private"] > 0:
        missed["private"] = row["private"]
    if row["lines"] >= 4000 and not row["kernel"].startswith("peak_"):  # long on purpose
        missed["lines"] = row["lines"]
    if of_nvidia and "TILE_M" in values:
        # double has no such gate: most of these devices compute it at a small part of their speed
        if job.precision == "f32" and share(row) < least_share(values):
            missed["fma"] = round(share(row), 1)
        if job.precision == "f32" and job.number == "0" and job.asked != "output" and row["groups"] < 2:
            missed["groups"] = row["groups"]
    return missed


def key_of(job, row, gate):
    return job.device, job.precision, row["kernel"], job.asked, job.tiles, gate


def key_of_failed(job):
    """Of a program that the compiler does not take: by the first kernel that is wanted of it."""
    return job.device, job.precision, job.kernel[0], job.asked, job.tiles, "builds"


def read():
    """The list, and the compilers that it holds for."""
    known, versions = {}, {}
    if LIST.exists():
        for line in LIST.read_text().splitlines():
            if line.startswith("# compilers: "):
                kind, _, text = line[len("# compilers: "):].partition(": ")
                versions[kind] = text
            elif line and not line.startswith("#"):
                *key, number = line.split("\t")
                known[tuple(key)] = float(number)
    return known, versions


def write(known, versions):
    lines = ["# Gates that kernels miss, written by compilers.py --write; see gates.py.",
             "# device, precision, kernel, work, tile, gate, number"]
    lines += [f"# compilers: {kind}: {text}" for kind, text in sorted(versions.items())]
    lines += ["\t".join((*key, f"{number:g}")) for key, number in sorted(known.items())]
    LIST.write_text("\n".join(lines) + "\n")


def judge(results, versions):
    """Compare (job, row) with the list: what is wrong, a sentence each, and notes."""
    known, listed = read()
    wrong, notes = [], []
    for kind, text in sorted(versions.items()):
        if listed.get(kind, text) != text:
            notes.append(f"{kind}: gates are not judged: {text} (found), known_misses.tsv is of {listed[kind]}")
    for job, row in results:
        kind = targets.TARGETS[job.device].kind
        if listed.get(kind, versions[kind]) != versions[kind]:
            continue
        missed = misses_of(job, row)
        for gate, (more_is_worse, meaning) in GATES.items():
            key = key_of(job, row, gate)
            what = " ".join(key[:-1])
            if gate in missed and key not in known:
                wrong.append(f"{what}: misses the gate '{gate}': {missed[gate]:g} {meaning}")
            elif gate in missed and (missed[gate] > known[key] if more_is_worse else missed[gate] < known[key]):
                wrong.append(f"{what}: worse than known: {missed[gate]:g} (was {known[key]:g}) {meaning}")
            elif gate not in missed and key in known:
                wrong.append(f"{what}: no longer misses the gate '{gate}': take it off known_misses.tsv")
            elif gate in missed and missed[gate] != known[key]:
                notes.append(f"{what}: {missed[gate]:g} (was {known[key]:g}) {meaning}")
    return wrong, notes


def stale(jobs, refused_devices):
    """Lines of the list about programs that the host no longer builds, on devices of which all programs are known."""
    known, _ = read()
    there = {(job.device, job.precision, kernel, job.asked, job.tiles) for job in jobs for kernel in job.kernel}
    return [" ".join(key) for key in sorted(known) if key[:-1] not in there and key[0] in refused_devices]
