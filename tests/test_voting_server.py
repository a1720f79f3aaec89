"""The voting room over real sockets: who may do what, what nobody sees, what outlives a kill."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import select
import shutil
import signal
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from calib.ballots.files import load_ballots, save_ballot
from calib.ballots.seats import claim_seat, create_join_codes, load_seats
from calib.cli import main
from calib.cli.join_codes import DEFAULT_CODES, create_missing_codes
from calib.render import palette
from calib.resources import resource_path
from calib.store.locate import EXAMPLES
from calib.voting_server.config import ServerConfig
from calib.voting_server.rate_limit import FREE_ATTEMPTS, RateLimiter, RateLimitExceeded
from calib.voting_server.schemas import clean_text
from calib.voting_server.server import MAX_CONNECTIONS_PER_ADDRESS
from calib.voting_server.static import load_pages, render_colours_css
from tests.jupyter import free_port
from tests.test_ballots import ballot, vote
from tests.voting import Device, VotingSession, voting

ONE, TWO, THREE = "GENAIPR-001", "GENAIPR-002", "GENAIPR-003"
KEYS = [f"{ONE}/{x}" for x in ("methodology", "readiness-data", "readiness-skills", "use-cases", "roadmap", "outcomes-lessons")]  # fmt: skip
MORE = [
    *(f"{TWO}/{x}" for x in ("selection-procedure", "selection-factors", "past-example", "quality-metrics", "inference-options")),
    *(f"{THREE}/{x}" for x in ("privacy-mechanisms", "written-documentation", "risk-assessment", "anonymization")),
]  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e\u2066\x1b[31m\x00\n&lt;b&gt;'\"--></script>"
SEEN = "<img src=x onerror=alert(1)>{{7*7}}   [31m \n&lt;b&gt;'\"--></script>"


def acme(folder: Path) -> Path:
    return Path(
        shutil.copytree(resource_path("data", "examples", EXAMPLES["halfway"]), folder / "acme")
    )


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    with voting(acme(tmp_path_factory.mktemp("named")), bare=60) as room:
        room.begin()
        yield room


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """A room whose votes are anonymous."""
    with voting(acme(tmp_path_factory.mktemp("hidden")), "--seats", "30") as room:
        room.begin("anonymous")
        yield room


@pytest.fixture
def own(halfway):
    """A room of one's own, to break."""
    with voting(halfway, bare=6) as room:
        room.begin()
        yield room


@pytest.fixture
def whole(halfway):
    """The same, opened by its command, which looks after the server."""
    with voting(halfway) as room:
        room.begin()
        yield room


def until(check, seconds=10.0):
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.03)
    return found


@pytest.fixture
def inside(monkeypatch):
    """Do in this process what the facilitator's kernel does: with the room's private files."""

    def at(room: VotingSession) -> VotingSession:
        monkeypatch.setenv("XDG_STATE_HOME", str(room.state))
        return room

    return at


# Joining


def test_a_code_works_once_and_wrong_ones_say_the_same(named):
    code = named.code()
    device = Device(named)
    answer = device.ask("POST", "/api/join", {"code": code, "name": "Ana Silva"})
    assert answer.body == {"joined": True}
    other = Device(named, "127.0.0.6")
    used = other.ask("POST", "/api/join", {"code": code, "name": "Ben"})
    wrong = other.ask("POST", "/api/join", {"code": "AAAA-AAAA", "name": "Ben"})
    odd = other.ask("POST", "/api/join", {"code": "Ünïcödé", "name": "Ben"})
    empty = other.ask("POST", "/api/join", {"code": "", "name": "Ben"})
    assert {(a.status, a.text) for a in (used, wrong, odd, empty)} == {(403, used.text)}
    assert used.headers["Set-Cookie"] is None
    assert device.state().body["you"]["name"] == "Ana Silva"


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_only_its_hash_is_kept(named):
    device = Device(named)
    answer = device.ask("POST", "/api/join", {"code": named.code(), "name": "Cookie Monster"})
    cookie = answer.headers["Set-Cookie"]
    parts = {p.strip().lower() for p in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    token = device.cookie.partition("=")[2]
    assert len(token) > 40
    kept = b"".join(p.read_bytes() for p in named.state.rglob("*") if p.is_file())
    assert token.encode() not in kept
    rooms = named.state / "calib" / "rooms"
    assert all(p.stat().st_mode & 0o077 == 0 for p in rooms.iterdir())


def test_a_blank_code_asks_for_a_name_and_is_not_used_up_by_it(named):
    code, device = named.code(), Device(named)

    def ask(**more):
        return device.ask("POST", "/api/join", {"code": code, **more})

    assert ask().body == {"joined": False}
    assert ask(name=" \u200b ").body["error"] == "Please enter your name."
    assert "at most 60" in ask(name="x" * 61).body["error"]
    assert ask(name="Dora " + "x" * 300).status == 400
    named.joined("Dora Díaz")
    assert "surname" in ask(name="dora  DÍAZ").body["error"]
    assert ask(name="Dora D.").body == {"joined": True}


def test_a_code_with_a_name_needs_none_and_leads_to_the_ballots_of_that_name(named, inside):
    room = inside(named)
    save_ballot(
        room.folder, ballot(vote("methodology", 2, "by file"), name="Gwen Ode", assessor="gwen-ode")
    )
    other = Device(room).ask("POST", "/api/join", {"code": room.code(), "name": "Gwen Ode"})
    assert other.status == 403, "a name with ballots cannot be claimed with a blank code"
    create_join_codes(room.folder, ["Gwen Ode"])
    gwen = room.joined(
        code=until(lambda: next((c["code"] for c in room.cards() if c["name"]), None))
    )
    state = gwen.until(lambda s: s["you"]["votes"])
    assert state["you"]["name"] == "Gwen Ode"
    assert state["you"]["votes"] == {f"{ONE}/methodology": {"level": 2, "comment": "by file"}}
    # Another device: the old one goes on until the new code is used.
    create_join_codes(room.folder, ["gwen ode"])
    code = until(lambda: next((c["code"] for c in room.cards() if c["name"]), None))
    assert gwen.state().status == 200
    new = room.joined(code=code)
    assert new.state().body["you"]["votes"] == state["you"]["votes"]
    assert gwen.state().status == 401
    assert gwen.vote(KEYS[1], 3).status == 401


def test_wrong_codes_make_their_own_address_wait_and_nobody_else(hidden):
    guesser, other = Device(hidden, "127.0.0.7"), Device(hidden, "127.0.0.8")
    for _ in range(FREE_ATTEMPTS):
        assert guesser.ask("POST", "/api/join", {"code": "WRONG"}).status == 403
    slow = threading.Thread(target=guesser.ask, args=("POST", "/api/join", {"code": "WRONG"}))
    began = time.monotonic()
    slow.start()
    assert other.ask("POST", "/api/join", {"code": hidden.code()}).status == 200
    assert slow.is_alive()
    slow.join()
    assert time.monotonic() - began > 0.9
    # Slowed, not locked: somebody behind the same address still gets in.
    assert guesser.ask("POST", "/api/join", {"code": hidden.code()}).body == {"joined": True}


def test_a_hundred_codes_at_once_wait_like_a_hundred_in_a_row():
    async def storm():
        limiter, found = RateLimiter(), []

        async def attempt(address):
            try:
                attempted = await limiter.wait(address)
            except RateLimitExceeded as error:
                found.append(error.seconds)
            else:
                attempted.finish(correct=False)
                found.append(0)

        tries = [asyncio.create_task(attempt("10.0.0.1")) for _ in range(100)]
        await asyncio.sleep(0.1)
        passed = len([f for f in found if not f])
        turned_away = len([f for f in found if f])
        quick = asyncio.get_running_loop().time()
        await limiter.wait("10.0.0.2")
        quick = asyncio.get_running_loop().time() - quick
        for task in tries:
            task.cancel()
        return passed, turned_away, quick

    passed, turned_away, quick = asyncio.run(storm())
    assert passed == FREE_ATTEMPTS
    assert turned_away > 80
    assert quick < 0.5


def test_many_wrong_codes_from_everywhere_leave_everybody_one_free_try():
    async def siege():
        limiter = RateLimiter()
        for n in range(60):
            (await limiter.wait(f"10.0.1.{n}")).finish(correct=False)
        clock = asyncio.get_running_loop().time
        began = clock()
        (await limiter.wait("10.0.2.1")).finish(correct=False)
        first = clock() - began
        await limiter.wait("10.0.2.1")
        return first, clock() - began - first

    first, second = asyncio.run(siege())
    assert first < 0.5
    assert second > 0.9


# Who may ask


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/criteria", "/api/screen", "/api/place", "/api/cards"]
)
def test_without_a_seat_or_a_key_there_is_no_data(named, path):
    nobody, ana = Device(named), named.joined(f"Person {path[5:]}")
    seat = path in {"/api/state", "/api/criteria"}
    assert nobody.ask("GET", path).status == 401
    assert nobody.ask("GET", path, key="x" * 40).status == 401
    assert nobody.ask("GET", path, headers={"Cookie": "calib-seat-1=x"}).status == 401
    assert ana.ask("GET", path).status == (200 if seat else 401)
    if not seat:
        other = named.cards_key if path != "/api/cards" else named.screen_key
        assert nobody.ask("GET", path, key=other).status == 401
    assert nobody.vote(KEYS[0], 3).status == 401
    said = "".join(nobody.received)
    assert "methodology" not in said
    assert "Person" not in said


def test_a_vote_is_only_ever_ones_own(named):
    eve, ana = named.joined("Eve Evil"), named.joined("Ana Own")
    assert ana.vote(KEYS[0], 2, "mine").status == 200
    before = sorted((p, p.read_bytes()) for p in (named.folder / "ballots").rglob("*ana-own*"))
    assert before
    for more in (
        {"assessor": "ana-own"},
        {"name": "Ana Own"},
        {"seat": "ana-own"},
        {"id": "ana-own"},
    ):
        assert eve.vote(KEYS[0], 0, **more).status == 400
    asked = {"criterion": KEYS[0], "level": 0, "comment": "", "seen": None}
    for path in ("/api/vote?assessor=ana-own", "/api/vote/ana-own", "/api/state?assessor=ana-own"):
        eve.ask("POST", path, asked)
    assert (
        eve.ask("GET", "/api/state?assessor=ana-own&you=ana-own").body["you"]["name"] == "Eve Evil"
    )
    assert (
        sorted((p, p.read_bytes()) for p in (named.folder / "ballots").rglob("*ana-own*")) == before
    )
    assert ana.state().body["you"]["votes"][KEYS[0]] == {"level": 2, "comment": "mine"}
    assert "mine" not in "".join(eve.received)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "127.0.0.1:{port}:{port}"},
        {"Host": "user@127.0.0.1:{port}"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "127.0.0.2:{port}"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:8888"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": None},
    ],
    ids=str,
)
def test_pages_of_others_can_neither_ask_nor_send(named, headers, request):
    device = request.getfixturevalue("seated")
    headers = {k: v and v.format(port=named.port) for k, v in headers.items()}
    asked = {"criterion": KEYS[1], "level": 4, "comment": "", "seen": None}
    assert device.ask("POST", "/api/vote", asked, headers=headers).status in {400, 403, 415, 421}
    if headers.keys() & {"Host", "Sec-Fetch-Site"} or headers.get("Origin"):
        assert device.ask("GET", "/api/state", headers=headers).status in {400, 403, 421}
    assert KEYS[1] not in device.state().body["you"]["votes"]


@pytest.fixture(scope="module")
def seated(named):
    return named.joined("Seated Sam")


def test_the_rooms_own_page_may(named, seated):
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json; charset=utf-8"}
    asked = {"criterion": KEYS[2], "level": 4, "comment": "", "seen": None}
    assert seated.ask("POST", "/api/vote", asked, headers=headers).status == 200
    local = {"Host": f"localhost:{named.port}", "Origin": f"http://localhost:{named.port}"}
    assert seated.ask("POST", "/api/vote", asked, headers=local).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "FOO"])
def test_other_methods_are_refused(named, seated, method):
    for path in ("/", "/api/vote", "/api/state", "/api/screen"):
        answer = seated.ask(method, path)
        assert answer.status == 405
        assert answer.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "JSON"), (b"{", "JSON"), (b"[]", "object"), (b"null", "object"), (b"\xff\xfe", "JSON"),
        (b"[" * 20_000, "JSON"), (b'{"level": 3}', "criterion"),
        (b'{"criterion": "GENAIPR-001/methodology"}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 5}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": -1}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": true}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": "3"}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3.5}', "level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": NaN}', "level"),
        (b'{"criterion": 1, "level": 3}', "criterion"),
        (b'{"criterion": "GENAIPR-001/nothing", "level": 3}', "no such criterion"),
        (b'{"criterion": "../../etc/passwd", "level": 3}', "no such criterion"),
        (b'{"criterion": "GENAIPR-001", "level": 3}', "no such criterion"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "comment": null}', "comment"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "comment": {"a": 1}}', "comment"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "comment": "\\ud800"}', "JSON"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "seen": 3}', "seen"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "seen": {"level": 9}}', "seen.level"),
        (b'{"criterion": "GENAIPR-001/methodology", "level": 3, "x": 1}', "x"),
        (json.dumps({"criterion": KEYS[0], "level": 3, "comment": "x" * 1001}).encode(), "comment"),
    ],
    ids=range(25),
)  # fmt: skip
def test_what_cannot_be_a_vote_is_refused_with_a_sentence(seated, raw, said):
    answer = seated.ask("POST", "/api/vote", raw=raw)
    assert answer.status == 400
    assert said in answer.body["error"]
    assert "Traceback" not in answer.text
    assert "pydantic" not in answer.text


def test_what_is_too_long_is_refused(named, seated):
    for size in (40_000, 70_000, 5_000_000):
        with suppress(BrokenPipeError, ConnectionResetError):
            assert seated.ask("POST", "/api/vote", raw=b" " * size).status in {400, 413}
    with suppress(BrokenPipeError, ConnectionResetError):
        assert seated.ask("GET", "/", headers={"X-Long": "x" * 70_000}).status >= 400
    assert seated.state().status == 200


@pytest.mark.parametrize("path", ["/", "/screen", "/cards", "/participant.js", "/participant.css", "/colours.css", "/nothing",
                                  "/api/state", "/api/nothing", "/api/cards"])  # fmt: skip
def test_every_answer_forbids_what_pages_can_do_wrong(named, path):
    headers = Device(named).ask("GET", path).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
        "img-src": "data:", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert "ornado" not in str(headers)


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "/participant.js/..", "//etc/passwd",
                                  "/index.html", "/projector.html", "/head.html", "/assessment.yaml", "/workshop.yaml"])  # fmt: skip
def test_nothing_but_the_pages_is_sent(named, path):
    assert Device(named).ask("GET", path).status == 404


def test_pages_hold_no_inline_script_no_outside_address_and_the_one_palette():
    pages = load_pages()
    assert {
        "/",
        "/screen",
        "/cards",
        "/participant.js",
        "/participant.css",
        "/colours.css",
    } <= pages.keys()
    for page in pages.values():
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=\"|\sstyle=\"|<style|innerHTML|insertAdjacentHTML"
                             r"|document\.write|\beval\(|new Function", text)  # fmt: skip
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    assert palette.ACCENT in render_colours_css()
    assert all(fill in render_colours_css() for fill in palette.LEVELS)


@pytest.mark.parametrize(
    ("listen", "host", "port", "yes", "no"),
    [
        ("192.0.2.7", "192.0.2.7", 8900, ["192.0.2.7:8900"], ["192.0.2.7", "localhost:8900", "127.0.0.1:8900"]),
        ("192.0.2.7", "vote.example", 8900, ["vote.example:8900", "VOTE.example:8900", "192.0.2.7:8900"], ["x.vote.example:8900"]),
        ("0.0.0.0", "192.0.2.7", 8900, ["192.0.2.7:8900", "10.0.0.1:8900", "localhost:8900", "[::1]:8900"], ["evil.example:8900"]),
        ("192.0.2.7", "192.0.2.7", 80, ["192.0.2.7", "192.0.2.7:80"], ["192.0.2.7:8900"]),
        ("fd00::2", "fd00::2", 8900, ["[fd00::2]:8900"], ["[fd00::3]:8900", "fd00::2", "[::1]:8900"]),
    ],
)  # fmt: skip
def test_which_names_are_ours(listen, host, port, yes, no):
    config = ServerConfig(folder=Path(), listen=listen, host=host, port=port)
    assert [h for h in yes if not config.accepts_host(h)] == []
    assert [h for h in no if config.accepts_host(h)] == []
    assert config.accepts_host(config.address.split("/")[2])


# Votes


def test_markup_in_names_and_comments_stays_text(named):
    device = named.joined("<b>Mallory</b>\u202e\x07")
    answer = device.vote(KEYS[3], 1, HOSTILE)
    assert answer.body["vote"] == {"level": 1, "comment": SEEN}
    assert clean_text(HOSTILE) == SEEN
    named.reveal(KEYS[3])
    found = device.until(lambda s: KEYS[3] in s["room"]["spreads"], look=KEYS[3])["room"][
        "spreads"
    ][KEYS[3]]
    assert {"name": "<b>Mallory</b>", "level": 1, "text": SEEN} in found["comments"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", "".join(device.received))


def test_a_comment_that_came_by_file_is_cleaned_too(named):
    save_ballot(
        named.folder,
        ballot(
            vote("selection-procedure", 3, "left\u202ethgir"),
            name="Fi\u202ele",
            assessor="file",
            control=TWO,
        ),
    )
    named.reveal(MORE[0])
    device = named.joined("Looker")
    state = device.until(lambda s: MORE[0] in s["room"]["spreads"], look=MORE[0])
    assert state["room"]["spreads"][MORE[0]]["comments"] == [
        {"name": "Fi le", "level": 3, "text": "left thgir"}
    ]


def test_nobody_hears_of_a_vote_before_its_reveal(named):
    named.turn_to(MORE[1])
    voters = [named.joined(f"Voter {n}") for n in range(3)]
    watcher, wall = named.joined("Watcher"), Device(named)
    watcher.until(lambda s: s["room"]["at"] == MORE[1])

    def everything():
        watcher.state(look=MORE[1])
        watcher.ask("GET", "/api/criteria")
        wall.ask("GET", "/api/screen", key=named.screen_key)
        wall.ask("GET", "/api/cards", key=named.cards_key)

    seen = set()
    for levels in ((0, 0, 0), (4, 4, 4), (0, 4, None)):
        for n, (voter, level) in enumerate(zip(voters, levels, strict=True)):
            standing = voter.state().body["you"]["votes"].get(MORE[1])
            assert voter.vote(MORE[1], level, f"quokka-{n}", standing).status == 200
        everything()
        wall_shows = json.dumps(named.screen() | {"criterion": "its evidence comes later"})
        seen.add((watcher.state(look=MORE[1]).body["version"], wall_shows))
    assert len(seen) == 1, "whatever the levels are, the others see the same"
    for n, voter in enumerate(voters):
        assert {f"quokka-{m}" for m in range(3) if f"quokka-{m}" in "".join(voter.received)} == {
            f"quokka-{n}"
        }
    assert "quokka" not in "".join(watcher.received) + "".join(wall.received)
    files = b"".join(p.read_bytes() for p in named.folder.rglob("*") if p.is_file())
    assert b"quokka" not in files
    assert b"quokka" not in named.log().encode()
    named.reveal(MORE[1])
    found = watcher.until(lambda s: s["room"]["spreads"])["room"]["spreads"][MORE[1]]
    assert found["counts"] == [1, 0, 0, 0, 1]
    assert found["abstained"] == 1
    assert {c["text"] for c in found["comments"]} == {"quokka-0", "quokka-1", "quokka-2"}


def test_votes_that_came_by_file_are_as_blind(named):
    save_ballot(
        named.folder,
        ballot(vote("past-example", 4, "numbat"), vote("quality-metrics", 1, "bilby"), control=TWO),
    )
    named.turn_to(MORE[2])
    device = named.joined("Onlooker")
    device.until(lambda s: s["room"]["voted"] == 1)
    who = named.screen()["who"]
    assert {"name": "Ana Silva", "voted": True} in who
    assert {"name": "Onlooker", "voted": False} in who
    assert "numbat" not in "".join(device.received)
    named.reveal(MORE[2])
    device.until(lambda s: s["room"]["spreads"])
    assert "numbat" in device.received[-1]
    assert "bilby" not in "".join(device.received)


def test_a_stale_vote_never_overwrites_a_newer_one(named):
    device, key = named.joined("Two Tabs"), KEYS[4]
    first, second = {"level": 3, "comment": ""}, {"level": 1, "comment": "on reflection"}
    assert device.vote(key, 3).status == 200
    assert device.vote(key, 3).status == 200, "sent again, since the answer was lost"
    assert device.vote(key, **second, seen=first).status == 200
    late = device.vote(key, 4)
    assert late.status == 409
    assert late.body["reason"] == "changed"
    assert late.body["standing"] == second
    assert device.vote(key, 4, seen=first).status == 409
    assert device.vote(key, **second, seen=first).status == 200
    assert device.state().body["you"]["votes"][key] == second
    assert device.vote(key, None, seen=second).body["vote"] == {"level": None, "comment": ""}


def test_revealed_is_closed_until_the_room_votes_again(own):
    key = KEYS[5]
    ana, ben = own.joined("Ana"), own.joined("Ben")
    ana.vote(key, 2, "low")
    ben.vote(key, 4)
    own.reveal(key)
    # At once, before the server's next look: the record itself decides.
    late = ana.vote(key, 3, seen={"level": 2, "comment": "low"})
    assert late.status == 409
    assert late.body["reason"] == "revealed"
    assert late.body["standing"] == {"level": 2, "comment": "low"}
    state = ben.until(lambda s: s["room"]["matters"].get(key, {}).get("revealed"), look=key)
    spread = state["room"]["spreads"][key]
    assert (spread["counts"], spread["median"]) == ([0, 0, 1, 0, 1], 2)
    assert spread["names"][2] == ["Ana"]
    assert spread["first"] == ["Ana", "Ben"]
    own.note(f"criteria.{key}.earlier", [[0, 0, 1, 0, 1]])
    own.note(f"criteria.{key}.revealed", None)
    state = ben.until(lambda s: "revealed" not in s["room"]["matters"][key], look=key)
    assert state["room"]["spreads"] == {}
    assert state["room"]["matters"][key] == {"earlier": [[0, 0, 1, 0, 1]]}
    assert ana.vote(key, 3, seen={"level": 2, "comment": "low"}).status == 200
    own.settle(key, 3, "After all.")
    state = ben.until(lambda s: "settled" in s["room"]["matters"][key])
    assert state["room"]["matters"][key]["settled"] == {
        "level": 3,
        "by": "Fay",
        "reason": "After all.",
    }
    own.close()
    state = ben.until(lambda s: s["room"]["phase"] == "closed")
    assert ben.vote(KEYS[0], 3).body["reason"] == "closed"
    blank = Device(own).ask("POST", "/api/join", {"code": own.code(), "name": "Late"})
    assert blank.body["error"] == "The workshop is closed."


def test_the_screen_shows_where_the_room_is(named):
    named.note("agenda", [{"control": TWO, "minutes": 12}, {"control": ONE, "minutes": 20}])
    since = datetime.now(UTC) - timedelta(minutes=30)
    visits = [(ONE, 0), (TWO, 10), (ONE, 15)]
    named.note(
        "visits",
        [{"control": c, "since": (since + timedelta(minutes=m)).isoformat()} for c, m in visits],
    )
    named.turn_to("")
    until(lambda: named.screen()["criterion"] is None)
    named.turn_to(KEYS[0])
    screen = until(lambda: (s := named.screen())["criterion"] and s["criterion"]["evidence"] and s)
    assert screen["criterion"]["evidence"]["level"] == 4
    assert screen["criterion"]["evidence"]["sentence"].startswith(
        "“Brightloom runs every generative"
    )
    assert screen["criterion"]["evidence"]["documents"] == 1
    assert screen["time"]["minutes"] == 20
    assert screen["time"]["past"] == 600
    assert [(a["control"], a["now"]) for a in screen["agenda"]] == [(TWO, False), (ONE, True)]
    place = Device(named).ask("GET", "/api/place", key=named.screen_key).body
    assert place["address"] == named.address
    assert place["qr"].startswith("data:image/svg+xml")


# Without names


def test_anonymous_means_no_name_no_id_and_no_order(hidden):
    hidden.turn_to(KEYS[0])
    devices = [hidden.joined() for _ in range(7)]
    for n, device in enumerate(devices[:6]):
        for key in KEYS[:3]:
            assert device.vote(key, n % 5, f"word {n}").status == 200
    for key in KEYS[:3]:
        hidden.reveal(key)
    orders = []
    for key in KEYS[:3]:
        state = devices[6].until(lambda s, key=key: key in s["room"]["spreads"], look=key)
        assert state["you"]["name"] == ""
        spread = state["room"]["spreads"][key]
        assert spread.keys() == {"counts", "abstained", "median", "comments"}
        assert spread["counts"] == [2, 1, 1, 1, 1]
        assert all(c.keys() == {"text"} for c in spread["comments"])
        orders.append([c["text"] for c in spread["comments"]])
        assert sorted(orders[-1]) == [f"word {n}" for n in range(6)]
    assert len({*map(tuple, orders), tuple(f"word {n}" for n in range(6))}) > 2
    screen = hidden.screen()
    assert screen["who"] is None
    assert screen["joined"] == []
    assert screen["voted"] == 6
    said = "".join(devices[6].received) + json.dumps(screen)
    assert not re.search("seat-[0-9a-f]{12}", said)
    marks = {d.state().body["you"]["mark"] for d in devices}
    assert len(marks) == 7, "devices tell their own votes apart from those of others"
    hidden.kill()
    again = devices[6].until(lambda s: KEYS[0] in s["room"]["spreads"], look=KEYS[0])
    assert [c["text"] for c in again["room"]["spreads"][KEYS[0]]["comments"]] == orders[0]
    for file in (hidden.folder / "ballots").rglob("*.sealed"):
        assert re.fullmatch(r"seat-[0-9a-f]{12}", file.stem)


def test_a_code_with_a_name_is_refused_where_votes_are_anonymous(hidden, inside):
    room = inside(hidden)
    [seat] = create_join_codes(room.folder, ["Ana Silva"])
    until(room.cards)
    answer = Device(room).ask("POST", "/api/join", {"code": seat.code})
    assert answer.status == 409
    assert "anonymous" in answer.body["error"]
    assert all(card["name"] == "" for card in room.cards())


# What goes wrong


@pytest.mark.slow
def test_a_killed_server_has_every_vote_that_it_acknowledged(whole):
    devices = [whole.joined(f"Person {n}") for n in range(4)]
    taken: dict[tuple[int, str], int] = {}
    tried: dict[tuple[int, str], int] = {}
    stop = threading.Event()

    def cast(n, device):
        turn = n
        while not stop.is_set():
            key, level = KEYS[turn % 5], (turn // 5 + n) % 5
            before = taken.get((n, key))
            tried[n, key] = level
            seen = None if before is None else {"level": before, "comment": ""}
            try:
                answer = device.vote(key, level, seen=seen)
                # Lost on the way: it may have arrived.
                if answer.status == 409:
                    taken[n, key] = answer.body["standing"]["level"]
                elif answer.status == 200:
                    taken[n, key] = level
                    turn += 1
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    threads = [threading.Thread(target=cast, args=one) for one in enumerate(devices)]
    for thread in threads:
        thread.start()
    until(lambda: len(taken) > 5)
    whole.kill()
    until(lambda: len(taken) == 20)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(taken) == 20
    for n, device in enumerate(devices):
        for key, found in device.state().body["you"]["votes"].items():
            # A last one, whose answer was lost, may have arrived as well.
            assert found["level"] in {taken[n, key], tried[n, key]}
    for key in KEYS[:5]:
        whole.reveal(key)
    state = devices[0].until(lambda s: KEYS[1] in s["room"]["spreads"], look=KEYS[1])
    assert sum(state["room"]["spreads"][KEYS[1]]["counts"]) == 4
    assert "Traceback" not in whole.log()
    assert whole.log().count("; restarting") == 1


def test_a_broken_or_missing_record_is_no_trouble_for_people(named):
    device = named.joined("Patient")
    named.turn_to(MORE[4])
    device.until(lambda s: s["room"]["at"] == MORE[4])
    record = named.folder / "workshop.yaml"
    good = record.read_text()
    record.write_text(good + "at: [\n")
    until(lambda: "is not YAML" in named.log())
    assert device.state().body["room"]["at"] == MORE[4]
    answer = device.vote(MORE[4], 3)
    assert answer.status == 503
    assert answer.headers["Retry-After"].isdigit()
    assert "workshop.yaml" not in answer.text
    record.unlink()
    device.until(lambda s: s["room"]["phase"] == "waiting")
    waiting = Device(named).ask("POST", "/api/join", {"code": named.code(), "name": "New"})
    assert (waiting.status, waiting.body["reason"]) == (409, "waiting")
    assert device.vote(MORE[4], 3).body["reason"] == "waiting"
    record.write_text(good)
    device.until(lambda s: s["room"]["at"] == MORE[4])
    assert device.vote(MORE[4], 3).status == 200
    assert "Traceback" not in named.log()


def test_a_folder_that_cannot_be_written_asks_to_come_back(named):
    device = named.joined("Persistent")
    place = named.folder / "ballots" / THREE
    place.parent.mkdir(exist_ok=True)
    place.write_text("in the way")
    answer = device.vote(MORE[6], 3)
    assert answer.status == 503
    assert answer.headers["Retry-After"].isdigit()
    assert str(named.folder) not in answer.text
    assert f"ballots/{THREE}" in named.log()
    place.unlink()
    assert device.vote(MORE[6], 3).status == 200


def test_a_sealed_ballot_that_was_tampered_with_stops_only_its_own(named):
    ana, ben = named.joined("Tam"), named.joined("Untampered")
    ana.vote(MORE[7], 1)
    ben.vote(MORE[7], 2)
    file = named.folder / "ballots" / THREE / "tam.sealed"
    file.write_text(file.read_text()[:-20])
    until(lambda: "tam.sealed" in named.log())
    assert ana.vote(MORE[8], 3).status == 503
    assert ben.vote(MORE[8], 3).status == 200
    named.reveal(MORE[7])
    state = ben.until(lambda s: MORE[7] in s["room"]["spreads"], look=MORE[7])
    assert state["room"]["spreads"][MORE[7]]["counts"][2] == 1


def test_one_address_cannot_take_all_connections_and_slow_ones_hold_up_nobody(named, seated):
    held = []
    try:
        for _ in range(300):
            link = socket.socket()
            link.bind(("127.0.0.9", 0))
            link.connect(("127.0.0.1", named.port))
            link.sendall(b"POST /api/vote HTTP/1.1\r\nContent-Le")  # and then nothing
            held.append(link)
        assert seated.state().status == 200
        assert seated.vote(KEYS[1], 2).status in {200, 409}
        # Those beyond what one address may have are closed; the others are kept waiting.
        assert len(select.select(held, (), (), 0.5)[0]) >= 300 - MAX_CONNECTIONS_PER_ADDRESS
    finally:
        for link in held:
            link.close()


def test_a_device_has_so_many_questions_at_once_and_no_more(named):
    device = named.joined("Hasty")
    links = []

    def answered() -> list[int]:
        """Ask nine, of which eight may wait; return what is answered first, nothing where it was news."""
        version = device.state().body["version"]
        for _ in range(9):
            link = http.client.HTTPConnection("127.0.0.1", named.port)
            link.request("GET", f"/api/state?seen={version}", headers={"Cookie": device.cookie})
            links.append(link)
        soon = select.select([link.sock for link in links], (), (), 15)[0]
        found = [link.getresponse().status for link in links if link.sock in soon]
        if 200 in found:  # the room moved on meanwhile
            while links:
                links.pop().close()
            return []
        return found

    assert until(answered, 60) == [429]
    for link in links:
        link.close()
    until(lambda: device.state().status == 200)


# The command


@pytest.fixture
def told(monkeypatch):
    """Run `calib open` up to its error, and return what it says."""
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGHUP)}

    def run(*args, state):
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        monkeypatch.setenv("CALIB_ROOM", "")  # so that it is put back
        done = CliRunner().invoke(main, ["open", *map(str, args)])
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output
        return done.output

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_second_room_on_the_same_folder_is_refused(named, told, capfd):
    told(named.folder, "--workshop", "--room-only", "--room-port", free_port(), state=named.state)
    assert "a voting server for this assessment is running already" in capfd.readouterr().err
    taken = told(
        named.folder, "--workshop", "--room-only", "--room-port", named.port, state=named.state
    )
    assert "--room-port" in taken


def test_options_that_do_not_fit_are_told(halfway, tmp_path, told, capfd):
    def said(*args):
        return told(*args, state=tmp_path / "state")

    room = (halfway, "--workshop", "--room-only", "--room-port", free_port())
    assert "require --workshop" in said(halfway, "--room", "auto")
    assert "the examples are read-only" in said("example:halfway", "--workshop")
    assert "cannot listen on 203.0.113.9" in said(*room, "--room", "203.0.113.9")
    assert "invalid address" in said(*room, "--room", "no such name")
    pem, names = tmp_path / "not.pem", tmp_path / "names.txt"
    pem.write_text("nothing")
    assert "require each other" in said(*room, "--certificate", pem)
    assert "no such file" in said(*room, "--certificate", "none", "--certificate-key", pem)
    names.write_text(f"Ana\nBen\nána\n{'x' * 61}\nBell\x07\n")
    wrong = said(*room, "--names", names)
    assert [f"names.txt:{n}:" in wrong for n in (1, 2, 3, 4, 5)] == [False, False, True, True, True]
    names.write_text("\n \n")
    assert "contains no names" in said(*room, "--names", names)
    (halfway / "workshop.yaml").write_text("naming: anonymous\nbegun: 2026-01-01T10:00:00+00:00\n")
    names.write_text("Ana\n")
    assert "anonymous" in said(*room, "--names", names)
    assert load_seats(halfway) == (), "where something is wrong, no code is made"
    said(*room, "--certificate", pem, "--certificate-key", pem)
    assert "not.pem: cannot load the certificate" in capfd.readouterr().err


def test_codes_are_made_once(halfway, tmp_path, monkeypatch):
    names, state = tmp_path / "names.txt", tmp_path / "state"
    names.write_text("Ana Silva\r\n\n  Ben   Okafor \n", encoding="utf-8-sig")
    monkeypatch.setenv("XDG_STATE_HOME", str(state))

    def waiting(file, blank):
        return [(s.name, s.code) for s in create_missing_codes(halfway, blank, file)]

    first = waiting(names, None)
    assert [name for name, _ in first] == ["Ana Silva", "Ben Okafor"]
    assert waiting(names, None) == first == waiting(None, None)
    claim_seat(halfway, first[0][1], "", datetime.now(UTC))
    assert waiting(names, None) == first[1:], "who has joined needs no other code"
    assert [name for name, _ in waiting(names, 1)] == ["", "Ben Okafor"]


def test_without_a_word_there_are_blank_codes(halfway, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert len(create_missing_codes(halfway, 0, None)) == 0
    assert (
        len(create_missing_codes(halfway, None, None))
        == DEFAULT_CODES
        == len(create_missing_codes(halfway, None, None))
    )


def test_the_command_says_where_the_room_is(whole):
    assert whole.log().startswith(
        f"Voting server: http://127.0.0.1:{whole.port}/\nOnly this machine"
    )
    assert len(whole.blank) == DEFAULT_CODES
    cards = whole.cards()
    assert sorted(c["code"] for c in cards) == sorted(whole.blank)
    assert cards[0]["address"] == f"{whole.address}#{cards[0]['code'].replace('-', '')}"
    assert cards[0]["qr"].startswith("data:image/svg+xml")
    told_to_the_notebook = Path(f"/proc/{whole.server}/environ").read_text().split("\0")
    [room] = [
        one.partition("=")[2] for one in told_to_the_notebook if one.startswith("CALIB_ROOM=")
    ]
    assert json.loads(room) == {
        "address": whole.address,
        "screen": f"{whole.address}screen#key={whole.screen_key}",
        "cards": f"{whole.address}cards#key={whole.cards_key}",
    }


@pytest.mark.slow
def test_a_room_by_tls(halfway, tmp_path):
    pem, key = certificate(tmp_path)
    with voting(halfway, "--certificate", str(pem), "--certificate-key", str(key)) as room:
        assert room.address == f"https://127.0.0.1:{room.port}/"
        room.begin()
        context = ssl.create_default_context(cafile=pem)
        link = http.client.HTTPSConnection("127.0.0.1", room.port, context=context)

        def ask(body):
            headers = {"Origin": room.address[:-1], "Content-Type": "application/json"}
            link.request("POST", "/api/join", json.dumps(body), headers)
            answer = link.getresponse()
            answer.read()
            return answer

        link.request("GET", "/api/cards", headers={"Authorization": f"Bearer {room.cards_key}"})
        code = json.load(link.getresponse())["cards"][0]["code"]
        until(lambda: ask({"code": code}).status == 200)
        cookie = ask({"code": code, "name": "Ana"}).headers["Set-Cookie"]
        assert cookie.startswith(f"__Host-calib-seat-{room.port}=")
        assert "; Secure" in cookie
        plain = http.client.HTTPConnection("127.0.0.1", room.port, timeout=5)
        plain.request("GET", "/")
        with pytest.raises((OSError, http.client.HTTPException)):
            plain.getresponse()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "room")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )  # fmt: skip
    pem, key = folder / "room.pem", folder / "room.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    return pem, key


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="looks at processes as Linux shows them"
)
def test_the_server_never_outlives_who_started_it(whole):
    server = whole.server
    whole.process.kill()
    whole.process.wait()
    until(
        lambda: (
            not Path(f"/proc/{server}").exists()
            or "Z" in Path(f"/proc/{server}/stat").read_text().split(")")[1]
        )
    )


def test_votes_end_up_in_the_ballots_as_the_store_reads_them(own, inside, catalog):
    from calib.ballots.sealing import load_visible_ballots, open_sealed_ballots, publish_revealed
    from calib.ballots.workshop_file import load_workshop

    inside(own)
    ana = own.joined("Ana Silva")
    ana.vote(KEYS[0], 3, "seen")
    ana.vote(KEYS[1], 1)
    [sealed] = open_sealed_ballots(own.folder, catalog)
    assert (sealed.assessor, sealed.name, len(sealed.votes)) == ("ana-silva", "Ana Silva", 2)
    assert load_visible_ballots(own.folder, catalog, load_workshop(own.folder, catalog)) == ()
    own.reveal(KEYS[0])
    publish_revealed(own.folder, catalog)
    [opened_] = load_ballots(own.folder, catalog)
    assert [v.criterion for v in opened_.votes] == ["methodology"]
    text = (own.folder / "ballots" / ONE / "ana-silva.yaml").read_text()
    assert yaml.safe_load(text)["votes"] == {"methodology": {"level": 3, "comment": "seen"}}


@pytest.mark.slow
def test_without_news_the_answer_is_none_after_a_while(named, seated):
    version = seated.state().body["version"]
    began = time.monotonic()
    answer = seated.state(version)
    assert (answer.status, answer.text) == (204, "")
    assert 15 < time.monotonic() - began < 25
