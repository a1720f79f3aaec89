"""The Store as its users see it: edits, conflicts, undo, files, and folders in a bad state."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock

from calib import load_assessment
from calib.errors import BadInput, CannotWrite
from calib.files import atomic
from calib.store.conflicts import Conflict
from calib.store.session import Store
from calib.store.writer import Pending, Saved, StoreEnvironment

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import checks
import steps

FILE = checks.FILE
LEVEL = "criteria.methodology.claimed_level"


@pytest.fixture
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="calib-check-", dir=checks.SCRATCH) as folder:
        yield Path(folder)


@pytest.fixture
def acme(scratch) -> Path:
    return checks.make_acme(scratch / "acme")


@pytest.fixture
def ann(acme) -> Store:
    return Store.open(acme, "Ann")


def text(acme: Path, file: str = FILE) -> str:
    return (acme / file).read_bytes().decode()


# One edit -------------------------------------------------------------------------------------


def test_an_edit_changes_one_line_and_loads(halfway, catalog):
    store = Store.open(halfway, "Ann")
    before = text(halfway)
    answer = store.set(FILE, LEVEL, 3, 2)
    assert isinstance(answer, Saved)
    assert answer.entry.author == "Ann"
    rows = [
        (a, b)
        for a, b in zip(before.splitlines(), text(halfway).splitlines(), strict=True)
        if a != b
    ]
    assert rows == [("    claimed_level: 3", "    claimed_level: 2")]
    assert (
        load_assessment(halfway, catalog)
        .response("GENAIPR-001")
        .answer("methodology")
        .claimed_level
        == 2
    )


def test_every_field_of_an_example_can_be_set_and_undone(scratch, halfway, catalog):
    """The files of a real folder come back byte for byte, whatever was edited in them."""
    from calib.store.filenames import yaml_files
    from calib.yamledit.edit import parse_value

    folder = Path(shutil.copytree(halfway, scratch / "acme"))
    store = Store.open(folder, "Ann")
    for path in yaml_files(folder):
        file, before = path.relative_to(folder).as_posix(), path.read_text()
        for place, value in leaves(parse_value(before, file)):
            if place == ("format",):
                continue
            new = value + 1 if type(value) is int else f"{value} and more"
            assert isinstance(store.set(file, place, value, new), Saved)
            assert isinstance(store.undo(), Saved)
        assert path.read_text() == before, file
    assert not store.conflicts()
    load_assessment(folder, catalog)


def leaves(value, here=()):
    if isinstance(value, dict | list) and value:
        for step, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*here, step))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield here, value


def test_none_takes_the_key_away_and_undo_brings_it_back(ann, acme):
    before = text(acme)
    assert isinstance(ann.set(FILE, LEVEL, 2, None), Saved)
    assert "claimed_level" not in text(acme)
    assert isinstance(ann.undo(), Saved)
    assert ann.get(FILE, LEVEL) == 2
    assert isinstance(ann.set(FILE, "criteria.methodology.answer", "", "Yes"), Saved)
    ann.undo()
    assert "    answer:\n" in text(acme)
    assert sorted(before.replace("   # agreed", "").split()) == sorted(text(acme).split())


def test_what_looks_the_same_is_no_conflict(ann, acme):
    assert isinstance(ann.set(FILE, "criteria.methodology.owner", "", "Ann"), Saved)
    assert isinstance(ann.set(FILE, "third_party", (), [{"service": "X"}]), Saved)
    assert isinstance(ann.set(FILE, "count", "0", "3"), Saved)
    assert ann.get(FILE, "count") == "3"


def test_entries_by_identity_hold_when_others_shift_them(ann, acme):
    ben = Store.open(acme, "Ben")
    place = "criteria.methodology.evidence"
    ann.set(FILE, f"{place}[=report]", None, "report")
    assert isinstance(ben.set(FILE, f"{place}[=handbook]", "handbook", None), Saved)
    assert isinstance(ann.set(FILE, f"{place}[=plan]", None, "plan"), Saved)
    assert ann.get(FILE, place) == ["report", "plan"]
    assert isinstance(ann.set("plan.yaml", "actions", None, []), Pending), "there is no such file"


def test_an_entry_out_by_position_comes_back_at_its_position(ann):
    ann.set(FILE, "tags", [], ["a", "b", "c"])
    assert isinstance(ann.set(FILE, "tags[0]", "a", None), Saved)
    assert ann.get(FILE, "tags") == ["b", "c"]
    ann.undo()
    assert ann.get(FILE, "tags") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("file", "field", "new"),
    [
        ("../x.yaml", "a", 1),
        ("/etc/x.yaml", "a", 1),
        (".calib/conflicts.yaml", "a", 1),
        ("controls/x.txt", "a", 1),
        ("controls\\x.yaml", "a", 1),
        (FILE, "", 1),
        (FILE, "a..b", 1),
        (FILE, "a", 1.5),
        (FILE, "a", "\ud800"),
        (FILE, "a", {1, 2}),
        (FILE, "tags[=x]", "y"),
        ("assessment.yaml", "format", 2),
    ],
)
def test_impossible_edits_are_refused_before_the_journal(ann, acme, file, field, new):
    with pytest.raises(BadInput):
        ann.set(file, field, None, new)
    assert not (acme / ".calib").exists()


def test_a_linked_file_is_not_written(ann, acme, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("a: 1\n")
    (acme / "controls" / "linked.yaml").symlink_to(outside)
    assert isinstance(ann.set("controls/linked.yaml", "a", 1, 2), Pending)
    (acme / "ballots").symlink_to(tmp_path)
    assert isinstance(ann.set("ballots/outside.yaml", "a", 1, 2), Pending)
    assert outside.read_text() == "a: 1\n"


def test_windows_text_stays_windows_text(ann, acme):
    (acme / FILE).write_bytes(b"\xef\xbb\xbf" + checks.CONTROL.replace("\n", "\r\n").encode())
    assert isinstance(ann.set(FILE, "count", 0, 1), Saved)
    data = (acme / FILE).read_bytes()
    assert (
        data
        == b"\xef\xbb\xbf"
        + checks.CONTROL.replace("count: 0 ", "count: 1 ").replace("\n", "\r\n").encode()
    )


def test_mode_stays(ann, acme):
    (acme / FILE).chmod(0o640)
    ann.set(FILE, "count", 0, 1)
    assert (acme / FILE).stat().st_mode & 0o777 == 0o640


# Two people -----------------------------------------------------------------------------------


def test_a_conflict_keeps_both_and_names_both(ann, acme):
    ben = Store.open(acme, "Ben")
    assert isinstance(ben.set(FILE, LEVEL, 2, 4), Saved)
    answer = ann.set(FILE, LEVEL, 2, 3)
    assert isinstance(answer, Conflict)
    assert (answer.in_file, answer.in_file_by, answer.set_aside, answer.set_aside_by) == (
        4,
        "Ben",
        3,
        "Ann",
    )
    assert ben.conflicts() == (answer,)
    assert "set_aside: 3" in text(acme, ".calib/conflicts.yaml")
    assert ann.get(FILE, LEVEL) == 4
    assert isinstance(ben.resolve(answer, 3), Saved)
    assert ann.conflicts() == ()
    assert ann.get(FILE, LEVEL) == 3


def test_resolving_what_changed_meanwhile_is_a_conflict_again(ann, acme):
    ben = Store.open(acme, "Ben")
    ben.set(FILE, LEVEL, 2, 4)
    first = ann.set(FILE, LEVEL, 2, 3)
    ben.set(FILE, LEVEL, 4, 1)
    second = ann.resolve(first, 3)
    assert isinstance(second, Conflict)
    assert second.in_file == 1
    assert ann.conflicts() == (second,)
    assert isinstance(ann.resolve(second, 1), Saved)
    assert ann.conflicts() == ()


def test_other_fields_are_no_conflict(ann, acme):
    ben = Store.open(acme, "Ben")
    assert isinstance(ben.set(FILE, "count", 0, 1), Saved)
    assert isinstance(ann.set(FILE, LEVEL, 2, 3), Saved)
    assert (ann.get(FILE, "count"), ann.get(FILE, LEVEL)) == (1, 3)
    assert ann.external_changes() == (FILE,)
    assert ann.external_changes() == ()


def test_a_broken_list_of_conflicts_is_not_overwritten(ann, acme):
    (acme / ".calib").mkdir()
    (acme / ".calib" / "conflicts.yaml").write_text("conflicts: [\n")
    answer = ann.set(FILE, LEVEL, 1, 3)
    assert isinstance(answer, Pending)
    assert "conflicts.yaml" in answer.reason
    (acme / ".calib" / "conflicts.yaml").unlink()
    ann.retry()
    assert [c.set_aside for c in ann.conflicts()] == [3]


def test_the_clock_decides_nothing(acme):
    years = StoreEnvironment(now=lambda: datetime(1970, 1, 1, tzinfo=UTC))
    ahead = StoreEnvironment(now=lambda: datetime.now(UTC) + timedelta(days=3650))
    first, second = Store.open(acme, "Ben", ahead), Store.open(acme, "Ann", years)
    assert isinstance(first.set(FILE, LEVEL, 2, 4), Saved)
    assert isinstance(second.set(FILE, LEVEL, 4, 1), Saved), "the later edit has the earlier clock"
    assert first.get(FILE, LEVEL) == 1
    assert isinstance(first.set(FILE, LEVEL, 4, 3), Conflict)


def test_threads_of_one_store(ann):
    def work(number: int) -> None:
        for edit in range(10):
            ann.set(
                FILE,
                f"criteria.t{number}.answer",
                ann.get(FILE, f"criteria.t{number}.answer"),
                f"{edit}",
            )

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ann.get(FILE, f"criteria.t{n}.answer") for n in range(4)] == ["9"] * 4
    assert not ann.conflicts()


# Undo, redo, log ------------------------------------------------------------------------------


def test_undo_and_redo_walk_back_and_forth(ann, acme):
    before = text(acme)
    for number in range(3):
        ann.set(FILE, "count", number, number + 1)
    for expected in (2, 1, 0):
        assert isinstance(ann.undo(), Saved)
        assert ann.get(FILE, "count") == expected
    assert ann.undo() is None
    assert text(acme) == before
    for expected in (1, 2, 3):
        assert isinstance(ann.redo(), Saved)
        assert ann.get(FILE, "count") == expected
    assert ann.redo() is None
    ann.undo()
    ann.set(FILE, "count", 2, 9)
    assert ann.redo() is None, "a new edit ends the redo"


def test_undo_never_overwrites_what_came_later(ann, acme):
    ben = Store.open(acme, "Ben")
    ann.set(FILE, "count", 0, 1)
    ben.set(FILE, "count", 1, 2)
    answer = ann.undo()
    assert isinstance(answer, Conflict)
    assert answer.in_file_by == "Ben"
    assert ann.get(FILE, "count") == 2


def test_any_entry_of_the_log_can_be_undone(ann, acme):
    ann.set(FILE, "count", 0, 1)
    ann.set(FILE, LEVEL, 2, 3)
    ben = Store.open(acme, "Ben")
    assert ben.undo() is None, "undo is of one's own session"
    entry = ben.log(file=FILE, field="count")[0]
    assert isinstance(ben.undo(entry.id), Saved)
    assert (ben.get(FILE, "count"), ben.get(FILE, LEVEL)) == (0, 3)
    with pytest.raises(BadInput):
        ben.undo("no such entry")


def test_the_log_is_newest_first_and_can_be_filtered(acme):
    ticks = count()
    edges = StoreEnvironment(
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(ticks))
    )
    ann, ben = Store.open(acme, "Ann", edges), Store.open(acme, "Ben", edges)
    ann.set(FILE, "count", 0, 1)
    ben.set(FILE, LEVEL, 2, 3)
    ann.set(FILE, LEVEL, 2, 1)
    said = [(e.author, e.field, e.outcome.value) for e in ann.log()]
    assert said == [("Ann", LEVEL, "conflict"), ("Ben", LEVEL, "saved"), ("Ann", "count", "saved")]
    assert [e.author for e in ann.log(field="criteria")] == ["Ann", "Ben"]
    assert [e.field for e in ann.log(author="Ann")] == [LEVEL, "count"]
    assert ann.log(file="plan.yaml") == ()


def test_a_torn_or_spoilt_line_is_passed_over(ann, acme):
    ann.set(FILE, "count", 0, 1)
    journal = acme / ".calib" / "journal" / f"{ann.session}.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b"00000000 {}\n" + b"\xff\x00 no json\n" + whole[: len(whole) // 3])
    ben = Store.open(acme, "Ben")
    assert [e.new for e in ben.log()] == [1]
    assert not ben.pending()
    assert isinstance(ben.set(FILE, "count", 1, 2), Saved)


def test_a_journal_that_arrives_late_is_taken_in(ann, acme, tmp_path):
    """A sync program brings the journal of another machine, one line first, then the rest."""
    other = Path(shutil.copytree(acme, tmp_path / "other"))
    away = Store.open(other, "Ben")
    away.set(FILE, "count", 0, 1)
    away.set(FILE, LEVEL, 2, 4)
    away.set(FILE, "title", None, "Ben's")
    lines = (
        (other / ".calib" / "journal" / f"{away.session}.jsonl")
        .read_bytes()
        .splitlines(keepends=True)
    )
    edits = [line for line in lines if b"settled" not in line]
    ann.set(FILE, LEVEL, 2, 3)
    here = acme / ".calib" / "journal" / f"{away.session}.jsonl"
    here.write_bytes(edits[0] + edits[1][:20])
    ann.retry()
    assert ann.get(FILE, "count") == 1
    here.write_bytes(b"".join(edits))
    ann.retry()
    assert ann.get(FILE, "title") == "Ben's"
    assert [(c.in_file, c.set_aside) for c in ann.conflicts()] == [(3, 4)]
    here.write_bytes(edits[0])
    ann.retry()
    assert len(ann.conflicts()) == 1
    assert ann.get(FILE, "count") == 1


def test_a_hostile_journal_harms_nothing(ann, acme):
    from calib.store.journal import EntryKind, JournalEntry, encode_line

    journal = acme / ".calib" / "journal"
    journal.mkdir(parents=True)
    rows = [
        ("../../outside.yaml", ("a",), 1),
        (FILE, ("count", "x"), 1),
        (FILE, ("count",), 1.5),
        (FILE, (), None),
        ("assessment.yaml", ("format",), 99),
    ]
    lines = [
        encode_line(
            JournalEntry(
                session="evil",
                sequence=n,
                time="",
                author="E",
                kind=EntryKind.EDIT,
                file=f,
                place=p,
                seen=None,
                new=v,
            )
        )
        for n, (f, p, v) in enumerate(rows)
    ]
    (journal / "evil.jsonl").write_bytes(b"".join(lines))
    before = text(acme)
    assert isinstance(ann.set(FILE, LEVEL, 2, 3), Saved)
    assert text(acme) == before.replace("claimed_level: 2", "claimed_level: 3")
    assert text(acme, "assessment.yaml") == checks.HEADER


# Files ------------------------------------------------------------------------------------------


def test_a_case_study_is_made_removed_and_brought_back(ann, acme):
    study = "case_studies/new-one.yaml"
    assert isinstance(ann.create(study, "# new\ntitle: A\n"), Saved)
    assert isinstance(ann.create(study, "title: B\n"), Conflict)
    assert isinstance(ann.set(study, "title", "A", "C"), Saved)
    assert isinstance(ann.remove(study), Saved)
    assert not (acme / study).exists()
    assert "C" in next((acme / ".calib" / "removed").iterdir()).read_text()
    assert isinstance(ann.undo(), Saved)
    assert text(acme, study) == "# new\ntitle: C\n"
    assert ann.external_changes() == ()
    with pytest.raises(BadInput):
        ann.remove("assessment.yaml")
    with pytest.raises(BadInput):
        ann.create("case_studies/bad.yaml", "a: [\n")
    ballot = "ballots/GENAIPR-001/ann.yaml"
    assert isinstance(ann.create(ballot, "votes: {}\n"), Saved)
    assert isinstance(ann.set(ballot, "votes.methodology", None, 3), Saved)


def test_removing_what_changed_meanwhile_is_a_conflict(ann, acme):
    ann.create("case_studies/a.yaml", "title: A\n")
    entry = ann.log()[0]
    ann.set("case_studies/a.yaml", "title", "A", "B")
    assert isinstance(ann.undo(entry.id), Conflict)
    assert text(acme, "case_studies/a.yaml") == "title: B\n"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b?.docx", "b-.docx"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("con.txt", "_con.txt"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ("tab\there\n.csv", "tab-here-.csv".replace("-", "")),
        ("Résumé.pdf", "Résumé.pdf"),
        (" . ", "file"),
    ],
)
def test_uploads_get_safe_names(ann, acme, name, safe):
    saved = ann.add_file(name, b"one")
    assert saved.entry.file == f"evidence/{safe}"
    assert ann.add_file(name, b"one").entry.file == f"evidence/{safe}", (
        "the same again is no second file"
    )
    second = ann.add_file(name, b"two").entry.file
    assert "-2" in second
    assert (acme / second).read_bytes() == b"two"
    assert (acme / "evidence" / safe).read_bytes() == b"one"
    assert not list((acme / "evidence").glob(".calib*"))


def test_an_upload_never_follows_a_link(ann, acme, tmp_path):
    target = tmp_path / "secret"
    target.write_text("x")
    (acme / "evidence" / "a.pdf").symlink_to(target)
    assert ann.add_file("a.pdf", b"x").entry.file == "evidence/a-2.pdf"
    assert target.read_text() == "x"
    (acme / "evidence").rename(acme / "away")
    (acme / "evidence").symlink_to(tmp_path)
    with pytest.raises(CannotWrite):
        ann.add_file("b.pdf", b"x")


def test_uploads_work_without_links(ann, acme, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(atomic.os, "link", refuse)
    assert ann.add_file("a.pdf", b"1").entry.file == "evidence/a.pdf"
    assert ann.add_file("a.pdf", b"2").entry.file == "evidence/a-2.pdf"


# Bad states -------------------------------------------------------------------------------------


def test_a_vanished_file_is_waited_for(ann, acme):
    whole = text(acme)
    (acme / FILE).unlink()
    answer = ann.set(FILE, "count", 0, 1)
    assert isinstance(answer, Pending)
    assert answer.reason == f"acme/{FILE}: the file is missing"
    assert not (acme / FILE).exists()
    assert ann.pending() == (Pending(answer.reason, answer.entry),)
    (acme / FILE).write_text(whole)
    assert isinstance(ann.set(FILE, LEVEL, 2, 3), Saved)
    assert ann.get(FILE, "count") == 1
    assert not ann.pending()


def test_an_emptied_file_is_not_taken_for_an_answer(ann, acme):
    whole = text(acme)
    (acme / FILE).write_text("")
    assert isinstance(ann.set(FILE, "count", 0, 1), Pending)
    (acme / FILE).write_text(whole)
    assert ann.retry() == ()
    assert ann.get(FILE, "count") == 1
    (acme / "case_studies" / "new.yaml").write_text("# to be filled\n")
    assert isinstance(ann.set("case_studies/new.yaml", "title", "", "A"), Saved)
    assert text(acme, "case_studies/new.yaml") == "# to be filled\ntitle: A\n"


def test_an_older_version_that_comes_back_is_a_change_by_others(ann, acme):
    old = text(acme)
    ann.set(FILE, "count", 0, 1)
    (acme / FILE).write_text(old)
    assert ann.external_changes() == (FILE,)
    assert isinstance(ann.set(FILE, "count", 1, 2), Conflict)
    assert ann.get(FILE, "count") == 0
    assert ann.conflicts()[0].set_aside == 2


@pytest.mark.parametrize(
    "name",
    ["GENAIPR-001 (Ann's conflicted copy 2026-11-22)", "GENAIPR-001-DESKTOP-AB12C", "GENAIPR-001.sync-conflict-20261122-1402-AB", "GENAIPR-001 (1)"],
)  # fmt: skip
def test_conflict_copies_are_named_and_left_alone(ann, acme, name):
    copy = acme / "controls" / f"{name}.yaml"
    copy.write_text("mine: 1\n")
    assert ann.sync_copies() == (f"controls/{name}.yaml",)
    assert ann.external_changes() == (f"controls/{name}.yaml",)
    assert isinstance(ann.set(FILE, "count", 0, 1), Saved)
    assert copy.read_text() == "mine: 1\n"


def test_a_given_up_edit_leaves_the_queue_but_not_the_log(ann, acme):
    (acme / FILE).unlink()
    answer = ann.set(FILE, "count", 0, 1)
    ann.discard(answer.entry.id)
    assert not ann.pending()
    assert ann.log()[0].outcome == "dropped"
    assert not Store.open(acme, "Ben").pending()


def test_a_held_lock_keeps_the_edit(acme):
    store = Store.open(acme, "Ann", StoreEnvironment(lock_seconds=0.05))
    store.set(FILE, "count", 0, 1)
    with FileLock(acme / ".calib" / "lock"):
        answer = store.set(FILE, "count", 1, 2)
        assert isinstance(answer, Pending)
        assert "held the lock for 0.05 s" in answer.reason
        with pytest.raises(CannotWrite):
            store.add_file("a.pdf", b"")
    assert store.retry() == ()
    assert store.get(FILE, "count") == 2


def test_a_missing_folder_is_not_made_again(ann, acme):
    ann.set(FILE, "count", 0, 1)
    acme.rename(acme.with_name("elsewhere"))
    with pytest.raises(CannotWrite):
        ann.set(FILE, "count", 1, 2)
    assert not acme.exists()
    acme.mkdir()  # an unplugged share leaves an empty folder behind
    with pytest.raises(CannotWrite):
        ann.set(FILE, "count", 1, 2)
    acme.rmdir()
    acme.with_name("elsewhere").rename(acme)
    assert isinstance(ann.set(FILE, "count", 1, 2), Saved)
    with pytest.raises(BadInput):
        Store.open(acme.with_name("nowhere"), "Ann")


def test_a_newer_format_is_not_touched(ann, acme):
    (acme / "assessment.yaml").write_text(checks.HEADER.replace("format: 1", "format: 99"))
    before = text(acme)
    answer = ann.set(FILE, "count", 0, 1)
    assert isinstance(answer, Pending)
    assert "format 99 is newer" in answer.reason
    assert text(acme) == before
    with pytest.raises(BadInput, match="newer"):
        Store.open(acme, "Ben")


def test_opening_and_reading_write_nothing(acme):
    store = Store.open(acme, "Ann")
    store.log(), store.conflicts(), store.external_changes(), store.pending(), store.retry()
    assert not (acme / ".calib").exists()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="changes to another user")
@pytest.mark.parametrize("place", ["folder", "controls", "file"])
def test_read_only(place):
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        acme = checks.make_acme(Path(scratch) / "acme")
        Store.open(acme, "Ann").set(FILE, "count", 0, 1)
        locked = {"folder": acme, "controls": acme / "controls", "file": acme / FILE}[place]
        for path in [acme, *acme.rglob("*")]:
            os.chown(path, 65534, 65534)
        if place == "folder":
            for path in [acme, *acme.rglob("*")]:
                path.chmod(0o555 if path.is_dir() else 0o444)
        else:
            locked.chmod(0o555 if locked.is_dir() else 0o444)
        before = text(acme)
        os.seteuid(65534)
        try:
            store = Store.open(acme, "Ben")
            assert store.get(FILE, "count") == 1
            assert len(store.log()) == 1
            if place == "folder":
                with pytest.raises(CannotWrite, match="Permission denied"):
                    store.set(FILE, "count", 1, 2)
            else:
                answer = store.set(FILE, "count", 1, 2)
                # A file that is read-only in a folder that is not can be replaced, as git does.
                assert isinstance(answer, Pending if place == "controls" else Saved)
        finally:
            os.seteuid(0)
        if place != "file":
            assert text(acme) == before
        if place == "controls":
            assert "GENAIPR-001.yaml: cannot write: Permission denied" in answer.reason
            locked.chmod(0o755)
            assert Store.open(acme, "Cid").get(FILE, "count") == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        acme = checks.make_acme(disk / "acme")
        store = Store.open(acme, "Ann")
        store.set(FILE, "count", 0, 1)
        number, said = 1, set()
        for free in range(32):
            fill = disk / "fill"
            _fill(fill, free * 1024)
            before = text(acme)
            # A new journal needs room at once; a longer one may still fit into its last page.
            store = Store.open(acme, "Ann") if free % 2 == 0 else store
            try:
                answer = store.set(FILE, "count", number, number + 1)
            except CannotWrite as error:
                said.add("CannotWrite")
                refused = str(error)
            else:
                refused = ""
                number += 1
                said.add(type(answer).__name__)
                if isinstance(answer, Pending):
                    refused = answer.reason
            assert "No space left" in refused or not refused
            assert text(acme) in (before, checks.CONTROL.replace("count: 0 ", f"count: {number} "))
            fill.unlink()
            assert store.retry() == ()
            assert store.get(FILE, "count") == number
            assert Store.open(acme, "Ben").conflicts() == ()
        assert said == {"Saved", "Pending", "CannotWrite"}, said
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _fill(path: Path, free: int) -> None:
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 1024)
        except OSError:
            pass
        stream.truncate(max(0, stream.tell() - free))


# The file itself --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [5, 32, 33])
@pytest.mark.parametrize("times", [1, 7, None])
def test_a_busy_file_on_windows_is_waited_for(tmp_path, monkeypatch, code, times):
    path, tries, slept = tmp_path / "a", count(1), []
    path.write_bytes(b"old")
    real = os.replace

    def replace(source, target):
        if times is None or next(tries) <= times:
            error = PermissionError(errno.EACCES, "Access is denied")
            error.winerror = code
            raise error
        real(source, target)

    monkeypatch.setattr(atomic.os, "replace", replace)
    monkeypatch.setattr(atomic.time, "sleep", slept.append)
    if times is None:
        with pytest.raises(CannotWrite, match="Access is denied"):
            atomic.replace_file(path, b"new")
        assert path.read_bytes() == b"old"
        assert 2.4 <= sum(slept) <= 2.6
    else:
        atomic.replace_file(path, b"new")
        assert path.read_bytes() == b"new"
        assert len(slept) == times
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_other_errors_are_not_waited_for(tmp_path, monkeypatch):
    def replace(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(atomic.os, "replace", replace)
    monkeypatch.setattr(atomic.time, "sleep", lambda _: pytest.fail("waited"))
    with pytest.raises(CannotWrite, match="Input/output error"):
        atomic.replace_file(tmp_path / "a", b"new")


def test_only_old_temporary_files_are_swept(acme):
    old, young = (acme / "controls" / f"{atomic.TEMPORARY_PREFIX}{n}" for n in "ab")
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (1, 1))
    Store.open(acme, "Ann")
    assert young.exists()
    assert not old.exists()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_every_step_of_a_save_may_fail(acme, error):
    """The quick twin of the test with strace: each step fails once, in this process."""
    number = 0
    for step in range(1, 60):
        store = Store.open(acme, "Ann")
        store.set(FILE, LEVEL, store.get(FILE, LEVEL), step % 5)
        with steps.at_step(step, OSError(error, os.strerror(error))) as counter:
            try:
                answer = store.set(FILE, "count", number, number + 1)
            except CannotWrite as error_:
                refused = str(error_)
            else:
                refused = answer.reason if isinstance(answer, Pending) else ""
                number += 1
        assert os.strerror(error) in refused or not refused
        assert store.retry() == ()
        assert store.get(FILE, "count") == number
        assert Store.open(acme, "Ben").conflicts() == ()
        if counter.count < step:
            return
    pytest.fail("a save has more steps than that")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_what_is_no_file_is_never_replaced(tmp_path):
    pipe = tmp_path / "pipe.xlsx"
    os.mkfifo(pipe)
    with pytest.raises(CannotWrite, match="not a regular file"):
        atomic.replace_file(pipe, b"new")
    with (
        pytest.raises(CannotWrite, match="not a regular file"),
        atomic.open_replacement(pipe) as file,
    ):
        file.write(b"new")
    assert pipe.is_fifo()
    assert [p.name for p in tmp_path.iterdir()] == ["pipe.xlsx"]
