#!/usr/bin/env python3
"""Draws the table of a soak as an SVG: tests/soak/plot.py TABLE >PLOT.svg. TABLE: what `soak` printed, or a page of
bench/results that has it. Resident memory, malloc's sum, descriptors, device memory, each over the rounds."""
import sys
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 760, 110, 90, 20, 40, 34
PANELS = [(2, "resident memory [MiB]"), (3, "malloc [KiB]"), (4, "descriptors"), (5, "device memory left [B]"),
          (6, "device memory, most [B]")]


def rows_of(path):
    rows = []
    for line in open(path, encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError:
            continue  # the heading, or text
    rows = [row for row in rows if len(row) == 7]
    if len(rows) < 2:
        sys.exit(f"plot.py: {path}: no table of a soak")
    return rows


def panel(rows, column, name, top):
    most = max(row[column] for row in rows) * 1.1 or 1.0
    last = rows[-1][0]
    points = " ".join(f"{LEFT + (WIDTH - LEFT - RIGHT) * row[0] / last:.1f},"
                      f"{top + HEIGHT * (1 - row[column] / most):.1f}" for row in rows)
    first, end = rows[0][column], rows[-1][column]
    return (f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT}" fill="none" stroke="#999"/>'
            f'<text x="{LEFT}" y="{top - 6}">{escape(name)}: {first:.10g} in round {rows[0][0]:.0f}, '
            f'{end:.10g} in round {last:.0f}</text>'
            f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.6g}</text>'
            f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>'
            f'<polyline points="{points}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>\n')


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: plot.py TABLE")
    rows = rows_of(sys.argv[1])
    tops = [TOP + i * (HEIGHT + GAP) for i in range(len(PANELS))]
    whole = tops[-1] + HEIGHT + 40
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{whole}" font-family="sans-serif" '
          f'font-size="11"><rect width="{WIDTH}" height="{whole}" fill="white"/>')
    for (column, name), top in zip(PANELS, tops):
        print(panel(rows, column, name, top), end="")
    print(f'<text x="{WIDTH - RIGHT}" y="{whole - 14}" text-anchor="end">rounds, to {rows[-1][0]:.0f} in '
          f'{rows[-1][1]:.0f} s; every axis begins at 0</text>\n</svg>')


if __name__ == "__main__":
    main()
