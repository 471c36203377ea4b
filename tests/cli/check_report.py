"""Reports as a strict parser sees them: check_report.py CLMLP FOLDER. Exit status 0: all is as it should be."""
import json

from report_pages import (CLMLP, FOLDER, HTML, NAMES, SVG, do_all, heights, labels, lines, page, places, rows, run,
                          texts, write_history)


def check_data():
    """Not a check: what the others take."""
    quoted = ['"' + n.replace('"', '""') + '"' for n in NAMES]
    (FOLDER / "classes.csv").write_text(f'x,"{NAMES[0]}",class\n' + "".join(
        f"{i * 13 % 7 + 0.5},{i % 5 - 1},{quoted[i % 4]}\n" for i in range(80)), encoding="utf-8")
    (FOLDER / "numbers.csv").write_text("a,b,y\n" + "".join(
        f"{i % 7}.5,{i % 3 - 1},{(i % 7) * 2.5 - i % 3}\n" for i in range(60)))


def check_classes():
    run("train", "classes.csv", "--target", "class", "--epochs", "7", "--validation", "0.25", "--keep-best",
        "--output", "softmax", "--device", "cpu", "--report", "classes.html", "--history", "h.jsonl", "--model", "m")
    root = page("classes.html")
    history = [json.loads(line) for line in (FOLDER / "h.jsonl").read_text().splitlines()]
    found = lines(root)
    assert len(history) == 7
    assert found["training"] == [(7, 7), (7, 7)] and found["validation"] == [(7, 7), (7, 7)], found
    assert found["rate"] == [(7, 7)]
    for name in ("training", "validation", "rate"):
        places(root, name)
    said = texts(root)
    assert NAMES[0] in said and NAMES[1] in said and "\ufffdgnp" in said
    cells = [row for table in root.iter(HTML + "table")
             if "confusion" in table.get("class", "") for row in table.iter(HTML + "td")]
    assert sum(int(cell.text) for cell in cells) == 20 and len(cells) == 16
    assert "clmlp train classes.csv --target class" in said and "--label-smoothing" in said
    head = "".join(t.text or "" for t in root.iter(HTML + "td"))
    assert "AMD" in head or "cpu (host)" in head


def check_same_bits():
    run("train", "classes.csv", "--target", "class", "--epochs", "7", "--validation", "0.25", "--keep-best",
        "--output", "softmax", "--device", "cpu", "--model", "without")
    assert (FOLDER / "without").read_bytes() == (FOLDER / "m").read_bytes()


def check_numbers():
    run("train", "numbers.csv", "--target", "y", "--task", "regress", "--epochs", "1", "--device", "cpu", "--report",
        "numbers.html", "--model", "n")
    root = page("numbers.html")
    found = lines(root)
    assert found["training"] == [(1, 1)] and found["examples"] == [(60, 60), (60, 60)], found
    bars = [int(b.get("data-count")) for b in root.iter(SVG + "rect") if b.get("data-count")]
    assert sum(bars) == 60
    assert "training data, which the network knows" in texts(root)


def check_histories():
    cases = {"one": ["0.5"], "constant": ["3"] * 5, "negative": ["-1", "-2.5", "-3"], "huge": ["1e308", "-1e308", "1"],
             "large": ["1e300", "2e300", "1.5e300"], "tiny": ["5e-324", "1e-323", "0"],
             "gaps": ["1", "null", "2", "null"], "nothing": ["null", "null"],
             "near": ["1.0000000000000002", "1", "1.0000000000000004"]}
    for name, costs in cases.items():
        write_history(name, costs)
        run("report", name, "--out", name + ".html")
        root = page(name + ".html")
        numbers = [json.loads(cost) for cost in costs]
        finite = sum(number is not None for number in numbers)
        found = lines(root)
        assert finite == 0 or found["training"][0] == (finite, len(costs)), (name, found)
        places(root, "training")
        drawn = heights(root, "training")
        known = [number for number in numbers if number is not None]
        for i in range(len(known) - 1):  # what is larger is never lower
            assert (known[i] - known[i + 1]) * (drawn[i] - drawn[i + 1]) <= 0, (name, known, drawn)
    assert "2 epochs is not finite" in texts(page("gaps.html"))


def check_a_long_history_keeps_its_ends():
    costs = [1.0] * 10000
    costs[1234], costs[8765] = 0.25, 1.75
    write_history("long", costs, validation=[json.dumps({"cost": 2 + abs(i - 4321) / 1e5, "accuracy": None})
                                             for i in range(10000)])
    run("report", "long", "--out", "long.html")
    root = page("long.html")
    drawn, of = lines(root)["training"][0]
    assert of == 10000 and drawn <= 610, (drawn, of)
    y = heights(root, "training")
    assert min(y) < y[0] - 40 and max(y) > y[0] + 40, (min(y), max(y))
    assert "best: epoch 4322" in texts(root)


def check_hundreds_of_classes():
    (FOLDER / "many.csv").write_text("x,y,class\n" + "".join(
        f"{i % 300 // 20},{i % 300 % 20},k{i % 300}\n" for i in range(900)))
    run("train", "many.csv", "--epochs", "300", "--batch", "full", "--device", "cpu", "--validation", "0.3", "--report",
        "many.html", "--model", "many", "--max-categories", "300", "--task", "classify", "--hidden", "5")
    assert "of 300 classes" in texts(page("many.html"))


def check_ends():
    """Trainings that diverge, that are ensembles, that have labels or no rate, and a page on standard output."""
    line = ["train", "numbers.csv", "--target", "y", "--task", "regress", "--device", "cpu", "--model", "e"]
    run(*line, "--rate", "1e30", "--epochs", "5", "--report", "diverged.html", status=4)
    assert "Diverged in epoch" in texts(page("diverged.html"))
    run(*line, "--ensemble", "2", "--epochs", "3", "--report", "ensemble.html")
    root = page("ensemble.html")
    assert lines(root)["training"] == [(3, 3)] and "first member of the ensemble" in texts(root)
    run(*line, "--optimizer", "lbfgs", "--epochs", "4", "--report", "lbfgs.html")
    page("lbfgs.html")
    (FOLDER / "labels.csv").write_text("x,y,p,q\n" + "".join(
        f"{i % 5},{i % 3},{i % 2},{int(i % 5 > 2)}\n" for i in range(50)))
    run("train", "labels.csv", "--target", "p,q", "--device", "cpu", "--epochs", "20", "--report", "labels.html",
        "--model", "l")
    assert "ROC and area under it" in texts(page("labels.html"))
    (FOLDER / "piped.html").write_text(run(*line, "--epochs", "2", "--report", "/dev/stdout").stdout)
    assert lines(page("piped.html"))["training"] == [(2, 2)]
    assert "--json" in run(*line, "--report", "/dev/stdout", "--json", status=2).stderr


def check_others():
    """Pages of a model, of measurements and of a verification; what is none of them is refused."""
    run("report", "m", "--out", "model.html")
    assert NAMES[0] in texts(page("model.html"))
    for name, words in (("gemm", ["bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--seconds", "0.01"]),
                        ("step", ["bench", "step", "--layers", "4,3,2", "--batch", "8", "--seconds", "0.01"]),
                        ("ops", ["bench", "ops", "--layers", "4,3,2", "--batch", "8", "--seconds", "0.01"]),
                        ("verify", ["verify", "numbers.csv", "--task", "regress", "--steps", "3", "--batch", "20"])):
        (FOLDER / name).write_text(run(*words, "--device", "cpu", "--json").stdout)
        run("report", name, "--out", name + ".html")
        page(name + ".html")
    found = json.loads((FOLDER / "verify").read_text())["tensors"]
    tensors = {(f["tensor"], f["layer"], f["equation"] in ("transfer", "steps")) for f in found}
    assert len(rows(page("verify.html"), "tensors")) - 1 == len(tensors), tensors
    hostile = {"verdict": "<b>", "mode": "&", "tensors": [{"tensor": NAMES[0], "layer": 1, "step": 1,
               "max_of_bound": None, "max_of_bound_text": "inf", "kernel": NAMES[2]}, 3, {}], "peak": [1, "a"]}
    (FOLDER / "hostile").write_text(json.dumps(hostile))
    run("report", "hostile", "--out", "hostile.html")
    assert NAMES[0] in texts(page("hostile.html"))
    points = [{"width": w, "batch": b, "device": d, "engine": "native", "milliseconds": w * b / (1 if d == "a" else 3)}
              for w in (8, 32) for b in (4, 64) for d in ("a", NAMES[0])]
    (FOLDER / "cross").write_text(json.dumps({"points": points, "crossovers": []}))
    run("report", "cross", "--out", "cross.html")
    assert lines(page("cross.html"))[NAMES[0] + " native"] == [(2, 2), (2, 2)]
    for name, text in (("x1", "a,b\n1,2\n"), ("x2", '{"a": 1}'), ("x3", ""), ("x4", "[" * 5000),
                       ("x5", '{"epoch":1}\n'),
                       ("x6", '{"epoch":1,"cost":1}\nnothing\n'), ("x7", '{"epoch":1,"cost":1}\n\0')):
        (FOLDER / name).write_text(text)
        run("report", name, "--out", "none.html", status=2)
    run("report", "no such file", "--out", "none.html", status=2)
    run("report", "hostile", "--out", "hostile", status=2)
    assert not (FOLDER / "none.html").exists()


def check_refused():
    (FOLDER / "mine.html").write_text("<html>of somebody</html>")
    line = ["train", "numbers.csv", "--target", "y", "--device", "cpu", "--epochs", "1"]
    for words, message in ((["--report", "mine.html"], "would overwrite a file that is no report of clmlp"),
                           (["--report", "numbers.csv"], "--report"),
                           (["--report", "same", "--model", "same"], "same"),
                           (["--report", "no/such/folder"], "--report 'no/such/folder'")):
        assert message in run(*line, *words, status=2).stderr, (words, message)
    assert (FOLDER / "mine.html").read_text() == "<html>of somebody</html>"


do_all(globals())
