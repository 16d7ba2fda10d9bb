"""The chain of ex-ante evaluation, targets, monitoring, evaluation and use: of one project, and how far a department or the city has it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import load_peers
from perfanalysis.analysis.chain import SEEN_IN, STEPS, list_events, measure_chain, measure_coverage
from perfanalysis.charts.chain import chart_chain, chart_coverage
from perfanalysis.dataset import load_dataset, near
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.errors import PlanError, Problem
from perfanalysis.findings import Label
from perfanalysis.findings.chain import find_chain, label_step
from perfanalysis.findings.make import label_rows
from perfanalysis.rules import load_rulebook
from perfanalysis.rules.thresholds import load_thresholds
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity

#: Tables that the chain is read from, besides the projects.
READ = ("ex_ante", "targets", "monitoring", "reviews", "submissions", "problems")
#: Steps that every project should have every year.
EVERY = ("targets", "monitoring", "self_evaluation")


def load_project(dataset: str | Path, project: str, year: int, rulebook: str = "mof-2020") -> Unit:
    """One project of the dataset in the folder ``dataset``, with its rows of all years, as the subject of a report on ``year``.

    An unknown project, year or rule-book is one clear error that names known ones.
    """
    data = load_dataset(dataset)
    book = load_rulebook(rulebook)
    known = data.table("projects", columns=["project", "year", "unit"])
    rows = known[known["project"] == str(project)]
    problems = []
    if rows.empty:
        problems.append(Problem("unknown_project", found=project, values={"near": near(project, known["project"].unique())}))
    elif year not in set(rows["year"]):
        years = ", ".join(map(str, sorted(rows["year"])))
        problems.append(Problem("unknown_project_year", found=year, values={"project": project, "allowed": years}))
    if problems:
        raise PlanError(problems)
    # a project may have moved from one unit to another
    slices = [data.slice(unit, year) for unit in rows.sort_values("year", ascending=False)["unit"].unique()]
    tables = {}
    for name in slices[0].tables:
        frame = pd.concat([part.tables[name] for part in slices], ignore_index=True) if len(slices) > 1 else slices[0].tables[name]
        if name == "units":
            tables[name] = frame
        elif name in TABLES and "project" in TABLES[name].names:
            tables[name] = frame[frame["project"] == str(project)].reset_index(drop=True)
        elif name not in TABLES:
            # rows set aside are the unit's: which project they belong to is not known
            tables[name] = frame.head(0)
    about = tables["projects"].loc[lambda frame: frame["year"] == year].iloc[0]
    english = about["name_en"] if isinstance(about["name_en"], str) else about["name"]
    part = replace(slices[0], unit=str(project), kind="project", name=about["name"], name_en=english, tables=MappingProxyType(tables))
    return Unit(part, book, load_peers(data, book, year), load_thresholds())


@needs("projects")
def section_chain(unit: Unit) -> Section:
    """One project's year from ex-ante evaluation to the use of the result: what was done and when, and what is missing."""
    fact, tables, project = unit.fact, tables_of(unit), unit.projects
    row = project.iloc[0]
    chain = measure_chain(project, tables).iloc[0]
    # a step whose table is there but that is not due in this year is told apart from one that nobody can know
    state = {step: "done" if chain[step] is True or (pd.notna(chain[step]) and bool(chain[step])) else "missing" if pd.notna(chain[step])
             else "not_due" if step == "ex_ante" and "ex_ante" in tables else "unknown" for step in STEPS}
    events = list_events(unit.data.of_year("projects"), tables)
    notes = _notes(events[events["year"] == unit.year])
    steps = pd.DataFrame({"step": STEPS, "state": [state[step] for step in STEPS], "note": [notes.get(step) if state[step] == "done" else None for step in STEPS]})
    reviews = unit.data.of_year("reviews") if "reviews" in tables else pd.DataFrame({"score": pd.Series(dtype="float64")})
    review = reviews["score"].mean()
    due = steps["state"].isin(["done", "missing"])
    values = {
        "unit": unit.label, "department": department_of(unit), "year": fact.rule("year", unit.year, "year"),
        "done": fact.own("chain_done", int((steps["state"] == "done").sum()), "count", "projects", "project"),
        "due": fact.own("chain_due", int(due.sum()), "count", "projects", "project"),
        "budget": fact.own("budget", row["budget"], "money", "projects", "budget_adjusted"),
        "executed": fact.own("executed", row["executed"], "money", "projects", "executed"),
        "execution_rate": fact.own("execution_rate", row["execution_rate"], "ratio", "projects", "executed"),
        "mean_score": fact.own("mean_score", row["recomputed"], "points", "indicators", "actual"),
        "recomputed": fact.own("recomputed", row["recomputed"], "points", "indicators", "actual"),
        "submitted": fact.own("submitted", row["self_score"], "points", "projects", "self_score"),
        "review": fact.own("independent_score", review, "points", "reviews", "score"),
        "lacking": [Spoken(TABLES[name].label) for name in READ if name not in tables],
        "missing": [label_step(step) for step in steps.loc[steps["state"] == "missing", "step"]],
    }
    rows = steps.assign(step_shown=[label_step(step) for step in steps["step"]], state_shown=steps["state"])
    return build_section("chain", (
        KeyFigures(tuple(values[name] for name in ("budget", "executed", "execution_rate", "submitted", "recomputed", "review"))),
        Text("chain.project", values),
        Chart("chain" if values["missing"] else "chain_whole", chart_chain, steps, values),
        Table("chain", rows, (ColumnView("step_shown", "written", "chain_event"), ColumnView("state_shown", "words:chain_state", "chain_state"),
                              ColumnView("note", "written", "chain_note"))),
        Text("chain.definition", values),
        Text("chain.lacking", values) if values["lacking"] else None,
    ), find_chain(steps, row["self_score"], review, fact, unit.thresholds))


def _notes(events: pd.DataFrame) -> dict[str, Any]:
    """Step → what is written beside it: its date, verdict or score."""
    step_of = {"ex_ante": "ex_ante", "targets_approved": "targets", "monitoring": "monitoring", "self_evaluation": "self_evaluation", "review": "review",
               "congress": "used", "problem_closed": "used"}
    notes: dict[str, Any] = {}
    for event in events.to_dict("records"):
        step = step_of.get(event["event"])
        if step and not (event["event"] == "congress" and event["code"] != "result"):
            notes.setdefault(step, Spoken(partial(_say_note, event)))
    return notes


def _say_note(event: Mapping[str, Any], lang: str) -> str:
    values = {"date": Quantity(event["date"], "date"), "score": Quantity(event["score"], "points")}
    if event["event"] == "ex_ante":
        return TABLES["ex_ante"].column("verdict").choice_label(event["code"], lang) if isinstance(event["code"], str) else ""
    return words.say(f"chain.note.{event['event']}", lang, values)


@needs("projects")
def section_coverage_chain(unit: Unit) -> Section:
    """How many projects of a department, district or the city, and how much of their money, have each step of the chain."""
    fact, projects = unit.fact, unit.projects
    chain = measure_chain(projects, tables_of(unit))
    coverage = measure_coverage(projects, chain)
    names = {step: label_step(step) for step in STEPS}
    facts: dict[str, Any] = {}
    for row in coverage.to_dict("records"):
        step, seen = row["step"], SEEN_IN[row["step"]]
        if pd.isna(row["due"]):
            continue
        facts[f"{step}_share"] = fact.own("chain_share", row["share"], "ratio", *seen, name=step)
        facts[f"{step}_money"] = fact.own("chain_money_share", row["money_share"], "ratio", *seen, name=step)
    # what every project needs; an ex-ante or independent evaluation is made of some alone
    known = coverage[coverage["step"].isin(EVERY)].dropna(subset=["share"])
    lowest = known.loc[known["share"].idxmin()]
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "projects": fact.own("projects", len(projects), "count", "projects", "project"),
        "whole": fact.own("chain_projects_whole", int(chain[list(EVERY)].fillna(False).all(axis=1).sum()), "count", "projects", "project"),
        "lowest": names[lowest["step"]], "lowest_share": facts[f"{lowest['step']}_share"],
        "unknown": [names[step] for step in coverage.loc[coverage["share"].isna(), "step"]],
    }
    rows = coverage.assign(step_shown=coverage["step"].map(names))
    blocks = [
        Text("chain.coverage", values), Chart("coverage_chain", chart_coverage, coverage, values | facts),
        Table("coverage_chain", rows, (
            ColumnView("step_shown", "written", "chain_event"), ColumnView("due", "count", "chain_due"), ColumnView("done", "count", "chain_done"),
            ColumnView("share", "ratio", "chain_share"), ColumnView("money_done", "money", "chain_money"), ColumnView("money_share", "ratio", "chain_money_share"))),
        Text("chain.definition", values), Text("chain.unknown", values) if values["unknown"] else None,
    ]
    if unit.is_city:
        blocks.append(_table_units(unit, projects, chain))
    return build_section("coverage_chain", blocks)


def _table_units(unit: Unit, projects: pd.DataFrame, chain: pd.DataFrame) -> Table:
    """Every unit's share of projects with each step, the lowest means first."""
    shares = chain.astype("Float64").groupby(projects["unit"]).mean().astype("float64")
    units = unit.data.table("units")
    units = units.assign(label=units["name"], label_en=units["name_en"].fillna(units["name"]))
    names = dict(zip(units["unit"], label_rows(units, "unit"), strict=True))
    order = shares[list(EVERY)].mean(axis=1).sort_values(kind="stable").index
    rows = shares.loc[order].assign(projects=projects.groupby("unit").size()).reset_index()
    rows["name_shown"] = rows["unit"].map(names)
    return Table("coverage_units", rows, (ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"),
                                          *(ColumnView(step, "ratio", f"chain_{step}") for step in STEPS)), most=15)


def tables_of(unit: Unit) -> dict[str, pd.DataFrame]:
    """The tables of the chain that the dataset has."""
    return {name: unit.data.table(name) for name in READ if not unit.data.lacks(name)}


def department_of(unit: Unit) -> Label:
    """The department or district of a project."""
    row = unit.data.table("units").iloc[0]
    return Label(row["unit"], row["name"], row["name_en"] if isinstance(row["name_en"], str) else row["name"])


def table_events(unit: Unit, code: str = "milestones") -> Table | None:
    """What happened to the project, by year; None where the data hold nothing of it."""
    projects = unit.data.table("projects")
    events = list_events(projects[projects["year"] <= unit.year], tables_of(unit))
    events = events[events["year"] <= unit.year]
    if events.empty:
        return None
    rows = events.assign(outcome=[_say_outcome(row) for row in events.to_dict("records")], year_shown=[Quantity(year, "year") for year in events["year"]])
    return Table(code, rows, (
        ColumnView("year_shown", "written", "year"), ColumnView("event", "words:chain_event", "chain_event"), ColumnView("date", "date", "event_date"),
        ColumnView("outcome", "written", "event_outcome")), most=60)


def _say_outcome(row: dict) -> Spoken | None:
    event, code = row["event"], row["code"]
    choices = {"ex_ante": "verdict", "targets_reviewed": "outcome", "review": "reviewer", "congress": "kind", "problem_found": "source"}
    table = {"ex_ante": "ex_ante", "targets_reviewed": "targets", "review": "reviews", "congress": "submissions", "problem_found": "problems"}.get(event)
    coded = Spoken(lambda lang: TABLES[table].column(choices[event]).choice_label(code, lang)) if table and isinstance(code, str) else None
    values = {"code": coded, "score": Quantity(row["score"], "points"), "count": Quantity(row["count"], "count"), "doubtful": Quantity(row["doubtful"], "count")}
    if event in ("self_evaluation", "monitoring") or (event == "review" and coded):
        return Spoken(lambda lang: words.say(f"chain.outcome.{event}", lang, values))
    if event == "problem_found" and isinstance(row["text"], str):
        label = Label("", row["text"], row["text_en"] if isinstance(row["text_en"], str) else row["text"])
        return Spoken(lambda lang: words.say("chain.outcome.problem_found", lang, {"code": coded, "text": label}))
    if event == "problem_closed":
        return Label("", row["text"], row["text"]) if isinstance(row["text"], str) else None
    return coded
