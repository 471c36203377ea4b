"""Pages of runs of every kind: check_report_runs.py CLMLP FOLDER. Exit status 0: all is as it should be."""
import json

from report_pages import FOLDER, HTML, NAMES, SVG, do_all, heights, labels, lines, page, places, rows, run, texts

LINE = ["--target", "y", "--device", "cpu"]


def sections(root):
    return [section.get("id") for section in root.iter(HTML + "section")]


def check_data():
    """Not a check: what the others take."""
    (FOLDER / "numbers.csv").write_text("a,b,y\n" + "".join(
        f"{i % 7}.5,{i % 3 - 1},{(i % 7) * 2.5 - i % 3}\n" for i in range(60)))
    quoted = ['"' + n.replace('"', '""') + '"' for n in NAMES]
    (FOLDER / "classes.csv").write_text("a,b,y\n" + "".join(
        f"{i % 7},{i % 5},{quoted[i % 4]}\n" for i in range(80)), encoding="utf-8")


def check_times():
    """An epoch of 6 steps over two layers: each equation as often as it was called; the others are not counted."""
    run("train", "numbers.csv", *LINE, "--task", "regress", "--epochs", "5", "--batch", "10", "--report", "times.html",
        "--model", "t")
    root = page("times.html")
    calls = {row[0]: int(row[1]) for row in rows(root, "times")[1:]}
    assert calls["update"] == calls["gradient"] == 12 and calls["hidden_delta"] == 6, calls
    assert "timed in epoch 2 alone" in texts(root)
    bars = [bar for svg in root.iter(SVG + "svg") for bar in svg.iter(SVG + "rect")]
    assert len(bars) >= len(calls)
    shares = [float(row[3].rstrip(" %")) for row in rows(root, "times")[1:]]
    assert abs(sum(shares) - 100) < 0.5 * len(shares), shares
    run("train", "numbers.csv", *LINE, "--task", "regress", "--epochs", "5", "--batch", "10", "--model", "u")
    assert (FOLDER / "t").read_bytes() == (FOLDER / "u").read_bytes()


def check_a_model_is_judged():
    """report MODEL DATA has what evaluate has."""
    run("train", "classes.csv", *LINE, "--epochs", "9", "--model", "c")
    said = json.loads(run("evaluate", "c", "classes.csv", "--device", "cpu", "--json").stdout)
    run("report", "c", "classes.csv", "--device", "cpu", "--out", "judged.html")
    root = page("judged.html")
    assert sections(root)[:4] == ["classes", "probabilities", "importance", "mistakes"], sections(root)
    cells = [[int(cell) for cell in row[1:]] for row in rows(root, "confusion")[1:]]
    assert cells == said["confusion"], (cells, said["confusion"])
    shown = dict(row[:2] for row in rows(root, "metrics"))
    for name, value in said["metrics"].items():
        assert name not in shown or abs(float(shown[name].replace("\u2212", "-")) - value) < 1e-3, (name, shown)
    assert "mcc" in shown and "on classes.csv" in texts(root)
    run("train", "numbers.csv", *LINE, "--task", "regress", "--epochs", "9", "--model", "n")
    run("report", "n", "numbers.csv", "--device", "cpu", "--out", "judged.html")
    assert lines(page("judged.html"))["examples"] == [(60, 60), (60, 60)]
    for words, message in ((["c", "--seed", "3"], "--seed: is for DATA"),
                           (["classes.csv", "c"], "name the model first"),
                           (["c", "no such data"], "no such data"), (["c", "classes.csv", "--out", "c"], "overwrite"),
                           (["numbers.csv", "numbers.csv"], "is no model"), (["c", "numbers.csv"], "numbers.csv")):
        assert message in run("report", *words, status=2).stderr, words


def check_resumed():
    """A run that goes on shows the epochs before it where its history has them, and else says that they are lost."""
    line = ["train", "numbers.csv", *LINE, "--task", "regress", "--checkpoint-every", "1"]
    for name, history in (("with", ["--history", "with.jsonl"]), ("without", [])):
        run(*line, "--epochs", "4", "--checkpoint", name + ".ckpt", *history, "--model", "r")
        if history:  # a crash came in the sixth epoch
            with (FOLDER / "with.jsonl").open("a") as file:
                file.write('{"epoch":5,"cost":9,"accuracy":null,"rate":0.5,"seconds":9}\n{"epoch":6,"co')
        run("train", "numbers.csv", "--resume", name + ".ckpt", "--epochs", "9", *history, "--device", "cpu",
            "--report", name + ".html", "--model", "r")
        root = page(name + ".html")
        assert lines(root)["training"] == ([(9, 9)] if history else [(5, 5)]), lines(root)
        assert ("Epochs 1 to 4 were trained before" in texts(root)) == (not history)
    run("train", "numbers.csv", *LINE, "--task", "regress", "--epochs", "9", "--history", "once.jsonl", "--report",
        "once.html", "--model", "o")
    assert heights(page("once.html"), "training") == heights(page("with.html"), "training")


def check_folds():
    """Each metric has a dot a fold, in the order of their values, and their mean."""
    said = json.loads(run("train", "classes.csv", *LINE, "--epochs", "6", "--cross-validate", "4", "--json", "--report",
                          "folds.html", "--model", "f").stdout)["cross_validation"]
    root = page("folds.html")
    table = {row[0]: [float(cell.replace("\u2212", "-")) for cell in row[1:]] for row in rows(root, "folds")[1:]}
    found = lines(root)
    for name, of in said["metrics"].items():
        assert found[name] == [(4, 4)], (name, found)
        places(root, name)
        values, shown = [of["mean"], of["std"], *of["values"]], table[name]
        assert all(abs(a - b) <= 1e-3 * abs(a) + 1e-9 for a, b in zip(values, shown)), (name, values, shown)
        path = next(p for p in root.iter(SVG + "path") if p.get("data-name") == name)
        x = [float(move.split()[0]) for move in path.get("d").split("M")[1:]]
        for i in range(4):
            for k in range(4):
                assert (of["values"][i] - of["values"][k]) * (x[i] - x[k]) >= 0, (name, of["values"], x)
    accuracy = said["metrics"]["accuracy"]
    first = next(t for t in root.iter(HTML + "div") if t.get("class") == "tile")
    assert "".join(first.itertext()) == (f"{100 * accuracy['mean']:.2f} \u00b1 {100 * accuracy['std']:.2f} %"
                                         "accuracy, 4 folds: mean \u00b1 standard deviation"), first
    assert "All other figures are of the training data" in texts(root)
    run("train", "classes.csv", *LINE, "--epochs", "2", "--report", "none.html", "--model", "f")
    assert "folds" not in sections(page("none.html"))


def check_diverged():
    """What happened is said, and what there is is shown."""
    line = ["train", "numbers.csv", *LINE, "--task", "regress", "--epochs", "9", "--batch", "10", "--model", "d"]
    done = run(*line, "--rate", "1e30", "--report", "first.html", status=4)
    root = page("first.html")
    said = texts(root)
    assert "no model was written" in said and "no curves" in said and "it was 1e+30" in said, said
    assert "samples a second" not in said and "What was found: " in said
    assert done.stderr.count("report written to first.html") == 1, done.stderr
    run(*line, "--activation", "relu", "--rate", "3", "--warmup", "36", "--report", "later.html", status=4)
    root = page("later.html")
    drawn, of = lines(root)["training"][0]
    assert 0 < drawn == of < 9 and "good epoch" in texts(root) and "d.diverged" in texts(root), (drawn, of)


def check_search():
    """A trial is a point and a row; a log has no settings; a last line that was cut off is left out."""
    said = run("search", "classes.csv", "--target", "y", "--trials", "7", "--rate", "0.01:1:log", "--hidden", "3|5",
               "--epochs", "3", "--device", "cpu", "--log", "s.log", "--model", "s", "--json").stdout
    (FOLDER / "search.json").write_text(said)
    trials = json.loads(said)["trials"]
    run("report", "search.json", "--out", "search.html")
    root = page("search.html")
    found = lines(root)
    assert found["accuracy by rate"] == found["accuracy by trial"] == [(7, 7)], found
    assert dict(rows(root, "facts")) == {"strategy": "random", "seed": "1", "data": "classes.csv", "model": "s",
                                         "target": "y", "epochs": "3", "device": "cpu", "validation": "0.2"}
    table = rows(root, "trials")
    assert table[0][:3] == ["trial", "hidden", "rate"] and len(table) == 8, table
    assert [(int(row[0]), row[2]) for row in table[1:]] == [(t["trial"], t["options"]["rate"]) for t in trials]
    said = run("search", "classes.csv", "--target", "y", "--trials", "6", "--hidden", "3|5,4", "--rate", "0.1:1",
               "--epochs", "3", "--device", "cpu", "--model", "s", "--json").stdout
    (FOLDER / "words.json").write_text(said)
    run("report", "words.json", "--out", "words.html")
    best = {}
    for trial in json.loads(said)["trials"]:
        best.setdefault(trial["options"]["hidden"], []).append(trial["value"])
    texts_of = next(t for t in labels(page("words.html")) if any(text.startswith("5,4, ") for text in t))
    bars = {name.rsplit(",", 1)[0]: float(value) for name, value in zip(texts_of[::2], texts_of[1::2])}
    assert len(bars) == 2 and all(abs(bars[name] - max(values)) < 1e-3 for name, values in best.items()), (bars, best)
    assert "log of a search" in run("report", "classes.csv", status=2).stderr
    with (FOLDER / "s.log").open("a") as file:
        file.write('{"trial":8,"ro')
    run("report", "s.log", "--out", "log.html")
    root = page("log.html")
    assert len(rows(root, "trials")) == 8 and "A log does not have the settings" in texts(root)
    (FOLDER / "bad.log").write_text('{"search":"x"}\nnothing\n')
    run("report", "bad.log", "--out", "none2.html", status=2)


def check_dash():
    """No output is called '-': it might mean the standard output, or a file of that name."""
    for words in (["train", "numbers.csv", "--report", "-"], ["train", "numbers.csv", "--model", "-"],
                  ["train", "numbers.csv", "--history", "-"], ["train", "numbers.csv", "--checkpoint", "-"],
                  ["train", "numbers.csv", "--tensorboard", "-"], ["report", "n", "--out", "-"],
                  ["predict", "n", "numbers.csv", "--out", "-"], ["export", "n", "--onnx", "-"],
                  ["search", "numbers.csv", "--rate", "0.1|0.2", "--log", "-"],
                  ["verify", "numbers.csv", "--dump", "-"]):
        said = run(*words, status=2).stderr
        assert f"{words[-2]} '-': is no file (the standard output is /dev/stdout" in said, (words, said)
        assert not (FOLDER / "-").exists()


do_all(globals())
