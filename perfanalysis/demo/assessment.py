"""Assessments of districts and departments by the illustrative frameworks, difficulty, and the panel for impact evaluation."""

import numpy as np
import pandas as pd

from perfanalysis.demo import material as m

#: How well units manage performance (0 to 1): mean and spread in 2018, what a year adds, and how far single items lie from it.
LEVEL, SPREAD, GAIN, ITEM_NOISE = 0.66, 0.11, 0.055, 0.10
#: The district that falls behind in 2020, by this much, while all others rise.
FALLING_DISTRICT, FALL = "307", 0.22
#: Difficulty: least coefficient, and what the mean percentile of the three drivers adds at most.
LEAST_DIFFICULTY, MOST_ADDED = 0.90, 0.30

#: The panel: quarters from 2016 to 2020 and the districts that gave buses priority, with the quarter in which they began.
QUARTERS = 20
TREATED = {
    "301": "2018-03-31", "304": "2018-03-31", "309": "2018-03-31", "312": "2018-03-31",
    "302": "2018-12-31", "306": "2018-12-31", "311": "2018-12-31", "315": "2018-12-31",
    "303": "2019-09-30", "308": "2019-09-30", "314": "2019-09-30",
}
#: Effect of bus priority on punctuality (ratio): in the first quarter, what each later quarter adds, and its most. Nothing on the placebo.
EFFECT_FIRST, EFFECT_STEP, EFFECT_MOST = 0.020, 0.005, 0.045
PANEL_NOISE = 0.008


def make_assessments(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """The table ``assessments``: raw value and score (0 to 100, between the item's goalposts) of each item, unit and year."""
    parts = []
    for framework, kind in (("district-28", "district"), ("department-25", "department")):
        own = units.loc[units["kind"] == kind, "unit"].to_numpy()
        items = m.framework_items(framework)
        level = rng.normal(LEVEL, SPREAD, len(own))
        grid = pd.MultiIndex.from_product([own, m.YEARS, items["item"]], names=["unit", "year", "item"]).to_frame(index=False)
        about = items.set_index("item").loc[grid["item"]].reset_index(drop=True)
        years = grid["year"] - m.YEARS[0]
        falls = FALL * (grid["unit"].eq(FALLING_DISTRICT) & grid["year"].eq(m.YEAR))
        # a unit is good at some things and not at others, and stays so
        habit = rng.normal(0, ITEM_NOISE, (len(own), len(items)))
        habits = np.repeat(habit[:, None, :], len(m.YEARS), axis=1).ravel()
        quality = pd.Series(level, index=own)[grid["unit"]].to_numpy() + GAIN * years - falls + habits + rng.normal(0, 0.05, len(grid))
        quality = quality.clip(0.05, 1.0)
        value = about["worst"] + (about["best"] - about["worst"]) * quality
        counted = about["measure"].isin(["天", "个", "条"])
        value = np.where(about["measure"].eq("%"), value.round(4), np.where(counted, value.round(), value.round(1)))
        score = (100 * (value - about["worst"]) / (about["best"] - about["worst"])).clip(0, 100).round(2)
        parts.append(grid.assign(framework=framework, value=value, score=score, evidence="考核佐证材料" + grid["item"]))
    return pd.concat(parts, ignore_index=True)


def make_difficulty(rng: np.random.Generator, units: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """The table ``difficulty`` of the departments: declared from its drivers, 0.90 + 0.30 × the mean of their percentile ranks."""
    departments = units.loc[units["kind"] == "department", "unit"]
    grid = pd.MultiIndex.from_product([departments, m.YEARS], names=["unit", "year"])
    by_unit = projects.groupby(["unit", "year"])["budget_adjusted"]
    frame = pd.DataFrame({"projects": by_unit.size(), "funds": by_unit.sum()}).reindex(grid, fill_value=0.0).astype("float64")
    below = pd.Series(np.round(np.exp(rng.normal(1.6, 0.8, len(departments)))), index=departments)
    frame["subordinates"] = below[frame.index.get_level_values("unit")].to_numpy()
    place = frame.groupby(level="year").rank(pct=True).mean(axis=1)
    frame["coefficient"] = (LEAST_DIFFICULTY + MOST_ADDED * place).round(3)
    return frame.reset_index().assign(framework="department-25")


def make_panel(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """The table ``panel``: punctuality of buses by district and quarter, with a staggered policy, and a placebo that it cannot move."""
    districts = units.loc[units["kind"] == "district", "unit"].to_numpy()
    quarters = pd.date_range("2016-03-31", periods=QUARTERS, freq="QE")
    grid = pd.MultiIndex.from_product([districts, quarters], names=["unit", "period"]).to_frame(index=False)
    grid["treated_from"] = pd.to_datetime(grid["unit"].map(TREATED))
    at = np.tile(np.arange(QUARTERS), len(districts))
    season = 0.006 * np.sin(2 * np.pi * at / 4)
    fewer_cars = np.where(grid["period"].dt.year.eq(2020), 0.015, 0.0)
    parts = []
    for measure, mean, trend in (("bus_punctuality", 0.78, 0.0012), ("water_quality_days", 0.84, 0.0010)):
        own = np.repeat(rng.normal(mean, 0.03, len(districts)), QUARTERS)
        value = own + trend * at + season + fewer_cars + rng.normal(0, PANEL_NOISE, len(grid))
        if measure == "bus_punctuality":
            value = value + policy_effect(grid)
        parts.append(grid.assign(measure=measure, value=value.round(4)))
    return pd.concat(parts, ignore_index=True)


def policy_effect(panel: pd.DataFrame) -> pd.Series:
    """The planted effect of bus priority on each row's punctuality (ratio); 0 before it began and where it never did."""
    quarter = panel["period"].dt.year * 4 + panel["period"].dt.quarter
    began = panel["treated_from"].dt.year * 4 + panel["treated_from"].dt.quarter
    since = quarter - began
    return (EFFECT_FIRST + EFFECT_STEP * since).clip(upper=EFFECT_MOST).where(since >= 0, 0.0)
