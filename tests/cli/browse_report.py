"""Reports in a real browser: browse_report.py CLMLP FOLDER [PICTURES]. Exit status 77: there is no Chromium here.

Each page is opened at 390 and 1,280 pixels, light and dark. It may ask for nothing but itself, say nothing on the
console, and be no wider than the screen; its points are those of the history, and its texts have a contrast of 4.5:1.
With PICTURES, a folder, screenshots are left there. It speaks the DevTools protocol over a pipe.
"""
import base64
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CLMLP, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
PICTURES = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None

CONTRAST = """(() => {
  const ground = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).map(Number);
      if (c.length < 4 || c[3] > 0) return c.length < 4 || c[3] === 1 ? c : mix(c, ground(e.parentElement)); } };
  const mix = (c, g) => [0, 1, 2].map(i => c[i] * c[3] + g[i] * (1 - c[3]));
  const light = c => { const l = c.slice(0, 3).map(v => v / 255).map(
      v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
      return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
  let worst = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walker.nextNode();) {
      if (!n.data.trim()) continue;
      const e = n.parentElement, style = getComputedStyle(e);
      const c = (e instanceof SVGElement ? style.fill : style.color).match(/[\\d.]+/g);
      if (!c || ["title", "desc"].includes(e.tagName)) continue;
      const a = light(c.map(Number)), b = light(ground(e));
      const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      if (ratio < worst[0]) worst = [ratio, n.data.slice(0, 40)];
  }
  return worst;
})()"""
POINTS = """Object.fromEntries([...document.querySelectorAll('path.line[data-points]')].map(
    p => [p.dataset.name, (p.getAttribute('d').match(/[ML]/g) || []).length]))"""

# Words of tables that are cut though they are short, and labels of pictures that touch.
CUT = """[...document.querySelectorAll('td:not(.long), th')].flatMap(cell => {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
  for (let n; n = walker.nextNode();)
    for (const word of n.data.matchAll(/[\\p{L}\\p{N}_.()\u202f\u2212]+/gu)) {
      const range = document.createRange();
      range.setStart(n, word.index);
      range.setEnd(n, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].filter(r => r.width > 0).map(r => Math.round(r.top)));
      if (lines.size > 1 && [...word[0]].length <= 24) found.push(word[0]);
    }
  return found; })"""
TOUCH = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]), found = [];
  boxes.forEach(([a, x], i) => boxes.slice(i + 1).forEach(([b, y]) => {
    if (x.width && y.width && Math.abs(x.top - y.top) < 2 && x.left < y.right + 4 && y.left < x.right + 4)
      found.push(a + ' ' + b); }));
  return found; })"""


class Browser:
    """Chromium, told by messages over descriptors 3 and 4 of its own."""

    def __init__(self, program, home):
        there, self.out = os.pipe()
        self.into, back = os.pipe()

        def place():
            high = [os.dup(there), os.dup(back)]
            while min(high) < 5:
                high = [os.dup(f) for f in high]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={home}", "about:blank"],
            close_fds=False, preexec_fn=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there)
        os.close(back)
        self.numbers, self.events, self.rest = itertools.count(1), [], b""

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.into, 1 << 16)
            assert piece, "the browser is gone"
            self.rest += piece
        first, self.rest = self.rest.split(b"\0", 1)
        return json.loads(first)

    def ask(self, method, session=None, **parameters):
        number = next(self.numbers)
        request = {"id": number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            answer = self.message()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())


def look(browser, page, width, dark, points):
    """One page on one screen, and what is wrong with it."""
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Runtime", "Log"):
        browser.ask(domain + ".enable", session)
    browser.ask("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                mobile=width < 500)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.ask("Emulation.setEmulatedMedia", session, features=scheme)
    browser.events.clear()
    browser.ask("Page.navigate", session, url=page.as_uri())
    browser.wait("Page.loadEventFired")

    def value(script):
        return browser.ask("Runtime.evaluate", session, expression=script, returnByValue=True)["result"]["value"]

    overflow = value("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, (page.name, width, f"{overflow} pixels wider than the screen")
    value("document.querySelectorAll('details').forEach(d => d.open = true), 0")
    for script in (CUT, TOUCH):
        found = value(script)
        assert not found, (page.name, width, found[:5])
    worst, text = value(CONTRAST)
    assert worst >= 4.5, (page.name, dark, worst, text)
    drawn = value(POINTS)
    for name, count in points.items():
        assert drawn.get(name) == count, (page.name, name, drawn)
    asked = [event["params"]["request"]["url"] for event in browser.events
             if event.get("method") == "Network.requestWillBeSent"]
    assert asked == [page.as_uri()], (page.name, asked)
    said = [event["params"] for event in browser.events
            if event.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")]
    assert not said, (page.name, said)
    if PICTURES:
        height = value("Math.ceil(document.documentElement.getBoundingClientRect().height)")
        picture = browser.ask("Page.captureScreenshot", session, captureBeyondViewport=True,
                              clip={"x": 0, "y": 0, "width": width, "height": min(height, 3000), "scale": 1})
        name = f"{page.parent.name}-{page.stem}-{width}{'-dark' if dark else ''}.png"
        (PICTURES / name).write_bytes(base64.b64decode(picture["data"]))
    browser.ask("Target.closeTarget", targetId=target)
    return worst


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("skipped: there is no Chromium here (Debian's package chromium)")
        return 77
    for made in sorted(pathlib.Path(__file__).parent.glob("check_report*.py")):
        subprocess.run([sys.executable, made, CLMLP, FOLDER / made.stem], check=True, timeout=300)
    epochs = len((FOLDER / "check_report" / "h.jsonl").read_text().splitlines())
    home = tempfile.mkdtemp(prefix="clmlp-browse-")
    browser = Browser(program, home)
    try:
        for page in sorted(FOLDER.glob("*/*.html")):
            is_known = page.relative_to(FOLDER) == pathlib.Path("check_report/classes.html")
            points = {"training": epochs, "validation": epochs} if is_known else {}
            if page.name == "mine.html":
                continue
            worst = min(look(browser, page, width, dark, points) for width in (390, 1280) for dark in (False, True))
            print(f"ok {page.relative_to(FOLDER)}, least contrast {worst:.2f}")
    finally:
        browser.process.kill()
        browser.process.wait()
        shutil.rmtree(home, ignore_errors=True)
    return 0


sys.exit(main())
