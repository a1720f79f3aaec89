"""Make the pictures of the docs from the real thing: `make pictures`.

Needs pdftoppm (poppler) for the PDF's pages and a Chromium with playwright for the HTML.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.jupyter import show, show_app, workbook  # noqa: E402

NOTEBOOKS = ("00_start", "10_case_studies", "21_onboarding", "40_plan")
PICTURES = ROOT / "docs" / "pictures"
PAGES = {"report-cover": 1, "report-maturity": 4, "report-control": 13, "report-narrative": 14}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def picture_workbook(chromium: Any, scratch: str) -> None:
    """Picture the notebooks in JupyterLab, and the app, on a copy of the halfway example."""
    folder = Path(shutil.copytree(ROOT / "data/examples/brightloom", Path(scratch) / "acme"))
    view = chromium.new_page(viewport={"width": 1440, "height": 1000})
    with workbook(folder) as book:
        for notebook in NOTEBOOKS:
            show(view, book, notebook)
            view.keyboard.press("Control+b")  # the files stand aside
            view.wait_for_timeout(1200)
            view.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
            view.wait_for_timeout(300)
            view.screenshot(path=PICTURES / f"notebook-{notebook}.png")
    with workbook(folder, "--app") as book:
        show_app(view, book, "21_onboarding")
        view.wait_for_timeout(1200)
        view.screenshot(path=PICTURES / "app.png")


def main() -> None:
    """Render the halfway example and picture its pages."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser or not shutil.which("pdftoppm"):
        sys.exit("Chromium and pdftoppm are needed (Debian: apt install chromium poppler-utils).")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "calib", "report", "example:halfway", "-o", scratch]
        subprocess.run([*command, "--date", "2026-11-22"], check=True, stdout=subprocess.DEVNULL)
        for name, page in PAGES.items():
            shot = ["pdftoppm", "-r", "80", "-png", "-singlefile", "-f", str(page), "-l", str(page)]
            pdf = f"{scratch}/readiness-report.pdf"
            subprocess.run([*shot, pdf, str(PICTURES / name)], check=True)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=QUIET)
            for name, width, height in (("report-html", 1280, 900), ("report-phone", 390, 844)):
                view = chromium.new_page(viewport={"width": width, "height": height})
                view.goto(f"file://{scratch}/readiness-report.html")
                view.wait_for_timeout(1500)
                view.screenshot(path=PICTURES / f"{name}.png")
            picture_workbook(chromium, scratch)
            chromium.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture.relative_to(ROOT))


if __name__ == "__main__":
    main()
