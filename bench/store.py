"""Check that kills lose no edit, and measure the time of a save.

python bench/store.py kills 5000
python bench/store.py speed
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store_defects"))

import checks

from calib.store.session import Store
from calib.store.writer import Saved

SAVES = 200
checks.SCRATCH = None  # a real disk, with real flushes


def kills(count: int) -> None:
    """Kill a writer `count` times and print the losses."""
    start = time.perf_counter()
    found = checks.kills(count, seed=7)
    seconds = f"{time.perf_counter() - start:.0f}"
    # The check raises at the first lost, doubled or broken edit, so these columns are always 0.
    head = ("kills", "acknowledged", "finished by the next", "lost", "doubled", "broken", "seconds")
    _table(head, [(*found.values(), 0, 0, 0, seconds)])


def speed() -> None:
    """Time saves of a level and of a text, in a normal and in a very long control file."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = checks.make_acme(Path(scratch) / "acme")
        long = folder / "controls" / "GENAIPR-003.yaml"
        text = checks.NARRATIVE * (100_000 // len(checks.NARRATIVE))
        long.write_text(checks.CONTROL.replace(checks.NARRATIVE, text))
        store = Store.open(folder, "Ann")
        rows = []
        for name, file in (("normal", checks.FILE), ("long", "controls/GENAIPR-003.yaml")):
            size = f"{(folder / file).stat().st_size / 1000:.0f} KB"
            for field, change in (
                ("count", lambda v: v + 1),
                ("narrative", lambda v: f"{v[:-1]}x\n"),
            ):
                rows.append((name, size, field, *_timed(store, file, field, change)))
        _table(("control file", "size", "field", "median ms", "95 % ms", "longest ms"), rows)


def _timed(store: Store, file: str, field: str, change: Callable) -> tuple[str, ...]:
    taken = []
    for _ in range(SAVES):
        seen = store.get(file, field)
        start = time.perf_counter()
        answer = store.set(file, field, seen, change(seen))
        taken.append(1000 * (time.perf_counter() - start))
        assert isinstance(answer, Saved), answer
    taken.sort()
    return tuple(
        f"{t:.1f}" for t in (statistics.median(taken), taken[int(0.95 * SAVES)], taken[-1])
    )


def _table(head: tuple, rows: list[tuple]) -> None:
    widths = [max(len(str(r[n])) for r in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        print("  ".join(str(c).rjust(w) for c, w in zip(row, widths, strict=True)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["kills"]:
        kills(int(sys.argv[2]) if len(sys.argv) > 2 else 300)
    elif sys.argv[1:] == ["speed"]:
        speed()
    else:
        sys.exit(__doc__)
