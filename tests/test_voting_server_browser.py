"""The pages of the voting room in a real browser: for everybody, on a telephone and on the wall."""

from __future__ import annotations

import re

import pytest

from calib.catalog.load import load_catalog
from tests.conftest import chromium
from tests.test_report_browser import AXE, axe_source
from tests.test_voting_server import HOSTILE, acme, until
from tests.voting import Device, voting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]
CATALOG = load_catalog()
KEYS = [f"{c.id}/{x.id}" for c in CATALOG.controls for x in c.criteria]
TITLES = [x.title for c in CATALOG.controls for x in c.criteria]
LEVELS = [level.name for level in CATALOG.levels]
PHONE, LAPTOP, WALL = (390, 844), (1280, 800), (1920, 1080)
RECEIVED = re.compile(r"^Received \d\d:\d\d:\d\d$")
WIDE = "() => [document.documentElement.scrollWidth, innerWidth]"
SMALL = """() => [...document.querySelectorAll("button, .choice, input, textarea")]
  .filter(e => e.checkVisibility() && e.type !== "radio" && !e.matches(".link"))
  .map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])
  .filter(([r]) => r.width < 44 || r.height < 26).map(([r, h]) => `${r.width}x${r.height} ${h}`)"""


@pytest.fixture
def room(tmp_path):
    with voting(acme(tmp_path), bare=30) as running:
        running.begin(agenda=[{"control": c.id, "minutes": 15} for c in CATALOG.controls])
        yield running


@pytest.fixture
def page_of(browser, request):
    """Pages that note what went wrong and what was asked of others."""
    contexts, notes = [], []

    def note(message):
        # Refusals are part of the tests; everything else is a defect.
        if message.type == "error" and "Failed to load resource" not in message.text:
            notes.append(message.text)

    def opened(room, path="", size=PHONE, **more):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: notes.append(f"error: {error}"))
        page.on("console", note)
        page.on("dialog", lambda d: (notes.append(f"dialog: {d.message}"), d.dismiss()))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((room.address, "data:")) or notes.append(f"request: {r.url}")
            ),
        )
        page.goto(room.address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert notes == []


def joined(page, room, name="Ana Silva"):
    """Take a seat by typing."""
    page.get_by_label("Code").fill(room.code())
    page.get_by_role("button", name="Join").click()
    if name:
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="All criteria").wait_for()
    return page


def at(page, number):
    page.get_by_role("heading", name=TITLES[number], level=1).wait_for()


def choose(page, level):
    page.get_by_role("radio", name=re.compile("abstain" if level is None else f"^{level} ")).check(
        force=True
    )


def received(page):
    page.locator(".foot").get_by_text(RECEIVED).wait_for()


def stored(room, device_page, key):
    """The own vote as the server has it, asked with the page's cookie."""
    state = device_page.evaluate("async () => (await fetch('/api/state')).json()")
    return state["you"]["votes"].get(key)


def test_join_by_typing_vote_change_and_come_back(room, page_of):
    page = page_of(room)
    page.get_by_label("Code").fill("wrong")
    page.get_by_role("button", name="Join").click()
    page.get_by_role("alert").get_by_text("wrong or was used").wait_for()
    joined(page, room)
    page.get_by_role("heading", name="You are in, Ana Silva").wait_for()
    room.turn_to(KEYS[0])
    at(page, 0)
    page.get_by_text("Not voted yet").wait_for()
    page.get_by_text("0 of 1 person has voted").wait_for()
    choose(page, 3)
    received(page)
    assert stored(room, page, KEYS[0]) == {"level": 3, "comment": ""}
    page.get_by_label("Why?").fill("Seen the <b>handbook</b>.")
    until(
        lambda: stored(room, page, KEYS[0]) == {"level": 3, "comment": "Seen the <b>handbook</b>."}
    )
    choose(page, None)
    until(lambda: stored(room, page, KEYS[0])["level"] is None)
    page.reload()
    at(page, 0)
    page.get_by_text("Your vote is saved").wait_for()
    assert page.get_by_role("radio", name="abstain").is_checked()
    assert page.get_by_label("Why?").input_value() == "Seen the <b>handbook</b>."


def test_join_by_the_qr_code_of_a_card_and_vote_by_keyboard(room, page_of):
    page = page_of(room, f"#{room.code()}")
    page.get_by_label("Your name").wait_for()
    assert page.url == room.address, "the code does not stay in the address"
    page.keyboard.type("Ben")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You are in, Ben").wait_for()
    room.turn_to(KEYS[1])
    at(page, 1)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "level":
            break
    assert (
        page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle")
        == "solid"
    )
    page.keyboard.press("Space")
    received(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    until(lambda: stored(room, page, KEYS[1]) == {"level": 2, "comment": ""})
    assert page.evaluate("document.activeElement.value") == "2"


def test_reveal_consensus_and_thanks(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    choose(page, 2)
    received(page)
    others = [room.joined(f"Person {n}") for n in range(3)]
    for level, other in zip((3, 3, None), others, strict=True):
        other.vote(KEYS[0], level, HOSTILE)
    assert page.locator("svg.spread").count() == 0
    room.reveal(KEYS[0])
    picture = page.get_by_role("img", name="you voted 2")
    picture.wait_for()
    assert picture.get_attribute("aria-label").startswith(
        "0 Absent: 0 votes, 1 Claimed: 0 votes, 2 Described: 1 vote, 3"
    )
    assert page.locator("svg.spread circle").count() == 3
    assert page.locator("svg.spread circle.mine").count() == 1
    page.get_by_text("3 votes · 1 abstained · median 3 Evidenced").wait_for()
    assert page.locator(".comments .text").count() == 3
    assert "<img src=x onerror=alert(1)>" in page.locator(".comments .text").first.inner_text()
    assert page.locator("main img, main b:has-text('x')").count() == 0
    assert not page.get_by_role("radio").first.is_visible()
    room.settle(KEYS[0], 3, "<i>Because</i>.")
    page.get_by_role("heading", name="Agreed").wait_for()
    page.get_by_text("<i>Because</i>.").wait_for()
    room.close()
    page.get_by_role("heading", name="Thank you, Ana Silva").wait_for()
    page.get_by_text("You voted on 1 of 38 criteria.").wait_for()
    page.get_by_role("button", name="Show all criteria").click()
    page.get_by_role("button", name=re.compile(TITLES[0])).click()
    page.get_by_role("img", name="you voted 2").wait_for()


def test_follow_the_room_or_vote_ahead(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    # Ahead, and the room goes on without taking the page along.
    page.get_by_role("button", name="All criteria").click()
    page.get_by_role("button", name=re.compile(TITLES[4])).click()
    at(page, 4)
    choose(page, 1)
    received(page)
    room.turn_to(KEYS[9])
    page.get_by_role("button", name=re.compile(f"Current criterion: {TITLES[9]}")).wait_for()
    page.get_by_role("button", name="Next criterion").click()
    at(page, 5)
    page.get_by_role("button", name="Previous criterion").click()
    at(page, 4)
    assert page.get_by_role("radio", name=re.compile("^1 ")).is_checked()
    page.get_by_role("button", name=re.compile("Go there")).click()
    at(page, 9)
    # A list that says what is done.
    page.get_by_role("button", name="All criteria").click()
    page.get_by_text("You have voted on 1 of 38.").wait_for()
    assert page.get_by_role("switch", name="Follow the session").is_checked()
    row = page.get_by_role("button", name=re.compile(TITLES[4]))
    assert "is your vote" in row.text_content()
    # Nobody is torn away from a sentence.
    page.get_by_role("button", name="Back to the vote").first.click()
    at(page, 9)
    choose(page, 2)
    page.get_by_label("Why?").press_sequentially("A long th")
    room.turn_to(KEYS[10])
    page.get_by_role("button", name=re.compile(f"Current criterion: {TITLES[10]}")).wait_for()
    page.get_by_label("Why?").press_sequentially("ought.")
    at(page, 9)
    until(lambda: (stored(room, page, KEYS[9]) or {}).get("comment") == "A long thought.")
    page.keyboard.press("Tab")
    at(page, 10)


def test_the_room_votes_again(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    choose(page, 1)
    received(page)
    room.reveal(KEYS[0])
    page.locator("svg.spread").wait_for()
    room.note(f"criteria.{KEYS[0]}.earlier", [[0, 1, 0, 0, 0]])
    room.note(f"criteria.{KEYS[0]}.revealed", None)
    page.get_by_text("Voting is open again. Your vote counts unless you change it.").wait_for()
    assert page.get_by_role("radio", name=re.compile("^1 ")).is_checked()
    choose(page, 3)
    received(page)
    room.reveal(KEYS[0])
    page.get_by_role("img", name="you voted 3").wait_for()
    page.get_by_text("Round 1: 1 × 1.").wait_for()


def test_a_lost_connection_keeps_votes_and_sends_them(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    choose(page, 1)
    received(page)
    page.context.set_offline(True)
    page.locator(".line").get_by_text("No connection to the voting server").wait_for()
    choose(page, 4)
    page.get_by_text("Saved on this device, not sent yet").wait_for()
    page.get_by_role("button", name="Next criterion").click()
    choose(page, 2)
    page.get_by_label("Why?").fill("Written without a network.")
    page.get_by_text("Saved on this device, not sent yet").wait_for()
    page.context.set_offline(False)
    received(page)
    until(lambda: stored(room, page, KEYS[0]) == {"level": 4, "comment": ""})
    until(
        lambda: stored(room, page, KEYS[1]) == {"level": 2, "comment": "Written without a network."}
    )
    until(lambda: page.locator(".line").inner_text() == "")


def test_what_was_kept_outlives_the_page(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    page.route("**/api/vote", lambda route: route.abort())
    choose(page, 3)
    page.get_by_text("Saved on this device, not sent yet").wait_for()
    page.close(run_before_unload=False)
    again = page.context.new_page()
    again.goto(room.address)
    again.get_by_role("heading", name=TITLES[0], level=1).wait_for()
    received(again)
    assert stored(room, again, KEYS[0]) == {"level": 3, "comment": ""}


def test_an_answer_that_was_lost_is_no_second_vote_and_no_conflict(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    lost = []

    def lose(route):
        route.fetch()  # it arrives
        lost.append(1)
        route.abort()  # and nobody hears of it

    page.route("**/api/vote", lose)
    choose(page, 3)
    until(lambda: (page.wait_for_timeout(50), lost)[1])
    choose(page, 4)
    page.unroute("**/api/vote")
    until(lambda: stored(room, page, KEYS[0]) == {"level": 4, "comment": ""})
    page.wait_for_timeout(500)
    assert "another device" not in page.inner_text("body")
    assert page.get_by_role("radio", name=re.compile("^4 ")).is_checked()


def test_an_older_vote_of_a_device_that_slept_does_not_overwrite(room, page_of):
    page = joined(page_of(room), room)
    room.turn_to(KEYS[0])
    at(page, 0)
    page.context.set_offline(True)
    choose(page, 0)
    page.get_by_text("Saved on this device, not sent yet").wait_for()
    # Meanwhile the same person votes elsewhere, with the same seat.
    cookie = next(c for c in page.context.cookies() if c["name"].startswith("calib-seat"))
    device = Device(room)
    device.cookie = f"{cookie['name']}={cookie['value']}"
    assert device.vote(KEYS[0], 3, "the newer one").status == 200
    page.context.set_offline(False)
    page.get_by_text(
        "You have voted on another device in the meantime; that vote counts."
    ).wait_for()
    until(lambda: page.get_by_role("radio", name=re.compile("^3 ")).is_checked())
    assert stored(room, page, KEYS[0]) == {"level": 3, "comment": "the newer one"}


def test_a_server_that_dies_is_hardly_noticed(tmp_path, page_of):
    with voting(acme(tmp_path)) as room:
        room.begin()
        page = joined(page_of(room), room)
        room.turn_to(KEYS[0])
        at(page, 0)
        for level in (1, 2, 3):
            room.kill()
            choose(page, level)
            received(page)
            until(lambda level=level: stored(room, page, KEYS[0])["level"] == level)
        assert page.get_by_role("heading", name="Join the vote").count() == 0


def test_a_new_code_on_another_device_ends_the_old_one(room, page_of, monkeypatch):
    from calib.ballots.seats import create_join_codes

    monkeypatch.setenv("XDG_STATE_HOME", str(room.state))
    page = joined(page_of(room), room)
    [seat] = create_join_codes(room.folder, ["Ana Silva"])
    until(lambda: any(card["name"] for card in room.cards()))
    other = page_of(room, f"#{seat.code}", LAPTOP)
    other.get_by_role("heading", name="You are in, Ana Silva").wait_for()
    page.get_by_text("This device has no seat here any more.").wait_for()


def test_waiting_for_the_facilitator(tmp_path, page_of):
    with voting(acme(tmp_path), bare=3) as room:
        page = page_of(room, f"#{room.code()}")
        page.get_by_text(
            "The facilitator has not started the workshop yet. This page continues by itself."
        ).wait_for()
        room.begin("anonymous")
        page.get_by_role("heading", name="You are in").wait_for()
        assert page.locator(".who").inner_text() == "Anonymous"


def test_the_screen_from_the_first_join_to_the_end(room, page_of):
    wall = page_of(room, f"screen#key={room.screen_key}", WALL)
    wall.get_by_role("heading", name="Join the vote").wait_for()
    assert wall.url == f"{room.address}screen", "the key is not shown to the room"
    assert wall.get_by_role("img", name="QR code").evaluate("e => e.naturalWidth") > 0
    people = [room.joined(name) for name in ("Ana", "Ben", "<b>Chiara</b>")]
    wall.get_by_text("3 people have joined.").wait_for()
    wall.get_by_text("<b>Chiara</b>").wait_for()
    room.turn_to(KEYS[0])
    wall.get_by_role("heading", name=TITLES[0], level=1).wait_for()
    wall.get_by_text("0 of 3 have voted").wait_for()
    wall.locator(".evidence").get_by_text("Brightloom runs every generative").wait_for()
    people[0].vote(KEYS[0], 0, "xyzzy")
    wall.get_by_text("1 of 3 have voted").wait_for()
    assert wall.locator(".chips .voted bdi").all_inner_texts() == ["Ana"]
    wall.reload()
    wall.get_by_text("1 of 3 have voted").wait_for()
    people[1].vote(KEYS[0], 3)
    people[2].vote(KEYS[0], 3)
    wall.get_by_text("3 of 3 have voted").wait_for()
    assert "xyzzy" not in wall.content()
    room.reveal(KEYS[0])
    wall.get_by_text("Ask first: Ana").wait_for()
    assert wall.locator(".ladder .count").all_inner_texts() == ["1", "0", "0", "2", "0"]
    room.settle(KEYS[0], 3)
    wall.get_by_text("Agreed: 3 Evidenced").wait_for()
    room.close()
    wall.get_by_text("1 of 38 criteria were agreed.").wait_for()
    stranger = page_of(room, "screen#key=guessed", WALL)
    stranger.get_by_text("Only the facilitator can see this page").wait_for()


@pytest.mark.parametrize("size", [(1280, 720), WALL, (1024, 768)], ids=str)
def test_everything_fits_on_the_wall(room, size, page_of):
    wall = page_of(room, f"screen#key={room.screen_key}", size)
    people = [room.joined(f"Maximiliane Hohenstein {n}") for n in range(20)]
    longest = sorted(KEYS, key=lambda k: -sum(map(len, criterion(k).levels)))[:3]
    for key in (*longest, max(KEYS, key=lambda k: len(criterion(k).question))):
        room.turn_to(key)
        wall.get_by_role("heading", name=criterion(key).title, level=1).wait_for()
        wall.locator(".evidence .sentence").wait_for()
        assert wall.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
        assert (
            wall.evaluate(
                "() => parseFloat(getComputedStyle(document.querySelector('.looks')).fontSize)"
            )
            >= 9
        )
    for n, one in enumerate(people):
        one.vote(key, n % 2 + 2)
    room.reveal(key)
    room.settle(
        key,
        2,
        "A reason that takes a whole line of its own, since it was talked over for long. " * 2,
    )
    wall.get_by_text("Agreed: 2").wait_for()
    wall.wait_for_timeout(300)
    assert wall.evaluate("() => document.documentElement.scrollHeight <= innerHeight")


def criterion(key):
    control, _, name = key.partition("/")
    return CATALOG.control(control).criterion(name)


def test_cards_for_the_printer(room, page_of):
    page = page_of(room, f"cards#key={room.cards_key}", LAPTOP)
    page.get_by_text("30 unused codes.").wait_for()
    assert page.url == f"{room.address}cards"
    assert page.locator(".card").count() == 30
    code = page.locator(".card .code").first.inner_text()
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Print").is_visible()
    assert page.locator(".card").first.bounding_box()["width"] > 200
    page.emulate_media(media="screen")
    room.joined("Ana", code)
    page.reload()
    page.get_by_text("29 unused codes.").wait_for()
    assert code not in page.inner_text("main")


@pytest.mark.parametrize("naming", ["named", "anonymous"])
@pytest.mark.parametrize("size", [(320, 640), PHONE, (768, 1024), LAPTOP], ids=str)
def test_axe_finds_nothing_and_nothing_is_cut_off(tmp_path, size, naming, page_of):
    with voting(acme(tmp_path), bare=6) as room:
        room.begin(naming)
        page = page_of(room, size=size, bypass_csp=True)
        page.get_by_label("Code").wait_for()

        def check(what):
            page.add_script_tag(content=axe_source())
            assert page.evaluate(AXE) == [], what
            wide, inner = page.evaluate(WIDE)
            assert wide <= inner, what
            assert page.evaluate(SMALL) == [], what

        check("join")
        if naming == "named":
            page.get_by_label("Code").fill(room.code())
            page.get_by_role("button", name="Join").click()
            page.get_by_label("Your name").wait_for()
            check("name")
            page.get_by_label("Your name").fill(
                "Wolfeschlegelsteinhausenbergerdorff Maximilian Alexander"
            )
            page.get_by_role("button", name="Join").click()
        else:
            joined(page, room, "")
        page.get_by_role("heading", name=re.compile("You are in")).wait_for()
        check("waiting")
        room.turn_to(KEYS[0])
        at(page, 0)
        check("ballot")
        choose(page, 3)
        received(page)
        check("voted")
        other = room.joined("Ben" if naming == "named" else "")
        other.vote(KEYS[0], 1, "A_very_long_word_" * 12)
        page.get_by_role("button", name="All criteria").click()
        page.get_by_role("heading", name="All criteria").wait_for()
        check("list")
        page.get_by_role("button", name="Back to the vote").first.click()
        room.reveal(KEYS[0])
        room.settle(KEYS[0], 2)
        page.get_by_role("heading", name="Agreed").wait_for()
        page.locator(".levels summary").click()
        check("revealed")
        page.context.set_offline(True)
        page.locator(".line.shown").wait_for()
        check("lost")
        page.context.set_offline(False)
        room.close()
        page.get_by_role("heading", name=re.compile("Thank you")).wait_for()
        check("thanks")


@pytest.mark.parametrize("naming", ["named", "anonymous"])
def test_axe_finds_nothing_on_the_wall(tmp_path, naming, page_of):
    with voting(acme(tmp_path), bare=6) as room:
        room.begin(naming, agenda=[{"control": CATALOG.controls[0].id, "minutes": 15}])
        people = [room.joined(n if naming == "named" else "") for n in ("Ana", "Ben")]
        wall = page_of(room, f"screen#key={room.screen_key}", WALL, bypass_csp=True)

        def check(what):
            wall.add_script_tag(content=axe_source())
            assert wall.evaluate(AXE) == [], what

        wall.get_by_role("heading", name="Join the vote").wait_for()
        check("join")
        room.turn_to(KEYS[0])
        wall.locator(".evidence .sentence").wait_for()
        people[0].vote(KEYS[0], 1)
        wall.get_by_text("1 of 2 have voted").wait_for()
        check("open")
        room.reveal(KEYS[0])
        room.settle(KEYS[0], 2)
        wall.get_by_text("Agreed: 2").wait_for()
        check("settled")
        cards = page_of(room, f"cards#key={room.cards_key}", LAPTOP, bypass_csp=True)
        cards.locator(".card").first.wait_for()
        cards.add_script_tag(content=axe_source())
        assert cards.evaluate(AXE) == []
