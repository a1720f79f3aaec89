"""OSCAL out (O1 to O6 of the research), read by trestle as well as by our own rules."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import re
import subprocess
import sys
from datetime import date
from uuid import UUID

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from trestle.common.err import TrestleError
from trestle.core.validator_factory import validator_factory
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog

from calib import assess, load_assessment
from calib.cli import main
from calib.errors import CannotWrite
from calib.exchange.oscal import find_oscal_flaws, write_oscal_catalog, write_oscal_results
from calib.exchange.oscal import results as resulting
from calib.exchange.oscal.catalog import build_oscal_catalog, objectives_by_control
from calib.exchange.oscal.terms import prose
from calib.resources import resource_path
from calib.scoring.plan import make_plan
from calib.store.locate import EXAMPLES

DAY = date(2026, 11, 22)


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def written(folder, catalog, path, day=DAY):
    assessment = load_assessment(folder, catalog)
    result = assess(catalog, assessment, day)
    write_oscal_results(folder, catalog, result, make_plan(result, assessment.plan), path)
    return result


@pytest.fixture(scope="module")
def documents(tmp_path_factory, catalog):
    """The catalog and the results of the three examples, as they were written."""
    folder = tmp_path_factory.mktemp("oscal")
    write_oscal_catalog(catalog, folder / "catalog.json")
    for name, slug in EXAMPLES.items():
        written(resource_path("data", "examples", slug), catalog, folder / f"{name}.json")
    return {path.stem: path for path in folder.iterdir()}


def body(path):
    [value] = json.loads(path.read_bytes()).values()
    return value


def values(value, key):
    if isinstance(value, dict):
        for name, one in value.items():
            if name == key:
                yield one
            yield from values(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from values(one, key)


def trestle_reads(path):
    kind = Catalog if path.stem == "catalog" else AssessmentResults
    return kind.oscal_read(path)


# O1


@pytest.mark.parametrize("name", ["catalog", *EXAMPLES])
def test_trestle_reads_it_and_finds_it_valid(documents, name, caplog, tmp_path):
    model = trestle_reads(documents[name])
    with caplog.at_level(logging.WARNING, "trestle"):
        assert all(v.model_is_valid(model, False, tmp_path) for v in validator_factory.get_all())
    # Its look for references knows uuids of version 4 alone; with such, nothing is left to say.
    assert all("not referenced by model" in r.getMessage() for r in caplog.records)
    caplog.clear()
    again = tmp_path / documents[name].name
    text = documents[name].read_text(encoding="utf-8")
    again.write_text(re.sub(r"([0-9a-f]{8}-[0-9a-f]{4}-)5([0-9a-f]{3}-)", r"\g<1>4\2", text))
    model = trestle_reads(again)
    with caplog.at_level(logging.WARNING, "trestle"):
        assert all(v.model_is_valid(model, False, tmp_path) for v in validator_factory.get_all())
    assert [r.getMessage() for r in caplog.records] == []


@pytest.mark.slow
def test_trestle_validates_a_workspace_of_them(documents, tmp_path):
    def trestle(*args):
        command = [sys.executable, "-m", "trestle", *map(str, args)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    trestle("init", "--local")
    for name, path in documents.items():
        trestle("import", "-f", path, "-o", name)
    said = trestle("validate", "-a").stdout
    assert said.count("VALID: Model") == len(documents)
    assert "INVALID" not in said


# O2


def first(value, *keys):
    for key in keys:
        value = value[key]
        value = value[0] if isinstance(value, list) else value
    return value


def result_of(value):
    return first(value, "assessment-results", "results")


def put(find, **changes):
    """Change keys of one part; a key of None is taken out."""

    def spoil(value):
        part = find(value)
        for key, new in changes.items():
            name = key.rstrip("_").replace("_", "-")
            if new is None:
                del part[name]
            else:
                part[name] = new

    return spoil


def observation(value):
    return first(result_of(value), "observations")


def finding(value):
    return first(result_of(value), "findings")


def root(value):
    return value["assessment-results"]


def a_hash(value):
    resources = root(value)["back-matter"]["resources"]
    return next(
        r["rlinks"][0]["hashes"][0] for r in resources if "hashes" in r.get("rlinks", [{}])[0]
    )


SEEN_BY_BOTH = {
    "no import-ap": put(root, import_ap=None),
    "bad uuid": put(root, uuid="12345"),
    "no start": put(result_of, start=None),
    "start without zone": put(result_of, start="2026-11-22T00:00:00"),
    "state partial": put(lambda v: finding(v)["target"]["status"], state="partial"),
    "no methods": put(observation, methods=[]),
    "unknown field": put(finding, maturity=3),
    "no reviewed controls": put(result_of, reviewed_controls=None),
    "no results": put(root, results=[]),
    "target with a space": put(lambda v: finding(v)["target"], target_id="GENAIPR 001"),
    "no collected": put(observation, collected=None),
    "empty property": put(lambda v: first(result_of(v), "props"), value=""),
    "property of two lines": put(lambda v: first(result_of(v), "props"), value="a\nb"),
    "title of two lines": put(finding, title="a\nb"),
}
SEEN_BY_US = {
    "uuid twice": lambda v: finding(v).update(uuid=observation(v)["uuid"]),
    "other version": put(lambda v: root(v)["metadata"], oscal_version="2.0.0"),
    "short hash": lambda v: a_hash(v).update(value="zz"),
    "plan nowhere": put(lambda v: root(v)["import-ap"], href="#b0a7d7cf-9d7e-4a3e-8f4c-2d0e0a5b6c7d"),
    "observation nowhere": lambda v: first(finding(v), "related-observations").update(
        {"observation-uuid": "b0a7d7cf-9d7e-4a3e-8f4c-2d0e0a5b6c7d"}
    ),
    "a finding less": lambda v: result_of(v)["findings"].pop(),
    "a finding twice": lambda v: result_of(v)["findings"].append(
        {**finding(v), "uuid": "b0a7d7cf-9d7e-4a3e-8f4c-2d0e0a5b6c7d"}
    ),
    "unknown control": lambda v: first(
        result_of(v), "reviewed-controls", "control-selections", "include-controls"
    ).update({"control-id": "GENAIPR-999"}),
}  # fmt: skip


def asked(catalog):
    return objectives_by_control(build_oscal_catalog(catalog))


@pytest.mark.parametrize("name", [*SEEN_BY_BOTH, *SEEN_BY_US])
def test_each_defect_is_found(documents, catalog, name, tmp_path):
    value = json.loads(documents["halfway"].read_bytes())
    assert find_oscal_flaws(json.dumps(value).encode(), asked(catalog)) == []
    (SEEN_BY_BOTH.get(name) or SEEN_BY_US[name])(value)
    assert find_oscal_flaws(json.dumps(value).encode(), asked(catalog))
    path = tmp_path / "spoilt.json"
    path.write_text(json.dumps(value))
    if name in SEEN_BY_BOTH:
        with pytest.raises(TrestleError):
            trestle_reads(path)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"3", b"\xff", b"[" * 100_000, b"{}"])
def test_what_is_no_document_has_flaws_and_no_traceback(data):
    assert find_oscal_flaws(data)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutation_brings_the_checker_down(documents, catalog, data):
    value = json.loads(documents["halfway"].read_bytes())
    part = value
    while isinstance(part, dict | list) and part:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.integers(0, 3)) == 0 or not isinstance(part[key], dict | list):
            part[key] = data.draw(
                st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just([]), st.just({}))
            )
            break
        part = part[key]
    assert isinstance(find_oscal_flaws(json.dumps(value).encode(), asked(catalog)), list)


# O3


def test_two_runs_are_the_same_and_ids_keep(catalog, halfway, tmp_path):
    for name, day in (("1", DAY), ("2", DAY), ("3", date(2026, 11, 23))):
        written(halfway, catalog, tmp_path / f"{name}.json", day)
    one, two, three = (tmp_path / f"{n}.json" for n in "123")
    assert one.read_bytes() == two.read_bytes()
    uuids = list(values(body(one), "uuid"))
    assert {UUID(u).version for u in uuids} == {5}
    assert len(uuids) == len(set(uuids))
    # A day later only the document and its result are others; findings keep their ids.
    assert len(set(uuids) ^ set(values(body(three), "uuid"))) == 4
    findings = [[f["uuid"] for f in body(p)["results"][0]["findings"]] for p in (one, three)]
    assert findings[0] == findings[1]


# O4, O6


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_objective_has_one_finding_and_each_finding_an_objective(documents, catalog, name):
    of_catalog = body(documents["catalog"])
    parts = {
        p["id"]: c["id"] for g in of_catalog["groups"] for c in g["controls"]
        for p in c["parts"] if p["name"] == "assessment-objective"
    }  # fmt: skip
    [result] = body(documents[name])["results"]
    targets = [f["target"]["target-id"] for f in result["findings"]]
    assert sorted(targets) == sorted(parts)
    assert len(targets) == 38 + 6 + 10
    controls = {c["id"] for g in of_catalog["groups"] for c in g["controls"]}
    assert set(values(result, "control-id")) == controls
    assert set(values(result, "objective-id")) == set(parts)


@pytest.mark.parametrize("name", EXAMPLES)
def test_satisfied_means_that_the_gate_holds(documents, results, name):
    [result] = body(documents[name])["results"]
    state = {f["target"]["target-id"]: f["target"]["status"]["state"] for f in result["findings"]}
    assert set(state.values()) <= {"satisfied", "not-satisfied"}
    for control in results[name].controls:
        mine = [s for i, s in state.items() if i.startswith(control.control)]
        assert (set(mine) == {"satisfied"}) == control.gate
    studies = {s for i, s in state.items() if i.startswith("case-studies")}
    assert (studies == {"satisfied"}) == results[name].qualification.set_qualifies
    assert (set(state.values()) == {"satisfied"}) == (results[name].readiness == "ready")
    assert len(result.get("risks", [])) == len(results[name].gaps)
    for found in result["findings"]:
        if found["target"]["status"]["state"] == "not-satisfied":
            assert found["related-risks"], "what is not satisfied leads to what would mend it"


# O5


def test_every_hash_is_that_of_its_file(halfway, catalog, tmp_path):
    written(halfway, catalog, tmp_path / "r.json")
    resources = body(tmp_path / "r.json")["back-matter"]["resources"]
    entries = yaml.safe_load((halfway / "evidence.yaml").read_text())["evidence"]
    assert len(resources) == len(entries) + 1
    hashed = 0
    for resource in resources:
        for link in resource.get("rlinks", ()):
            for one in link.get("hashes", ()):
                content = (halfway / link["href"]).read_bytes()
                assert one == {"algorithm": "SHA-256", "value": hashlib.sha256(content).hexdigest()}
                hashed += 1
    assert hashed == sum("file" in e for e in entries) - 1, "one of them is not there"
    missing = next(r for r in resources if "pii-redaction-notes" in values(r, "value"))
    assert missing["remarks"] == "is missing"
    assert "rlinks" not in missing


def test_a_link_as_evidence_is_not_followed(halfway, catalog, tmp_path):
    (tmp_path / "outside.txt").write_text("outside")
    path = halfway / "evidence" / "delivery-handbook.md"
    path.unlink()
    path.symlink_to(tmp_path / "outside.txt")
    written(halfway, catalog, tmp_path / "r.json")
    assert hashlib.sha256(b"outside").hexdigest() not in (tmp_path / "r.json").read_text()
    assert "is a link" in (tmp_path / "r.json").read_text()


# Hostile texts


HOSTILE = [
    "<script>xss(1)</script>", "[click](javascript:alert(1))", "![b](https://evil.example/b.png)", "a\nb\r\nc",
    "\x1b[31m\x00", "\u202eevil", "שלום", "a\u2028b\u2029c\x85d", "😀" * 500, "long " * 1_000, "=1+1", "\\", "{{x}}",
]  # fmt: skip


def test_hostile_texts_stay_valid_and_inactive(halfway, catalog, tmp_path):
    everything = "".join(HOSTILE)
    head = yaml.safe_load((halfway / "assessment.yaml").read_text())
    head["profile"]["partner"] = everything
    (halfway / "assessment.yaml").write_text(yaml.safe_dump(head, allow_unicode=True))
    entries = yaml.safe_load((halfway / "evidence.yaml").read_text())
    for entry, text in zip(entries["evidence"], [*HOSTILE, everything], strict=False):
        entry.update(title=text, customer=text)
    (halfway / "evidence.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True))
    plan = {
        "actions": [{"id": "GENAIPR-003/anonymization", "owner": everything, "note": everything}]
    }
    (halfway / "plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True))
    path = tmp_path / "r.json"
    written(halfway, catalog, path)
    assert trestle_reads(path)
    text = path.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "\u202e" not in text
    value = body(path)
    shown = [*values(value, "title"), *values(value, "description"), *values(value, "remarks")]
    assert any(r"\<script>" in s for s in shown)
    assert not [s for s in shown if re.search(r"(?<!\\)(?:\\\\)*[<\[]", s)]


def test_nothing_in_a_text_acts_as_markup():
    assert prose("a <b> [c](d) \\<e") == r"a \<b> \[c](d) \\\<e"
    assert prose("", " ") == "(empty)"


# The command, old or new


def test_the_commands_write_and_count(tmp_path, results):
    done = json.loads(run("export", "oscal-catalog", "-o", tmp_path / "c.json", "--json").stdout)
    assert (done["controls"], done["objectives"]) == (7, 54)
    args = [
        "export",
        "oscal-results",
        "example:halfway",
        "-o",
        tmp_path / "r.json",
        "--date",
        "2026-11-22",
    ]
    done = json.loads(run(*args, "--json").stdout)
    assert (done["findings"], done["risks"]) == (54, len(results["halfway"].gaps))
    assert done["sha256"] == hashlib.sha256((tmp_path / "r.json").read_bytes()).hexdigest()


def test_what_is_not_sound_is_not_written(halfway, catalog, tmp_path, monkeypatch):
    path = tmp_path / "out" / "r.json"
    written(halfway, catalog, path)
    before = path.read_bytes()
    good = resulting.to_oscal_json

    def spoilt(document):
        value = copy.deepcopy(good(document))
        result_of(value)["findings"].pop()
        return value

    monkeypatch.setattr(resulting, "to_oscal_json", spoilt)
    with pytest.raises(CannotWrite, match="has 0 findings"):
        written(halfway, catalog, path, date(2026, 11, 23))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["r.json"]
