#!/usr/bin/env python3
"""write_table.py RESULTS.jsonl... > table.md - what mutants.py found, as tables. Of a mutant that was run again the
last outcome counts. Why a survivor may survive stands in notes.tsv beside this: path, the line as it becomes, why;
what begins with "equivalent" changes nothing that can be seen, and is not counted. "fresh": the test was written for
the mutant, or got a row for it."""
import json
import pathlib
import re
import sys

SHOWN = ("killed", "survived", "equivalent", "undecided")


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
    file = pathlib.Path(__file__).with_name("notes.tsv")
    rows = [row.split("\t") for row in file.read_text().split("\n") if row.count("\t") == 2]
    why = {(path, new): text for path, new, text in rows}
    results = list(last.values())
    for r in results:
        r["why"] = why.get((r["path"], r["new"].strip()), "")
        if r["outcome"] in ("survived", "undecided") and r["why"].startswith("equivalent"):
            r["outcome"] = "equivalent"
    def count(outcome, where=""):
        return sum(r["outcome"] == outcome and folder(r["path"]).startswith(where) for r in results)
    def rate(where=""):
        killed, judged = count("killed", where), count("killed", where) + count("survived", where)
        return f"{killed} of {judged} ({100 * killed / max(judged, 1):.1f} %)"
    hangs = sum(r["outcome"] == "killed" and bool(r.get("hang")) for r in results)
    later = sum(r["outcome"] == "killed" and bool(r.get("fresh")) for r in results)
    print(f"{len(results)} were drawn. {rate()} were killed: {rate('host')} in host/, {rate('kernels')} in kernels/; "
          f"{hangs} of them by a time limit, {later} by tests or rows of tests that were written for them. "
          f"{count('equivalent')} that survived are equivalent and not counted, nor are {count('invalid')} that do not "
          f"build, {count('same')} "
          f"whose object is the original's and {count('untold')} whose test was red without them, too. "
          f"{count('undecided')} are undecided.\n")
    print("| folder | killed | survived | equivalent | undecided |\n|---|---:|---:|---:|---:|")
    for name in sorted({folder(r["path"]) for r in results if r["outcome"] in SHOWN}):
        print(f"| {name} | " + " | ".join(str(sum(r["outcome"] == o and folder(r["path"]) == name for r in results))
                                          for o in SHOWN) + " |")
    titles = {"survived": "Survived", "equivalent": "Equivalent", "undecided": "Undecided", "killed": "Killed"}
    for outcome in ("survived", "equivalent", "undecided", "killed"):
        if count(outcome) == 0:
            continue
        killed = outcome == "killed"
        print(f"\n### {titles[outcome]}\n\n| place | change | " + ("killed by |" if killed else "after | why |"))
        print("|---|---|---|" if killed else "|---|---|---|---|")
        for r in sorted(results, key=lambda r: (r["path"], r["line"])):
            if r["outcome"] == outcome:
                new = ", new" if killed and r.get("fresh") else ""
                print(f"| {re.sub('^host/', '', r['path'])}:{r['line']} | {change(r)} | {r.get('by', '')}"
                      f"{' (hang)' if r.get('hang') else ''}{new} |{'' if killed else ' ' + r['why'] + ' |'}")


if __name__ == "__main__":
    main()
