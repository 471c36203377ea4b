"""What the result files of bench/peers and bench/tables share: tables for people, what a run was made on, files."""
import json


def table(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
                     + ["| " + " | ".join(line) + " |" for line in lines]) + "\n"


def conditions(result, machine_too="", before=(), after=()):
    """A table of the run; `before` and `after` the commit and the command are rows of the comparison's own."""
    machine, load = result["machine"], result["load"]
    return table(["", ""], [
        ["machine", f"{machine['cpu']}, {machine['cores']} cores{machine_too}, {machine['memory_gib']} GiB, "
                    f"{' '.join(machine['vector_units'])}"],
        ["system", f"{machine['os']}, Linux {machine['kernel']}"],
        *before,
        ["commit", result["commit"]],
        ["command", f"`{result['command']}`"],
        ["took", f"{result['seconds']:.0f} s"],
        ["load average", f"{load['start']} at the start, {load['end']} at the end"],
        *after])


def versions(result):
    return "\n## Versions\n\n" + table(["", ""], [[name, str(value)] for name, value in result["versions"].items()])


def write(folder, stem, result, markdown):
    """STEM.json and STEM.md; returns the path of the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    (folder / f"{stem}.md").write_text(markdown)
    return folder / f"{stem}.md"
