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
#: Fewer units than these make no picture: the table says it better.
FEWEST = 8


def make_index(plan: Plan, run: RunRecord) -> dict[str, str]:
    """File name → page: ``index.html`` in the plan's first language and ``index.<lang>.html`` in the others."""
    records = {record.unit: record for record in run.units}
    grades = _grades(plan, records.values())
    return {
        _file(lang, plan.languages): _render(
            "index.html.j2", lang, plan.languages, title=plan.title[lang], demonstration=_demonstration(plan),
            counts=_counts(plan, records, lang), measures=KEY_MEASURES, graded=bool(grades), filters=_filters(set(grades.values()), records.values(), lang),
            picture=_picture(plan, records, lang), changes=_changes(plan, records, lang), script=_script(), script_hash=_script_hash(),
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
           "grade": grade or "", "severities": " ".join(name for name in SEVERITIES if record and record.good and record.findings.get(name)),
           "codes": " ".join(record.codes) if record and record.good else ""}
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


def _filters(grades: set[str], records: Iterable[UnitRecord], lang: str) -> list[dict[str, Any]]:
    """What the rows can be narrowed by: status, grade (those given), the weight of findings and each finding that there is."""
    codes = {code for record in records if record.good for code in record.codes}
    states = {"current": "index.current", "failed": "index.failed", "pending": "index.pending"}
    chosen = [
        ("status", "index.column.status", [(code, words.say(label, lang)) for code, label in states.items()]),
        ("grade", "index.column.grade", [(code, words.say(f"grade.{code}", lang)) for code in ("excellent", "good", "fair", "poor") if code in grades]),
        ("finding", "index.finding", [(code, words.say(f"severity.{code}", lang)) for code in SEVERITIES]),
        ("code", "index.what", sorted(((code, _finding_name(code, lang)) for code in codes), key=lambda choice: choice[1])),
    ]
    return [{"name": name, "label": words.say(label, lang), "choices": choices} for name, label, choices in chosen if choices]


def say_reason(record: UnitRecord, lang: str) -> str:
    """Why a unit failed, as a sentence."""
    message = words.say(f"run.lacking.{record.message}", lang) if record.reason == "empty" else record.message
    return words.say(f"run.reason.{record.reason}", lang, {"message": message})


def _picture(plan: Plan, records: Mapping[str, UnitRecord], lang: str) -> dict[str, str] | None:
    """The units at a glance, each a dot: how much of its budget it executed and its mean score; nothing where there are too few to make a picture."""
    import pandas as pd

    from perfanalysis.charts import chart_peers
    from perfanalysis.display.picture import picture

    frame = pd.DataFrame([
        {"unit": record.unit, "label": record.unit, "label_en": record.unit, "own": False, "measure": measure, "value": record.figures[measure]}
        for measure in KEY_MEASURES for record in records.values() if record.good and record.figures.get(measure) is not None])
    counts = frame.groupby("measure").size() if len(frame) else {}
    shown = [measure for measure in KEY_MEASURES if measure in counts and counts[measure] >= FEWEST]
    if not shown:
        return None
    said = []
    for measure in shown:
        low, median, high = frame.loc[frame["measure"] == measure, "value"].quantile([0.25, 0.5, 0.75])
        unit = _UNITS[measure]
        values = {"units": words.Quantity(int(counts[measure]), "count"), "low": words.Quantity(low, unit), "median": words.Quantity(median, unit),
                  "high": words.Quantity(high, unit)}
        said.append(words.say(f"chart.index_city.{'title' if unit == 'ratio' else 'title_scores'}", lang, values))
    figure = chart_peers(frame[frame["measure"].isin(shown)], lang, unit=_UNITS)
    alt = words.say("chart.index_city.alt", lang, {"units": words.Quantity(int(counts[shown[0]]), "count"), "said": said[0]})
    return {"src": picture(figure), "said": said, "alt": alt}


def _changes(plan: Plan, records: Mapping[str, UnitRecord], lang: str) -> dict[str, Any] | None:
    """What the reports made in this run say otherwise than those that they took the place of; nothing where all are first reports."""
    replaced = [record for record in records.values() if record.before and record.status == "done"]
    if not replaced:
        return None
    names = {unit.code: unit.written(lang) for unit in plan.units}
    units = [{"code": record.unit, "name": names.get(record.unit, ""), "lines": lines} for record in replaced if (lines := _changed(record, lang))]
    values = {"made": words.Quantity(len(replaced), "count"), "changed": words.Quantity(len(units), "count")}
    return {"lead": words.say("index.changes_lead" if units else "index.no_changes", lang, values), "units": units}


def _changed(record: UnitRecord, lang: str) -> list[str]:
    lines = []
    for measure in KEY_MEASURES:
        old, new = (figures.get(measure) for figures in (record.before["figures"], record.figures))
        written = [words.format_quantity(value, _UNITS[measure], lang) for value in (old, new)]
        if written[0] != written[1]:
            lines.append(words.say("index.change", lang, {"what": words.say(f"measure.{measure}", lang), "old": written[0], "new": written[1]}))
    old, new = record.before["codes"], record.codes
    for code, names in (("finding_new", [name for name in new if name not in old]), ("finding_gone", [name for name in old if name not in new])):
        if names:
            said = words.say("verb.name_list_separator", lang).join(_finding_name(name, lang) for name in names)
            lines.append(words.say(f"index.{code}", lang, {"names": said}))
    return lines


def _finding_name(code: str, lang: str) -> str:
    """A finding of somebody's own has its sentence and perhaps no name in a list."""
    return words.say(f"finding_name.{code}", lang) if words.has(f"finding_name.{code}", lang) else code


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
