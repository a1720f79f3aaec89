"""Shared by the benches: a clean environment, the commands to compare, and checks of their output.

A run counts only if its output is right: exit code, no traceback, every chart, every text of the
result.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOCK = ROOT / "bench" / "stock_report.ipynb"
OURS = ROOT / "notebooks" / "50_readiness_report.ipynb"
PLACE = "example:halfway"
CONNECTED = {"PLOTLY_RENDERER": "plotly_mimetype+notebook_connected"}
EMBEDDED = {"PLOTLY_RENDERER": "plotly_mimetype+notebook"}
"""plotly's own default leaves the charts out of a converted notebook."""
VERDICTS = {"ready": "Ready", "close": "Close to ready", "not_ready": "Not ready"}
CHART_WORDS = ("required for the gate", "below required", "partly met")
"""Words that occur only in the charts."""


class Wrong(Exception):
    """Raised with the reason why a run does not count."""


@dataclass
class Case:
    """One pipeline: its commands, and a check of their output."""

    key: str
    title: str
    commands: Sequence[Sequence[str]]
    check: Callable[[Path, str], None]
    env: dict[str, str] = field(default_factory=dict)
    tells_its_time: bool = False
    """Whether the command prints its own time."""
    browser: bool = False
    """Whether it runs a browser, whose CPU time is not fully counted."""
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Bench:
    """The environment of the commands, and the texts that every report must contain."""

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
        self.cases: list[Case] = []

    def _environment(self) -> dict[str, str]:
        """Return a clean environment for all commands, with a shared cache of compiled modules."""
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

    # Commands

    def learn(self) -> None:
        """Create one report and collect the texts that every report must contain."""
        self.run(self.calib("--format", "html,pdf,json"))
        self._expect(json.loads((self.out / "result.json").read_text(encoding="utf-8")))
        page = (self.out / "readiness-report.html").read_text(encoding="utf-8")
        self.charts = page.count('<figure class="chart"')

    def calib(self, *more: str) -> list[str]:
        return [str(self.bin / "calib"), "report", PLACE, "-o", str(self.out), *more]

    def batch(self, places: Sequence[Path], *more: str) -> list[str]:
        """Return the command that creates the reports of these assessments."""
        return [str(self.bin / "calib"), "batch", *map(str, places), "-o", str(self.out), *more]

    def papermill(self, notebook: Path, made: Path) -> list[str]:
        day = ["-p", "assessment", PLACE, "-r", "report_date", self.today]
        return [str(self.bin / "papermill"), str(notebook), str(made), *day]

    def nbconvert(self, notebook: Path, to: str, *more: str) -> list[str]:
        tool = [str(self.bin / "jupyter"), "nbconvert", "--to", to, *more]
        return [*tool, "--output-dir", str(self.out), "--output", "made", str(notebook)]

    # Checks

    def _expect(self, result: dict) -> None:
        """List the texts that every report must contain."""
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
        self.texts = [t for t in dict.fromkeys(map(letters, found)) if t]

    def _holds(self, text: str, share: float, what: str) -> None:
        held = letters(text)
        if "Traceback (most recent call last)" in text:
            raise Wrong(f"{what}: a traceback")
        if letters(self.verdict) not in held:
            raise Wrong(f"{what}: no verdict")
        there = sum(t in held for t in self.texts)
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
            if letters(words) not in letters(text):
                raise Wrong(f"PDF of {len(pages)} pages: a chart is missing ({words})")

    # Runs

    def run(self, command: Sequence[str], env: dict[str, str] | None = None) -> str:
        self.out.mkdir(exist_ok=True)
        done = subprocess.run(
            command, env=self.env | (env or {}), cwd=self.scratch, capture_output=True, text=True,
            check=False, timeout=3600,
        )  # fmt: skip
        if done.returncode:
            raise Wrong(f"{Path(command[0]).name}: exit {done.returncode}: {done.stderr[-300:]}")
        return done.stdout

    def once(self, case: Case, *, counts: bool) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        before, start = os.times(), time.perf_counter()
        try:
            said = "".join([self.run(command, case.env) for command in case.commands])
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
        """Run an uncounted round, then the rounds, each starting with a different case."""
        for number in range(self.rounds + 1):
            turn = number % len(self.cases)
            for case in [*self.cases[turn:], *self.cases[:turn]]:
                print(f"\rround {number} of {self.rounds}: {case.key:<14}", end="", file=sys.stderr)
                self.once(case, counts=number > 0)
        print(file=sys.stderr)
        for case in self.cases:
            for error in dict.fromkeys(case.wrong):
                print(f"{case.key}: {case.wrong.count(error)} runs do not count: {error}")


def letters(text: str) -> str:
    """Leave letters and digits, so that markup, ligatures and line ends make no difference."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).lower()
