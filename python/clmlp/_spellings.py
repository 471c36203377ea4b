"""Columns of texts that look like numbers or dates of another spelling: they are asked about, as in `clmlp train`."""
import collections
import re

_GAPS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")  # as the library has them
_SIGN, _UNIT, _DAY, _YEAR = "[+-]?", "[%$€£¥]", r"(?:0?[1-9]|[12]\d|3[01])", r"[12]\d{3}"
_MONTH = ("(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
          "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)")
_CLOCK = r"(?:[ T]\d{1,2}:[\d:.,]*(?: ?[ap]m)?(?: ?Z| ?[+-]\d\d:?\d\d)?)?"

# What the library reads.
_NUMBER = re.compile(_SIGN + r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.I | re.A)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?", re.A)

# What seems to be meant for one.
_OTHER_NUMBER = re.compile("|".join((
    rf"{_SIGN}(?=[^,.]*[,.])[\d.,]*\d[\d.,]*",                  # 1,5 or 1.234,5 or 1.2.3
    rf"{_SIGN}\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+[\d.,]*",     # 1 000 or 1 234,5
    rf"{_SIGN}{_UNIT} ?{_SIGN}[\d.,]*\d[\d.,]*",                # $1,100
    rf"{_SIGN}[\d.,]*\d[\d.,]*[ \u00a0\u202f]?{_UNIT}")))       # 20%
_OTHER_DATE = re.compile("(?:" + "|".join((
    rf"{_DAY}/{_DAY}/(?:{_YEAR}|\d\d)", rf"{_DAY}\.{_DAY}\.{_YEAR}", rf"{_DAY}-{_DAY}-{_YEAR}",
    rf"{_YEAR}([-/.]){_DAY}\1{_DAY}",                           # 2012/12/31, 2012-12-31 20:00:00.250+01:00
    rf"{_DAY}[ .-]+{_MONTH}[ .,-]+(?:{_YEAR}|\d\d)", rf"{_MONTH}[ .]+{_DAY},? +{_YEAR}")) + ")" + _CLOCK, re.I | re.A)
_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(?:,\d{3})+", re.A)


def _kind(text):
    if _NUMBER.fullmatch(text):
        return "number"
    if _DATE.fullmatch(text):
        return "date"
    if _OTHER_DATE.fullmatch(text):
        return "other date"
    return "other number" if _OTHER_NUMBER.fullmatch(text) else None


def ask(name, texts, column, feature):
    """Raise ValueError where most texts of a column, or those of most rows, look like numbers, or like dates, and some
    of them are spelled as the library does not read them.

    Parameters
    ----------
    texts : list of str, None where there is none
    column : str, how the caller writes the column in Python
    feature : str or int, what names it in `categorical_features`
    """
    rows = collections.Counter(text for text in texts if text is not None and text not in _GAPS)
    kinds, values = {text: _kind(text) for text in rows}, sum(rows.values())
    for what in ("number", "date"):
        alike = [text for text, kind in kinds.items() if kind in (what, f"other {what}")]
        others = [text for text in alike if kinds[text] == f"other {what}"]
        if others and (2 * len(alike) >= len(rows) or 2 * sum(rows[text] for text in alike) >= values):
            hint = _of_numbers(others, column) if what == "number" else _of_dates(others, column)
            raise ValueError(f"column {name!r}: found {others[0]!r} in row {texts.index(others[0]) + 1}, a text that "
                             f"looks like a {what} of another spelling, as {sum(rows[text] for text in others)} of "
                             f"{values} values do; make {what}s of them: {hint}; or, if they are categories, "
                             f"say categorical_features=[{feature!r}]")


def _of_numbers(texts, column):
    point, comma, floats = ".str.replace('.', '')", ".str.replace(',', '.')", ".astype(float)"
    if any(re.search(f"[^-+.,0-9]|{_UNIT}", text) for text in texts):
        return f"without blanks and units, as in {column}.str.replace('%', ''){floats}"
    if any(text.rfind(".") > text.rfind(",") >= 0 for text in texts):
        return f"{column}.str.replace(',', ''){floats}, if commas are between thousands"
    if not any("," in text for text in texts):
        return f"{column}{point}{floats}, if points are between thousands"
    if any("." in text for text in texts):
        return f"{column}{point}{comma}{floats}, if the comma is the decimal mark"
    if all(_THOUSANDS.fullmatch(text) for text in texts):
        return (f"{column}{comma}{floats}, if the comma is the decimal mark, {column}.str.replace(',', ''){floats}, "
                "if it is between thousands")
    return f"{column}{comma}{floats}, if the comma is the decimal mark"


def _of_dates(texts, column):
    if all(re.fullmatch(rf"{_DAY}\.{_DAY}\.{_YEAR}", text) for text in texts):
        return f"pandas.to_datetime({column}, format='%d.%m.%Y')"
    if all(re.fullmatch(rf"{_DAY}/{_DAY}/{_YEAR}", text) for text in texts):
        return f"pandas.to_datetime({column}, format='%d/%m/%Y'), or '%m/%d/%Y'"
    if all(re.match(rf"{_YEAR}-\d\d-\d\d[ T]", text) for text in texts):
        return f"pandas.to_datetime({column}, utc=True).dt.tz_localize(None)"
    return f"pandas.to_datetime({column}, format=...)"
