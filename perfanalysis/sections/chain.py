"""The chain of ex-ante evaluation, targets, monitoring, evaluation and use: of one project, and how far a department or the city has it."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import load_peers
from perfanalysis.analysis.chain import list_events
from perfanalysis.dataset import load_dataset, near
from perfanalysis.display.blocks import ColumnView, Table
from perfanalysis.display.cells import Spoken
from perfanalysis.errors import PlanError, Problem
from perfanalysis.findings import Label
from perfanalysis.rules import load_rulebook
from perfanalysis.rules.thresholds import load_thresholds
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity

#: Tables that the chain is read from, besides the projects.
READ = ("ex_ante", "targets", "monitoring", "reviews", "submissions", "problems")


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
