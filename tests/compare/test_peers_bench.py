"""Is bench/peers alive? Its scripts are read, its help is printed, and theta after Adam's steps is compared in a small
network: with PyTorch and JAX where they are, and with one who takes a step too few.

    python test_peers_bench.py CLMLP FOLDER

Exit status: 0 all is well; 77 NumPy or safetensors is not there.
"""
import ast
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import types

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
HERE = BENCH / "peers"
NETWORK = ([6, 5, 10], 16, None)


class TooFew:
    """Somebody whose computation is another one."""

    def __init__(self, worker):
        self.worker = worker

    def ask(self, do, **request):
        return self.worker.ask(do, **{**request, "steps": request["steps"] - 1})


def check_scripts():
    for script in [*HERE.glob("*.py"), *BENCH.glob("*.py")]:
        ast.parse(script.read_text(), str(script))
    for script, expected in ((HERE / "compare.py", "--optimizer {sgd,adam}"),
                             (BENCH / "compare_builds.py", "--optimizers OLD,NEW"),
                             (BENCH / "verified_step.py", "--layers")):
        done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True)
        assert expected in done.stdout, done.stdout


def check_thetas(program, folder):
    import adam
    import parties
    run = types.SimpleNamespace(folder=folder, rounds=types.SimpleNamespace(failures=[]))
    run.clmlp = {"clmlp CPU path": parties.Clmlp(program, "cpu", None)}
    workers = {"torch": ("PyTorch eager", parties.Worker(HERE / "torch_worker.py", 1, log=folder / "torch.log")),
               "jax": ("JAX", parties.Worker(HERE / "jax_worker.py", log=folder / "jax.log"))}
    run.torch, run.jax = (worker for _, worker in workers.values())
    there = {package: name for package, (name, _) in workers.items() if importlib.util.find_spec(package)}
    missing = sorted(name for package, (name, _) in workers.items() if package not in there)
    found = adam.thetas(run, [NETWORK], ways=("eager",))
    assert [entry["precision"] for entry in found] == ["f64", "f32"], found
    for entry in found:
        assert entry["agrees"] and sorted(entry["left_out"]) == missing, (entry, run.rounds.failures)
        assert len(entry["apart"]) == 1 + 2 * len(there), entry
    for package, name in there.items():
        setattr(run, package, TooFew(workers[package][1]))
        for entry in adam.thetas(run, [NETWORK], ways=("eager",)):
            assert not entry["agrees"] and name in entry["left_out"], entry
    for package, (_, worker) in workers.items():
        if package in there:
            worker.close()
    print(f"{len(found)} precisions; peers: {', '.join(there.values()) or 'none'}")


def main():
    check_scripts()
    if not all(importlib.util.find_spec(package) for package in ("numpy", "safetensors")):
        print("skipped: NumPy or safetensors is not installed")
        return 77
    sys.path.insert(0, str(HERE))
    folder = pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    check_thetas(sys.argv[1], folder)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
