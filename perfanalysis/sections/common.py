"""Sections that every report ends with: follow-up, quality of the data, method and sources."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import measure_disclosure, measure_problems
from perfanalysis.display.blocks import ColumnView, FactList, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Fact, Label
from perfanalysis.findings.follow_up import find_disclosure, find_problems, find_quality
from perfanalysis.findings.make import RULED, label_rows
from perfanalysis.findings.tracing import trace_origins
from perfanalysis.scoring import count_conventions
from perfanalysis.sections.build import build_section
from perfanalysis.sections.unit import Unit
from perfanalysis.sections.validation import validation_blocks
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity

#: Tables that a report of this kind draws on; the section on data quality names those that are missing.
USED = ("projects", "indicators", "execution", "problems", "disclosures")


def section_follow_up(unit: Unit) -> Section:
    """Problems that others found and what became of them; whether results were published in time.

    >>> pa.show(pa.section_follow_up(unit), "en")  # doctest: +SKIP
    """
    fact, blocks, findings = unit.fact, [], []
    if not unit.data.lacks("problems"):
        problems = unit.data.table("problems")
        problems = problems[problems["found_on"] <= pd.Timestamp(unit.as_of)]
        problems = problems.join(measure_problems(problems, unit.as_of))
        findings += find_problems(problems, unit.as_of, fact)
        states = problems["state"].value_counts()
        values = {"unit": unit.label, "as_of": fact.own("as_of", unit.as_of, "date")} | {
            name: fact.own(f"problems_{name}", int(states[list(kinds)].sum() if (kinds := [k for k in wanted if k in states]) else 0), "count",
                           "problems", "closed_on")
            for name, wanted in {"all": ("closed", "closed_late", "open", "overdue"), "open": ("open", "overdue"), "overdue": ("overdue",)}.items()
        }
        blocks.append(Text("follow_up.problems" if len(problems) else "follow_up.no_problems", values))
        pressing = problems[problems["state"].isin(["open", "overdue"])].sort_values("days_overdue", ascending=False)
        if len(pressing):
            english = pressing["description_en"] if "description_en" in pressing else pressing["description"]
            pressing = pressing.assign(label=pressing["description"], label_en=english.fillna(pressing["description"]))
            pressing = pressing.assign(name_shown=list(label_rows(pressing, "problem")))
            units = ()
            if unit.is_city:
                names = unit.data.table("units").set_index("unit")
                pressing["unit_name"] = [Label(code, names.at[code, "name"], names.at[code, "name_en"]) for code in pressing["unit"]]
                units = (ColumnView("unit_name", "written"),)
            blocks.append(Table("problems", pressing, (
                *units, ColumnView("name_shown", "written", "problem"), ColumnView("source", "choice:problems.source"), ColumnView("found_on", "date"),
                ColumnView("due_on", "date"), ColumnView("days_overdue", "count"), ColumnView("amount", "money"),
                ColumnView("state", "words:problem_state"), ColumnView("measure"),
            ), most=15))
    if unit.data.has("disclosures"):
        disclosures = unit.data.of_year("disclosures")
        disclosures = disclosures.join(measure_disclosure(disclosures))
        findings += find_disclosure(disclosures, fact)
        states = disclosures["state"].value_counts()
        blocks.append(Text("follow_up.disclosure", {
            "unit": unit.label,
            **{name: fact.own(f"documents_{name}", int(states.get(name, 0)), "count", "disclosures", "performance_published_on")
               for name in ("together", "late", "not_published")},
        }))
    if not blocks:
        blocks = [Text("follow_up.no_tables", {})]
    return build_section("follow_up", blocks, findings)


def section_quality(unit: Unit) -> Section:
    """What the reader must know of the data: rows set aside, tables that are missing, conventions that had to be used.

    >>> pa.show(pa.section_quality(unit), "en")  # doctest: +SKIP
    """
    fact, set_aside = unit.fact, unit.set_aside
    findings = find_quality(set_aside, fact)
    errors = set_aside[set_aside["severity"] == "error"]
    warnings = set_aside[set_aside["severity"] == "warning"]
    values = {
        "unit": unit.label,
        "set_aside": fact.own("rows_set_aside", len(errors), "count", "set_aside"),
        "to_look_at": fact.own("rows_to_look_at", len(warnings), "count", "set_aside"),
    }
    blocks = [Text("quality.lead" if len(set_aside) else "quality.all_used", values)]
    if len(set_aside):
        rows = set_aside.sort_values("severity", kind="stable")
        rows = rows.assign(
            table_shown=[Spoken(TABLES[name].label) for name in rows["table"]],
            problems=[Label("", zh, en) for zh, en in zip(rows["problems_zh"], rows["problems_en"], strict=True)],
        )
        blocks.append(Table("set_aside", rows, (
            ColumnView("table_shown", "written", "table"), ColumnView("file"), ColumnView("sheet"), ColumnView("row"),
            ColumnView("severity", "words:problem_severity"), ColumnView("problems", "written"),
        ), most=15))
    absent = [TABLES[name] for name in USED if unit.data.lacks(name)]
    if absent:
        rows = pd.DataFrame({"table": [Spoken(table.label) for table in absent], "why": [Spoken(table.why) for table in absent]})
        blocks.append(Table("absent", rows, (ColumnView("table", "written"), ColumnView("why", "written"))))
    if unit.data.has("indicators") and unit.data.has("projects"):
        used = count_conventions(unit.indicators)
        used = used.assign(convention=[Spoken(unit.rulebook.clause(code).say) for code in used["rule"]])
        blocks.append(Table("conventions", used, (ColumnView("convention", "written"), ColumnView("indicators", "count"))) if len(used)
                      else Text("quality.no_conventions", values))
    return build_section("quality", blocks, findings)


def section_method(unit: Unit, sections: tuple[Section, ...]) -> Section:
    """The rules and thresholds used with their sources, the register of all facts, and the files that everything came from.

    >>> pa.section_method(unit, (pa.section_scores(unit),)).code
    'method'
    """
    clauses = [clause for clause in unit.rulebook.clauses.values() if not clause.convention]
    rules = pd.DataFrame({
        "rule": [Spoken(clause.name) for clause in clauses], "text": [Spoken(clause.say) for clause in clauses],
        "source": [Spoken(clause.cite) for clause in clauses], "verified": [str(clause.verified) for clause in clauses],
    })
    thresholds = pd.DataFrame({
        "threshold": [Spoken(partial(words.of, t.meaning)) for t in unit.thresholds.values()],
        "value": [Quantity(t.value, t.unit) for t in unit.thresholds.values()],
        "source": [Spoken(partial(words.of, t.source)) for t in unit.thresholds.values()],
        "verified": [t.checked for t in unit.thresholds.values()],
    })
    unverified = int(rules["verified"].eq("False").sum())
    values = {
        "rulebook": unit.rulebook_label,
        "rules": unit.fact.rule("rules", len(rules), "count"), "unverified": unit.fact.rule("rules_unverified", unverified, "count"),
    }
    sources = tuple({"file": source["file"], "sha256": source["sha256"]} for source in unit.data.meta["sources"])
    validation = validation_blocks(unit.fact, sections)
    own = [value for part in (values, *(block.values for block in validation if isinstance(block, Text))) for value in part.values() if isinstance(value, Fact)]
    facts = {fact.id: fact for fact in (*own, *(fact for section in sections for fact in section.facts))}
    origins = trace_origins((part for fact in facts.values() for part in fact.evidence), unit.data.tables, sources)
    return build_section("method", (
        Text("method.lead", values),
        Text("method.unverified", values) if unverified else None,
        Table("rules", rules, (
            ColumnView("rule", "written"), ColumnView("text", "written"), ColumnView("source", "written"), ColumnView("verified", "words:verified"),
        ), most=60),
        Table("thresholds", thresholds, (
            ColumnView("threshold", "written"), ColumnView("value", "written"), ColumnView("source", "written"), ColumnView("verified", "words:verified"),
        ), most=60),
        *validation,
        FactList(tuple(facts.values()), origins, sources, _cites(unit, facts.values())),
    ))


def _cites(unit: Unit, facts) -> dict:
    """Fact id → the document that sets it (a threshold's) or decides it (the rule-book)."""
    cites = {}
    for fact in facts:
        threshold = unit.thresholds.get(fact.measure) if fact.method == "rule" else None
        if threshold is not None:
            cites[fact.id] = Spoken(partial(words.of, threshold.source))
        elif fact.measure in RULED or (fact.method == "rule" and fact.measure.startswith(("grade_from_", "over_target_explain", "rules"))):
            cites[fact.id] = unit.rulebook_label
    return cites
