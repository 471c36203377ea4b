"""clmlp beside PyTorch, JAX, scikit-learn, FANN, OpenBLAS and CLBlast, in turns on the same processors. run.sh starts
it."""
import argparse
import datetime
import os
import pathlib
import shlex
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = ROOT.parent / "shared/data"  # where --data is not given


def arguments():
    parser = argparse.ArgumentParser(prog="bench/peers/run.sh", description=__doc__)
    parser.add_argument("--clmlp", type=pathlib.Path, default=ROOT / "build/release/clmlp", metavar="PROGRAM",
                        help="the program (default: build/release/clmlp, which run.sh builds)")
    parser.add_argument("--drivers", type=pathlib.Path, default=ROOT / "build/peers", metavar="DIR",
                        help="where run.sh built the drivers (default: build/peers)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench/results", metavar="DIR",
                        help="where the result files go (default: bench/results)")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR",
                        help="where mnist8k-train-*.gz are (default: ../shared/data; random examples where it has "
                             "none, which the result then says)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="for everyone (default: 2)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="(default: 5)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="of each turn (default: 0.5)")
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd",
                        help="adam: steps alone, beside PyTorch's and JAX's, once theta was compared (default: sgd)")
    parser.add_argument("--networks", type=int, default=4, metavar="N", help="with adam: the first N (default: 4)")
    parser.add_argument("--only", default="costs,steps,products,epochs,start", metavar="SECTION[,SECTION...]",
                        help="with sgd, some of costs,steps,products,epochs,start (default: all)")
    parser.add_argument("--device", metavar="SPEC", help="clmlp's OpenCL device (default: the first of type CPU)")
    parser.add_argument("--gpu", metavar="SPEC",
                        help="clmlp's OpenCL device beside PyTorch's CUDA (default: the first GPU)")
    parser.add_argument("--machine", metavar="NAME", help="in the names of the result files (default: the processor)")
    parser.add_argument("--no-repeat", action="store_true", help="keep rounds in which others were busy")
    parser.add_argument("--quick", action="store_true",
                        help="one short round, to see that everything works; the figures mean nothing")
    return parser.parse_args()


def same_threads(threads):
    """Before anything is loaded: NumPy, PyTorch, OpenBLAS and PoCL read these when they start."""
    import machine
    machine.pin(threads)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POCL_MAX_PTHREAD_COUNT"):
        os.environ[variable] = str(threads)
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(ROOT / "build/peers/inductor"))


class Run:
    """What the sections work with."""

    def __init__(self, options):
        import examples
        import machine
        import parties
        import rounds
        self.program, self.drivers, self.seconds = options.clmlp, options.drivers, options.seconds
        self.notes = []
        mnist = self.mnist_folder(options) if options.optimizer == "sgd" else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="peers-"))
        self.device = options.device or parties.opencl_device(self.program, "CPU")
        if self.device is None:
            sys.exit("run.sh: clmlp finds no OpenCL device of type CPU (install pocl-opencl-icd, or say --device)")
        self.clmlp = {"clmlp native": parties.Clmlp(self.program, self.device, "native"),
                      "clmlp clblast": parties.Clmlp(self.program, self.device, "clblast"),
                      "clmlp CPU path": parties.Clmlp(self.program, "cpu", None)}
        self.torch = parties.Worker(HERE / "torch_worker.py", options.threads, log=options.drivers / "torch.log")
        self.about, self.workers = self.torch.ask("about"), [self.torch]
        self.jax = self.start("jax_worker.py", options)
        if options.optimizer == "sgd":
            self.sklearn = self.start("sklearn_worker.py", options)
            self.digits = examples.write(self.folder, "digits", *examples.digits(ROOT))
            self.mnist = examples.write(self.folder, "mnist", *examples.mnist(mnist))
        self.rounds = rounds.Rounds(machine.Watch(self.workers), options.rounds, not options.no_repeat)
        has_cuda = self.about.pop("gpu")
        gpu = options.gpu or (has_cuda and parties.opencl_device(self.program, "GPU"))
        self.clmlp_gpu = {"clmlp " + engine: parties.Clmlp(self.program, gpu, engine)
                          for engine in ("native", "clblast")} if gpu and has_cuda else {}

    def mnist_folder(self, options):
        """Where the digits are; None, and a note on top of the result: nowhere."""
        import examples
        folder = options.data or DATA
        if examples.has_mnist(folder):
            return folder
        missing = f"no {examples.IMAGES} and {examples.LABELS} in {folder}"
        if options.data:
            sys.exit(f"run.sh: --data: {missing}")
        if {"costs", "epochs"} & set(options.only.split(",")):
            self.notes.append("No MNIST here: costs and epochs are of random examples of the same shape, whose figures "
                              "differ from those of digits. --data DIR takes the digits from a folder.")
            print(f"run.sh: {missing}: random examples instead (--data DIR)", file=sys.stderr)
        return None

    def start(self, script, options):
        import parties
        name = script.replace("_worker.py", "")
        worker = parties.Worker(HERE / script, log=options.drivers / f"{name}.log")
        try:
            self.about.update(worker.ask("about"))
            self.workers.append(worker)
        except parties.Failed as failure:  # each section will say so, too
            self.about[name] = str(failure)
        return worker

    def close(self):
        import shutil
        for worker in self.workers:
            worker.close()
        shutil.rmtree(self.folder)


def versions(run, options):
    import machine
    import parties
    packages = {name: machine.package(name) for name in ("libfann2", "libopenblas0-pthread", "libclblast1",
                                                          "pocl-opencl-icd", "ocl-icd-libopencl1")}
    found = {f"OpenCL {device['spec']}": f"{device['name']}, driver {device['driver']}"
             for device in parties.devices(run.program)}
    if options.optimizer == "sgd":
        answer = parties.ask(run.drivers / "gemm_openblas", 64, 64, 64, 0.01)
        found["OpenBLAS of the products"] = answer["library"]
    return {"clmlp": machine.output_of(run.program, "--version"), **run.about, **packages, **found,
            "cc": machine.output_of("cc", "--version")}


def compare(options):
    import machine
    import sections
    began, load = time.monotonic(), machine.load_average()
    run = Run(options)
    result = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "name": "",
              "optimizer": options.optimizer, "quick": options.quick,
              "machine": machine.describe(options.threads), "rounds": options.rounds,
              "seconds_a_turn": options.seconds, "device": run.device,
              "commit": machine.output_of("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"),
              "command": shlex.join(["bench/peers/run.sh", *sys.argv[1:]]), "versions": versions(run, options),
              "notes": run.notes, "costs": [], "sections": {}, "table": []}
    result["name"] = options.machine or machine.name_of(result["machine"])
    if options.optimizer == "adam":
        networks = sections.NETWORKS[:options.networks]
        return finish(run, result, [("steps", lambda run: compare_adam(run, result, networks))], began, load)
    wanted = options.only.split(",")
    if "costs" in wanted:
        result["costs"] = sections.costs(run)
    work = [(name, getattr(sections, name)) for name in ("steps", "products", "epochs", "start") if name in wanted]
    if run.clmlp_gpu and "steps" in wanted:
        work.append(("GPU steps", sections.gpu_steps))
    return finish(run, result, work, began, load)


def compare_adam(run, result, networks):
    import adam
    result["thetas"] = adam.thetas(run, networks)
    return adam.steps(run, result["thetas"], networks)


def finish(run, result, work, began, load):
    import machine
    for name, section in work:
        try:
            result["sections"][name], rows = section(run)
            result["table"] += rows
        except Exception as error:  # the other sections are worth having
            traceback.print_exc()
            run.rounds.failures.append(f"all of {name}: {type(error).__name__}: {error}")
    run.close()
    result["failures"] = run.rounds.failures
    result["load"] = {"start": load, "end": machine.load_average()}
    result["seconds"] = time.monotonic() - began
    return result


def main():
    options = arguments()
    if options.quick:
        options.rounds, options.seconds, options.no_repeat = 1, 0.05, True
    same_threads(options.threads)
    import report
    result = compare(options)
    path = report.write(options.results, result)
    print(*result["notes"], report.ratios(result["table"]), sep="\n")
    print(report.thetas(result["thetas"]) if "thetas" in result else report.costs(result["costs"]))
    for failure in result["failures"]:
        print(f"did not run: {failure}")
    print(f"written: {path} and .json, after {result['seconds']:.0f} s")
    broken = [failure for failure in result["failures"] if failure.startswith("all of")]
    if broken:
        sys.exit("run.sh: the result is not whole")
    apart = [entry["network"] for entry in result["costs"]
             if not (entry["sigmoid_agrees"] and entry.get("softmax_agrees", True))]
    if apart:
        sys.exit(f"run.sh: not trained to the same cost: {'; '.join(apart)}")
    apart = [entry["network"] for entry in result.get("thetas", []) if not entry["agrees"]]
    if apart:
        sys.exit(f"run.sh: not trained to the same theta: {'; '.join(apart)}")


if __name__ == "__main__":
    main()
