"""The monitoring report on the tiny city with its year 2023 as seen from 30 June, worked out by hand."""

import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Absent, Table
from perfanalysis.errors import PlanError
from perfanalysis.sections import load_unit
from perfanalysis.sections.monitoring import (
    load_watch,
    section_lights,
    section_monitoring_figures,
    section_monitoring_form,
    section_year_end,
)

NOTHING = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh", "values")})


def write(folder, tables):
    return write_dataset(folder / "city", tables, set_aside=NOTHING, sources=[], name="小市", name_en="Tiny City").path


@pytest.fixture
def city(tmp_path, tiny):
    rows = [("P3", "2023-01-31", 500_000, 10_000), ("P3", "2023-06-30", 500_000, 100_000), ("P4", "2023-01-31", 800_000, 20_000),
            ("P4", "2023-06-30", 800_000, 300_000)]
    own = pd.DataFrame(rows, columns=["project", "period_end", "budget", "executed_to_date"]).assign(unit="102", year=2023, projected=float("nan"))
    own["period_end"] = pd.to_datetime(own["period_end"])
    own[["budget", "executed_to_date"]] = own[["budget", "executed_to_date"]].astype("float64")
    monitoring = pd.DataFrame([
        ("P3", "1", 2.0, 5.0, "impossible", "staff", True), ("P3", "2", 0.98, 0.98, "certain", None, False), ("P3", "3", float("nan"), float("nan"), "possible", None, False),
        ("P3", "4", 0.81, 0.81, "possible", None, False), ("P4", "1", 100.0, 220.0, "certain", None, False), ("P4", "2", 3500.0, 2000.0, "certain", None, False),
        ("P4", "3", 0.88, 0.88, "certain", None, False),
    ], columns=["project", "indicator", "actual_to_date", "expected", "likelihood", "cause", "rectification_needed"])
    monitoring = monitoring.assign(year=2023, as_of=pd.Timestamp("2023-06-30"), advice=float("nan"), result=float("nan"))
    return write(tmp_path, {**tiny, "execution": pd.concat([tiny["execution"], own]), "monitoring": monitoring})


@pytest.fixture
def watch(city):
    return load_watch(load_unit(city, "102", 2023), "2023-06-30")


# pace: 2022 had one unit, 29 % of its budget by June and 80 % by December: seasonal share 0.29 ÷ 0.8 = 0.3625


def test_money_against_both_paces(watch):
    assert watch.elapsed == 0.5
    assert watch.seasonal == pytest.approx(0.3625)
    projects = watch.projects.set_index("project")
    # P3: 100,000 ÷ 500,000 = 0.2; ÷ 0.5 = 0.4 red; ÷ 0.3625 = 0.55 red. P4: 0.375; ÷ 0.5 = 0.75 yellow; ÷ 0.3625 = 1.03 green
    assert projects["execution_official"].to_dict() == {"P3": "red", "P4": "yellow"}
    assert projects["execution_seasonal"].to_dict() == {"P3": "red", "P4": "green"}
    # P3: 100,000 ÷ 0.3625 = 275,862; P4: 827,586, at most its 800,000
    assert projects["projected"].to_dict() == pytest.approx({"P3": 100_000 / 0.3625, "P4": 800_000})
    facts = {fact.measure: fact.value for fact in section_monitoring_figures(watch.unit, watch).facts}
    assert facts["rate_to_date"] == pytest.approx(400_000 / 1_300_000)
    assert facts["projected_rate"] == pytest.approx((100_000 / 0.3625 + 800_000) / 1_300_000)


def test_a_projects_light_is_the_worst_of_its_indicators(watch):
    projects = watch.projects.set_index("project")
    # P3 line 1: 2 ÷ 10 = 0.2, both red. P4 line 1: 0.5 ÷ 0.5 = 1 green, 0.5 ÷ 0.3625 = 1.38 blue; line 2 keeps its ceiling: green
    assert projects["targets_seasonal"].to_dict() == {"P3": "red", "P4": "green"}
    assert [finding.code for finding in section_lights(watch.unit, watch).findings] == ["red_targets", "red_execution"]


def test_the_opinion_names_the_amount(watch):
    section = section_year_end(watch.unit, watch)
    # P3 will earn 12.5 + 24.5 + 9 of 25 + 25 + 10 points (line 3 is open): 46 ÷ 60; it will leave 500,000 − 275,862
    ahead = next(finding for finding in section.findings if finding.code == "ahead_missed_unspent")
    assert ahead.values["unspent"].value == pytest.approx(500_000 - 100_000 / 0.3625)
    assert watch.projects.set_index("project").loc["P3", "achievement"] == pytest.approx(46 / 60)
    assert {"targets_out_of_reach", "rectification_without_advice"} <= {finding.code for finding in section.findings}


def test_the_form_has_every_monitored_indicator(watch):
    tables = {block.code: block.frame for block in section_monitoring_form(watch.unit, watch).blocks if isinstance(block, Table)}
    assert len(tables["monitoring_form"]) == 7


def test_nothing_known_later_is_used(city):
    watch = load_watch(load_unit(city, "102", 2023), "2023-01-31")
    assert watch.monitored_on is None
    assert watch.projects["executed_to_date"].sum() == 30_000


def test_a_day_that_was_not_reported_is_one_clear_error(city):
    unit = load_unit(city, "102", 2023)
    with pytest.raises(PlanError, match="'2023-02-30' is not a day on which execution was reported"):
        load_watch(unit, "2023-02-30")


def test_without_rows_by_project_the_report_says_so(tmp_path, tiny):
    unit = load_unit(write(tmp_path, tiny), "102", 2023)
    assert section_monitoring_figures(unit, load_watch(unit, "2023-06-30")).blocks == (Absent("execution", "project"),)
