"""Measure what a report costs, against papermill and nbconvert as they come.

    python bench/report.py                                   # five rounds, about six minutes
    python bench/report.py --rounds 3 --markdown docs/performance.md

Every round runs every command once, in turn, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import page
from stock import CONNECTED, EMBEDDED, OURS, PLACE, ROOT, STOCK, VERDICTS, Bench, Case, Wrong

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


class Reports(Bench):
    """Single reports, one command each."""

    DEFAULT_WAIT, WAITS, TRIES = 100, (1000, 2000, 4000, 8000), 3
    """How long webpdf waits for a page, in milliseconds: by itself, and here."""

    def __init__(self, scratch: Path, rounds: int) -> None:
        super().__init__(scratch, rounds)
        self.wait = 0
        self.whole_by_default = 0

    def setup(self) -> None:
        """Learn what every report has to hold, and prepare the executed notebooks."""
        self.learn()
        for name, notebook, env in (("ours", OURS, {}), ("stock", STOCK, EMBEDDED)):
            self.run(self.papermill(notebook, self.scratch / f"{name}.ipynb"), env)
        self.cases = [*self._html(), *self._files(), *self._pdf(), *self._small()]

    def _html(self) -> Iterator[Case]:
        made = self.out / "executed.ipynb"
        one = [self.calib("--format", "html")]
        yield Case("html", "calib report --format html", one, self.page)
        for key, title, env in (
            ("stock", "stock: papermill + nbconvert --to html", CONNECTED),
            ("embedded", "stock, plotly.js embedded", EMBEDDED),
        ):
            steps = [self.papermill(STOCK, made), self.nbconvert(made, "html")]
            yield Case(key, title, steps, self.page, env)
        template = ["--template", "readiness"]
        template += [f"--TemplateExporter.extra_template_basedirs={ROOT / 'templates'}"]
        steps = [self.papermill(OURS, made), self.nbconvert(made, "html", *template)]
        yield Case("runner", "stock commands on our notebook", steps, self.page)

    def _files(self) -> Iterator[Case]:
        yield Case("pdf", "calib report --format pdf", [self.calib("--format", "pdf")], self.paper)
        every = [self.calib("--format", "html,pdf,json")]

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
        command = self.nbconvert(ours, "readiness-pdf")
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
        command = self.nbconvert(stock, "webpdf", wait)
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
            for _ in range(self.TRIES):
                shutil.rmtree(self.out, ignore_errors=True)
                with contextlib.suppress(Wrong):
                    self.paper(self.out, self.run(self.nbconvert(stock, "webpdf", more), env))
                    count += 1
            return count

        self.whole_by_default = whole(self.DEFAULT_WAIT)
        return next((wait for wait in self.WAITS if whole(wait) == self.TRIES), 0)


def main() -> None:
    wanted = page.arguments(__doc__, rounds=5)
    with tempfile.TemporaryDirectory(prefix="calib-bench-") as scratch:
        bench = Reports(Path(scratch), wanted.rounds)
        bench.setup()
        bench.measure()
    print("\n".join(page.table(bench)))
    for line in [*(r.line().replace("**", "") for r in page.ratios(bench)), *page.limits(bench)]:
        print(f"* {line}")
    if wanted.markdown:
        picture = wanted.markdown.with_suffix(".svg")
        page.draw(bench, picture)
        page.put(wanted.markdown, "one report", page.document(bench, picture.name))
    if any(not case.seconds for case in bench.cases):
        sys.exit("a case has no run that counts")


if __name__ == "__main__":
    main()
