"""clmlp --preset tabular beside RealMLP_TD_S of pytabkit, scikit-learn's MLP and HistGradientBoosting.

On the sixteen tables, at most 3,000 rows each. A fit of pytabkit takes 10 to 90 seconds. So each result is written when
it is there, and a second start goes on. Times are processor time: the peers have one thread.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

import peer  # noqa: E402
import tables  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ("sklearn", "boosting", "realmlp")
CLMLP = {"clmlp": (), "clmlp_5": ("--ensemble", "5")}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/tables/small", metavar="DIR",
                        help="where the tables and their splits are written (default: build/tables/small)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "build/tables/tabular.json", metavar="FILE",
                        help="where the scores are kept (default: build/tables/tabular.json)")
    parser.add_argument("--rows", type=int, default=3000, metavar="N", help="at most so many rows (default: 3000)")
    parser.add_argument("--splits", type=int, default=3, metavar="N", help="the first N splits (default: 3)")
    parser.add_argument("--clmlp", type=pathlib.Path, metavar="PROGRAM", help="compare this program, too")
    parser.add_argument("--options", default="--preset tabular", metavar="TEXT",
                        help="options of clmlp train for every table (default: --preset tabular)")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="NAME,...",
                        help=f"which others (default: {','.join(PEERS)}); '' for none")
    parser.add_argument("--only", metavar="TABLE[,TABLE...]", help="some of the tables")
    parser.add_argument("--show", action="store_true", help="print the means of what is there, and stop")
    return parser.parse_args()


def read(table, place, split):
    """Texts are categories, dates are days; a missing number is the median of the training rows."""
    import pandas
    train_x, train_y = peer.read(table, place / f"{split}.train.csv")
    test_x, test_y = peer.read(table, place / f"{split}.test.csv")
    for name in train_x.columns:
        if name.endswith("date"):
            for x in (train_x, test_x):
                x[name] = (pandas.to_datetime(x[name]) - pandas.Timestamp("2000-01-01")).dt.days
        if pandas.api.types.is_numeric_dtype(train_x[name]) and train_x[name].dtype != bool:
            middle = train_x[name].median()
            for x in (train_x, test_x):
                x[name] = x[name].astype(float).fillna(middle if middle == middle else 0)
        else:
            for x in (train_x, test_x):
                x[name] = x[name].astype(object).where(x[name].notna(), "missing").astype(str)
    return train_x, train_y, test_x, test_y


def as_categories(train_x, test_x):
    train_x, test_x = train_x.copy(), test_x.copy()
    for name in train_x.select_dtypes(exclude="number").columns:
        train_x[name] = train_x[name].astype("category")
        test_x[name] = test_x[name].astype("category").cat.set_categories(train_x[name].cat.categories)
    return train_x, test_x


def realmlp(table, seed):
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor
    kind = RealMLP_TD_S_Regressor if table.real else RealMLP_TD_S_Classifier
    return kind(device="cpu", random_state=seed, n_threads=1, verbosity=0)


def boosting(table, seed):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    kind = HistGradientBoostingRegressor if table.real else HistGradientBoostingClassifier
    return kind(random_state=seed, categorical_features="from_dtype")


def one(table, name, data, seed):
    train_x, train_y, test_x, test_y = data
    if name == "sklearn":
        model = peer.pipeline(table, train_x, seed)
    else:
        train_x, test_x = as_categories(train_x, test_x)
        model = (realmlp if name == "realmlp" else boosting)(table, seed)
    began = time.process_time()  # there is one thread: other programs do not count
    model.fit(train_x, train_y)
    seconds = time.process_time() - began
    return {"score": float(model.score(test_x, test_y)), "seconds": seconds}


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def clmlp(options, table, place, split, more):
    """Trained and evaluated by the program, one command each. The seed is the split's number, as the peers' is."""
    model = place / f"{split}.tabular.safetensors"
    began = processor_time()
    subprocess.run([options.clmlp, "train", place / f"{split}.train.csv", *table.train_options(),
                    *options.options.split(), *more, "--seed", str(split), "--model", model, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    seconds = processor_time() - began
    told = subprocess.run([options.clmlp, "evaluate", model, place / f"{split}.test.csv", "--quiet", "--json"],
                          check=True, stdout=subprocess.PIPE)
    score = json.loads(told.stdout)["metrics"]["r2" if table.real else "accuracy"]
    return {"score": score, "seconds": seconds}


def versions():
    import importlib.metadata
    return {name: importlib.metadata.version(name) for name in ("pytabkit", "torch", "scikit-learn", "numpy", "pandas")}


def save(path, kept):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1) + "\n")
    part.replace(path)


def means(kept, name, real, key="score"):
    """The means over the splits, by table; {} where one has no score."""
    found = {table.name: [split[key] for split in kept["scores"].get(table.name, {}).get(name, {}).values()
                          if key in split]
             for table in tables.TABLES if table.real == real}
    return {table: statistics.mean(values) for table, values in found.items() if values}


def show(kept):
    known = [name for name in (*PEERS, *CLMLP) if means(kept, name, True) or means(kept, name, False)]
    for real, what in ((False, "accuracy"), (True, "R²")):
        found = {name: means(kept, name, real) for name in known}
        print(f"{what:16}" + "".join(f"{name:>10}" for name in known))
        for table in (table for table in tables.TABLES if table.real == real):
            print(f"{table.name:16}" + "".join(f"{found[name][table.name]:10.4f}" if table.name in found[name] else
                                               " " * 10 for name in known))
        for title, key in (("mean", "score"), ("seconds", "seconds")):
            print(f"{title:16}" + "".join(f"{statistics.mean(means(kept, name, real, key).values()):10.4f}"
                                          if means(kept, name, real, key) else " " * 10 for name in known))
    for name in CLMLP:
        better = [means(kept, name, real)[table] > means(kept, "sklearn", real)[table] for real in (False, True)
                  for table in means(kept, name, real) if table in means(kept, "sklearn", real)]
        if better:
            print(f"{name} is above scikit-learn's MLP on {sum(better)} of {len(better)} tables")


def compare(options, kept):
    chosen = [table for table in tables.TABLES if options.only is None or table.name in options.only.split(",")]
    for table in chosen:
        tables.write(table, options.folder, options.rows)
    names = [name for name in options.peers.split(",") if name] + (list(CLMLP) if options.clmlp else [])
    for split in range(1, options.splits + 1):
        for table in chosen:
            place = options.folder / table.name
            data = read(table, place, split)
            for name in names:
                scores = kept["scores"].setdefault(table.name, {}).setdefault(name, {})
                if str(split) in scores:
                    continue
                scores[str(split)] = (clmlp(options, table, place, split, CLMLP[name]) if name in CLMLP else
                                      one(table, name, data, split))
                save(options.results, kept)
                print(table.name, split, name, scores[str(split)], flush=True)


def main():
    options = arguments()
    warnings.simplefilter("ignore")
    kept = json.loads(options.results.read_text()) if options.results.exists() else {"scores": {}}
    if not options.show:
        if "realmlp" in options.peers:
            import torch
            torch.set_num_threads(1)
            kept["versions"] = versions()
        kept["rows"] = options.rows
        options.results.parent.mkdir(parents=True, exist_ok=True)
        compare(options, kept)
    show(kept)


if __name__ == "__main__":
    main()
