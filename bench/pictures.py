"""Create the screenshots in docs/pictures from the real program: `make pictures`.

Requires pdftoppm (poppler) for the PDF's pages and a Chromium with playwright for the rest.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
PAGES = {"report-cover": 1, "report-maturity": 4, "report-control": 13, "report-narrative": 14}
NOTEBOOKS = {
    "notebook-start": "00_start", "notebook-case-studies": "10_case_studies",
    "notebook-control": "23_privacy_security", "notebook-plan": "40_plan",
}  # fmt: skip
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
CALIB = [sys.executable, "-m", "calib"]


def main() -> None:
    """Create screenshots of the report, the notebooks, the app and a workshop."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser or not shutil.which("pdftoppm"):
        sys.exit("Chromium and pdftoppm are required (Debian: apt install chromium poppler-utils).")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
        folder = Path(scratch) / "brightloom"
        subprocess.run([*CALIB, "new", str(folder), "--example", "halfway"], check=True)
        picture_report(chromium, Path(scratch))
        picture_notebooks(chromium, folder)
        picture_app(chromium, folder)
        picture_workshop(chromium, folder)
        chromium.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture.relative_to(ROOT))


def picture_report(chromium: Any, scratch: Path) -> None:
    """Capture pages of the PDF, and the HTML on a laptop and on a phone."""
    command = [*CALIB, "report", "example:halfway", "-o", str(scratch), "--date", "2026-11-22"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for name, page in PAGES.items():
        shot = ["pdftoppm", "-r", "80", "-png", "-singlefile", "-f", str(page), "-l", str(page)]
        pdf = f"{scratch}/readiness-report.pdf"
        subprocess.run([*shot, pdf, str(PICTURES / name)], check=True)
    for name, width, height in (("report-html", 1280, 900), ("report-phone", 390, 844)):
        view = chromium.new_page(viewport={"width": width, "height": height})
        view.goto(f"file://{scratch}/readiness-report.html")
        view.wait_for_timeout(1500)
        view.screenshot(path=PICTURES / f"{name}.png")
        view.close()


@contextmanager
def served(folder: Path, *options: str, port: int) -> Iterator[str]:
    """Start `calib open`; yield its address."""
    command = [*CALIB, "open", str(folder), "--no-browser", "--port", str(port), *options]
    state = folder.parent / "state"  # keeps the join codes and keys of the user unchanged
    environment = {**os.environ, "CALIB_AUTHOR": "Ada", "XDG_STATE_HOME": str(state)}
    with (
        # A file, not a pipe: the server would block on a full pipe that is not read.
        tempfile.NamedTemporaryFile("w+") as said,
        subprocess.Popen(command, stderr=said, env=environment) as server,
    ):
        try:
            for _ in range(100):
                found = re.search(r"http://\S+token=\S+", Path(said.name).read_text())
                if found or server.poll() is not None:
                    break
                time.sleep(0.2)
            if not found:
                sys.exit(f"calib open did not start: {Path(said.name).read_text()}")
            yield Path(said.name).read_text() if "--workshop" in options else found[0]
        finally:
            server.terminate()


def patient(page: Any, address: str) -> None:
    """Open a page of a server that may still be starting."""
    for _ in range(60):
        try:
            page.goto(address)
        except Exception:  # noqa: BLE001  not there yet
            page.wait_for_timeout(500)
        else:
            return


def picture_notebooks(chromium: Any, folder: Path) -> None:
    """Capture each notebook in JupyterLab after Run All."""
    with served(folder, port=8931) as address:
        page = chromium.new_page(viewport={"width": 1440, "height": 1000})
        for name, notebook in NOTEBOOKS.items():
            patient(page, address.replace("00_start", notebook) + "&reset")
            page.wait_for_selector(".jp-NotebookPanel", timeout=60000)
            page.wait_for_timeout(2500)
            page.keyboard.press("Escape")
            page.click('.lm-MenuBar-itemLabel:text-is("Run")')
            page.click('li[data-command="runmenu:run-all"]')
            page.wait_for_selector(".calib-form", timeout=60000)
            page.wait_for_timeout(2500)
            page.locator(".calib-form").first.scroll_into_view_if_needed()
            page.wait_for_timeout(500)
            page.screenshot(path=PICTURES / f"{name}.png")
        page.close()


def picture_app(chromium: Any, folder: Path) -> None:
    """Capture the app, which shows the forms without code."""
    with served(folder, "--app", port=8932) as address:
        page = chromium.new_page(viewport={"width": 1440, "height": 1000})
        patient(page, address)
        page.wait_for_selector(".calib-form", timeout=90000)
        page.wait_for_timeout(2500)
        page.screenshot(path=PICTURES / "app-start.png")
        page.close()


def picture_workshop(chromium: Any, folder: Path) -> None:
    """Run the first votes of a workshop; capture notebook, projector and phone."""
    votes = {
        "Ana Silva": (3, "The policy is dated and the counsel owns it."), "Ben Okafor": (3, ""),
        "Chloé Dubois": (3, ""), "Farid Haddad": (1, "I have never seen it stop a release."),
        "Mina Sato": (2, ""),
    }  # fmt: skip
    options = ("--app", "--workshop", "--room-port", "8934", "--seats", "0")
    with served(folder, *options, port=8933) as said:
        lead = chromium.new_page(viewport={"width": 1280, "height": 900})
        form = re.findall(r"http://\S+token=\S+", said)[0].replace("00_start", "30_workshop")
        patient(lead, form)
        lead.wait_for_selector(".calib-form .calib-toolbar", timeout=90000)
        lead.get_by_label("Facilitator").fill("Kim Lee")
        lead.get_by_label("Participants, one name per line").fill("\n".join(votes))
        shoot(lead, "workshop-1-preparing")
        lead.get_by_role("button", name="Begin the workshop").click()
        lead.wait_for_selector(".calib-codes", state="attached", timeout=30000)
        screen = chromium.new_page(viewport={"width": 1280, "height": 720})
        screen.goto(re.findall(r"http://\S+/screen#key=\S+", said)[0])
        shoot(screen, "workshop-2-screen-join")
        lead.get_by_role("button", name="Begin with this criterion").click()
        room = re.findall(r"Voting server: (http://\S+)", said)[0]
        rows = lead.locator(".calib-codes tbody tr").all()
        codes = [[cell.text_content() for cell in row.locator("td").all()] for row in rows]
        for name, code in codes[:4]:
            vote(chromium, f"{room}#{code.replace('-', '')}", *votes[name])
        lead.wait_for_timeout(1500)
        lead.locator(".calib-stage").scroll_into_view_if_needed()
        shoot(lead, "workshop-4-voted")
        for name, code in codes[4:]:
            vote(chromium, f"{room}#{code.replace('-', '')}", *votes[name])
        lead.get_by_role("button", name=re.compile("Reveal 5 of 5")).click()
        lead.wait_for_selector(".calib-spread")
        screen.wait_for_timeout(2000)
        shoot(screen, "workshop-5-revealed")
        lead.locator(".calib-choices:has-text('Consensus') label", has_text="2 ").click()
        lead.get_by_label("Reason").fill("Dated and owned; no release was ever held back by it.")
        lead.get_by_label("Dissent").fill("Farid Haddad stays at 1: no decision could be shown.")
        lead.wait_for_timeout(1000)
        lead.get_by_role("button", name="Settle", exact=True).click()
        lead.wait_for_selector(".callout-title:has-text('Settled: level')")
        lead.locator(".calib-spread").evaluate("e => e.scrollIntoView()")
        shoot(lead, "workshop-6-settled")


def vote(chromium: Any, address: str, level: int, comment: str) -> None:
    """Vote on a phone; capture the page of the vote for level 1."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    page.locator("#comment").fill(comment)
    page.locator(f'label.choice:has(input[value="{level}"])').click()
    page.wait_for_selector(".status.received")
    if level == 1:
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "workshop-3-phone")
    context.close()


def shoot(page: Any, name: str) -> None:
    """Save a screenshot of a page after its animations."""
    page.wait_for_timeout(1200)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
