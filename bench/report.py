"""Measure what a report costs, against papermill and nbconvert as they come.

    python bench/report.py                                   # five rounds, about six minutes
    python bench/report.py --rounds 3 --markdown docs/performance.md

Every round runs every command once, in turn, so that a busy machine slows all of them alike. A run
counts only if its output is right: exit code, no traceback, every chart, every text of the result.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOCK = ROOT / "bench" / "stock_report.ipynb"
OURS = ROOT / "notebooks" / "50_readiness_report.ipynb"
PLACE = "example:halfway"
CONNECTED = {"PLOTLY_RENDERER": "plotly_mimetype+notebook_connected"}
EMBEDDED = {"PLOTLY_RENDERER": "plotly_mimetype+notebook"}
"""plotly's own default leaves the charts out of a converted notebook."""
DEFAULT_WAIT, WAITS, TRIES = 100, (1000, 2000, 4000, 8000), 3
"""How long webpdf waits for a page, in milliseconds: by itself, and here."""
VERDICTS = {"ready": "Ready", "close": "Close to ready", "not_ready": "Not ready"}
CHART_WORDS = ("needed for the gate", "below need", "partly there")
"""Words that stand in the pictures and nowhere else."""
EXPORT = """
import sys, time, nbformat, nbconvert
notebook = nbformat.read(sys.argv[1], 4)
start = time.perf_counter()
if sys.argv[3] == "ours":
    from calib.report.exporters import ReadinessPDFExporter
    exporter = ReadinessPDFExporter()
else:
    from nbconvert.exporters import WebPDFExporter
    exporter = WebPDFExporter(page_render_timeout=int(sys.argv[3]))
pdf, _ = exporter.from_notebook_node(notebook)
print(time.perf_counter() - start)
open(sys.argv[2], "wb").write(pdf)
"""


class Wrong(Exception):
    """Say why a run does not count."""


@dataclass
class Case:
    """Hold one way to do it: its commands, and what they have to produce."""

    key: str
    title: str
    commands: Sequence[Sequence[str]]
    check: Callable[[Path, str], None]
    env: dict[str, str] = field(default_factory=dict)
    tells_its_time: bool = False
    """Whether the command prints the seconds that count."""
    browser: bool = False
    """Whether a browser runs in it, whose CPU is not all counted."""
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Bench:
    def __init__(self, scratch: Path, rounds: int) -> None:
        self.scratch, self.rounds = scratch, rounds
        self.python = sys.executable
        self.bin = Path(sys.executable).parent
        self.today = date.today().isoformat()
        self.out = scratch / "out"
        self.env = self._environment()
        self.texts: list[str] = []
        self.verdict = ""
        self.charts = 0
        self.wait = 0
        self.whole_by_default = 0
        self.cases: list[Case] = []

    def _environment(self) -> dict[str, str]:
        """Give every command the same clean surroundings, with compiled modules kept."""
        unwanted = ("PYTHONDONTWRITEBYTECODE", "PLOTLY_RENDERER", "PYTHONUNBUFFERED", "PYTHONPATH")
        env = {k: v for k, v in os.environ.items() if k not in unwanted}
        env |= {
            "PATH": f"{self.bin}{os.pathsep}{env.get('PATH', '')}",
            "PYTHONPYCACHEPREFIX": str(self.scratch / "pyc"),
            "IPYTHONDIR": str(self.scratch / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.scratch / "jupyter"),
            "PYTHONPATH": str(ROOT),  # the code beside this file, wherever calib is installed
        }
        return env

    # What is run

    def setup(self) -> None:
        """Learn what every report has to hold, and prepare the executed notebooks."""
        self._run(self._calib("--format", "html,pdf,json"))
        self._expect(json.loads((self.out / "result.json").read_text(encoding="utf-8")))
        page = (self.out / "readiness-report.html").read_text(encoding="utf-8")
        self.charts = page.count('<figure class="chart"')
        for name, notebook, env in (("ours", OURS, {}), ("stock", STOCK, EMBEDDED)):
            self._run(self._papermill(notebook, self.scratch / f"{name}.ipynb"), env)
        self.cases = [*self._html(), *self._files(), *self._pdf(), *self._small()]

    def _calib(self, *more: str) -> list[str]:
        return [str(self.bin / "calib"), "report", PLACE, "-o", str(self.out), *more]

    def _papermill(self, notebook: Path, made: Path) -> list[str]:
        day = ["-p", "assessment", PLACE, "-r", "report_date", self.today]
        return [str(self.bin / "papermill"), str(notebook), str(made), *day]

    def _nbconvert(self, notebook: Path, to: str, *more: str) -> list[str]:
        tool = [str(self.bin / "jupyter"), "nbconvert", "--to", to, *more]
        return [*tool, "--output-dir", str(self.out), "--output", "made", str(notebook)]

    def _html(self) -> Iterator[Case]:
        made = self.out / "executed.ipynb"
        one = [self._calib("--format", "html")]
        yield Case("html", "calib report --format html", one, self.page)
        for key, title, env in (
            ("stock", "stock: papermill + nbconvert --to html", CONNECTED),
            ("embedded", "stock, plotly.js embedded", EMBEDDED),
        ):
            steps = [self._papermill(STOCK, made), self._nbconvert(made, "html")]
            yield Case(key, title, steps, self.page, env)
        template = ["--template", "readiness"]
        template += [f"--TemplateExporter.extra_template_basedirs={ROOT / 'templates'}"]
        steps = [self._papermill(OURS, made), self._nbconvert(made, "html", *template)]
        yield Case("runner", "stock commands on our notebook", steps, self.page)

    def _files(self) -> Iterator[Case]:
        yield Case("pdf", "calib report --format pdf", [self._calib("--format", "pdf")], self.paper)
        every = [self._calib("--format", "html,pdf,json")]

        def check(out: Path, said: str) -> None:
            self.page(out, said)
            self.paper(out, said)
            data = json.loads((out / "result.json").read_text(encoding="utf-8"))
            if VERDICTS[data["readiness"]] != self.verdict:
                raise Wrong("result.json holds no verdict")

        yield Case("all", "calib report --format html,pdf,json", every, check)

    def _pdf(self) -> Iterator[Case]:
        ours, stock = self.scratch / "ours.ipynb", self.scratch / "stock.ipynb"
        target = str(self.out / "made.pdf")
        step = [self.python, "-c", EXPORT]
        command = self._nbconvert(ours, "readiness-pdf")
        yield Case("pdf-step", "nbconvert --to readiness-pdf", [command], self.paper)
        inside = [*step, str(ours), target, "ours"]
        yield Case("pdf-inside", "the same, exporter alone", [inside], self.paper, {}, True)
        env = self._browser()
        if env is None:
            print("webpdf is left out: it needs playwright and a Chromium", file=sys.stderr)
            return
        self.wait = self._find_wait(stock, env)
        if not self.wait:
            print("webpdf is left out: no wait gave the whole document", file=sys.stderr)
            return
        wait = f"--WebPDFExporter.page_render_timeout={self.wait}"
        command = self._nbconvert(stock, "webpdf", wait)
        yield Case("webpdf", "nbconvert --to webpdf", [command], self.paper, env, browser=True)
        inside = [*step, str(stock), target, str(self.wait)]
        yield Case("webpdf-inside", "the same, exporter alone", [inside], self.paper, env, True)

    def _small(self) -> Iterator[Case]:
        def scored(_: Path, said: str) -> None:
            if self.verdict not in said:
                raise Wrong("no verdict")

        nothing: Callable[[Path, str], None] = lambda *_: None  # noqa: E731
        yield Case("bare", "python -c pass", [[self.python, "-c", "pass"]], nothing)
        bare = [self.python, "-c", "import calib"]
        yield Case("import", "python -c 'import calib'", [bare], nothing)
        yield Case("score", "calib score", [[str(self.bin / "calib"), "score", PLACE]], scored)

    def _browser(self) -> dict[str, str] | None:
        """Let playwright find the installed Chromium where it looks for its own."""
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            import playwright
        except ImportError:
            return None
        if chromium is None or sys.platform != "linux":
            return None
        listed = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
        browsers = json.loads(listed.read_text(encoding="utf-8"))["browsers"]
        shell = next(b for b in browsers if b["name"] == "chromium-headless-shell")
        home = self.scratch / "browsers"
        place = home / f"chromium_headless_shell-{shell['revision']}"
        place = place / "chrome-headless-shell-linux64"
        place.mkdir(parents=True)
        (place / "chrome-headless-shell").symlink_to(chromium)
        return {"PLAYWRIGHT_BROWSERS_PATH": str(home)}

    def _find_wait(self, stock: Path, env: dict[str, str]) -> int:
        """Find the shortest wait with which webpdf prints the whole document every time."""

        def whole(wait: int) -> int:
            more = f"--WebPDFExporter.page_render_timeout={wait}"
            count = 0
            for _ in range(TRIES):
                shutil.rmtree(self.out, ignore_errors=True)
                with contextlib.suppress(Wrong):
                    self.paper(self.out, self._run(self._nbconvert(stock, "webpdf", more), env))
                    count += 1
            return count

        self.whole_by_default = whole(DEFAULT_WAIT)
        return next((wait for wait in WAITS if whole(wait) == TRIES), 0)

    # What is right

    def _expect(self, result: dict) -> None:
        """List the texts that every report holds."""
        self.verdict = VERDICTS[result["readiness"]]
        found = [result["profile"]["partner"], result["content_hash"][:12]]
        for control in result["controls"]:
            found += [control["control"], control["title"]]
            spans = {(p["span"]["start"], p["span"]["end"]) for p in control["passages"]}
            found += [control["narrative"][a:b] for a, b in sorted(spans)]
            for criterion in control["criteria"]:
                found += [criterion["title"], criterion["answer"]]
                found += [f["message"] for f in criterion["findings"]]
            found += [t["justification"] for t in control["third_party"]]
        for study in result["qualification"]["studies"]:
            found += [study[k] for k in ("title", "customer", "challenge", "solution", "results")]
        found += [gap[k] for gap in result["gaps"] for k in ("title", "action", "artefact")]
        found += [entry["item"]["title"] for entry in result["evidence"]]
        self.texts = [t for t in dict.fromkeys(map(_letters, found)) if t]

    def _holds(self, text: str, share: float, what: str) -> None:
        letters = _letters(text)
        if "Traceback (most recent call last)" in text:
            raise Wrong(f"{what}: a traceback")
        if _letters(self.verdict) not in letters:
            raise Wrong(f"{what}: no verdict")
        there = sum(t in letters for t in self.texts)
        if there < share * len(self.texts):
            raise Wrong(f"{what}: {there} of {len(self.texts)} texts")

    def page(self, out: Path, _: str) -> None:
        """Accept an HTML page with every text and every chart."""
        page = next(out.glob("*.html")).read_text(encoding="utf-8")
        charts = page.count('<figure class="chart"') or page.count("Plotly.newPlot(\n") or len(
            re.findall(r"Plotly\.newPlot\(\s*[\"']", page)
        )  # fmt: skip
        if charts != self.charts or not charts:
            raise Wrong(f"HTML: {charts} charts, not {self.charts}")
        body = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
        self._holds(html.unescape(body), 1, "HTML")

    def paper(self, out: Path, _: str) -> None:
        """Accept a PDF with the charts and nearly every text; page ends cut a few in two."""
        import pypdf

        pages = pypdf.PdfReader(next(out.glob("*.pdf"))).pages
        text = " ".join(p.extract_text() for p in pages)
        self._holds(text, 0.9, f"PDF of {len(pages)} pages")
        for words in CHART_WORDS:
            if _letters(words) not in _letters(text):
                raise Wrong(f"PDF of {len(pages)} pages: a chart is missing ({words})")

    # How it is run

    def _run(self, command: Sequence[str], env: dict[str, str] | None = None) -> str:
        self.out.mkdir(exist_ok=True)
        done = subprocess.run(
            command, env=self.env | (env or {}), cwd=self.scratch, capture_output=True, text=True,
            check=False, timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise Wrong(f"{Path(command[0]).name}: exit {done.returncode}: {done.stderr[-300:]}")
        return done.stdout

    def once(self, case: Case, *, counts: bool) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        before, start = os.times(), time.perf_counter()
        try:
            said = "".join([self._run(command, case.env) for command in case.commands])
            took = time.perf_counter() - start
            after = os.times()
            case.check(self.out, said)
        except (Wrong, StopIteration, subprocess.TimeoutExpired) as error:
            case.wrong.append(str(error) or "no file")
            return
        if counts:
            case.seconds.append(float(said) if case.tells_its_time else took)
            user, system = (after[i] - before[i] for i in (2, 3))
            case.cpu.append(user + system)

    def measure(self) -> None:
        """Run a round that does not count, then the rounds, each beginning with another case."""
        for number in range(self.rounds + 1):
            turn = number % len(self.cases)
            for case in [*self.cases[turn:], *self.cases[:turn]]:
                print(f"\rround {number} of {self.rounds}: {case.key:<14}", end="", file=sys.stderr)
                self.once(case, counts=number > 0)
        print(file=sys.stderr)
        for case in self.cases:
            for error in dict.fromkeys(case.wrong):
                print(f"{case.key}: {case.wrong.count(error)} runs do not count: {error}")


def _letters(text: str) -> str:
    """Leave letters and digits, so that markup, ligatures and line ends make no difference."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).lower()


@dataclass(frozen=True)
class Ratio:
    """Compare two cases: by medians, by the quickest runs, and by CPU where that is known.

    On a busy machine several processes suffer more than one, which widens the medians; the lowest
    of the three is what is claimed.
    """

    slow: Sequence[Case]
    fast: Case
    title: str
    note: str
    target: float = 0
    less: float = 0

    def by(self, measure: Callable[[Case], float]) -> float:
        return (sum(map(measure, self.slow)) - self.less) / measure(self.fast)

    def line(self) -> str:
        found = {
            "medians": self.by(lambda c: c.median),
            "minima": self.by(lambda c: min(c.seconds)),
        }
        browser = any(c.browser for c in self.slow)
        if not (self.fast.tells_its_time or browser or self.less):
            found["CPU"] = self.by(lambda c: statistics.median(c.cpu))
        least = min(found.values())
        aim = f" (target {self.target:g}: {'met' if least >= self.target else 'missed'})"
        said = ", ".join(f"{name} {value:.1f}" for name, value in found.items())
        return f"**{least:.1f}×** {self.title}{aim if self.target else ''}; {said}. {self.note}"


def ratios(bench: Bench) -> Iterator[Ratio]:
    at = {c.key: c for c in bench.cases if c.seconds}
    if {"html", "stock", "embedded", "runner"} <= set(at):
        yield Ratio(
            [at["stock"]], at["html"], "HTML report, against the stock pipeline",
            "Both load, review and score the assessment and show the same content. It contains two "
            "differences at once: the runner (no kernel, no second start of Python, no notebook "
            "written around every cell) and the content (no pandas, no plotly in Python). The "
            "stock page fetches plotly.js, MathJax and require.js from the network; ours carries "
            "plotly.js inside.", 2,
        )  # fmt: skip
        yield Ratio(
            [at["embedded"]], at["html"], "the same, with plotly.js embedded in the stock page too",
            "The nearest to ours: charts draw offline. The page still asks the network for MathJax "
            "and require.js.",
        )  # fmt: skip
        yield Ratio(
            [at["runner"]], at["html"], "the runner alone",
            "The same notebook and template on both sides; stock commands against `calib report`.",
        )  # fmt: skip
        yield Ratio(
            [at["stock"]], at["runner"], "the content alone",
            "Stock commands on both sides; the plain notebook against ours.",
        )  # fmt: skip
    if {"pdf-step", "webpdf"} <= set(at):
        yield Ratio(
            [at["webpdf"]], at["pdf-step"], "the PDF step as a command, against webpdf",
            "Both start from an executed notebook, and both contain the start of jupyter and "
            f"nbconvert. webpdf contains a wait of {bench.wait / 1000:g} s, the shortest tried "
            "that printed the whole document.", 3,
        )  # fmt: skip
        yield Ratio(
            [at["webpdf"]], at["pdf-step"], "the same, without that wait",
            "The best that webpdf could do if it knew when the page is ready, which it does not.",
            less=bench.wait / 1000,
        )  # fmt: skip
        yield Ratio(
            [at["webpdf-inside"]], at["pdf-inside"], "the exporter alone, in a running nbconvert",
            "Without start-up on either side: an executed notebook in memory to the bytes of the "
            "PDF; with webpdf's wait.",
        )  # fmt: skip
    if {"all", "embedded", "webpdf"} <= set(at):
        yield Ratio(
            [at["embedded"], at["webpdf"]], at["all"], "HTML, PDF and JSON at once",
            "Against the sum of the embedded stock page and webpdf from the same run; the stock "
            "side makes no JSON.",
        )  # fmt: skip


def limits(bench: Bench) -> Iterator[str]:
    at = {c.key: c.median for c in bench.cases if c.seconds}
    for what, value, limit in (
        ("`import calib`, beyond bare Python", at["import"] - at["bare"], 0.2),
        ("`calib score example:halfway`", at["score"], 1.0),
    ):
        verdict = "met" if value < limit else "missed"
        yield f"{what}: {value:.2f} s (target below {limit:g} s: {verdict})"


def table(bench: Bench) -> Iterator[str]:
    yield "| Command | Median s | Min–max s | CPU s | Runs |"
    yield "| --- | --: | --: | --: | --: |"
    for case in bench.cases:
        if not case.seconds:
            yield f"| {case.title} | – | – | – | 0 |"
            continue
        low, high = min(case.seconds), max(case.seconds)
        digits = 2 if case.median >= 0.1 else 3
        cpu = "–" if case.tells_its_time else f"{statistics.median(case.cpu):.2f}"
        yield (
            f"| {case.title} | {case.median:.{digits}f} | {low:.{digits}f}–{high:.{digits}f} "
            f"| {cpu} | {len(case.seconds)} |"
        )


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = re.findall(r"model name\s*: (.*)", info.read_text(encoding="utf-8"))
        cpu = names[0] if names else cpu
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} × {cpu}"


def versions() -> str:
    names = "calib papermill nbconvert nbclient ipykernel plotly pandas typst playwright jsonschema"
    installed = {d.name: d.version for d in metadata.distributions()}
    found = ", ".join(f"{n} {installed[n]}" for n in names.split() if n in installed)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium:
        said = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False)
        found += ", " + " ".join(said.stdout.split()[:2])
    return f"{platform.python_implementation()} {platform.python_version()}, {found}"


def document(bench: Bench, picture: str) -> str:
    lines = [
        "# Performance", "",
        "Written by `python bench/report.py --markdown docs/performance.md`; every figure below is "
        "of one run of it.", "",
        f"* Machine: {machine()}", f"* Versions: {versions()}",
        f"* Day: {bench.today}; {bench.rounds} rounds, every round runs every command once, in "
        "turn, after one round that does not count. Wall-clock medians of cold commands; modules "
        "are compiled, files are in the disk cache.",
        "* The machine is shared and noisy: read the ratios, not the seconds. Each ratio is the "
        "lowest of three: of medians, of the quickest runs, of CPU seconds. CPU seconds count "
        "processes that were waited for, which a browser's are not all.", "",
        *([f"![Seconds by command, the quickest run of each]({picture})", ""] if picture else []),
        *table(bench), "", "## Ratios", "",
        *(f"* {r.line()}" for r in ratios(bench)), "",
        *(f"* {line}" for line in limits(bench)), "",
        "## What is compared", "",
        f"* The assessment is `{PLACE}`: six controls, {bench.charts} charts.",
        "* The stock pipeline is `papermill bench/stock_report.ipynb OUT.ipynb`, then `jupyter "
        "nbconvert --to html OUT.ipynb`, both with their defaults. `stock_report.ipynb` is a plain "
        "notebook: it loads and scores with `calib`, shows the tables as pandas DataFrames and the "
        "charts as plotly figures. It shows the narratives as plain text; ours marks the sentences "
        "that count, so the stock side does a little less.",
        "* `PLOTLY_RENDERER=plotly_mimetype+notebook_connected` is set for it, since plotly's own "
        "default leaves every chart out of the page. `+notebook` embeds plotly.js.",
        "* Start-up stands in every command. Where the package rfc3987-syntax is installed, which "
        "jupyter-server brings, importing nbformat alone takes a second; a stock run pays it in "
        "every process that imports nbformat.",
        f"* A run counts if it ends with 0, shows no traceback, says “{bench.verdict}”, and holds "
        f"every one of {len(bench.texts)} texts of the result and every chart. In a PDF a page's "
        "end cuts a few texts in two; nine in ten have to be whole, and the words inside the "
        "charts have to be there.",
        "* No network: what a stock page fetches failed at once here. With a network, webpdf "
        "would fetch it, too.",
    ]  # fmt: skip
    if bench.wait:
        lines.append(
            "* webpdf prints after a fixed wait, ready or not. With its default of "
            f"{DEFAULT_WAIT} ms {bench.whole_by_default} of {TRIES} tries printed the whole "
            "document (a run that prints less ends with 0 all the same); with "
            f"{bench.wait} ms, which it got here, all {TRIES}. Playwright was given the "
            "installed Chromium in place of its own.",
        )
    for case in bench.cases:
        lines += [
            f"* {case.title}: {case.wrong.count(e)} runs do not count: {e}"
            for e in dict.fromkeys(case.wrong)
        ]
    return "\n".join([*lines, ""])


def draw(bench: Bench, path: Path) -> None:
    """Draw the quickest runs as bars, by the renderer of the report's charts."""
    from calib.views import palette
    from calib.views.charts.canvas import Canvas
    from calib.views.svg import to_svg

    of = {c.key: min(c.seconds) for c in bench.cases if c.seconds}
    rows = [
        ("HTML report", "calib report", "html"), ("", "stock, plotly.js by network", "stock"),
        ("", "stock, plotly.js embedded", "embedded"), ("PDF step", "calib", "pdf-step"),
        ("", "webpdf", "webpdf"), ("Score", "calib score", "score"),
    ]  # fmt: skip
    rows = [r for r in rows if r[2] in of]
    left, right, row, top = 250, 70, 30, 12
    canvas = Canvas(top + row * len(rows) + 8)
    box = (left, top, canvas.width - right, top + row * len(rows))
    most = max(of[key] for _, _, key in rows)
    canvas.axis_pair(box, (0, most), (len(rows) - 0.5, -0.5))
    stock = ("stock", "embedded", "webpdf")
    colors = [palette.MUTED if key in stock else palette.ACCENT for _, _, key in rows]
    canvas.data.append({
        "type": "bar", "orientation": "h", "name": "seconds", "width": 0.6,
        "x": [of[k] for _, _, k in rows], "y": list(range(len(rows))),
        "marker": {"color": colors, "line": {"color": palette.INK, "width": 0}},
        "hoverinfo": "skip", "showlegend": False,
    })  # fmt: skip
    for number, (group, name, key) in enumerate(rows):
        y = top + row * (number + 0.5)
        canvas.text(0, y, f"<b>{group}</b>")
        canvas.text(left - 8, y, name, anchor="right", color=palette.MUTED)
        end = left + (canvas.width - right - left) * of[key] / most
        canvas.text(end + 6, y, f"{of[key]:.1f} s")
    said = "; ".join(f"{group} {name}: {of[key]:.1f} s" for group, name, key in rows)
    path.write_text(
        to_svg(
            canvas.figure(), width=canvas.width, height=canvas.height,
            title="Seconds by command, the quickest run", alt=said, uid="performance",
        ),
        encoding="utf-8",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", type=Path, help="Write the figures here, with a picture.")
    wanted = parser.parse_args()
    if wanted.rounds < 1:
        parser.error("--rounds: at least 1")
    if wanted.markdown and not wanted.markdown.parent.is_dir():
        parser.error(f"--markdown: there is no folder {wanted.markdown.parent}")
    with tempfile.TemporaryDirectory(prefix="calib-bench-") as scratch:
        bench = Bench(Path(scratch), wanted.rounds)
        bench.setup()
        bench.measure()
    print("\n".join(table(bench)))
    for line in [*(r.line().replace("**", "") for r in ratios(bench)), *limits(bench)]:
        print(f"* {line}")
    if wanted.markdown:
        picture = wanted.markdown.with_suffix(".svg")
        draw(bench, picture)
        wanted.markdown.write_text(document(bench, picture.name), encoding="utf-8")
    if any(not case.seconds for case in bench.cases):
        sys.exit("a case has no run that counts")


if __name__ == "__main__":
    main()
