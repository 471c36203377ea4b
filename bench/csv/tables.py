"""Tables for compare_pandas.py: seeded, of a wanted size."""
import gzip

import numpy as np

SEED = 20261129
LEVELS = ["amber", "birch", "cedar", "dune", "ebony", "fjord", "grove", "harbour", "island", "juniper", "kelp",
          "lagoon", "meadow", "north", "oasis", "prairie", "quarry", "river", "south bank", "tundra"]
# Name: (format of a number, numeric columns, categorical columns, quoted texts, gzipped)
VARIANTS = {
    "mixed, 17 digits": ("%r", 10, 10, False, False),
    "mixed, 4 decimals": ("%.4f", 10, 10, False, False),
    "mixed, quoted": ("%r", 10, 10, True, False),
    "mixed, gzipped": ("%r", 10, 10, False, True),
    "numbers, 17 digits": ("%r", 100, 0, False, False),
    "numbers, 4 decimals": ("%.4f", 100, 0, False, False),
    "integers": ("%d", 100, 0, False, False),
}


def make(path, variant, megabytes):
    """Write a table of so many megabytes (before it is gzipped). Numbers and texts stand in turn."""
    form, numeric, categorical, quoted, gzipped = VARIANTS[variant]
    random = np.random.default_rng(SEED)
    levels = [f'"{level}, {k}"' if quoted else level for k, level in enumerate(LEVELS)]
    quote = '"' if quoted else ""
    names = [f"{quote}x{j}{quote}" for j in range(numeric)]
    for j in range(categorical):
        names.insert(2 * j + 1, f"{quote}c{j}{quote}")
    written = 0
    with (gzip.open(path, "wt", compresslevel=6) if gzipped else open(path, "w")) as out:
        out.write(",".join(names) + "\n")
        while written < megabytes * 1e6:
            rows = []
            numbers = random.integers(0, 256, (2000, numeric)) if form == "%d" else random.normal(size=(2000, numeric))
            codes = random.integers(0, len(levels), (2000, categorical))
            for i in range(len(numbers)):
                cells = [form % value for value in numbers[i].tolist()]
                for j in range(categorical):
                    cells.insert(2 * j + 1, levels[codes[i, j]])
                rows.append(",".join(cells) + "\n")
            text = "".join(rows)
            out.write(text)
            written += len(text)
    return numeric, categorical
