"""The evidence pack: what is in it, what never is, and that its sums are right."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
import zipfile
from datetime import date

import pytest
import yaml
from click.testing import CliRunner

from calib import assess, load_assessment
from calib.cli import main
from calib.errors import BadInput, CannotWrite
from calib.exchange.pack import select_evidence, write_pack
from calib.exchange.pack import write as packing
from calib.resources import resource_path

DAY = date(2026, 11, 22)
SECRET = b"the canary that must not leave"


def run(*args, code=0):
    result = CliRunner().invoke(main, [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def folder(tmp_path):
    """The strong example: all its evidence is there and as registered."""
    return shutil.copytree(resource_path("data", "examples", "northwind"), tmp_path / "acme")


def register(folder, *entries, keep=False):
    """Put entries into the register, and their files into the folder where content is given."""
    path = folder / "evidence.yaml"
    kept = yaml.safe_load(path.read_text())["evidence"] if keep else []
    for entry in entries:
        content = entry.pop("content", None)
        if content is not None:
            file = folder / entry["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        entry.setdefault("title", "A piece of evidence")
    path.write_text(yaml.safe_dump({"evidence": [*kept, *entries]}, allow_unicode=True))
    if not keep:
        for control in [*folder.glob("controls/*.yaml"), *folder.glob("case_studies/*.yaml")]:
            value = yaml.safe_load(control.read_text())
            for one in [value, *(value.get("criteria") or {}).values()]:
                (one or {}).pop("evidence", None)
            control.write_text(yaml.safe_dump(value, allow_unicode=True))


def pack(folder, catalog, path=None, *, confidential=False, allow_missing=False):
    result = assess(catalog, load_assessment(folder, catalog), DAY)
    chosen = select_evidence(folder, result, confidential=confidential, allow_missing=allow_missing)
    path = path or folder.parent / "pack.zip"
    write_pack(folder, result, chosen, {"result.json": b"{}\n"}, path)
    return zipfile.ZipFile(path)


def problems(folder, catalog, **options):
    with pytest.raises(BadInput) as caught:
        pack(folder, catalog, **options)
    assert not (folder.parent / "pack.zip").exists()
    return [str(p) for p in caught.value.problems]


def evidence_in(archive):
    return [n for n in archive.namelist() if n.startswith("evidence/")]


def everything_in(archive):
    return b"".join(archive.read(n) for n in archive.namelist())


# What is in it


def test_the_command_packs_report_responses_register_and_files(tmp_path, results):
    path = tmp_path / "pack.zip"
    done = run("export", "pack", "example:strong", "-o", path, "--date", "2026-11-22")
    assert "Left out as confidential: 8" in done.stderr
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    assert archive.read("readiness-report.pdf").startswith(b"%PDF")
    page = archive.read("readiness-report.html")
    assert b"Northwind Analytics" in page
    assert b"<script" not in page
    assert (
        archive.read("result.json").decode() == results["strong"].model_dump_json(indent=1) + "\n"
    )
    names = archive.namelist()
    assert names == sorted(names)
    assert sum(n.startswith("responses/GENAIPR") for n in names) == 6
    assert sum(n.startswith("responses/case-study") for n in names) == 4
    source = resource_path("data", "examples", "northwind")
    entries = yaml.safe_load((source / "evidence.yaml").read_text())["evidence"]
    public = {e["file"]: e["sha256"] for e in entries if "file" in e and not e["confidential"]}
    assert evidence_in(archive) == sorted(public)
    for name, digest in public.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    response = yaml.safe_load((source / "controls" / "GENAIPR-006.yaml").read_text())
    assert response["narrative"].strip("\n") in archive.read("responses/GENAIPR-006.txt").decode()


def test_every_member_has_its_sum(folder, catalog):
    archive = pack(folder, catalog)
    lines = archive.read("sha256sums.txt").decode().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert sums.keys() == set(archive.namelist()) - {"sha256sums.txt"}
    for name, digest in sums.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_the_register_says_what_each_file_is(folder, catalog):
    archive = pack(folder, catalog)
    entries = json.loads(archive.read("evidence-register.json"))["evidence"]
    rows = list(
        csv.DictReader(io.StringIO(archive.read("evidence-register.csv").decode("utf-8-sig")))
    )
    assert [e["id"] for e in entries] == [r["id"] for r in rows]
    assert len(entries) == 23
    for entry, row in zip(entries, rows, strict=True):
        if entry["file_in_this_pack"]:
            content = archive.read(entry["file_in_this_pack"])
            assert entry["sha256"] == row["sha256"] == hashlib.sha256(content).hexdigest()
            assert entry["bytes"] == len(content)
        elif entry["confidential"]:
            assert entry["state"] == "held back: confidential"
            assert {entry[k] for k in ("sha256", "url", "customer", "dated")} == {None}
        else:
            assert entry["url"].startswith("https://")


def test_the_same_folder_gives_the_same_bytes(folder, catalog, tmp_path):
    pack(folder, catalog, tmp_path / "1.zip")
    again = shutil.copytree(folder, tmp_path / "elsewhere")
    for file in again.glob("evidence/*"):
        os.utime(file, (1, 1))
        file.chmod(0o600)
    pack(again, catalog, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    infos = zipfile.ZipFile(tmp_path / "1.zip").infolist()
    assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {(i.create_system, i.external_attr, i.compress_type) for i in infos} == {
        (3, 0o100644 << 16, 0)
    }


# What never is


def test_nothing_confidential_unless_it_is_asked_for(folder, catalog):
    canary = {"file": "evidence/a.txt", "content": SECRET}
    register(
        folder,
        {"id": "secret", "confidential": True, "customer": "Hush", **canary},
        {"id": "same-file", "file": "evidence/a.txt"},
        {"id": "same-content", "file": "evidence/b.txt", "content": SECRET},
        {"id": "open", "file": "evidence/c.txt", "content": b"open"},
    )
    archive = pack(folder, catalog)
    assert evidence_in(archive) == ["evidence/c.txt"]
    assert SECRET not in everything_in(archive)
    assert b"Hush" not in everything_in(archive)
    about = archive.read("about.txt").decode()
    assert all(f"- {i}: held back" in about for i in ("secret", "same-file", "same-content"))
    archive = pack(folder, catalog, confidential=True)
    assert evidence_in(archive) == ["evidence/a.txt", "evidence/b.txt", "evidence/c.txt"]


def test_what_the_register_does_not_name_stays_out(folder, catalog):
    (folder / "evidence" / "stray.txt").write_bytes(SECRET)
    (folder / "evidence" / ".DS_Store").write_bytes(SECRET)
    assert SECRET not in everything_in(pack(folder, catalog))


def _outside(folder):
    outside = folder.parent / "outside.txt"
    outside.write_bytes(SECRET)
    return outside


def _link(folder):
    (folder / "evidence" / "a.txt").symlink_to(_outside(folder))


def _link_inside(folder):
    (folder / "evidence" / "b.txt").write_bytes(SECRET)
    (folder / "evidence" / "a.txt").symlink_to("b.txt")


def _link_on_the_way(folder):
    shutil.rmtree(folder / "evidence")
    _outside(folder).rename(folder.parent / "a.txt")
    (folder / "evidence").symlink_to(folder.parent)


def _pipe(folder):
    os.mkfifo(folder / "evidence" / "a.txt")


def _folder(folder):
    (folder / "evidence" / "a.txt").mkdir()


def _nothing(folder):
    pass


def _link_to_a_device(folder):
    (folder / "evidence" / "a.txt").symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make", [_link, _link_inside, _link_on_the_way, _pipe, _folder, _nothing, _link_to_a_device]
)
def test_only_a_regular_file_of_the_folder_goes_in(folder, catalog, make):
    register(folder, {"id": "a", "file": "evidence/a.txt"})
    make(folder)
    [said] = problems(folder, catalog)
    assert "evidence/a.txt" in said
    assert "--allow-missing" in said
    archive = pack(folder, catalog, allow_missing=True)
    assert evidence_in(archive) == []
    assert SECRET not in everything_in(archive)
    assert "- a: is" in archive.read("about.txt").decode()


def test_a_device_is_not_read(folder, catalog):
    try:
        os.mknod(folder / "evidence" / "a.txt", 0o020666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("only root makes devices")
    register(folder, {"id": "a", "file": "evidence/a.txt"})
    [said] = problems(folder, catalog)
    assert "not a regular file" in said


@pytest.mark.parametrize(
    "file", ["evidence/../assessment.yaml", "../x", "/etc/passwd", "evidence/a/../../../x"]
)
def test_a_path_that_leaves_the_folder_is_no_evidence(folder, catalog, file):
    register(folder, {"id": "a", "file": file})
    with pytest.raises(BadInput):
        pack(folder, catalog)


def test_missing_and_changed_files_are_listed_all_at_once(halfway, catalog):
    said = problems(halfway, catalog)
    assert len(said) == 2
    assert "pii-redaction-notes: is missing" in said[0]
    assert "prompt-register: was changed" in said[1]
    archive = pack(halfway, catalog, allow_missing=True)
    entries = {e["id"]: e for e in json.loads(archive.read("evidence-register.json"))["evidence"]}
    assert entries["pii-redaction-notes"]["file_in_this_pack"] is None
    changed = entries["prompt-register"]
    assert changed["state"] == "changed"
    assert changed["sha256"] != changed["registered_sha256"]
    assert "changed since registration" in archive.read("about.txt").decode()


def test_the_command_refuses_what_is_missing_before_it_renders(tmp_path):
    done = run("export", "pack", "example:halfway", "-o", tmp_path / "p.zip", code=2)
    assert "2 problems" in done.stderr
    assert not list(tmp_path.iterdir())


# Names


def test_names_are_safe_on_every_system(folder, catalog):
    odd = [
        "CON.txt", "a:b?.md", "A.md", "a.md", "sub/a.md", "con/x. ", "trail. ", "é.txt", "e\u0301.txt",
        "x\u202etxt.exe", "l" * 240 + ".txt", "d" * 120 + "/" + "e" * 120 + ".txt", "-rf.txt", ".hidden", "%2e%2e",
    ]  # fmt: skip
    entries = [
        {"id": f"e-{n}", "file": f"evidence/{name}", "content": f"content {n}".encode()}
        for n, name in enumerate(odd)
    ]
    register(folder, *entries)
    archive = pack(folder, catalog)
    names = evidence_in(archive)
    assert len(names) == len({n.casefold() for n in names}) == len(odd)
    for name in names:
        assert not set('<>:"\\|?*\u202e') & set(name)
        for part in name.split("/"):
            assert part not in ("", ".", "..")
            assert part == part.strip(" .")
            assert not part.upper().startswith(("CON.", "NUL."))
            assert part.upper() != "CON"
        assert len(name) <= 200
    found = json.loads(archive.read("evidence-register.json"))["evidence"]
    for number, entry in enumerate(found):
        assert archive.read(entry["file_in_this_pack"]) == f"content {number}".encode()


def test_two_entries_of_one_file_share_its_copy(folder, catalog):
    register(
        folder,
        {"id": "a", "file": "evidence/a.txt", "content": b"a"},
        {"id": "b", "file": "evidence/a.txt"},
    )
    archive = pack(folder, catalog)
    assert evidence_in(archive) == ["evidence/a.txt"]
    entries = json.loads(archive.read("evidence-register.json"))["evidence"]
    assert [e["file_in_this_pack"] for e in entries] == ["evidence/a.txt"] * 2


# Hostile texts


def test_hostile_texts_stay_texts(folder, catalog):
    text = "=1+1 <script>xss(1)</script> \x1b]0;owned\x07 \u202eevil שלום " + "long " * 1_000
    register(folder, {"id": "a", "title": text, "file": "evidence/a.txt", "content": b"a"})
    path = folder / "controls" / "GENAIPR-001.yaml"
    value = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**value, "narrative": text + "end."}, allow_unicode=True))
    archive = pack(folder, catalog)
    response = archive.read("responses/GENAIPR-001.txt").decode()
    assert "\x1b" not in response
    assert "\u202e" not in response
    assert "<script>xss(1)</script> [U+001B]]0;owned[U+0007] [U+202E]evil שלום" in response
    assert response.count("long ") == 1_000
    rows = list(csv.reader(io.StringIO(archive.read("evidence-register.csv").decode("utf-8-sig"))))
    assert rows[1][1].startswith("'=1+1")


# Size, change, failure


def test_a_huge_file_goes_through_piece_by_piece(folder, catalog):
    register(folder, {"id": "big", "file": "evidence/big.bin", "content": b"start"})
    os.truncate(folder / "evidence" / "big.bin", 60_000_000)
    result = assess(catalog, load_assessment(folder, catalog), DAY)
    tracemalloc.start()
    try:
        chosen = select_evidence(folder, result, confidential=False, allow_missing=False)
        write_pack(folder, result, chosen, {}, folder.parent / "pack.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (folder.parent / "pack.zip").stat().st_size > 60_000_000
    assert peak < 15_000_000


def test_a_file_that_changes_while_it_is_packed_is_noticed(folder, catalog):
    old = pack(folder, catalog)
    before = (folder.parent / "pack.zip").read_bytes()
    result = assess(catalog, load_assessment(folder, catalog), DAY)
    chosen = select_evidence(folder, result, confidential=False, allow_missing=False)
    (folder / "evidence" / "support-handbook.md").write_text("changed")
    with pytest.raises(BadInput, match="changed during packing"):
        write_pack(folder, result, chosen, {}, folder.parent / "pack.zip")
    assert (folder.parent / "pack.zip").read_bytes() == before
    assert sorted(p.name for p in folder.parent.iterdir()) == ["acme", "pack.zip"]
    old.close()


@pytest.mark.parametrize("spoil", ["a byte", "a member less"])
def test_a_pack_that_was_written_wrongly_is_not_handed_out(folder, catalog, monkeypatch, spoil):
    good = packing._write_archive

    def bad(file, folder, members):
        if spoil == "a member less":
            good(file, folder, dict(list(members.items())[1:]))
            return
        good(file, folder, {**members, "result.json": b"[]\n"})

    monkeypatch.setattr(packing, "_write_archive", bad)
    with pytest.raises(CannotWrite, match="verification failed"):
        pack(folder, catalog)
    assert [p.name for p in folder.parent.iterdir()] == ["acme"]


def test_a_full_disk_leaves_the_old_pack(folder, catalog):
    resource = pytest.importorskip("resource")
    path = folder.parent / "pack.zip"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(CannotWrite, match=r"pack\.zip"):
            pack(folder, catalog)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in folder.parent.iterdir()) == ["acme", "pack.zip"]


def test_a_second_name_of_a_file_is_pointed_out(folder, tmp_path):
    (folder / "evidence" / "support-handbook.md").rename(tmp_path / "elsewhere.md")
    os.link(tmp_path / "elsewhere.md", folder / "evidence" / "support-handbook.md")
    done = run("export", "pack", folder, "-o", tmp_path / "p.zip")
    assert "support-handbook.md is a hard link" in done.stderr


@pytest.mark.parametrize("kind", ["pack", "lens-answers", "oscal-results"])
def test_a_key_in_a_text_stops_what_goes_to_others(halfway, tmp_path, kind):
    path = halfway / "controls" / "GENAIPR-001.yaml"
    value = yaml.safe_load(path.read_text())
    value["criteria"]["methodology"]["answer"] = "Log in with AKIAABCDEFGHIJKLMNOP."
    path.write_text(yaml.safe_dump(value))
    out = tmp_path / "out.bin"
    args = ["export", kind, halfway, "-o", out]
    said = run(*args, code=2).stderr
    assert "controls/GENAIPR-001.yaml: criteria[0].answer: contains an AWS access key id" in said
    assert "--allow-private" in said
    assert "AKIA" not in said
    assert not out.exists()
    if kind != "pack":
        run(*args, "--allow-private")
        assert out.exists()


@pytest.mark.slow
def test_a_pack_that_is_killed_is_the_old_one_or_the_new_one(folder, catalog, tmp_path):
    register(folder, {"id": "big", "file": "evidence/big.bin", "content": b"start"})
    os.truncate(folder / "evidence" / "big.bin", 80_000_000)
    path = tmp_path / "pack.zip"
    code = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "from calib import assess, load_assessment, load_catalog\n"
        "from calib.exchange.pack import select_evidence, write_pack\n"
        "folder, path = map(Path, sys.argv[1:]); catalog = load_catalog()\n"
        "result = assess(catalog, load_assessment(folder, catalog), date(2026, 11, 22))\n"
        "chosen = select_evidence(folder, result, confidential=False, allow_missing=False)\n"
        "print('go', flush=True); write_pack(folder, result, chosen, {}, path)\n"
    )
    killed = 0
    for turn in range(12):
        path.write_bytes(b"old")
        with subprocess.Popen(
            [sys.executable, "-c", code, folder, path], stdout=subprocess.PIPE
        ) as child:
            child.stdout.readline()
            time.sleep(0.03 * turn)
            child.kill()
            child.wait()
        if path.read_bytes() == b"old":
            killed += 1
        else:
            assert zipfile.ZipFile(path).testzip() is None
    assert killed, "at least one was killed before it was done"
