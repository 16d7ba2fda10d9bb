"""The chain of one project and its coverage: every expected number is worked out in a comment."""

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.analysis.chain import STEPS, list_events, measure_chain, measure_coverage
from perfanalysis.dataset import write_dataset
from perfanalysis.sections import load_unit
from perfanalysis.sections.chain import load_project, section_chain, section_coverage_chain
from perfanalysis.sections.life_cycle import section_milestones


def projects():
    return pd.DataFrame({"project": ["A", "B", "C"], "year": 2023, "start_year": [2023, 2023, 2020], "self_score": [95.0, None, 90.0], "budget": [100.0, 300.0, 600.0]})


TABLES = {
    "ex_ante": pd.DataFrame({"proposal": ["X", "X"], "project": ["A", "A"], "year": 2023, "verdict": "support"}),
    "targets": pd.DataFrame({"project": ["A", "C"], "year": 2023, "submitted_on": pd.Timestamp("2022-10-01"), "reviewed_on": pd.Timestamp("2022-11-01"),
                             "approved_on": [pd.Timestamp("2023-02-01"), pd.NaT], "outcome": "approved"}),
    "reviews": pd.DataFrame({"project": ["A", "A", "C"], "year": [2023, 2023, 2022], "reviewer": ["fiscal", "department", "fiscal"], "score": [80.0, 86.0, 70.0]}),
    "submissions": pd.DataFrame({"project": ["B", "C"], "year": 2023, "kind": ["objective", "result"], "session_on": pd.Timestamp("2024-07-01")}),
    "problems": pd.DataFrame({"problem": ["p1", "p2"], "project": ["A", "B"], "found_on": pd.to_datetime(["2023-05-01", "2023-05-01"]),
                              "closed_on": [pd.Timestamp("2023-06-01"), pd.NaT], "source": "audit", "description": "问题", "measure": "已整改"}),
}


def chain(**tables):
    return measure_chain(projects(), TABLES | tables).astype("object").where(lambda frame: frame.notna(), "unknown").to_dict("list")


def test_each_step_is_seen_in_its_table():
    found = chain()
    # C is in its fourth year: no ex-ante evaluation is due; B is new and has none
    assert found["ex_ante"] == [True, False, "unknown"]
    assert found["targets"] == [True, False, False]  # C's are not approved
    assert found["monitoring"] == ["unknown"] * 3  # there is no such table
    assert found["self_evaluation"] == [True, False, True]
    assert found["review"] == [True, False, False]  # C's is of the year before
    assert found["used"] == [True, False, True]  # A's problem was put right, C's result went to the congress; B's objective is no result


def test_where_one_of_two_tables_is_lacking_a_no_is_not_known():
    without = {name: frame for name, frame in TABLES.items() if name != "problems"}
    used = measure_chain(projects(), without)["used"]
    assert used.isna().tolist() == [True, True, False]
    assert bool(used[2]) is True


def test_coverage_by_projects_and_by_money():
    coverage = measure_coverage(projects(), measure_chain(projects(), TABLES)).set_index("step")
    assert list(coverage.index) == list(STEPS)
    # ex-ante: A (100) of A and B (400); self-evaluation: A and C (700) of all (1,000)
    assert coverage.loc["ex_ante", ["due", "done", "share", "money_share"]].tolist() == [2, 1, 0.5, 0.25]
    assert coverage.loc["self_evaluation", "share"] == pytest.approx(2 / 3)
    assert coverage.loc["self_evaluation", "money_share"] == pytest.approx(0.7)
    assert coverage.loc["monitoring"].isna().all()


def test_events_come_in_the_order_of_the_steps():
    of_a = {name: frame[frame["project"] == "A"] for name, frame in TABLES.items()}
    events = list_events(projects().head(1), of_a)
    assert events["event"].tolist() == ["ex_ante", "targets_submitted", "targets_reviewed", "targets_approved", "self_evaluation", "review", "review",
                                        "problem_found", "problem_closed"]
    assert list_events(projects().head(1).assign(self_score=None), {}).empty


@pytest.fixture
def city(tmp_path, tiny):
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    return write_dataset(tmp_path / "city", tiny, set_aside=nothing, sources=[], name="小市", name_en="Tiny City").path


def test_a_page_on_one_project_names_what_is_missing(city):
    unit = load_project(city, "P1", 2023)
    section = section_chain(unit)
    facts = {fact.id: fact.value for fact in section.facts}
    assert (facts["P1.budget.2023"], facts["P1.submitted.2023"], facts["P1.recomputed.2023"]) == (1_000_000, 90.5, 88.5)
    table = next(block for block in section.blocks if getattr(block, "code", "") == "chain").frame.set_index("step")["state"].to_dict()
    # the tiny city has neither ex-ante evaluations nor submissions to the congress
    assert table["ex_ante"] == "unknown" and table["self_evaluation"] == "done" and table["targets"] == "done"
    # 90.5 by itself, 82 by the finance bureau
    gap = next(finding for finding in section.findings if finding.code == "chain_review_gap")
    assert gap.values["gap"].value == 8.5
    for lang in words.languages():
        for block in section.blocks:
            if block.__class__.__name__ == "Text":
                assert words.say(f"text.{block.code}", lang, block.values)
        for finding in section.findings:
            assert words.say(f"finding.{finding.code}.says", lang, finding.values)
    assert section_milestones(unit).blocks


def test_coverage_of_the_city_and_of_a_department(city):
    facts = {fact.id: fact.value for fact in section_coverage_chain(load_unit(city, "city", 2023)).facts}
    # approved: P1 to P4 of six; 1,000,000 + 200,000 + 500,000 + 800,000 of 2,900,000
    assert facts["city.targets.chain_share.2023"] == pytest.approx(4 / 6)
    assert facts["city.targets.chain_money_share.2023"] == pytest.approx(25 / 29)
    alone = {fact.id: fact.value for fact in section_coverage_chain(load_unit(city, "101", 2023)).facts}
    assert alone["101.projects.2023"] == 2
    assert alone["101.self_evaluation.chain_share.2023"] == 1
    assert "101.ex_ante.chain_share.2023" not in alone  # no such table: neither a share nor a zero
