"""Which districts get the same results out of less money, as far as their number lets it be told."""

from functools import partial

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.efficiency import bootstrap_efficiency, enough_units, measure_efficiency
from perfanalysis.charts import chart_units
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity

#: What is made: points earned by the indicators of these groups.
OUTPUTS = {"outputs": ("output",), "benefits": ("benefit", "satisfaction")}
SEED, DRAWS = 20, 200
#: An interval wider than this (ratio) tells nothing: the largest and the oddest units have nobody to be compared with.
WIDEST = 0.5


@needs("projects", "indicators")
def section_city_efficiency(unit: Unit) -> Section:
    """Points earned in outputs and in benefits for the money executed, district by district, against the best of them."""
    fact = unit.fact
    units = _made(unit)
    values = {"units": fact.own("efficiency_units", len(units), "count", "projects", "executed"),
              "variables": fact.rule("efficiency_variables", 1 + len(OUTPUTS), "count"), "fewest": fact.rule("efficiency_fewest", 3 * (1 + len(OUTPUTS)), "count")}
    if not enough_units(len(units), 1, len(OUTPUTS)):
        return build_section("efficiency", (Text("efficiency.too_few", values),))
    inputs, outputs = units[["executed"]], units[list(OUTPUTS)]
    frame = bootstrap_efficiency(inputs, outputs, np.random.default_rng(SEED), draws=DRAWS)
    frame["constant"] = measure_efficiency(inputs, outputs, returns="constant")
    names = name_units(unit)
    untold = frame["high"] - frame["low"] > WIDEST
    frame.loc[untold, ["corrected", "low", "high"]] = np.nan
    frame = frame.join(units).reset_index()
    frame = frame.assign(name_shown=[names[code] for code in frame["unit"]], value=frame["corrected"])
    frame = frame.assign(label=[name.name for name in frame["name_shown"]], label_en=[name.name_en for name in frame["name_shown"]])
    frame = frame.sort_values(["corrected", "unit"], ascending=[False, True], kind="stable")
    told = frame.dropna(subset=["corrected"])
    values["untold"] = fact.own("efficiency_untold", int(untold.sum()), "count", "indicators", "actual")
    if len(told) < len(frame) / 2:
        return build_section("efficiency", (Text("efficiency.untold", values),))
    best, worst = told.iloc[0], told.iloc[-1]
    apart = int((frame["high"] < frame["low"].max()).sum())
    own = partial(fact.own, table="indicators", column="actual")
    values |= {
        "own_measure": own("efficiency_own_measure", int((frame["efficiency"] > 1 - 1e-6).sum()), "count"), "apart": own("efficiency_apart", apart, "count"),
        "draws": fact.rule("efficiency_draws", DRAWS, "count"), "median": own("efficiency_median", frame["corrected"].median(), "ratio"),
        "best": best["name_shown"], "best_value": own("efficiency_corrected", best["corrected"], "ratio", name="best"),
        "worst": worst["name_shown"], "worst_value": own("efficiency_corrected", worst["corrected"], "ratio", name="worst"),
        "worst_low": own("efficiency_low", worst["low"], "ratio", name="worst"), "worst_high": own("efficiency_high", worst["high"], "ratio", name="worst"),
    }
    nothing = Spoken(partial(words.say, "efficiency_cell.untold"))
    table = frame.assign(interval=[nothing if low != low else Spoken(partial(_say_range, Quantity(low, "ratio"), Quantity(high, "ratio")))
                                   for low, high in zip(frame["low"], frame["high"], strict=True)])
    return build_section("efficiency", (
        Text("efficiency.lead", values), Chart("efficiency", partial(chart_units, title="efficiency"), told, values),
        Table("efficiency", table, (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("executed", "money"), ColumnView("outputs", "points", "efficiency_outputs"),
            ColumnView("benefits", "points", "efficiency_benefits"), ColumnView("efficiency", "ratio", "efficiency_measured"),
            ColumnView("corrected", "ratio", "efficiency_corrected"), ColumnView("interval", "written", "efficiency_interval"),
            ColumnView("constant", "ratio", "efficiency_constant")), most=40),
        Text("efficiency.method", values),
    ))


def _made(unit: Unit) -> pd.DataFrame:
    """The districts with money and points above 0: ``executed`` (money) and a column of points for each of ``OUTPUTS``, index ``unit``."""
    kinds = unit.data.table("units").set_index("unit")["kind"]
    projects = unit.projects.dropna(subset=["executed"])
    frame = projects.groupby("unit")[["executed"]].sum()
    lines = unit.indicators[unit.indicators["project"].isin(projects["project"])]
    for name, groups in OUTPUTS.items():
        frame[name] = lines[lines["level1"].isin(groups)].groupby("unit")["points"].sum()
    frame = frame[frame.index.map(kinds) == "district"]
    return frame[(frame > 0).all(axis=1)]


def _say_range(low: Quantity, high: Quantity, lang: str) -> str:
    return words.say("chart_label.rank_range", lang, {"low": low, "high": high})
