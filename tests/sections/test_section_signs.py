"""The report on signs: what is planted in the demonstration city is pointed out, each as a reason to look, and sections without enough data say so."""

import dataclasses

import pytest

from perfanalysis import words
from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, planted, write_city
from perfanalysis.display.blocks import Chart, Table, Text
from perfanalysis.sections import load_unit
from perfanalysis.sections.signs import section_grade_lines, section_payments, section_ratchet, section_signs


@pytest.fixture(scope="module")
def unit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signs")
    write_city(folder / "source", make_city(2020))
    return load_unit(import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path, "city", 2020)


def facts_of(section):
    return {fact.measure: fact.value for fact in section.facts}


def texts_of(section):
    return [block.code for block in section.blocks if isinstance(block, Text)]


def only(unit, name, rows):
    tables = dict(unit.data.tables)
    tables[name] = tables[name].iloc[:rows]
    return dataclasses.replace(unit, data=dataclasses.replace(unit.data, tables=tables))


def test_the_heap_at_ninety_is_pointed_out(unit):
    section = section_grade_lines(unit)
    facts = facts_of(section)
    assert [finding.code for finding in section.findings] == ["scores_heaped"]
    # 42 scores are planted between 90.00 and 90.85; the README says so
    assert facts["threshold_above"] >= 42 and facts["threshold_excess_low"] > 0


def test_planted_departments_stand_out(unit):
    section = section_signs(unit)
    rows, findings = planted(2020), {finding.code: finding for finding in section.findings}
    for kind, code in (("bunched_scores", "sign_just_above"), ("easy_targets", "sign_easy"), ("copied_indicators", "sign_near_copies")):
        assert {label.code for label in findings[code].values["names"]} == set(rows.loc[rows["kind"] == kind, "unit"])
        assert findings[code].severity == "notice"
    copies = next(block.frame for block in section.blocks if isinstance(block, Table) and block.code == "near_copies")
    assert set(copies["project"]) == set(rows.loc[rows["kind"] == "copied_indicators", "project"])
    assert any(isinstance(block, Chart) for block in section.blocks)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_sign_is_worded_as_a_reason_to_look(lang):
    said = {"en": "A reason to look, not proof", "zh": "仅提示关注，并非证据"}[lang]
    codes = [code for code in words.codes(lang) if code.startswith(("finding.sign_", "finding.scores_heaped", "finding.ratchet", "finding.payments_digits")) and code.endswith("action")]
    assert len(codes) == 10 and all(words.text(code, lang).startswith(said) for code in codes)


def test_no_ratchet_is_planted_and_none_is_seen(unit):
    section = section_ratchet(unit)
    assert texts_of(section) == ["ratchet.lead", "ratchet.none"] and not section.findings
    assert texts_of(section_ratchet(only(unit, "indicators", 40)))[0] in ("ratchet.too_few", "common.no_rows")


def test_payments_are_examined_only_where_there_are_enough(unit):
    assert texts_of(section_payments(unit)) == ["payments.close", "payments.how"]
    assert texts_of(section_payments(only(unit, "payments", 999))) == ["payments.too_few"]


def test_the_payments_add_up_to_what_was_executed(unit):
    paid = unit.data.table("payments").groupby("project")["amount"].sum()
    executed = unit.projects.set_index("project")["executed"]
    assert (paid - executed.reindex(paid.index)).abs().max() < 0.01
