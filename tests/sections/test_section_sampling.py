"""Sampling on the demonstration city, whose sample audit is planted: five projects booked 15, 9, 5, 3 and 2 % too much."""

import dataclasses

import pytest

from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, planted, write_city
from perfanalysis.display.blocks import Table, Text
from perfanalysis.sections import load_unit
from perfanalysis.sections.sampling import draw_audit_sample, section_audit_results, section_audit_sample, section_risk


@pytest.fixture(scope="module")
def unit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sampling")
    write_city(folder / "source", make_city(2020))
    return load_unit(import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path, "city", 2020)


@pytest.fixture(scope="module")
def sample(unit):
    return draw_audit_sample(unit, 0.95, 0.02, 0.002, 2020)


def facts_of(section):
    return {fact.measure: fact.value for fact in section.facts}


def table(section, code):
    return next(block.frame for block in section.blocks if isinstance(block, Table) and block.code == code)


def without(unit, name, rows):
    tables = dict(unit.data.tables)
    tables[name] = tables[name].drop(tables[name].index[:rows])
    return dataclasses.replace(unit, data=dataclasses.replace(unit.data, tables=tables))


def test_the_sample_is_exported_whole_and_its_money_adds_up(unit, sample):
    section = section_audit_sample(unit, sample)
    facts, items = facts_of(section), table(section, "audit_sample")
    assert len(items) == facts["audit_items"] == facts["audit_top"] + facts["audit_drawn"]
    assert items["amount"].sum() == pytest.approx(facts["audit_items_money"])
    assert facts["audit_population"] == pytest.approx(unit.projects["executed"].sum())
    # tolerable 2 % of it; ratio 0.1: the guide's factor is 3.68, rounded up
    assert facts["audit_interval"] == pytest.approx(0.02 * facts["audit_population"] / facts["audit_factor"], rel=1e-4)
    assert 3.67 <= facts["audit_factor"] <= 3.68
    assert (items.loc[items["stratum"] == "top", "amount"] >= facts["audit_interval"]).all()


def test_the_planted_misstatements_are_projected(unit, sample):
    section = section_audit_results(unit, sample)
    facts = facts_of(section)
    # none is in the top stratum: the shares 0.15 + 0.09 + 0.05 + 0.03 + 0.02 = 0.34 times the interval
    assert facts["audit_projected"] == pytest.approx(0.34 * sample.interval, rel=1e-5)
    # factors 2.9957 4.7439 6.2958 7.7537 9.1535 10.5130; steps 1.7482 1.5519 1.4579 1.3998 1.3595 by the shares, largest first:
    # 2.9957 + 0.26223 + 0.13967 + 0.07290 + 0.04199 + 0.02719 = 3.53968
    assert facts["audit_upper"] == pytest.approx(3.53968 * sample.interval, rel=1e-4)
    assert facts["audit_found"] == 5 and facts["audit_under_found"] == 0 and facts["audit_outside"] == 0
    assert [finding.code for finding in section.findings] == ["misstatement_within_tolerable"]


def test_nothing_is_projected_before_all_are_examined(unit, sample):
    section = section_audit_results(without(unit, "audit_results", 1), sample)
    assert [block.code for block in section.blocks if isinstance(block, Text)] == ["audit_results.incomplete"]
    assert facts_of(section)["audit_missing"] == 1 and "audit_upper" not in facts_of(section)


def test_another_seed_draws_another_sample_whose_results_are_not_there(unit):
    other = draw_audit_sample(unit, 0.95, 0.02, 0.002, 7)
    facts = facts_of(section_audit_results(unit, other))
    examined = set(unit.data.of_year("audit_results")["project"])
    assert facts["audit_missing"] == len(set(other.items["project"]) - examined) > 0
    assert facts["audit_outside"] == len(examined - set(other.items["project"]))


def test_what_is_planted_ranks_high(unit):
    section = section_risk(unit, 1535, 0, 2020)
    risk = table(section, "risk_chosen").set_index("project")["risk"]
    rows = planted(2020)
    for kind in ("no_targets", "copied_indicators", "executed_above_budget", "points_above_rule"):
        wanted = rows.loc[(rows["kind"] == kind) & (rows["year"] == 2020), "project"].dropna()
        assert len(wanted) and risk.reindex(wanted).median() > risk.quantile(0.75), kind


def test_the_choice_for_re_evaluation_follows_its_seed(unit):
    def chosen(seed):
        return table(section_risk(unit, 30, 20, seed), "risk_chosen")

    one = chosen(2020)
    assert one["project"].tolist() == chosen(2020)["project"].tolist() != chosen(1)["project"].tolist()
    assert one["chosen"].value_counts().to_dict() == {"risk": 30, "random": 20}
