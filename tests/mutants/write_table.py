#!/usr/bin/env python3
"""write_table.py RESULTS.jsonl... > table.md - what mutants.py found, as tables. Of a mutant that was run again the
last outcome counts. Why a survivor may survive stands in equivalent.tsv beside this: path, the line as it becomes,
why."""
import json
import pathlib
import re
import sys


def folder(path):
    return path.rsplit("/", 1)[0]


def change(result):
    """The part of the line that differs, with a little around it."""
    old, new = result["old"].strip(), result["new"].strip()
    begin = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
    end = next((i for i, (a, b) in enumerate(zip(old[begin:][::-1], new[begin:][::-1])) if a != b),
               min(len(old), len(new)) - begin)
    begin, end = max(0, begin - 20), max(0, end - 20)
    def part(text):
        return text[begin:len(text) - end].replace("|", "\\|").replace("`", "'")
    return f"`{part(old)}` becomes `{part(new)}`"


def main():
    last = {}
    for name in sys.argv[1:]:
        for line in open(name):
            result = json.loads(line)
            last[result["path"], result["old"], result["new"]] = result
    file = pathlib.Path(__file__).with_name("equivalent.tsv")
    rows = [row.split("\t") for row in file.read_text().split("\n")]
    why = {tuple(row[:2]): row[2] for row in rows if len(row) == 3}
    results = list(last.values())
    count = {o: sum(r["outcome"] == o for r in results) for o in ("killed", "survived", "undecided", "invalid", "same",
                                                                  "untold")}
    for r in results:
        r["why"] = why.get((r["path"], r["new"].strip()), "")
    equal = sum(r["outcome"] == "survived" and r["why"].startswith("equivalent") for r in results)
    judged = count["killed"] + count["survived"] - equal
    hangs = sum(bool(r.get("hang")) for r in results)
    print(f"{count['killed']} of {judged} mutants were killed ({100 * count['killed'] / max(judged, 1):.1f} %), "
          f"{hangs} of them by a time limit; {equal} more that survived are equivalent. {count['undecided']} are "
          f"undecided: the tests that were run are green, and not all were. Not counted: "
          f"{count['invalid']} that do not build, {count['same']} whose object is the original's, "
          f"{count['untold']} whose test was red without them, too.\n")
    print("| folder | killed | survived | undecided |\n|---|---:|---:|---:|")
    for name in sorted({folder(r["path"]) for r in results}):
        print(f"| {name} | " + " | ".join(str(sum(r["outcome"] == o and folder(r["path"]) == name for r in results))
                                          for o in ("killed", "survived", "undecided")) + " |")
    for outcome, title in (("survived", "Survived"), ("undecided", "Undecided"), ("killed", "Killed")):
        print(f"\n### {title}\n\n| place | change | {'killed by' if outcome == 'killed' else 'after'} | |\n"
              "|---|---|---|---|")
        for r in sorted(results, key=lambda r: (r["path"], r["line"])):
            if r["outcome"] == outcome:
                print(f"| {re.sub('^host/', '', r['path'])}:{r['line']} | {change(r)} | {r.get('by', '')}"
                      f"{' (hang)' if r.get('hang') else ''} | {r['why']} |")


if __name__ == "__main__":
    main()
