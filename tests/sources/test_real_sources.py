"""Real files, read as they are: a city's quarterly reports, another's indicators, filled forms."""

from pathlib import Path

import pandas as pd
import pytest

from perfanalysis.dataset import import_source
from perfanalysis.sources import read_source

SOURCES = Path(__file__).resolve().parents[2] / "parameters" / "sources"


@pytest.fixture(scope="module")
def philadelphia(shared_data):
    return read_source(SOURCES / "philadelphia.yaml")


@pytest.fixture(scope="module")
def obligations(shared_data):
    """The file by plain pandas, and of each figure the latest report."""
    return pd.read_csv(shared_data / "phl_qcmr" / "department-obligations.csv", dtype={"dept_code": "str"})


def latest(obligations, year, variable):
    rows = obligations[(obligations["fiscal_year"] == year) & (obligations["variable"] == variable) & (obligations["time_period"] == "Full Year")]
    report = rows["report_fiscal_year"] * 10 + rows["report_quarter"]
    return rows[report == report.groupby(rows["dept_code"]).transform("max")].groupby("dept_code")["total"].sum()


@pytest.mark.parametrize("year", range(2008, 2023))
@pytest.mark.parametrize(("variable", "column"), [("Adopted Budget", "budget_initial"), ("Target Budget", "budget_adjusted"), ("Actual", "executed")])
def test_philadelphia_has_the_file_s_own_totals(philadelphia, obligations, year, variable, column):
    expected = latest(obligations, year, variable)
    if column != "executed":
        expected = expected[expected >= 0]  # planned savings are no budget: those rows are set aside
    projects = philadelphia.tables["projects"]
    found = projects[projects["year"] == year].set_index("project")[column].dropna()
    assert found.sort_index().to_dict() == pytest.approx(expected.sort_index().to_dict(), abs=0)


def test_philadelphia_2022_is_complete(philadelphia, obligations):
    projects = philadelphia.tables["projects"].query("year == 2022")
    # 81 departments have an actual of fiscal year 2022, 78 of them a budget
    assert projects[["budget_adjusted", "executed"]].notna().sum().tolist() == [78, 81]
    assert projects["executed"].sum() == latest(obligations, 2022, "Actual").sum()
    assert projects["unit"].tolist() == projects["project"].tolist()
    assert len(philadelphia.tables["units"]) == 103 and philadelphia.currency == "USD"
    assert (philadelphia.tables["projects"]["year"].min(), philadelphia.tables["projects"]["year"].max()) == (2007, 2023)


def test_philadelphia_by_quarter_with_the_city_s_own_projection(philadelphia, obligations):
    execution = philadelphia.tables["execution"].query("year == 2022 and unit == '34'").set_index("period_end").sort_index()
    # Art Museum: 2,040,000 a year in four equal parts, as each quarter's report has it
    assert execution["executed_to_date"].tolist() == [510_000, 1_020_000, 1_530_000, 2_040_000]
    assert execution["projected"].tolist() == [2_040_000] * 4 and execution["budget"].tolist() == [2_040_000] * 4
    assert [f"{day:%Y-%m-%d}" for day in execution.index] == ["2021-09-30", "2021-12-31", "2022-03-31", "2022-06-30"]
    rows = obligations.query("fiscal_year == 2022 and variable == 'Current Projection' and as_of_date == '2021-09-30'")
    every = philadelphia.tables["execution"]
    first = every[every["period_end"] == pd.Timestamp("2021-09-30")]
    assert first["projected"].sum() == rows["total"].sum() and first["projected"].notna().sum() == len(rows)


def test_philadelphia_sets_only_planned_savings_aside(philadelphia, obligations):
    assert philadelphia.set_aside["unit"].unique().tolist() == ["35-EB-AWS"]
    negative = obligations[(obligations["total"] < 0) & obligations["variable"].isin(["Adopted Budget", "Target Budget"]) & (obligations["time_period"] == "Full Year")]
    lines = set(negative.index + 2)  # the header is line 1
    assert set(philadelphia.set_aside["row"]) == lines


def test_philadelphia_as_a_dataset(shared_data, tmp_path):
    dataset = import_source(SOURCES / "philadelphia.yaml", tmp_path / "phl")
    one = dataset.slice("34", 2022)
    assert one.of_year("projects")["executed"].tolist() == [2_040_000.0] and one.currency == "USD"
    assert dataset.meta["set_aside"] == 20 and dataset.meta["fiscal_year_start"] == 7
    listed = dataset.table("set_aside")
    assert set(listed["severity"]) == {"error", "warning"}


def test_new_york_s_indicators(shared_data):
    data = read_source(SOURCES / "nyc-mmr.yaml")
    raw = pd.read_csv(shared_data / "nyc_mmr" / "Tidy_Indicator_Level_Data.csv")
    indicators = data.tables["indicators"].astype({"indicator": "int64"}).set_index("indicator")
    assert data.set_aside.empty and len(indicators) == 1139
    raw = raw.set_index("ID").loc[indicators.index]
    pd.testing.assert_series_equal(indicators["target"], raw["Target.MMR"], check_names=False)
    pd.testing.assert_series_equal(indicators["actual"], raw["2023"], check_names=False)
    assert (indicators["direction"] == raw["Desired.Direction"].map({"Up": ">=", "Down": "<="})).all()
    # 34 agencies and the indicators without one
    assert len(data.tables["units"]) == 35
    met = (indicators["actual"] >= indicators["target"]).where(indicators["direction"] == ">=", indicators["actual"] <= indicators["target"])
    known = raw["Success"].notna()
    assert known.sum() == 351 and (met[known] == (raw["Success"] == "Met_Goal")[known]).all()


def test_new_york_s_indicators_lead_to_their_agency(shared_data):
    data = read_source(SOURCES / "nyc-mmr.yaml")
    joined = data.tables["indicators"].merge(data.tables["projects"][["project", "year", "unit"]], on=["project", "year"], how="left")
    raw = pd.read_csv(shared_data / "nyc_mmr" / "Tidy_Indicator_Level_Data.csv")
    expected = raw.set_index("ID")["Agency.Number"].map("{:.0f}".format, na_action="ignore").fillna("none")
    assert (joined.set_index(joined["indicator"].astype("int64"))["unit"] == expected.loc[joined["indicator"].astype("int64")]).all()
