"""Measure the cost of many reports, compared with the stock papermill and nbconvert.

    python bench/batch.py --rounds 3 --markdown docs/performance.md    # about ten minutes

Each round runs every command once, all on the same core. The cost of a further report is the
difference between a batch of many and a batch of one, divided by their number.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import page
from stock import CONNECTED, EMBEDDED, ROOT, STOCK, Bench, Case, Wrong

EXAMPLE = ROOT / "data" / "examples" / "brightloom"
MANY, FEWER = 21, 11
# The lower bound: the same sections and files, without notebook and separate process.
FLOOR = """
import gc, sys, time
from pathlib import Path
from calib.report import open_report
from calib.report.exporters import _page, ReadinessHTMLExporter
exporter = ReadinessHTMLExporter()
def once(number):
    report = open_report("example:halfway", sys.argv[1])
    parts = (report.front, report.case_studies, report.controls, report.back)
    data = [p._repr_mimebundle_()["application/vnd.calib.section+json"] for p in parts]
    sections = [s for d in data for s in d["sections"]]
    found = {"sections": sections, "html": [h for d in data for h in d["html"]],
             "interactive": True, "meta": sections[0]["meta"]}
    html = exporter.template.render(resources={"calib": _page(found)})
    out = Path(sys.argv[2]) / str(number)
    out.mkdir(parents=True)
    (out / "readiness-report.html").write_bytes(html.encode())
    (out / "result.json").write_text(data[-1]["result"])
once("first")
gc.collect(); gc.freeze(); gc.disable()
start = time.perf_counter()
for number in range(int(sys.argv[3])):
    once(number)
print((time.perf_counter() - start) / int(sys.argv[3]))
"""


class BatchBench(Bench):
    """Commands for batches, and those they are compared with."""

    def setup(self) -> None:
        """Prepare assessments and commands."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # commands inherit it
        self.learn()
        self.cases = [*self._stock(), *self._single(), *self._batches()]

    def _stock(self) -> Iterator[Case]:
        made = self.out / "executed.ipynb"
        hidden = self.scratch / "without"
        hidden.mkdir()
        code = "import sys\nsys.modules['rfc3987_syntax'] = None\n"
        (hidden / "sitecustomize.py").write_text(code, encoding="utf-8")
        path = {"PYTHONPATH": f"{hidden}{os.pathsep}{ROOT}"}
        for key, title, env in (
            ("stock", "stock: papermill + nbconvert --to html", CONNECTED),
            ("light", "stock, without rfc3987-syntax", CONNECTED | path),
            ("embedded", "stock, plotly.js embedded", EMBEDDED),
        ):
            steps = [self.papermill(STOCK, made), self.nbconvert(made, "html")]
            yield Case(key, title, steps, self.page, env)

    def _single(self) -> Iterator[Case]:
        one = [self.calib("--format", "html")]
        yield Case("one", "calib report --format html", one, self.page)
        both = [self.calib("--format", "html,pdf")]

        def check(out: Path, said: str) -> None:
            self.page(out, said)
            self.paper(out, said)

        yield Case("both", "calib report --format html,pdf", both, check)
        step = [self.python, "-c", FLOOR, self.today, str(self.out), "10"]
        floor = "no notebook, no separate process"
        yield Case("floor", floor, [step], lambda o, s: self.page(o / "3", s), {}, True)

    def _batches(self) -> Iterator[Case]:
        inputs = [self.scratch / "in" / f"{n:02}" for n in range(MANY)]
        for folder in inputs:
            shutil.copytree(EXAMPLE, folder)

        def check(out: Path, said: str) -> None:
            if "00" not in said:
                raise Wrong("no report")
            self.page(out / "00", said)

        common = ("--jobs", "1", "--date", self.today)
        for key, count, more in (
            ("html", MANY, ("--format", "html,json")),
            ("pdf", FEWER, ("--format", "html,json,pdf")),
            ("spawn", MANY, ("--format", "html,json", "--start-method", "spawn")),
        ):
            for number in (1, count):
                said = f"calib batch {' '.join(more)}, {number} report{'s' * (number > 1)}"
                command = self.batch(inputs[:number], *common, *more)
                yield Case(f"{key}-{number}", said, [command], check)

    def per_report(self, key: str, count: int, title: str) -> Case:
        """Return the cost of each further report of a batch."""
        few, many = (next(c for c in self.cases if c.key == f"{key}-{n}") for n in (1, count))
        made = Case(key, title, [], few.check)
        made.seconds = [
            (b - a) / (count - 1) for a, b in zip(few.seconds, many.seconds, strict=True)
        ]
        made.cpu = [(b - a) / (count - 1) for a, b in zip(few.cpu, many.cpu, strict=True)]
        return made


def render_document(bench: BatchBench) -> list[str]:
    """Render the section on many reports."""
    at = {c.key: c for c in bench.cases}
    return [
        "## Many reports", "",
        *page.surroundings(bench, "python bench/batch.py --markdown docs/performance.md"),
        "* All commands ran on the same core; each ratio is per core.", "",
        "![Seconds per report](performance-batch.svg)", "",
        *page.table(bench), "", "### Ratios", "",
        *(f"* {r.line()}" for r in _ratios(at)), "",
        f"* Of the {at['html'].median * 1000:.0f} ms of a report in a batch, "
        f"{at['floor'].median * 1000:.0f} ms are the floor: reading, assessing, and rendering the "
        "sections as HTML, by plain calls in one process. The rest is the separate process, the "
        "notebook (papermill, IPython, nbconvert), hashing the inputs, and moving the files into "
        "place together.",
        *_failures(bench),
    ]  # fmt: skip


def draw(bench: BatchBench, path: Path) -> None:
    """Draw the chart of seconds per report."""
    at = {c.key: c.median for c in bench.cases if c.seconds}
    rows = [
        ("HTML", "stock", "stock", True), ("", "stock, without rfc3987-syntax", "light", True),
        ("", "calib report", "one", False), ("", "calib batch, each", "html", False),
        ("", "floor: no notebook", "floor", False),
        ("HTML and PDF", "calib report", "both", False), ("", "calib batch, each", "pdf", False),
    ]  # fmt: skip
    page.bars(
        path, "Seconds per report, on one core", "s", [(a, b, at[k], s) for a, b, k, s in rows]
    )


def _ratios(at: dict[str, Case]) -> Iterator[page.Ratio]:
    yield page.Ratio(
        [at["stock"]], at["html"], "a report in a batch, HTML and JSON, against the stock commands",
        "Each report in a separate process. The stock side starts its three processes for every "
        "report and creates no JSON. The start of the batch is not included; the table shows it. "
        "The content is the same, as for one report; the stock side displays it with pandas and "
        "plotly.", 30,
    )  # fmt: skip
    yield page.Ratio(
        [at["light"]], at["html"], "the same, where rfc3987-syntax is not installed",
        "jupyter-server depends on that package, and importing nbformat then takes a second in "
        "each of the stock side's processes.",
    )  # fmt: skip
    yield page.Ratio(
        [at["embedded"]], at["html"], "against the stock page with plotly.js embedded, like ours",
        "The most similar page to ours.",
    )  # fmt: skip
    yield page.Ratio(
        [at["stock"]], at["pdf"], "HTML, JSON and PDF in a batch, against stock HTML alone",
        "The stock side creates no PDF.", 12,
    )  # fmt: skip
    yield page.Ratio(
        [at["light"]], at["pdf"], "the same, where rfc3987-syntax is not installed", ""
    )
    yield page.Ratio(
        [at["stock"]], at["floor"], "the floor against the stock commands",
        "The lower bound for a report from a notebook: no notebook and no separate process.",
    )  # fmt: skip
    yield page.Ratio([at["html"]], at["floor"], "the batch, relative to its floor", "")
    yield page.Ratio(
        [at["stock"]], at["spawn"], "in spawned processes, which serve many reports each",
        "The method of macOS and Windows, measured here on Linux.",
    )  # fmt: skip
    yield page.Ratio(
        [at["stock"]], at["one"], "one report from the command line to HTML", "Cold start.", 4
    )
    yield page.Ratio(
        [at["light"]], at["one"], "the same, where rfc3987-syntax is not installed",
        "`calib report` never imports that package.",
    )  # fmt: skip
    yield page.Ratio(
        [at["stock"]], at["both"], "HTML and PDF together, against stock HTML alone", "", 1
    )


def _failures(bench: Bench) -> list[str]:
    return [
        f"* {case.title}: {case.wrong.count(e)} runs do not count: {e}"
        for case in bench.cases
        for e in dict.fromkeys(case.wrong)
    ]


def main() -> None:
    wanted = page.arguments(__doc__, rounds=3)
    with tempfile.TemporaryDirectory(prefix="calib-bench-") as scratch:
        bench = BatchBench(Path(scratch), wanted.rounds)
        bench.setup()
        bench.measure()
    for key, count, title in (
        ("html", MANY, "each further report of a batch: HTML, JSON"),
        ("pdf", FEWER, "each further report of a batch: HTML, JSON, PDF"),
        ("spawn", MANY, "the same, HTML, JSON, in spawned processes"),
    ):
        bench.cases.append(bench.per_report(key, count, title))
    lines = render_document(bench)
    print("\n".join(lines))
    if wanted.markdown:
        page.put(wanted.markdown, "many reports", lines)
        draw(bench, wanted.markdown.with_name("performance-batch.svg"))


if __name__ == "__main__":
    main()
