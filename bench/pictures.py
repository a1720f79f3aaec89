"""Make the pictures of the docs from the real thing: `make pictures`.

Needs pdftoppm (poppler) for the PDF's pages and a Chromium with playwright for the HTML.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
PAGES = {"report-cover": 1, "report-maturity": 4, "report-control": 13, "report-narrative": 14}
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


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
            chromium.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture.relative_to(ROOT))


if __name__ == "__main__":
    main()
