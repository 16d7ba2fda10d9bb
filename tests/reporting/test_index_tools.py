"""The index is searched, filtered and sorted without a server, and is whole without its script."""

import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from perfanalysis import words
from perfanalysis.reporting import load_plan
from perfanalysis.reporting.index import make_index
from perfanalysis.reporting.record import RunRecord, UnitRecord


@pytest.fixture
def page(project, tmp_path) -> Path:
    plan = load_plan(project.plan())
    units = (
        UnitRecord("A", "done", "r", good="2021-03-01T00:00:00", figures={"execution_rate": 0.8}, findings={"serious": 2, "warning": 1},
                   codes=("low_execution", "targets_missed"), before={"figures": {"execution_rate": 0.75, "mean_score": 90.0}, "codes": ["low_execution", "sum_wrong"]}),
        UnitRecord("B", "unchanged", "r", good="2021-03-01T00:00:00", figures={"execution_rate": 0.95}, findings={"serious": 0, "warning": 3},
                   codes=("targets_missed",)),
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
    tab.locator("select[name=code]").select_option(label="Low execution")
    assert shown(tab) == ["A"]
    tab.locator("select[name=code]").select_option(label="Targets missed")
    assert shown(tab) == ["A", "B"]
    tab.locator("select[name=code]").select_option("")
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


def test_what_changed_since_the_last_run(page, browser):
    """A's report took the place of one with 75 % and the finding sum_wrong; B's is the same as before, and C's failed."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert tab.locator("section[aria-labelledby=changes] p").inner_text() == (
        "1 report was made again since the last run; 1 shows another key figure or other findings.")
    assert tab.locator("section[aria-labelledby=changes] dd").all_inner_texts() == [
        "Execution rate: 75.0% → 80.0%", "Mean score by the rules: 90 → not available", "new: Targets missed", "gone: Sums that do not add up"]
    tab.goto((page.parent / "index.zh.html").as_uri())
    assert "预算执行率：75.0%→80.0%" in tab.locator("section[aria-labelledby=changes]").inner_text()
    context.close()


def test_the_units_at_a_glance(project, tmp_path):
    """Eight units at 10 %, 20 %, … 80 %: the median is 45 %, the quartiles (linear) 27.5 % and 62.5 %."""
    plan = load_plan(project.plan())
    units = tuple(UnitRecord(f"U{number}", "done", "r", good="2021-03-01T00:00:00", figures={"execution_rate": number / 10}) for number in range(1, 9))
    stamp = datetime.datetime(2021, 3, 1).isoformat()

    def index(units):
        return make_index(plan, RunRecord("tiny", dict(plan.title), tmp_path, plan.languages, stamp, stamp, False, 1, (), units, {}))["index.html"]

    assert "Half of the 8 units lie between 27.5% and 62.5% of execution; the median is 45.0%" in index(units)
    assert "<figure>" in index(units) and "<figure>" not in index(units[:7])
    assert index(units) == index(units)


def test_every_finding_has_a_name_in_a_list():
    for lang in words.languages():
        found = {code.split(".")[1] for code in words.codes(lang) if code.startswith("finding.")}
        assert {code for code in found if not words.has(f"finding_name.{code}", lang)} == set()


@pytest.mark.parametrize("name", ["index.html", "index.zh.html"])
def test_axe_finds_nothing(page, browser, name):
    found = find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-core is not installed (pip install 'perfanalysis[dev]')")
    context = browser.new_context(bypass_csp=True, viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    tab.goto((page.parent / name).as_uri())
    tab.evaluate((Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8"))
    result = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in result["violations"]] == []
