"""Measure latency and memory of the voting server, and the votes that kills lose.

python bench/workshop.py                       # 8 and 30 participants
python bench/workshop.py --people 8 --rounds 5 --kills 0
python bench/workshop.py --markdown docs/workshop-performance.md

The server is the real one, as a process; the participants are HTTP clients of this program
(bench/devices.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from devices import Participant, Projector  # noqa: E402
from page import machine  # noqa: E402

from calib.catalog.load import load_catalog  # noqa: E402
from calib.resources import resource_path  # noqa: E402
from calib.store.locate import EXAMPLES  # noqa: E402
from tests.voting import VotingSession, voting  # noqa: E402

KEYS = [f"{c.id}/{x.id}" for c in load_catalog().controls for x in c.criteria]
TARGET = 500.0  # milliseconds from a vote to its response, median of eight


@dataclass
class Figures:
    """The measurements with one number of participants."""

    people: int
    alone: list[float] = field(default_factory=list)
    """A single vote while no one else votes, until its response."""
    ahead: list[float] = field(default_factory=list)
    """Everyone votes on all criteria, one after the other, until the response."""
    together: list[float] = field(default_factory=list)
    """Everyone votes on one criterion at the same moment, until the response."""
    wall: list[float] = field(default_factory=list)
    """The same, until the projector shows that all have voted."""
    reveal: list[float] = field(default_factory=list)
    """From the write of the record until the last phone shows the votes."""
    seconds: float = 0.0
    """For all votes on all criteria."""
    empty: int = 0
    full: int = 0
    """Memory of the server in kilobytes, before the first join and at the end."""
    kills: int = 0
    cut: int = 0
    lost: int = 0


def memory_kb(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) if found else 0


async def measure(room: VotingSession, people: int, rounds: int, kills: int) -> Figures:
    figures = Figures(people)
    await asyncio.sleep(2)  # the server has scored the assessment once
    figures.empty = memory_kb(room.server)
    participants = [Participant(room, f"Person {n}") for n in range(people)]
    projector = Projector(room, "")
    for client in (*participants, projector):
        await client.join()
    try:
        await _measure_alone(figures, participants)
        await _measure_ahead(figures, participants)
        await _measure_together(figures, room, participants, projector, rounds)
        figures.full = memory_kb(room.server)
        await _measure_kills(figures, room, participants, kills)
    finally:
        for client in (*participants, projector):
            await client.leave()
    return figures


async def _measure_alone(figures: Figures, participants: list[Participant]) -> None:
    for n in range(40):
        figures.alone.append(
            await participants[n % len(participants)].vote(KEYS[n % len(KEYS)], n % 5)
        )
        await asyncio.sleep(0.02)


async def _measure_ahead(figures: Figures, participants: list[Participant]) -> None:
    async def all_of(person: Participant, chance: random.Random) -> None:
        for key in chance.sample(KEYS, len(KEYS)):
            figures.ahead.append(await person.vote(key, chance.randrange(5)))

    began = time.perf_counter()
    await asyncio.gather(*(all_of(one, random.Random(n)) for n, one in enumerate(participants)))
    figures.seconds = time.perf_counter() - began


async def _measure_together(
    figures: Figures,
    room: VotingSession,
    participants: list[Participant],
    projector: Projector,
    rounds: int,
) -> None:
    """Vote and reveal criterion by criterion; without old ballots, so that counts start at 0."""
    shutil.rmtree(room.folder / "ballots")
    for one in participants:
        one.votes.clear()
    for number, key in enumerate(KEYS[:rounds]):
        await asyncio.to_thread(room.turn_to, key)
        for client in (*participants, projector):
            await client.until(lambda s, key=key: current_key(s) == key and s["voted"] == 0)
        began = time.perf_counter()
        sent = [one.vote(key, (n + number) % 5) for n, one in enumerate(participants)]
        shown = asyncio.create_task(projector.until(lambda s: s["voted"] == len(participants)))
        figures.together += await asyncio.gather(*sent)
        await shown
        figures.wall.append(1000 * (time.perf_counter() - began))
        await asyncio.to_thread(room.reveal, key)
        began = time.perf_counter()
        await asyncio.gather(
            *(one.until(lambda s, key=key: key in s["spreads"]) for one in participants)
        )
        figures.reveal.append(1000 * (time.perf_counter() - began))


def current_key(state: dict) -> str:
    criterion = state.get("criterion")
    return state["at"] if "at" in state else criterion["key"] if criterion else ""


async def _measure_kills(
    figures: Figures, room: VotingSession, participants: list[Participant], kills: int
) -> None:
    """Kill the server at random moments while all vote; count acknowledged votes that are lost."""
    stop = asyncio.Event()
    free = KEYS[-8:]

    async def keep_voting(person: Participant, chance: random.Random) -> None:
        while not stop.is_set():
            await person.vote(chance.choice(free), chance.randrange(5))

    voters = [
        asyncio.create_task(keep_voting(one, random.Random(n)))
        for n, one in enumerate(participants)
    ]
    chance = random.Random(7)
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        await asyncio.to_thread(room.kill)
        figures.kills += 1
    stop.set()
    await asyncio.gather(*voters)
    for one in participants:
        figures.cut += one.failures
        _, found = await one.requests.ask("GET", "/api/state")
        stored = {key: vote["level"] for key, vote in found["you"]["votes"].items()}
        figures.lost += sum(1 for key, level in one.votes.items() if stored.get(key) != level)


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def summarize(values: list[float]) -> str:
    """Write median, 95 % and longest."""
    if not values:
        return "–"
    high = sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
    return f"{statistics.median(values):.0f} / {high:.0f} / {max(values):.0f}"


ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("", lambda f: f"{f.people} people"),
    ("a single vote, to its response", lambda f: summarize(f.alone)),
    ("all vote on the same criterion at once, to the response", lambda f: summarize(f.together)),
    ("the same, until the projector shows that all have voted", lambda f: summarize(f.wall)),
    ("all vote on all 38 criteria at once, to the response", lambda f: summarize(f.ahead)),
    ("a reveal, until every phone shows it", lambda f: summarize(f.reveal)),
    ("votes per second, all on all criteria", lambda f: f"{len(f.ahead) / f.seconds:.0f}"),
    ("memory of the server, no participants, MB", lambda f: f"{f.empty / 1000:.0f}"),
    ("memory with all participants and votes, MB", lambda f: f"{f.full / 1000:.0f}"),
    ("memory per participant, kB", lambda f: f"{(f.full - f.empty) / f.people:.0f}"),
    ("kills of the server during voting", lambda f: str(f.kills)),
    ("requests cut or refused meanwhile", lambda f: str(f.cut)),
    ("acknowledged votes that were lost", lambda f: str(f.lost)),
)


def rows(found: list[Figures]) -> list[tuple[str, ...]]:
    return [(name, *(cell(f) for f in found)) for name, cell in ROWS]


def format_table(found: list[Figures]) -> str:
    table = rows(found)
    widths = [max(len(r[n]) for r in table) for n in range(len(table[0]))]
    lines = []
    for name, *cells in table:
        right = (cell.rjust(w) for cell, w in zip(cells, widths[1:], strict=True))
        lines.append("  ".join((name.ljust(widths[0]), *right)))
    return "\n".join(lines)


PAGE = """# Voting server performance

Written by `python bench/workshop.py --markdown docs/workshop-performance.md`; all figures are
from one run.

* Machine: {machine}, shared with other work; load {load:.1f} at the start, {end:.1f} at the end
* CPython {python}; {day}
* The real server runs as a process. The participants are HTTP clients in one other process on the
  same machine, each with a connection for long polls and one for votes. Wireless latency is not
  included.
* Times are milliseconds: median / 95 % / longest. A vote is acknowledged once it is encrypted and
  on disk.

{table}

Target: at most {target:.0f} ms median from a vote to its response when eight vote at once.
Measured: {median:.0f} ms, {met}.

The server checks the record every 0.3 s and collects changes for 0.1 s before it answers. On an
idle machine these two delays account for most of the time to the projector and of a reveal.
"""


def render_document(found: list[Figures], load: float) -> str:
    table = rows(found)
    eight = next((f for f in found if f.people == 8), found[0])
    median = statistics.median(eight.together)
    lines = [" | ".join(row) for row in table]
    lines.insert(1, "--- |" + " --: |" * (len(found) - 1) + " --:")
    return PAGE.format(
        machine=machine(), load=load, end=os.getloadavg()[0], python=sys.version.split()[0],
        day=date.today().isoformat(), table="\n".join(f"| {line} |" for line in lines),
        target=TARGET, median=median, met="met" if median <= TARGET else "missed",
    )  # fmt: skip


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--people", type=int, nargs="*", default=[8, 30])
    parser.add_argument(
        "--rounds", type=int, default=20, help="criteria on which all vote together"
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    found = []
    for people in arguments.people:
        with tempfile.TemporaryDirectory() as scratch:
            example = resource_path("data", "examples", EXAMPLES["halfway"])
            folder = Path(shutil.copytree(example, Path(scratch) / "acme"))
            with voting(folder, "--seats", str(people)) as room:
                room.begin()
                found.append(asyncio.run(measure(room, people, arguments.rounds, arguments.kills)))
    print(format_table(found))
    if arguments.markdown:
        arguments.markdown.write_text(render_document(found, load), encoding="utf-8")


if __name__ == "__main__":
    main()
