"""The demonstration's reports on ex-ante evaluation, life cycles, key areas and chains: the article's figures, and words for all that they state."""

import pytest

from perfanalysis import words
from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, write_city
from perfanalysis.findings.tracing import trace_rows
from perfanalysis.rules.ex_ante import load_ex_ante_rules
from perfanalysis.rules.life_cycle import load_life_cycle_rules
from perfanalysis.sections import load_unit, section_method
from perfanalysis.sections.chain import load_project, section_chain, section_coverage_chain
from perfanalysis.sections.ex_ante import (
    section_ex_ante,
    section_ex_ante_budget,
    section_ex_ante_experts,
    section_ex_ante_method,
)
from perfanalysis.sections.key_area import load_key_area, section_key_area, section_key_area_framework
from perfanalysis.sections.life_cycle import (
    section_life_cycle,
    section_life_cycle_decision,
    section_life_cycle_outcomes,
    section_milestones,
)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("systems")
    write_city(folder / "source", make_city(2020), irregularities=True)
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path


def ex_ante(city):
    unit, rules = load_unit(city, "city", 2020), load_ex_ante_rules()
    sections = tuple(section(unit, rules) for section in (section_ex_ante, section_ex_ante_experts, section_ex_ante_budget))
    return (*sections, section_ex_ante_method(unit, rules, sections))


def life_cycle(city):
    unit = load_project(city, "122-001", 2020)
    sections = (section_life_cycle(unit), section_life_cycle_outcomes(unit), section_milestones(unit), section_life_cycle_decision(unit, load_life_cycle_rules()))
    return (*sections, section_method(unit, sections))


def key_area(city):
    unit = load_key_area(city, "environmental_protection", 2020)
    return section_key_area(unit), section_key_area_framework(unit)


def chain(city):
    unit = load_project(city, "101-001", 2020)
    return section_chain(unit), section_milestones(unit)


def coverage(city):
    return (section_coverage_chain(load_unit(city, "city", 2020)), section_coverage_chain(load_unit(city, "301", 2020)))


@pytest.mark.parametrize("make", [ex_ante, life_cycle, key_area, chain, coverage])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_said_in_every_language(make, lang, city):
    from perfanalysis.display.show import make_output

    for section in make(city):
        assert make_output(section, lang)["text/html"]
        for fact in section.facts:
            assert words.has(f"measure.{fact.measure}", lang), fact.measure
            assert words.has(f"method.{fact.method}", lang), fact.method


@pytest.mark.parametrize("make", [ex_ante, life_cycle, key_area, chain])
def test_one_fact_has_one_value_in_the_report(make, city):
    seen = {}
    for section in make(city):
        for fact in section.facts:
            assert seen.setdefault(fact.id, fact.value) == pytest.approx(fact.value), fact.id


@pytest.mark.parametrize(("make", "load"), [
    (ex_ante, lambda city: load_unit(city, "city", 2020)), (life_cycle, lambda city: load_project(city, "122-001", 2020)),
    (key_area, lambda city: load_key_area(city, "environmental_protection", 2020)), (chain, lambda city: load_project(city, "101-001", 2020)),
], ids=["ex_ante", "life_cycle", "key_area", "chain"])
def test_every_fact_leads_back_to_rows(make, load, city):
    data = load(city).data
    pathless = [(fact.id, evidence.table) for section in make(city) for fact in section.facts for evidence in fact.evidence
                if evidence.table != "peers" and fact.value and trace_rows(evidence, data.table(evidence.table)).empty]
    assert pathless == []


def test_the_article_has_fourteen_proposals_and_1021_self_evaluations(city):
    facts = {fact.id: fact.value for fact in ex_ante(city)[0].facts}
    # demo/README.md: 14 proposals, 8 supported, 4 in part, 2 not
    assert [facts[f"city.{name}.2020"] for name in ("proposals", "proposals_supported", "proposals_partly_supported", "proposals_refused")] == [14, 8, 4, 2]
    table = next(block for block in coverage(city)[0].blocks if getattr(block, "code", "") == "coverage_chain").frame.set_index("step")
    assert table.loc["self_evaluation", "done"] == 1021
    # 609 of the departments' own budgets and 508 of special bonds
    assert table.loc["targets", "done"] == 609 + 508
