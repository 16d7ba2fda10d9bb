"""The sections of the report on exchange with the supervision bureau and the audit department."""

from functools import partial

from perfanalysis import words
from perfanalysis.analysis import measure_problems
from perfanalysis.analysis.exchange import list_materials, summarise_feedback
from perfanalysis.charts.exchange import chart_feedback
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding
from perfanalysis.rules.exchange import load_calendar
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES


def section_exchange_calendar(unit: Unit, calendar: str = "") -> Section:
    """What is due to whom and when, and whether the data to make it from is there; ``calendar`` is a user's own file."""
    rules, fact = load_calendar(calendar), unit.fact

    def has(table: str) -> bool:
        return unit.data.has(table) and ("year" not in TABLES[table].names or len(unit.data.of_year(table)) > 0)

    names = {material.code: material for material in rules.materials}
    rows = list_materials(rules, unit.year, unit.as_of, has)
    rows = rows.assign(
        material_name=[Spoken(partial(words.of, names[code].name)) for code in rows["material"]],
        made_from=[tuple(Spoken(TABLES[table].label) for table in names[code].tables) for code in rows["material"]],
    )
    rows["made_from"] = [_Joined(parts) for parts in rows["made_from"]]
    missing = rows[rows["state"] == "missing"]
    values = {
        "unit": unit.label, "as_of": fact.own("as_of", unit.as_of, "date"), "source": Spoken(partial(words.of, rules.source)),
        "materials": fact.rule("materials", len(names), "count"), "deliveries": fact.rule("deliveries", len(rows), "count"),
        "passed": fact.own("deliveries_passed", int((rows["days_left"] <= 0).sum()), "count"),
        "ready": fact.own("deliveries_ready", int(rows["ready"].sum()), "count"),
        "missing": fact.own("deliveries_missing", len(missing), "count"),
    }
    findings = [Finding("materials_missing", "warning", fact.subject, {"deliveries": values["missing"], "names": list(dict.fromkeys(missing["material_name"]))})] if len(missing) else []
    return build_section("exchange_calendar", (
        Text("exchange_calendar.lead", values),
        Text("exchange_calendar.illustrative", values) if rules.illustrative else Text("exchange_calendar.own", values),
        Table("exchange_calendar", rows, (
            ColumnView("due_on", "date", "material_due"), ColumnView("recipient", "choice:problems.source"), ColumnView("material_name", "written", "material"),
            ColumnView("made_from", "written"), ColumnView("state", "words:material_state"),
        ), most=60),
    ), findings)


@needs("problems")
def section_exchange_feedback(unit: Unit) -> Section:
    """What was fed back by whom, and what became of it."""
    fact = unit.fact
    problems = unit.data.table("problems")
    problems = problems[problems["found_on"].dt.date <= unit.as_of].reset_index(drop=True)
    problems = problems.join(measure_problems(problems, unit.as_of))
    if problems.empty:
        return build_section("exchange_feedback", (Text("exchange_feedback.none", {"unit": unit.label, "as_of": fact.own("as_of", unit.as_of, "date")}),))
    summary = summarise_feedback(problems).sort_values("found", ascending=False)
    two = problems["source"].isin(["supervision", "audit"])
    state = problems["state"]
    values = {
        "unit": unit.label, "as_of": fact.own("as_of", unit.as_of, "date"),
        "fed_back": fact.own("fed_back", int(two.sum()), "count", "problems", "source"),
        "corrected": fact.own("fed_back_corrected", int((two & state.isin(["closed", "closed_late"])).sum()), "count", "problems", "closed_on"),
        "late": fact.own("fed_back_late", int((two & (state == "closed_late")).sum()), "count", "problems", "closed_on"),
        "open": fact.own("fed_back_open", int((two & state.isin(["open", "overdue"])).sum()), "count", "problems", "closed_on"),
        "overdue": fact.own("fed_back_overdue", int((two & (state == "overdue")).sum()), "count", "problems", "due_on"),
        "amount": fact.own("fed_back_amount", problems.loc[two, "amount"].sum(min_count=1), "money", "problems", "amount"),
    }
    return build_section("exchange_feedback", (
        Text("exchange_feedback.lead", values),
        Chart("exchange_feedback", chart_feedback, summary, values),
        Table("exchange_feedback", summary, (
            ColumnView("source", "choice:problems.source"), ColumnView("found", "count"), ColumnView("closed", "count", "corrected"), ColumnView("closed_late", "count", "corrected_late"),
            ColumnView("open", "count", "still_open"), ColumnView("overdue", "count", "still_overdue"), ColumnView("longest", "days", "longest_overdue"), ColumnView("amount", "money"),
        )),
    ))


class _Joined:
    """Several names as one cell."""

    def __init__(self, parts: tuple[Spoken, ...]):
        self.parts = parts

    def written(self, lang: str) -> str:
        return ("、" if lang == "zh" else ", ").join(part.written(lang) for part in self.parts)
