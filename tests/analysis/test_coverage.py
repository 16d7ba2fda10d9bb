"""Coverage by targets, by hand."""

import pandas as pd

from perfanalysis.analysis.coverage import count_quantified, measure_coverage
from perfanalysis.findings.coverage import find_coverage
from perfanalysis.findings.make import FactMaker

PROJECTS = pd.DataFrame({"project": list("ABCD"), "label": list("abcd"), "budget_initial": [10.0, 20.0, 0.0, 5.0], "budget": [10.0, 20.0, 30.0, 5.0]})
TARGETS = pd.DataFrame({
    "project": ["A", "B", "C"], "submitted_on": pd.to_datetime(["2019-10-01", "2020-01-01", "2020-06-01"]),
    "reviewed_on": pd.to_datetime(["2019-12-31", "2020-01-15", "2020-06-10"]), "approved_on": pd.to_datetime(["2020-03-31", "2020-04-01", "2020-06-15"]),
    "outcome": ["approved", "rejected", "approved"], "central_review": [True, False, False],
})


def coverage():
    return measure_coverage(PROJECTS, TARGETS, pd.Timestamp("2020-01-01"), approval_days=90)


def test_in_time_is_before_the_year_and_with_the_budget_is_ninety_days():
    flags = coverage()
    assert flags["submitted_in_time"].tolist() == [True, False, False, False]
    # 1 January + 90 days is 31 March 2020, a leap year
    assert flags["approved_with_budget"].tolist() == [True, False, False, False]
    assert flags["timed"].tolist() == [True, True, False, True]
    assert flags["reviewed"].tolist() == [True, True, True, False]


def test_findings_leave_out_what_came_during_the_year():
    found = {finding.code: [label.code for label in finding.values["names"]] for finding in find_coverage(PROJECTS.join(coverage()), FactMaker("city", 2020, "CNY", True))}
    assert found == {"targets_not_reviewed": ["D"], "targets_after_budget": ["B"], "targets_rejected": ["B"]}


def test_a_target_in_words_is_not_quantified():
    lines = pd.DataFrame({"project": ["A", "A", "B"], "target": [1.0, float("nan"), 0.0], "level1": ["output", "benefit", "output"]})
    assert count_quantified(lines).to_dict("index") == {"A": {"indicators": 2, "quantified": 1, "benefit": 1}, "B": {"indicators": 1, "quantified": 1, "benefit": 0}}
