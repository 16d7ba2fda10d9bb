"""The department's sections on the tiny city: every number below is worked out in tests/data/tiny/README.md or here."""

import datetime

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Absent, Chart, Findings, Table, Text
from perfanalysis.errors import PlanError
from perfanalysis.sections import (
    load_unit,
    section_city_coverage,
    section_city_scores,
    section_execution,
    section_follow_up,
    section_key_figures,
    section_method,
    section_monitoring,
    section_peers,
    section_quality,
    section_scores,
    section_summary,
    section_targets,
)

SET_ASIDE = pd.DataFrame({
    "table": ["projects"], "unit": ["101"], "file": ["projects.csv"], "sheet": [""], "row": [3], "severity": ["error"],
    "problems_en": ["'executed': 'abc' is not a number"], "problems_zh": ["“执行数”：“abc”不是数字"], "values": ["{}"],
})


@pytest.fixture
def city(tmp_path, tiny):
    def write(**without):
        tables = {name: frame for name, frame in tiny.items() if name not in without}
        return write_dataset(tmp_path / "city", tables, set_aside=SET_ASIDE, sources=[], name="小市", name_en="Tiny City").path

    return write


def facts(section):
    return {fact.measure: fact.value for fact in section.facts}


def codes(section):
    return [finding.code for finding in section.findings]


def test_key_figures_of_101(city):
    figures = facts(section_key_figures(load_unit(city(), "101", 2023)))
    assert figures["projects"] == 2
    assert figures["budget"] == 1_200_000  # P1 1,000,000 and P2's initial 200,000
    assert figures["executed"] == 1_100_000
    assert figures["execution_rate"] == pytest.approx(1_100_000 / 1_200_000)
    assert figures["mean_score"] == pytest.approx((88.5 + 100) / 2)
    assert figures["mean_self_score_compared"] == pytest.approx((90.5 + 100) / 2)
    # P1 79.5 of 90 points, P2 90 of 90
    assert figures["achievement"] == pytest.approx(169.5 / 180)


def test_102_left_half_its_money_and_rushed_in_december(city):
    section = section_execution(load_unit(city(), "102", 2023))
    assert codes(section) == ["low_execution", "year_end_rush_alone"]
    assert section.findings[1].values["last_share"].value == pytest.approx(240_000 / 650_000)


def test_slow_projects_are_named_here_where_double_monitoring_cannot_place_them(city):
    section = section_execution(load_unit(city(indicators=True), "102", 2023))
    assert codes(section) == ["low_execution", "low_execution_projects", "year_end_rush_alone"]
    values = section.findings[1].values
    assert values["unspent"].value == 650_000  # 500,000 − 250,000 and 800,000 − 400,000
    assert [label.code for label in values["names"]] == ["P4", "P3"]  # the larger remainder first


def test_scores_of_101_differ_where_line_2_was_given_18_for_16(city):
    section = section_scores(load_unit(city(), "101", 2023))
    differ = next(finding for finding in section.findings if finding.code == "scores_differ")
    assert (differ.values["submitted"].value, differ.values["recomputed"].value) == (90.5, 88.5)
    assert "grades_change" in codes(section)  # 90.5 would be excellent, 88.5 is good
    above = next(finding for finding in section.findings if finding.code == "points_above_rule")
    assert above.values["points"].value == 2


def test_103_has_a_wrong_sum_and_weights_that_do_not_add_up(city):
    found = codes(section_scores(load_unit(city(), "103", 2023)))
    assert {"sum_wrong", "weights_wrong"} <= set(found)
    # P5's points are 30 + 20 + 30 + 10: the kinds are as prescribed; P6's 25 + 20 are not 50, but its total is wrong already
    assert "weights_split" not in found


def test_a_rate_is_stated_with_the_amounts_that_it_is_made_of(city, tiny):
    tiny["projects"].loc[tiny["projects"]["project"] == "P4", "executed"] = float("nan")
    section = section_execution(load_unit(city(), "102", 2023))
    low = section.findings[0].values
    # P3 alone has both: 250,000 of 500,000
    assert (low["budget"].value, low["executed"].value, low["execution_rate"].value) == (500_000, 250_000, 0.5)
    assert section.blocks[0].code == "execution.lead_partly"


def test_without_any_budget_there_is_no_rate_and_no_chart_of_it(city, tiny):
    tiny["projects"][["budget_adjusted", "budget_initial"]] = float("nan")
    section = section_execution(load_unit(city(), "102", 2023))
    assert section.blocks[0].code == "execution.no_rate"
    assert not any(isinstance(block, Chart) and block.code == "execution_by_project" for block in section.blocks)


def test_money_is_split_by_account_where_there_are_several_and_what_is_passed_on_is_set_apart(city, tiny):
    def split():
        return [block for block in section_execution(load_unit(city(), "101", 2023)).blocks if isinstance(block, Table) and block.code == "accounts_split"]

    assert split() == []  # both projects are paid from the general public budget
    p2 = tiny["projects"]["project"] == "P2"
    tiny["projects"] = tiny["projects"].assign(account=tiny["projects"]["account"].where(~p2, "government_fund"), transferred=p2)
    rows = split()[0].frame.set_index("account")
    assert rows.index.tolist() == ["general_public", "government_fund"]
    assert rows.at["general_public", "budget"] == 1_000_000 and rows.at["general_public", "execution_rate"] == 0.9
    assert rows.at["government_fund", "projects"] == 0 and rows.at["government_fund", "transferred_budget"] == 200_000


def test_targets_met_with_money_unspent_calls_for_an_opinion(city):
    section = section_monitoring(load_unit(city(), "102", 2023))
    met_unspent = next(finding for finding in section.findings if finding.code == "quadrant_met_unspent")
    assert [label.code for label in met_unspent.values["names"]] == ["P4"]
    assert met_unspent.values["unspent"].value == 400_000
    # P3 earned 79.5 of 90 and spent half
    assert "quadrant_missed_unspent" in codes(section)


def test_targets_of_102_are_missed_and_one_was_easy(city):
    section = section_targets(load_unit(city(), "102", 2023))
    # P3: lines 2, 3 and 4 missed, all with a reason; P4 line 2: 4000 ÷ 2000 = 200 %
    assert codes(section) == ["targets_missed", "easy_targets"]
    assert section.findings[0].values["missed"].value == 3


def test_follow_up_counts_on_the_last_day_of_the_year(city):
    unit = load_unit(city(), "102", 2023)
    assert unit.as_of == datetime.date(2023, 12, 31)
    overdue = section_follow_up(unit).findings[0]
    assert (overdue.code, overdue.values["days"].value) == ("rectification_overdue", 61)


def test_each_row_with_a_doubt_stands_beside_its_own_words(tmp_path, tiny):
    # a doubt first, an error after it: the report lists errors first
    rows = pd.concat([SET_ASIDE.assign(table="execution", file="execution.csv", row=7, severity="warning", problems_en="doubt", problems_zh="存疑"), SET_ASIDE])
    unit = load_unit(write_dataset(tmp_path / "city", tiny, set_aside=rows, sources=[], name="小市", name_en="Tiny City").path, "101", 2023)
    table = next(block for block in section_quality(unit).blocks if isinstance(block, Table) and block.code == "set_aside")
    shown = [(row["file"], row["table_shown"].written("en"), row["problems"].written("en")) for row in table.frame.to_dict("records")]
    assert shown == [("projects.csv", "Projects", "'executed': 'abc' is not a number"), ("execution.csv", "Budget execution over the year", "doubt")]


def test_rows_set_aside_are_named_in_the_report_of_their_unit_alone(city):
    path = city()
    assert facts(section_quality(load_unit(path, "101", 2023)))["rows_set_aside"] == 1
    assert facts(section_quality(load_unit(path, "102", 2023)))["rows_set_aside"] == 0


def test_three_units_are_too_few_to_compare(city):
    assert section_peers(load_unit(city(), "101", 2023)).findings == ()


def test_a_missing_table_is_named_and_nothing_is_printed_as_zero(city):
    unit = load_unit(city(indicators=True), "101", 2023)
    assert section_targets(unit).blocks == (Absent("indicators"),)
    assert section_scores(unit).facts == ()
    assert "achievement" not in facts(section_key_figures(unit))
    absent = next(block for block in section_quality(unit).blocks if isinstance(block, Table) and block.code == "absent")
    assert [cell.written("en") for cell in absent.frame["table"]] == ["Performance indicators", "Disclosure"]


def test_a_unit_without_rows_in_a_table_that_is_there_is_told_so_and_no_table_is_called_missing(city):
    unit = load_unit(city(), "103", 2023)  # W1 to W3 are problems of 101 and 102
    assert [block.code for block in section_follow_up(unit).blocks if isinstance(block, Text)] == ["follow_up.no_problems"]
    absent = next(block for block in section_quality(unit).blocks if isinstance(block, Table) and block.code == "absent")
    assert [cell.written("en") for cell in absent.frame["table"]] == ["Disclosure"]


def test_the_summary_lists_all_findings_most_serious_first(city):
    unit = load_unit(city(), "102", 2023)
    sections = (section_execution(unit), section_targets(unit), section_monitoring(unit))
    shown = next(block for block in section_summary(unit, sections).blocks if isinstance(block, Findings)).findings
    assert len(shown) == sum(len(section.findings) for section in sections)
    order = [("serious", "warning", "notice", "good").index(finding.severity) for finding in shown]
    assert order == sorted(order)


def test_every_fact_and_finding_has_its_words_in_every_language(city):
    path = city()
    for code in ("101", "102", "103"):
        unit = load_unit(path, code, 2023)
        sections = (section_key_figures(unit), section_execution(unit), section_targets(unit), section_scores(unit), section_monitoring(unit),
                    section_follow_up(unit), section_quality(unit))
        sections = (section_summary(unit, sections), *sections)
        sections = (*sections, section_method(unit, sections))
        for lang in words.languages():
            for section in sections:
                for fact in section.facts:
                    assert words.has(f"measure.{fact.measure}", lang), fact.measure
                    assert words.has(f"method.{fact.method}", lang), fact.method
                for finding in section.findings:
                    assert words.say(f"finding.{finding.code}.says", lang, finding.values)
                    # what is good calls for nothing
                    assert words.has(f"finding.{finding.code}.action", lang) == (finding.severity != "good")


def test_the_city_counts_coverage_by_projects_and_by_money(city):
    values = facts(section_city_coverage(load_unit(city(), "city", 2023)))
    assert values["projects_reviewed"] == 5  # all but P6
    # 2,900,000 in all, P6 carries 100,000
    assert values["money_reviewed"] == pytest.approx(2_800_000 / 2_900_000)
    assert values["central_reviews"] == 2  # P3 and P5


def test_the_city_counts_what_was_submitted(city):
    values = facts(section_city_scores(load_unit(city(), "city", 2023)))
    assert (values["projects_submitted"], values["units_submitted"], values["money_submitted"]) == (6, 3, 2_900_000)
    # P5 and P6 cannot be recomputed; of P1, P2, P3, P4 only P1 differs
    assert (values["scores_compared"], values["scores_agree"]) == (4, 3)


def test_an_unknown_unit_and_year_are_one_error(city):
    with pytest.raises(PlanError, match=r"(?s)999.*1999"):
        load_unit(city(), "999", 1999)
