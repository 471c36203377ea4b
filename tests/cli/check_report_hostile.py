"""Reports of files that nobody meant well: check_report_hostile.py CLMLP FOLDER. Exit status 0: all is well."""
import json

from report_pages import FOLDER, HTML, do_all, lines, page, rows, run, texts, write_history

SVG = "{http://www.w3.org/2000/svg}"
EVIL = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u202eelif\u2066", "]]>", "&amp;",
        "x\ty", "'\"`", "\u0085\ufeff\U000e0041", "<!--", "=cmd|' /C calc'!A0", "{{7*7}}", "A" * 300]


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def check_names():
    """Columns, classes, files and options may be called anything: it stays text, in a page of 390 pixels, too."""
    (FOLDER / "evil.csv").write_text(",".join(quoted(n) for n in EVIL[:5]) + ",class\n" + "".join(
        ",".join(str((i * (k + 3)) % 11) for k in range(5)) + "," + quoted(EVIL[i % len(EVIL)]) + "\n"
        for i in range(120)), encoding="utf-8")
    file = "<img src=x onerror=alert(1)> \u202eevil.csv"
    (FOLDER / file).write_bytes((FOLDER / "evil.csv").read_bytes())
    run("train", file, "--target", "class", "--epochs", "3", "--device", "cpu", "--validation", "0.3", "--model",
        "evil", "--report", "evil.html", "--history", "<script>.jsonl")
    run("report", "evil", "evil.csv", "--device", "cpu", "--out", "evil-model.html")
    run("report", "<script>.jsonl", "--out", "evil-history.html")
    for name in ("evil.html", "evil-model.html"):
        said = texts(page(name))
        assert EVIL[0] in said and EVIL[1] in said and "\u202e" not in said and "\ufffdelif\ufffd" in said, name
    assert file.replace("\u202e", "\ufffd") in texts(page("evil.html"))
    assert "<script>.jsonl" in texts(page("evil-history.html"))


def check_sizes():
    """255 classes, one row, data of one class, 10,000 columns, one epoch."""
    (FOLDER / "classes.csv").write_text("a,b,class\n" + "".join(f"{i % 255 % 16},{i % 255 // 16},c{i % 255}\n"
                                                             for i in range(510)))
    (FOLDER / "row.csv").write_text("a,b,y\n1,2,0.5\n")
    for name, classes in (("two", ["only", "other"]), ("class", ["only"]), ("single", ["only"])):
        (FOLDER / (name + ".csv")).write_text("a,b,y\n" + "".join(
            f"{i},{i % 3},{classes[i % len(classes)]}\n" for i in range(1 if name == "single" else 9)))
    (FOLDER / "wide.csv").write_text(",".join(f"c{j}" for j in range(10000)) + ",y\n" + "".join(
        ",".join(str((i * j) % 7) for j in range(10000)) + f",{'ab'[i % 2]}\n" for i in range(12)))
    for name, words in (("classes", ["--max-categories", "300", "--task", "classify"]), ("row", ["--task", "regress"]),
                        ("two", ["--task", "classify"]), ("wide", ["--hidden", "2"])):
        run("train", name + ".csv", *words, "--epochs", "1", "--device", "cpu", "--report", name + ".html", "--model",
            name)
        root = page(name + ".html")
        assert all(drawn == of for drawn, of in lines(root)["training"]), (name, lines(root))
        run("report", name, name + ".csv", "--device", "cpu", "--out", name + "-model.html")
        page(name + "-model.html")
    for name in ("class", "single"):  # judged by one class, by one row
        run("report", "two", name + ".csv", "--device", "cpu", "--out", name + ".html")
        assert "There is no ROC" in texts(page(name + ".html"))
    assert "of 255 classes" in texts(page("classes.html"))
    assert "with 10000 columns" in texts(page("wide.html")).replace("\u202f", "")


def check_histories():
    """NaN, nothing, half a line, numbers that are none, members that are not what they should be."""
    write_history("nan", ["1", "null", "0.5"], validation=['{"cost":null,"accuracy":null}', '{"cost":2,"accuracy":0}',
                                                           '{"cost":"x","accuracy":[1]}'])
    (FOLDER / "half").write_text('{"epoch":1,"cost":3,"accuracy":null}\n{"epoch":2,"cost":2}\n{"epoch":3,"co')
    (FOLDER / "odd").write_text('{"epoch":1,"cost":{},"validation":7,"test":[1],"rate":"fast","seconds":null}\n'
                                '{"epoch":1,"cost":1e999,"validation":{"<b>":0.5,"cost":1}}\n'
                                '{"epoch":2,"cost":-1e308}\n')
    for name, drawn in (("nan", (2, 3)), ("half", (2, 2))):
        run("report", name, "--out", name + ".html")
        assert lines(page(name + ".html"))["training"] == [drawn], name
    assert "half:3: is cut off" in run("report", "half", "--out", "half.html").stderr
    run("report", "odd", "--out", "odd.html")
    page("odd.html")
    for name, text in (("empty", ""), ("cut", '{"epoch":1,"co'), ("line", "\n"),
                       ("epochless", '{"epoch":-1,"cost":1}\n'), ("vast", '{"epoch":1e300,"cost":1}\n')):
        (FOLDER / name).write_text(text)
        run("report", name, "--out", "none.html", status=2)
        assert not (FOLDER / "none.html").exists(), name


def check_json():
    """What is in the place of a number or a text may be anything, and there may be much of it."""
    anything = [None, True, [], {}, "", "x" * 5000, EVIL[0], -0.0, 1e308, [1, "a", None], {"min": "x", "<i>": 1}]
    keys = ["milliseconds", "samples_per_second", "peak_gflops", "kernels", "ops", "points", "crossovers", "trials",
            "strategy", "best", "first_failure", "tensors", "steps", "max_of_bound", "words", EVIL[1], "worst_index"]
    for i, thing in enumerate(anything):
        for name, base in (("bench", {"peak_gflops": 1}), ("verify", {"verdict": "fail", "mode": "x"}),
                           ("search", {"strategy": "x", "trials": [{"trial": 1, "options": {EVIL[1]: thing}}]})):
            (FOLDER / "any").write_text(json.dumps({**{key: thing for key in keys}, **base}))
            run("report", "any", "--out", f"any-{name}.html", "--overwrite")
            page(f"any-{name}.html")
            (FOLDER / "any").write_text(json.dumps({**base, **{key: [thing] * 3 for key in keys if key not in base}}))
            run("report", "any", "--out", f"any-{name}.html")
            page(f"any-{name}.html")
    # numbers whose width or difference is none; 1e999 is read as infinite
    for values in (["-1e999", "1e999", "0"], ["-1e308", "0"], ["-1e308", "1e308"], ["1e308"], ["5e-324"], ["-5e-324"]):
        for key, member, more in (("tensors", "max_of_bound", '"verdict":"fail","mode":"x"'),
                                  ("kernels", "milliseconds_per_step", '"peak_gflops":1'),
                                  ("ops", "percent_of_step", '"peak_gflops":1')):
            (FOLDER / "far").write_text('{%s,"%s":[%s]}' % (more, key, ",".join(
                '{"tensor":"t%d","name":"t%d","%s":%s}' % (i, i, member, value) for i, value in enumerate(values))))
            run("report", "far", "--out", "far.html", "--overwrite")
            bars = [e for e in page("far.html").iter(SVG + "rect") if e.get("class", "").startswith("bar")]
            assert len(bars) == len(values), (values, key)
            for bar in bars:
                x, width = float(bar.get("x")), float(bar.get("width"))
                assert 0 <= x and x + width <= 360, (values, key, bar.attrib)
    tensors = [{"tensor": f"t{i}", "layer": i, "step": i, "equation": "update", "max_of_bound": 1 / (i + 1)}
               for i in range(5000)]
    (FOLDER / "many").write_text(json.dumps({"verdict": "pass", "mode": "x", "tensors": tensors}))
    run("report", "many", "--out", "many.html")
    root = page("many.html")
    assert "findings have no place" in texts(root) and len(rows(root, "tensors")) == 201
    assert sum(1 for _ in root.iter(HTML + "section")) == 2


do_all(globals())
