"""Completions in real shells: check_completion.py CLMLP FOLDER.

In bash every command, option and word of a closed list that the manual has is asked for. Lines are then typed on a
terminal, in bash and, where it is installed, in zsh: the shell has a function clmlp that shows its arguments.
"""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import time

CLMLP, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])

# Gives what is completed for each line of the input: what stands in front of the cursor, a word a tab.
ALL = """
source ./bash
compopt() { options+=" $*"; }
while IFS=$'\\t' read -ra COMP_WORDS; do
    [[ ${COMP_WORDS[-1]} != '<>' ]] || COMP_WORDS[-1]=
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) options=
    _clmlp
    echo "${COMPREPLY[*]}|$options"
done
"""


def help_of(*words):
    return subprocess.run([CLMLP, "help", *words], check=True, capture_output=True, text=True).stdout


def questions():
    """What is asked, and what has to be answered: words, and what bash is told beside them."""
    pages = help_of("--man").split()
    commands = [page.split("-")[1] for page in pages if page.count("-") == 1]
    kinds = [page.split("-")[2] for page in pages if page.count("-") == 2]
    yield ["clmlp", "<>"], {*commands, "help", "--help", "--version"}, " +o default"
    yield ["clmlp", "bench", "<>"], {*kinds, "--help"}, " +o default"
    yield ["clmlp", "help", "<>"], set(commands), " +o default"
    for page in pages[1:]:
        words = page.split("-")
        if words == ["clmlp", "bench"]:
            continue
        text = help_of("--man", page)
        rows = re.findall(r"^\.TP\n\\fB\\-\\-([^ ]*?)\\fR(=\\fI(.*?)\\fR)?\n(.*?)(?=^\.)", text, flags=re.M | re.S)
        rows = [(name.replace("\\-", "-"), argument, " ".join(more.split())) for name, _, argument, more in rows]
        options = {f"--{name}{'=' * bool(argument)}" for name, argument, _ in rows} | {"--help"}
        yield [*words, "--"], options, " +o default"
        arguments = re.search(r"\[OPTION\.\.\.\]([^\n]*)", text)[1].split()
        yield [*words, "<>"], set(), "" if arguments else " +o default"
        for name, argument, more in rows:
            listed = re.search(r"One of: ((?:\\fB[^ ]*\\fR[,.] ?)+)", more)
            if not argument:
                yield [*words, f"--{name}", "<>"], set(), "" if arguments else " +o default"
            elif listed:
                values = {value.replace("\\-", "-") for value in re.findall(r"\\fB(.*?)\\fR", listed[1])}
                yield [*words, f"--{name}", "<>"], values, " +o default"
                yield [*words, f"--{name}", "=", "<>"], values, " +o default"
                yield [*words, f"--{name}", "="], values, " +o default"
                yield [*words, f"--{name}="], {f"--{name}={value}" for value in values}, " +o default"
            elif argument in ("DIR", "FOLDER"):
                yield [*words, f"--{name}", "<>"], set(), " +o default -o dirnames"
            elif "FILE" in argument or argument == "MODEL":
                yield [*words, f"--{name}", "<>"], set(), ""
            else:
                yield [*words, f"--{name}", "<>"], set(), " +o default"


def check_all_in_bash():
    asked = list(questions())
    lines = "".join("\t".join(line) + "\n" for line, _, _ in asked)
    done = subprocess.run(["bash", "--norc", "-c", ALL], cwd=FOLDER, input=lines, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(asked)
    words = 0
    for (line, expected, options), answer in zip(asked, answers):
        given, _, told = answer.partition("|")
        assert set(given.split()) == expected and told == options, (line, given, expected, told, options)
        words += len(expected)
    return len(asked), words


# As where '=' divides no words: names of several lines are left out, and none of their lines is taken for a file.
LINES = """
source ./bash
compopt() { :; }
cd lines
for word in nl x q; do
    COMP_WORDS=(clmlp train "--model=$word") COMP_CWORD=2
    _clmlp
    printf '<%s>' "${COMPREPLY[@]}"
    echo
done
"""


def check_names_of_several_lines():
    (FOLDER / "lines").mkdir()
    for name in ("nl\nx.csv", "nl-one.csv", "x.csv", "q\nq"):
        (FOLDER / "lines" / name).touch()
    done = subprocess.run(["bash", "--norc", "-c", LINES], cwd=FOLDER, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(FOLDER / "lines")})
    assert not done.stderr, done.stderr
    names = done.stdout.splitlines()
    assert names[:3] == ["<--model=nl-one.csv>", "<--model=x.csv>", "<>"], names


class Shell:
    """A shell on a terminal."""

    def __init__(self, words, setup):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(FOLDER)
            os.execvpe(words[0], words, {"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "$ ",
                                         "HOME": str(FOLDER), "INPUTRC": "/dev/null", "COLUMNS": "200"})
        self.send(setup + "\nprintf '%s-%s\\n' is ready\n")
        self.wait(b"is-ready")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, what, seconds=120):
        said, end = b"", time.monotonic() + seconds
        while what not in said:
            assert time.monotonic() < end, (what, said)
            if select.select([self.terminal], [], [], 1)[0]:
                said += os.read(self.terminal, 4096)
        return said.decode(errors="replace")

    def completed(self, line, expected):
        """Type the line, which has a tab where it is completed, and see what arguments the program would get."""
        self.send(line + "\n")
        said = self.wait(b"::end")
        assert f"{expected}::end" in said, (line, expected, said)

    def lists(self, line, words):
        """Type a line that can be completed in several ways."""
        self.send(line + "\t\t")
        said = self.wait(words[-1].encode())
        assert all(word in said for word in words[:-1]), (line, words, said)
        self.send("\x15")

    def end(self):
        self.send("\x15exit\n")
        try:
            while os.read(self.terminal, 4096):
                pass
        except OSError:  # the end of a terminal
            pass
        os.waitpid(self.child, 0)
        os.close(self.terminal)


SHOW = "clmlp() { printf '<%s>' \"$@\"; printf '::%s\\n' end; }"


def check_typed(shell):
    shell.completed("clmlp tra\tx", "<train><x>")
    shell.completed("clmlp train --opti\tadam", "<train><--optimizer=adam>")
    shell.completed("clmlp train --optimizer nes\tx", "<train><--optimizer><nesterov><x>")
    shell.completed("clmlp train --activation=softp\tx", "<train><--activation=softplus><x>")
    shell.completed("clmlp train only-d\t--header n\t--json", "<train><only-data.csv><--header><no><--json>")
    shell.completed("clmlp evaluate the\\ mo\tonly-d\t", "<evaluate><the model.safetensors><only-data.csv>")
    shell.completed("clmlp train --labels=only-d\tx", "<train><--labels=only-data.csv><x>")
    shell.completed("clmlp verify --dump ten\tx", "<verify><--dump><tensors/x>")
    shell.completed("clmlp bench crosso\t--engine nat\t", "<bench><crossover><--engine><native>")
    shell.completed("clmlp help bench cr\t", "<help><bench><crossover>")
    shell.lists("clmlp train --unseen ", ["error", "zeros"])


shutil.rmtree(FOLDER, ignore_errors=True)
(FOLDER / "tensors").mkdir(parents=True)
for shell in ("bash", "zsh"):
    (FOLDER / shell).write_text(help_of("--completion", shell))
for name in ("only-data.csv", "the model.safetensors", "tensors.csv"):
    (FOLDER / name).touch()
if not shutil.which("bash"):
    print("skipped: bash is not installed")
    sys.exit(77)
lines, words = check_all_in_bash()
check_names_of_several_lines()
bash = Shell(["bash", "--norc", "--noprofile", "-i"], f"source ./bash; {SHOW}; bind 'set bell-style none'")
check_typed(bash)
bash.end()
print(f"bash: {lines} lines asked, {words} words")
if shutil.which("zsh"):
    (FOLDER / "functions").mkdir()
    (FOLDER / "functions" / "_clmlp").write_text(help_of("--completion", "zsh"))
    autoloaded = "fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D"
    sourced = "autoload -U compinit; compinit -u -D; source ./zsh"
    for setup in (autoloaded, sourced):
        zsh = Shell(["zsh", "-f", "-i"], f"{setup}; {SHOW}; unsetopt beep prompt_sp; LISTMAX=1000")
        check_typed(zsh)
        zsh.end()
    print("zsh: typed, autoloaded and sourced")
else:
    print("skipped: zsh is not installed")
