"""A report's page as a PDF, printed by the Chromium or Chrome of this machine; the page's own style says how (A4, page numbers, repeated heads)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from perfanalysis.errors import PlanError, Problem

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
#: Where Windows and macOS keep them, which are on no search path there.
_PLACES = (
    r"C:\Program Files\Google\Chrome\Application\chrome.exe", r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: Nobody is asked for anything: names are not looked up, and the page's own policy forbids it too.
_FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
)
_TIMEOUT = 120
_DATE = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}([+-]\d\d'\d\d')?")


def find_browser() -> str:
    """The browser that prints.

    Raises
    ------
    PlanError
        There is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None) or next((place for place in _PLACES if Path(place).is_file()), None)
    if found is None:
        raise PlanError([Problem("pdf_no_browser", column="--pdf", found=", ".join(BROWSERS))])
    return found


def print_pdf(page: Path, browser: str) -> bytes:
    """The PDF of the HTML file ``page``; printed twice by the same browser, the same bytes.

    Raises
    ------
    OSError
        The browser did not print; its own last words are told.
    """
    with tempfile.TemporaryDirectory(prefix="perfanalysis-pdf-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.pdf"
        # root has no sandbox; the page has no script and may load nothing
        flags = [*_FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
        command = [browser, *flags, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise OSError(f"{browser} did not print {page.name} within {_TIMEOUT} seconds") from None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            told = done.stderr.decode(errors="replace").strip().splitlines()
            raise OSError(f"{browser} did not print {page.name}: {told[-1] if told else f'exit status {done.returncode}'}")
        return _without_dates(made.read_bytes())


def _without_dates(content: bytes) -> bytes:
    """The time of printing taken out, by as many bytes: a PDF finds its objects by their place."""
    return _DATE.sub(lambda match: b"/" + match[1] + b" (D:19800101000000" + (b"+00'00'" if match[2] else b""), content)
