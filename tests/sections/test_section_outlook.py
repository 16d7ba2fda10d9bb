"""Projection, funds to take back and months that stand out, as a department and the city read them."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Absent, Chart, Table, Text
from perfanalysis.sections import load_unit
from perfanalysis.sections.monitoring import load_watch, section_lights
from perfanalysis.sections.outlook import section_projection, section_reclaim, section_signals

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))
from test_outlook import execution

NOTHING = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh", "values")})


def write(folder, tables):
    return write_dataset(folder / "city", tables, set_aside=NOTHING, sources=[], name="小市", name_en="Small City").path


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """Forty units with one project each; the first two execute half of what the others do."""
    whole = execution()
    projects = whole.assign(project="P" + whole["unit"])
    last = projects.groupby(["unit", "project", "year"], as_index=False).agg(budget_adjusted=("budget", "last"), executed=("executed_to_date", "last"))
    last = last.assign(name="项目", name_en="Project", budget_initial=last["budget_adjusted"])
    units = pd.DataFrame({"unit": sorted(whole["unit"].unique())})
    units = units.assign(name="单位" + units["unit"], name_en="Unit " + units["unit"], kind="department")
    both = pd.concat([whole.assign(project=None), projects], ignore_index=True)
    return write(tmp_path_factory.mktemp("small"), {"units": units, "projects": last, "execution": both})


def spoken(section, lang="en"):
    return " ".join(words.say(f"text.{block.code}", lang, block.values) for block in section.blocks if isinstance(block, Text))


def made(city, code):
    unit = load_unit(city, code, 2020)
    return unit, load_watch(unit, "2020-06-30")


def test_a_slow_unit_is_told_its_chance_and_what_it_can_give_back(city):
    unit, watch = made(city, "U00")
    projection, reclaim = section_projection(unit, watch), section_reclaim(unit, watch)
    facts = {fact.measure: fact.value for fact in projection.facts}
    # it executes 45 % in the mean: of 1,200,000 about 540,000, and never 80 %
    assert facts["projected_year_end"] == pytest.approx(540_000, rel=0.1)
    assert facts["projected_low"] < facts["projected_year_end"] < facts["projected_high"]
    assert facts["chance_execution"] < 0.05
    assert [finding.code for finding in projection.findings] == ["goal_unlikely"]
    given = {fact.measure: fact.value for fact in reclaim.facts}
    assert given["reclaim_mean"] == pytest.approx(660_000, rel=0.1)
    assert given["reclaim_least"] < given["reclaim_mean"] < given["reclaim_most"]
    table = next(block for block in reclaim.blocks if isinstance(block, Table))
    assert table.frame["project"].tolist() == ["PU00"]


def test_an_ordinary_unit_has_neither_finding(city):
    unit, watch = made(city, "U10")
    assert section_projection(unit, watch).findings == ()
    reclaim = section_reclaim(unit, watch)
    assert [block.code for block in reclaim.blocks] == ["reclaim.none", "reclaim.targets"]
    assert reclaim.findings == ()


def test_the_chance_stands_beside_the_light(city):
    unit, watch = made(city, "U00")
    table = next(block for block in section_lights(unit, watch).blocks if isinstance(block, Table))
    assert "chance" in [column.name for column in table.columns]
    assert table.frame["chance"].iloc[0] < 0.05


@pytest.mark.parametrize("code", ["U00", "U10", "city"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_section_speaks_and_draws_in_both_languages(city, code, lang):
    unit, watch = made(city, code)
    for make in (section_projection, section_reclaim, section_signals):
        section = make(unit, watch)
        assert len({fact.id: fact.value for fact in section.facts}) == len({(fact.id, fact.value) for fact in section.facts})
        assert spoken(section, lang)
        for block in section.blocks:
            if isinstance(block, Chart):
                block.draw(block.frame, lang)
                assert words.say(f"chart.{block.code}.alt", lang, block.values)
        for finding in section.findings:
            assert words.say(f"finding.{finding.code}.says", lang, finding.values)


def test_the_early_warning_names_its_false_alarms(city):
    """The two slow units missed the goal in each of the earlier years that can be judged; the official light is yellow or red for every tenth normal one too."""
    text = spoken(section_projection(*made(city, "city")))
    assert "too few to say" in text


def test_a_unit_that_suddenly_stops_stands_out(tmp_path):
    frame = execution(units=30)
    stopped = frame["unit"].eq("U20") & frame["year"].eq(2020) & frame["period_end"].gt("2020-02-28")
    frame.loc[stopped, "executed_to_date"] = frame.loc[frame["unit"].eq("U20") & frame["period_end"].eq("2020-02-29"), "executed_to_date"].iloc[0]
    units = pd.DataFrame({"unit": sorted(frame["unit"].unique()), "name": "单位", "kind": "department"})
    unit, watch = made(write(tmp_path, {"units": units, "execution": frame.assign(project=None)}), "U20")
    section = section_signals(unit, watch)
    assert [finding.code for finding in section.findings] == ["periods_slow"]
    signals = next(block for block in section.blocks if isinstance(block, Table)).frame
    # nothing was spent from March to June
    assert signals["month"].tolist()[-4:] == [3, 4, 5, 6]
    assert (signals["level"].tail(4) == 0).all()


def test_where_the_data_cannot_bear_it_the_section_says_why(tmp_path, tiny):
    unit = load_unit(write(tmp_path, tiny), "101", 2023)
    watch = load_watch(unit, "2023-06-30")
    assert "neither an interval nor a chance can be given" in spoken(section_projection(unit, watch)) or "cannot be projected" in spoken(section_projection(unit, watch))
    assert [block.code for block in section_signals(unit, watch).blocks] == ["signals.silent"]
    assert section_reclaim(unit, watch).blocks[0] == Absent("execution", "project") or section_reclaim(unit, watch).blocks[0].code == "reclaim.silent"
