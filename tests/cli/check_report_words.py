"""What a report says, and to whom: check_report_words.py CLMLP FOLDER. Exit status 0: all is as it should be."""
import json
import re

from report_pages import FOLDER, HTML, SVG, do_all, labels, lines, page, rows, run, texts, write_history


def check_axes_have_one_form():
    """No axis has 2e5 beside 40000, and each label is the number of its place, told from the others."""
    cases = {"thousands": ["200000", "40000"], "millions": ["0", "3000000"], "small": ["3", "1e-7"],
             "usual": ["0.25", "0.5"], "tens": ["12000", "9500"], "decades": ["3e9", "1", "2e-3"],
             "near": ["1.0000000000000002", "1"], "fine": ["0.00012", "0.0005"]}
    for name, costs in cases.items():
        write_history("axis", costs)
        run("report", "axis", "--out", "axis.html")
        ticks = [text for text in labels(page("axis.html"))[0] if re.match(r"[\u22120-9]", text)]
        vertical = ticks[:-2] if len(costs) == 2 else ticks[:-3]
        assert len(vertical) >= 2 and len(set(vertical)) == len(vertical), (name, ticks)
        exponents = {"e" in text for text in vertical if text != "0"}
        assert len(exponents) == 1, (name, vertical)
        numbers = [float(text.replace("\u202f", "").replace("\u2212", "-")) for text in vertical]
        assert numbers == sorted(numbers), (name, vertical)


def check_columns_differ():
    """Nothing has two columns of one name, whatever is monitored."""
    (FOLDER / "six.csv").write_text("x,y,class\n" + "".join(f"{i % 7},{i % 5},k{i % 6}\n" for i in range(90)))
    for monitor in ("cost", "accuracy", "log_loss"):
        run("train", "six.csv", "--epochs", "3", "--device", "cpu", "--validation", "0.3", "--keep-best", "--monitor",
            monitor, "--report", "six.html", "--model", "six")
        root = page("six.html")
        heading = rows(root, "epochs")[0]
        assert len(set(heading)) == len(heading) and "training cost" in heading, heading
        assert ("validation log_loss" in heading) == (monitor == "log_loss"), heading
    names = [row[0] for row in rows(root, "metrics")]
    assert "top_5" in names and "top_k" not in names, names


def check_curves_are_apart():
    """Single steps, fused ones and transfers have bars and curves of their own."""
    findings = [{"step": s, "layer": 1, "tensor": "theta", "kernel": kernel, "equation": equation, "elements": 4,
                 "failed": 0, "max_ulp": 1, "max_of_bound": value}
                for s, kernel, equation, value in ((0, "", "transfer", 0), (1, "update", "update", 0.5),
                                                   (2, "update", "update", 0.25), (2, "fused", "steps", 0))]
    (FOLDER / "v").write_text(json.dumps({"verdict": "pass", "mode": "lock-step", "steps": 2, "tensors": findings}))
    run("report", "v", "--out", "v.html")
    root = page("v.html")
    found = lines(root)
    assert found["theta(1)"] == [(2, 2)] and found["theta(1), fused"] == found["theta(1), moved"] == [(1, 1)], found
    assert sorted(row[0] for row in rows(root, "tensors")[1:]) == ["theta(1)", "theta(1), fused", "theta(1), moved"]


def check_words_and_units():
    """What bench and verify print with --json is said in words, and what is measured has a unit."""
    (FOLDER / "t.csv").write_text("a,y\n" + "".join(f"{i % 7},{i % 7 * 2}.5\n" for i in range(30)))
    for name, words in (("gemm", ["bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--seconds", "0.01"]),
                        ("step", ["bench", "step", "--layers", "4,3,2", "--batch", "8", "--seconds", "0.01"]),
                        ("ops", ["bench", "ops", "--layers", "4,3,2", "--batch", "8", "--seconds", "0.01"]),
                        ("sweep", ["bench", "crossover", "--widths", "4,8", "--batches", "2,4", "--seconds", "0.01"]),
                        ("verify", ["verify", "t.csv", "--task", "regress", "--steps", "2", "--batch", "9"])):
        (FOLDER / name).write_text(run(*words, "--device", "cpu", "--json").stdout)
        run("report", name, "--out", name + ".html")
        root = page(name + ".html")
        facts = rows(root, "facts")
        assert facts and not [row for row in facts if "_" in row[0] or row[1] == ""], (name, facts)
        assert not re.search(r"\b[a-z]+_(per|of|seconds|milliseconds|gflops)", texts(root)), name
    said = dict(rows(page("step.html"), "facts"))
    assert said["speed"].endswith("samples a second") and said["computing"].endswith("GFLOP/s"), said
    assert said["median time"].endswith(" ms"), said


def check_importance_has_no_noise():
    """A column that is nothing but one value loses nothing, and shares are said to hundredths of a point."""
    for name, target, words in (("share", "ab", []), ("error", ["1.5", "4.25"], ["--task", "regress"])):
        (FOLDER / "i.csv").write_text("a,b,never,y\n" + "".join(
            f"{i % 7}.{i % 3},{i * 5 % 11},3,{target[int((i % 7 > 3) != (i * 5 % 11 > 8))]}\n" for i in range(91)))
        run("train", "i.csv", *words, "--epochs", "60", "--device", "cpu", "--report", name + ".html", "--model",
            name)
        section = next(s for s in page(name + ".html").iter(HTML + "section") if s.get("id") == "importance")
        said = ["".join(t.itertext()) for t in section.iter(SVG + "text")]
        bars = dict(zip(said[::2], said[1::2]))
        assert bars["never"] == "0" and bars["a"] not in ("0", ""), bars
        assert name == "error" or all(re.fullmatch("\u2212?[0-9]+([.][0-9]{1,2})?", bar) for bar in bars.values()), bars


def mistakes(name):
    """What a page calls the rows of the worst mistakes, and the first two values of each."""
    table = rows(page(name), "mistakes")
    return table[0][0], [(int(row[0].replace("\u202f", "")), row[4], row[5]) for row in table[1:]]


def check_rows_are_those_of_the_file():
    """Line or row is where an example stands in the user's file, of a held-out part, too."""
    data = [f"{i}.5,{i * 7 % 90}.5,{'ab'[i * 7919 % 2]}" for i in range(60)]
    data[11] = "3.5,4.5,"
    text = "x,y,class\n" + "\n".join(data) + "\n"
    (FOLDER / "rows.csv").write_text(text)
    (FOLDER / "blank.csv").write_text(text.replace("20.5,", "\n\n20.5,", 1))
    for name, heading, first in (("rows", "line", 2), ("blank", "row", 1)):
        run("train", name + ".csv", "--validation", "0.4", "--missing-targets", "drop", "--epochs", "2", "--device",
            "cpu", "--report", name + ".html", "--model", name)
        said, found = mistakes(name + ".html")
        assert said == heading and found, (name, said, found)
        for number, x, y in found:
            assert data[number - first].startswith(f"{x},{y},"), (name, number, x, y)
        assert f"are those of {name}.csv" in texts(page(name + ".html"))


do_all(globals())
