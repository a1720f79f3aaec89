"""Measure the forms in the kernel and in the browser: `python bench/workbook.py`.

Prints medians: Run All to a usable form, a click on a level to the updated panel, a save.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import FLAGS, chromium  # noqa: E402
from tests.jupyter import show, show_app, workbook  # noqa: E402
from tests.test_notebook_browser import CLICK, card, choose, claimed  # noqa: E402

ROUNDS = 7
LEVELS = {1: "1 Claimed", 2: "2 Described", 3: "3 Evidenced", 4: "4 Measured"}


def copied(scratch: str) -> Path:
    """Return a copy of the halfway example."""
    return Path(shutil.copytree(ROOT / "data/examples/brightloom", Path(scratch) / "acme"))


def in_the_kernel(folder: Path) -> tuple[list[float], list[float]]:
    """Time a change of level to the updated panels and to the disk, without a browser."""
    from calib import load_catalog
    from calib.forms import FormController, control

    controller = FormController(folder, load_catalog(), date(2026, 11, 22), "Ada")
    control.build_control(controller, controller.catalog.controls[0])
    file, place = "controls/GENAIPR-001.yaml", ("criteria", "methodology", "claimed_level")
    drawn, saved = [], []
    for number in range(4 * ROUNDS):
        began = time.perf_counter()
        controller.update_draft(file, place, number % 5)
        drawn.append(time.perf_counter() - began)
        began = time.perf_counter()
        controller.save_field(
            file, place, controller.read_field(file, place), number % 5, typed=True
        )
        saved.append(time.perf_counter() - began)
    return drawn, saved


def in_the_browser(page: Any, folder: Path) -> tuple[list[float], list[float], list[float]]:
    """Time Run All to form and click to panel in JupyterLab, and the page of the app."""
    ran, clicked, served = [], [], []
    with workbook(folder) as book:
        for _ in range(ROUNDS):
            ran.append(show(page, book, "21_onboarding"))
            page.wait_for_timeout(1000)
            choose(page, "0 Absent")
            claimed(page, 0).wait_for()
            for level, name in LEVELS.items():
                radio = card(page).get_by_role("radio", name=name).element_handle()
                clicked.append(page.evaluate(CLICK, [radio, str(level)]) / 1000)
                page.wait_for_timeout(200)
    with workbook(folder, "--app") as book:
        served = [show_app(page, book, "21_onboarding") for _ in range(ROUNDS)]
    return ran, clicked, served


def print_median(title: str, seconds: list[float], target: str) -> None:
    """Print a median and the slowest run."""
    middle, worst = statistics.median(seconds), max(seconds)
    print(f"{title:<52} {middle * 1000:7.0f} ms, worst {worst * 1000:6.0f} ms  ({target})")


def main() -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory() as scratch:
        drawn, saved = in_the_kernel(copied(scratch))
    print_median("kernel: level to updated panels", drawn, "target 100 ms")
    print_median("kernel: save, on disk", saved, "target 50 ms")
    if chromium() is None:
        sys.exit("No Chromium is installed: the browser was not measured.")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        ran, clicked, served = in_the_browser(page, copied(scratch))
        browser.close()
    print_median("JupyterLab: Run All to a usable form", ran, "target 2000 ms")
    print_median("JupyterLab: click on a level to updated panel", clicked, "with the browser")
    print_median("app: address to a usable form", served, "kernel start included")


if __name__ == "__main__":
    main()
