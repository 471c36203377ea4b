"""Taking turns, and what to make of the figures."""
import math
import statistics
import sys

from parties import Failed

DISTURBED = 0.2  # processors that others keep busy: more, and the round is run again
ATTEMPTS = 3     # at one round
REPEATS = 15     # in a whole run, so that a busy machine does not keep it forever


class Rounds:
    """Rounds in which every party has one turn. A party that fails is left out from then on."""

    def __init__(self, watch, count, repeat):
        self.watch, self.count, self.repeats = watch, count, REPEATS if repeat else 0
        self.failures = []

    def run(self, title, parties):
        """parties: {name: function that returns a figure}. Returns {name: [a figure a round]} with, under 'others', the
        processors that others kept busy in each round, and under 'repeated' how many rounds were run again."""
        parties, figures, others, repeated = dict(parties), {name: [] for name in parties}, [], 0
        for number in range(self.count):
            best = None
            for attempt in range(1, ATTEMPTS + 1):
                values, busy = self.one(title, number, parties)
                if best is None or busy < best[1]:
                    best = values, busy
                if busy <= DISTURBED or attempt == ATTEMPTS or self.repeats == 0:
                    break
                self.repeats -= 1
                repeated += 1
            for name, value in best[0].items():
                figures[name].append(value)
            others.append(round(best[1], 2))
        print(("\r" if sys.stderr.isatty() else "") + f"{title}: done" + 40 * " ", file=sys.stderr)
        complete = {name: values for name, values in figures.items() if len(values) == self.count}
        return {"figures": complete, "others": others, "repeated": repeated}

    def one(self, title, number, parties):
        names, values = list(parties), {}
        turn = number % len(names) if names else 0
        self.watch.start()
        for name in names[turn:] + names[:turn]:
            if sys.stderr.isatty():
                print(f"\r{title}: round {number + 1} of {self.count}, {name:28}", end="", file=sys.stderr, flush=True)
            try:
                values[name] = parties[name]()
            except Failed as failure:
                self.failures.append(f"{title}, {name}: {failure}")
                del parties[name]
        return values, self.watch.stop()


def ratio(result, above, below):
    """Median, least and greatest of above / below, each within a round; None where one of them did not run."""
    return ratio_of(result, result["figures"].get(above), result["figures"].get(below))


def fastest_ratio(result, names, below):
    """The same with the fastest of these above: in each round whoever took the least time in it. None where not one
    of them ran."""
    ran = [result["figures"][name] for name in names if name in result["figures"]]
    return ratio_of(result, [min(values) for values in zip(*ran)], result["figures"].get(below))


def ratio_of(result, a, b):
    if not a or not b:
        return None
    quotients = [x / y for x, y in zip(a, b)]
    return {"median": statistics.median(quotients), "min": min(quotients), "max": max(quotients),
            "disturbed": sum(busy > DISTURBED for busy in result["others"])}


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))
