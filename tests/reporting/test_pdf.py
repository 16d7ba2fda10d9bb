"""Pages printed by a real Chromium: the same bytes again, numbered pages, heads repeated, no picture cut in two."""

import re
import shutil
import subprocess
import time

import pytest

from perfanalysis.errors import PlanError
from perfanalysis.reporting import pdf
from perfanalysis.reporting.html import TEMPLATES
from perfanalysis.reporting.record import UnitRecord, why_run

#: 150 lines and a picture of half a page after each 40: it would be cut if nothing kept it whole.
_PICTURE = "<figure><img alt='' src=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 30'%3E%3Crect width='40' height='30' fill='%23080'/%3E%3C/svg%3E\"></figure>"


@pytest.fixture
def page(tmp_path):
    style = (TEMPLATES / "perfanalysis" / "page.css").read_text(encoding="utf-8")
    rows = "".join(f"<tr><th scope='row'>line {number}</th><td>{number}</td></tr>" for number in range(150))
    body = f"<main><section class='pa'><table><thead><tr><th>HEAD</th><th>N</th></tr></thead><tbody>{rows}</tbody></table>{_PICTURE * 3}</section></main>"
    (tmp_path / "report.en.html").write_text(f"<!DOCTYPE html><html lang='en'><title>t</title><style>{style}</style><body>{body}</body></html>", encoding="utf-8")
    return tmp_path / "report.en.html"


def test_printed_again_it_is_the_same_bytes(page, chromium):
    first = pdf.print_pdf(page, chromium)
    time.sleep(1.1)  # the browser writes the second of printing
    assert first == pdf.print_pdf(page, chromium)
    assert b"(D:19800101000000" in first and re.findall(rb"\(D:(?!19800101000000)", first) == []


def test_pages_are_numbered_and_heads_repeated(page, chromium, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine (poppler-utils)")
    (tmp_path / "page.pdf").write_bytes(pdf.print_pdf(page, chromium))
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    numbers = [re.search(r"(\d+) ?/ ?(\d+)\s*$", one) for one in pages]
    assert [(int(found[1]), int(found[2])) for found in numbers] == [(number, len(pages)) for number in range(1, len(pages) + 1)]
    with_rows = [one for one in pages if "line " in one]
    assert len(with_rows) > 1 and all("HEAD" in one for one in with_rows)
    assert sorted(map(int, re.findall(r"line (\d+)", text))) == list(range(150))


def test_no_browser_is_told_before_anything_runs(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.setattr(pdf, "_PLACES", ())
    with pytest.raises(PlanError, match="--pdf needs Chromium or Chrome"):
        pdf.find_browser()


def test_a_browser_that_does_not_print_says_so(page, tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no display here >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(OSError, match=r"broken did not print report\.en\.html: no display here"):
        pdf.print_pdf(page, str(broken))


def test_a_report_without_its_pdf_is_made_again_only_where_one_is_wanted(tmp_path):
    known = UnitRecord("101", "done", "now", good="now", key={})
    assert why_run(known, {}, tmp_path, None, force=False) == ()
    assert why_run(known, {}, tmp_path, None, force=False, languages=("en",)) == ("files_missing",)
