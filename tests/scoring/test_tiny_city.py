"""The city worked out by hand in tests/data/tiny/README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfanalysis.rules import load_rulebook
from perfanalysis.scoring import (
    check_weights,
    compare_scores,
    score_indicators,
    score_projects,
    summarise_attainment,
    summarise_scores,
)

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny"
MOF = load_rulebook("mof-2020")


@pytest.fixture
def projects():
    return pd.read_csv(TINY / "projects.csv", dtype={"unit": str})


@pytest.fixture
def indicators():
    return pd.read_csv(TINY / "indicators.csv", dtype={"indicator": str})


def by_project(scored):
    return scored.set_index(["project", "year"])


def test_totals_and_grades(projects, indicators):
    scored = by_project(score_projects(projects, indicators, MOF))
    expected = {
        ("P1", 2022): (8, 98, "excellent"), ("P1", 2023): (9, 88.5, "good"), ("P2", 2023): (10, 100, "excellent"),
        ("P3", 2023): (5, 84.5, "good"), ("P4", 2023): (5, 95, "excellent"),
    }
    for key, (execution, total, grade) in expected.items():
        assert tuple(scored.loc[key, ["execution_points", "recomputed", "grade"]]) == (execution, total, grade)
    for key, partial, share in ((("P5", 2023), 79.5, 0.8), (("P6", 2023), 91.62, 1.0)):
        row = scored.loc[key]
        assert pd.isna(row["recomputed"]) and pd.isna(row["grade"]) and pd.isna(row["difference"])
        assert (row["partial"], row["scored_share"]) == (partial, share)
    assert scored.loc[("P6", 2023), "weight_total"] == 95
    assert scored.loc[("P2", 2023), "budget"] == 200_000


def test_what_was_submitted_beside_it(projects, indicators):
    scored = by_project(score_projects(projects, indicators, MOF))
    p1 = scored.loc[("P1", 2023)]
    # lines given: 9 + 20 + 18 + 9.5 + 24 + 10 = 90.5 as stated, 2 more than the rule gives
    assert tuple(p1[["submitted", "submitted_sum", "sum_difference", "difference", "submitted_grade"]]) == (90.5, 90.5, 0, 2, "excellent")
    # 8.62 + 25 + 20 + 30 + 9 = 92.62, stated 93.62
    assert tuple(scored.loc[("P6", 2023), ["submitted_sum", "sum_difference"]]) == (92.62, 1)
    # one line was given no points: their sum is unknown, not smaller
    assert pd.isna(scored.loc[("P5", 2023), "submitted_sum"])


def test_other_rulebooks(projects, indicators):
    steps = by_project(score_projects(projects, indicators, load_rulebook("mof-2021")))
    # 7 + 20 + 16 + 9.5 + 24 + 10, and 0 + 25 + 24.5 + 21 + 8
    assert steps["execution_points"].tolist() == [7, 7, 10, 0, 0, 7, 7]
    assert steps.loc[("P1", 2023), "recomputed"] == 86.5
    assert tuple(steps.loc[("P3", 2023), ["recomputed", "grade"]]) == (78.5, "fair")
    hubei = by_project(score_projects(projects, indicators, load_rulebook("hubei")))
    # 20 for execution and 90 for indicators are 110: no total under this rule-book
    assert hubei["recomputed"].isna().all()
    assert hubei.loc[("P1", 2023), "execution_points"] == 18


def test_every_planted_disagreement_and_no_other(projects, indicators):
    found = compare_scores(projects, indicators, MOF)
    listed = list(zip(found["project"], found["indicator"], found["kind"], found["submitted"], found["recomputed"], strict=True))
    assert listed == [
        ("P1", "2", "indicator_points", 18, 16),
        ("P1", "", "total", 90.5, 88.5),
        ("P1", "", "grade", 90.5, 88.5),
        ("P6", "", "execution_rate", 0.8619, 0.86183),
        ("P6", "4", "band", 9, 8),
        ("P6", "", "sum", 93.62, 92.62),
        ("P6", "total", "weights", 95, 100),
        ("P6", "output+cost", "weights", 45, 50),
    ]
    grade = found[found["kind"] == "grade"].iloc[0]
    assert (grade["submitted_grade"], grade["grade"], grade["rule"]) == ("excellent", "good", "rule.grades")
    assert (found.loc[0, "source"], found.loc[0, "verified"]) == ("财预〔2020〕10号", False)
    assert found["unit"].tolist() == ["101"] * 3 + ["103"] * 5


def test_weights_by_group(projects, indicators):
    weights = check_weights(projects, indicators, MOF)
    assert weights.loc[weights["differs"], ["project", "group", "difference"]].values.tolist() == [
        ["P6", "total", -5.0], ["P6", "output+cost", -5.0],
    ]
    # sichuan leaves the split to the project: only the total is asked for
    assert set(check_weights(projects, indicators, load_rulebook("sichuan"))["group"]) == {"total"}


def test_weight_sets_of_mof_2021():
    # with cost 20/40/20/10; without satisfaction its 10 go to benefit; weights of a line each
    lines = {"a": {"cost": 20, "output": 40, "benefit": 20, "satisfaction": 10}, "b": {"output": 50, "benefit": 40},
             "c": {"output": 50, "benefit": 30, "satisfaction": 10}, "d": {"cost": 20, "output": 40, "benefit": 30},
             "e": {"output": 50, "benefit": 30}}
    indicators = pd.DataFrame([(name, 2023, level, weight) for name, of in lines.items() for level, weight in of.items()],
                              columns=["project", "year", "level1", "weight"])
    projects = pd.DataFrame({"project": list(lines), "year": 2023})
    weights = check_weights(projects, indicators, load_rulebook("mof-2021"))
    assert weights.loc[weights["differs"], ["project", "group", "weight", "wanted"]].values.tolist() == [
        ["e", "total", 90.0, 100.0], ["e", "benefit", 30.0, 40.0],
    ]


def test_weights_that_are_not_stated_are_not_zero():
    projects = pd.DataFrame({"project": ["a"], "year": [2023]})
    lines = pd.DataFrame({"project": ["a", "a"], "year": [2023, 2023], "level1": ["output", "benefit"], "weight": [50.0, np.nan]})
    weights = check_weights(projects, lines, MOF)
    assert weights["weight"].isna().all()
    assert not weights["differs"].any()


def test_weights_without_level_1_are_only_added_up():
    projects = pd.DataFrame({"project": ["a"], "year": [2023]})
    lines = pd.DataFrame({"project": ["a", "a"], "year": [2023, 2023], "level1": ["output", None], "weight": [60.0, 30.0]})
    assert check_weights(projects, lines, MOF)[["group", "weight", "differs"]].values.tolist() == [["total", 100.0, False]]


def test_summary_by_unit(projects, indicators):
    scored = score_projects(projects, indicators, MOF)
    summary = summarise_scores(scored[scored["year"] == 2023], "unit").set_index("unit")
    # 101: (88.5 + 100) ÷ 2; by budget (88.5·1,000,000 + 100·200,000) ÷ 1,200,000 = 90.41667
    assert summary.loc["101", "mean"] == 94.25
    assert summary.loc["101", "weighted_mean"] == pytest.approx(108_500_000 / 1_200_000)
    assert tuple(summary.loc["101", ["projects", "scored", "excellent", "good", "share_good"]]) == (2, 2, 1, 1, 0.5)
    assert tuple(summary.loc["103", ["projects", "scored"]]) == (2, 0)
    assert np.isnan(summary.loc["103", "mean"]) and np.isnan(summary.loc["103", "share_good"])
    # a project without a known budget counts in the mean and not in the weighted one
    alone = summarise_scores(scored.iloc[1:3].assign(budget=[np.nan, 200_000.0])).iloc[0]
    assert (alone["mean"], alone["weighted_mean"]) == (94.25, 100)
    # submitted, both years: 98, 90.5, 100 | 84.5, 95 | 99.5, 93.62
    submitted = summarise_scores(scored, score="submitted").iloc[0]
    assert submitted["mean"] == pytest.approx((98 + 90.5 + 100 + 84.5 + 95 + 99.5 + 93.62) / 7)
    assert (submitted["excellent"], submitted["good"]) == (6, 1)
    assert summarise_scores(scored.iloc[:0]).iloc[0]["projects"] == 0


def test_targets_met_by_project(indicators):
    scored = score_indicators(indicators, MOF)
    met = summarise_attainment(indicators, scored, ["project", "year"]).set_index(["project", "year"])
    # P3: line 1 met, 2 and 4 missed, 3 partly; P5: line 2 has no actual value
    assert tuple(met.loc[("P3", 2023), ["indicators", "met", "partly", "missed", "unknown", "met_share"]]) == (4, 1, 1, 2, 0, 0.25)
    assert tuple(met.loc[("P5", 2023), ["met", "unknown", "met_share"]]) == (3, 1, 1.0)


def test_projects_without_indicators(projects):
    scored = score_projects(projects, None, MOF)
    assert scored["recomputed"].isna().all() and scored["submitted_sum"].isna().all() and scored["indicator_points"].isna().all()
    assert scored["partial"].tolist() == scored["execution_points"].tolist()
    assert set(compare_scores(projects, None, MOF)["kind"]) == {"execution_rate"}


def test_agreeing_forms_give_an_empty_frame_of_the_same_shape(projects, indicators):
    all_right = projects[projects["project"] == "P2"]
    found = compare_scores(all_right, indicators, MOF)
    assert found.empty
    assert list(found) == list(compare_scores(projects, indicators, MOF))


def test_rescaling_where_the_rulebook_says_so(projects, indicators, tmp_path):
    import yaml

    from perfanalysis.rules import reading

    data = yaml.safe_load((reading._FOLDER / "mof-2020.yaml").read_text(encoding="utf-8"))
    data["unscored"] = {"method": "rescale", "source": {"document": "a notice"}, "verified": True}
    path = tmp_path / "rescaling.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    scored = by_project(score_projects(projects, indicators, load_rulebook(path)))
    # P5: 79.5 of 80 points scored → 79.5 ÷ 80 × 100 = 99.375 → 99.38; P6: 91.62 of 95 → 96.44
    assert scored.loc[("P5", 2023), "recomputed"] == 99.38
    assert scored.loc[("P6", 2023), "recomputed"] == 96.44
    assert scored.loc[("P3", 2023), "recomputed"] == 84.5


def test_rounding_alone_is_no_disagreement():
    # three thirds of 90 at 1/3 each: 30 × 2/3 = 20; given 20.01 each and a total of 70.03 for 70: explained by the digits
    projects = pd.DataFrame({"project": ["a"], "year": [2023], "budget_adjusted": [1.0], "executed": [1.0], "execution_score": [10.0], "self_score": [70.03]})
    lines = pd.DataFrame({"project": "a", "year": 2023, "indicator": ["1", "2", "3"], "level1": "output", "nature": "quantitative", "direction": ">=",
                          "target": 3.0, "actual": 2.0, "weight": 30.0, "score": 20.01})
    kinds = compare_scores(projects, lines, load_rulebook("sichuan"))["kind"]
    assert kinds.tolist() == []
    assert compare_scores(projects.assign(self_score=70.06), lines, load_rulebook("sichuan"))["kind"].tolist() == ["sum", "total"]


@pytest.mark.parametrize(("stated", "flagged"), [(0.86, False), (0.862, False), (0.8618, False), (0.8619, True), (0.87, True), (0.861, True)])
def test_a_rate_is_compared_at_the_digits_that_it_was_printed_with(stated, flagged):
    # 215,457.6 ÷ 250,000 = 86.18304 %
    form = pd.DataFrame({"project": ["a"], "year": [2022], "budget_adjusted": [250000.0], "executed": [215457.6], "execution_rate_stated": [stated]})
    assert (compare_scores(form, None, MOF)["kind"].tolist() == ["execution_rate"]) == flagged
