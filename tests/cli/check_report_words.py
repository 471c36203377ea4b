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


def check_labels_of_an_axis_are_apart():
    """Where the labels of a histogram would touch some are left out; 0 stays."""
    (FOLDER / "wide.csv").write_text("x,y\n" + "".join(
        f"{i % 3},{-70000 if i == 7 else 175000 if i == 9 else i % 2}\n" for i in range(200)))
    run("train", "wide.csv", "--task", "regress", "--epochs", "1", "--rate", "1e-9", "--hidden", "", "--device", "cpu",
        "--report", "wide.html", "--model", "wide")
    below = [t for svg in page("wide.html").iter(SVG + "svg") if "Residuals" == svg.findtext(SVG + "title")
             for t in svg.iter(SVG + "text") if t.get("text-anchor") == "middle"]
    places = [(float(t.get("x")), sum(3 if c == "\u202f" else 7 for c in t.text), t.text) for t in below]
    assert len(places) > 2 and "0" in [text for _, _, text in places], places
    for (x, width, text), (next_x, next_width, next_text) in zip(places, places[1:]):
        assert x + width / 2 + 4 < next_x - next_width / 2, (text, next_text)


def check_cells_are_those_of_the_file():
    """Dates and booleans as words; of several targets each its error; words are whole unless they are long."""
    days = [f"{2019 + i % 6}-{1 + i % 12:02}-{1 + i * 7 % 28:02}" for i in range(89)] + ["2020-02-29", "2019-12-31"]
    data = [(day, ("no", "yes")[i * 5 % 3 == 0], f"{i * 37 % 90}.5", f"{1000 * (i * 13 % 89)}.5")
            for i, day in enumerate(days)]
    long = "x" * 40
    (FOLDER / "cells.csv").write_text("day,garden,kind,a,price\n" + "".join(
        f"{d},{g},{(long, 'short')[i % 2]},{a},{p}\n" for i, (d, g, a, p) in enumerate(data)))
    run("train", "cells.csv", "--target", "a,price", "--task", "regress", "--epochs", "2", "--device", "cpu",
        "--report", "cells.html", "--model", "cells")
    found = rows(page("cells.html"), "mistakes")
    assert found[0] == ["line", "actual", "predicted", "error", "day", "garden", "kind"], found[0]
    for row in found[1:]:
        line = data[int(row[0]) - 2]
        assert row[4:6] == list(line[:2]), (row, line)
        actual, predicted, errors = ([float(n.replace("\u202f", "").replace("\u2212", "-")) for n in cell.split(", ")]
                                     for cell in row[1:4])
        assert len(errors) == 2, row
        for y, h, error in zip(actual, predicted, errors):
            assert abs(abs(y - h) - error) <= 1e-3 * max(abs(y), abs(h)) + 1, row
    cells = [cell for cell in page("cells.html").iter(HTML + "td") if cell.text in (long, "short")]
    assert {(cell.text, cell.get("class")) for cell in cells} == {(long, "long"), ("short", None)}


def check_what_is_odd_is_explained():
    """Training costs above validation, more than the peak, a count at its bound, and two largest errors."""
    why = "that alone may put training above validation"
    for words, said in (([], None), (["--dropout", "0.2"], "met with dropout,"),
                        (["--dropout", "0.2", "--label-smoothing", "0.1"], "met with dropout and smoothed labels,")):
        run("train", "six.csv", "--epochs", "2", "--device", "cpu", *words, "--report", "why.html", "--model", "six")
        text = texts(page("why.html"))
        assert (why in text) == (said is not None) and (said is None or said in text), words
    for percent in (99, 134):
        (FOLDER / "peak").write_text(json.dumps({"peak_gflops": 5, "percent_of_peak": percent, "kernels": [
            {"name": "gradient", "layer": 1, "gflops": 3, "milliseconds_per_step": 8}]}))
        run("report", "peak", "--out", "peak.html")
        text = texts(page("peak.html"))
        assert ("Above 100 %" in text) == (percent > 100) and "a pass of their own" in text, percent
    for tensor in ("theta", "right"):
        finding = {"tensor": tensor, "layer": 1, "step": 1, "elements": 1, "failed": 0, "max_of_bound": 1}
        (FOLDER / "odd").write_text(json.dumps({"verdict": "fail", "mode": "lock-step", "tensors": [finding],
            "first_failure": {"max_abs": None, "max_abs_text": "inf", "max_ulp": None, "max_ulp_text": "inf"}}))
        run("report", "odd", "--out", "odd.html")
        root = page("odd.html")
        assert ("how many predictions are right" in texts(root)) == (tensor == "right")
        names = [row[0] for row in rows(root, "facts")]
        assert len(set(names)) == len(names), names


do_all(globals())
