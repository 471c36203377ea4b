"""RealMLP_TD_S of pytabkit, scikit-learn's MLP and HistGradientBoosting on the sixteen tables, at most 3,000 rows each.

A fit of pytabkit takes 10 to 90 seconds. So each result is written when it is there, and a second start goes on.
"""
import argparse
import json
import os
import pathlib
import statistics
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

import peer  # noqa: E402
import tables  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/tables/small", metavar="DIR",
                        help="where the tables and their splits are written (default: build/tables/small)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "build/tables/tabular_peers.json",
                        metavar="FILE", help="where the scores are kept (default: build/tables/tabular_peers.json)")
    parser.add_argument("--rows", type=int, default=3000, metavar="N", help="at most so many rows (default: 3000)")
    parser.add_argument("--splits", type=int, default=3, metavar="N", help="the first N splits (default: 3)")
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


PEERS = ("sklearn", "boosting", "realmlp")


def versions():
    import importlib.metadata
    return {name: importlib.metadata.version(name) for name in ("pytabkit", "torch", "scikit-learn", "numpy", "pandas")}


def save(path, kept):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept, indent=1) + "\n")
    part.replace(path)


def show(kept):
    for real, what in ((False, "accuracy"), (True, "R²")):
        print(f"{what:16}" + "".join(f"{name:>10}" for name in PEERS))
        rows = [[[score["score"] for score in kept["scores"].get(table.name, {}).get(name, {}).values()]
                 for name in PEERS] for table in tables.TABLES if table.real == real]
        names = [table.name for table in tables.TABLES if table.real == real]
        for name, row in zip(names, rows):
            print(f"{name:16}" + "".join(f"{statistics.mean(values):10.4f}" if values else " " * 10 for values in row))
        if all(values for row in rows for values in row):
            print(f"{'mean':16}" + "".join(f"{statistics.mean(statistics.mean(row[k]) for row in rows):10.4f}"
                                           for k in range(len(PEERS))))


def compare(options, kept):
    chosen = [table for table in tables.TABLES if options.only is None or table.name in options.only.split(",")]
    for table in chosen:
        tables.write(table, options.folder, options.rows)
    for split in range(1, options.splits + 1):
        for table in chosen:
            data = read(table, options.folder / table.name, split)
            for name in PEERS:
                scores = kept["scores"].setdefault(table.name, {}).setdefault(name, {})
                if str(split) not in scores:
                    scores[str(split)] = one(table, name, data, split)
                    save(options.results, kept)
                    print(table.name, split, name, scores[str(split)], flush=True)


def main():
    options = arguments()
    warnings.simplefilter("ignore")
    kept = json.loads(options.results.read_text()) if options.results.exists() else {"scores": {}}
    if not options.show:
        import torch
        torch.set_num_threads(1)
        kept["rows"], kept["versions"] = options.rows, versions()
        options.results.parent.mkdir(parents=True, exist_ok=True)
        compare(options, kept)
    show(kept)


if __name__ == "__main__":
    main()
