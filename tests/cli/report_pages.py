"""What tests of reports share: pages as a strict parser sees them. Of the command line: CLMLP FOLDER."""
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

CLMLP, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
NAMES = ["<script>alert(1)</script>", "a\"b'c&d", "\u202egnp", "plain"]
POINT = re.compile(r"[ML]")
HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"


def run(*words, status=0):
    done = subprocess.run([CLMLP, *words], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    return done


def page(name):
    """The tree of a page; everything in it that could load or run something is refused."""
    text = (FOLDER / name).read_bytes()
    root = tree.fromstring(text)
    policy = [e.get("content") for e in root.iter() if e.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1 and policy[0].startswith("default-src 'none'; style-src 'unsafe-inline'"), policy
    for element in root.iter():
        tag = element.tag.split("}")[-1]
        assert tag not in ("script", "link", "img", "iframe", "object", "a", "use", "image"), tag
        for key in element.attrib:
            assert not key.startswith("on") and key.split("}")[-1] not in ("src", "href"), (tag, key)
        assert tag != "svg" or element.get("role") == "img" or element.get("aria-hidden") == "true", "a nameless svg"
        for key in ("d", "x", "y", "width", "height"):
            assert not re.search("nan|inf", element.get(key, "")), (name, tag, element.attrib)
    for bad in (b"\x00", "\u202e".encode()):
        assert bad not in text, (name, bad)
    assert len(text) < 500_000, (name, len(text))
    return root


def lines(root):
    """name -> (points drawn, values there are), of each line of each chart."""
    found = {}
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if path.get("data-points") is None:
            continue
        drawn = len(POINT.findall(path.get("d")))
        assert drawn == int(path.get("data-points")), (path.attrib["data-name"], drawn)
        found.setdefault(path.get("data-name"), []).append((drawn, int(path.get("data-of"))))
    return found


def places(root, name):
    """All points of the lines with a name are inside of their picture."""
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if path.get("data-name") == name:
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d")):
                assert 0 <= float(x) <= 360 and 0 <= float(y) <= 360, (name, x, y)


def texts(root):
    return "\n".join(root.itertext())


def heights(root, name):
    """y of all points of a line, downwards."""
    for path in root.iter(SVG + "path"):
        if path.get("data-name") == name:
            return [float(y) for _, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d"))]
    return []


def labels(root):
    """The texts of each picture, in the order of the page."""
    return [["".join(t.itertext()) for t in svg.iter(SVG + "text")] for svg in root.iter(SVG + "svg")
            if svg.get("role") == "img"]


def rows(root, kind):
    """The rows of the tables of a class, as lists of texts."""
    return [["".join(cell.itertext()) for cell in row if cell.tag in (HTML + "td", HTML + "th")]
            for table in root.iter(HTML + "table") if kind in table.get("class", "").split()
            for row in table.iter(HTML + "tr")]


def write_history(name, costs, **more):
    """A history with these costs, as texts of JSON."""
    (FOLDER / name).write_text("".join(
        '{"epoch":%d,"cost":%s,"accuracy":null,"rate":0.5,"seconds":%d%s}\n' % (
            i + 1, cost, i, "".join(f',"{key}":{value[i]}' for key, value in more.items()))
        for i, cost in enumerate(costs)))


def do_all(checks):
    """In an empty folder, in the order they are written in."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, check in list(checks.items()):
        if name.startswith("check_"):
            check()
            print("ok", name[6:])
