"""The README's pictures, made from the real demonstration reports: ``make pictures`` after ``make demo``; needs Chromium and Playwright."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
#: picture → the page that it shows; department 121 met targets with money unspent
PAGES = {"report-en.png": "departments/121/report.en.html", "report-zh.png": "departments/121/report.zh.html"}


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 920, "height": 1180})
        for picture, report in PAGES.items():
            page.goto((ROOT / "outputs" / "demo" / report).as_uri())
            page.screenshot(path=ROOT / "docs" / picture)
        browser.close()


if __name__ == "__main__":
    main()
