"""The recipes of CONTRIBUTING.md, each followed in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = (
    "calib",
    "data/catalog",
    "data/examples",
    "data/exchange",
    "data/review",
    "data/lexicon.yaml",
    "templates",
    "notebooks",
)
DAY = "2026-11-30"


@pytest.fixture
def project(tmp_path):
    """Copy what the program needs at run time."""
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tmp_path


def calib(project: Path, *arguments: object, code: int = 0) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "calib", *map(str, arguments)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "CALIB_CACHE": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stderr
    return run.stdout


def score(project: Path, example: str = "strong") -> dict:
    return json.loads(calib(project, "score", f"example:{example}", "--date", DAY, "--json"))


def levels_of(control: dict) -> dict:
    compared = ("verdict", "supported", "effective", "needed")
    return {c["criterion"]: [c[k] for k in compared] for c in control["criteria"]}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def control_file(project: Path, control: str) -> Path:
    return project / "data" / "catalog" / "controls" / f"{control}.yaml"


def add_criterion(project: Path, *, points: bool = True) -> None:
    """Steps 1 and 2: an entry like another one, served by the same step."""
    path = control_file(project, "GENAIPR-006")
    text = path.read_text(encoding="utf-8")
    start = text.index("  - id: support-duration\n")
    end = text.index("\n  - id: ", start) + 1
    entry = (
        text[start:end]
        .replace("support-duration", "exit-plan")
        .replace("Support periods", "Exit plan")
    )
    if not points:
        # The points are the last fields of an entry.
        entry = entry[: entry.index("    yes_needs: ")]
    text = text[:end] + entry + text[end:]
    text = text.replace("serves: [support-duration]", "serves: [support-duration, exit-plan]")
    path.write_text(text, encoding="utf-8")


def add_control(project: Path) -> None:
    """Steps 1 and 2: a control with criteria of its own, and its notebook."""
    text = control_file(project, "GENAIPR-006").read_text(encoding="utf-8")
    text = text.replace("GENAIPR-006", "GENAIPR-007")
    for old in re.findall(r"(?m)^  - id: (\S+)$", text):
        text = text.replace(old, f"agent-{old}")
    control_file(project, "GENAIPR-007").write_text(text, encoding="utf-8")
    edit(
        project / "data/catalog/catalog.yaml",
        "  - GENAIPR-006\n",
        "  - GENAIPR-006\n  - GENAIPR-007\n",
    )
    notebook = (project / "notebooks/26_support.ipynb").read_text(encoding="utf-8")
    notebook = notebook.replace("GENAIPR-006", "GENAIPR-007")
    (project / "notebooks/27_agents.ipynb").write_text(notebook, encoding="utf-8")


def release(project: Path) -> None:
    """Steps 3 and 4: a new version of the catalog, and its record."""
    edit(project / "data/catalog/catalog.yaml", 'version: "2026.1"', 'version: "2026.2"')
    calib(project, "catalog-record", project / "data/catalog/versions")
    assert (project / "data/catalog/versions/2026.2.json").is_file()


def test_a_new_criterion_needs_yaml_only(project):
    before = score(project)
    add_criterion(project)
    release(project)
    after = score(project)
    for was, now in zip(before["controls"], after["controls"], strict=True):
        added = [c for c in now["criteria"] if c["criterion"] == "exit-plan"]
        assert len(added) == (now["control"] == "GENAIPR-006")
        others = {k: v for k, v in levels_of(now).items() if k != "exit-plan"}
        assert others == levels_of(was)
        assert now["level"] == was["level"], "a criterion not learned does not lower the response"
        assert [c["learned"] for c in added] == [False] * len(added)
        assert all(
            "Not learned yet: judged by cues alone" in c["findings"][0]["message"] for c in added
        )
    reviewed = calib(project, "review", "example:strong", "GENAIPR-006")
    assert "of 6 criteria" in reviewed
    assert "learned yet" in reviewed
    calib(
        project, "report", "example:strong", "-o", "out", "--date", DAY, "--format", "html,pdf,json"
    )
    page = (project / "out/readiness-report.html").read_text(encoding="utf-8")
    assert "Exit plan" in page
    assert "learned yet" in page


def test_evidence_and_an_assessor_judge_a_criterion_without_points(project):
    add_criterion(project, points=False)
    reviewed = calib(project, "review", "example:strong", "GENAIPR-006")
    assert "Not judged: 1 criterion" in reviewed
    calib(project, "new", "acme", "--example", "strong")
    path = project / "acme/controls/GENAIPR-006.yaml"
    fields = "  support-duration:\n"

    def level(answer: str) -> tuple[int, int]:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"(?ms)^  exit-plan:\n.*?(?=^  support-duration:)", "", text)
        path.write_text(
            text.replace(fields, f"  exit-plan:\n{answer}{fields}", 1), encoding="utf-8"
        )
        result = json.loads(calib(project, "score", "acme", "--date", DAY, "--json"))
        found = [
            c for k in result["controls"] for c in k["criteria"] if c["criterion"] == "exit-plan"
        ]
        return found[0]["supported"], found[0]["effective"]

    evidence = re.search(
        r"(?m)^ {2,}(?:- )?id: (\S+)|^  (\S+):$", (project / "acme/evidence.yaml").read_text()
    )
    item = evidence[1] or evidence[2]
    assert level("    answer: We have one.\n") == (1, 1)
    assert level(f"    answer: We have one.\n    evidence: [{item}]\n") == (2, 2)
    override = "    override:\n      level: 3\n      by: Ann Ash\n      reason: Read the plan.\n"
    assert level(f"    answer: We have one.\n    evidence: [{item}]\n{override}") == (2, 3)


def test_a_new_control_needs_yaml_and_its_notebook(project):
    before = score(project)
    add_control(project)
    release(project)
    after = score(project)
    assert [c["control"] for c in after["controls"]][-1] == "GENAIPR-007"
    for was, now in zip(before["controls"], after["controls"], strict=False):
        compared = ("control", "gate", "gauge", "level")
        assert {k: now[k] for k in compared} == {k: was[k] for k in compared}
        assert levels_of(now) == levels_of(was)
    assert all(c["effective"] == 0 for c in after["controls"][-1]["criteria"])
    text = "Go-live opens a stabilization period of six weeks."
    row = json.dumps({"control": "GENAIPR-007", "text": text})
    (project / "answers.jsonl").write_text(f"{row}\n", encoding="utf-8")
    reviewed = json.loads(calib(project, "review", "--jsonl", "answers.jsonl"))
    assert reviewed["points"]["agent-support-duration"]["shown"] == ["stabilization"]
    calib(project, "check", "example:strong")
    calib(project, "plan", "example:strong")
    calib(project, "new", "acme", "--partner", "Acme Cloud")
    assert (project / "acme/controls/GENAIPR-007.yaml").is_file()
    calib(project, "export", "lens", "-o", "lens.json")
    calib(project, "export", "oscal-catalog", "-o", "catalog.json")
    calib(project, "report", "acme", "-o", "out", "--date", DAY)
    assert "GENAIPR-007" in (project / "out/readiness-report.html").read_text(encoding="utf-8")


def test_a_new_rule_for_case_studies_needs_yaml_only(project):
    """One more family of services: a study that leads with it gets a primary service."""
    path = project / "data/catalog/qualification.yaml"
    edit(
        path,
        "families:\n",
        "families:\n  - id: neptune\n    name: Amazon Neptune\n    generative: true\n    aliases: [neptune]\n",
    )
    calib(project, "new", "acme", "--example", "strong")
    study = min((project / "acme/case_studies").glob("*.yaml"))
    text = study.read_text(encoding="utf-8")
    study.write_text(
        re.sub(r"(?m)^primary_service: .*$", "primary_service: Amazon Neptune", text),
        encoding="utf-8",
    )
    assert "Amazon Neptune" in calib(project, "qualify", "acme")


def test_a_changed_gate_rule(project):
    before = score(project, "halfway")
    levels = {
        c["effective"] for k in before["controls"] for c in k["criteria"] if c["basis"] == "passing"
    }
    assert 2 in levels, "the example has a passing criterion that is described only"
    edit(project / "data/catalog/maturity.yaml", "  passing: 3\n", "  passing: 2\n")
    after = score(project, "halfway")
    assert {
        c["needed"] for k in after["controls"] for c in k["criteria"] if c["basis"] == "passing"
    } == {2}
    assert len(after["gaps"]) < len(before["gaps"])
    calib(project, "report", "example:halfway", "-o", "out", "--date", DAY, "--format", "html")
    page = (project / "out/readiness-report.html").read_text(encoding="utf-8")
    assert "every passing criterion is at level 2 or higher" in page


def test_a_new_export_format(project):
    """A table of the gauges: a builder and a command, as the recipe says."""
    (project / "calib/exchange/gauges.py").write_text(
        textwrap.dedent('''
        """The gauge of each control as a table."""

        from __future__ import annotations

        from calib.exchange.table import ExportTable
        from calib.model import Result


        def build_gauge_table(result: Result) -> ExportTable:
            """List the controls with their gauges."""
            rows = tuple((c.control, c.title, c.gauge) for c in result.controls)
            columns = (("control", 13), ("title", 30), ("gauge", 8))
            return ExportTable("Gauges", result.profile.partner, result.today, columns, rows)
    '''),
        encoding="utf-8",
    )
    with (project / "calib/cli/export.py").open("a", encoding="utf-8") as file:
        file.write(
            textwrap.dedent('''

            @export.command("gauges")
            @ASSESSMENT_ARGUMENT
            @TABLE_OUTPUT_OPTION
            @OVERWRITE_OPTION
            @DATE_OPTION
            @handle_errors
            def export_gauges(assessment: str, output: Path, overwrite: bool, today: date) -> None:
                """Export the gauges as .xlsx or .csv."""
                from calib.exchange.gauges import build_gauge_table
                from calib.exchange.table import write_table

                _, _, result = load_and_assess(assessment, today)
                _check_may_write(output, overwrite=overwrite)
                write_table(build_gauge_table(result), output)
        ''')
        )
    assert "gauges" in calib(project, "export", "--help")
    calib(project, "export", "gauges", "example:strong", "-o", "gauges.csv", "--date", DAY)
    table = (project / "gauges.csv").read_text(encoding="utf-8-sig")
    gauges = {c["control"]: c["gauge"] for c in score(project)["controls"]}
    for control, gauge in gauges.items():
        assert re.search(rf"{control},.*,{gauge}", table)


def test_a_new_chart(project):
    """The number of criteria by level, drawn on a canvas and placed in the summary."""
    (project / "calib/render/charts/level_counts.py").write_text(
        textwrap.dedent('''
        """Chart of the number of criteria at each level."""

        from __future__ import annotations

        from calib.model import Result
        from calib.render.charts.canvas import Canvas, Chart


        def level_counts(result: Result) -> Chart:
            """Draw a line of text for each level."""
            levels = [c.effective for k in result.controls for c in k.criteria]
            rows = tuple((str(n), str(levels.count(n))) for n in range(5))
            canvas = Canvas(180)
            for number, (level, count) in enumerate(rows):
                canvas.text(20, 30 + 30 * number, f"Level {level}: {count} criteria")
            return Chart(
                "level-counts", "Criteria by level", f"{len(levels)} criteria by level.",
                canvas.figure(), ("Level", "Criteria"), rows, canvas.width, canvas.height,
            )
    '''),
        encoding="utf-8",
    )
    charts = project / "calib/render/charts/__init__.py"
    edit(
        charts,
        "from calib.render.charts.radar import maturity_radar\n",
        "from calib.render.charts.level_counts import level_counts\nfrom calib.render.charts.radar import maturity_radar\n",
    )
    edit(charts, '    "maturity_radar",\n', '    "level_counts",\n    "maturity_radar",\n')
    summary = project / "calib/render/sections/summary.py"
    text = summary.read_text(encoding="utf-8")
    placed = re.sub(
        r"(?m)^( +)(chart_block\(charts\.gap_bars\()",
        r"\1chart_block(charts.level_counts(result)),\n\1\2",
        text,
        count=1,
    )
    assert placed != text
    summary.write_text(placed, encoding="utf-8")
    for charts_option in ("static", "interactive"):
        calib(
            project,
            "report",
            "example:strong",
            "-o",
            "out",
            "--date",
            DAY,
            "--charts",
            charts_option,
        )
        page = (project / "out/readiness-report.html").read_text(encoding="utf-8")
        assert "Criteria by level" in page
        assert "Level 4: " in page
