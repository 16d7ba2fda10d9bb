"""The sections of the monitoring report: a year as seen from one of its months, before its end is known."""

import datetime
from dataclasses import dataclass
from functools import cached_property, partial

import pandas as pd

from perfanalysis.analysis.outlook import Outlook, load_outlook, load_target_cases
from perfanalysis.charts import chart_quadrants
from perfanalysis.charts.monitoring import chart_lights
from perfanalysis.display.blocks import Absent, Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Measured
from perfanalysis.errors import PlanError, Problem
from perfanalysis.findings import Fact
from perfanalysis.findings.make import label_rows
from perfanalysis.findings.year_end import find_lights, find_year_end
from perfanalysis.monitoring import (
    LIGHTS,
    count_months,
    expect_achievement,
    find_own_projection,
    find_worst_lights,
    measure_lights,
    measure_seasonal_share,
    monitor_projects,
    project_execution,
)
from perfanalysis.monitoring.lights import give_lights
from perfanalysis.monitoring.target_chance import measure_target_chance
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit

NAME = ColumnView("name_shown", "written")
#: Column of a chance → its label.
CHANCES = {"chance": "chance_execution", "chance_targets": "chance_targets"}
#: Columns of lights: what they judge, and by which rule.
_SIDES = ("execution_official", "execution_seasonal", "targets_official", "targets_seasonal")


@dataclass(frozen=True)
class Watch:
    """One unit's year as seen on ``day``, the last day of a month: nothing that became known later is in it."""

    unit: Unit
    day: datetime.date
    # years after which the final amount of a year is known (``roll_origins``)
    settled_after: int = 1

    @property
    def month(self) -> int:
        """Months of the fiscal year that have passed."""
        return count_months(self.day, self.unit.data.meta["fiscal_year_start"])

    @property
    def elapsed(self) -> float:
        """Months of the fiscal year that have passed ÷ 12."""
        return self.month / 12

    @cached_property
    def outlook(self) -> Outlook:
        """What all units and projects may reach by year-end, from the summary that is made once for all reports."""
        limits = {name: self.unit.thresholds[threshold].value
                  for name, threshold in (("goal", "low_execution"), ("green_from", "light_green"), ("false_alarms", "false_alarms"))}
        return load_outlook(self.unit.dataset, self.unit.year, self.month, settled_after=self.settled_after, **limits)

    @cached_property
    def seasonal(self) -> float:
        return measure_seasonal_share(self.unit.peers.pace, self.day.month)

    @cached_property
    def target_cases(self) -> pd.DataFrame:
        """Projects of earlier years: what was expected of them at this month, and what they achieved; empty where no monitoring is known."""
        if self.unit.dataset is None or not {"monitoring", "indicators"} <= set(self.unit.dataset.names) or self.monitored_on is None:
            return pd.DataFrame()
        month = count_months(self.monitored_on, self.unit.data.meta["fiscal_year_start"])
        return load_target_cases(self.unit.dataset, self.unit.rulebook, self.unit.year, month)

    @property
    def starts(self) -> tuple[float, float, float]:
        return tuple(self.unit.thresholds[f"light_{light}"].value for light in LIGHTS[1:])

    @cached_property
    def monitored_on(self) -> datetime.date | None:
        """The latest day on or before ``day`` that monitoring of the targets is known of."""
        if not self.unit.data.has("monitoring"):
            return None
        days = self.unit.data.of_year("monitoring")["as_of"]
        days = days[days <= pd.Timestamp(self.day)]
        return days.max().date() if len(days) else None

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The monitored indicators: one row each, with lights; empty where no monitoring is known by then."""
        monitoring = self.unit.data.of_year("monitoring") if self.unit.data.has("monitoring") else None
        if monitoring is None or self.monitored_on is None:
            return pd.DataFrame()
        monitoring = monitoring[monitoring["as_of"] == pd.Timestamp(self.monitored_on)]
        columns = ["project", "indicator", "actual_to_date", "expected", "likelihood", "cause", "rectification_needed", "advice", "result"]
        indicators = self.unit.data.of_year("indicators")
        lines = indicators.merge(monitoring[columns], on=["project", "indicator"], how="inner")
        names = lines.assign(code=lines["project"] + "/" + lines["indicator"], label=lines["level3"], label_en=lines["level3_en"].fillna(lines["level3"]))
        lines["name_shown"] = list(label_rows(names, "code"))
        months = count_months(self.monitored_on, self.unit.data.meta["fiscal_year_start"]) / 12
        seasonal = measure_seasonal_share(self.unit.peers.pace, self.monitored_on.month)
        return lines.join(measure_lights(lines, elapsed=months, seasonal=seasonal, starts=self.starts))

    @cached_property
    def projects(self) -> pd.DataFrame:
        """The projects reported by that day: one row each, with lights, projection and what follows for the funds."""
        execution = self.unit.data.of_year("execution")
        pace = self.unit.peers.pace
        first = int(pace["month"].iloc[0]) if len(pace) else int(execution["period_end"].min().month)
        ahead = project_execution(execution, self.day, self.seasonal, first_month=first)
        names = self.unit.data.of_year("projects")[["project", "unit", "name", "name_en", "funding", "budget_initial"]]
        projects = _with_outlook(names.merge(ahead.reset_index(), on="project", how="inner"), self.outlook)
        projects = projects.assign(label=projects["name"], label_en=projects["name_en"].fillna(projects["name"]))
        projects["name_shown"] = list(label_rows(projects, "project"))
        projects["execution_official"] = give_lights(projects["rate"] / self.elapsed, self.starts)
        projects["execution_seasonal"] = give_lights((projects["rate"] / self.seasonal).mask(projects["late_start"]), self.starts)
        projects["achievement"] = projects["chance_targets"] = float("nan")
        for side in ("targets_official", "targets_seasonal"):
            projects[side] = pd.Series(float("nan"), index=projects.index, dtype="str")
        if len(self.lines):
            expected = expect_achievement(self.lines, self.unit.rulebook).set_index("project")["achievement"]
            worst = find_worst_lights(self.lines)
            projects["achievement"] = projects["project"].map(expected)
            projects["chance_targets"] = measure_target_chance(projects["achievement"], self.target_cases, targets_met=self.unit.thresholds["targets_met"].value)
            projects["targets_official"] = projects["project"].map(worst["official_light"]).astype("str")
            projects["targets_seasonal"] = projects["project"].map(worst["seasonal_light"]).astype("str")
        thresholds = self.unit.thresholds
        placed = monitor_projects(
            projects.assign(execution_rate=projects["projected_rate"], executed=projects["projected"]),
            targets_met=thresholds["targets_met"].value, execution_from=thresholds["low_execution"].value,
        )
        projects = projects.join(placed)
        return projects.assign(unspent=projects["unspent_mean"].fillna(projects["unspent"]))

    @property
    def day_fact(self) -> Fact:
        return self.unit.fact.own("monitoring_day", self.day, "date", "execution", "period_end")


def _with_outlook(projects: pd.DataFrame, outlook: Outlook) -> pd.DataFrame:
    """The projects with their projection, its interval and the chance of executing the goal; the season's alone stays where earlier years bear no interval."""
    ahead = outlook.ahead[outlook.ahead["level"] == "project"].dropna(subset=["low"]).set_index("project")
    known = ahead[["projected", "low", "high", "chance", "unspent"]].reindex(projects["project"]).set_axis(projects.index)
    projected = known["projected"].fillna(projects["projected"])
    return projects.assign(
        projected=projected, projected_rate=(projected / projects["budget"]).where(projects["budget"] > 0), low=known["low"], high=known["high"],
        chance=known["chance"], unspent_mean=known["unspent"],
    )


def load_watch(unit: Unit, as_of: str, settled_after: int = 1) -> Watch:
    """The unit's year as of ``as_of`` (``2020-07-31``); a day on which nothing of the year was reported is one clear ``PlanError``.

    ``settled_after``: years after which the final amount of a year is known; 2 where accounts are closed only in the course of the next year.
    """
    known = sorted(str(day)[:10] for day in unit.data.of_year("execution")["period_end"].unique()) if unit.data.has("execution") else []
    try:
        day = datetime.date.fromisoformat(as_of)
    except ValueError:
        day = None
    if day is None or (known and as_of not in known):
        raise PlanError([Problem("monitoring_day", column="as_of", found=as_of, values={"allowed": ", ".join(known)})])
    return Watch(unit, day, settled_after)


@needs("projects", "execution")
def section_monitoring_figures(unit: Unit, watch: Watch) -> Section:
    """Where the year stands: money to date against both paces, and what year-end is expected to bring."""
    fact, projects = unit.fact, watch.projects
    if projects.empty:
        return Section("monitoring_figures", (Absent("execution", "project"),))
    budget, executed = projects["budget"].sum(), projects["executed_to_date"].sum()
    known = projects.dropna(subset=["projected"])
    own = find_own_projection(unit.data.of_year("execution"), watch.day)
    values = {
        "unit": unit.label, "day": watch.day_fact,
        "elapsed": fact.rule("elapsed", watch.elapsed, "ratio"),
        "seasonal": fact.peer("seasonal_share", watch.seasonal, "ratio", "peer_seasonal"),
        "budget": fact.own("budget_watched", budget, "money", "execution", "budget"),
        "executed": fact.own("executed_to_date", executed, "money", "execution", "executed_to_date"),
        "rate": fact.own("rate_to_date", executed / budget if budget > 0 else None, "ratio", "execution", "executed_to_date"),
        "projects": fact.own("projects_watched", len(projects), "count", "execution", "project"),
        "late": fact.own("projects_late_start", int(projects["late_start"].sum()), "count", "execution", "period_end"),
        "known": fact.own("projects_projected", len(known), "count", "execution", "project"),
        "known_budget": fact.own("budget_projected", known["budget"].sum(), "money", "execution", "budget"),
        "projected": fact.own("projected_seasonal", known["projected"].sum() if len(known) else None, "money", "execution", "executed_to_date"),
        "projected_rate": fact.own("projected_rate", known["projected"].sum() / known["budget"].sum() if len(known) else None, "ratio", "execution", "executed_to_date"),
    }
    blocks: list = [
        KeyFigures(tuple(values[name] for name in ("rate", "elapsed", "seasonal", "executed"))),
        Text("monitoring_figures.lead", values) if pd.notna(watch.seasonal) else Text("monitoring_figures.no_pace", values),
        Text("monitoring_figures.late", values) if values["late"].value else None,
    ]
    if len(own):
        blocks.append(Text("monitoring_figures.own" if unit.is_city else "monitoring_figures.own_unit", {
            "unit": unit.label,
            "own_day": fact.own("own_projection_day", own["period_end"].max().date(), "date", "execution", "projected"),
            "units": fact.own("units_projecting", len(own), "count", "execution", "projected"),
            "own": fact.own("own_projection", own["projected"].sum(), "money", "execution", "projected"),
            "own_rate": fact.own("own_projection_rate", own["projected"].sum() / own["budget"].sum(), "ratio", "execution", "projected"),
        }))
    blocks.append(Table("monitoring_money", projects.sort_values("budget", ascending=False), (
        NAME, ColumnView("budget_initial", "money"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("rate", "ratio", "rate_to_date"),
        ColumnView("projected", "money", "projected_seasonal"), ColumnView("projected_rate", "ratio"),
    ), most=20))
    return build_section("monitoring_figures", blocks)


@needs("projects", "execution")
def section_lights(unit: Unit, watch: Watch) -> Section:
    """The official light beside the seasonal one, for execution and for targets."""
    fact, projects = unit.fact, watch.projects
    if projects.empty:
        return Section("lights", (Absent("execution", "project"),))
    bars, values = [], {
        "unit": unit.label, "day": watch.day_fact, "projects": fact.own("projects_watched", len(projects), "count", "execution", "project"),
        "yellow_from": fact.rule("light_yellow", watch.starts[0], "ratio"), "green_from": fact.rule("light_green", watch.starts[1], "ratio"),
        "blue_from": fact.rule("light_blue", watch.starts[2], "ratio"),
    }
    for side in _SIDES if len(watch.lines) else _SIDES[:2]:
        counts = projects[side].value_counts()
        bar = {"bar": side, **{light: int(counts.get(light, 0)) for light in LIGHTS}, "none": int(projects[side].isna().sum())}
        bars.append(bar)
        table, column = ("execution", "executed_to_date") if side.startswith("execution") else ("monitoring", "actual_to_date")
        for light in ("red", "yellow"):
            values[f"{side}_{light}"] = fact.own(f"lights_{light}", bar[light], "count", table, column, name=side)
    blocks: list = [Text("lights.execution", values)]
    if len(watch.lines):
        values |= {
            "monitored": fact.own("monitored_on", watch.monitored_on, "date", "monitoring", "as_of"),
            "indicators": fact.own("indicators_monitored", len(watch.lines), "count", "monitoring", "indicator"),
            "dark": fact.own("indicators_without_light", int(watch.lines["official_light"].isna().sum()), "count", "monitoring", "actual_to_date"),
            "levels": fact.own("indicators_level", int(watch.lines["level"].sum()), "count", "indicators", "measure"),
        }
        blocks += [Text("lights.targets", values), Text("lights.levels", values)]
    else:
        blocks.append(Text("lights.no_monitoring", values))
    order = {light: place for place, light in enumerate(LIGHTS)}
    rows = projects.assign(rank=projects["targets_seasonal"].map(order).fillna(9), second=projects["execution_seasonal"].map(order).fillna(9))
    rows = rows.sort_values(["rank", "second", "budget"], ascending=[True, True, False])
    return build_section("lights", (
        *blocks,
        Chart("lights" if len(watch.lines) else "lights_execution", chart_lights, pd.DataFrame(bars), values),
        Table("lights", rows, (
            NAME, ColumnView("budget", "money"), ColumnView("rate", "ratio", "rate_to_date"), *(ColumnView(side, "words:light") for side in _SIDES),
            *(ColumnView(name, "ratio", label) for name, label in CHANCES.items() if projects[name].notna().any()),
        ), most=20),
        Text("lights.formula", values),
        Text("lights.chance", {"goal": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio")}) if projects["chance"].notna().any() else None,
    ), find_lights(projects, fact, watch.day_fact, unit.thresholds))


@needs("projects", "execution", "monitoring", "indicators")
def section_year_end(unit: Unit, watch: Watch) -> Section:
    """What year-end is expected to bring, why, and what follows for projects and funds."""
    fact, projects, lines = unit.fact, watch.projects, watch.lines
    if lines.empty or projects.empty:
        return build_section("year_end", (Text("lights.no_monitoring", {"unit": unit.label, "day": watch.day_fact}),))
    counts = projects["quadrant"].value_counts()
    execution_from, achievement_from = unit.thresholds["low_execution"].value, unit.thresholds["targets_met"].value
    unspent = projects.groupby("quadrant")["unspent"].sum()
    values = {
        "unit": unit.label, "day": watch.day_fact,
        "execution_from": fact.rule("low_execution", execution_from, "ratio"), "achievement_from": fact.rule("targets_met", achievement_from, "ratio"),
        **{name: fact.own(f"ahead_{name}", int(counts.get(name, 0)), "count", "monitoring", "expected")
           for name in ("met_spent", "met_unspent", "missed_spent", "missed_unspent")},
        "unplaced": fact.own("ahead_unplaced", int(projects["quadrant"].isna().sum()), "count", "monitoring", "expected"),
        "dispose": fact.own("ahead_unspent_met_unspent", unspent.get("met_unspent", 0.0), "money", "execution", "executed_to_date"),
        **{f"indicators_{name}": fact.own(f"likelihood_{name}", int((lines["likelihood"] == name).sum()), "count", "monitoring", "likelihood")
           for name in ("certain", "possible", "impossible")},
        "rectify": fact.own("rectification_needed", int(lines["rectification_needed"].fillna(False).astype(bool).sum()), "count", "monitoring", "rectification_needed"),
    }
    placed = projects.dropna(subset=["quadrant"])
    placed = placed.assign(execution_rate=placed["projected_rate"], budget_adjusted=placed["budget"])
    act = placed[placed["quadrant"] != "met_spent"].sort_values("unspent", ascending=False)
    causes = lines.dropna(subset=["cause"]).groupby("cause", as_index=False).agg(indicators=("indicator", "size"), projects=("project", "nunique"))
    draw = partial(chart_quadrants, execution_from=execution_from, achievement_from=achievement_from)
    return build_section("year_end", (
        Text("year_end.lead", values),
        Chart("ahead" if values["met_unspent"].value else "ahead_none", draw, placed, values) if len(placed) else None,
        Table("ahead", act.assign(opinion=act["quadrant"]), (
            NAME, ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("projected_rate", "ratio"),
            ColumnView("achievement", "ratio", "achievement_expected"), ColumnView("unspent", "money", "unspent_expected"), ColumnView("opinion", "words:opinion_ahead"),
        ), most=20) if len(act) else Text("year_end.none", values),
        Text("year_end.likelihood", values),
        Table("causes", causes.sort_values("indicators", ascending=False), (
            ColumnView("cause", "choice:monitoring.cause"), ColumnView("indicators", "count"), ColumnView("projects", "count"))) if len(causes) else None,
    ), find_year_end(projects, lines, fact, watch.day_fact))


@needs("projects", "indicators", "monitoring")
def section_monitoring_form(unit: Unit, watch: Watch) -> Section:
    """The official form's lines, project by project; for the whole city a line a unit."""
    lines = watch.lines
    if lines.empty:
        return build_section("monitoring_form", (Text("lights.no_monitoring", {"unit": unit.label, "day": watch.day_fact}),))
    if unit.is_city:
        return build_section("monitoring_by_unit", (Table("monitoring_units", _by_unit(unit, watch), (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"),
            ColumnView("rate", "ratio", "rate_to_date"), ColumnView("red", "count", "red_projects"), ColumnView("dispose", "money", "unspent_expected"),
        ), most=40),))

    def cells(column: str, direction: bool = False, text: str = "") -> list[Measured]:
        words = lines[text] if text else [""] * len(lines)
        signs = lines["direction"] if direction else [""] * len(lines)
        return [Measured(value, *(part if isinstance(part, str) else "" for part in (measure, word, sign)))
                for value, measure, word, sign in zip(lines[column], lines["measure"], words, signs, strict=True)]

    names = dict(zip(watch.projects["project"], watch.projects["name_shown"], strict=True))
    rows = lines.assign(
        project_name=lines["project"].map(names), target_shown=cells("target", True, "target_text"), achieved=cells("actual_to_date"), ahead=cells("expected"),
    )
    rows = rows[rows["project_name"].notna()]
    rectify = rows[rows["rectification_needed"].fillna(False).astype(bool)]
    behind = rows[rows["official_light"].isin(["red", "yellow"]) | rows["seasonal_light"].isin(["red", "yellow"])]
    behind = behind.sort_values(["seasonal_ratio", "official_ratio"], kind="stable")
    return build_section("monitoring_form", (
        Table("lights_indicators", behind, (
            ColumnView("project_name", "written"), ColumnView("name_shown", "written", "indicator_shown"), ColumnView("target_shown", "written", "target"),
            ColumnView("achieved", "written", "achieved_to_date"), ColumnView("progress", "ratio"), ColumnView("official_light", "words:light"), ColumnView("seasonal_light", "words:light"),
        ), most=20) if len(behind) else None,
        Text("monitoring_form.lead", {"unit": unit.label, "monitored": unit.fact.own("monitored_on", watch.monitored_on, "date", "monitoring", "as_of")}),
        Table("monitoring_form", rows, (
            ColumnView("project_name", "written"), ColumnView("name_shown", "written", "indicator_shown"),
            ColumnView("target_shown", "written", "target"), ColumnView("achieved", "written", "achieved_to_date"), ColumnView("ahead", "written", "expected"),
            ColumnView("cause", "choice:monitoring.cause"), ColumnView("likelihood", "choice:monitoring.likelihood"),
        ), most=120),
        # in a table of its own: nine in ten lines of the form need none
        Table("rectification", rectify, (
            ColumnView("project_name", "written"), ColumnView("name_shown", "written", "indicator_shown"), ColumnView("advice"), ColumnView("result"),
        ), most=40) if len(rectify) else None,
    ))


def show_monitoring_forms(unit: Unit, watch: Watch, lang: str) -> None:
    """Hand over the filled forms as a file beside the report; the whole city, and a unit of which nothing was monitored by then, has none."""
    from perfanalysis.display.show import show_file

    if not unit.is_city and len(watch.lines):
        show_file(f"monitoring-forms.{lang}.xlsx", make_monitoring_forms(unit, watch, lang), lang)


def make_monitoring_forms(unit: Unit, watch: Watch, lang: str) -> bytes:
    """A workbook with the official form of every monitored project of a unit, a sheet each, the largest first; only of what was known on the day.

    Raises ``ValueError`` where nothing was monitored by then.
    """
    from openpyxl import Workbook

    from perfanalysis.sources import xlsx
    from perfanalysis.sources.forms_monitoring import fill_monitoring_sheet

    if watch.lines.empty:
        raise ValueError(f"no monitoring of {unit.code} is known by {watch.day}")
    projects = unit.data.of_year("projects").set_index("project", drop=False)
    execution = unit.data.of_year("execution")
    execution = execution[execution["period_end"] == pd.Timestamp(watch.monitored_on)].dropna(subset=["project"]).set_index("project")
    units = unit.data.table("units").set_index("unit", drop=False) if unit.data.has("units") else pd.DataFrame()
    indicators, monitoring = unit.data.of_year("indicators"), unit.data.of_year("monitoring")
    book = Workbook()
    book.remove(book.active)
    wanted = projects.loc[[code for code in projects.index if code in set(watch.lines["project"])]].sort_values("budget_adjusted", ascending=False)
    for number, (code, project) in enumerate(wanted.iterrows(), start=1):
        about = units.loc[project["unit"]].to_dict() if project["unit"] in units.index else {"unit": unit.code, "name": unit.data.name}
        row = execution.loc[code].to_dict() if code in execution.index else None
        fill_monitoring_sheet(book.create_sheet(f"{number:02d}"), project.to_dict(), indicators, monitoring, lang, unit=about, as_of=watch.monitored_on, execution=row)
    return xlsx.to_bytes(book)


def _by_unit(unit: Unit, watch: Watch) -> pd.DataFrame:
    projects = watch.projects
    frame = projects.assign(red=projects["targets_seasonal"].eq("red") | projects["execution_seasonal"].eq("red"),
                            dispose=projects["unspent"].where(projects["quadrant"] == "met_unspent", 0.0))
    summed = frame.groupby("unit", as_index=False).agg(
        projects=("project", "size"), budget=("budget", "sum"), executed_to_date=("executed_to_date", "sum"), red=("red", "sum"), dispose=("dispose", "sum"))
    summed["rate"] = (summed["executed_to_date"] / summed["budget"]).where(summed["budget"] > 0)
    summed = summed.merge(unit.data.table("units")[["unit", "name", "name_en"]], on="unit")
    summed = summed.assign(label=summed["name"], label_en=summed["name_en"].fillna(summed["name"]))
    return summed.assign(name_shown=list(label_rows(summed, "unit"))).sort_values(["dispose", "red", "unit"], ascending=[False, False, True])
