#!/usr/bin/env python3
"""A picture of sections of a report: picture.py PAGE.html PICTURE.png SECTION...

SECTION: a heading of the page, or top. The sections go into a page of their own, with the style of the report, and a
headless Chromium shows that at the width of 880 pixels, in light. Exit status 77: there is no Chromium here.
"""
import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WIDTH = 880


def sections(page):
    """The parts of a report by heading."""
    found = {"top": page[page.index("<main>") + 6:page.index("<section")]}
    for text in re.findall(r"<section[^>]*>.*?</section>", page, re.DOTALL):
        heading = re.search(r"<h2[^>]*>(.*?)</h2>", text, re.DOTALL).group(1)
        found[html.unescape(re.sub(r"<[^>]*>", "", heading)).strip()] = text
    return found


def chromium(program, home, *arguments):
    return subprocess.run([program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                           f"--user-data-dir={home}", *arguments], check=True, timeout=120, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def picture(page, path, names):
    """False: there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        return False
    text = pathlib.Path(page).read_text(encoding="utf-8")
    there = sections(text)
    for name in names:
        if name not in there:
            raise SystemExit(f"{page}: no section '{name}' (expected one of: {', '.join(there)})")
    head = re.sub(r"<meta http-equiv.*?/>", "", text[:text.index("<body")])  # a script measures the height
    home = tempfile.mkdtemp(prefix="clmlp-picture-")
    try:
        part = os.path.join(home, "part.html")
        body = "".join(there[name] for name in names)
        measure = "document.title = Math.ceil(document.documentElement.getBoundingClientRect().height)"
        style = "<style>section:first-child h2{border:0;margin-top:0;padding-top:0}</style>"
        pathlib.Path(part).write_text(f"{head}<body>{style}<main>{body}</main><script>{measure}</script></body></html>",
                                      encoding="utf-8")
        address = pathlib.Path(part).as_uri()
        shown = chromium(program, home, f"--window-size={WIDTH},900", "--dump-dom", address)
        height = int(re.search(r"<title>(\d+)</title>", shown).group(1))
        chromium(program, home, f"--window-size={WIDTH},{height}", f"--screenshot={os.path.abspath(path)}", address)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return True


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    if not picture(sys.argv[1], sys.argv[2], sys.argv[3:]):
        print("skipped: there is no Chromium here (Debian's package chromium)")
        sys.exit(77)
