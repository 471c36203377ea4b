"""make_data.py FOLDER: small tables of every kind that is read, with cells of every kind, for memcheck.sh."""
import gzip
import math
import os
import struct
import sys

FOLDER = sys.argv[1]
ROWS = 90


def at(name):
    return os.path.join(FOLDER, name)


def value(i, j):
    return math.sin(1.7 * i + 0.9 * j * j) + 0.1 * j


def write_tables():
    """Numbers, texts, truths, dates and gaps; weights; a target of three classes, and one that is a number."""
    lines = ['a,"b, quoted",c,colour,valid,day,weight,class']
    for i in range(ROWS):
        colour = ("red", '"blue ""sky"""', "", "green")[i % 4]
        day = f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
        c = "NA" if i % 11 == 3 else f"{value(i, 2):.3e}"
        truth = ("yes", "no")[i % 2]
        lines.append(f"{value(i, 0):.17g},{value(i, 1):.3f},{c},{colour},{truth},{day},{i % 3 + 0.5},k{i % 3}")
    text = "\n".join(lines) + "\n"
    with open(at("mixed.csv"), "w") as file:
        file.write(text)
    with gzip.open(at("mixed.csv.gz"), "wt") as file:
        file.write(text)
    with open(at("plain.csv"), "w") as file:
        for i in range(ROWS):
            file.write(",".join(f"{value(i, j):.6g}" for j in range(7)) + f",{i % 3}\n")
    with open(at("number.tsv"), "w") as file:
        for i in range(ROWS):
            file.write("\t".join(f"{value(i, j):.6g}" for j in range(6)) + "\n")
    with open(at("sparse.svm"), "w") as file:
        for i in range(ROWS):
            file.write(f"{i % 3} {i % 5 + 1}:{value(i, 0):.4f} {i % 5 + 7}:1 # a comment\n")


def write_arrays():
    """Images as IDX with their labels, and NPY in both precisions."""
    pixels = bytes((31 * i) % 256 for i in range(ROWS * 9))
    with open(at("images.idx"), "wb") as file:
        file.write(struct.pack(">BBBBIII", 0, 0, 8, 3, ROWS, 3, 3) + pixels)
    with open(at("labels.idx"), "wb") as file:
        file.write(struct.pack(">BBBBI", 0, 0, 8, 1, ROWS) + bytes(i % 3 for i in range(ROWS)))
    for name, code in (("float.npy", "f4"), ("double.npy", "f8")):
        header = f"{{'descr': '<{code}', 'fortran_order': False, 'shape': ({ROWS}, 7), }}"
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        numbers = [float(i % 3) if j == 6 else value(i, j) for i in range(ROWS) for j in range(7)]
        with open(at(name), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
            file.write(struct.pack(f"<{len(numbers)}{'f' if code == 'f4' else 'd'}", *numbers))


write_tables()
write_arrays()
