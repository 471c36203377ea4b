"""The result files: everything as JSON, and the tables for people."""
import statistics

import results
from results import table


def number(value):
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def ratios(rows):
    lines = []
    for row in rows:
        value = row["ratio"]
        spread = f"{number(value['min'])} to {number(value['max'])}" if value and "min" in value else ""
        met = {None: "", True: "yes", False: "**no**"}[row["met"]]
        if value is None:
            met = "did not run"
        if value and value.get("disturbed"):
            spread += f" ({value['disturbed']} disturbed)"
        lines.append([row["what"], number(value["median"]) if value else "", spread, row["goal"] or "", met])
    return table(["what", "median", "rounds", "goal", "met"], lines)


def figures(section):
    """A line a comparison and party: median and range over the rounds."""
    lines = []
    for name, result in section.items():
        for party, values in result["figures"].items():
            lines.append([name, party, number(statistics.median(values)),
                          f"{number(min(values))} to {number(max(values))}", result["unit"]])
        disturbed = [f"{value}" for value in result["others"]]
        lines.append([name, "*busy with other things*", number(statistics.median(result["others"])),
                      f"{', '.join(disturbed)}; {result['repeated']} run again", "processors"])
    text = table(["", "", "median", "rounds", ""], lines)
    for name, result in section.items():
        if "fann_ways" in result:
            ways = ", ".join(f"{way} {number(took)} ms" for way, took in result["fann_ways"].items())
            text += f"\nFANN, {name}, an epoch before the rounds: {ways}; the faster one takes part.\n"
        if "sklearn_forms" in result:
            forms = ", ".join(f"{form} {number(took)} ms" for form, took in result["sklearn_forms"].items())
            text += f"\nscikit-learn, {name}, an epoch before the rounds: {forms}; the faster one takes part.\n"
    return text


def settings(section):
    chosen = [f"{name}, {way}: {s['threads']} thread{'s' if s['threads'] > 1 else ''}, update {s['optimizer']}"
              for name, result in section.items() for way, s in result.get("pytorch", {}).items()]
    return "What these were fastest with, and so took part with:\n\n" + "".join(f"* {line}\n" for line in chosen)


def costs(found):
    lines = []
    for entry in found:
        for output in [output for output in ("sigmoid", "softmax") if output in entry]:
            trained = ", ".join(f"{name} {answer['cost']:.9g}" if answer else f"{name} did not run"
                                for name, answer in entry[output].items())
            apart = entry[output + "_apart"]
            before = number(entry["cost_before"]) if output == "sigmoid" else ""
            passes = f"{entry['data']}, {entry['epochs']} epoch{'s' if entry['epochs'] > 1 else ''}"
            lines.append([entry["network"], passes, output, before, trained,
                          f"{apart:.1e}" if apart is not None else "",
                          "yes" if entry[output + "_agrees"] else "**no**"])
    text = table(["network", "trained on", "output", "J before", "J afterwards", "apart", "within 1e-4"], lines)
    for entry in found:
        for way, answer in entry.get("fann", {}).items():
            text += (f"\nFANN, {entry['network'].split(',')[0]}, {way}, one epoch from the same theta: "
                     f"J {answer['cost']:.4g}, accuracy {answer['accuracy']:.3f}. It descends the squared error "
                     f"({answer['squared_error']:.4g}): not the same training, only time per epoch is compared.\n")
    return text


def thetas(found):
    lines = []
    for entry in found:
        for party, apart in entry["apart"].items():
            lines.append([entry["network"], entry["precision"], party, f"{apart:.1e}", f"{entry['tolerance']:.1e}",
                          "yes" if apart <= entry["tolerance"] else "**no**"])
    return table(["network", "", "party", "apart", "allowed", "same theta"], lines)


def heading(result):
    text = f"# clmlp beside others, {result['date']}\n\n"
    if result["quick"]:
        text += "**A quick run, to see that everything works: its figures mean nothing.**\n\n"
    return text + "".join(f"**{note}**\n\n" for note in result["notes"])


def markdown(result):
    text = heading(result) + results.conditions(result, f" ({result['machine']['threads_used']} used)", after=[
        ["rounds", f"{result['rounds']}, each party {result['seconds_a_turn']:g} s a turn"]])
    text += ("\nA ratio is taken within a round; shown are the median and the range over the rounds. README.md of "
             "bench/peers says what each party does, and when a round counts as disturbed.\n\n")
    text += ratios(result["table"])
    if "thetas" in result:
        steps = result["thetas"][0]["steps"] if result["thetas"] else 0
        text += (f"\n## Trained to the same theta\n\nAfter {steps} steps of Adam, beside clmlp's CPU path in f64: the "
                 "mean distance, as a part of how far theta moved.\n\n" + thetas(result["thetas"]))
    else:
        text += "\n## Trained to the same cost\n\n" + costs(result["costs"])
    for title, section in result["sections"].items():
        if title == "start":
            continue
        text += f"\n## {title.capitalize()}\n\n" + figures(section)
        if title.endswith("steps"):
            text += "\n" + settings(section)
    if result["failures"]:
        text += "\n## What did not run\n\n" + "".join(f"* {failure}\n" for failure in result["failures"])
    return text + results.versions(result)


def write(folder, result):
    more = "" if result["optimizer"] == "sgd" else "-" + result["optimizer"]
    stem = f"{result['date'][:10]}-{result['name']}-peers{more}"
    return results.write(folder, stem, result, markdown(result))
