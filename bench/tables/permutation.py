"""Columns by name: shuffled, with one more, and with one missing."""
import csv
import random

from program import Failed

EPOCHS = ("--epochs", "3")


def rows_of(path, header):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return rows if header else [[f"pixel_{j}" for j in range(len(rows[0]))], *rows]


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def shuffled(rows, seed):
    """Another order, and a column that the model does not know in the middle."""
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)
    middle = len(order) // 2
    changed = [[row[j] for j in order] for row in rows]
    return [row[:middle] + ["a_new_column" if i == 0 else f"text {i % 3}"] + row[middle:]
            for i, row in enumerate(changed)]


def without(rows, name):
    place = rows[0].index(name)
    return [row[:place] + row[place + 1:] for row in rows]


def check(program, table, folder):
    """How many columns were left out in turn; raises what is wrong. The digits get a header, for this alone."""
    place = folder / table.name
    train, test = (rows_of(place / f"1.{part}.csv", table.name != "digits") for part in ("train", "test"))
    files = {name: place / f"permutation.{name}.csv" for name in ("train", "test", "shuffled", "missing")}
    write(files["train"], train)
    write(files["test"], test)
    write(files["shuffled"], shuffled(test, 1))
    model = place / "permutation.safetensors"
    program.train(table, files["train"], model, *EPOCHS)
    expected, found = program.predict(model, files["test"]), program.predict(model, files["shuffled"])
    if expected != found:
        raise Failed(f"{table.name}: other predictions for columns in another order")
    target = table.target if table.name != "digits" else "pixel_64"
    features = [name for name in test[0] if name != target and name not in table.ignore]
    for name in features:
        write(files["missing"], without(test, name))
        done = program.run("predict", model, files["missing"], *program.device, expected=2)
        if f"'{name}'" not in done.stderr:
            raise Failed(f"{table.name}: the error does not name the missing column '{name}': {done.stderr.strip()}")
    return len(features)
