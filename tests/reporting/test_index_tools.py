"""The index is searched, filtered and sorted without a server, and is whole without its script."""

import datetime
from pathlib import Path

import pytest

from perfanalysis.reporting import load_plan
from perfanalysis.reporting.index import make_index
from perfanalysis.reporting.record import RunRecord, UnitRecord


@pytest.fixture
def page(project, tmp_path) -> Path:
    plan = load_plan(project.plan())
    units = (
        UnitRecord("A", "done", "r", good="2021-03-01T00:00:00", figures={"execution_rate": 0.8}, findings={"serious": 2, "warning": 1}),
        UnitRecord("B", "unchanged", "r", good="2021-03-01T00:00:00", figures={"execution_rate": 0.95}, findings={"serious": 0, "warning": 3}),
        UnitRecord("C", "failed", "r", reason="timeout", message="600"),
    )
    stamp = datetime.datetime(2021, 3, 1).isoformat()
    record = RunRecord("tiny", dict(plan.title), tmp_path, plan.languages, stamp, stamp, False, 1, ("A", "B", "C"), units, {})
    for name, text in make_index(plan, record).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "index.html"


def shown(tab) -> list[str]:
    return tab.evaluate("[...document.querySelectorAll('tbody tr')].filter(row => row.offsetParent).map(row => row.cells[0].textContent)")


def test_search_filter_and_sort(page, browser):
    context = browser.new_context()
    tab = context.new_page()
    told = []
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.goto(page.as_uri())
    assert shown(tab) == ["A", "B", "C", "D"]
    tab.get_by_role("searchbox").fill("office b")
    assert shown(tab) == ["B"]
    tab.get_by_role("searchbox").fill("")
    tab.locator("select[name=finding]").select_option("serious")
    assert shown(tab) == ["A"]
    tab.locator("select[name=finding]").select_option("")
    tab.locator("select[name=status]").select_option("failed")
    assert shown(tab) == ["C"]
    tab.locator("select[name=status]").select_option("")
    tab.get_by_role("button", name="Execution rate").click()
    assert shown(tab) == ["A", "B", "C", "D"]  # 80 %, 95 %, then those without a value
    tab.get_by_role("button", name="Execution rate").click()
    assert shown(tab) == ["B", "A", "C", "D"]
    assert told == []
    context.close()


def test_whole_without_the_script(page, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert tab.locator("tbody tr").count() == 4 and not tab.locator("#tools").is_visible()
    context.close()


def test_no_other_script_may_run(page, browser):
    """One letter changed in the script, and the page's policy stops it."""
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace('"use strict";', '"use strict"; window.hit = 1;'), encoding="utf-8")
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert tab.evaluate("window.hit") is None and not tab.locator("#tools").is_visible()
    context.close()
