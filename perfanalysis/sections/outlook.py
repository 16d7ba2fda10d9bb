"""The sections on what year-end may bring: projection with its interval and its record, funds to take back, months that stand out."""

from functools import partial

import pandas as pd

from perfanalysis.charts.outlook import chart_levels, chart_projection, chart_ranges
from perfanalysis.display.blocks import Absent, Chart, ColumnView, Section, Table, Text
from perfanalysis.findings import Fact
from perfanalysis.findings.make import label_rows
from perfanalysis.findings.outlook import find_projection, find_reclaim, find_signals
from perfanalysis.monitoring import measure_course
from perfanalysis.monitoring.projection import COVERAGE, LEAST_ERRORS
from perfanalysis.monitoring.signals import DECISION, LEAST_PERIODS, LIMIT_FACTOR, RANGE_FACTOR, REFERENCE, RULES
from perfanalysis.monitoring.target_chance import NEIGHBOURS
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.monitoring import CHANCES, NAME, Watch
from perfanalysis.sections.names import name_units
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity


@needs("execution")
def section_projection(unit: Unit, watch: Watch) -> Section:
    """What will have been executed by year-end, with the interval that earlier years have earned, and how the same would have done in those years."""
    ahead = watch.outlook.ahead
    ahead = ahead[(ahead["level"] == "unit") & ahead["projected"].notna()]
    if not unit.is_city:
        ahead = ahead[ahead["unit"] == unit.code]
    values = {"unit": unit.label, "day": watch.day_fact, "least": unit.fact.rule("least_errors", LEAST_ERRORS, "count")}
    if ahead.empty:
        return build_section("projection", (Text("projection.none", values),))
    values |= _projection_values(unit, ahead)
    borne = ahead["low"].notna().all()
    blocks: list = [Text(f"projection.{'city' if unit.is_city else 'lead'}" if borne else "projection.bare", values)]
    if borne and unit.is_city:
        rows = _name(unit, ahead.assign(rate=ahead["projected"] / ahead["budget"], rate_low=ahead["low"] / ahead["budget"], rate_high=ahead["high"] / ahead["budget"]))
        rows = rows.sort_values(["chance", "budget"], ascending=[True, False], kind="stable")
        draw = partial(chart_ranges, goal=values["goal"].value)
        blocks += [
            Chart("ranges", draw, rows[rows["rate"].notna()], values),
            Table("ranges", rows, (
                ColumnView("name_shown", "written", "unit_name"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("projected", "money", "projected_seasonal"),
                ColumnView("low", "money", "projected_low"), ColumnView("high", "money", "projected_high"), ColumnView("chance", "ratio", "chance_execution"),
            ), most=20),
        ]
    elif borne:
        draw = partial(chart_projection, fiscal_year_start=unit.data.meta["fiscal_year_start"])
        blocks.append(Chart("projection", draw, _course_ahead(unit, watch, ahead.iloc[0], values["goal"].value), values))
    if not unit.is_city and pd.notna(ahead["own"].iloc[0]):
        blocks.append(Text("projection.own", values))
    if borne and unit.data.has("projects") and len(watch.projects) and watch.projects["projected"].notna().any():
        blocks.append(Text("projection.by_project", values))
    blocks += [Text(f"projection.way_{ahead['way'].iloc[0]}", values), *_record(unit, watch), *_warning(unit, watch), Text("projection.assumes", values)]
    findings = find_projection(ahead.iloc[0], values, unit.thresholds) if borne and not unit.is_city else ()
    return build_section("projection", blocks, findings)


def _projection_values(unit: Unit, ahead: pd.DataFrame) -> dict[str, Fact]:
    fact = unit.fact
    keys = {"project": None}
    budget, projected = ahead["budget"].sum(), ahead["projected"].sum()
    values = {
        "goal": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"),
        "coverage": fact.rule("interval_coverage", COVERAGE, "ratio"),
        "budget": fact.own("budget_now", budget, "money", "execution", "budget", keys=keys),
        "executed": fact.own("executed_now", ahead["executed_to_date"].sum(), "money", "execution", "executed_to_date", keys=keys),
        "units": fact.peer("units_ahead", len(ahead), "count", "units_ahead"),
        "projected": fact.peer("projected", projected, "money", "projected_year_end"),
        "rate": fact.peer("projected_share", projected / budget if budget > 0 else None, "ratio", "projected_share"),
        "low": fact.peer("low", ahead["low"].sum(min_count=1), "money", "projected_low"),
        "high": fact.peer("high", ahead["high"].sum(min_count=1), "money", "projected_high"),
    }
    if unit.is_city:
        unlikely = int((ahead["chance"] < unit.thresholds["reclaim_chance"].value).sum())
        return values | {"unlikely": fact.peer("unlikely", unlikely, "count", "units_unlikely"), "half": fact.rule("reclaim_chance", unit.thresholds["reclaim_chance"].value, "ratio")}
    row = ahead.iloc[0]
    if pd.notna(row["own"]):
        values["own"] = fact.own("own_projection", row["own"], "money", "execution", "projected", keys=keys)
    return values | {"chance": fact.peer("chance", row["chance"], "ratio", "chance_execution")}


def _record(unit: Unit, watch: Watch) -> list:
    """How the same projection, and simpler ones, would have done at the same time of earlier years."""
    fact, blocks = unit.fact, []
    tested = watch.outlook.backtest
    tested = tested[(tested["level"] == "unit") & (tested["cases"] > 0)]
    if tested.empty or tested["method"].iloc[0] != "projection":
        return [Text("projection.no_record", {})]
    first = tested.set_index("method").loc["projection"]
    values = {
        "cases": fact.peer("cases", int(first["cases"]), "count", "backtest_cases"), "error": fact.peer("error", first["error"], "ratio", "backtest_error"),
        "from_year": fact.peer("from_year", int(first["from_year"]), "year", "backtest_cases"), "to_year": fact.peer("to_year", int(first["to_year"]), "year", "backtest_cases"),
        "stated": fact.rule("interval_coverage", COVERAGE, "ratio"),
    }
    blocks.append(Text("projection.record", values))
    if first["intervals"] > 0:
        blocks.append(Text("projection.covered", {**values, "covered": fact.peer("covered", first["coverage"], "ratio", "backtest_coverage"),
                                                  "intervals": fact.peer("intervals", int(first["intervals"]), "count", "backtest_coverage")}))
    else:
        blocks.append(Text("projection.untested", {}))
    blocks.append(Table("backtest", tested, (
        ColumnView("method", "words:forecast", "outlook_way"), ColumnView("cases", "count", "outlook_cases"), ColumnView("error", "ratio", "backtest_error"),
        ColumnView("projection_error", "ratio", "projection_error"), ColumnView("coverage", "ratio", "backtest_coverage"),
    )))
    return blocks


def _warning(unit: Unit, watch: Watch) -> list:
    """How much earlier than the official light a low chance warns, at the same rate of false alarms."""
    fact = unit.fact
    table = watch.outlook.warning
    table = table[table["level"] == "unit"].sort_values("month")
    if table.empty or not table["met"].max():
        return []
    now = table[table["month"] <= watch.month].tail(1)
    if table["missed"].max() < 10 or now.empty:
        row = table.iloc[(table["month"] - watch.month).abs().argmin()]
        return [Text("projection.no_warning", {
            "missed": fact.peer("missed", int(row["missed"]), "count", "warning_missed"), "met": fact.peer("met", int(row["met"]), "count", "warning_met"),
            "light": fact.peer("met_light", int(row["met_light"]), "count", "warning_met_light"),
            "goal": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"),
        })]
    row = now.iloc[0]
    values = {
        "missed": fact.peer("missed", int(row["missed"]), "count", "warning_missed"), "met": fact.peer("met", int(row["met"]), "count", "warning_met"),
        "missed_light": fact.peer("missed_light", int(row["missed_light"]), "count", "warning_missed_light"),
        "met_light": fact.peer("met_light", int(row["met_light"]), "count", "warning_met_light"),
        "caught": fact.peer("caught_chance", int(row["caught_chance"]), "count", "warning_caught"),
        "caught_light": fact.peer("caught_light", int(row["caught_light"]), "count", "warning_caught"),
        "rate": fact.rule("false_alarms", unit.thresholds["false_alarms"].value, "ratio"), "cut": fact.peer("cut", row["cut"], "ratio", "warning_cut"),
        "goal": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"),
    }
    blocks = [Text("projection.warning", values)]
    months = {name: table.loc[2 * table[f"caught_{name}"] >= table["missed"], "month"].min() for name in ("light", "chance")}
    if pd.notna(months["chance"]):
        values["first"] = fact.peer("half_chance", int(months["chance"]), "months", "warning_half")
        if pd.isna(months["light"]):
            blocks.append(Text("projection.never", values))
        else:
            earlier = int(months["light"] - months["chance"])
            values |= {"light_first": fact.peer("half_light", int(months["light"]), "months", "warning_half"), "earlier": fact.peer("earlier", earlier, "months", "warning_earlier")}
            blocks.append(Text("projection.earlier" if earlier > 0 else "projection.not_earlier", values))
    table = table.assign(passed=[Quantity(month, "months") for month in table["month"]])
    blocks.append(Table("warning", table, (
        ColumnView("passed", "written", "months_passed"), ColumnView("missed", "count", "warning_missed"), ColumnView("missed_light", "count", "warning_missed_light"),
        ColumnView("met_light", "count", "warning_met_light"), ColumnView("caught_light", "count", "caught_light"), ColumnView("caught_chance", "count", "caught_chance"),
    ), {"rate": values["rate"]}, most=12))
    return blocks


def _course_ahead(unit: Unit, watch: Watch, row: pd.Series, goal: float) -> pd.DataFrame:
    """The years' courses up to the day as shares of their budgets, with the end of this year in every line."""
    course = measure_course(unit.data.table("execution"))
    course = course[(course["period_end"] <= pd.Timestamp(watch.day)) & (course["year"] >= unit.year - 3)]
    last = course["period_end"].dt.month == (unit.data.meta["fiscal_year_start"] - 2) % 12 + 1
    # the end of a year whose accounts are still open is not known yet
    course = course[~(last & course["year"].between(unit.year - watch.settled_after + 1, unit.year - 1))]
    return course[["year", "period_end", "share"]].assign(
        projected=row["projected"] / row["budget"], low=row["low"] / row["budget"], high=row["high"] / row["budget"], goal=goal,
    )


@needs("projects", "execution")
def section_reclaim(unit: Unit, watch: Watch) -> Section:
    """Funds that will probably not be needed this year, project by project, with expected amount and interval."""
    fact, projects = unit.fact, watch.projects
    values = {"unit": unit.label, "day": watch.day_fact, "half": fact.rule("reclaim_chance", unit.thresholds["reclaim_chance"].value, "ratio"),
              "goal": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"), "coverage": fact.rule("interval_coverage", COVERAGE, "ratio"),
              "least": fact.rule("least_errors", LEAST_ERRORS, "count")}
    if projects.empty:
        return Section("reclaim", (Absent("execution", "project"),))
    judged = projects.dropna(subset=["chance"])
    if judged.empty:
        return build_section("reclaim", (Text("reclaim.silent", values),))
    listed = judged[judged["chance"] < values["half"].value]
    listed = listed.assign(least=(listed["budget"] - listed["high"]).clip(lower=0), most=(listed["budget"] - listed["low"]).clip(lower=0))
    listed = listed.sort_values("unspent", ascending=False, kind="stable")
    values |= {
        "judged": fact.own("projects_judged", len(judged), "count", "execution", "project"),
        "listed": fact.own("projects_reclaim", len(listed), "count", "execution", "executed_to_date"),
        "mean": fact.own("reclaim_mean", listed["unspent"].sum(), "money", "execution", "executed_to_date"),
        "low": fact.own("reclaim_least", listed["least"].sum(), "money", "execution", "executed_to_date"),
        "high": fact.own("reclaim_most", listed["most"].sum(), "money", "execution", "executed_to_date"),
    }
    targets = Text("reclaim.targets", values)
    if projects["chance_targets"].notna().any():
        targets = Text("reclaim.targets_known", {
            "achievement": fact.rule("targets_met", unit.thresholds["targets_met"].value, "ratio"), "near": fact.rule("neighbours", NEIGHBOURS, "count"),
            "cases": fact.peer("target_cases", len(watch.target_cases), "count", "target_cases"),
            "met": fact.peer("target_cases_met", (watch.target_cases["achieved"].round(9) >= unit.thresholds["targets_met"].value).mean(), "ratio", "target_cases_met"),
        })
    if listed.empty:
        return build_section("reclaim", (Text("reclaim.none", values), targets))
    units = ()
    if unit.is_city:
        listed = listed.assign(unit_name=listed["unit"].map(name_units(unit)))
        units = (ColumnView("unit_name", "written"),)
    return build_section("reclaim", (
        Text("reclaim.lead", values),
        Table("reclaim", listed, (
            *units, NAME, ColumnView("budget", "money"), ColumnView("execution_official", "words:light"),
            *(ColumnView(name, "ratio", label) for name, label in CHANCES.items() if listed[name].notna().any()), ColumnView("unspent", "money", "reclaim_mean"), ColumnView("least", "money", "reclaim_least"),
            ColumnView("most", "money", "reclaim_most"),
        ), most=30),
        Text("reclaim.bounds", values), targets,
    ), find_reclaim(listed, values))


@needs("execution")
def section_signals(unit: Unit, watch: Watch) -> Section:
    """Months that stand out from what is usual for the season: XmR chart and CUSUM."""
    fact, outlook = unit.fact, watch.outlook
    levels = outlook.levels.rename(columns={"series": "unit"})
    now = levels[(levels["year"] == unit.year) & levels["centre"].notna()]
    values = {"unit": unit.label, "day": watch.day_fact, "least": fact.rule("least_periods", LEAST_PERIODS, "count")}
    now_units = now["unit"].nunique()
    if not unit.is_city:
        levels, now = levels[levels["unit"] == unit.code], now[now["unit"] == unit.code]
    if now.empty or outlook.alarms.empty:
        return build_section("signals", (Text("signals.silent", values),))
    alarms = outlook.alarms.iloc[0]
    flagged = now.assign(any=now[list(RULES)].any(axis=1))
    values |= {
        "periods": fact.peer("periods", int(alarms["length"]), "count", "signal_periods"), "baseline": fact.peer("baseline", int(alarms["baseline"]), "count", "signal_baseline"),
        "false_any": fact.peer("false_any", alarms["any"], "ratio", "signal_false"), "false_outside": fact.peer("false_outside", alarms["outside"], "ratio", "signal_false_outside"),
        "false_cusum": fact.peer("false_cusum", alarms["cusum"], "ratio", "signal_false_cusum"),
        "limit": fact.rule("limit_factor", LIMIT_FACTOR, "number"), "range": fact.rule("range_factor", RANGE_FACTOR, "number"),
        "k": fact.rule("cusum_reference", REFERENCE, "number"), "h": fact.rule("cusum_decision", DECISION, "number"),
    }
    if unit.is_city:
        return _signals_of_city(unit, flagged, values)
    flagged = flagged.assign(period_end=[_period_end(unit, int(month)) for month in flagged["month"]])
    together = outlook.levels[(outlook.levels["year"] == unit.year) & outlook.levels["outside"]].groupby("month").size()
    flagged = flagged.assign(together=flagged["month"].map(together).fillna(0))
    signals = flagged[flagged["any"]]
    values |= {
        "units": fact.peer("signal_units", now_units, "count", "signal_units"),
        "now": fact.own("periods_watched", len(flagged), "count", "execution", "executed_to_date", keys={"project": None}),
        "signals": fact.peer("signals", len(signals), "count", "signal_count"),
    }
    shown = levels.assign(elapsed=range(len(levels)), any=levels[list(RULES)].any(axis=1) & (levels["year"] == unit.year))
    findings = find_signals(signals, values, unit.fact)
    return build_section("signals", (
        Text("signals.lead" if len(signals) else "signals.quiet", values),
        Chart("levels" if len(signals) else "levels_quiet", partial(chart_levels, fiscal_year_start=unit.data.meta["fiscal_year_start"]), shown, values),
        Table("signals", signals, (
            ColumnView("period_end", "date"), ColumnView("spent", "money", "spent_in_period"), ColumnView("usual", "money", "usual_in_period"), ColumnView("level", "ratio", "signal_level"),
            *(ColumnView(rule, "flag", f"signal_{rule}") for rule in RULES), ColumnView("together", "count", "signal_together")), most=12) if len(signals) else None,
        _common(unit, together, values),
        Text("signals.rules", values), Text("signals.alarms", values),
    ), findings)


def _signals_of_city(unit: Unit, flagged: pd.DataFrame, values: dict) -> Section:
    fact = unit.fact
    by_unit = flagged.groupby("unit").agg(signals=("any", "sum"), level=("level", "mean"), **{rule: (rule, "any") for rule in RULES}).reset_index()
    some = by_unit[by_unit["signals"] > 0]
    by_month = flagged[flagged["outside"]].groupby("month").size()
    values |= {
        "units": fact.peer("signal_units", len(by_unit), "count", "signal_units"), "some": fact.peer("signal_some", len(some), "count", "signal_some"),
        "share": fact.peer("signal_share", len(some) / len(by_unit), "ratio", "signal_some"),
    }
    blocks: list = [Text("signals.city", values), _common(unit, by_month, values)]
    rows = _name(unit, some).sort_values(["signals", "level"], ascending=[False, True], kind="stable")
    blocks.append(Table("signals_units", rows, (
        ColumnView("name_shown", "written", "unit_name"), ColumnView("signals", "count", "signal_count"), ColumnView("level", "ratio", "signal_level_mean"),
        *(ColumnView(rule, "flag", f"signal_{rule}") for rule in RULES)), most=20) if len(rows) else None)
    return build_section("signals", (*blocks, Text("signals.rules", values), Text("signals.alarms", values)))


def _common(unit: Unit, together: pd.Series, values: dict) -> Text | None:
    """What many units share says little about one; ``together`` counts the units outside their limits by month."""
    if not len(together) or together.max() <= values["units"].value / 4:
        return None
    return Text("signals.common", {
        "units": values["units"], "month": unit.fact.peer("common_month", _period_end(unit, int(together.idxmax())).date(), "date", "signal_common"),
        "count": unit.fact.peer("common_count", int(together.max()), "count", "signal_common"),
    })


def _period_end(unit: Unit, month: int) -> pd.Timestamp:
    """The last day of the ``month``-th month of the report's fiscal year."""
    return unit.first_day + pd.offsets.MonthEnd(month)


def _name(unit: Unit, rows: pd.DataFrame) -> pd.DataFrame:
    names = unit.data.table("units")[["unit", "name", "name_en"]]
    rows = rows.merge(names, on="unit")
    rows = rows.assign(label=rows["name"], label_en=rows["name_en"].fillna(rows["name"]))
    return rows.assign(name_shown=list(label_rows(rows, "unit")))
