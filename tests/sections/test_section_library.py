"""The section on the wording of indicators, on the tiny city (tests/data/tiny) and on a version of it with planted faults."""

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Absent, Table, Text
from perfanalysis.display.tables import table_json, view_table
from perfanalysis.rules.library import load_library
from perfanalysis.sections import load_unit
from perfanalysis.sections.library import section_library

NONE_SET_ASIDE = pd.DataFrame({name: pd.Series(dtype="str") for name in
                               ("table", "unit", "file", "sheet", "severity", "problems_en", "problems_zh", "values")}).assign(row=pd.Series(dtype="int64"))


@pytest.fixture
def city(tmp_path, tiny):
    def write(change=lambda indicators: indicators, **without):
        tables = {name: frame for name, frame in tiny.items() if name not in without}
        if "indicators" in tables:
            tables["indicators"] = change(tables["indicators"])
        return write_dataset(tmp_path / "city", tables, set_aside=NONE_SET_ASIDE, sources=[], name="小市", name_en="Tiny City").path

    return write


def facts(section):
    return {fact.measure: fact.value for fact in section.facts}


def table(section, code):
    return next(block for block in section.blocks if isinstance(block, Table) and block.code == code)


def texts(section):
    return [block.code for block in section.blocks if isinstance(block, Text)]


def test_103_has_two_vague_targets_and_one_without_a_direction(city):
    section = section_library(load_unit(city(), "103", 2023))
    values = facts(section)
    # P5/3 改善, P6/4 满意, P6/2 without a sign: three of the eight indicators of P5 and P6
    assert (values["indicators"], values["indicators_flagged"], values["indicators_vague"], values["indicators_no_direction"]) == (8, 3, 2, 1)
    assert values["library_categories"] == 33
    # what does not occur is not listed with a zero
    assert "indicators_duplicate" not in values and "projects_output_only" not in values
    finding, = section.findings
    assert (finding.code, finding.severity, finding.values["indicators"].value) == ("vague_indicators", "notice", 2)
    assert [label.code for label in finding.values["names"]] == ["P5/3", "P6/4"]


def test_the_table_shows_each_with_its_better_one_and_says_that_the_library_is_illustrative(city):
    section = section_library(load_unit(city(), "103", 2023))
    shown = view_table(table(section, "library_flagged"), "zh")
    rows = [tuple(row) for row in shown.rows()]
    assert [row[0] for row in rows] == ["水质改善", "监测断面数", "公众满意度"]
    assert rows[1][3:7] == ("未注明方向", "水质监测断面数", "≥", "个")
    assert rows[0][3] == "指标值笼统"
    assert "library.illustrative" in texts(section)
    english = [tuple(row) for row in view_table(table(section, "library_flagged"), "en").rows()]
    assert english[1][3:7] == ("no direction", "Water quality monitoring sections", "≥", "number")


def test_proposals_come_from_the_generic_categories_and_the_units_own_sector(city):
    flagged = table(section_library(load_unit(city(), "103", 2023)), "library_flagged").frame
    entries = load_library().frame.set_index("code")
    proposed = entries.loc[[entry.code for entry in flagged["entry"] if entry is not None]]
    assert ((proposed["kind"] == "generic") | (proposed["category"] == "water")).all()


def test_a_unit_without_faults_is_told_so_and_raises_no_finding(city):
    def mend(indicators):
        return indicators.assign(target=indicators["target"].fillna(1.0), direction=indicators["direction"].fillna(">="), measure=indicators["measure"].fillna("分"))

    section = section_library(load_unit(city(mend), "103", 2023))
    assert texts(section) == ["library.sound"] and section.findings == ()


def test_planted_faults_are_found(city):
    def plant(indicators):
        year = indicators["year"] == 2023
        # P3 and P4 keep their outputs alone; P3's second one takes the name of its first; P4's only output has no target
        indicators = indicators[~(year & indicators["project"].isin(["P3", "P4"]) & (indicators["level1"] != "output"))].copy()
        third = year & (indicators["project"] == "P3") & (indicators["indicator"] == "2")
        indicators.loc[third, "level3"] = "补贴线路数"
        fourth = year & (indicators["project"] == "P4")
        indicators.loc[fourth, "target"] = float("nan")
        indicators.loc[fourth, "target_text"] = "按要求"
        return indicators

    section = section_library(load_unit(city(plant), "102", 2023))
    counted = {finding.code: next(fact.value for fact in finding.facts) for finding in section.findings}
    assert counted == {"output_only": 2, "unmeasurable_indicators": 1, "duplicate_indicators": 2}
    assert {finding.severity for finding in section.findings} == {"warning"}
    sets = [tuple(row) for row in view_table(table(section, "library_sets"), "zh").rows()]
    assert [row[0] for row in sets] == ["公交补贴", "道路养护"]
    assert [row[3] for row in sets] == ["乘客满意度", "乘客满意度"]


def test_outputs_alone_without_other_faults(city):
    def plant(indicators):
        return indicators[(indicators["project"] != "P4") | (indicators["level1"] == "output")]

    section = section_library(load_unit(city(lambda frame: plant(frame)[lambda kept: (kept["project"] != "P3")]), "102", 2023))
    assert texts(section)[0] == "library.lead_sets"
    assert [finding.code for finding in section.findings] == ["output_only"]


def test_a_users_own_library_is_used_and_not_called_illustrative(city, tmp_path):
    (tmp_path / "own.csv").write_text("指标名称,二级指标,方向,计量单位,分类\n水质优良率,生态效益指标,≥,%,本市\n", encoding="utf-8")
    section = section_library(load_unit(city(), "103", 2023), load_library(tmp_path / "own.csv"))
    assert "library.illustrative" not in texts(section)
    entries = [entry and entry.name for entry in table(section, "library_flagged").frame["entry"]]
    assert entries == ["水质优良率", None, None]


def test_without_indicators_the_section_says_what_is_missing(city):
    assert section_library(load_unit(city(indicators=True), "103", 2023)).blocks == (Absent("indicators"),)


def test_everything_it_says_has_words_in_every_language(city):
    path = city()
    for code in ("101", "102", "103", "city"):
        section = section_library(load_unit(path, code, 2023))
        for lang in words.languages():
            assert words.has("section.library", lang)
            for fact in section.facts:
                assert words.has(f"measure.{fact.measure}", lang) and words.has(f"method.{fact.method}", lang), fact.measure
            for block in section.blocks:
                if isinstance(block, Text):
                    assert words.say(f"text.{block.code}", lang, block.values)
                if isinstance(block, Table):
                    assert table_json(block, lang, "CNY", words.say(f"table.{block.code}", lang))["rows"]
            for finding in section.findings:
                assert words.say(f"finding.{finding.code}.says", lang, finding.values) and words.has(f"finding.{finding.code}.action", lang)
