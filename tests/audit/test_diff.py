"""Two runs compared: what is said of each change, and that only changes are said."""

import copy
import json

import pytest

from perfanalysis.audit.diff import compare_facts, compare_runs
from perfanalysis.audit.diff_page import say_comparison, say_summary, write_page
from perfanalysis.errors import PerfAnalysisError


def fact(measure, value, unit, period="2020", subject="101"):
    return {"id": f"{subject}.{measure}.{period}", "subject": subject, "measure": measure, "value": value, "unit": unit, "scope": "own", "period": period,
            "method": measure, "evidence": []}


def facts(year=2020, **values):
    units = {"execution_rate": "ratio", "executed": "money", "projects": "count", "mean_score": "points", "as_of": "date", "grade": "text"}
    return {"report": {"unit": "101", "year": year, "currency": "CNY"}, "facts": [fact(name, value, units[name], str(year)) for name, value in values.items()],
            "findings": []}


def finding(code, severity, subject="101"):
    return {"code": code, "severity": severity, "subject": subject, "facts": []}


def test_a_rate_that_rose_and_a_finding_that_went():
    old, new = facts(execution_rate=0.871), facts(execution_rate=0.884)
    old["findings"] = [finding("low_execution", "warning")]
    found = compare_facts(old, new)
    # 0.884 − 0.871 = 0.013, which is 1.3 percentage points
    assert say_comparison(found, "en") == "101: Execution rate 87.1% → 88.4% (+1.3 percentage points); finding low_execution gone"
    assert say_comparison(found, "zh") == "101：预算执行率：87.1% → 88.4%（+1.3个百分点）；发现 low_execution 已消除"


@pytest.mark.parametrize(("old", "new", "said"), [
    (dict(executed=5_000_000.0), dict(executed=4_000_000.0), "Executed 5.00 million yuan → 4.00 million yuan (−1.00 million yuan)"),
    (dict(projects=3), dict(projects=5), "Projects 3 → 5 (+2)"),
    (dict(mean_score=None), dict(mean_score=88.5), "Mean score by the rules not available → 88.5"),
    (dict(as_of="2020-12-31"), dict(as_of="2021-12-31"), "Day of judgement 31 December 2020 → 31 December 2021"),
    (dict(), dict(projects=5), "Projects new: 5"),
    (dict(projects=5), dict(), "Projects no longer stated: 5"),
    # a difference below what is printed must not read as none: 87.10 % and 87.11 % are both 87.1 %
    (dict(execution_rate=0.871), dict(execution_rate=0.87101), "Execution rate 87.1000% → 87.1010% (+0.0010 percentage points)"),
])
def test_what_is_said_of_a_number(old, new, said):
    (change,) = compare_facts(facts(**old), facts(**new)).facts
    assert change.say("en") == said


def test_equal_up_to_the_order_of_adding_up():
    found = compare_facts(facts(execution_rate=0.3), facts(execution_rate=0.1 + 0.2))
    assert found.equal and found.same == 1


def test_years_are_compared_number_by_number():
    found = compare_facts(facts(2019, projects=3), facts(2020, projects=4))
    assert [(change.id, change.change, change.difference) for change in found.facts] == [("101.projects", "changed", 1)]


def test_within_a_year_the_period_tells_facts_apart():
    old, new = facts(projects=3), facts(projects=3)
    new["facts"].append(fact("projects", 7, "count", "2019"))
    assert [(change.id, change.change) for change in compare_facts(old, new).facts] == [("101.projects.2019", "new")]


def test_findings_come_go_and_weigh_otherwise():
    old, new = facts(), facts()
    old["findings"] = [finding("a", "warning"), finding("b", "warning")]
    new["findings"] = [finding("b", "serious"), finding("c", "notice")]
    assert [(change.code, change.change, change.old, change.new) for change in compare_facts(old, new).findings] == [
        ("b", "changed", "warning", "serious"), ("a", "gone", "warning", ""), ("c", "new", "", "notice")]


def test_input_is_untouched():
    old, new = facts(projects=1), facts(projects=2)
    before = copy.deepcopy((old, new))
    compare_facts(old, new)
    assert (old, new) == before


def write_run(folder, **units):
    for code, content in units.items():
        (folder / code).mkdir(parents=True)
        content["report"]["unit"] = code
        (folder / code / "facts.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_runs_as_json_and_page(tmp_path):
    old = write_run(tmp_path / "old", A=facts(projects=1), B=facts(projects=1), C=facts(projects=1))
    new = write_run(tmp_path / "new", A=facts(projects=1), B=facts(projects=2), D=facts(projects=1))
    runs = compare_runs(old, new)
    said = runs.as_json()
    assert (said["only_old"], said["only_new"], said["units_equal"], said["equal"]) == (["C"], ["D"], 1, False)
    assert [unit["unit"] for unit in said["units"]] == ["B"] and said["units"][0]["facts"][0]["difference"] == 1
    assert say_summary(runs, "en") == "Of 2 reports in both runs, 1 differ: 1 numbers and 0 findings changed."
    page = write_page(runs, "zh")
    assert '<html lang="zh-CN">' in page and "<script" not in page and "1 → 2" in page
    with pytest.raises(PerfAnalysisError, match="no report on 'X'; there are: A, B, C"):
        compare_runs(old, new, "X")


def test_a_name_in_the_facts_cannot_become_markup(tmp_path):
    old = write_run(tmp_path / "old", A=facts())
    new = write_run(tmp_path / "new", A=facts(grade="<script>alert(1)</script>"))
    assert "<script" not in write_page(compare_runs(old, new), "en")
