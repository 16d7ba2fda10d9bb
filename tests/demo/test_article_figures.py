"""The figures of the article that the project rests on stand in the reports, computed from the demonstration city's files.

Tianjin finance bureau's account: 147 departments, 16 districts; 1,021 projects and 55 billion yuan self-evaluated; targets of 609 projects, over 95 % of project
expenditure, 12 of them reviewed centrally; 508 projects and 8.2 billion yuan of special bonds; 14 ex-ante evaluations; 12 objectives and 10 results for the
congress; 25 tasks in 8 aspects; 28 indicators in 6 categories; 17 generic and 16 sector categories of indicators.
"""

import datetime

import pytest

from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, write_city
from perfanalysis.display.blocks import Text
from perfanalysis.display.show import make_output
from perfanalysis.rules.ex_ante import load_ex_ante_rules
from perfanalysis.sections import load_unit, section_execution
from perfanalysis.sections.assessment import section_city_assessment
from perfanalysis.sections.bonds import section_funding
from perfanalysis.sections.city import section_city_execution
from perfanalysis.sections.congress import section_congress_objectives, section_congress_results
from perfanalysis.sections.ex_ante import section_ex_ante
from perfanalysis.sections.library import section_library
from perfanalysis.sections.self_evaluation import section_self_coverage
from perfanalysis.sections.targets_coverage import section_target_coverage


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("article")
    write_city(folder / "source", make_city(), irregularities=True)
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path


@pytest.mark.parametrize(("make", "figures", "said"), [
    (section_self_coverage, {"self_units": 147, "self_projects": 1021, "self_money": 55e9}, {"en": "55.00 billion yuan", "zh": "550.00亿元"}),
    (section_target_coverage, {"departments_reviewed": 147, "projects_reviewed": 609, "central_reviews": 12}, {"en": ">609<", "zh": ">609<"}),
    (lambda unit: section_funding(unit, "special_bond"), {"funding_approved": 508, "funding_approved_money": 8.2e9}, {"en": "8.20 billion yuan", "zh": "82.00亿元"}),
    (lambda unit: section_ex_ante(unit, load_ex_ante_rules()), {"proposals": 14}, {"en": ">14<", "zh": ">14<"}),
    (section_congress_objectives, {"objectives": 12}, {"en": ">12<", "zh": ">12<"}),
    (section_congress_results, {"results": 10}, {"en": ">10<", "zh": ">10<"}),
    (lambda unit: section_city_assessment(unit, "department-25"), {"assessment_units": 147, "assessment_items": 25, "assessment_categories": 8}, {"en": ">25<", "zh": ">25<"}),
    (lambda unit: section_city_assessment(unit, "district-28"), {"assessment_units": 16, "assessment_items": 28, "assessment_categories": 6}, {"en": ">28<", "zh": ">28<"}),
], ids=["self-evaluation", "targets", "bonds", "ex-ante", "objectives", "results", "departments", "districts"])
def test_the_articles_figures_stand_in_the_reports(make, figures, said, dataset):
    section = make(load_unit(dataset, "city", 2020))
    values = {fact.measure: fact.value for fact in section.facts}
    assert {name: values[name] for name in figures} == figures
    for lang, text in said.items():
        assert text in make_output(section, lang)["text/html"]


def test_the_reviewed_targets_carry_more_than_95_percent_of_the_spending(dataset):
    values = {fact.measure: fact.value for fact in section_target_coverage(load_unit(dataset, "city", 2020)).facts}
    assert 0.95 < values["spending_reviewed"] < 1


def test_the_library_has_17_generic_and_16_sector_categories(dataset):
    # 225 (Water Sports Centre) has a vague target, so its report lists library entries
    section = section_library(load_unit(dataset, "225", 2020))
    values = {fact.measure: fact.value for fact in section.facts}
    assert (values["library_generic"], values["library_sector"]) == (17, 16)
    assert "共性指标" in make_output(section, "zh")["text/html"]


def test_money_of_half_a_year_is_not_held_against_the_pace_of_a_whole_one(dataset):
    # the districts' special bonds began in July 2020; the normal pace is that of departments with money from January on
    section = section_execution(load_unit(dataset, "307", 2020))
    values = {fact.measure: fact.value for fact in section.facts}
    assert values["first_period"] == datetime.date(2020, 7, 31)
    assert not {"mid_pace", "peer_pace", "periods_behind"} & set(values)
    assert [block.code for block in section.blocks if isinstance(block, Text)] == ["execution.lead", "execution.one_source", "execution.part_of_year"]


def test_the_city_says_that_units_join_during_the_year(dataset):
    values = {fact.measure: fact.value for fact in section_city_execution(load_unit(dataset, "city", 2020)).facts}
    projects = make_city()["projects"]
    bonds = projects[(projects["year"] == 2020) & projects["unit"].str.startswith("3")]
    assert (values["units_joined"], values["first_joined"]) == (16, datetime.date(2020, 7, 31))
    assert values["budget_joined"] == pytest.approx(bonds["budget_adjusted"].sum())
