"""Test the mutants of the core (docs/mutation-testing.md), and show which of them survived.

    CI=1 python bench/mutants.py run                        # those without a result yet
    CI=1 python bench/mutants.py run "calib.scoring.plan*"  # those of a module, all of them again
    python bench/mutants.py show                            # a table by module, and the survivors
    python bench/mutants.py show --diff                     # with the change that no test noticed

mutmut writes the mutants and records which test calls which function. One pytest process then
imports the tests once, and forks for each mutant a process that runs the tests of its function.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import click
import pytest
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers.isolation import get_mutant_runner

RESULTS = Path("mutants")
COUNTED = ("killed", "timeout", "survived", "no tests")

# Exit codes, as mutmut records them.
PASSED, FAILED, NO_TESTS, TIMEOUT = 0, 1, 33, 36
CPU_SECONDS, CPU_FACTOR = 5, 5
"""Time limit: so many seconds, and the recorded duration of the tests so many times."""
WALL_FACTOR = 10
"""A process that waits is ended after this many times the limit; the machine may be busy."""
MEMORY = 4 * 2**30
"""A loop without end may collect data; so many bytes are the limit."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Test the mutants of the core, and show which of them survived."""


# --- run ---


@dataclass
class Mutant:
    """A mutant, and the data of its module, which take the result."""

    name: str
    module: SourceFileMutationData

    @property
    def tests(self) -> list[str]:
        """The tests that call its function, the fastest first."""
        tests = state().tests_by_mangled_function_name.get(mangled_name_from_mutant_name(self.name))
        return sorted(tests or (), key=lambda test: (state().duration_by_test[test], test))

    def record(self, code: int, seconds: float) -> None:
        """Write the result, in one step: a run may be interrupted at any time."""
        self.module.exit_code_by_key[self.name] = code
        self.module.durations_by_key[self.name] = round(seconds, 3)
        final = self.module.meta_path
        self.module.meta_path = final.with_suffix(".new")
        self.module.save()
        self.module.meta_path.replace(final)
        self.module.meta_path = final


@main.command()
@click.argument("patterns", nargs=-1, metavar="[MODULE_PATTERN]...")
def run(patterns: tuple[str, ...]) -> None:
    """Test the mutants without a result, or all whose names match a pattern."""
    prepare()
    try:
        found, _ = mutmut.collect_source_file_mutation_data(mutant_names=patterns)
    except AssertionError as error:
        raise click.UsageError("No name of a mutant matches.") from error
    # Absolute, because the tests run in the folder of the mutants.
    for module in {id(module): module for module, _, _ in found}.values():
        module.meta_path = module.meta_path.absolute()
    mutants = [Mutant(name, module) for module, name, code in found if patterns or code is None]
    for mutant in [m for m in mutants if not m.tests]:
        mutant.record(NO_TESTS, 0)
        mutants.remove(mutant)
    if not mutants:
        click.echo("All mutants have a result.")
        return
    with tempfile.TemporaryDirectory(prefix="calib-mutants-") as scratch:
        code = run_pytest(Loop(mutants), Path(scratch))
    if code:
        raise SystemExit(code)


def prepare() -> None:
    """Let mutmut write the mutants and record which test calls which function."""
    set_mutant_under_test("mutant_generation")
    RESULTS.mkdir(exist_ok=True)
    click.echo("Writing the mutants ...")
    with contextlib.redirect_stdout(None):
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        mutmut.create_mutants(1)
    click.echo("Recording which test calls which function ...")
    runner = get_mutant_runner()
    with mock.patch.object(mutmut, "print_status"):  # its spinner fills logs
        mutmut.collect_or_load_stats(runner, apply_config_invalidation=True)
        if state().old_function_hashes:  # a record of an earlier run, which may be out of date
            state().tests_by_mangled_function_name.clear()
            state().duration_by_test.clear()
            mutmut.run_stats_collection(runner)


def run_pytest(plugin: Loop, scratch: Path) -> int:
    """Let pytest import the tests and hand them over to the plugin; return its exit code."""
    set_mutant_under_test("")
    options = ["--rootdir=.", "-qq", "--no-summary", "--capture=no", f"--basetemp={scratch}/tests"]
    selection = config().pytest_add_cli_args + config().pytest_add_cli_args_test_selection
    with contextlib.chdir(RESULTS):
        return int(pytest.main([*options, *selection], plugins=[plugin]))


class Loop:
    """A plugin that tests the mutants where pytest would run the tests."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Test each mutant in a forked process; pytest has imported the tests, and run none."""
        items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()
        self.check(session)
        with click.progressbar(self.mutants, label="Mutants", show_pos=True) as bar:
            for mutant in bar:
                tests = mutant.tests
                start = time.monotonic()
                seconds = sum(state().duration_by_test[test] for test in tests)
                chosen = functools.partial(run_tests, session, [items[test] for test in tests])
                code = fork(mutant.name, chosen, seconds)
                mutant.record(code, time.monotonic() - start)
        return True

    def check(self, session: pytest.Session) -> None:
        """Stop unless the tests pass without a change, and fail when every function raises."""
        seconds = sum(state().duration_by_test.values())
        tests = functools.partial(run_tests, session, session.items)
        if fork("", tests, seconds) != PASSED:
            pytest.exit("The tests fail without a change; run `make test`.", returncode=1)
        if fork("fail", tests, seconds) != FAILED:
            pytest.exit("The tests do not call the mutants.", returncode=1)


def run_tests(session: pytest.Session, items: list[pytest.Item]) -> int:
    """Run tests until one fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return FAILED
    return PASSED


def fork(mutant: str, tests: Callable[[], int], seconds: float) -> int:
    """Run tests in a forked process with the mutant in place, and return its exit code."""
    process = os.fork()
    if not process:
        code = FAILED
        # Whatever happens here must not return to the loop.
        try:
            confine(CPU_SECONDS + round(CPU_FACTOR * seconds))
            set_mutant_under_test(mutant)
            code = tests()
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return TIMEOUT if code in {-signal.SIGXCPU, -signal.SIGALRM} else code


def confine(seconds: int) -> None:
    """Limit the time and the memory of this process, and drop its output."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    with contextlib.suppress(ValueError):  # macOS has no limit of memory
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(seconds * WALL_FACTOR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


# --- show ---


@main.command()
@click.option("--diff", is_flag=True, help="Show the change of each survivor.")
def show(*, diff: bool) -> None:
    """Print the results as Markdown: a table by module, then the survivors."""
    survivors: list[tuple[str, Path]] = []
    total: Counter[str] = Counter()
    print("| module | mutants | killed | survived | share killed |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for module, states in results():
        count = Counter(states.values())
        total += count
        print(row(module.as_posix(), count))
        survivors += [(n, module) for n, s in states.items() if s in {"survived", "no tests"}]
    print(row("all", total))
    other = {state: number for state, number in total.items() if state not in COUNTED}
    if other:
        print(f"\nNot counted: {other}")
    print()
    for name, module in survivors:
        print(name)
        if diff:
            lines = get_diff_for_mutant(name, path=module).splitlines()
            changed = [x for x in lines if x[:1] in "+-" and not x.startswith(("---", "+++"))]
            print("\n".join(f"    {line}" for line in changed))


def results() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield each module that has mutants, with their states."""
    for path in sorted(RESULTS.rglob("*.py.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"]
        if codes:
            states = {name: status_by_exit_code[code] for name, code in codes.items()}
            yield path.relative_to(RESULTS).with_suffix(""), states


def row(name: str, count: Counter[str]) -> str:
    """Write a row of the table; a mutant that runs into the time limit was noticed as well."""
    killed = count["killed"] + count["timeout"]
    survived = count["survived"] + count["no tests"]
    share = f"{100 * killed / (killed + survived):.1f} %" if killed + survived else "-"
    return f"| {name} | {killed + survived} | {killed} | {survived} | {share} |"


if __name__ == "__main__":
    main()
