"""Pages for man(1) against what the program takes: check_manual.py CLMLP FOLDER.

Options, their texts and defaults are those of --help, words of closed lists those of the error messages. mandoc and man
say what is wrong with the pages, where they are installed.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

CLMLP, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES",
            "EXAMPLES", "SEE ALSO"]


def run(*words, status=0):
    done = subprocess.run([CLMLP, *words], capture_output=True, text=True)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    return done.stdout if status == 0 else done.stderr


def plain(roff):
    """Text without troff's fonts and names of characters, in one line."""
    text = re.sub(r"\\f[BIR]", "", roff)
    for name, character in {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\(dq": '"',
                            r"\&": "", r"\(rs": "\\"}.items():
        text = text.replace(name, character)
    return " ".join(text.split())


def options_of_help(text):
    """{name: (argument, text)} of --help."""
    found, name = {}, None
    for line in text.splitlines():
        row = re.match(r"  (?:-\w, |    )--([a-z0-9-]+)(=(\S+))?(?: +(.*))?$", line)
        if row:
            name = row[1]
            found[name] = [row[3], row[4] or ""]
        elif name and line.startswith(" " * 12) and line.strip():
            found[name][1] += " " + line.strip()
        else:
            name = None
    return {name: (argument, " ".join(text.split())) for name, (argument, text) in found.items()}


def options_of_page(page):
    """{name: (argument, text)} of a page."""
    found = {}
    for item in re.split(r"^\.TP\n", section(page, "OPTIONS"), flags=re.M)[1:]:
        first, _, rest = item.partition("\n")
        name = re.fullmatch(r"(?:-h, )?--([a-z0-9-]+)(?:=(\S+))?", plain(first))
        assert name, first
        found[name[1]] = (name[2], plain(re.sub(r"^\.SS .*\n", "", rest, flags=re.M)))
    return found


def section(page, name):
    found = re.search(rf"^\.SH {name}\n(.*?)(?=^\.SH |\Z)", page, flags=re.M | re.S)
    return found[1] if found else ""


def as_on_page(text):
    """A text of --help as a page has it, without the words of a list."""
    default = re.fullmatch(r"(.*?) ?\(default: (.*)\)", text)
    return f"{default[1]}. Default: {default[2]}." if default else f"{text}."


def words_of_error(command, option):
    """The words of a closed list, as the program itself names them; None: it takes more than that."""
    done = subprocess.run([CLMLP, *command.split(), f"--{option}=@"], capture_output=True, text=True)
    message = done.stderr.splitlines()[0] if done.stderr else ""
    if found := re.search(rf"--{option} '@': expected one of: (.*)$", message):
        return found[1].split(" ")
    if found := re.search(rf"--{option} '@': expected (\S+) or (\S+)$", message):
        return [found[1], found[2]]
    return None


def is_refused(command, option, word):
    """Whether the option has a complaint about this word."""
    done = subprocess.run([CLMLP, *command.split(), f"--{option}={word}", "--help="], capture_output=True, text=True)
    return f"--{option} '{word}': " in done.stderr


def check_options(command, page, known):
    helped, paged = options_of_help(run(*command.split(), "--help")), options_of_page(page)
    assert list(helped) == list(paged), (command, set(helped) ^ set(paged))
    for name, (argument, text) in helped.items():
        if name == "help":
            continue
        of_page = paged[name][1]
        words = re.search(r" One of: (.*?)\.(?= Default:|$)", of_page)
        assert paged[name][0] == argument, (command, name, argument, paged[name])
        without = of_page.replace(words[0], "", 1) if words else of_page
        assert as_on_page(text) == without, (command, name, text, of_page)
        if argument is None:
            continue
        listed = words[1].split(", ") if words else None
        if command == "search":  # its texts may be ranges and lists of train's words
            assert listed == known.get(("train", name), listed), (name, listed)
            continue
        expected = words_of_error(command, name) if (text, argument) not in known else known[text, argument]
        known[text, argument] = expected
        if expected and listed:  # of the listed words a command may take some alone
            expected = [word for word in expected if word in listed or not is_refused(command, name, word)]
        assert listed == expected, (command, name, listed, expected)
        known[command, name] = listed
    return len(helped)


def check_page(name, page, known):
    headings = [heading for heading in re.findall(r"^\.SH (.*)$", page, flags=re.M)]
    assert headings == [heading for heading in SECTIONS if heading in headings], (name, headings)
    assert page.isascii() and "\n\n" not in page, name
    wanted = {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"}
    if name not in ("clmlp-devices", "clmlp-bench"):
        wanted.add("EXAMPLES")
    if r"\fB\-\-device\fR" in page or name in ("clmlp", "clmlp-devices"):
        wanted |= {"ENVIRONMENT", "FILES"}
    assert wanted <= set(headings), (name, wanted - set(headings))
    words = name.removeprefix("clmlp").removeprefix("-").replace("-", " ")
    if name == "clmlp":
        for command in re.findall(r"^  (\w+) ", run("--help").split("\nOptions:")[0], flags=re.M):
            assert rf"\fBclmlp\-{command}\fR(1)" in page or command == "help", command
        return 0
    assert r"\fBclmlp\fR(1)," in section(page, "SEE ALSO"), name
    return check_options(words, page, known) if name != "clmlp-bench" else 0


def check_with_tools(paths):
    """What mandoc and man warn of."""
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *paths], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stdout, done.stdout
    else:
        print("skipped: mandoc is not installed")
    if shutil.which("man") and shutil.which("groff"):
        for path in paths:
            environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], capture_output=True, text=True,
                                  env=environment)
            assert done.returncode == 0 and not done.stderr, (path, done.stderr)
            assert "SEE ALSO" in done.stdout, path
    else:
        print("skipped: man or groff is not installed")


names = run("help", "--man").split()
commands = re.findall(r"^  (\w+) ", run("--help").split("\nOptions:")[0], flags=re.M)
kinds = re.findall(r"^  (\w+) ", run("bench", "--help"), flags=re.M)
assert sorted(names) == sorted(["clmlp"] + [f"clmlp-{command}" for command in commands if command != "help"] +
                               [f"clmlp-bench-{kind}" for kind in kinds]), names
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
paths, known, options = [], {}, 0
for name in names:
    page = run("help", "--man", name)
    options += check_page(name, page, known)
    paths.append(FOLDER / f"{name}.1")
    paths[-1].write_text(page)
assert "--man 'clmlp-trian': there is no such page" in run("help", "--man", "clmlp-trian", status=2)
assert "expected bash or zsh" in run("help", "--completion", "fish", status=2)
os.environ["SOURCE_DATE_EPOCH"] = "86400"
assert '.TH CLMLP 1 1970-01-02 "clmlp ' in run("help", "--man", "clmlp")
check_with_tools(paths)
lists = sum(1 for words in known.values() if words)
print(f"{len(names)} pages, {options} options, {lists} closed lists")
assert options > 200 and lists > 30
