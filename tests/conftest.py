"""What the tests share: the catalog, the three examples, their results."""

from __future__ import annotations

import shutil
import signal
from datetime import date
from pathlib import Path

import pytest

from calib import assess, load_assessment, load_catalog
from calib.resources import resource_path
from calib.store.locate import EXAMPLES

TODAY = date(2026, 11, 22)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory):
    """Keep the keys, seats, last folders and environments of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def interrupts():
    """Let programs that tests start hear Ctrl-C, although a shell's background job ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def catalog():
    return load_catalog()


@pytest.fixture(scope="session", params=list(EXAMPLES))
def example(request, catalog):
    return load_assessment(resource_path("data", "examples", EXAMPLES[request.param]), catalog)


@pytest.fixture(scope="session")
def results(catalog):
    return {
        name: assess(
            catalog, load_assessment(resource_path("data", "examples", slug), catalog), TODAY
        )
        for name, slug in EXAMPLES.items()
    }


@pytest.fixture
def halfway(tmp_path) -> Path:
    """A copy of the halfway example to break."""
    return Path(
        shutil.copytree(resource_path("data", "examples", EXAMPLES["halfway"]), tmp_path / "acme")
    )


def chromium() -> str | None:
    """Where a Chromium is, for the tests that need a real browser."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


@pytest.fixture(scope="module")
def browser():
    """A Chromium that is closed when the tests of a file end."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield started
        started.close()
