"""The sections of gpu_day.sh. day.py runs each in a process of its own, and may end it at any moment: whatever a
section finds is in its file (SECTION.json) as soon as it is found.

    work.py SECTION SETTINGS.json

Exit status: 0 all went well; 1 something failed, which its file names.
"""
import array
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = ROOT / "bench/peers"
BUILD = ROOT / "build/gpu_day/build"
CACHE = ROOT / "build/gpu_day/cache"  # emptied by each day: what is measured first is untuned
PROGRAM = BUILD / "clmlp"
DIGITS = ROOT / "tests/data/digits-train.csv.gz"
sys.path.insert(0, str(PEERS))

import machine  # noqa: E402
import networks  # noqa: E402
import parties  # noqa: E402
import rounds  # noqa: E402
import summary  # noqa: E402

ENGINES = ("native", "clblast")
PRODUCTS = [(128, 512, 784), (512, 512, 784), (1024, 1024, 1024), (4096, 1024, 784), (4096, 4096, 4096)]
LARGE = ([784, 2048, 2048, 10], 4096, None)  # where a GPU is filled
CALL = 60.0  # seconds that one call of the program may take
PARAMETERS_OF_BUNDLE = 200_000  # of the largest network whose failing step is kept
# Both engines through every equation, then whole trainings; what else has the label device follows, without those that
# force kernels for CPUs or simulate a device.
FIRST_TESTS = ("equations", "gradient", "step_checker", "train", "optimizer", "scores", "determinism", "upload",
               "vectors", "lockstep", "session", "gpu_tiles", "kernel_arguments", "program_cache", "products",
               "clblast_process")
LEFT_OUT_TESTS = "tiles_|native_cpu|_cpu$|sparse|oclgrind|memcheck|python|pypi|_gpu$|export|same_bits"


class Section:
    """Where a section stands: its settings, its time, and its file."""

    def __init__(self, name, settings):
        self.name, self.settings, self.out = name, settings, pathlib.Path(settings["out"])
        self.found = {"failures": []}

    def left(self):
        return self.settings["ends"] - time.monotonic()

    def call(self):
        """Seconds that the next command may take."""
        return max(1.0, min(CALL, self.left() - 1.0))

    def save(self):
        summary.write_whole(self.out / f"{self.name}.json", json.dumps(self.found, indent=1) + "\n")

    def fail(self, text):
        print(f"failed: {text}", flush=True)
        self.found["failures"].append(text)
        self.save()

    def add(self, key, row):
        self.found.setdefault(key, []).append(row)
        self.save()

    def command(self, *words, limit=None, log=None, environment=None):
        """Runs it; its output goes to this section's log, or to a file. Returns its exit status, 124 for one that took
        too long."""
        words = [str(word) for word in words]
        print("$", " ".join(words), flush=True)
        try:
            with (log.open("w") if log else open(os.devnull)) as file:
                return subprocess.run(words, stdin=subprocess.DEVNULL, timeout=limit, stdout=file if log else None,
                                      env=environment, stderr=subprocess.STDOUT if log else None).returncode
        except subprocess.TimeoutExpired:
            return 124
        except OSError as error:
            print(error, flush=True)
            return 127

    def ask(self, *words, allowed=(0,), environment=None):
        """The JSON of a clmlp command, with its exit status and what it took; None, and a failure, where it has
        none."""
        words = [str(PROGRAM), *map(str, words), "--json"]
        print("$", " ".join(words), flush=True)
        began = time.monotonic()
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.call(),
                                  env=environment)
        except subprocess.TimeoutExpired:
            return self.fail(f"{' '.join(words[1:])}: not ready after {time.monotonic() - began:.0f} s")
        print(done.stderr, end="", flush=True)
        if done.returncode not in allowed:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return self.fail(f"{' '.join(words[1:])}: exit status {done.returncode}: {last}")
        took = round(time.monotonic() - began, 3)
        return {"status": done.returncode, "took": took, "answer": json.loads(done.stdout)}

    def device(self):
        """What --device gets, and its row of `clmlp devices --json`."""
        rows = parties.ask(PROGRAM, "devices", "--json", limit=self.call())
        asked = self.settings["device"]
        of_kind = [row for kind in ("GPU", None) for row in rows
                   if row["spec"].startswith("opencl") and kind in (None, row["type"])]
        chosen = [row for row in rows if row["spec"] == asked] if asked else of_kind
        if asked and not chosen:
            return asked, {}
        if not chosen:
            raise SystemExit("clmlp finds no OpenCL device")
        return chosen[0]["spec"], chosen[0]

    def networks(self):
        return [*networks.NETWORKS, LARGE][:self.settings["networks"]]


# --- building ------------------------------------------------------------------------------------------------

def build(section):
    shutil.rmtree(CACHE, ignore_errors=True)
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    if (BUILD / "CMakeCache.txt").exists():
        generator = []  # as it was begun
    for testing in ("ON", "OFF"):
        status = section.command("cmake", "-S", ROOT, "-B", BUILD, *generator, "-DCMAKE_BUILD_TYPE=Release",
                                 f"-DBUILD_TESTING={testing}", f"-DPython3_EXECUTABLE={sys.executable}")
        if status == 0:
            break
        section.fail(f"cmake with BUILD_TESTING={testing}: exit status {status}")
    jobs = section.settings["jobs"]
    status = section.command("cmake", "--build", BUILD, "--target", "clmlp_program", "-j", jobs)
    if status != 0:
        section.fail(f"building clmlp: exit status {status}")


def build_tests(section):
    keep_going = "-k0" if (BUILD / "build.ninja").exists() else "-k"
    status = section.command("cmake", "--build", BUILD, "-j", section.settings["jobs"], "--", keep_going)
    if status != 0:
        section.fail(f"building the tests: exit status {status}; those that were built are run")


# --- what it was done on -------------------------------------------------------------------------------------

GPU_FACTS = "name,driver_version,vbios_version,memory.total,clocks.max.sm,clocks.max.memory,power.limit"
GPU_STATE = "clocks.sm,clocks.memory,temperature.gpu,power.draw,utilization.gpu"


def nvidia(fields):
    """{field: value} of the first GPU; empty where there is no nvidia-smi."""
    line = machine.output_of("nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader")
    return dict(zip(fields.split(","), [value.strip() for value in line.split(",")])) if line else {}


def about(section):
    git = ("git", "-C", str(ROOT))
    commit = section.settings["commit"] or machine.output_of(*git, "rev-parse", "HEAD")
    dirty = machine.output_of(*git, "status", "--porcelain", "--untracked-files=no")
    section.found |= {
        "machine": machine.describe(len(os.sched_getaffinity(0))), "load": machine.load_average(), "commit": commit,
        "dirty": None if not machine.output_of(*git, "rev-parse", "HEAD") else bool(dirty), "gpu": nvidia(GPU_FACTS),
        "cc": machine.output_of("cc", "--version"), "cmake": machine.output_of("cmake", "--version"),
        "nvcc": (subprocess.run(["nvcc", "--version"], capture_output=True, text=True).stdout.strip().splitlines()
                 or [""])[-1] if shutil.which("nvcc") else "",
        "environment": {name: value for name, value in os.environ.items()
                        if name.startswith(("CLMLP_", "OCL_", "POCL_", "CUDA_"))}}
    section.save()
    section.found["clmlp"] = machine.output_of(PROGRAM, "--version")
    section.found["devices"] = parties.ask(PROGRAM, "devices", "--json", limit=section.call())
    section.found["device"], section.found["device_facts"] = section.device()
    section.save()
    if shutil.which("clinfo"):  # one that was brought finds the loader no other way
        brought = {"LD_LIBRARY_PATH": os.environ["BROUGHT_LIBRARIES"]} if "BROUGHT_LIBRARIES" in os.environ else {}
        section.command("clinfo", limit=section.call(), log=section.out / "clinfo.txt",
                        environment={**os.environ, **brought})
    worker = torch_worker(section)
    if worker:
        section.found["torch"] = worker.ask("about")
        worker.close()
    section.save()


def torch_worker(section):
    """None, and a failure, where there is no PyTorch."""
    threads = len(os.sched_getaffinity(0))
    worker = parties.Worker(PEERS / "torch_worker.py", threads, log=section.out / "torch.log", limit=section.call())
    try:
        worker.ask("about")
    except parties.Failed as failure:
        section.fail(f"no PyTorch: {failure} (torch.log says why)")
        return None
    return worker


# --- is it right? --------------------------------------------------------------------------------------------

def write_examples(folder, n, m):
    """Random features in (-1, 1) as NumPy's format, and labels, without NumPy."""
    generator = random.Random(1)
    values = array.array("f", (2 * generator.random() - 1 for _ in range(n * m)))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({m}, {n}), }}".ljust(117) + "\n"
    x, labels = folder / f"x-{m}-{n}.npy", folder / f"labels-{m}.csv"
    x.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values.tobytes())
    labels.write_text("".join(f"{i if i < 10 else generator.randrange(10)}\n" for i in range(m)))
    return x, labels


def verify(section):
    device, facts = section.device()
    folder = section.out / "data"
    folder.mkdir(exist_ok=True)
    shapes = [(layers, batch) for layers, batch, _ in section.networks() if (layers, batch) != LARGE[:2]]
    data = {}
    for layers, batch in shapes:
        data[layers[0], batch] = [DIGITS] if layers[0] == 64 else data.get((layers[0], batch))
        if not data[layers[0], batch]:
            x, labels = write_examples(folder, layers[0], batch)
            data[layers[0], batch] = [x, "--labels", labels]
    other = ["--activation", "relu", "--output", "softmax", "--optimizer", "adam", "--rate", 0.01]
    more = [([64, 65, 33, 10], 31, other)]
    data[64, 31] = [DIGITS]
    for precision in ("f32", "f64"):
        if precision == "f64" and not facts.get("fp64", True):
            continue
        for layers, batch, options in [*((layers, batch, []) for layers, batch in shapes), *more]:
            for engine in ENGINES:
                verify_one(section, device, engine, precision, layers, batch, [*data[layers[0], batch], *options])
    shutil.rmtree(folder)


def verify_one(section, device, engine, precision, layers, batch, words):
    name = networks.name_of(layers, batch)
    parameters = sum((a + 1) * b for a, b in zip(layers, layers[1:]))
    bundle = section.out / f"verify-{engine}-{precision}-{'-'.join(map(str, layers))}.safetensors"
    found = section.ask("verify", *words, "--hidden", ",".join(map(str, layers[1:-1])), "--batch", batch, "--steps",
                        1 if parameters > PARAMETERS_OF_BUNDLE else 3, "--device", device, "--engine", engine,
                        "--precision", precision, "--quiet", "--bundle",
                        bundle if parameters <= PARAMETERS_OF_BUNDLE else "none", allowed=(0, 3))
    row = {"network": name, "engine": engine, "precision": precision, "verdict": "did not run"}
    if found:
        answer = found["answer"]
        row |= {"verdict": answer["verdict"], "max_of_bound": answer["max_of_bound"], "took": found["took"],
                "first_failure": answer["first_failure"]}
    section.add("verified", row)
    if found and row["verdict"] != "pass":
        section.fail(f"verify: {engine}, {precision}, {name}: {row['verdict']}")


def tests(section):
    if not (BUILD / "CTestTestfile.cmake").exists():
        return section.fail("the tests were not configured")
    jobs = min(section.settings["jobs"], 12)  # they share one GPU
    first = "^(" + "|".join(FIRST_TESTS) + ")$"
    for name, chosen in (("first", ["-R", first]), ("others", ["-L", "^device$", "-E", f"{first}|{LEFT_OUT_TESTS}"])):
        ends = time.strftime("%H:%M:%S", time.localtime(time.time() + section.left() - 4))
        status = section.command("ctest", "--test-dir", BUILD, "-j", jobs, "--output-on-failure", "--stop-time", ends,
                                 *chosen, log=section.out / f"tests-{name}.log")
        section.add("runs", {"name": name, "status": status})
        if status != 0:
            section.fail(f"tests, {name}: ctest ended with {status} (tests-{name}.log)")


def qualify(section):
    device, facts = section.device()
    for precision in ("f32", "f64") if facts.get("fp64", True) else ("f32",):
        found = section.ask("qualify", "--device", device, "--precision", precision, "--seconds",
                            max(1, round(min(20, section.left() / 3))), "--quiet", allowed=(0, 3))
        if found:
            section.add("cards", {"precision": precision, "took": found["took"], "card": found["answer"]})
            if found["status"] != 0:
                section.fail(f"qualify, {precision}: a part failed")


# --- how fast is it? -----------------------------------------------------------------------------------------

def steps(section):
    """A step of each engine beside PyTorch, in turns."""
    device, _ = section.device()
    settings = section.settings
    worker = torch_worker(section) if section.name == "steps" else None
    has_cuda = bool(worker) and worker.ask("about")["gpu"]
    section.found["cuda"] = has_cuda
    ways = {"PyTorch eager": "cuda-eager", "CUDA graph": "cuda-graph"} if has_cuda else {"PyTorch eager": "eager"}
    for layers, batch, _ in section.networks():
        name, turns, chosen = networks.name_of(layers, batch), {}, {}
        turn = rounds.Rounds(machine.Watch([worker] if worker else []), settings["rounds"], repeat=False)
        if (layers, batch) == LARGE[:2] and not has_cuda:
            continue  # a CPU takes seconds for it
        for party, way in ways.items() if worker else ():
            try:
                worker.limit = section.call()
                chosen[party] = worker.ask("prepare", way=way, layers=layers, batch=batch,
                                           examples=networks.resident_examples(layers, batch))
            except parties.Failed as failure:
                section.fail(f"{party}, {name}: {failure}")
                continue
            turns[party] = lambda way=way: worker.ask("step", way=way, layers=layers, batch=batch,
                                                      seconds=settings["seconds"])["milliseconds"]
        for engine in ENGINES:
            turns["clmlp " + engine] = lambda engine=engine: parties.Clmlp(
                PROGRAM, device, engine, limit=section.call()).step(layers, batch, settings["seconds"],
                                                                    networks.is_full_batch(batch))
        result = turn.run(f"{section.name} {name}", turns)
        for failure in turn.failures:
            section.fail(failure)
        section.add("networks", {"name": name, "layers": layers, "batch": batch, **result, "pytorch": chosen,
                                 "gpu": nvidia(GPU_STATE)})
    if worker:
        worker.close()


def products(section):
    device, _ = section.device()
    worker = torch_worker(section)
    where = "cuda" if worker and worker.ask("about")["gpu"] else "cpu"
    for m, n, k in PRODUCTS:
        row = {"m": m, "n": n, "k": k, "gflops": {}}
        if m * n * k > 2**33 and where == "cpu":
            continue
        for engine in ENGINES:
            try:
                answer = parties.Clmlp(PROGRAM, device, engine, limit=section.call()).gemm(
                    m, n, k, section.settings["seconds"])
                row["gflops"]["clmlp " + engine], row["peak"] = answer["gflops"], answer["peak_gflops"]
            except parties.Failed as failure:
                section.fail(f"product {m} x {n} x {k}, {engine}: {failure}")
        try:
            if worker:
                worker.limit = section.call()
                row["gflops"]["PyTorch"] = worker.ask("gemm", m=m, n=n, k=k, seconds=section.settings["seconds"],
                                                      device=where)["gflops"]
        except parties.Failed as failure:
            section.fail(f"product {m} x {n} x {k}: {failure}")
        section.add("products", row)


def kernels(section):
    """Where the time of a step goes, by the device's clock."""
    device, _ = section.device()
    for layers, batch, _ in section.networks():
        if (layers, batch) == LARGE[:2] and section.device()[1].get("type") != "GPU":
            continue
        full = ["--full-batch"] if networks.is_full_batch(batch) else []
        for engine in ENGINES:
            found = section.ask("bench", "step", "--layers", ",".join(map(str, layers)), "--batch", batch, *full,
                                "--seconds", section.settings["seconds"], "--device", device, "--engine", engine,
                                "--quiet")
            if found:
                section.add("steps", {"network": networks.name_of(layers, batch), **found["answer"]})


def train(section):
    """A whole training, twice: the first one has nothing in clmlp's cache, the second one what the first has built."""
    device, _ = section.device()
    cache = CACHE.parent / "cache-of-train"
    shutil.rmtree(cache, ignore_errors=True)
    for engine in ENGINES:
        took, answer = [], None
        for _ in range(2):
            found = section.ask("train", DIGITS, "--epochs", 30, "--seed", 1, "--rate", 0.5, "--device", device,
                                "--engine", engine, "--model", section.out / "train.safetensors", "--quiet",
                                environment={**os.environ, "CLMLP_CACHE_DIR": str(cache)})
            if found:
                answer = found["answer"]
                took.append(found["took"])
        if answer:
            section.add("trainings", {"engine": engine, "took": took, "seconds": answer["seconds"],
                                      "accuracy": answer["accuracy"], "cost": answer["cost"]})
    (section.out / "train.safetensors").unlink(missing_ok=True)


def tune(section):
    device, _ = section.device()
    for engine in ENGINES:
        found = section.ask("tune", "--device", device, "--engine", engine, "--seconds",
                            min(0.1, section.settings["seconds"]), "--quiet", allowed=(0, 3))
        if found:
            section.add("engines", {"engine": engine, "took": found["took"], **found["answer"]})
            if found["status"] != 0:
                section.fail(f"tune, {engine}: all candidates were rejected")


WORK = {"build": build, "about": about, "verify": verify, "steps": steps, "build-tests": build_tests, "tests": tests,
        "products": products, "kernels": kernels, "train": train, "qualify": qualify, "tune": tune,
        "steps-tuned": steps}


def main():
    name, settings = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
    os.environ["CLMLP_CACHE_DIR"] = str(CACHE)
    section = Section(name, settings)
    if name != "build" and not PROGRAM.exists():
        section.fail(f"there is no program: {PROGRAM.relative_to(ROOT)}")
        return 1
    try:
        WORK[name](section)
    except Exception as error:  # whatever it was, the other sections are worth having
        section.fail(f"{type(error).__name__}: {error}")
        raise
    section.save()
    return 1 if section.found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
