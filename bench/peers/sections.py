"""What is compared: steps, epochs, products, costs, starting; each section returns its figures and rows of ratios."""
import os
import statistics
import tempfile
import time

import examples
from networks import NETWORKS, SGD_NETWORKS, is_full_batch, name_of, resident_examples
from parties import Failed, ask
from rounds import fastest_ratio, geometric_mean, ratio
from worker import JAX_KINDS

PEERS = ("PyTorch eager", "PyTorch compiled", "JAX")
FASTEST = "the fastest peer"  # of PEERS, in each round

EPOCHS = [([784, 128, 10], 32), ([784, 512, 10], 128)]
PRODUCTS = [(128, 512, 784, 0.95), (512, 512, 784, 1.0), (4096, 1024, 784, 1.0)]
LARGE_GPU_PRODUCT = (4096, 4096, 4096)
RATE = 0.1
START_RATE = 0.01  # with the program's own, 0.5, J goes from 8.3 to 29 in this step, which is exit status 4
STEP_GOAL = 2.0    # the fastest peer / clmlp native, geometric mean over the networks
SHARE_GOAL = 0.9   # of the rate of the bare product, that a whole step of the largest network has
COST_TOLERANCE = 1e-4  # relative, after an epoch in float on both sides: another order of summation, nothing else


def row(what, value, sign=None, goal=None):
    """A line of the table. value: from ratio(), or a dict with a median alone."""
    met = None
    if value is not None and goal is not None:
        met = value["median"] >= goal if sign == ">=" else value["median"] <= goal
    return {"what": what, "ratio": value, "goal": f"{sign} {goal:g}" if goal is not None else None, "met": met}


# --- steps -------------------------------------------------------------------------------------------------

def steps(run):
    figures, rows, against = {}, [], {name: [] for name in (*PEERS, FASTEST)}
    for layers, batch, goal in SGD_NETWORKS:
        network, parties, settings = name_of(layers, batch), {}, {}
        for way in ("eager", "compiled"):
            torch_step(run, parties, settings, f"PyTorch {way}", way, layers, batch)
        jax_step(run, parties, settings, layers, batch)
        for name, party in run.clmlp.items():
            parties[name] = lambda party=party: party.step(layers, batch, run.seconds, is_full_batch(batch))
        is_largest = (layers, batch) == SGD_NETWORKS[-1][:2]
        bare = bare_product(run, parties, layers, batch) if is_largest else None
        result = run.rounds.run(f"step {network}", parties)
        figures[network] = {**result, "unit": "milliseconds", "pytorch": settings}
        rows += peer_rows(f"step, {network}", result, against, goal)
        rows.append(row(f"step, {network}: clmlp clblast / clmlp native",
                        ratio(result, "clmlp clblast", "clmlp native")))
        rows.append(row(f"step, {network}: clmlp CPU path / PyTorch eager",
                        ratio(result, "clmlp CPU path", "PyTorch eager"), "<=", 2.0))
        if bare:
            rows.append(row(f"step, {network}: rate of clmlp native / {bare[1]}",
                            ratio(result, bare[0], "clmlp native"), ">=", SHARE_GOAL))
    return figures, rows + mean_rows("step", against, len(SGD_NETWORKS), STEP_GOAL)


def peer_rows(title, result, against, goal=None):
    """Each of the peers, and the fastest in each round, over clmlp native; the medians go into `against`, too."""
    rows = []
    for name in PEERS:
        value = ratio(result, name, "clmlp native")
        rows.append(row(f"{title}: {name} / clmlp native", value))
        if value:
            against[name].append(value["median"])
    value = fastest_ratio(result, PEERS, "clmlp native")
    absent = [name for name in PEERS if name not in result["figures"]]
    without = f" (without {', '.join(absent)})" if absent else ""
    if value:
        against[FASTEST].append(value["median"])
    return rows + [row(f"{title}: {FASTEST} / clmlp native{without}", value, ">=", goal)]


def mean_rows(title, against, networks, goal):
    """Geometric means, where there are figures of every network."""
    rows = []
    for name, quotients in against.items():
        mean = {"median": geometric_mean(quotients)} if len(quotients) == networks else None
        rows.append(row(f"{title}, geometric mean: {name} / clmlp native", mean, ">=",
                        goal if name == FASTEST else None))
    return rows


def bare_product(run, parties, layers, batch):
    """Adds a party: the time that the operations of a step would take at the rate of our own bare product, the one of
    the first layer. Over the time of a step it is the share of that rate which the step has. Returns the party's name
    and the rate's."""
    native, shape = run.clmlp["clmlp native"], (batch, layers[1], layers[0])
    rate = f"rate of its bare product {shape[0]} x {shape[1]} x {shape[2]}"
    name = f"clmlp native, at the {rate}"
    try:
        flops = native.bench_step(layers, batch, 0.01)["flops"]
    except Failed as failure:
        run.rounds.failures.append(f"{name}: {failure}")
        return None
    parties[name] = lambda: 1e-6 * flops / native.gemm(*shape, run.seconds, peak=False)["gflops"]
    return name, rate


def jax_step(run, parties, settings, layers, batch, optimizer="sgd"):
    try:
        settings["JAX"] = run.jax.ask("prepare", layers=layers, batch=batch, optimizer=optimizer,
                                      examples=resident_examples(layers, batch))
    except Failed as failure:
        run.rounds.failures.append(f"JAX, {name_of(layers, batch)}: {failure}")
        return
    parties["JAX"] = lambda: run.jax.ask("step", layers=layers, batch=batch, seconds=run.seconds)["milliseconds"]


def torch_step(run, parties, settings, name, way, layers, batch, optimizer="sgd"):
    try:
        settings[way] = run.torch.ask("prepare", way=way, layers=layers, batch=batch, optimizer=optimizer,
                                      examples=resident_examples(layers, batch))
    except Failed as failure:
        run.rounds.failures.append(f"{name}, {name_of(layers, batch)}: {failure}")
        return
    parties[name] = lambda: run.torch.ask("step", way=way, layers=layers, batch=batch,
                                          seconds=run.seconds)["milliseconds"]


def gpu_steps(run):
    """Where PyTorch has CUDA and clmlp the same GPU through OpenCL."""
    figures, rows = {}, []
    for layers, batch, _ in NETWORKS:
        network, parties, settings = name_of(layers, batch), {}, {}
        torch_step(run, parties, settings, "CUDA eager", "cuda-eager", layers, batch)
        torch_step(run, parties, settings, "CUDA graph", "cuda-graph", layers, batch)
        for name, party in run.clmlp_gpu.items():
            parties[name] = lambda party=party: party.step(layers, batch, run.seconds, is_full_batch(batch))
        result = run.rounds.run(f"GPU step {network}", parties)
        figures[network] = {**result, "unit": "milliseconds", "pytorch": settings}
        small = layers != NETWORKS[-1][0]
        rows.append(row(f"GPU step, {network}: CUDA eager / clmlp native", ratio(result, "CUDA eager", "clmlp native"),
                        ">=", 3.0 if small else None))
        rows.append(row(f"GPU step, {network}: CUDA graph / clmlp native", ratio(result, "CUDA graph", "clmlp native"),
                        ">=", 1.0))
    m, n, k = LARGE_GPU_PRODUCT
    parties = {"PyTorch": lambda: run.torch.ask("gemm", m=m, n=n, k=k, seconds=run.seconds)["gflops"]}
    for name, party in run.clmlp_gpu.items():
        parties[name] = lambda party=party: party.gemm(m, n, k, run.seconds)["gflops"]
    result = run.rounds.run(f"GPU product {m} x {n} x {k}", parties)
    figures[f"product {m} x {n} x {k}"] = {**result, "unit": "GFLOP/s"}
    rows.append(row(f"GPU product {m} x {n} x {k}: clmlp native / PyTorch",
                    ratio(result, "clmlp native", "PyTorch"), ">=", 0.8))
    return figures, rows


# --- products ----------------------------------------------------------------------------------------------

def products(run):
    figures, rows = {}, []
    place = run.device.partition(":")[2] or "0.0"
    for m, n, k, goal in PRODUCTS:
        peaks = []

        def native():
            answer = run.clmlp["clmlp native"].gemm(m, n, k, run.seconds)
            if answer["peak_gflops"] is not None:
                peaks.append(answer["gflops"] / answer["peak_gflops"])
            return answer["gflops"]

        result = run.rounds.run(f"product {m} x {n} x {k}", {
            "OpenBLAS": lambda: ask(run.drivers / "gemm_openblas", m, n, k, run.seconds)["gflops"],
            "clmlp native": native,
            "CLBlast": lambda: ask(run.drivers / "gemm_clblast", m, n, k, run.seconds / 2, place)["gflops"]})
        figures[f"{m} x {n} x {k}"] = {**result, "unit": "GFLOP/s", "fraction_of_peak": peaks}
        rows.append(row(f"product {m} x {n} x {k}: clmlp native / OpenBLAS", ratio(result, "clmlp native", "OpenBLAS"),
                        ">=", goal))
        rows.append(row(f"product {m} x {n} x {k}: clmlp native / CLBlast", ratio(result, "clmlp native", "CLBlast")))
        if peaks:
            value = {"median": statistics.median(peaks), "min": min(peaks), "max": max(peaks)}
            largest = (m, n, k, goal) == PRODUCTS[-1]
            rows.append(row(f"product {m} x {n} x {k}: clmlp native / multiply-add peak", value, ">=",
                            0.88 if largest else None))
    return figures, rows


# --- epochs ------------------------------------------------------------------------------------------------

def fann(run, data, theta, layers, way, seconds):
    return ask(run.drivers / "fann_epoch", way, ",".join(map(str, layers)), data.raw_x, data.raw_y, theta["f32"],
               data.m, RATE, seconds)


def epochs(run):
    figures, rows, data = {}, [], run.mnist
    for layers, batch in EPOCHS:
        network, theta = name_of(layers, batch), examples.write_theta(run.folder, layers)
        ways = {way: fann(run, data, theta, layers, way, 0)["milliseconds"] for way in ("incremental", "batch")}
        fann_way = min(ways, key=ways.get)

        def sklearn(form, seconds):
            return run.sklearn.ask("epoch", layers=layers, batch=batch, rate=RATE, x=str(data.x), y=str(data.y),
                                   seconds=seconds, form=form)["milliseconds"]

        forms = {form: sklearn(form, 0) for form in ("dense", "CSR")}
        sklearn_form = min(forms, key=forms.get)
        sklearn_name = f"scikit-learn ({sklearn_form})"
        ours = {"folder": run.folder, "x": data.x, "labels": data.labels, "theta": theta["safetensors"], "batch": batch,
                "rate": RATE, "shuffle": True}

        def clmlp(party, **more):
            """Epochs that fill the time, by what the first ones take."""
            counts = []

            def turn():
                if not counts:
                    counts.append(max(2, min(100, round(1e3 * run.seconds / party.epoch(2, **ours, **more)))))
                return party.epoch(counts[0], **ours, **more)

            return turn

        def pytorch(count=2):
            took = run.torch.ask("train", layers=layers, batch=batch, rate=RATE, epochs=count + 1, x=str(data.x),
                                 y=str(data.y), theta=str(theta["npz"]), shuffle=True)["milliseconds"]
            return statistics.median(took[1:])

        count = max(2, min(100, round(1e3 * run.seconds / pytorch())))
        parties = {sklearn_name: lambda: sklearn(sklearn_form, run.seconds),
                   f"FANN ({fann_way})": lambda: fann(run, data, theta, layers, fann_way, 0)["milliseconds"],
                   "PyTorch eager": lambda: pytorch(count)}
        for name, party in run.clmlp.items():
            parties[name] = clmlp(party)
        parties["clmlp native, softmax"] = clmlp(run.clmlp["clmlp native"], output="softmax")
        result = run.rounds.run(f"epoch {network}", parties)
        figures[network] = {**result, "unit": "milliseconds", "fann_ways": ways, "sklearn_forms": forms}
        for above, below, goal in ((sklearn_name, "clmlp native, softmax", 4.0),
                                   (f"FANN ({fann_way})", "clmlp native", 30.0), ("clmlp clblast", "clmlp native", 8.0),
                                   ("PyTorch eager", "clmlp native", None)):
            rows.append(row(f"epoch, {network}: {above} / {below}", ratio(result, above, below), ">=", goal))
    return figures, rows


# --- the same cost ------------------------------------------------------------------------------------------

def costs(run):
    """From the same theta through the same batches: J over all examples."""
    found = []
    for layers, batch, _ in SGD_NETWORKS:
        data, passes = run.digits if layers[0] == 64 else run.mnist, 20 if is_full_batch(batch) else 1
        batch = min(batch, data.m)
        theta = examples.write_theta(run.folder, layers)
        common = {"layers": layers, "batch": batch, "rate": RATE, "epochs": passes, "x": str(data.x), "y": str(data.y),
                  "theta": str(theta["npz"])}
        entry = {"network": name_of(layers, batch), "data": data.what, "epochs": passes,
                 "sigmoid": {"PyTorch": lambda: run.torch.ask("train", shuffle=False, **common),
                             **{f"JAX, {kind}": lambda kind=kind: run.jax.ask("train", kind=kind, **common)
                                for kind in JAX_KINDS}},
                 "cost_before": run.torch.ask("train", shuffle=False, **{**common, "epochs": 0})["cost"],
                 "softmax": {"scikit-learn": lambda: run.sklearn.ask("train", **common)}}
        if (layers, batch) not in EPOCHS:
            del entry["softmax"]
        for output in [output for output in ("sigmoid", "softmax") if output in entry]:
            for name, party in run.clmlp.items():
                entry[output][name] = lambda party=party, output=output: party.train(
                    folder=run.folder, x=data.x, labels=data.labels, theta=theta["safetensors"], batch=batch, rate=RATE,
                    epochs=passes, output=output)
            entry[output] = {name: train_once(run, name, train) for name, train in entry[output].items()}
            entry[output + "_apart"], entry[output + "_agrees"] = spread(entry[output])
        if layers == EPOCHS[0][0]:
            entry["fann"] = {way: fann(run, data, theta, layers, way, 0) for way in ("incremental", "batch")}
        found.append(entry)
    return found


def train_once(run, name, train):
    try:
        answer = train()
    except Failed as failure:
        run.rounds.failures.append(f"cost, {name}: {failure}")
        return None
    return {"cost": answer["cost"], "accuracy": answer["accuracy"]}


def spread(trained):
    """Relative distance of the outermost costs, and whether it is small enough; all parties must be there."""
    if any(answer is None for answer in trained.values()):
        return None, False
    values = [answer["cost"] for answer in trained.values()]
    apart = (max(values) - min(values)) / min(values)
    return apart, bool(apart <= COST_TOLERANCE)


# --- starting ----------------------------------------------------------------------------------------------

def start(run):
    """Seconds from starting the program to its end, for one step of 784-512-10 on 128 examples: at least the time to
    the first step. Cold: with empty caches of programs."""
    layers, took = [784, 512, 10], {"cold": [], "warm": []}
    theta = examples.write_theta(run.folder, layers)
    few = examples.write(run.folder, "few", "", *examples.mnist(None)[1:3])
    labels = run.folder / "few-128-labels.csv"
    labels.write_text("".join(few.labels.read_text().splitlines(True)[:128]))
    x = run.folder / "few-128-x.npy"
    examples.np.save(x, examples.np.load(few.x)[:128])
    for _ in range(min(3, run.rounds.count)):
        with tempfile.TemporaryDirectory() as empty:
            environment = {**os.environ, "XDG_CACHE_HOME": empty, "POCL_CACHE_DIR": os.path.join(empty, "pocl")}
            for caches in took:
                began = time.perf_counter()
                ask(run.program, "train", x, "--labels", labels, "--init", theta["safetensors"], "--activation",
                    "sigmoid", "--output", "sigmoid", "--scale", "none", "--batch", "full", "--epochs", 1, "--rate",
                    START_RATE, *run.clmlp["clmlp native"].where, "--model", run.folder / "few.safetensors", "--json",
                    "--quiet", environment=environment)
                took[caches].append(time.perf_counter() - began)
    rows = []
    for caches, goal in (("warm", 0.3), ("cold", 5.0)):
        value = {"median": statistics.median(took[caches]), "min": min(took[caches]), "max": max(took[caches])}
        rows.append(row(f"start to end of a one-step training, {caches} caches, seconds", value, "<=", goal))
    return {"seconds": took}, rows
