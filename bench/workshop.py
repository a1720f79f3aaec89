"""How quickly the voting room takes and shows votes, with how much memory, and what kills lose.

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

from devices import Person, Wall  # noqa: E402
from page import machine  # noqa: E402

from calib.catalog.load import load_catalog  # noqa: E402
from calib.resources import shipped  # noqa: E402
from calib.store.locate import EXAMPLES  # noqa: E402
from tests.voting import VotingRoom, voting  # noqa: E402

KEYS = [f"{c.id}/{x.id}" for c in load_catalog().controls for x in c.criteria]
TARGET = 500.0  # milliseconds from a vote to its answer, as the median of eight


@dataclass
class Figures:
    """Hold what was measured with so many people."""

    people: int
    alone: list[float] = field(default_factory=list)
    """One vote, nobody else voting: to its answer."""
    ahead: list[float] = field(default_factory=list)
    """Everybody on all criteria at once, each one vote after the other: to the answer."""
    together: list[float] = field(default_factory=list)
    """Everybody on the same criterion in the same moment: to the answer."""
    wall: list[float] = field(default_factory=list)
    """The same: from sending to the screen that shows that all have voted."""
    reveal: list[float] = field(default_factory=list)
    """From the record that is written to the last telephone that shows the spread."""
    seconds: float = 0.0
    """For all votes on all criteria."""
    empty: int = 0
    full: int = 0
    """Kilobytes of the server: before anybody joined, and at the end."""
    kills: int = 0
    cut: int = 0
    lost: int = 0


def memory(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) if found else 0


async def measured(room: VotingRoom, people: int, rounds: int, kills: int) -> Figures:
    figures = Figures(people)
    await asyncio.sleep(2)  # the server has looked at the evidence once
    figures.empty = memory(room.server)
    crowd = [Person(room, f"Person {n}") for n in range(people)]
    wall = Wall(room, "")
    for one in (*crowd, wall):
        await one.join()
    try:
        await _one_by_one(figures, crowd)
        await _ahead(figures, crowd)
        await _together(figures, room, crowd, wall, rounds)
        figures.full = memory(room.server)
        await _killed(figures, room, crowd, kills)
    finally:
        for one in (*crowd, wall):
            await one.leave()
    return figures


async def _one_by_one(figures: Figures, crowd: list[Person]) -> None:
    for n in range(40):
        figures.alone.append(await crowd[n % len(crowd)].vote(KEYS[n % len(KEYS)], n % 5))
        await asyncio.sleep(0.02)


async def _ahead(figures: Figures, crowd: list[Person]) -> None:
    async def all_of(person: Person, chance: random.Random) -> None:
        for key in chance.sample(KEYS, len(KEYS)):
            figures.ahead.append(await person.vote(key, chance.randrange(5)))

    began = time.perf_counter()
    await asyncio.gather(*(all_of(one, random.Random(n)) for n, one in enumerate(crowd)))
    figures.seconds = time.perf_counter() - began


async def _together(
    figures: Figures, room: VotingRoom, crowd: list[Person], wall: Wall, rounds: int
) -> None:
    """Let the room go through criteria on which nobody has voted: that of the wall counts them."""
    shutil.rmtree(room.folder / "ballots")
    for one in crowd:
        one.votes.clear()
    for number, key in enumerate(KEYS[:rounds]):
        await asyncio.to_thread(room.turn_to, key)
        for one in (*crowd, wall):
            await one.until(lambda s, key=key: here(s) == key and s["voted"] == 0)
        began = time.perf_counter()
        sent = [one.vote(key, (n + number) % 5) for n, one in enumerate(crowd)]
        shown = asyncio.create_task(wall.until(lambda s: s["voted"] == len(crowd)))
        figures.together += await asyncio.gather(*sent)
        await shown
        figures.wall.append(1000 * (time.perf_counter() - began))
        await asyncio.to_thread(room.reveal, key)
        began = time.perf_counter()
        await asyncio.gather(*(one.until(lambda s, key=key: key in s["spreads"]) for one in crowd))
        figures.reveal.append(1000 * (time.perf_counter() - began))


def here(state: dict) -> str:
    criterion = state.get("criterion")
    return state["at"] if "at" in state else criterion["key"] if criterion else ""


async def _killed(figures: Figures, room: VotingRoom, crowd: list[Person], kills: int) -> None:
    """Kill the server at odd moments while all vote, and count what it had acknowledged."""
    stop = asyncio.Event()
    free = KEYS[-8:]

    async def go_on(person: Person, chance: random.Random) -> None:
        while not stop.is_set():
            await person.vote(chance.choice(free), chance.randrange(5))

    voting_ = [asyncio.create_task(go_on(one, random.Random(n))) for n, one in enumerate(crowd)]
    chance = random.Random(7)
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        await asyncio.to_thread(room.kill)
        figures.kills += 1
    stop.set()
    await asyncio.gather(*voting_)
    for one in crowd:
        figures.cut += one.failed
        _, found = await one.mouth.ask("GET", "/api/state")
        held = {key: vote["level"] for key, vote in found["you"]["votes"].items()}
        figures.lost += sum(1 for key, level in one.votes.items() if held.get(key) != level)


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def spread(values: list[float]) -> str:
    """Write median, 95 % and longest."""
    if not values:
        return "–"
    high = sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
    return f"{statistics.median(values):.0f} / {high:.0f} / {max(values):.0f}"


ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("", lambda f: f"{f.people} people"),
    ("a vote alone, to its answer", lambda f: spread(f.alone)),
    ("all vote on the same criterion at once, to the answer", lambda f: spread(f.together)),
    ("the same, until the screen shows that all have voted", lambda f: spread(f.wall)),
    ("all vote on all 38 criteria at once, to the answer", lambda f: spread(f.ahead)),
    ("a reveal, until every telephone shows it", lambda f: spread(f.reveal)),
    ("votes a second, all on all criteria", lambda f: f"{len(f.ahead) / f.seconds:.0f}"),
    ("memory of the server, empty, MB", lambda f: f"{f.empty / 1000:.0f}"),
    ("with everybody and all votes, MB", lambda f: f"{f.full / 1000:.0f}"),
    ("for each participant, kB", lambda f: f"{(f.full - f.empty) / f.people:.0f}"),
    ("kills of the server while all voted", lambda f: str(f.kills)),
    ("requests that were cut or refused meanwhile", lambda f: str(f.cut)),
    ("votes lost that were acknowledged", lambda f: str(f.lost)),
)


def rows(found: list[Figures]) -> list[tuple[str, ...]]:
    return [(name, *(cell(f) for f in found)) for name, cell in ROWS]


def printed(found: list[Figures]) -> str:
    table = rows(found)
    widths = [max(len(r[n]) for r in table) for n in range(len(table[0]))]
    lines = []
    for name, *cells in table:
        right = (cell.rjust(w) for cell, w in zip(cells, widths[1:], strict=True))
        lines.append("  ".join((name.ljust(widths[0]), *right)))
    return "\n".join(lines)


PAGE = """# The voting room: how quick, how large

Written by `python bench/workshop.py --markdown docs/workshop-performance.md`; every figure below is
of one run of it.

* Machine: {machine}, shared with other work; load {load:.1f} at the start, {end:.1f} at the end
* CPython {python}; {day}
* The server is the real one, as a process. The participants are HTTP clients of one other process
  on the same machine, each with a connection that waits for news and one that votes. There is no
  radio network in these figures.
* Times are milliseconds: median / 95 % / longest. The answer to a vote comes when it is sealed and
  on disk.

{table}

Target: at most {target:.0f} ms median from a vote to its answer where eight vote at once. It was
{median:.0f} ms: {met}.

A reveal is seen at the next look at the record, every 0.3 s, and news are gathered for 0.1 s: those
two pauses are most of what the screen and a reveal take on a machine that is free.
"""


def document(found: list[Figures], load: float) -> str:
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
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    found = []
    for people in asked.people:
        with tempfile.TemporaryDirectory() as scratch:
            example = shipped("data", "examples", EXAMPLES["halfway"])
            folder = Path(shutil.copytree(example, Path(scratch) / "acme"))
            with voting(folder, "--seats", str(people)) as room:
                room.begin()
                found.append(asyncio.run(measured(room, people, asked.rounds, asked.kills)))
    print(printed(found))
    if asked.markdown:
        asked.markdown.write_text(document(found, load), encoding="utf-8")


if __name__ == "__main__":
    main()
