#!/usr/bin/env python3
"""Compare the structs, functions and numbers that python/clmlp/_library.py declares with the headers, by the compiler.

    check_headers.py LIBRARY CC SCRATCH INCLUDE...

A C program declares every function again as Python has it, which a compiler refuses where the header has another type,
and prints where each field of each struct lies and how long it is. Exit status: 0 they agree; 1 not.
"""
import ctypes
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path


def library_module(library):
    """_library.py by itself: the package needs NumPy, this does not."""
    os.environ["CLMLP_LIBRARY"] = library
    path = Path(__file__).resolve().parents[2] / "python" / "clmlp" / "_library.py"
    spec = importlib.util.spec_from_file_location("clmlp_library", path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def layout(struct):
    rows = [f"{struct.__name__} {ctypes.sizeof(struct)}"]
    for name, *_ in struct._fields_:
        field = getattr(struct, name)
        rows.append(f"{struct.__name__}.{name} {field.offset} {field.size}")
    return rows


def program(c):
    lines = ["#include <clmlp/clmlp.h>", "#include <stddef.h>", "#include <stdio.h>", c.PROTOTYPES]
    for name, value in c.CONSTANTS.items():
        lines.append(f'_Static_assert({name} == {value}, "{name}");')
    for name in sorted(c._ENUMS):
        lines.append(f'_Static_assert(sizeof({name}) == sizeof(int), "{name}");')
    lines.append("int main(void)\n{")
    for struct in c.STRUCTS:
        kind = struct.__name__
        lines.append(f'    printf("{kind} %zu\\n", sizeof({kind}));')
        for name, *_ in struct._fields_:
            lines.append(f'    printf("{kind}.{name} %zu %zu\\n", offsetof({kind}, {name}), '
                         f"sizeof((({kind} *)0)->{name}));")
    return "\n".join([*lines, "    return 0;\n}\n"])


def fields_in_header(folders, kind):
    """Names of the fields that a struct has in the headers, in order."""
    text = "".join(path.read_text() for folder in folders for path in sorted(Path(folder, "clmlp").glob("*.h")))
    body = re.search(rf"typedef struct {kind} {{(.*?)\n}} {kind};", text, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    names = []
    for declaration in body.split(";"):
        pointer = re.search(r"\(\*(\w+)\)", declaration)
        if pointer:
            names.append(pointer.group(1))
        elif declaration.strip():
            names += [re.search(r"(\w+)\s*(\[[^]]*\])?\s*$", part).group(1) for part in declaration.split(",")]
    return names


def main():
    library, compiler, scratch, *include = sys.argv[1:]
    c = library_module(library)
    Path(scratch).mkdir(parents=True, exist_ok=True)
    source, binary = Path(scratch, "headers.c"), Path(scratch, "headers")
    source.write_text(program(c))
    subprocess.run([compiler, "-std=c11", "-Werror", *[f"-I{folder}" for folder in include], "-o", binary, source],
                   check=True)
    found = subprocess.run([binary], capture_output=True, text=True, check=True).stdout.splitlines()
    declared = [row for struct in c.STRUCTS for row in layout(struct)]
    wrong = [f"Python: {ours}, the header: {theirs}" for ours, theirs in zip(declared, found) if ours != theirs]
    for struct in c.STRUCTS:
        ours, theirs = [name for name, *_ in struct._fields_], fields_in_header(include, struct.__name__)
        if ours != theirs:
            wrong.append(f"{struct.__name__}: fields {ours}, in the header {theirs}")
    print("\n".join(wrong) if wrong else f"{len(declared)} rows and {c.PROTOTYPES.count(';')} functions agree")
    return 1 if wrong or len(declared) != len(found) else 0


sys.exit(main())
