"""What went to the congress, by hand."""

import pandas as pd

from perfanalysis.analysis.congress import count_targets, gather_submissions, join_reviews
from perfanalysis.findings.congress import find_objectives, find_results
from perfanalysis.findings.make import FactMaker
from perfanalysis.rules.thresholds import load_thresholds

FACT = FactMaker("city", 2020, "CNY", True)
PROJECTS = pd.DataFrame({"project": ["A", "B", "C"], "budget": [1.0, 3.0, 2.0], "submitted": [95.0, 90.0, float("nan")]})


def test_only_what_was_submitted_and_the_largest_first():
    submissions = pd.DataFrame({"kind": ["objective", "objective", "result", "objective"], "project": ["A", "B", "C", "Z"], "session_on": pd.Timestamp("2020-01-14")})
    assert gather_submissions(submissions, PROJECTS, "objective")["project"].tolist() == ["B", "A"]


def test_the_finance_bureaus_review_goes_before_the_departments():
    reviews = pd.DataFrame({"project": ["A", "A", "B"], "reviewer": ["department", "fiscal", "department"], "score": [93.0, 85.0, 88.0], "conclusion": ["优", "良", "良"]})
    joined = join_reviews(PROJECTS, reviews).set_index("project")
    assert joined["review_score"].fillna(-1).to_dict() == {"A": 85, "B": 88, "C": -1}
    assert joined["review_gap"].fillna(-1).to_dict() == {"A": 10, "B": 2, "C": -1}  # 95 − 85, 90 − 88, none


def test_targets_that_cannot_be_judged_are_not_met():
    indicators = pd.DataFrame({"project": ["A", "A", "A", "B"], "met": ["yes", "no", None, "yes"]})
    assert count_targets(indicators).loc["A"].tolist() == [3, 1]


def test_findings_name_what_to_ask_about():
    results = pd.DataFrame({
        "project": ["A", "B", "C"], "label": list("abc"), "review_gap": [5.0, 4.9, float("nan")], "review_score": [85.0, 91.0, float("nan")],
        "submitted_grade": ["excellent", "excellent", "good"], "review_grade": ["good", "excellent", None], "execution_rate": [0.8, 0.79, 1.0],
    })
    found = {finding.code: [label.code for label in finding.values["names"]] for finding in find_results(results, FACT, load_thresholds())}
    assert found == {"self_above_review": ["A"], "review_grade_differs": ["A"], "results_low_execution": ["B"], "result_without_review": ["C"]}
    objectives = pd.DataFrame({"project": ["A", "B"], "label": list("ab"), "execution_rate": [0.5, 0.9], "targets": [3, 4], "targets_met": [3, 2]})
    found = {finding.code: [label.code for label in finding.values["names"]] for finding in find_objectives(objectives, FACT, load_thresholds())}
    assert found == {"objectives_low_execution": ["A"], "objectives_missed": ["B"]}
