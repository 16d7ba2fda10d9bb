"""Open problems and disclosure, by hand."""

import datetime

import pandas as pd

from perfanalysis.analysis import measure_disclosure, measure_problems


def test_problems_of_the_tiny_city(tiny):
    problems = tiny["problems"].set_index("problem")
    followed = measure_problems(problems, datetime.date(2023, 12, 31))
    assert followed["state"].to_dict() == {"W1": "closed", "W2": "overdue", "W3": "closed_late"}
    # W2: from 31 October to 31 December are 61 days; W3: from 31 July to 15 September are 46
    assert followed["days_overdue"].to_dict() == {"W1": 0, "W2": 61, "W3": 46}


def test_what_was_closed_after_the_day_was_open_on_it(tiny):
    problems = tiny["problems"].set_index("problem")
    followed = measure_problems(problems, datetime.date(2023, 7, 31))
    assert followed.loc["W3", "state"] == "open"  # due on that very day


def test_a_problem_without_a_date_is_open_and_not_overdue():
    problems = pd.DataFrame({"due_on": pd.to_datetime([None]), "closed_on": pd.to_datetime([None])})
    followed = measure_problems(problems, datetime.date(2023, 7, 31))
    assert followed["state"].tolist() == ["open"] and followed["days_overdue"].isna().all()


def test_disclosure_states():
    days = pd.to_datetime(["2020-02-01", "2020-02-01", "2020-02-01", None])
    performance = pd.to_datetime(["2020-02-01", "2020-02-15", None, None])
    states = measure_disclosure(pd.DataFrame({"published_on": days, "performance_published_on": performance}))
    assert states["state"].tolist() == ["together", "late", "not_published", "no_document"]
    assert states["days_late"].tolist()[:2] == [0, 14]
