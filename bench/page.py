"""Write the results of the benches: a section each of docs/performance.md, with charts."""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from stock import PLACE, Bench, Case

if TYPE_CHECKING:
    from report import Reports

    from calib.render.charts.canvas import Canvas

HEAD = "# Performance\n"


@dataclass(frozen=True)
class Ratio:
    """Compare two cases: by medians, by the fastest runs, and by CPU time if it is known.

    A busy machine slows several processes more than one, which inflates the medians; the lowest of
    the three ratios is reported.
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


def ratios(bench: Reports) -> Iterator[Ratio]:
    at = {c.key: c for c in bench.cases if c.seconds}
    if {"html", "stock", "embedded", "runner"} <= set(at):
        yield Ratio(
            [at["stock"]], at["html"], "HTML report, against the stock pipeline",
            "Both load, review and score the assessment and show the same content. They differ in "
            "two ways: the runner (no kernel, no second start of Python, the notebook is not "
            "written around every cell) and the content (no pandas, no plotly in Python). The "
            "stock page loads plotly.js, MathJax and require.js from the network; ours embeds "
            "plotly.js.", 8,
        )  # fmt: skip
        yield Ratio(
            [at["embedded"]], at["html"], "the same, with plotly.js embedded in the stock page too",
            "The most similar to ours: charts work offline. The page still loads MathJax and "
            "require.js from the network.",
        )  # fmt: skip
        yield Ratio(
            [at["runner"]], at["html"], "the runner alone",
            "Same notebook and template on both sides; stock commands against `calib report`.",
        )  # fmt: skip
        yield Ratio(
            [at["stock"]], at["runner"], "the content alone",
            "Stock commands on both sides; the plain notebook against ours.",
        )  # fmt: skip
    if {"pdf-step", "webpdf"} <= set(at):
        yield Ratio(
            [at["webpdf"]], at["pdf-step"], "the PDF step as a command, against webpdf",
            "Both start from an executed notebook and include the start of jupyter and nbconvert. "
            f"webpdf includes a wait of {bench.wait / 1000:g} s, the shortest of those tried that "
            "printed the whole document.", 4,
        )  # fmt: skip
        yield Ratio(
            [at["webpdf"]], at["pdf"], "`calib report --format pdf`, against webpdf",
            "Ours starts from the folder: it loads, reviews and scores the assessment and runs the "
            "notebook, which the figure of webpdf leaves out.", 4,
        )  # fmt: skip
        yield Ratio(
            [at["webpdf"]], at["pdf-step"], "the same, without that wait",
            "The lower bound for webpdf, if it could detect when the page is ready.",
            less=bench.wait / 1000,
        )  # fmt: skip
        yield Ratio(
            [at["webpdf-inside"]], at["pdf-inside"], "the exporter alone, in a running nbconvert",
            "Without start-up on either side: from an executed notebook in memory to the PDF's "
            "bytes, including webpdf's wait.",
        )  # fmt: skip
    if {"all", "embedded", "webpdf"} <= set(at):
        yield Ratio(
            [at["embedded"], at["webpdf"]], at["all"], "HTML, PDF and JSON at once",
            "Against the sum of the embedded stock page and webpdf from the same run; the stock "
            "side creates no JSON.",
        )  # fmt: skip


def limits(bench: Reports) -> Iterator[str]:
    at = {c.key: c.median for c in bench.cases if c.seconds}
    for what, value, limit in (
        ("`import calib`, in addition to bare Python", at["import"] - at["bare"], 0.2),
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


def arguments(doc: str | None, rounds: int, parts: Sequence[str] = ()) -> argparse.Namespace:
    """Parse the common options of the benches."""
    parser = argparse.ArgumentParser(description=(doc or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--markdown", type=Path, help="Write the figures and charts here.")
    if parts:
        parser.add_argument("--part", choices=parts, action="append", help="all of them by default")
    wanted = parser.parse_args()
    if wanted.rounds < 1:
        parser.error("--rounds: at least 1")
    if wanted.markdown and not wanted.markdown.parent.is_dir():
        parser.error(f"--markdown: folder not found: {wanted.markdown.parent}")
    return wanted


def put(path: Path, part: str, lines: Sequence[str]) -> None:
    """Replace one section of the page; the other sections stay unchanged."""
    before = path.read_text(encoding="utf-8") if path.exists() else HEAD
    marks = f"<!-- {part} -->", f"<!-- end of {part} -->"
    text = "\n".join([marks[0], "", *lines, "", marks[1]])
    found = re.compile(f"{re.escape(marks[0])}.*{re.escape(marks[1])}", re.DOTALL)
    if found.search(before):
        after = found.sub(lambda _: text, before)
    else:
        after = f"{before.rstrip()}\n\n{text}\n"
    path.write_text(after, encoding="utf-8")


def surroundings(bench: Bench, command: str) -> list[str]:
    """Describe machine, versions, date and method."""
    return [
        f"Written by `{command}`; all figures of this section are from one run.", "",
        f"* Machine: {machine()}", f"* Versions: {versions()}",
        f"* Date: {bench.today}; {bench.rounds} rounds, each of which runs every command once, "
        "after one uncounted round. Modules are compiled and files are in the disk cache.",
        "* The machine is shared and noisy: rely on the ratios rather than the seconds. Each ratio "
        "is the lowest of three: of medians, of the fastest runs, of CPU seconds. CPU seconds "
        "cover the processes that were waited for, which excludes some processes of a browser.",
    ]  # fmt: skip


def document(bench: Reports, picture: str) -> list[str]:
    """Render the section on single reports."""
    lines = [
        "## One report", "",
        *surroundings(bench, "python bench/report.py --markdown docs/performance.md"), "",
        *([f"![Seconds by command, the fastest run of each]({picture})", ""] if picture else []),
        *table(bench), "", "### Ratios", "",
        *(f"* {r.line()}" for r in ratios(bench)), "",
        *(f"* {line}" for line in limits(bench)), "",
        "### Method", "",
        f"* The assessment is `{PLACE}`: six controls, {bench.charts} charts.",
        "* The stock pipeline is `papermill bench/stock_report.ipynb OUT.ipynb`, then `jupyter "
        "nbconvert --to html OUT.ipynb`, both with their defaults. `stock_report.ipynb` is a plain "
        "notebook: it loads and scores with `calib`, shows the tables as pandas DataFrames and the "
        "charts as plotly figures. It shows the narratives as plain text, while ours marks the "
        "deciding sentences, so the stock side does slightly less.",
        "* `PLOTLY_RENDERER=plotly_mimetype+notebook_connected` is set for it, because plotly's "
        "default omits every chart from the page. `+notebook` embeds plotly.js.",
        "* Start-up is included in every command. If rfc3987-syntax is installed, a dependency of "
        "jupyter-server, importing nbformat alone takes a second, in every process of a stock run "
        "that imports nbformat.",
        f"* A run counts if its exit code is 0 and its output has no traceback, the verdict "
        f"“{bench.verdict}”, all {len(bench.texts)} texts of the result and every chart. Page "
        "breaks split a few texts of a PDF: nine in ten must be complete, and the words inside the "
        "charts must be present.",
        "* There was no network: requests of a stock page failed at once. With a network, webpdf "
        "would also wait for them.",
    ]  # fmt: skip
    if bench.wait:
        lines.append(
            "* webpdf prints after a fixed wait, whether the page is ready or not. With its "
            f"default of {bench.DEFAULT_WAIT} ms, {bench.whole_by_default} of {bench.TRIES} tries "
            "printed the whole document (an incomplete run also exits with 0); with "
            f"{bench.wait} ms, used here, all {bench.TRIES} did. Playwright used the installed "
            "Chromium instead of its own.",
        )
    for case in bench.cases:
        lines += [
            f"* {case.title}: {case.wrong.count(e)} runs do not count: {e}"
            for e in dict.fromkeys(case.wrong)
        ]
    return lines


def draw(bench: Reports, path: Path) -> None:
    """Draw the fastest runs as bars."""
    of = {c.key: min(c.seconds) for c in bench.cases if c.seconds}
    rows = [
        ("HTML report", "calib report", "html"), ("", "stock, plotly.js from network", "stock"),
        ("", "stock, plotly.js embedded", "embedded"), ("PDF step", "calib", "pdf-step"),
        ("", "webpdf", "webpdf"), ("Score", "calib score", "score"),
    ]  # fmt: skip
    stock = ("stock", "embedded", "webpdf")
    found = [(group, name, of[key], key in stock) for group, name, key in rows if key in of]
    bars(path, "Seconds by command, the fastest run", "s", found)


def bars(path: Path, title: str, unit: str, rows: Sequence[tuple[str, str, float, bool]]) -> None:
    """Draw rows of group, name, value and whether it is the stock side, as a bar chart."""
    from calib.render import palette
    from calib.render.charts.canvas import Canvas

    left, right, row, top = 250, 80, 30, 12
    canvas = Canvas(top + row * len(rows) + 8)
    box = (left, top, canvas.width - right, top + row * len(rows))
    most = max(value for _, _, value, _ in rows)
    canvas.axis_pair(box, (0, most), (len(rows) - 0.5, -0.5))
    canvas.data.append({
        "type": "bar", "orientation": "h", "name": unit, "width": 0.6,
        "x": [value for _, _, value, _ in rows], "y": list(range(len(rows))),
        "marker": {
            "color": [palette.MUTED if stock else palette.ACCENT for *_, stock in rows],
            "line": {"color": palette.INK, "width": 0},
        },
        "hoverinfo": "skip", "showlegend": False,
    })  # fmt: skip
    for number, (group, name, value, _) in enumerate(rows):
        y = top + row * (number + 0.5)
        canvas.text(0, y, f"<b>{group}</b>")
        canvas.text(left - 8, y, name, anchor="right", color=palette.MUTED)
        end = left + (canvas.width - right - left) * value / most
        canvas.text(end + 6, y, f"{_short(value)} {unit}")
    _save(canvas, path, title, "; ".join(f"{g} {n}: {_short(v)} {unit}" for g, n, v, _ in rows))


def growth(
    path: Path, title: str, panels: Sequence[tuple[str, str, Sequence[tuple[float, float]]]]
) -> None:
    """Draw panels of points, each with its linear fit."""
    from calib.render import palette
    from calib.render.charts.canvas import Canvas

    width, height, gap = 270, 190, 60
    canvas = Canvas(height + 66)
    for number, (across, up, points) in enumerate(panels):
        left = number * (width + gap)
        box = (left + 6.0, 34.0, left + float(width), 34.0 + height)
        far, high = (max(p[axis] for p in points) for axis in (0, 1))
        canvas.axis_pair(box, (0, far * 1.05), (0, high * 1.1), str(number + 1) if number else "")
        axes = {"xaxis": f"x{number + 1}", "yaxis": f"y{number + 1}"} if number else {}
        canvas.line(box[0], box[3], box[2], box[3])
        canvas.line(box[0], box[1], box[0], box[3])
        slope, start = fit(points)
        canvas.data.append({
            "type": "scatter", "mode": "lines", "x": [0, far], "y": [start, start + slope * far],
            "line": {"color": palette.MUTED, "width": 1, "dash": "5px,3px"}, "hoverinfo": "skip",
            "showlegend": False, **axes,
        })  # fmt: skip
        canvas.data.append({
            "type": "scatter", "mode": "markers", "x": [p[0] for p in points],
            "y": [p[1] for p in points], "marker": {"size": 8, "color": palette.ACCENT},
            "hoverinfo": "skip", "showlegend": False, **axes,
        })  # fmt: skip
        canvas.text(box[0], 14, f"<b>{up}</b>")
        for x, _ in (points[0], points[-1]):
            at = box[0] + (box[2] - box[0]) * x / (far * 1.05)
            canvas.text(at, box[3] + 12, f"{x:,g}", anchor="center", color=palette.MUTED)
        canvas.text((box[0] + box[2]) / 2, box[3] + 12, across, anchor="center")
        canvas.text(box[2], 14, f"{_short(high)}", anchor="right", color=palette.MUTED)
    said = [f"{up} by {across}: " + ", ".join(f"{x:,g}: {_short(y)}" for x, y in points)
            for across, up, points in panels]  # fmt: skip
    _save(canvas, path, title, "; ".join(said))


def fit(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return slope and intercept of the least-squares line."""
    return statistics.linear_regression([p[0] for p in points], [p[1] for p in points])


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _save(canvas: Canvas, path: Path, title: str, alt: str) -> None:
    from calib.render.svg import to_svg

    svg = to_svg(
        canvas.figure(), width=canvas.width, height=canvas.height, title=title, alt=alt,
        uid=path.stem,
    )  # fmt: skip
    path.write_text(svg, encoding="utf-8")
