"""The monitoring report on the tiny city with its year 2023 as seen from 30 June, worked out by hand."""

import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Absent, Table
from perfanalysis.errors import PlanError
from perfanalysis.sections import load_unit
from perfanalysis.sections.monitoring import (
    load_watch,
    make_monitoring_forms,
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
    # five units like 101 in 2022, so that there is a pace to speak of
    earlier = tiny["execution"][(tiny["execution"]["unit"] == "101") & (tiny["execution"]["year"] == 2022)]
    others = [str(code) for code in range(201, 205)]
    execution = pd.concat([tiny["execution"], own, *(earlier.assign(unit=code) for code in others)])
    units = pd.concat([tiny["units"], pd.DataFrame({"unit": others, "name": others, "kind": "department"})])
    return write(tmp_path, {**tiny, "units": units, "execution": execution, "monitoring": monitoring})


@pytest.fixture
def watch(city):
    return load_watch(load_unit(city, "102", 2023), "2023-06-30")


# pace: every unit of 2022 had 29 % of its budget by June and 80 % by December: seasonal share 0.29 ÷ 0.8 = 0.3625


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


def test_the_official_forms_are_a_sheet_a_project_and_the_same_bytes_twice(watch):
    import io

    from openpyxl import load_workbook

    made = make_monitoring_forms(watch.unit, watch, "zh")
    assert made == make_monitoring_forms(watch.unit, watch, "zh")
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["01", "02"]
    cells = {cell.value for row in book["01"].iter_rows() for cell in row}
    # P4, the larger: 800,000 yuan in the budget, 300,000 executed, in 万元
    assert {80, 30, "养护道路里程"} <= cells
    assert "100公里" in {str(cell).replace(" ", "") for cell in cells}
