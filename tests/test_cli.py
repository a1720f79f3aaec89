"""The command line as a person and as a script use it: output, errors, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from calib.cli import main

DAY = ["--date", "2026-11-22"]


def run(*args, code=0, stdin=None):
    result = CliRunner().invoke(main, [str(a) for a in args], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def test_help_teaches():
    text = run("--help").output
    for command in ("new", "check", "score", "review", "qualify", "plan", "report"):
        assert command in text
        assert "Usage" in run(command, "--help").output
    assert "Exit codes" in text


def test_a_typo_is_answered_with_the_command_that_was_meant():
    assert "Did you mean `calib score`?" in run("scroe", "x", code=2).stderr
    assert "--json" in run("score", "x", "--jsn", code=2).stderr


def test_from_new_to_score(tmp_path):
    folder = tmp_path / "acme"
    assert "calib score" in run("new", folder, "--partner", "Acme", "--target", "2027-05-31").stderr
    run("check", folder)
    result = run("score", folder, *DAY)
    assert "Acme: Not ready" in result.stdout
    assert "GENAIPR-006" in result.stdout
    assert "not empty" in run("new", folder, code=2).stderr


@pytest.mark.parametrize("example", ["strong", "halfway", "insufficient"])
def test_examples_can_be_copied_and_scored(tmp_path, example):
    run("new", tmp_path / "demo", "--example", example)
    copied = json.loads(run("score", tmp_path / "demo", "--json", *DAY).stdout)
    shipped = json.loads(run("score", f"example:{example}", "--json", *DAY).stdout)
    assert copied == shipped


def test_artefacts_go_to_stdout_and_sentences_to_stderr():
    result = run("score", "example:halfway", "--json", *DAY)
    assert json.loads(result.stdout)["readiness"] == "not_ready"
    plan = run("plan", "example:halfway", *DAY)
    assert "working days" in plan.stderr
    assert "Artefact:" in plan.stdout
    assert json.loads(run("plan", "example:halfway", "--json", *DAY).stdout)["steps"]


def test_the_first_report_of_a_new_assessment_comes_out(tmp_path):
    run("new", tmp_path / "acme", "--partner", "Acme", "--target", "2027-05-31")
    result = run("report", tmp_path / "acme", "-o", tmp_path / "out", "--charts", "static", *DAY)
    assert "42 remediation actions" in result.stderr
    assert (tmp_path / "out" / "readiness-report.pdf").stat().st_size > 100_000


def test_what_cannot_be_read_is_no_traceback(halfway, monkeypatch):
    broken = halfway / "controls" / "GENAIPR-003.yaml"
    broken.unlink()
    broken.mkdir()
    assert "GENAIPR-003.yaml: cannot be read" in run("score", halfway, code=2).stderr


def test_a_defect_does_not_look_like_not_ready(monkeypatch):
    from calib.scoring import assess

    monkeypatch.setattr(assess, "assess", lambda *_: 1 / 0)
    result = CliRunner().invoke(main, ["score", "example:strong"])
    assert result.exit_code == 4
    assert "internal error" in result.stderr


def test_a_full_disk_is_exit_three():
    done = subprocess.run(
        f"{sys.executable} -m calib score example:strong --json > /dev/full",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["genaipr-003", "003", "3"])
def test_a_control_may_be_named_shortly(name):
    assert "GENAIPR-003" in run("review", "example:halfway", name, *DAY).stdout


def test_exit_one_only_when_asked_for():
    run("score", "example:halfway", *DAY)
    assert (
        "ready is required"
        in run("score", "example:halfway", "--require", "ready", *DAY, code=1).stderr
    )
    run("score", "example:strong", "--require", "ready", *DAY)
    run("score", "example:strong", "--fail-under", "2", *DAY)
    assert "below 4" in run("score", "example:strong", "--fail-under", "4", *DAY, code=1).stderr
    run("score", "example:strong", "--fail-under", "5", code=2)


def test_bad_input_is_exit_two_with_place_and_remedy(halfway):
    (halfway / "plan.yaml").write_text("actions:\n  - id: x\n    status: soon\n  - owner: y\n")
    for command in (["check", halfway], ["score", halfway], ["plan", halfway], ["report", halfway]):
        error = run(*command, code=2).stderr
        assert "2 problems" in error
        assert "acme/plan.yaml:3: actions[0].status" in error
    assert "calib new" in run("score", "nowhere", code=2).stderr
    assert "example:strong" in run("score", "example:best", code=2).stderr


def test_report_writes_and_says_where(tmp_path):
    result = run("report", "example:strong", "-o", tmp_path, "--format", "html,json", *DAY)
    assert [Path(line).name for line in result.stdout.splitlines()] == [
        "readiness-report.html",
        "result.json",
    ]
    assert json.loads((tmp_path / "result.json").read_text())["readiness"] == "ready"
    as_json = json.loads(
        run("report", "example:strong", "-o", tmp_path, "--format", "json", "--json", *DAY).stdout
    )
    assert as_json["readiness"] == "ready"
    run(
        "report",
        "example:halfway",
        "-o",
        tmp_path,
        "--format",
        "json",
        "--require",
        "ready",
        *DAY,
        code=1,
    )


def test_report_refuses_what_it_cannot_do(tmp_path):
    assert "docx" in run("report", "example:strong", "--format", "docx", code=2).stderr
    (tmp_path / "file").write_text("x")
    assert "cannot write" in run("report", "example:strong", "-o", tmp_path / "file", code=3).stderr
    assert (
        "--date" in run("report", "example:strong", "-o", tmp_path, "--date", "soon", code=2).stderr
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_output_is_exit_three(tmp_path):
    tmp_path.chmod(0o500)
    assert "read-only" in run("report", "example:strong", "-o", tmp_path / "out", code=3).stderr


def test_review_prints_the_sentence_and_what_to_write(tmp_path):
    text = run("review", "example:halfway", "GENAIPR-003", *DAY).stdout
    assert "response level" in text
    assert "“" in text
    assert "GENAIPR-001" not in text
    assert "no such control" in run("review", "example:halfway", "GENAIPR-9", code=2).stderr


def test_review_jsonl():
    lines = '{"control": "GENAIPR-006", "text": "We offer world-class support."}\n\n{"control": "GENAIPR-001", "text": ""}\n'
    rows = [
        json.loads(line) for line in run("review", "--jsonl", "-", stdin=lines).stdout.splitlines()
    ]
    assert [r["level"] for r in rows] == [1, 0]
    assert set(rows[0]["criteria"].values()) == {"no"}
    assert rows[0]["findings"][0]["remediation"]
    assert len(rows[1]["criteria"]) == 8


def test_qualify_jsonl(tmp_path):
    study = {"title": "A", "customer": "B", "challenge": "c", "solution": "An LLM assistant.", "services": ["Bedrock"],
             "primary_service": "Bedrock", "solution_types": ["llm-application"], "migrated_from": None, "results": ""}  # fmt: skip
    path = tmp_path / "sets.jsonl"
    path.write_text(
        json.dumps({"case_studies": [study]}) + "\n" + json.dumps({"case_studies": []}) + "\n"
    )
    rows = [json.loads(line) for line in run("qualify", "--jsonl", path).stdout.splitlines()]
    assert rows[0]["qualified_count"] == 0
    assert "missing-results:cs-1" in rows[0]["reasons"]
    assert set(rows[1]) == {"qualified_count", "set_qualifies", "reasons"}


def test_qualify_names_the_best_four(halfway):
    done = run("qualify", halfway, "--best")
    rows = done.stdout.splitlines()
    assert (
        rows[0]
        == "1. Claims file summaries for adjusters  primary service Amazon Bedrock  write-up 12 of 12"
    )
    assert rows[4] == "     No evidence is linked."
    assert rows[5].startswith("Kinds of solution: 5 (LLM application, Data creation, ")
    assert "replace “Member service agent in two languages” and “Dispatch copilot" in rows[5]
    assert rows[6] == "Alternatives:"
    assert "“Member service agent in two languages” in place of" in rows[7]
    assert "are not the submitted case studies" in done.stderr
    found = json.loads(run("qualify", halfway, "--best", "--json").stdout)
    assert set(found) == {"points", "best", "change"}
    assert [lead["title"] for lead in found["best"][0]["leads"]] == [
        r.partition(". ")[2].partition("  ")[0] for r in rows[:4]
    ]
    assert found["best"][0]["leads"][3]["lacks"] == ["No evidence is linked."]


def test_qualify_says_where_nothing_is_submitted(halfway):
    for path in (halfway / "case_studies").iterdir():
        path.write_text(path.read_text().replace("status: submitted", "status: candidate"))
    done = run("qualify", halfway)
    assert "[taken]" in done.stdout
    assert "[submitted]" not in done.stdout
    assert "No case study has the status `submitted`" in done.stderr
    assert (
        "No case study has the status `submitted` yet." in run("qualify", halfway, "--best").stderr
    )


def test_qualify_names_the_least_change_where_no_four_qualify(halfway):
    (halfway / "case_studies" / "solvine-model-watch.yaml").unlink()
    path = halfway / "case_studies" / "northfield-dispatch-copilot.yaml"
    path.write_text(path.read_text().replace("  - Amazon ECR\n", "  - Amazon ECS\n"))
    done = run("qualify", halfway, "--best").stdout
    assert "that give a qualifying set:\n  - Ask the customer what changed" in done
    assert "Recommended set after these changes:\n1. Claims file" in done
    assert "Alternatives" not in done
    for name in (halfway / "case_studies").iterdir():
        name.unlink()
    assert "no case studies yet" in run("qualify", halfway, "--best").stderr


def test_best_needs_a_folder():
    assert "cannot be combined" in run("qualify", "--jsonl", "-", "--best", stdin="", code=2).stderr


@pytest.mark.parametrize(
    ("command", "lines", "said"),
    [
        ("qualify", "{\n", ":1: is not JSON"),
        ("qualify", "[]\n", "must be a JSON object"),
        ("qualify", '{"case_studies": 3}\n', "case_studies: must be a list"),
        (
            "qualify",
            '{"case_studies": [{"title": 3, "services": "x", "results": {}}]}\n',
            "results: must be a string",
        ),
        ("review", '{"control": "X", "text": "t"}\n', "control: no such control"),
        ("review", '{"control": "GENAIPR-001"}\n', "text: must be a string"),
    ],
)
def test_bad_lines_are_named_and_nothing_is_printed(command, lines, said):
    result = run(command, "--jsonl", "-", stdin=lines, code=2)
    assert said in result.stderr
    assert result.stdout == ""


def test_schemas_are_printed():
    for kind in (
        "result",
        "assessment",
        "control",
        "case-study",
        "evidence",
        "plan",
        "catalog-control",
    ):
        assert json.loads(run("schema", kind).stdout)["$schema"]


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m calib plan example:insufficient | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr


def test_it_runs_in_an_ascii_terminal():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "calib", "qualify", "example:halfway"],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_milestone_is_kept_once_and_shows_in_the_report(halfway, tmp_path):
    path = Path(run("milestone", halfway, "--name", "First review!", *DAY).stdout.strip())
    assert path.name == "2026-11-22-first-review.json"
    before = path.read_bytes()
    assert (
        "exists already"
        in run("milestone", halfway, "--name", "First review!", *DAY, code=2).stderr
    )
    assert path.read_bytes() == before
    assert (
        json.loads(run("score", halfway, "--json", *DAY).stdout)["milestones"][-1]["name"]
        == "First review!"
    )
