"""Is bench/tables alive? Its scripts are read, its help is printed, and a small table goes through all but pandas.

    python test_tables_bench.py CLMLP FOLDER
"""
import ast
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parents[2] / "bench/tables"
sys.path.insert(0, str(HERE))
sys.path.append(str(HERE.parent / "peers"))  # results.py

import permutation  # noqa: E402
import program  # noqa: E402
import report  # noqa: E402
import tables  # noqa: E402

CLASSES = tables.Table("classes", "none", "kind", False, ("rownames",), ("--target", "kind"))
REAL = tables.Table("real", "none", "size", True, ("rownames",), ("--target", "size", "--task", "regress"))


def rows_of(table):
    """A number that says the target, and a text; some of both are missing."""
    yield ["rownames", "x", table.target, "place"]
    for i in range(40):
        x = i % 8
        target = (7 + 3 * x) if table.real else ("small" if x < 4 else "large")
        yield [i + 1, "" if i == 5 else x, target, "" if i % 9 == 0 else ("north", "south")[i % 2]]


def write(table, folder):
    place = folder / table.name
    place.mkdir(parents=True)
    header, *rows = rows_of(table)
    for split in range(1, tables.SPLITS + 1):
        test = set(tables.test_rows(table, [row[2] for row in rows], split))
        permutation.write(place / f"{split}.train.csv", [header, *(r for i, r in enumerate(rows) if i not in test)])
        permutation.write(place / f"{split}.test.csv", [header, *(r for i, r in enumerate(rows) if i in test)])


def check_splits():
    targets = ["a"] * 50 + ["b"] * 13
    first = tables.test_rows(CLASSES, targets, 1)
    assert first == tables.test_rows(CLASSES, targets, 1) and first != tables.test_rows(CLASSES, targets, 2)
    assert sum(row < 50 for row in first) == 10 and sum(row >= 50 for row in first) == 3, first
    assert tables.test_rows(CLASSES, ["a"] * 10, 1) == [1, 6], "the draws are other ones"


class Liar(program.Program):
    """Predicts by position, as it seems: the answer depends on the first column of the file."""

    def predict(self, model, data):
        return super().predict(model, data) + pathlib.Path(data).read_text()[0]


def refuses(call):
    try:
        call()
    except program.Failed:
        return
    raise AssertionError("a wrong answer passed")


def check_table(clmlp, table, folder):
    write(table, folder)
    scores = [program.held_out(clmlp, table, setting, folder, split)["score"] for setting in program.SETTINGS
              for split in (1, 2)]
    assert min(scores) > 0, scores
    assert permutation.check(clmlp, table, folder) == 2
    liar = Liar(clmlp.path, "cpu")
    refuses(lambda: permutation.check(liar, table, folder))
    refuses(lambda: program.held_out(liar, table, "defaults", folder, 1))


def check_report():
    split = {"score": 0.5, "guess": 0.25, "features": 3, "device": "cpu", "device_name": "a CPU", "engine": "cblas"}
    entry = {"rows": 40, "real": True, "options": "--task regress", "columns_left_out": 2,
             **{column: [split] * 5 for column in report.COLUMNS}}
    machine = {"cpu": "a CPU", "cores": 2, "memory_gib": 1, "vector_units": ["avx"], "os": "an OS", "kernel": "1"}
    result = {"date": "2026-01-31", "machine": machine, "commit": "0", "command": "run.sh", "seconds": 1, "fixed": "",
              "load": {"start": [0], "end": [0]}, "failures": ["one"], "versions": {}, "tables": {"real": entry}}
    text = report.markdown(result)
    assert "| real | 40 | 3 | 0.250 | 0.500 ± 0.000 |" in text and "* one\n" in text, text
    entry["fixed"] = [split] * 4 + [None]
    assert "**failed on 1**" in report.markdown(result)


def main():
    for script in sorted(HERE.glob("*.py")):
        ast.parse(script.read_text(), str(script))
    for option, expected in (("--help", "--device SPEC"), ("--list", "clmlp train ames.csv --target Sale_Price")):
        done = subprocess.run([HERE / "run.sh", option], capture_output=True, text=True, check=True)
        assert expected in done.stdout, done.stdout
    assert len(tables.TABLES) == 16
    folder = pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    check_splits()
    check_report()
    for table in (CLASSES, REAL):
        check_table(program.Program(sys.argv[1], "cpu"), table, folder)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
