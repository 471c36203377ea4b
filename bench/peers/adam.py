"""Adam: whether everyone makes the same theta, and then how long a step takes."""
import math

import examples
from parties import Failed
from rounds import ratio
from sections import (FASTEST, NETWORKS, PEERS, is_full_batch, jax_step, mean_rows, name_of, peer_rows, row,
                      torch_step)

np = examples.np

STEPS, RATE = 5, 1e-3      # of the comparison of theta
UNIT = {"f32": 2.0**-24, "f64": 2.0**-53}
GOAL = 2.0                 # how many times faster a step is to be than the fastest of the peers, in the geometric mean


def tolerance(precision, layers, batch):
    """How far theta may be apart, on average and as a part of how far it moved. Adam's step is about rate times the
    gradient's sign. A sum of K terms is wrong by up to K u of their size, in another order. That changes a step by the
    same part where the gradient is of that size, and by more where it is smaller: by e / |g| up to e = K u, whose mean
    over gradients that are as likely near 0 as elsewhere is e (1 + ln(1 / e))."""
    error = (max(batch, *layers) + 1) * UNIT[precision]
    return error * (1 + math.log(1 / error))


def flat(arrays):
    return np.concatenate([np.asarray(array, np.float64).ravel() for array in arrays])


def apart(theta, reference, start):
    """Infinite or NaN, and so never within the tolerance, where theta has another shape or is no number."""
    if theta.shape != reference.shape:
        return math.inf
    return float(np.abs(theta - reference).mean() / np.abs(reference - start).mean())


def thetas(run, networks=NETWORKS, ways=("eager", "compiled")):
    """Theta after a few steps from the same theta through the same batches, beside clmlp's CPU path in f64. In f64
    another formula shows at once; f32 is what is timed."""
    found = []
    for layers, batch, _ in networks:
        full, title = is_full_batch(batch), name_of(layers, batch)
        data = examples.write(run.folder, "adam", *examples.random(layers, batch * (1 if full else STEPS)))
        files = examples.write_theta(run.folder, layers)
        with np.load(files["npz"]) as loaded:
            start = flat(loaded.values())

        def clmlp(party):
            party.train(folder=run.folder, x=data.x, labels=data.labels, theta=files["safetensors"], batch=batch,
                        rate=RATE, epochs=STEPS if full else 1, optimizer="adam")
            return {"": flat(examples.read_theta(run.folder / "model.safetensors", len(layers) - 1))}

        def peer(worker, precision, **more):
            answer = worker.ask("check", layers=layers, batch=batch, rate=RATE, steps=STEPS, precision=precision,
                                x=str(data.x), y=str(data.y), theta=str(files["npz"]),
                                out=str(run.folder / "adam-theta"), **more)
            return {f", {kind}": flat(np.load(path).values()) for kind, path in answer.items()}

        reference = clmlp(run.clmlp["clmlp CPU path"].with_precision("f64"))[""]
        for precision in ("f64", "f32"):
            parties = {name: lambda party=party: clmlp(party.with_precision(precision))
                       for name, party in run.clmlp.items()}
            for way in ways:
                parties[f"PyTorch {way}"] = lambda way=way: peer(run.torch, precision, way=way, optimizer="adam")
            parties["JAX"] = lambda: peer(run.jax, precision, optimizer="adam")
            entry = {"network": title, "precision": precision, "steps": STEPS,
                     "tolerance": tolerance(precision, layers, batch), "apart": {}, "left_out": [], "agrees": True}
            for name, party in parties.items():
                try:
                    distances = {name + kind: apart(theta, reference, start) for kind, theta in party().items()}
                except Failed as failure:
                    run.rounds.failures.append(f"theta, {title}, {name}: {failure}")
                    entry["left_out"].append(name)
                    entry["agrees"] = entry["agrees"] and name in PEERS  # who is not installed is no contradiction
                    continue
                entry["apart"].update(distances)
                if not all(distance <= entry["tolerance"] for distance in distances.values()):
                    run.rounds.failures.append(f"theta, {title}, {precision}, {name}: not the same theta, not timed")
                    entry["left_out"].append(name)
                    entry["agrees"] = False
            found.append(entry)
    return found


def steps(run, found, networks=NETWORKS):
    """found: of thetas(); who is left out there has no turn here."""
    figures, rows, against = {}, [], {name: [] for name in (*PEERS, FASTEST)}
    for layers, batch, _ in networks:
        network, parties, settings = name_of(layers, batch), {}, {}
        for way in ("eager", "compiled"):
            torch_step(run, parties, settings, f"PyTorch {way}", way, layers, batch, optimizer="adam")
        jax_step(run, parties, settings, layers, batch, optimizer="adam")
        for name, party in run.clmlp.items():
            parties[name] = lambda party=party: party.step(layers, batch, run.seconds, is_full_batch(batch),
                                                           optimizer="adam")
        for entry in found:
            if entry["network"] == network:
                parties = {name: turn for name, turn in parties.items() if name not in entry["left_out"]}
        result = run.rounds.run(f"step of adam, {network}", parties)
        figures[network] = {**result, "unit": "milliseconds", "pytorch": settings}
        rows += peer_rows(f"step of adam, {network}", result, against)
        for name in ("clmlp clblast", "clmlp CPU path"):
            rows.append(row(f"step of adam, {network}: {name} / clmlp native", ratio(result, name, "clmlp native")))
    return figures, rows + mean_rows("step of adam", against, len(networks), GOAL)
