"""Make digits-train.csv.gz and digits-test.csv.gz from the copy of the UCI digits in scikit-learn.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python make_digits.py [FOLDER]

The same files come out each time: the split depends on SEED alone (NumPy's PCG64 permutation), and the
gzip header carries neither a time nor a name.
"""
import gzip
import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

SEED = 20260926
TRAIN = 1437


def write(path, pixels, digits):
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)] + ["digit"]
    lines = [",".join(names)]
    lines += [",".join(str(int(v)) for v in [*x, y]) for x, y in zip(pixels, digits)]
    text = ("\n".join(lines) + "\n").encode("ascii")
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    digits = load_digits()
    # not stratified: one permutation of all examples, cut once
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    for name, rows in (("digits-train.csv.gz", order[:TRAIN]), ("digits-test.csv.gz", order[TRAIN:])):
        write(folder / name, digits.data[rows], digits.target[rows])
        counts = np.bincount(digits.target[rows], minlength=10)
        print(name, len(rows), "rows; per digit", *counts)


if __name__ == "__main__":
    main()
