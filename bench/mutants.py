"""Show what the last `make mutants` found: a table by module, then each mutant that survived.

python bench/mutants.py           # the table and the names of the survivors
python bench/mutants.py --diff    # with the change that nothing noticed
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

RESULTS = Path("mutants")
COUNTED = ("killed", "timeout", "survived", "no tests")


def main(*, with_diff: bool) -> None:
    """Print the results as Markdown."""
    survivors: list[str] = []
    total: Counter[str] = Counter()
    print("| module | mutants | killed | survived | share killed |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for path in sorted(RESULTS.rglob("*.py.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        states = {name: status_by_exit_code[code] for name, code in codes.items()}
        if not states:
            continue
        count = Counter(states.values())
        total += count
        print(row(path.relative_to(RESULTS).as_posix().removesuffix(".meta"), count))
        survivors += [name for name, state in states.items() if state in ("survived", "no tests")]
    print(row("all", total))
    other = {state: number for state, number in total.items() if state not in COUNTED}
    if other:
        print(f"\nNot counted: {other}")
    print()
    for name in survivors:
        print(name)
        if with_diff:
            mutmut = Path(sys.executable).with_name("mutmut")
            shown = subprocess.run(
                [mutmut, "show", name], capture_output=True, text=True, check=True
            )
            lines = shown.stdout.splitlines()
            changed = [x for x in lines if x[:1] in "+-" and not x.startswith(("---", "+++"))]
            print("\n".join(f"    {line}" for line in changed))


def row(name: str, count: Counter[str]) -> str:
    """Write a row of the table; a mutant that runs into the time limit was noticed as well."""
    killed = count["killed"] + count["timeout"]
    survived = count["survived"] + count["no tests"]
    share = f"{100 * killed / (killed + survived):.1f} %" if killed + survived else "-"
    return f"| {name} | {killed + survived} | {killed} | {survived} | {share} |"


if __name__ == "__main__":
    main(with_diff="--diff" in sys.argv)
