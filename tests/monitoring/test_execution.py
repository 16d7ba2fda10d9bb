"""The course of spending, checked against tests/data/tiny by hand."""

import pandas as pd
import pytest

from perfanalysis.monitoring import measure_course, measure_last_month, measure_pace


def execution(rows):
    frame = pd.DataFrame(rows, columns=["unit", "project", "year", "period_end", "budget", "executed_to_date"])
    return frame.assign(period_end=pd.to_datetime(frame["period_end"]), projected=float("nan"))


def test_the_whole_units_row_is_used_where_there_is_one_and_projects_are_summed_elsewhere():
    course = measure_course(execution([
        ("101", None, 2023, "2023-06-30", 100.0, 40.0),
        ("101", "P1", 2023, "2023-06-30", 60.0, 30.0),
        ("102", "P2", 2023, "2023-06-30", 60.0, 30.0),
        ("102", "P3", 2023, "2023-06-30", 40.0, 20.0),
    ]))
    assert course["unit"].tolist() == ["101", "102"]
    assert course["share"].tolist() == [0.4, 0.5]  # 40 ÷ 100; (30 + 20) ÷ (60 + 40)


def test_spending_of_a_period_is_the_difference_to_the_one_before():
    course = measure_course(execution([
        ("101", None, 2023, "2023-06-30", 100.0, 40.0), ("101", None, 2023, "2023-03-31", 100.0, 15.0), ("101", None, 2023, "2023-12-31", 100.0, 90.0),
    ]))
    assert course["spent"].tolist() == [15.0, 25.0, 50.0]
    assert course["month"].tolist() == [3, 6, 12]


def test_a_budget_of_zero_has_no_rate():
    course = measure_course(execution([("101", None, 2023, "2023-06-30", 0.0, 0.0)]))
    assert course["share"].isna().all()


def test_pace_is_the_spread_of_earlier_years_only():
    rows = [("u" + str(i), None, 2022, "2022-06-30", 100.0, float(10 * i)) for i in range(11)]
    rows += [("u1", None, 2023, "2023-06-30", 100.0, 99.0)]
    pace = measure_pace(measure_course(execution(rows)), 2023)
    # rates 0.0, 0.1 … 1.0: the tenth, fiftieth and ninetieth percentile are 0.1, 0.5 and 0.9
    assert pace[["pace_low", "pace_mid", "pace_high"]].iloc[0].tolist() == pytest.approx([0.1, 0.5, 0.9])
    assert pace[["units", "from_year", "to_year"]].iloc[0].tolist() == [11, 2022, 2022]


def test_few_units_have_no_normal_pace():
    rows = [(f"u{i}", None, 2022, "2022-06-30", 100.0, 40.0) for i in range(4)]
    assert measure_pace(measure_course(execution(rows)), 2023).empty


def test_pace_follows_the_fiscal_year():
    rows = [("a", None, 2022, day, 100.0, spent) for day, spent in
            [("2021-09-30", 20.0), ("2021-12-31", 45.0), ("2022-03-31", 70.0), ("2022-06-30", 95.0)]]
    assert measure_pace(measure_course(execution(rows)), 2023, fiscal_year_start=7, least=1)["month"].tolist() == [9, 12, 3, 6]


def test_last_month_of_the_tiny_city(tiny):
    last = measure_last_month(measure_course(tiny["execution"])).set_index(["unit", "year"])
    # 102 in 2023: December 650,000 − 410,000 = 240,000 of 650,000
    assert last.loc[("102", 2023), "spent"] == 240_000
    assert last.loc[("102", 2023), "last_share"] == pytest.approx(240_000 / 650_000)
    # eleven months before: 410,000 ÷ 11
    assert last.loc[("102", 2023), "average_month"] == pytest.approx(410_000 / 11)


def test_quarters_say_nothing_about_a_last_month():
    rows = [("101", None, 2023, day, 100.0, 50.0) for day in ("2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31")]
    assert measure_last_month(measure_course(execution(rows))).empty
