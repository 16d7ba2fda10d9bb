"""Showing a section in a notebook: for people as HTML and as plain text, for the batch runner as facts, findings and tables."""

import datetime
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from perfanalysis import words
from perfanalysis.cards import align_rows, text_width
from perfanalysis.display import render
from perfanalysis.display.blocks import Absent, Block, Chart, FactList, Findings, KeyFigures, Section, Table, Text
from perfanalysis.display.tables import table_json, view_table
from perfanalysis.findings import Finding
from perfanalysis.findings.tracing import describe
from perfanalysis.tables import TABLES
from perfanalysis.words.values import is_missing

#: What an output says to machines; see ``section_json`` and ``title_json``.
MIME = "application/vnd.perfanalysis+json"
#: A file that goes beside the report: ``name`` and ``content`` (base64).
FILE_MIME = "application/vnd.perfanalysis.file+json"
#: Columns of a terminal that a cell may take.
_WIDEST = 40


def show(what: "Section | Block | Finding | Iterable[Finding]", lang: str) -> None:
    """Show a section, a single block of one, or findings, in a notebook (or, as text, in a terminal).

    >>> pa.show(pa.section_scores(unit), "zh")  # doctest: +SKIP
    """
    _display(make_output(what, lang))


def show_title(unit: Any, lang: str, report: "str | Mapping[str, str]" = "", *, rules: Any = None) -> None:
    """Show the head of the report on ``unit`` (see ``perfanalysis.sections.load_unit``): what it is about, and whether the data is a demonstration.

    ``report`` names the title under ``report.`` in the catalogues, by default that of the unit's kind, or is a title of
    one's own in every language, in which ``{unit}`` and ``{year}`` are filled in; ``rules``, which can write itself
    (``written(lang)``), stands in the place of the rule-book in a report that is judged by other rules.

    >>> pa.show_title(unit, "en")  # doctest: +SKIP
    """
    _display(make_title_output(unit, lang, report, rules=rules))


def show_file(name: str, content: bytes, lang: str) -> None:
    """Hand over a file that goes beside the report (``name`` without a folder); a run writes it there, and the page names it."""
    import base64

    said = words.say("display.file_beside", lang, {"name": name})
    page = f'<div class="pa"><p>{escape(said)}</p></div>'
    _display({"text/html": page, "text/plain": said, FILE_MIME: {"name": name, "content": base64.b64encode(content).decode("ascii")}})


def make_output(what: "Section | Block | Finding | Iterable[Finding]", lang: str) -> dict[str, Any]:
    """The bundle that ``show`` displays: ``text/html``, ``text/plain`` and ``MIME``; the same input gives the same bundle."""
    if isinstance(what, Finding):
        what = Findings((what,))
    elif isinstance(what, list | tuple):
        what = Findings(tuple(what))
    if isinstance(what, Section):
        return {"text/html": render.render(what, lang), "text/plain": plain_section(what, lang), MIME: section_json(what, lang)}
    section = Section("", (what,), findings=what.findings if isinstance(what, Findings) else ())
    return {"text/html": render.render_block(what, lang), "text/plain": "\n".join(_plain_block(what, lang, "CNY")), MIME: section_json(section, lang)}


def make_title_output(unit: Any, lang: str, report: "str | Mapping[str, str]" = "", *, rules: Any = None) -> dict[str, Any]:
    """The bundle that ``show_title`` displays. Its HTML carries the style that every section after it uses."""
    about = title_json(unit, lang, report)
    lines = [(words.say("title.year", lang), words.Quantity(unit.year, "year").written(lang)),
             (words.say("title.rulebook", lang), (rules or unit.rulebook_label).written(lang))]
    if not unit.is_city:
        # a key area has no code but its name
        code = "" if unit.data.kind == "key_area" else words.say("title.code", lang, {"code": unit.code})
        lines.insert(0, (words.say(f"title.kind.{unit.data.kind}", lang), unit.label.written(lang) + code))
        city = unit.data.meta["name"] if lang == "zh" else unit.data.meta["name_en"] or unit.data.meta["name"]
        if city:
            lines.append((words.say("title.city", lang), city))
    if hidden := unit.data.meta.get("confidential"):
        lines.append((words.say("title.confidential", lang), words.say("title.confidential_separator", lang).join(_say_column(name, lang) for name in hidden)))
    banner = words.say("report.demonstration", lang) if about["demonstration"] else ""
    html = f"<style>{render.stylesheet()}</style>\n" + render.render_title(about["title"], lines, lang, banner)
    plain = "\n".join([about["title"], "=" * text_width(about["title"]), *([banner] if banner else []), *(f"{name}: {value}" for name, value in lines)])
    return {"text/html": html, "text/plain": plain, MIME: about}


def _say_column(name: str, lang: str) -> str:
    """``problems.description`` in words."""
    table, column = name.split(".")
    return words.say("title.confidential_column", lang, {"table": TABLES[table].label(lang), "column": TABLES[table].column(column).label(lang)})


def title_json(unit: Any, lang: str, report: "str | Mapping[str, str]" = "") -> dict[str, Any]:
    """What a report is about; only ``title`` and ``lang`` depend on the language."""
    values = {"unit": unit.label, "year": words.Quantity(unit.year, "year")}
    if isinstance(report, Mapping):
        title = words.fill(report[lang], lang, values)
    else:
        title = words.say(f"report.{report or ('city' if unit.is_city else 'department')}", lang, values)
    return {
        "kind": "report", "lang": lang, "title": title,
        "unit": unit.code, "unit_kind": unit.data.kind, "year": unit.year, "rulebook": unit.rulebook.name, "currency": unit.data.currency,
        "demonstration": bool(unit.data.demonstration),
    }


def section_json(section: Section, lang: str) -> dict[str, Any]:
    """A section for machines: its facts, findings and whole tables; missing values are null, dates ISO, headings in ``lang``."""
    currency = render.currency_of(section)
    facts = {fact.id: fact for fact in (*section.facts, *(fact for finding in section.findings for fact in finding.facts))}
    return {
        "kind": "section" if section.code else "block", "section": section.code, "lang": lang,
        "title": words.say(f"section.{section.code}", lang) if section.code else "",
        "facts": [_clean(fact.as_json()) for fact in facts.values()],
        "findings": [_clean(finding.as_json()) for finding in section.findings],
        "tables": [
            _clean(table_json(block, lang, currency, words.say(f"table.{block.code}", lang, block.values)))
            for block in section.blocks if isinstance(block, Table)
        ],
        **_traced(section),
    }


def _traced(section: Section) -> dict[str, Any]:
    """What the register of facts knows beside the facts: each fact's lines in the submitted files, and those files."""
    for block in section.blocks:
        if isinstance(block, FactList) and block.origins:
            rows = {
                fact.id: [{"file": block.sources[origin.file]["file"], "sheet": origin.sheet, "rows": origin.written_rows()}
                          for origin in dict.fromkeys(one for evidence in fact.evidence for one in block.origins.get(describe(evidence), ()))]
                for fact in block.facts
            }
            return {"rows": {fact: lines for fact, lines in rows.items() if lines}, "sources": [dict(source) for source in block.sources]}
    return {}


def plain_section(section: Section, lang: str) -> str:
    """The section as a terminal shows it."""
    title, currency = words.say(f"section.{section.code}", lang), render.currency_of(section)
    lines = [title, "-" * text_width(title)]
    for block in section.blocks:
        lines += [*_plain_block(block, lang, currency), ""]
    return "\n".join(lines).rstrip()


def _plain_block(block: Block, lang: str, currency: str) -> list[str]:
    match block:
        case Text():
            return [words.say(f"text.{block.code}", lang, block.values)]
        case KeyFigures():
            return [f"{words.say(f'measure.{fact.measure}', lang)}: {fact.written(lang)}" for fact in block.facts]
        case Findings():
            return [line for finding in block.findings for line in _plain_finding(finding, lang)] or [words.say("display.no_findings", lang)]
        case Chart():
            return [f"[{words.say('display.picture', lang)}] {words.say(f'chart.{block.code}.title', lang, block.values)}"]
        case Table():
            view = view_table(block, lang, currency)
            rows = [[column.heading for column in view.columns], *([cell or "–" for cell in row] for row in view.rows())]
            return [words.say(f"table.{block.code}", lang, block.values), *align_rows(rows, [column.numeric for column in view.columns], _WIDEST)]
        case FactList():
            rows = [[words.say(f"measure.{fact.measure}", lang), fact.subject, fact.written(lang)] for fact in block.facts]
            return [words.say("table.facts", lang), *align_rows(rows, [False, False, True], _WIDEST)]
        case Absent():
            return [render.absent_text(block, lang)]
    raise TypeError(f"{type(block).__name__} is not a block of a report; see perfanalysis.display.blocks")


def _plain_finding(finding: Finding, lang: str) -> list[str]:
    says = words.say(f"finding.{finding.code}.says", lang, finding.values)
    lines = [f"[{words.say(f'severity.{finding.severity}', lang)}] {says}"]
    action = render.finding_action(finding)
    if words.has(action, lang):
        lines.append(f"    {words.say('display.recommended', lang)}: {words.say(action, lang, finding.values)}")
    return lines


def _clean(value: Any) -> Any:
    """JSON that any reader takes: no NaN, no dates, no numpy."""
    if isinstance(value, Mapping):
        return {str(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if is_missing(value):
        return None
    if hasattr(value, "item"):
        return _clean(value.item())
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    return value


def _display(bundle: Mapping[str, Any]) -> None:
    from IPython.display import display

    display(dict(bundle), raw=True)
