"""clone.py - a clone of clmlp in which a fault is planted cheaply, for mutants.py.

All tests and the program are linked to one shared library, so a fault costs one object and one link. Each case of each
test runs once on a library that notes the blocks that ran. So a fault meets only cases that execute its line, quickest
first. Kernels are embedded in the library; the cases that read a kernel's file are noted by inotify.
"""
import bisect
import collections
import ctypes
import fnmatch
import hashlib
import json
import os
import pathlib
import pickle
import re
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = "libclmlp.so.0.2.0"
FLAGS = ["-O1", "-fvisibility=default"] # behind those of the build
COVER = ["-O1", "-g1", "-fno-inline", "-fsanitize-coverage=trace-pc", "-fvisibility=default"]
TRACER = "__sanitizer_cov_trace_pc"
# Tests that look at sources, symbols or the build, never at what the code does.
NO_CODE = re.compile(r"layering.*|call_circles.*|exports|docs_notes|argument_rows|setup_arguments|configure.*|consumer|"
                     r"cli_terminal|share|.*oclgrind.*|tables_bench|peers_bench|fuzz|"
                     r"fuzz_corpus_command_line")
SPARE, PATIENCE = 2, 4 # seconds of the processor that a case may take more, and how many times what it took
# Kernels: which tests run them, in which order: a test, its cases, and whether with the sizes for simulators alone.
NATIVE = "equations/of_native_in_{float,double}_stay_within_their_bounds"
CLBLAST = "equations/of_clblast_in_{float,double}_stay_within_their_bounds"
KERNELS = [
    ("kernels/native_gpu/", [("equations_gpu", NATIVE, True), ("equations_gpu", NATIVE, False),
                             ("optimizer_gpu", "", False), ("input_scale_gpu", "", False), ("upload_gpu", "", False),
                             ("gradient_gpu", "", False), ("candidates_gpu", "", False), ("train_gpu", "", False)]),
    ("kernels/native_cpu/sparse", [("sparse", "", False), ("sparse_tiles_4x2x4_8", "", False)]),
    ("kernels/native_cpu/fused", [("steps", "", False), ("dropout", "", False), ("steps_tiles_4x2x4_8", "", False)]),
    ("kernels/native_cpu/", [("equations", NATIVE, True), ("sparse", "", False), ("equations", NATIVE, False),
                             ("optimizer", "", False), ("steps", "", False), ("dropout", "", False),
                             ("candidates_cpu", "", False), ("equations_tiles_4x2x4_8", "", False)]),
    ("kernels/plain/input_scale", [("input_scale", "", False)]),
    ("kernels/plain/vectors", [("vectors", "", False), ("minimise", "", False)]),
    ("kernels/plain/", [("equations", CLBLAST, True), ("upload", "", False), ("vectors", "", False),
                        ("equations", CLBLAST, False), ("optimizer", "", False), ("dropout", "", False)]),
    ("kernels/probe/", [("cli_qualify_command", "", False), ("bench", "", False), ("qualify", "", False),
                        ("qualify_faults", "", False), ("tune", "", False)]),
    ("kernels/", [("equations", NATIVE, True), ("equations", CLBLAST, True), ("vectors", "", False),
                  ("optimizer", "", False), ("dropout", "", False), ("equations", NATIVE, False),
                  ("equations", CLBLAST, False), ("steps", "", False), ("input_scale", "", False),
                  ("sparse", "", False)]),
]
# Long tests, whole: for a fault that all measured cases passed, where one of these is not among them.
LONG = [
    ("host/verify/qualify/", ["products", "crossing", "qualify", "cli_qualify_command"]),
    ("host/verify/lockstep/", ["minimised", "lockstep", "bundle", "cli_verify_command"]),
    ("host/verify/vote/", ["vote_of_two", "vote"]),
    ("host/verify/", ["step_checker", "self_check", "gradcheck_device", "lockstep"]),
    ("host/backend/opencl/profile", ["profile", "cli_bench_command"]),
    ("host/backend/probe/", ["bench", "qualify", "cli_bench_command"]),
    ("host/backend/", ["session", "equations", "sparse", "kernel_arguments", "program_cache", "dropout", "steps",
                       "clblast_process", "gpu_tiles", "bench"]),
    ("host/bench/", ["bench", "decide", "tune", "cli_tune_command"]),
    ("host/cli/search/", ["cli_search"]),
    ("host/cli/commands/(search|check)", ["cli_search", "cli_resume"]),
    ("host/cli/(commands|reports)/tune", ["cli_tune_command"]),
    ("host/cli/(commands|reports)/bench", ["cli_bench_command"]),
    ("host/cli/(commands|reports)/verify", ["cli_verify_command"]),
    ("host/train/minimise/", ["minimise", "checkpoint_minimise"]),
    ("host/train/", ["train", "trainer", "trajectory", "divergence", "optimizer", "steps", "checkpoint", "dropout"]),
]
LONGEST_TEST = 40 # seconds of the processor for one that was not measured
Case = collections.namedtuple("Case", "test name") # name: of one case of Criterion, or None: a whole command


class Opened:
    """Names of files that were opened in folders."""

    def __init__(self, root):
        self.libc, self.folders = ctypes.CDLL(None, use_errno=True), {}
        self.file = self.libc.inotify_init1(os.O_NONBLOCK)
        for folder, _, _ in os.walk(root):
            self.folders[self.libc.inotify_add_watch(self.file, folder.encode(), 0x20)] = folder

    def take(self):
        names = set()
        while True:
            try:
                data = os.read(self.file, 1 << 16)
            except BlockingIOError:
                return names
            at = 0
            while at < len(data):
                watch, _, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16:at + 16 + length].rstrip(b"\0").decode()
                if name:
                    names.add(os.path.join(self.folders[watch], name))
                at += 16 + length


class Clone:
    def __init__(self, root, longest=1e9):
        self.longest = longest # seconds of the processor, after which a mutant is undecided
        self.root, self.build = root, root / "build/ci"
        self.place = root / "build/mutants"
        self.trusted = set() # cases that were green without a fault after they were red with one
        self.entries = collections.defaultdict(list) # file -> what is compiled of it
        for at, c in enumerate(json.loads((self.build / "compile_commands.json").read_text())):
            file = c["file"]
            if not file.startswith((str(root / "host/"), str(self.build / "kernel_sources.c"))):
                continue
            relative = os.path.relpath(file, root)
            words = [w for w in shlex.split(c["command"]) if "ccache" not in w]
            output = words[words.index("-o") + 1]
            kind = "library" if "clmlp_objects.dir" in output else \
                "program" if re.search(r"clmlp_program(_objects|_devices)?\.dir", output) else output
            if kind == output and "/test_" not in output:
                continue # the program once more, in front of which others stand
            self.entries[relative].append({"kind": kind, "words": words, "output": output, "file": file,
                                           "object": f"{at}.o"})
        listed = json.loads(subprocess.run(["ctest", "--test-dir", self.build, "--show-only=json-v1"],
                                           capture_output=True, check=True).stdout)["tests"]
        self.tests = {}
        for test in listed:
            properties = {p["name"]: p["value"] for p in test["properties"]}
            if "nightly" in properties["LABELS"] or NO_CODE.fullmatch(test["name"]):
                continue
            self.tests[test["name"]] = {"command": test["command"], "labels": properties["LABELS"],
                                        "environment": dict(e.split("=", 1) for e in properties["ENVIRONMENT"]),
                                        "folder": properties.get("WORKING_DIRECTORY", str(self.build)),
                                        "criterion": "--jobs" in test["command"]}

    # --- building ---------------------------------------------------------------------------------------

    def compile(self, entry, to, flags):
        words = list(entry["words"])
        at = words.index("-o")
        words[at + 1] = str(to)
        for option in ("-MT", "-MF"):
            if option in words:
                del words[words.index(option):words.index(option) + 2]
        words = [w for w in words if w != "-MD"]
        return subprocess.run(words + flags, cwd=self.build, capture_output=True, text=True)

    def link_line(self, target):
        text = subprocess.run(["ninja", "-C", str(self.build), "-t", "commands", target], capture_output=True,
                              text=True, check=True).stdout.strip().split("\n")[-1]
        words = shlex.split(text)
        return words[words.index("&&") + 1:len(words) - words[::-1].index("&&") - 1]

    def objects(self, kind, folder):
        return [str(folder / e["object"]) for entries in self.entries.values() for e in entries if e["kind"] == kind]

    def link_library(self, objects, to):
        words = [w for w in self.lines["library"] if not w.endswith(".o")]
        words[words.index("-o") + 1] = str(to) + ".new"
        words += ["-Wl,-Bsymbolic", "-fuse-ld=lld"]
        done = subprocess.run(words[:1] + objects + words[1:], cwd=self.build, capture_output=True, text=True)
        if done.returncode == 0:
            os.rename(str(to) + ".new", to)
        return done

    def link_program(self, objects, to):
        words = [w for w in self.lines["program"] if not w.endswith(".o")]
        words[words.index("-o") + 1] = str(to) + ".new"
        done = subprocess.run(words[:1] + objects + words[1:] + ["-fuse-ld=lld"], cwd=self.build, capture_output=True,
                              text=True)
        if done.returncode == 0:
            os.rename(str(to) + ".new", to)
        return done

    def link_test(self, target, replaced):
        """A test on the shared library; replaced: objects of its own and what stands for them."""
        words = [replaced.get(w, w) for w in self.lines[target] if "clmlp_objects.dir" not in w]
        output = self.build / target
        words[words.index("-o") + 1] = str(output) + ".new"
        words += [str(self.build / "libclmlp.so.0.2"), f"-Wl,-rpath,{self.build}", "-fuse-ld=lld"]
        done = subprocess.run(words, cwd=self.build, capture_output=True, text=True)
        if done.returncode == 0:
            os.rename(str(output) + ".new", output)
        return done

    def prepare_build(self):
        def must(done):
            if done.returncode != 0:
                raise SystemExit(f"{done.args}\n{done.stderr}")
        plain, cover = self.place / "plain", self.place / "cover"
        for folder in (plain, cover):
            folder.mkdir(parents=True, exist_ok=True)
        programs = {os.path.relpath(t["command"][0], self.build) for t in self.tests.values()
                    if t["command"][0].startswith(str(self.build / "tests"))}
        self.lines = {"library": self.link_line(LIBRARY), "program": self.link_line("clmlp")}
        self.lines.update({p: self.link_line(p) for p in sorted(programs)})
        (self.place / "lines.json").write_text(json.dumps(self.lines))
        for entries in self.entries.values():
            for e in entries:
                must(self.compile(e, plain / e["object"], FLAGS))
                if e["kind"] in ("library", "program"):
                    must(self.compile(e, cover / e["object"], COVER))
        for name in ("library", "program"):
            must(subprocess.run(["cc", "-O2", "-fPIC", "-c", f'-DCOVER_NAME="{name}"', str(HERE / "cover.c"), "-o",
                                 str(cover / f"cover_{name}.o")], capture_output=True, text=True))
        link = {"library": self.link_library, "program": self.link_program}
        for name in ("library", "program"):
            must(link[name](self.objects(name, plain), self.place / f"plain_{name}"))
            must(link[name](self.objects(name, cover) + [str(cover / f"cover_{name}.o")],
                            self.place / f"cover_{name}"))
        self.install("plain")
        for program in sorted(programs):
            must(self.link_test(program, {}))

    def load(self):
        self.lines = json.loads((self.place / "lines.json").read_text())

    def install(self, what):
        for name, at in (("library", self.build / LIBRARY), ("program", self.build / "clmlp")):
            shutil.copy(self.place / f"{what}_{name}", str(at) + ".new")
            os.rename(str(at) + ".new", at)

    # --- running ----------------------------------------------------------------------------------------

    def run(self, test, names, seconds, **environment):
        """Exit status, text, seconds of the processor; None as the status: it took too long."""
        words = list(test["command"])
        if names:
            if "--filter" in words:
                del words[words.index("--filter"):words.index("--filter") + 2]
            suites, cases = ({n.split("/")[i] for n in names} for i in (0, 1))
            def some(parts):
                return parts.pop() if len(parts) == 1 else "@(" + "|".join(sorted(parts)) + ")"
            words += ["--filter", some(suites) + "/" + some(cases), "--fail-fast"]
        def limits():
            resource.setrlimit(resource.RLIMIT_AS, (24 << 30, 24 << 30))
            resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 30, 2 << 30))
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT): # a shell in the background ignores them
                signal.signal(number, signal.SIG_DFL)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              start_new_session=True, cwd=test["folder"], text=True, errors="replace",
                              env={**os.environ, **test["environment"], "OMP_NUM_THREADS": "1", **environment},
                              preexec_fn=limits) as process:
            try:
                text = process.communicate(timeout=20 + 12 * seconds)[0]
                status = process.returncode
            except BaseException as why:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                if not isinstance(why, subprocess.TimeoutExpired):
                    raise
                status, text = None, "hang"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return status, text, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def cases_of(self, name):
        test = self.tests[name]
        if not test["criterion"]:
            return [Case(name, None)]
        text = subprocess.run([test["command"][0], "--list", "--ascii"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL).stdout
        pattern = test["command"][test["command"].index("--filter") + 1] if "--filter" in test["command"] else "*"
        cases, suite = [], ""
        for line in text.split("\n"):
            found = re.match(r"([\w-]+): \d+ test", line)
            if found:
                suite = found[1]
            found = re.match(r"[|`]-- ([\w-]+)", line)
            if found and fnmatch.fnmatchcase(f"{suite}/{found[1]}", pattern):
                cases.append(Case(name, f"{suite}/{found[1]}"))
        return cases

    def measure(self, names, end):
        """Which blocks and which kernels each case needs, and its seconds; appended to what is known."""
        file = self.place / "cases.pickle"
        known = pickle.loads(file.read_bytes()) if file.exists() else {}
        opened = Opened(self.root / "kernels")
        self.install("cover")
        try:
            for name in names:
                if time.time() > end:
                    print("no time left for", name)
                    break
                test = self.tests[name]
                for case in self.cases_of(name):
                    if case in known:
                        continue
                    prefix = str(self.place / "ran")
                    for part in ("library", "program"):
                        pathlib.Path(f"{prefix}.{part}").unlink(missing_ok=True)
                    opened.take()
                    more = {} if "quick" in test["labels"] else {"CLMLP_KERNEL_DIR": str(self.root / "kernels")}
                    status, text, seconds = self.run(test, [case.name] if case.name else None, 30, CLMLP_COVER=prefix,
                                                     **more)
                    blocks = {}
                    for part in ("library", "program"):
                        path = pathlib.Path(f"{prefix}.{part}")
                        data = path.read_bytes() if path.exists() else b""
                        blocks[part] = frozenset(m.start() for m in re.finditer(b"\1", data))
                    kernels = frozenset(os.path.relpath(p, self.root) for p in opened.take())
                    known[case] = {"green": status == 0, "seconds": seconds, "blocks": blocks, "kernels": kernels}
                    print(f"{case.test} {case.name} {status} {seconds:.2f} s, {len(blocks['library'])} + "
                          f"{len(blocks['program'])} blocks, {len(kernels)} kernels", flush=True)
                    if status != 0:
                        print(text[-600:])
                file.with_suffix(".new").write_bytes(pickle.dumps(known))
                file.with_suffix(".new").rename(file)
        finally:
            self.install("plain")

    def prepare(self, label, end):
        """Everything that a run needs: quick tests first, then by what ctest says that they took."""
        self.prepare_build()
        file, costs = self.build / "Testing/Temporary/CTestCostData.txt", {}
        for line in file.read_text().split("\n---")[0].split("\n") if file.exists() else []:
            words = line.split()
            if len(words) == 3:
                costs[words[0]] = float(words[2])
        names = [n for n in self.tests if label in ("", *self.tests[n]["labels"])]
        names.sort(key=lambda n: ("quick" not in self.tests[n]["labels"], costs.get(n, 5)))
        self.measure(names, end)

    # --- lines and cases --------------------------------------------------------------------------------

    def read_map(self):
        """Lines of marks in each file, and the cases that ran each."""
        self.load()
        known = pickle.loads((self.place / "cases.pickle").read_bytes())
        self.known = {c: k for c, k in known.items() if k["green"]}
        self.marks = collections.defaultdict(set) # (file, line) -> cases
        for part in ("library", "program"):
            path = str(self.place / f"cover_{part}")
            at = self.place / f"marks_{part}.json"
            if not at.exists():
                text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                                      check=True).stdout
                behind, offsets = False, []
                for line in text.split("\n"):
                    found = re.match(r" +([0-9a-f]+):\t", line)
                    if found and behind:
                        offsets.append(int(found[1], 16))
                    behind = "call" in line and TRACER in line
                said = subprocess.run(["addr2line", "-e", path], input="\n".join(f"{o - 1:#x}" for o in offsets),
                                      capture_output=True, text=True, check=True).stdout.split("\n")
                at.write_text(json.dumps(list(zip(offsets, said))))
            for offset, place in json.loads(at.read_text()):
                found = re.match(re.escape(str(self.root)) + r"/(.+):(\d+)", place)
                if found:
                    self.marks[found[1], int(found[2])] |= {(part, offset)}
        self.lines_of = collections.defaultdict(list)
        for file, line in self.marks:
            self.lines_of[file].append(line)
        for lines in self.lines_of.values():
            lines.sort()
        self.of_block = collections.defaultdict(set)
        for case, k in self.known.items():
            for part in ("library", "program"):
                for offset in k["blocks"][part]:
                    self.of_block[part, offset].add(case)

    def near(self, path, line):
        """Cases that ran the line; cases that ran its function, and how many of its blocks each ran."""
        if path.startswith("kernels/"):
            cases = {c for c, k in self.known.items() if path in k["kernels"]}
            return cases, collections.Counter(cases)
        text = (self.root / path).read_text().split("\n")
        start = line
        while start > 1 and not re.match(r"\S", text[start - 1]):
            start -= 1 # the brace, or the first line of a macro
        start = max(1, start - 3)
        end = line
        while end < len(text) and not text[end - 1].startswith("}"):
            end += 1
        lines = self.lines_of[path]
        at = bisect.bisect_right(lines, line) - 1
        def cases(some):
            return {c for l in some for b in self.marks[path, l] for c in self.of_block[b]}
        inside = [l for l in lines if start <= l <= end] or lines # none: a constant or a table
        before = lines[at:at + 1] if at >= 0 and lines[at] >= start else []
        own = {Case(t, n) for e in self.entries[path] if e["kind"] not in ("library", "program")
               for t, n in self.known if os.path.basename(e["output"].split(".dir")[0]) ==
               os.path.basename(self.tests[t]["command"][0])}
        hits = collections.Counter(c for l in inside for b in self.marks[path, l] for c in self.of_block[b])
        for case in own:
            hits[case] += 1000
        return cases(before) | own, hits

    # --- judging ----------------------------------------------------------------------------------------

    def users(self, path):
        """What is compiled of a file; of an .inc or .h what includes it."""
        if path.startswith("kernels/"):
            return [(self.root / f, e) for f, entries in self.entries.items() if f.endswith("kernel_sources.c")
                    for e in entries]
        if path in self.entries:
            return [(self.root / path, e) for e in self.entries[path]]
        name = os.path.basename(path)
        return [(self.root / f, e) for f, entries in self.entries.items()
                if f.startswith("host/") and f'{name}"' in (self.root / f).read_text() for e in entries]

    def compiled(self, mutant):
        """Objects of the fault, made once from a copy: {object: path}; or why it does not count."""
        key = hashlib.sha256("\0".join((mutant.path, str(mutant.line), mutant.new)).encode()).hexdigest()[:16]
        folder = self.place / "faults" / key
        verdict = folder / "verdict.json"
        if not verdict.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            verdict.write_text(json.dumps(self.compile_fault(mutant, folder)))
        return json.loads(verdict.read_text())

    def compile_fault(self, mutant, folder):
        lines = (self.root / mutant.path).read_text().split("\n")
        lines[mutant.line - 1] = mutant.new
        sources = folder / "sources"
        sources.mkdir()
        if mutant.path.startswith("kernels/"):
            shutil.copytree(self.root / "kernels", sources / "kernels")
            (sources / mutant.path).write_text("\n".join(lines))
            rule = (self.build / "build.ninja").read_text()
            inputs = re.search(r'"-DINPUTS=([^"]+)"', rule)[1]
            subprocess.run(["cmake", "-D", f"OUTPUT={sources}/kernel_sources.c", "-D", f"FOLDER={sources}/kernels",
                            f"-DINPUTS={inputs}", "-P", str(self.root / "kernels/embed.cmake")], check=True,
                           capture_output=True)
        else:
            (sources / os.path.basename(mutant.path)).write_text("\n".join(lines))
        result, same = {}, True
        for file, e in self.users(mutant.path):
            copy = sources / file.name
            if not copy.exists():
                shutil.copy(file, copy)
            entry = {**e, "words": [str(copy) if w == e["file"] else w for w in e["words"]]}
            to = folder / e["object"]
            if self.compile(entry, to, [*FLAGS, "-iquote", str(file.parent)]).returncode != 0:
                return "invalid"
            same = same and to.read_bytes() == (self.place / "plain" / e["object"]).read_bytes()
            result[e["object"]] = str(to)
        return "same" if same else result

    def plant(self, path, replaced):
        """Link with the fault's objects."""
        users = self.users(path)
        kinds = {e["kind"] for _, e in users}
        def objects(kind):
            return [replaced.get(os.path.basename(o), o) for o in self.objects(kind, self.place / "plain")]
        done = []
        if "library" in kinds:
            done.append(self.link_library(objects("library"), self.build / LIBRARY))
        if "program" in kinds:
            done.append(self.link_program(objects("program"), self.build / "clmlp"))
        for _, e in users:
            if e["kind"] not in ("library", "program"):
                for target, line in self.lines.items():
                    if e["output"] in line:
                        done.append(self.link_test(target, {e["output"]: replaced[e["object"]]}))
        return "invalid" if any(d.returncode != 0 for d in done) else None

    def restore(self, path):
        self.install("plain")
        for _, e in self.users(path):
            if e["kind"] not in ("library", "program"):
                for target, line in self.lines.items():
                    if e["output"] in line:
                        self.link_test(target, {})

    def groups(self, cases, hits):
        """Cases of one test run in one process: first quick ones that run much of the function, long ones alone."""
        by_test = collections.defaultdict(list)
        for case in cases:
            by_test[case.test].append(case)
        result = []
        for test, some in by_test.items():
            some.sort(key=lambda c: self.known[c]["seconds"] / hits[c] ** 2)
            quick = [c for c in some if self.known[c]["seconds"] < 2]
            result += [quick[a:b] for a, b in ((0, 6), (6, 36), (36, None)) if quick[a:b]]
            result += [[c] for c in some if self.known[c]["seconds"] >= 2]
        result.sort(key=lambda g: sum(self.known[c]["seconds"] for c in g) / max(hits[c] for c in g) ** 2)
        return result

    def is_green(self, group):
        """Whether cases pass without a fault: else their red says nothing."""
        key = tuple(group)
        if key not in self.trusted:
            status, _, _ = self.run(self.tests[group[0].test], [c.name for c in group if c.name], 60)
            if status == 0:
                self.trusted.add(key)
        return key in self.trusted

    def long_groups(self, path):
        measured = {c.test for c in self.known}
        names = next((tests for prefix, tests in LONG if re.match(prefix, path)), [])
        return [[Case(n, None)] for n in names if n in self.tests and n not in measured]

    def kernel_groups(self, path):
        """(cases, more of the environment)"""
        for test, names, small in next(tests for prefix, tests in KERNELS if path.startswith(prefix)):
            if test in self.tests:
                more = {"CLMLP_TEST_SMALL": "1"} if small else {}
                kinds = re.search(r"\{(.*)\}", names)
                all_names = [names.replace(kinds[0], k) for k in kinds[1].split(",")] if kinds else [None]
                for name in all_names:
                    yield [Case(test, name)], more

    def judge(self, mutant):
        replaced = self.compiled(mutant)
        if isinstance(replaced, str):
            return {"outcome": replaced}
        line_cases, hits = self.near(mutant.path, mutant.line)
        kernel = mutant.path.startswith("kernels/")
        try:
            why = self.plant(mutant.path, replaced)
            if why is not None:
                return {"outcome": why}
            ran, red, spent, ended = 0, None, 0, False
            own_cases = [g for cases in (line_cases, hits.keys() - line_cases) for g in self.groups(cases, hits)]
            host = [(g, {}) for g in own_cases + self.long_groups(mutant.path)]
            for group, own in self.kernel_groups(mutant.path) if kernel else host:
                if spent > self.longest:
                    ended = True
                    break
                if sum(self.known[c]["seconds"] if c in self.known else 20 for c in group) > 2 * self.longest:
                    ended = True
                    continue
                seconds = SPARE + PATIENCE * sum(self.known[c]["seconds"] for c in group) \
                    if not kernel and all(c in self.known for c in group) else LONGEST_TEST
                status, said, used = self.run(self.tests[group[0].test], [c.name for c in group if c.name], seconds,
                                              **own)
                ran, spent = ran + len(group), spent + used
                if status != 0:
                    red = (group, status, said)
                    break
        finally:
            self.restore(mutant.path)
        if red is None:
            return {"outcome": "undecided" if ended else "survived",
                    "by": f"{ran} tests" if kernel else f"{ran} of {len(hits)} cases", "line_cases": len(line_cases)}
        group, status, said = red
        names = sorted(set(re.findall(r"\[(?:FAIL|CRASH|----)\]\s*(?:\x1b\[[\d;]*m)*\s*([\w-]+::[\w-]+)", said)))
        names = [n.replace("::", "/") for n in names]
        if not self.is_green([c for c in group if c.name in names] or group):
            return {"outcome": "untold", "by": group[0].test}
        if kernel and re.search("CL_BUILD_PROGRAM_FAILURE|does not compile", said):
            return {"outcome": "invalid", "by": group[0].test}
        return {"outcome": "killed", "by": names[0] if names else group[0].name or group[0].test, "test": group[0].test,
                "hang": status is None or status in (-signal.SIGXCPU, -signal.SIGKILL), "ran": ran,
                "said": said[-300:]}
