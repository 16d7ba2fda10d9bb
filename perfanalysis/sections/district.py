"""Who should be inspected specially, and why: by stated rules, for one district and for all."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import measure_problems
from perfanalysis.analysis.assessment import REASONS, Standing, find_inspections, load_standing
from perfanalysis.display.blocks import ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding, Label
from perfanalysis.findings.frameworks import AssessmentFacts, label_framework, label_nodes
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.sections.assessment import NAMED, names_of
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity


@needs("assessments")
def section_inspection(unit: Unit, framework: str = "district-28") -> Section:
    """Whether the stated rules propose a special inspection of this unit, and for which reasons."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year, unit.code)
    found = _found(unit, standing, about)
    found = found[found["unit"] == unit.code]
    facts = AssessmentFacts(unit.fact, about)
    values = {"unit": unit.label, "reasons": facts.own("inspection_reasons", found["reason"].nunique(), "count"), **_limits(unit)}
    if found.empty:
        return build_section("inspection", (Text("inspection.none", values),))
    finding = Finding("inspection_candidate", "serious", unit.fact.subject, {
        "unit": unit.label, "reasons": values["reasons"], "names": _kinds(found)})
    return build_section("inspection", (Text("inspection.candidate", values), _table(_shown(found, about))), (finding,))


@needs("assessments")
def section_city_inspection(unit: Unit, framework: str = "district-28") -> Section:
    """All candidates for a special inspection with their reasons, those with most reasons first."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year)
    found = _found(unit, standing, about).merge(names_of(unit), on="unit", how="left")
    facts = AssessmentFacts(unit.fact, about)
    assessed = standing.ranks["unit"].nunique()
    values = {
        "framework": label_framework(about), "candidates": facts.own("inspection_candidates", found["unit"].nunique(), "count"),
        "units": facts.own("assessment_units", assessed, "count"), **_limits(unit),
    }
    if found.empty:
        return build_section("inspection", (Text("city_inspection.none", values),))
    first = found.drop_duplicates("unit")
    finding = Finding("inspection_candidates", "serious", unit.fact.subject, {
        "candidates": values["candidates"], "units": values["units"], "names": list(first["name_shown"].head(NAMED))})
    return build_section("inspection", (Text("city_inspection.lead", values), _table(_shown(found, about), named=True)), (finding,))


def _found(unit: Unit, standing: Standing, about: Framework) -> pd.DataFrame:
    problems = None
    if unit.data.has("problems"):
        problems = unit.data.table("problems")
        problems = problems[problems["found_on"] <= pd.Timestamp(unit.as_of)]
        problems = problems.join(measure_problems(problems, unit.as_of))
    return find_inspections(standing.nodes, problems, about, unit.year, unit.thresholds)


def _limits(unit: Unit) -> dict[str, Any]:
    return {name: unit.fact.rule(f"inspection_{name}", unit.thresholds[f"inspection_{name}"].value, "days" if name == "overdue" else "points")
            for name in ("score", "fall", "category", "overdue")}


def _kinds(found: pd.DataFrame) -> list[Label]:
    given = set(found["reason"])
    return [Label(reason, words.say(f"inspection_reason.{reason}", "zh"), words.say(f"inspection_reason.{reason}", "en")) for reason in REASONS if reason in given]


def _shown(found: pd.DataFrame, about: Framework) -> pd.DataFrame:
    names: Mapping[str, Label] = label_nodes(about)
    rows = found.to_dict("records")
    units = ["days" if row["reason"] == "overdue" else "points" for row in rows]
    return found.assign(
        reason_shown=[Spoken(partial(words.say, f"inspection_reason.{row['reason']}")) for row in rows],
        where_shown=[names.get(row["node"], Label("", "–", "–")) for row in rows],
        value_shown=[Quantity(row["value"], kind) for row, kind in zip(rows, units, strict=True)],
        limit_shown=[Quantity(row["limit"], kind) for row, kind in zip(rows, units, strict=True)],
    )


def _table(frame: pd.DataFrame, *, named: bool = False) -> Table:
    columns = (ColumnView("reason_shown", "written", "inspection_reason"), ColumnView("where_shown", "written", "category"),
               ColumnView("value_shown", "written", "value"), ColumnView("limit_shown", "written", "limit"))
    if named:
        columns = (ColumnView("name_shown", "written", "unit_name"), ColumnView("reasons", "count", "inspection_reasons"), *columns)
    return Table("inspection", frame, columns, most=60)
