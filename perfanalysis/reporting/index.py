"""The index of a run: every unit with its state, key figures and links, one page a language, to be opened from a disk."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perfanalysis import words
from perfanalysis.findings import SEVERITIES
from perfanalysis.reporting.folders import folder_name
from perfanalysis.reporting.plan import Plan, PlannedUnit
from perfanalysis.reporting.record import RunRecord, UnitRecord
from perfanalysis.reporting.report import KEY_MEASURES

_PAGES = Path(__file__).parent / "pages"
_UNITS = {"execution_rate": "ratio", "mean_score": "points"}
_HTML_LANG = {"zh": "zh-CN"}


def make_index(plan: Plan, run: RunRecord) -> dict[str, str]:
    """File name → page: ``index.html`` in the plan's first language and ``index.<lang>.html`` in the others."""
    records = {record.unit: record for record in run.units}
    grades = _grades(plan, records.values())
    return {
        _file(lang, plan.languages): _render(
            "index.html.j2", lang, plan.languages, title=plan.title[lang], demonstration=_demonstration(plan),
            counts=_counts(plan, records, lang), measures=KEY_MEASURES, graded=bool(grades), filters=_filters(set(grades.values()), lang),
            script=_script(), script_hash=_script_hash(),
            rows=[_row(unit, records.get(unit.code), grades.get(unit.code), plan, lang) for unit in plan.units],
        )
        for lang in plan.languages
    }


def make_home(runs: Iterable[RunRecord], folder: Path, *, demonstration: bool) -> dict[str, str]:
    """File name → page that leads to the indexes of several runs below ``folder``."""
    runs = list(runs)
    languages = runs[0].languages
    pages = {}
    for lang in languages:
        rows = [
            {
                "href": quote(f"{run.folder.relative_to(folder).as_posix()}/{_file(lang, run.languages)}"),
                "title": run.title[lang],
                "good": sum(record.status != "failed" for record in run.units),
                "failed": sum(record.status == "failed" for record in run.units),
            }
            for run in runs
        ]
        title = words.say("index.home", lang)
        pages[_file(lang, languages)] = _render("home.html.j2", lang, languages, title=title, demonstration=demonstration, rows=rows)
    return pages


def _row(unit: PlannedUnit, record: UnitRecord | None, grade: str | None, plan: Plan, lang: str) -> dict[str, Any]:
    folder = quote(folder_name(unit.code))
    row = {"code": unit.code, "name": unit.written(lang), "reports": [], "files": [], "cells": _cells(record, grade, lang), "reason": "",
           "grade": grade or "", "severities": " ".join(name for name in SEVERITIES if record and record.good and record.findings.get(name))}
    if record is None:
        return row | {"state": "pending", "status": words.say("index.pending", lang)}
    if record.good:
        row["reports"] = [
            {"href": f"{folder}/report.{other}.html", "name": words.say("index.language", other), "html_lang": _html_lang(other)}
            for other in plan.languages
        ]
        row["files"] = [
            {"href": f"{folder}/{file}", "name": words.say(f"index.{name}", lang)}
            for name, file in {"facts": "facts.json", "tables": "tables.xlsx"}.items()
        ]
        row["files"] += [
            {"href": f"{folder}/{file}", "name": words.say("index.pdf", lang, {"language": words.say("index.language", other)})}
            for other in plan.languages if (file := f"report.{other}.pdf") in record.sizes
        ]
    if record.status != "failed":
        return row | {"state": "current", "status": words.say("index.current", lang)}
    status = words.say("index.stale", lang, {"date": words.Quantity(record.good[:10], "date")}) if record.stale else words.say("index.failed", lang)
    notebook = {"href": f"failed/{folder}/report.{record.lang}.ipynb", "name": words.say("index.failed_notebook", lang)}
    return row | {
        "state": "failed", "status": status, "reason": say_reason(record, lang), "source": record.source,
        "message": record.message if record.reason in ("error", "died") else "",
        "failed_notebooks": [notebook] if record.lang else [],
    }


def _filters(grades: set[str], lang: str) -> list[dict[str, Any]]:
    """What the rows can be narrowed by: status, grade (those given) and the weight of findings."""
    states = {"current": "index.current", "failed": "index.failed", "pending": "index.pending"}
    chosen = [
        ("status", "index.column.status", [(code, words.say(label, lang)) for code, label in states.items()]),
        ("grade", "index.column.grade", [(code, words.say(f"grade.{code}", lang)) for code in ("excellent", "good", "fair", "poor") if code in grades]),
        ("finding", "index.finding", [(code, words.say(f"severity.{code}", lang)) for code in SEVERITIES]),
    ]
    return [{"name": name, "label": words.say(label, lang), "choices": choices} for name, label, choices in chosen if choices]


def say_reason(record: UnitRecord, lang: str) -> str:
    """Why a unit failed, as a sentence."""
    message = words.say(f"run.lacking.{record.message}", lang) if record.reason == "empty" else record.message
    return words.say(f"run.reason.{record.reason}", lang, {"message": message})


def _cells(record: UnitRecord | None, grade: str | None, lang: str) -> list[dict[str, Any]]:
    """The key figures, the grade and the number of findings; what is not known is None and never 0."""
    cells = []
    for measure in KEY_MEASURES:
        value = record.figures.get(measure) if record else None
        cells.append({"kind": "number", "value": value, "written": words.format_quantity(value, _UNITS[measure], lang)})
    cells.append({"kind": "grade", "value": grade, "written": words.say(f"grade.{grade}", lang) if grade else ""})
    for severity in SEVERITIES[:2]:
        value = record.findings.get(severity) if record and record.good else None
        cells.append({"kind": "number", "value": value, "written": words.format_quantity(value, "count", lang)})
    return cells


def _counts(plan: Plan, records: Mapping[str, UnitRecord], lang: str) -> str:
    failed = sum(record.status == "failed" for record in records.values())
    values = {"units": len(plan.units), "good": len(records) - failed, "failed": failed, "pending": len(plan.units) - len(records)}
    return words.say("index.counts", lang, values)


def _grades(plan: Plan, records: Iterable[UnitRecord]) -> dict[str, str]:
    """Unit → grade of its mean score under the plan's rule-book, where there is one."""
    name = plan.parameters.get("rulebook", plan.defaults.get("rulebook"))
    scores = {record.unit: record.figures["mean_score"] for record in records if record.figures.get("mean_score") is not None}
    if not isinstance(name, str) or not scores:
        return {}
    import pandas as pd

    from perfanalysis.rules import load_rulebook

    return load_rulebook(name).grade(pd.Series(scores, dtype="float64")).dropna().to_dict()


def _demonstration(plan: Plan) -> bool:
    from perfanalysis.dataset import load_dataset

    return bool(load_dataset(plan.dataset).meta["demonstration"])


def _render(template: str, lang: str, languages: Iterable[str], **values: Any) -> str:
    others = [
        {"href": _file(other, tuple(languages)), "name": words.say("index.language", other), "html_lang": _html_lang(other)}
        for other in languages
        if other != lang
    ]
    page = _environment().get_template(template)
    return page.render(html_lang=_html_lang(lang), others=others, say=lambda code: words.say(code, lang), css=_css(), **values)


@cache
def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(loader=FileSystemLoader(_PAGES), autoescape=select_autoescape(default=True), undefined=StrictUndefined)


@cache
def _script():
    from markupsafe import Markup

    return Markup((_PAGES / "index.js").read_text(encoding="utf-8"))


@cache
def _script_hash() -> str:
    """The one script that the page's policy lets run: this one, byte by byte."""
    import base64
    import hashlib

    return "sha256-" + base64.b64encode(hashlib.sha256(str(_script()).encode()).digest()).decode()


@cache
def _css():
    from markupsafe import Markup

    return Markup((_PAGES / "page.css").read_text(encoding="utf-8"))


def _file(lang: str, languages: tuple[str, ...]) -> str:
    return "index.html" if lang == languages[0] else f"index.{lang}.html"


def _html_lang(lang: str) -> str:
    return _HTML_LANG.get(lang, lang)
