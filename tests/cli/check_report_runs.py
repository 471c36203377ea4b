"""Pages of runs of every kind: check_report_runs.py CLMLP FOLDER. Exit status 0: all is as it should be."""
import json

from report_pages import FOLDER, HTML, NAMES, SVG, do_all, heights, lines, page, places, rows, run, texts

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


do_all(globals())
