"""Is bench/peers alive? Its scripts are read, its help is printed, and ratios are made of figures that are known. In a
small network theta after Adam's steps is compared, and J after epochs of sgd: with PyTorch and JAX where they are, and
with one who takes a step too few or another rate.

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


def check_ratios():
    import rounds
    result = {"others": [0.0, 0.0, 0.3],
              "figures": {"A": [2.0, 9.0, 4.0], "B": [6.0, 3.0, 8.0], "ours": [1.0, 2.0, 1.0]}}
    expected = {"median": 2.0, "min": 1.5, "max": 4.0, "disturbed": 1}
    assert rounds.fastest_ratio(result, ["A", "B", "absent"], "ours") == expected, "the least of each round"
    assert rounds.fastest_ratio(result, ["B"], "ours") == rounds.ratio(result, "B", "ours")
    assert rounds.fastest_ratio(result, ["absent"], "ours") is None
    assert rounds.fastest_ratio(result, ["A"], "absent") is None


def check_rows():
    """Goals are those of the fastest peer; who did not run is named; a mean wants all networks."""
    import sections
    result = {"others": [0.0], "figures": {"PyTorch eager": [3.0], "PyTorch compiled": [1.8], "clmlp native": [1.0]}}
    against = {name: [] for name in (*sections.PEERS, sections.FASTEST)}
    rows = sections.peer_rows("step", result, against, 2.0)
    assert [row["goal"] for row in rows] == [None, None, None, ">= 2"], rows
    assert rows[2]["ratio"] is None and rows[-1]["met"] is False and rows[-1]["ratio"]["median"] == 1.8, rows
    assert rows[-1]["what"] == "step: the fastest peer / clmlp native (without JAX)", rows
    means = sections.mean_rows("step", against, 1, 1.5)
    assert [row["ratio"] and round(row["ratio"]["median"], 12) for row in means] == [3.0, 1.8, None, 1.8], means
    assert [row["met"] for row in means] == [None, None, None, True], means
    assert all(row["ratio"] is None for row in sections.mean_rows("step", against, 2, 1.5))


def check_data(folder):
    """Without MNIST the result says so on top; a folder that is named must have it."""
    import compare
    import examples
    import report
    run = types.SimpleNamespace(notes=[])
    compare.DATA = folder
    for only, notes in (("steps,start", 0), ("steps,epochs", 1)):
        assert compare.Run.mnist_folder(run, types.SimpleNamespace(data=None, only=only)) is None
        assert len(run.notes) == notes, run.notes
    text = report.heading({"date": "today", "quick": False, "notes": run.notes})
    assert text.startswith("# clmlp beside others, today\n\n**No MNIST here: "), text
    try:
        compare.Run.mnist_folder(run, types.SimpleNamespace(data=folder, only="steps"))
        raise AssertionError("taken without its files")
    except SystemExit as ended:
        assert str(ended).startswith("run.sh: --data: no mnist8k-train-images"), ended
    for name in (examples.IMAGES, examples.LABELS):
        (folder / name).touch()
    for data in (None, folder):
        assert compare.Run.mnist_folder(run, types.SimpleNamespace(data=data)) == folder and len(run.notes) == 1


def check_costs(program, folder):
    """J after two epochs whose last batch is a smaller one; another rate is seen."""
    if not importlib.util.find_spec("jax"):
        return
    import examples
    import parties
    import sections
    layers, m, batch, rate, epochs = [6, 5, 10], 40, 16, 0.5, 2
    data = examples.write(folder, "costs", *examples.random(layers, m))
    theta = examples.write_theta(folder, layers)
    worker = parties.Worker(HERE / "jax_worker.py", log=folder / "jax.log")

    def jax(kinds, **other):
        return {kind: worker.ask("train", **{"layers": layers, "batch": batch, "rate": rate, "epochs": epochs,
                                             "x": str(data.x), "y": str(data.y), "theta": str(theta["npz"]),
                                             "kind": kind, **other}) for kind in kinds}

    ours = parties.Clmlp(program, "cpu", None).train(folder=folder, x=data.x, labels=data.labels, batch=batch,
                                                     rate=rate, epochs=epochs, theta=theta["safetensors"])
    for name, other, agrees in (("the same", {}, True), ("another rate", {"rate": 0.51}, False),
                                ("no smaller batch", {"batch": 20}, False), ("full batches", {"batch": m}, False)):
        for kind, answer in jax(sections.JAX_KINDS if agrees else sections.JAX_KINDS[:1], **other).items():
            apart, found = sections.spread({"clmlp": ours, "JAX": answer})
            assert found == agrees, (name, kind, apart, ours["cost"], answer)
            assert not agrees or answer["accuracy"] == ours["accuracy"], (answer, ours["accuracy"])
    worker.close()


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
    sys.path.insert(0, str(HERE))
    check_ratios()
    if not all(importlib.util.find_spec(package) for package in ("numpy", "safetensors")):
        print("skipped: NumPy or safetensors is not installed")
        return 77
    folder = pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    check_rows()
    check_data(folder)
    check_costs(sys.argv[1], folder)
    check_thetas(sys.argv[1], folder)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
