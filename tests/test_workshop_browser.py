"""A whole workshop in real browsers: a facilitator, eight people, six controls, 38 criteria.

People join late, lose their connection, close their tab; the kernel and the voting server are
killed; the facilitator reloads. In the end every vote that was acknowledged is there, once.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import time
from pathlib import Path

import pytest

from calib import load_assessment, load_catalog
from calib.ballots.files import load_ballots
from calib.ballots.workshop_file import load_workshop
from tests.conftest import chromium
from tests.jupyter import FORM, IDLE, LAB_READY, Workbook, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="needs Chromium"),
]
INVITED = [
    "Ana Silva",
    "Ben Okafor",
    "Chloé Dubois",
    "<b>Dan</b> O'Neill",
    "Eve Müller",
    "Farid Haddad",
]
LATE = ["Gülşen Ay", "Hana 佐藤"]
LATE_AT = 6
RECEIVED = ".status.received"


@pytest.fixture
def workbook(halfway):
    running = Workbook(halfway, "--workshop", "--room-port", str(free_port()), "--seats", "0")
    yield running
    running.stop()


class Facilitator:
    """The notebook in JupyterLab."""

    def __init__(self, browser, workbook):
        self.workbook = workbook
        self.page = browser.new_page(viewport={"width": 1440, "height": 1000})
        self.page.goto(workbook.at("30_workshop"))
        self.run()

    def run(self):
        self.page.wait_for_selector(LAB_READY, timeout=60_000)
        self.page.wait_for_selector(IDLE, timeout=60_000)
        self.page.keyboard.press("Escape")
        self.page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        self.page.click('li[data-command="runmenu:run-all"]')
        self.page.wait_for_selector(FORM, timeout=60_000)

    def button(self, name, *, exact=True):
        return self.page.get_by_role("button", name=name, exact=exact)

    def begin(self, names):
        self.page.get_by_label("Facilitator").fill("Kim Lee")
        self.page.get_by_label("Participants, one name per line").fill("\n".join(names))
        self.button("Begin the workshop").click()
        self.page.wait_for_selector(".calib-stage")

    def codes(self):
        """The codes that the form shows, by name."""
        rows = self.page.locator(".calib-codes tbody tr").all()
        return {
            r.locator("td").nth(0).text_content(): r.locator("code").text_content() for r in rows
        }

    def go_on(self, *, first=False):
        """Go to the next criterion; return its title."""
        before = "" if first else self.title()
        self.button("Begin with this criterion" if first else "Next").click()
        if not first:
            wait(lambda: self.title() != before, "the next criterion")
        else:
            wait(lambda: self.button("Next").count() == 1, "the first criterion")
        return self.title()

    def title(self):
        return self.page.locator(".calib-stage h2").inner_text()

    def reveal(self, count):
        told = re.compile(rf"^Reveal {count} of \d+ votes$")
        self.page.get_by_role("button", name=told).click(timeout=20_000)
        self.page.wait_for_selector(".calib-spread")

    def settle(self, reason):
        quick = self.page.get_by_role("button", name=re.compile("as the votes suggest"))
        if quick.count() and quick.is_visible():
            quick.click()
        else:
            self.page.locator(".calib-choices:has-text('Consensus') label", has_text="2 ").click()
            self.page.get_by_label("Reason").fill(reason)
            self.button("Settle").click()
        try:
            self.page.wait_for_selector(".callout-title:has-text('Settled: level')", timeout=15_000)
        except Exception as error:
            said = self.page.locator(".calib-toolbar").inner_text()
            raise AssertionError(f"not settled; the toolbar says {said!r}") from error

    def seen(self):
        return self.page.content()


class Person:
    """A participant on a device of their own."""

    def __init__(self, browser, address, name, code, *, says_name=False):
        self.name, self.address = name, address
        self.context = browser.new_context(viewport={"width": 390, "height": 844})
        self.page = self.context.new_page()
        self.alerts = []
        self.page.on("dialog", lambda d: (self.alerts.append(d.message), d.dismiss()))
        self.page.goto(f"{address}#{code.replace('-', '')}")
        if says_name:
            self.page.get_by_label("Your name").fill(name)
            self.page.get_by_role("button", name="Join").click()

    def at(self, title):
        self.page.wait_for_selector(f"h1:text-is({title!r})", timeout=15_000)

    def choose(self, level, comment):
        self.page.locator("#comment").fill(comment)
        self.page.locator(f'label.choice:has(input[value="{level}"])').click()

    def vote(self, title, level, comment):
        """Vote, and return the seconds until the page says that it was received."""
        self.at(title)
        began = time.perf_counter()
        self.choose(level, comment)
        self.page.wait_for_selector(RECEIVED, timeout=15_000)
        return time.perf_counter() - began

    def tab_closes_and_opens(self):
        self.page.close()
        self.page = self.context.new_page()
        self.page.goto(self.address)


def wait(condition, what, seconds=20):
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def processes(parent, words):
    """The processes below another whose command holds some words."""
    rows = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    table = [line.split(None, 2) for line in rows.splitlines()]
    below, grown = {str(parent)}, True
    while grown:
        more = {pid for pid, ppid, *_ in table if ppid in below} - below
        below |= more
        grown = bool(more)
    return [int(pid) for pid, _, *args in table if pid in below and words in " ".join(args)]


def level_of(person, number):
    """Agreement on most criteria, wide spreads on some; the same in each run."""
    return (2 if number % 3 else (person * 2 + number) % 5) if person % 4 else (number % 2) + 2


def raw_bytes(folder: Path):
    return b"\n".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_a_workshop_from_the_first_code_to_the_last_vote(
    browser, workbook, halfway, record_property
):
    catalog = load_catalog()
    order = [x.title for c in catalog.controls for x in c.criteria]
    assert len(order) == len(set(order)) == 38
    room = re.search(r"Voting server: (\S+)", workbook.said())[1]

    kim = Facilitator(browser, workbook)
    kim.begin(INVITED)
    kim.page.get_by_text("Join codes and voting address").click()
    wait(lambda: len(kim.codes()) == len(INVITED), "the codes")
    people = [Person(browser, room, name, code) for name, code in kim.codes().items()]
    assert sorted(p.name for p in people) == sorted(INVITED)
    screen = browser.new_page()
    screen.goto(re.search(r"Projector: (\S+)", workbook.said())[1])

    cast, took, seen_titles = {}, [], []
    for number in range(38):
        title = kim.go_on(first=number == 0)
        seen_titles.append(title)
        key = next((c.id, x.id) for c in catalog.controls for x in c.criteria if x.title == title)
        if number == LATE_AT:
            for name in LATE:
                kim.page.get_by_label("Name", exact=True).fill(name)
                kim.button("Create a code for this person").click()
                wait(lambda name=name: name in kim.codes(), f"a code for {name}")
                people.append(Person(browser, room, name, kim.codes()[name]))
        if number == 20:
            os.kill(processes(workbook.process.pid, "-m calib.voting_server")[0], signal.SIGKILL)
        if number == 12:
            people[1].tab_closes_and_opens()
        for place, person in enumerate(people):
            secret = f"secret-of-{place}-on-{number}"
            level = level_of(place, number)
            if number == 4 and place == 2:
                person.at(title)
                person.context.set_offline(True)
                person.choose(level, secret)
                person.page.wait_for_selector(".status.kept", timeout=15_000)
                person.context.set_offline(False)
                person.page.wait_for_selector(RECEIVED, timeout=30_000)
            elif number == 9 and place == 3:
                person.at(title)
                person.context.set_offline(True)
                person.choose(1, "typed while there was no network")
                person.page.wait_for_selector(".status.kept", timeout=15_000)
                person.page.close()
                person.context.set_offline(False)
                person.page = person.context.new_page()
                person.page.goto(room)
                person.at(title)
                person.page.wait_for_selector(RECEIVED, timeout=30_000)
                person.vote(title, level, secret)
            else:
                took.append(person.vote(title, level, secret))
            cast[key, person.name] = (level, secret)
        if number % 6 == 2:
            nobody_sees_a_sealed_vote(kim, screen, people, halfway, number)
        if number == 15:
            os.kill(processes(workbook.process.pid, "ipykernel_launcher")[0], signal.SIGKILL)
            kim.page.wait_for_timeout(3000)
            kim.page.keyboard.press("Escape")
            kim.page.goto(workbook.at("30_workshop"))
            kim.run()
            wait(
                lambda title=title: kim.title() == title, "the same criterion after the kernel died"
            )
        if number == 25:
            kim.page.reload()
            kim.run()
            assert kim.title() == title
        kim.reveal(len(people))
        kim.settle(f"Talked over: {title}")
        if number % 10 == 0:
            people[0].page.wait_for_selector('h2:text-is("Votes")', timeout=15_000)
            screen.wait_for_selector(f"text={title}", timeout=15_000)

    assert sorted(seen_titles) == sorted(order), "the agenda leads through every criterion once"
    kim.page.get_by_text("Close the workshop").first.click()
    kim.page.get_by_role("button", name="Close the workshop").last.click()
    kim.page.wait_for_selector("text=The workshop is closed")
    people[0].page.wait_for_selector("text=/closed|thank/i", timeout=15_000)

    found = {}
    for ballot in load_ballots(halfway, catalog):
        for vote in ballot.votes:
            place = ((ballot.control, vote.criterion), ballot.name)
            assert place not in found, "a vote is there twice"
            found[place] = (vote.level, vote.comment)
    assert found == cast, "no vote is lost, none is another than was cast"
    assert len(cast) == 38 * len(INVITED) + (38 - LATE_AT) * len(LATE)
    record = load_workshop(halfway, catalog)
    assert sum(m.settled is not None for m in record.criteria) == 38
    assessment = load_assessment(halfway, catalog)
    for control in catalog.controls:
        for criterion in control.criteria:
            settled = record.criterion_record(control.id, criterion.id).settled
            override = assessment.response(control.id).answer(criterion.id).override
            assert (override.level, override.by) == (settled.level, "Kim Lee")
    assert not [a for p in people for a in p.alerts]
    # What the README tells; `pytest -rP` shows it.
    record_property("median_ms", round(statistics.median(took) * 1000))


def nobody_sees_a_sealed_vote(kim, screen, people, folder, number):
    for place in range(len(people)):
        secret = f"secret-of-{place}-on-{number}"
        assert secret not in kim.seen()
        assert secret not in screen.content()
        for other, person in enumerate(people):
            if other != place:
                assert secret not in person.page.content()
        assert secret.encode() not in raw_bytes(folder)
