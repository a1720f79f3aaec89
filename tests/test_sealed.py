"""Sealed ballots: blind until revealed, and no vote lost, doubled or taken after its reveal."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

sys.path.insert(0, str(Path(__file__).parent / "store_defects"))

import checks
import crowds
import steps

from calib.ballots import files as ballots_module
from calib.ballots import sealing as sealed_module
from calib.ballots import seats
from calib.ballots.files import load_ballots, save_ballot
from calib.ballots.keys import SealingKey, adopt_key, load_keys, load_or_create_key, parse_key
from calib.ballots.sealed_file import MAX_BYTES, encode_sealed
from calib.ballots.sealing import (
    load_sealed_files,
    load_visible_ballots,
    merge_votes,
    open_sealed_ballots,
    publish_revealed,
    save_open_ballots,
    seal_ballots,
)
from calib.ballots.workshop_file import begin_workshop, load_workshop, mark_revealed
from calib.catalog.load import load_catalog
from calib.cli import main
from calib.errors import BadInput, CannotWrite
from calib.files import atomic
from calib.model import Ballot, Naming, Vote
from calib.store import transaction
from calib.store.session import Store

ONE, TWO = "GENAIPR-001", "GENAIPR-002"
NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
CATALOG = load_catalog()
FIRST = CATALOG.control(TWO).criteria[0].id
posix = pytest.mark.skipif(sys.platform == "win32", reason="forks, signals, modes")


@pytest.fixture(scope="module")
def memory():
    """A kill is a kill on any disk, and nobody waits for this one."""
    with tempfile.TemporaryDirectory(prefix="calib-sealed-", dir=checks.SCRATCH) as scratch:
        yield Path(scratch)


@pytest.fixture
def tmp_path(memory):
    return fresh(memory)


def fresh(memory):
    return Path(tempfile.mkdtemp(dir=memory))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A machine of its own for each test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "calib"


@pytest.fixture
def acme(tmp_path):
    return folder_in(tmp_path)


def folder_in(place):
    folder = Path(place) / "acme"
    folder.mkdir()
    (folder / "assessment.yaml").write_text("format: 1\n")
    return folder


def vote(criterion="methodology", level=3, comment=""):
    return Vote(criterion=criterion, level=level, comment=comment)


def ballot(*votes, control=ONE, assessor="ana", name="Ana"):
    return Ballot(control=control, assessor=assessor, name=name, votes=votes or (vote(),))


def seal(folder, *given, **ways):
    return seal_ballots(folder, CATALOG, given or (ballot(),), **ways)


def reveal(folder, *criteria, and_publish=True):
    store = Store.open(folder, "Kim")
    begin_workshop(store, NOW, Naming.NAMED)
    mark_revealed(store, criteria or (f"{ONE}/methodology",), NOW)
    return publish_revealed(folder, CATALOG) if and_publish else ()


def shown(folder):
    """Every vote that may be seen, as {(control, criterion, assessor): level}."""
    found = load_visible_ballots(folder, CATALOG, load_workshop(folder, CATALOG))
    return {(b.control, v.criterion, b.assessor): v.level for b in found for v in b.votes}


def problems(call, *args, **kwargs):
    with pytest.raises(BadInput) as caught:
        call(*args, **kwargs)
    return [str(p) for p in caught.value.problems]


def files(folder):
    found = sorted(p for p in folder.rglob("*") if p.is_file() or p.is_symlink())
    return {p.relative_to(folder).as_posix(): p for p in found}


def snapshot(folder):
    kept = {n: p for n, p in files(folder).items() if not n.startswith(".calib/")}
    return {n: p.read_bytes() for n, p in kept.items()}


def run(*args, code=0, given=None):
    result = CliRunner().invoke(main, [str(a) for a in args], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def csv(place, *rows, name="votes.csv"):
    path = place / name
    path.write_text("\n".join(["control,criterion,level,comment,name", *rows]), encoding="utf-8")
    return path


# Blind


def traces(folder, secrets):
    """Find secrets in the bytes of any file or name of a folder, also written in other ways."""
    needles = set()
    for secret in secrets:
        for raw in (secret.encode(), secret.encode("utf-16-le"), json.dumps(secret)[1:-1].encode()):
            needles |= {raw, raw.hex().encode(), base64.b32encode(raw).rstrip(b"=")}
            for shift in range(3):  # base64 of it anywhere in a longer text
                inside = base64.b64encode(b"\0" * shift + raw)[2 * shift :][: len(raw)]
                needles |= {inside, inside.translate(bytes.maketrans(b"+/", b"-_"))}
    found = set()
    for name, path in files(folder).items():
        data = path.read_bytes()
        unpacked = [base64.urlsafe_b64decode(run_ + b"=" * (-len(run_) % 4))
                    for run_ in re.findall(rb"[A-Za-z0-9_-]{16,}", data) if len(run_) % 4 != 1]  # fmt: skip
        for hay in (name.encode(), data, *unpacked):
            found |= {(name, n) for n in needles if len(n) > 7 and n in hay}
    return found


SECRETS = ("Zoë Quartz-Xylander", "a hushed remark, köstlich", "abstaining for a reason")


def secret_form(place):
    return csv(place, f'{ONE},methodology,4,"{SECRETS[1]}",{SECRETS[0]}',
               f'{ONE},roadmap,,"{SECRETS[2]}",{SECRETS[0]}', f"{TWO},{FIRST},0,,{SECRETS[0]}")  # fmt: skip


def test_nothing_of_a_sealed_vote_is_in_any_byte_of_the_folder(acme, tmp_path):
    form = secret_form(tmp_path)
    run("ballots", "import", acme, form)
    store = Store.open(acme, "Kim")  # the journal as it is in use
    store.set("assessment.yaml", "scope", None, "all of it")
    run("ballots", "import", acme, form)
    run(
        "ballots",
        "import",
        acme,
        csv(tmp_path, f"{ONE},methodology,1,,{SECRETS[0]}", name="2.csv"),
        code=2,
    )
    assert len(open_sealed_ballots(acme, CATALOG)) == 2
    key = load_or_create_key(acme)
    bare = base64.b64encode(key.raw).decode()
    assert not traces(acme, (*SECRETS, key.text, key.text.replace("-", ""), bare))
    for path in files(acme).values():
        data = path.read_bytes()
        assert not re.search(rb"level|methodology|roadmap|comment|votes", data), path
    assert traces(tmp_path / "home", (key.text,)), "the search finds nothing at all"
    run("ballots", "import", acme, form, "--open", "--name", "Ben")
    assert {n for _, n in traces(acme, SECRETS[1:])} >= {SECRETS[2].encode()}


def test_the_search_sees_through_base64(acme):
    for shift in range(3):
        data = base64.urlsafe_b64encode(b"x" * shift + b'{"comment":"' + SECRETS[1].encode())
        (acme / "a").write_bytes(data)
        assert traces(acme, SECRETS), shift


@settings(max_examples=25, deadline=None)
@given(
    one=st.tuples(st.sampled_from([None, 0, 1, 2, 3, 4]), st.text("aé\n🙂", max_size=300)),
    other=st.tuples(st.sampled_from([None, 0, 1, 2, 3, 4]), st.text("aé\n🙂", max_size=300)),
)
def test_not_even_the_size_tells_what_was_voted(one, other, memory):
    sizes = []
    for level, comment in (one, other):
        folder = folder_in(fresh(memory))
        seal(folder, ballot(vote(level=level, comment=comment)))
        sizes.append({n: (len(p.read_bytes()), p.stat().st_mode) for n, p in files(folder).items()})
    assert sizes[0] == sizes[1]


def test_what_is_printed_says_nothing_of_the_levels(halfway, tmp_path):
    said = []
    for levels in ((0, 4), (4, ""), (2, 2)):
        folder = shutil.copytree(halfway, tmp_path / f"{levels[0]}{levels[1]}" / "acme")
        rows = (
            f"{ONE},methodology,{levels[0]},why {levels[0]},Ana",
            f"{ONE},roadmap,{levels[1]},x,Ana",
        )
        form = csv(tmp_path, *rows)
        outputs = [run("ballots", "import", folder, form)]
        other = csv(tmp_path, f"{ONE},methodology,3,,Ana", name="other.csv")
        outputs += [run("ballots", "import", folder, other, code=2)]
        for command in (
            ("list",),
            ("list", "--json"),
            ("compare",),
            ("compare", "--json"),
            ("key",),
        ):
            outputs.append(run("ballots", command[0], folder, *command[1:]))
        outputs.append(run("log", folder))
        text = "\n".join(o.output for o in outputs).replace(str(folder.parent), "")
        said.append(re.sub(r"\b[0-9a-f]{12}\b", "", text))
    assert said[0] == said[1] == said[2]
    assert "Not included: 2 votes of 1 assessor, still sealed" in said[0]
    assert "2 sealed, 0 open  Ana" in said[0]


@posix
def test_private_files_are_private_whatever_the_umask_is(acme, home):
    before = os.umask(0)
    try:
        seal(acme)
        adopt_key(acme, SealingKey(b"x" * 20))
        seats.claim_seat(acme, seats.create_join_codes(acme, ["Ana"], 1)[0].code, None, NOW)
    finally:
        os.umask(before)
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in (home, *home.rglob("*"))}
    assert len(modes) >= 8
    for path, mode in modes.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_folder_that_others_could_open_is_closed_again(acme, home):
    load_or_create_key(acme)
    (home / "keys").chmod(0o755)
    home.chmod(0o777)
    load_or_create_key(acme)
    assert (
        stat.S_IMODE(home.stat().st_mode) == stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    )


# Changed, renamed, cut off, elsewhere


def test_what_was_sealed_is_opened(acme):
    ana = ballot(vote(comment="=1+1\nü"), vote("roadmap", None))
    assert seal(acme, ana, ballot(vote(FIRST, 0), control=TWO)) == open_sealed_ballots(
        acme, CATALOG
    )
    assert open_sealed_ballots(acme, CATALOG)[0] == ana
    assert load_ballots(acme, CATALOG) == ()
    assert shown(acme) == {}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_change_of_the_bytes_gives_another_ballot(data, memory):
    folder = folder_in(fresh(memory))
    seal(folder)
    path = folder / "ballots" / ONE / "ana.sealed"
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "insert", "tail", "swap"]))
    other = bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))])
    end = data.draw(st.integers(at, len(whole)))
    path.write_bytes(
        {"flip": whole[:at] + other + whole[at + 1 :], "cut": whole[:at] + whole[end:],
         "insert": whole[:at] + other + whole[at:], "tail": whole[:at],
         "swap": whole[at:] + whole[:at]}[kind]
    )  # fmt: skip
    try:
        found = open_sealed_ballots(folder, CATALOG)
    except BadInput as error:
        assert f"acme/ballots/{ONE}/ana.sealed" in str(error)  # noqa: PT017  either is right
    else:
        assert found == (ballot(),)


def test_a_sealed_ballot_is_nobody_elses_and_on_no_other_control(acme):
    seal(acme, ballot(), ballot(vote(level=0), assessor="ben", name="Ben"))
    room, other = acme / "ballots" / ONE, acme / "ballots" / TWO
    whole = (room / "ben.sealed").read_bytes()
    (room / "ben.sealed").write_bytes((room / "ana.sealed").read_bytes())
    other.mkdir()
    shutil.copy(room / "ana.sealed", other / "ana.sealed")
    shutil.copy(room / "ana.sealed", room / "ana (1).sealed")
    before = snapshot(acme)
    calls = (
        (open_sealed_ballots, acme, CATALOG), (load_sealed_files, acme, CATALOG),
        (load_visible_ballots, acme, CATALOG, load_workshop(acme, CATALOG) or ...),
    )  # fmt: skip
    for call in calls:
        found = "\n".join(problems(*call))
        for name in (f"{ONE}/ben", f"{TWO}/ana", f"{ONE}/ana (1)"):
            assert f"acme/ballots/{name}.sealed: is a copy of the ballot of ana on {ONE}" in found
    for command in ("list", "reveal", "key"):
        assert "is a copy of" in run("ballots", command, acme, code=2).stderr
    assert "is a copy of" in problems(seal, acme, ballot(assessor="ben"))[0]
    assert snapshot(acme) == before
    (room / "ben.sealed").write_bytes(whole)
    (other / "ana.sealed").unlink()
    (room / "ana (1).sealed").unlink()
    assert [b.assessor for b in open_sealed_ballots(acme, CATALOG)] == ["ana", "ben"]


def a_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def a_huge_file(path):
    with path.open("r+b") as stream:
        stream.truncate(MAX_BYTES + 1)


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_folder(path):
    path.unlink()
    path.mkdir()


@posix
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (a_link, "is a link"), (a_huge_file, "not a sealed ballot"), (a_pipe, "not a sealed ballot"),
        (a_folder, "not a sealed ballot"),
        (lambda p: p.write_bytes(b""), "not a sealed ballot"),
        (lambda p: p.write_bytes(b"[" * 100_000), "not a sealed ballot"),
        (lambda p: p.write_text('{"key": ["x"], "sealed": "x"}'), "not a sealed ballot"),
        (lambda p: p.write_text('{"key": "\\u001b[2Jabcdef0", "sealed": "x"}'), "not a sealed ballot"),
        (lambda p: p.write_text(p.read_text().replace("gAAAA", "gAAAB")), "was changed since"),
        (lambda p: p.write_text('{"key": "aaaaaaaaaaaa", "sealed": "x"}'), "with the key aaaaaaaaaaaa"),
    ],
)  # fmt: skip
def test_what_is_no_sealed_ballot_is_refused_and_left_alone(acme, damage, said):
    seal(acme, ballot(), ballot(assessor="ben", name="Ben"))
    reveal(acme, f"{ONE}/roadmap")
    damage(acme / "ballots" / ONE / "ana.sealed")
    for call in (open_sealed_ballots, publish_revealed):
        [found] = problems(call, acme, CATALOG)
        assert f"acme/ballots/{ONE}/ana.sealed: " in found
        assert said in found
    assert any(said in p for p in problems(seal, acme, ballot(vote(level=1))))
    assert "Traceback" not in run("ballots", "reveal", acme, code=2).output
    assert not (acme / "ballots" / ONE / "ben.yaml").exists(), "half a reveal"


@posix
def test_nothing_is_sealed_through_a_link_to_somewhere_else(acme, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (acme / "ballots").mkdir()
    (acme / "ballots" / ONE).symlink_to(outside)
    assert "is a link" in problems(seal, acme)[0]
    (acme / "ballots" / TWO).mkdir()
    (acme / "ballots" / TWO / "ana.sealed").symlink_to(outside / "new")
    assert "is a link" in problems(seal, acme, ballot(vote(FIRST), control=TWO))[0]
    assert not list(outside.iterdir())


@pytest.mark.parametrize("control", ["../../up", "..", f"{ONE}/../x", "/etc", "GENAIPR-009", "."])
def test_an_invented_control_or_criterion_is_refused(acme, control):
    before = snapshot(acme)
    assert "no such control" in problems(seal, acme, ballot(), ballot(control=control))[0]
    assert "no such criterion" in problems(seal, acme, ballot(vote("a-b-c")))[0]
    assert snapshot(acme) == before


@pytest.mark.parametrize("comment", ["half \ud83d", "x" * 2_000_000, "\n-" * 250_000])
def test_what_could_never_be_revealed_is_refused_when_it_is_sealed(acme, comment):
    seal(acme, ballot(vote(level=1)))
    before = snapshot(acme)
    assert f"acme/ballots/{ONE}/ana" in problems(seal, acme, ballot(vote(comment=comment)))[0]
    assert snapshot(acme) == before


@pytest.mark.parametrize("comment", ["x" * 1_990_000, "\x01" * 330_000, "🙂" * 490_000])
def test_the_largest_vote_that_is_taken_is_revealed_too(acme, comment):
    seal(acme, ballot(vote(comment=comment)))
    [found] = reveal(acme)
    assert found.votes[0].comment == comment
    assert load_ballots(acme, CATALOG) == (found,)


# Keys and machines


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["-", " ", "", "\n", "–", "\u200b-"]))
def test_a_key_is_read_as_a_person_writes_it(raw, between):
    key = SealingKey(raw)
    assert parse_key(f" {key.text.lower().replace('-', between)}\r\n") == key
    assert key.open(key.seal(b"x")) == b"x"
    assert SealingKey(bytes(20 * [7])).open(key.seal(b"x")) is None or raw == bytes(20 * [7])


@given(st.text(max_size=60))
def test_what_is_no_key_is_refused(text):
    try:
        assert len(parse_key(text).raw) == 20
    except BadInput as error:
        assert "32 letters and digits" in str(error)  # noqa: PT017  either is right


def test_two_machines_and_the_key_is_carried_over(acme, tmp_path, monkeypatch):
    def on(machine):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / machine))

    on("a")
    seal(acme, ballot(), ballot(vote(FIRST), control=TWO))
    [row] = json.loads(run("ballots", "key", acme, "--json").stdout)
    assert (row["ballots"], row["here"]) == (2, True)
    shown_key = run("ballots", "key", acme, "--show")
    assert shown_key.stdout == f"{load_or_create_key(acme).text}\n"
    assert "can read every vote" in shown_key.stderr

    on("b")
    before = snapshot(acme)
    assert f"with the key {row['key']}" in problems(open_sealed_ballots, acme, CATALOG)[0]
    assert problems(seal, acme, ballot(vote(level=1))), "a vote was overwritten unread"
    assert "sealed; the key is not on this machine" in run("ballots", "list", acme).stdout
    assert run("ballots", "key", acme).stdout == f"{row['key']}  2 ballots  not on this machine\n"
    for command in ("reveal", "key --show", "import"):
        words = command.split()
        more = [csv(tmp_path, f"{ONE},methodology,1,,Ana")] if command == "import" else words[1:]
        assert row["key"] in run("ballots", words[0], acme, *more, code=2).output
    wrong = SealingKey(b"w" * 20)
    for given_, said in (
        (wrong.text, f"which need {row['key']}"),
        ("", "is missing"),
        ("x", "32 letters"),
    ):
        assert said in run("ballots", "key", acme, "--add", given=given_, code=2).stderr
        assert wrong.name not in load_keys()
    assert snapshot(acme) == before

    run("ballots", "key", acme, "--add", given=shown_key.stdout.lower())
    assert len(open_sealed_ballots(acme, CATALOG)) == 2
    seal(acme, ballot(assessor="ben", name="Ben"))
    assert run("ballots", "key", acme, "--show").stdout == shown_key.stdout

    on("a")  # what the other machine sealed since opens here as well
    assert [b.assessor for b in open_sealed_ballots(acme, CATALOG)] == ["ana", "ben", "ana"]
    run("ballots", "reveal", acme)
    assert len(shown(acme)) == 3


def test_a_key_without_ballots_and_words_that_exclude_one_another(acme):
    assert "acme has no sealed ballots" in run("ballots", "key", acme).stderr
    first = run("ballots", "key", acme, "--show").stdout
    seal(acme)
    assert run("ballots", "key", acme, "--show").stdout == first
    assert "Use only one" in run("ballots", "key", acme, "--show", "--add", code=2).stderr
    run("ballots", "key", acme / "nowhere", code=2)


def test_a_folder_that_moves_takes_its_ballots_along(acme, tmp_path):
    seal(acme)
    moved = acme.rename(tmp_path / "moved")
    seal(moved, ballot(assessor="ben", name="Ben"))
    assert len(open_sealed_ballots(moved, CATALOG)) == 2
    assert len({f.key for f in load_sealed_files(moved, CATALOG)}) == 2


def test_two_folders_have_two_keys_and_a_stranger_key_opens_nothing(acme, tmp_path):
    (tmp_path / "two").mkdir()
    assert load_or_create_key(acme) != load_or_create_key(folder_in(tmp_path / "two"))
    seal(acme)
    path = acme / "ballots" / ONE / "ana.sealed"
    outer = json.loads(path.read_text())
    path.write_text(
        json.dumps({**outer, "key": load_or_create_key(tmp_path / "two" / "acme").name})
    )
    assert "was changed since it was sealed" in problems(open_sealed_ballots, acme, CATALOG)[0]


def test_a_damaged_key_is_named_and_nothing_is_sealed(acme, home):
    seal(acme)
    place = next((home / "keys").glob("folder-*"))
    for damage in (b"", b"\xff\xfe", b"ABC", b"1" * 32):
        place.write_bytes(damage)
        assert str(place) in problems(seal, acme, ballot(vote(level=1)))[0]
    assert open_sealed_ballots(acme, CATALOG) == (ballot(),), "the copy under its name still opens"
    place.unlink()
    seal(acme, ballot(vote(level=1)))
    assert open_sealed_ballots(acme, CATALOG) == (ballot(vote(level=1)),)


def test_many_at_once_make_one_key(acme):
    assert len({key.name for key in at_once(load_or_create_key, [acme] * 20)}) == 1
    assert len(load_keys()) == 1


# What is taken, what is refused


def test_the_name_that_is_known_stays_and_a_missing_one_is_taken():
    assert merge_votes(ballot(name=""), (), "Ana").name == "Ana"
    assert merge_votes(ballot(name="Ana"), (), "ANA").name == "Ana"


def test_a_nameless_ballot_takes_the_name_and_another_person_is_refused(acme):
    seal(acme, ballot(name=""))
    assert seal(acme, ballot(vote("roadmap", 1)))[0].name == "Ana"
    assert "is the ballot of 'Ana'" in problems(seal, acme, ballot(name="Anna"))[0]
    save_ballot(acme, ballot(assessor="ben", name="Ben"))
    said = problems(seal, acme, ballot(vote("roadmap"), assessor="ben", name="Bén Ó"))
    assert "is the ballot of 'Ben'" in said[0]


def test_after_the_reveal_no_vote_is_taken_but_the_same_one_is_no_error(acme):
    seal(acme, ballot(vote(), vote("roadmap", 1)))
    reveal(acme, and_publish=False)
    assert shown(acme) == {(ONE, "methodology", "ana"): 3}
    for taken in (False, True):
        if taken:
            assert [b.votes for b in publish_revealed(acme, CATALOG)] == [(vote(),)]
        before = snapshot(acme)
        assert "votes have been revealed already" in problems(seal, acme, ballot(vote(level=4)))[0]
        late = ballot(assessor="cy", name="Cy")
        assert "votes have been revealed already" in problems(seal, acme, late)[0]
        assert (
            "have been revealed already"
            in problems(seal, acme, ballot(vote("roadmap", 2)), late)[0]
        )
        seal(acme, ballot(vote(), vote("roadmap", 1)))
        assert snapshot(acme) == before
    assert publish_revealed(acme, CATALOG) == ()
    seal(acme, ballot(vote("roadmap", 2)))
    assert shown(acme) == {(ONE, "methodology", "ana"): 3}


def test_a_second_round_replaces_the_first(acme):
    seal(acme, ballot(), ballot(assessor="ben", name="Ben"))
    reveal(acme)
    store = Store.open(acme, "Kim")
    place = ("criteria", f"{ONE}/methodology", "revealed")
    store.set("workshop.yaml", place, store.get("workshop.yaml", place), None)
    seal(acme, ballot(vote(level=1)))
    assert publish_revealed(acme, CATALOG) == ()
    assert shown(acme)[ONE, "methodology", "ana"] == 3
    reveal(acme)
    assert shown(acme) == {(ONE, "methodology", "ana"): 1, (ONE, "methodology", "ben"): 3}
    assert not list(acme.rglob("*.sealed"))


def test_what_a_person_changes_after_the_reveal_stays(acme):
    seal(acme, ballot(vote(), vote("roadmap", 2)))
    reveal(acme)
    path = acme / "ballots" / ONE / "ana.yaml"
    path.write_text(path.read_text().replace("level: 3", "level: 2  # after the talk"))
    reveal(acme, f"{ONE}/roadmap")
    assert "level: 2  # after the talk" in path.read_text()
    assert shown(acme) == {(ONE, "methodology", "ana"): 2, (ONE, "roadmap", "ana"): 2}


def test_an_open_vote_does_not_overtake_a_sealed_one(acme):
    seal(acme)
    said = problems(save_open_ballots, acme, CATALOG, [ballot(vote(level=0))], replace=True)
    assert "methodology: already has a sealed vote (leave out --open" in said[0]
    save_open_ballots(acme, CATALOG, [ballot(vote("roadmap", 0))], replace=False)
    assert shown(acme) == {(ONE, "roadmap", "ana"): 0}
    assert (
        "already voted differently"
        in problems(seal, acme, ballot(vote("roadmap")), replace=False)[0]
    )
    seal(acme, ballot(vote("roadmap")), replace=True)
    reveal(acme, f"{ONE}/roadmap")
    assert shown(acme) == {(ONE, "roadmap", "ana"): 3}


def test_a_ballot_that_is_revealed_while_somebody_lists_them_is_no_problem(acme, monkeypatch):
    seal(acme)
    reveal(acme, and_publish=False)
    real, busy = sealed_module.read_sealed_file, []

    def publish_then_read(*args):
        if not busy:
            busy.append(True)
            publish_revealed(acme, CATALOG)
        return real(*args)

    monkeypatch.setattr(sealed_module, "read_sealed_file", publish_then_read)
    assert shown(acme) == {(ONE, "methodology", "ana"): 3}
    assert not list(acme.rglob("*.sealed"))


def test_the_same_votes_again_write_nothing(acme):
    seal(acme)
    before = snapshot(acme)
    seal(acme, replace=False)
    assert snapshot(acme) == before


# The command line


def test_from_forms_to_the_comparison(halfway, tmp_path):
    rows = [f"{ONE},methodology,{n},,{who}" for n, who in ((4, "Ana"), (1, "Ben"), (1, "Cy"))]
    run("ballots", "import", halfway, csv(tmp_path, *rows, f"{TWO},{FIRST},2,,Ana"))
    assert (
        "Not included: 4 votes of 3 assessors, still sealed"
        in run("ballots", "compare", halfway).stderr
    )
    said = run("ballots", "reveal", halfway, ONE)
    assert said.stdout == f"{ONE}  1 criterion  3 votes\n"
    assert "Created the workshop record acme/workshop.yaml" in said.stderr
    assert "Revealed the votes of 3 assessors." in said.stderr
    compared = run("ballots", "compare", halfway)
    assert "ask first: ana" in compared.stdout
    assert TWO not in compared.stdout
    assert "Not included: 1 vote" in run("ballots", "compare", halfway, "--json").stderr
    assert (
        "Not included: 1 vote of 1 assessor, still sealed. Reveal: calib ballots reveal"
        in compared.stderr
    )
    assert "0 sealed, 1 open  Ben" in run("ballots", "list", halfway).stdout
    again = run("ballots", "reveal", halfway, ONE)
    assert again.stdout == ""
    assert "have been revealed already" in again.stderr
    rows = json.loads(run("ballots", "reveal", halfway, "--json").stdout)
    assert rows == [{"control": TWO, "criterion": FIRST, "votes": 1}]
    assert "still sealed" not in run("ballots", "compare", halfway).stderr
    assert load_workshop(halfway, CATALOG).naming is Naming.NAMED


def test_a_reveal_that_was_cut_off_is_completed(acme):
    seal(acme)
    reveal(acme, and_publish=False)
    assert "Completed an interrupted reveal" in run("ballots", "reveal", acme).stderr
    assert load_ballots(acme, CATALOG) == (ballot(),)
    assert not list(acme.rglob("*.sealed"))


def test_two_who_reveal_in_one_moment_agree(acme):
    seal(acme)
    two = [Store.open(acme, who) for who in ("Kim", "Lee")]
    for store in two:
        begin_workshop(store, NOW, Naming.NAMED)
    for number, store in enumerate(two):
        mark_revealed(store, [f"{ONE}/methodology"], NOW.replace(minute=number))
    assert load_workshop(acme, CATALOG).criterion_record(
        ONE, "methodology"
    ).revealed == NOW.replace(minute=0)
    assert two[0].conflicts() == ()


def test_typos_and_nothing_to_reveal(acme, tmp_path):
    before = snapshot(acme)
    assert "No votes yet; nothing was revealed" in run("ballots", "reveal", acme).stderr
    found = run("ballots", "reveal", acme, "genaipr-002", "nonsense", code=2).stderr
    assert f"did you mean `{TWO}`?" in found
    assert f"nonsense: no such control in the catalog (choose from {ONE}" in found
    assert "reveal`?" in run("ballots", "revael", acme, code=2).stderr
    assert "no such folder" in run("ballots", "reveal", tmp_path / "acne", code=2).stderr
    run("ballots", "reveal", "example:halfway")
    assert snapshot(acme) == before


def test_an_anonymous_workshop_takes_no_names(acme, tmp_path):
    form = csv(tmp_path, f"{ONE},methodology,2,,Ana Silva", f"{ONE},methodology,1,,Ben")
    begin_workshop(Store.open(acme, "Kim"), NOW, Naming.ANONYMOUS)
    before = snapshot(acme)
    for more in ((), ("--open",)):
        said = run("ballots", "import", acme, form, *more, code=2).stderr
        assert "votes of this workshop are anonymous (add --anonymous)" in said
    assert snapshot(acme) == before
    for _ in range(2):  # the same form again is the same ballot
        said = run("ballots", "import", acme, form, "--anonymous").stdout
        assert re.fullmatch(rf"({ONE}  seat-[0-9a-f]{{12}}  1 vote\n){{2}}", said)
    assert [(b.name, b.votes[0].level) for b in open_sealed_ballots(acme, CATALOG)] in (
        [("", 2), ("", 1)], [("", 1), ("", 2)],
    )  # fmt: skip
    assert not traces(acme, ("Ana Silva", "ana-silva"))
    run("ballots", "reveal", acme)
    assert not traces(acme, ("Ana Silva", "ana-silva"))
    assert sorted(shown(acme).values()) == [1, 2]


def test_a_named_workshop_takes_no_anonymous_ballots_and_the_first_ones_decide(acme, tmp_path):
    form = csv(tmp_path, f"{ONE},methodology,2,,Ana Silva")
    run("ballots", "import", acme, form, "--anonymous")
    run("ballots", "reveal", acme)
    assert load_workshop(acme, CATALOG).naming is Naming.ANONYMOUS
    (acme / "workshop.yaml").write_text(f'begun: "{NOW.isoformat()}"\n')
    said = run("ballots", "import", acme, form, "--anonymous", code=2).stderr
    assert "votes of this workshop are named (leave out --anonymous)" in said


# A swap that was cut off


def cut_off(folder, **changed):
    """Leave a swap decided, and stop."""
    place = folder / ".calib" / "swap"
    place.mkdir(parents=True)
    rows = []
    for number, (name, data) in enumerate(changed.items()):
        rows.append((name, number, data is None))
        if data is not None:
            (place / str(number)).write_bytes(data)
    (place / "ready.json").write_text(json.dumps(rows))


def test_reading_completes_a_swap_that_was_cut_off(acme):
    save_ballot(acme, ballot())
    whole = (acme / "ballots" / ONE / "ana.yaml").read_bytes()
    cut_off(acme, **{f"ballots/{ONE}/ana.yaml": whole.replace(b"level: 3", b"level: 1")})
    assert load_ballots(acme, CATALOG) == (ballot(vote(level=1)),)
    key = load_or_create_key(acme)
    moved = {
        f"ballots/{ONE}/ana.yaml": None,
        f"ballots/{ONE}/ana.sealed": encode_sealed(key, ballot()),
    }
    cut_off(acme, **moved)
    assert open_sealed_ballots(acme, CATALOG) == (ballot(),)
    assert load_ballots(acme, CATALOG) == ()
    assert not transaction.is_transaction_unfinished(acme)


def test_reading_waits_for_nobody_where_nothing_was_cut_off(acme):
    seal(acme)
    save_ballot(acme, ballot(vote("roadmap")))
    with FileLock(acme / ".calib" / "lock"):
        assert load_ballots(acme, CATALOG)
        assert open_sealed_ballots(acme, CATALOG)
        assert shown(acme)
    shutil.rmtree(acme / ".calib")
    assert load_ballots(acme, CATALOG)
    assert not (acme / ".calib").exists(), "reading wrote something"


@pytest.mark.parametrize("first", ["load_sealed_files", "load_ballots"])
def test_votes_that_are_published_while_somebody_reads_are_seen(acme, monkeypatch, first):
    seal(acme)
    reveal(acme, and_publish=False)
    real, busy = getattr(sealed_module, first), []

    def read_then_publish(*args):
        found = real(*args)
        if not busy:
            busy.append(True)
            publish_revealed(acme, CATALOG)
        return found

    monkeypatch.setattr(sealed_module, first, read_then_publish)
    assert shown(acme) == {(ONE, "methodology", "ana"): 3}
    assert busy
    assert not list(acme.rglob("*.sealed"))


def test_what_is_voted_on_again_meanwhile_is_not_published(acme):
    seal(acme)
    reveal(acme, f"{ONE}/methodology", f"{ONE}/roadmap", and_publish=False)
    record = acme / "workshop.yaml"
    with ThreadPoolExecutor(1) as pool:
        with FileLock(acme / ".calib" / "lock"):
            waiting = pool.submit(publish_revealed, acme, CATALOG)
            time.sleep(0.2)
            assert not waiting.done()
            record.write_text(record.read_text().replace(f"{ONE}/methodology", f"{ONE}/use-cases"))
        assert waiting.result() == ()
    assert load_ballots(acme, CATALOG) == ()


@posix
@pytest.mark.parametrize("name", ["../out.yaml", "/tmp/calib-out.yaml", "ballots/../../out.yaml"])
def test_a_forged_swap_writes_nothing_outside(acme, name):
    cut_off(acme, **{name: b"x"})
    with pytest.raises(CannotWrite, match="is outside the assessment"):
        load_ballots(acme, CATALOG)
    assert not (acme.parent / "out.yaml").exists()
    assert not Path("/tmp/calib-out.yaml").exists()


@posix
def test_a_forged_swap_copies_no_private_file_into_the_folder(acme, home):
    seal(acme)
    secret = next((home / "keys").glob("*.key"))
    cut_off(acme, **{"ballots/stolen": b""})
    place = acme / ".calib" / "swap"
    (place / "0").unlink()
    (place / "0").symlink_to(secret)
    with pytest.raises(CannotWrite, match="is a link"):
        load_ballots(acme, CATALOG)
    for rows in ([["ballots/stolen", str(secret), False]], [["a"]], [[1, 0, False]], {"a": 1}, 3):
        (place / "ready.json").write_text(json.dumps(rows))
        with pytest.raises(CannotWrite, match=r"ready\.json"):
            load_ballots(acme, CATALOG)
    assert not (acme / "ballots" / "stolen").exists()


def test_what_a_kill_left_among_the_ballots_is_swept(acme):
    seal(acme)
    old, young = (acme / "ballots" / ONE / f"{atomic.TEMPORARY_PREFIX}{n}" for n in "ab")
    for path in (old, young):
        path.write_bytes(b"")
    os.utime(old, (1, 1))
    Store.open(acme, "Kim")
    assert (old.exists(), young.exists()) == (False, True)


# Kills, faults, crowds


def two_waiting(folder):
    """Two assessors with votes on two criteria, one of which is revealed and not published."""
    for who in ("ana", "ben"):
        seal(folder, ballot(vote(), vote("roadmap", 1), assessor=who, name=who.title()))
    save_ballot(folder, ballot(vote("use-cases", 0)))
    reveal(folder, and_publish=False)


def judge_publishing(folder):
    """Whatever happened: all that is revealed is seen once, the rest not, and it is completed."""
    expected = {
        (ONE, "methodology", "ana"): 3,
        (ONE, "methodology", "ben"): 3,
        (ONE, "use-cases", "ana"): 0,
    }
    with pytest.MonkeyPatch.context() as patch:  # whoever looked for a swap just before it began
        for module in (ballots_module, sealed_module):
            patch.setattr(module, "finish_interrupted", lambda _: None)
        assert shown(folder) == expected
    assert shown(folder) == expected
    publish_revealed(folder, CATALOG)
    opened = {b.assessor: [v.criterion for v in b.votes] for b in load_ballots(folder, CATALOG)}
    assert opened == {"ana": ["use-cases", "methodology"], "ben": ["methodology"]}
    waiting = open_sealed_ballots(folder, CATALOG)
    assert [(b.assessor, b.votes) for b in waiting] == [
        (w, (vote("roadmap", 1),)) for w in ("ana", "ben")
    ]
    assert shown(folder) == expected
    assert publish_revealed(folder, CATALOG) == ()


def at_every_step(tmp_path, prepare, act, judge, error=None):
    """Let the program die, or the disk refuse, at each step; judge what is left each time."""
    prepare(folder_in(tmp_path))
    for number in range(1, 99):
        folder = shutil.copytree(tmp_path / "acme", tmp_path / str(number) / "acme")
        done = False
        with steps.at_step(number, error) as counter:
            try:
                act(folder)
                done = True
            except (steps.Killed, CannotWrite):
                pass
        judge(folder, done)
        if counter.count < number:
            assert number > 10
            return
    pytest.fail("there are more steps than that")


ERRORS = [None, OSError(28, "No space left on device")]


@pytest.mark.parametrize("error", ERRORS, ids=["kill", "full"])
def test_publishing_may_die_at_every_step(tmp_path, error):
    def judge(folder, _done):
        judge_publishing(folder)

    at_every_step(tmp_path, two_waiting, lambda f: publish_revealed(f, CATALOG), judge, error)


@pytest.mark.parametrize("error", ERRORS, ids=["kill", "full"])
def test_sealing_may_die_at_every_step(tmp_path, error):
    old = (ballot(vote(level=1)), ballot(vote(FIRST, 1), control=TWO))
    new = (ballot(vote(level=2)), ballot(vote(FIRST, 2), control=TWO))

    def judge(folder, done):
        found = open_sealed_ballots(folder, CATALOG)
        assert found in (old, new), "half of it"
        assert found == new or not done, "acknowledged and lost"
        seal(folder, ballot(vote("roadmap", 4)))

    at_every_step(tmp_path, lambda f: seal(f, *old), lambda f: seal(f, *new), judge, error)


def test_the_first_vote_of_all_may_die_at_every_step(tmp_path, monkeypatch):
    def first(folder):
        monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent / "home"))
        seal(folder)

    def judge(folder, done):
        assert open_sealed_ballots(folder, CATALOG) in (
            (ballot(),),
            () if not done else (ballot(),),
        )
        assert seal(folder, ballot(vote("roadmap", 4)))
        assert open_sealed_ballots(folder, CATALOG)

    at_every_step(tmp_path, lambda _: None, first, judge)


@posix
def test_kills_while_sealing_lose_nothing(tmp_path):
    found = crowds.seal_kills(tmp_path, CATALOG, 12)
    assert found["acknowledged"] >= 12


@posix
@pytest.mark.slow
def test_many_kills_while_sealing_lose_nothing(tmp_path):
    assert crowds.seal_kills(tmp_path, CATALOG, 200, seed=2)["acknowledged"] >= 200


@posix
def test_kills_while_publishing_lose_nothing(tmp_path):
    crowds.publish_kills(tmp_path, CATALOG, 8)


@posix
@pytest.mark.slow
def test_many_kills_while_publishing_lose_nothing(tmp_path):
    assert crowds.publish_kills(tmp_path, CATALOG, 150, seed=2)["cut off"] > 0


@posix
def test_a_crowd_votes_while_another_reveals(tmp_path):
    found = crowds.crowd(folder_in(tmp_path), CATALOG, people=4, votes=12)
    assert found["acknowledged"] > 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_large_crowd_votes_while_another_reveals(tmp_path, seed):
    found = crowds.crowd(folder_in(tmp_path), CATALOG, people=8, votes=40, seed=seed)
    assert found["acknowledged"] > 100
    assert found["refused"] > 0, "nothing was revealed while they voted"


class AnyOrder(RuleBasedStateMachine):
    """Vote, reveal, publish and vote again in any order: a few dictionaries know what must come."""

    @initialize(place=st.just(None))
    def begin(self, place):
        self.place = Path(tempfile.mkdtemp(prefix="calib-any-", dir=checks.SCRATCH))
        self.before = os.environ["XDG_STATE_HOME"]
        os.environ["XDG_STATE_HOME"] = str(self.place / "home")
        self.folder = folder_in(self.place)
        self.store = Store.open(self.folder, "Kim")
        begin_workshop(self.store, NOW, Naming.NAMED)
        self.sealed, self.open, self.revealed = {}, {}, set()

    def teardown(self):
        if hasattr(self, "place"):
            os.environ["XDG_STATE_HOME"] = self.before
            shutil.rmtree(self.place)

    who = st.sampled_from(["ana", "ben", "cy"])
    what = st.sampled_from([(ONE, "methodology"), (ONE, "roadmap"), (TWO, FIRST)])
    levels = st.sampled_from([None, 0, 4])

    def move(self):
        for key in [k for k in self.sealed if k[:2] in self.revealed]:
            self.open[key] = self.sealed.pop(key)

    @rule(who=who, what=what, level=levels)
    def votes(self, who, what, level):
        key = (*what, who)
        given_ = ballot(vote(what[1], level), control=what[0], assessor=who, name=who)
        standing = self.sealed.get(key, self.open.get(key, "nothing"))
        if what in self.revealed and standing != level:
            assert "have been revealed already" in problems(seal, self.folder, given_)[0]
        else:
            seal(self.folder, given_)
            if what not in self.revealed:
                self.sealed[key] = level

    @rule(who=who, what=what, level=levels)
    def votes_openly(self, who, what, level):
        key = (*what, who)
        given_ = ballot(vote(what[1], level), control=what[0], assessor=who, name=who)
        if key in self.sealed:
            assert problems(save_open_ballots, self.folder, CATALOG, [given_], replace=True)
        else:
            save_open_ballots(self.folder, CATALOG, [given_], replace=True)
            self.open[key] = level

    @rule(what=what)
    def is_revealed(self, what):
        if what not in self.revealed:
            mark_revealed(self.store, [f"{what[0]}/{what[1]}"], NOW)
            self.revealed.add(what)

    @rule(what=what)
    def is_voted_on_again(self, what):
        publish_revealed(self.folder, CATALOG)
        self.move()
        place = ("criteria", f"{what[0]}/{what[1]}", "revealed")
        if what in self.revealed:
            self.store.set("workshop.yaml", place, self.store.get("workshop.yaml", place), None)
            self.revealed.discard(what)

    @rule()
    def are_published(self):
        publish_revealed(self.folder, CATALOG)
        self.move()

    @invariant()
    def every_vote_is_where_it_belongs(self):
        if not hasattr(self, "folder"):
            return
        seen = {**self.open, **{k: v for k, v in self.sealed.items() if k[:2] in self.revealed}}
        assert shown(self.folder) == seen
        waiting = open_sealed_ballots(self.folder, CATALOG)
        assert {
            (b.control, v.criterion, b.assessor): v.level for b in waiting for v in b.votes
        } == self.sealed


AnyOrder.TestCase.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrder = AnyOrder.TestCase


# Seats


def test_a_code_gives_one_seat_once(acme, home):
    [ana, blank] = seats.create_join_codes(acme, ["Ana Silva"], 1)
    seat, token = seats.claim_seat(
        acme, f" {ana.code[:4].lower()}-{ana.code[4:]} ", "Somebody", NOW
    )
    assert (seat.id, seat.name, seat.code) == ("ana-silva", "Ana Silva", "")
    for wrong in (ana.code, "", " ", "é" * 8, "０" * 8, "A" * 500, "\ud800", blank.code[:-1]):
        with pytest.raises(seats.JoinRefused, match="wrong or was used already"):
            seats.claim_seat(acme, wrong, "Ben", NOW)
    known = seats.load_seats(acme)
    assert seats.find_seat_by_token(known, token) == seat
    assert (
        seats.find_seat_by_token(known, "x")
        is seats.find_seat_by_token(known, "")
        is seats.find_seat_by_token(known, seat.token)
        is None
    )
    assert not traces(home, (token,)), "what the device carries is kept"
    [new] = seats.create_join_codes(acme, [" ANA  silva"])
    assert new.id == "ana-silva"
    assert seats.find_seat_by_token(seats.load_seats(acme), token), (
        "the old device ended before the new began"
    )
    _, second = seats.claim_seat(acme, new.code, None, NOW)
    assert seats.find_seat_by_token(seats.load_seats(acme), token) is None
    assert seats.find_seat_by_token(seats.load_seats(acme), second).id == "ana-silva"


def test_nothing_of_the_seats_is_in_the_folder(acme):
    codes = [s.code for s in seats.create_join_codes(acme, ["Ana"], 2)]
    assert not traces(acme, codes)
    assert len(set(codes)) == 3
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{8}", code) for code in codes)


def refused(acme, code, name, taken=()):
    with pytest.raises(seats.JoinRefused) as caught:
        seats.claim_seat(acme, code, name, NOW, taken)
    return str(caught.value)


ALIKE = ["ana silva", " Ana\u00a0 Silva ", "Ána Sílva", "Ana Silva", "A\u0301na Silva", "Ａｎａ Silva", "Ana\u200b Silva", "Ana-Silva", "ANA\tSILVA", "Ana\u202e Silva"]  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_nobody_takes_the_seat_of_another_by_a_name_that_looks_alike(acme, name):
    [_, *blank] = seats.create_join_codes(acme, ["Ana Silva"], 2)
    assert "is taken" in refused(acme, blank[0].code, name)
    seat, _ = seats.claim_seat(acme, blank[0].code, "Ana Silva Costa", NOW)
    assert seat.id == "ana-silva-costa"
    assert "Ben" in refused(acme, blank[1].code, "Ben", taken=["ben"])
    before = seats.load_seats(acme)
    if seats.is_same_name(name, "Ana Silva"):
        assert seats.create_join_codes(acme, [name])[0].id == "ana-silva"
    elif "\u200b" not in name and "\u202e" not in name:
        assert (
            "too similar to 'Ana Silva'" in problems(seats.create_join_codes, acme, ["Cy", name])[0]
        )
        assert seats.load_seats(acme) == before


def test_a_name_in_another_script_is_another_person(acme):
    names = ["Ana", "Аnа", "Αnα", "李雷", "韩梅梅"]  # the second Cyrillic, the third Greek in part
    made = seats.create_join_codes(acme, names)
    assert len({s.id for s in made}) == len(names)


@pytest.mark.parametrize("name", ["", " \n", "\u200b", "x" * 61])
def test_a_name_that_is_none(acme, name):
    [blank] = seats.create_join_codes(acme, blank=1)
    refused(acme, blank.code, name)
    assert "1 to 60 characters" in problems(seats.create_join_codes, acme, ["Ben", name])[0]
    assert [s.id for s in seats.load_seats(acme)] == [blank.id]
    assert "duplicate name" in problems(seats.create_join_codes, acme, ["Ben", "BEN "])[0]


def test_an_anonymous_seat_has_no_name(acme):
    [blank] = seats.create_join_codes(acme, blank=1)
    seat, _ = seats.claim_seat(acme, blank.code, None, NOW)
    assert re.fullmatch(r"seat-[0-9a-f]{12}", seat.id)
    assert seat.name == ""


def attempt(folder, code, name):
    try:
        return seats.claim_seat(folder, code, name, NOW)[1]
    except seats.JoinRefused:
        return None


def at_once(work, cases):
    """Let a thread for each case begin in one moment."""
    start = Barrier(len(cases))

    def wait_and_work(case):
        start.wait()
        return work(case)

    with ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(wait_and_work, cases))


def test_of_twenty_with_one_code_one_gets_it(acme):
    for _ in range(5):
        [blank] = seats.create_join_codes(acme, blank=1)
        before = len(seats.load_seats(acme))
        found = at_once(lambda n, c=blank.code: attempt(acme, c, f"P{n} {c}"), range(20))
        [token] = [t for t in found if t]
        assert seats.find_seat_by_token(seats.load_seats(acme), token).name
        assert len(seats.load_seats(acme)) == before


def test_of_ten_with_one_name_one_gets_it(acme):
    for number in range(5):
        made = seats.create_join_codes(acme, blank=10)
        found = at_once(lambda s, n=number: attempt(acme, s.code, f"Ana {n}"), made)
        assert sum(bool(token) for token in found) == 1
    names = sorted(s.name for s in seats.load_seats(acme))
    assert names == [""] * 45 + [f"Ana {n}" for n in range(5)]


def test_of_twenty_with_a_code_each_nobody_is_lost(acme):
    made = seats.create_join_codes(acme, blank=20)
    found = at_once(lambda n: attempt(acme, made[n].code, f"P{n}"), range(20))
    known = seats.load_seats(acme)
    assert {seats.find_seat_by_token(known, token).name for token in found} == {
        f"P{n}" for n in range(20)
    }


@posix
def test_of_eight_programs_with_one_code_one_gets_it(acme):
    [blank] = seats.create_join_codes(acme, blank=1)
    go = acme / "go"

    def work(pipe):
        while not go.exists():
            time.sleep(0)
        os.write(pipe, (attempt(acme, blank.code, f"P{os.getpid()}") or "").encode())

    children = [checks.spawn(work) for _ in range(8)]
    go.touch()
    said = [checks.drain(pipe) for _, pipe in children]
    assert [os.waitpid(pid, 0)[1] for pid, _ in children] == [0] * 8
    assert sum(bool(token) for token in said) == 1


def test_damaged_seats_are_named(acme, home):
    seats.create_join_codes(acme, ["Ana"])
    path = next(home.rglob("seats.json"))
    path.write_bytes(b"\xff{")
    assert str(path) in problems(seats.load_seats, acme)[0]


NAMES = st.lists(
    st.one_of(st.text(max_size=12), st.sampled_from([*ALIKE, "Ana", "Аna", "<b>Ana</b>"])),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(invited=NAMES, joining=NAMES)
def test_whoever_comes_no_two_people_share_a_seat(invited, joining, memory):
    folder = folder_in(fresh(memory))
    for name in invited:
        try:
            seats.create_join_codes(folder, [name])
        except BadInput:
            continue
    blank = seats.create_join_codes(folder, blank=len(joining))
    tokens = [
        t for s, name in zip(blank, joining, strict=True) if (t := attempt(folder, s.code, name))
    ]
    known = seats.load_seats(folder)
    assert len({s.id for s in known}) == len(known)
    assert len({seats.find_seat_by_token(known, t).id for t in tokens}) == len(tokens)
    names = [s.name for s in known if s.name]
    assert not [(a, b) for n, a in enumerate(names) for b in names[:n] if seats.is_same_name(a, b)]
    assert all(name.isprintable() for name in names)
