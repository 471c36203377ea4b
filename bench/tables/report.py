"""The result files: everything as JSON, and the tables for people."""
import statistics

import results
from results import table

COLUMNS = {"defaults": "clmlp, defaults", "fixed": "clmlp, fixed options", "sklearn": "scikit-learn MLP"}


def score(values):
    """Mean and standard deviation over the splits; a split without a score makes the whole one void."""
    if None in values:
        return f"**failed on {values.count(None)}**"
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def scores(entry, column):
    return [None if split is None else split["score"] for split in entry[column]]


def lines(result, real):
    for name, entry in result["tables"].items():
        if entry["real"] == real:
            features = next((str(split["features"]) for split in entry["defaults"] if split), "")
            guess = statistics.mean(split["guess"] for split in entry["sklearn"])
            yield [name, str(entry["rows"]), features, f"{guess:.3f}",
                   *(score(scores(entry, column)) for column in COLUMNS)]


def means(result, real):
    entries = [entry for entry in result["tables"].values() if entry["real"] == real]
    found = []
    for column in COLUMNS:
        values = [value for entry in entries for value in scores(entry, column)]
        found.append("" if None in values or not values else f"{statistics.mean(values):.3f}")
    guess = [split["guess"] for entry in entries for split in entry["sklearn"]]
    return ["mean", "", "", f"{statistics.mean(guess):.3f}" if guess else "", *found]


def checks(result):
    left_out = [entry["columns_left_out"] for entry in result["tables"].values()]
    text = (f"* {sum(count is not None for count in left_out)} of {len(left_out)} tables: with the columns shuffled "
            "and one more between them the predictions are equal to the bit; with any one feature missing "
            f"({sum(filter(None, left_out))} in turn) the exit status is 2 and the error names it.\n")
    real = [entry for entry in result["tables"].values() if entry["real"]]
    splits = [(split, other) for entry in real for column in ("defaults", "fixed")
              for split, other in zip(entry[column], entry["sklearn"])]
    better = sum(split is not None and split["score"] > max(0, other["guess"]) for split, other in splits)
    text += f"* Real targets: better than predicting the mean in {better} of {len(splits)} trainings.\n"
    trainings = [split for entry in result["tables"].values() for column in ("defaults", "fixed")
                 for split in entry[column]]
    text += (f"* {sum(split is not None for split in trainings)} of {len(trainings)} trainings ended with exit status "
             "0, and the score of `evaluate` followed from the file of `predict`.\n")
    return text


def markdown(result):
    used = sorted({(split["device"], split["device_name"], split["engine"]) for entry in result["tables"].values()
                   for column in ("defaults", "fixed") for split in entry[column] if split})
    text = f"# clmlp on sixteen tables, {result['date']}\n\n"
    text += results.conditions(
        result, before=[["device of clmlp", "; ".join(f"{spec}: {name}, engine {engine}"
                                                      for spec, name, engine in used)]],
        after=[["fixed options", f"`{result['fixed']}`, and `--output softmax` for classes"]])
    text += ("\nMean ± standard deviation of the held-out score over 5 splits. README.md of bench/tables says what "
             "each column is.\n")
    for real, title, guess in ((False, "Classes: accuracy", "most frequent class"),
                               (True, "Real targets: R²", "mean")):
        rows = list(lines(result, real))
        if rows:
            header = ["table", "rows", "features", guess, *COLUMNS.values()]
            text += f"\n## {title}\n\n" + table(header, [*rows, means(result, real)])
    text += "\n## Checks\n\n" + checks(result)
    if result["failures"]:
        text += "\n## Failures\n\n" + "".join(f"* {failure}\n" for failure in result["failures"])
    text += "\n## Commands\n\nOf the table as a whole; a split has the same options.\n\n"
    text += "".join(f"    clmlp train {name}.csv {entry['options']}".rstrip() + "\n"
                    for name, entry in result["tables"].items())
    return text + results.versions(result)


def write(folder, result):
    stem = f"{result['date'][:10]}-{result['name']}-tables-{result['commit'][:7]}"
    return results.write(folder, stem, result, markdown(result))
