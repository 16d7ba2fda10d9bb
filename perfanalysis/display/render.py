"""A section as HTML: every number a link to its definition and source, all text from the data escaped."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from perfanalysis import words
from perfanalysis.display.blocks import Absent, Block, Chart, FactList, Findings, KeyFigures, Section, Table, Text
from perfanalysis.display.tables import view_table
from perfanalysis.findings import Evidence, Fact, Finding
from perfanalysis.findings.tracing import Origin, describe
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).parent / "templates"
#: A shape for each severity; its word stands beside it and its colour is never alone.
_MARKS = {"serious": "▲", "warning": "◆", "notice": "●", "good": "✓"}
_LEADING_NUMBER = re.compile(r"^([−$]?[\d,.]*\d%?)(.*)$", re.DOTALL)
#: A tag with its attributes, which may have anything between their quotation marks.
_TAG = re.compile(r"""(<[^<>"]*(?:"[^"]*"[^<>"]*)*>)""")
#: Chinese letters with what stands between them: 财预〔2020〕10号 is one stretch.
_CHINESE = re.compile(r"[\u4e00-\u9fff][\u2014\u2018-\u201d\u3000-\u303f\u3400-\u9fff\uff00-\uffef0-9]*")
#: So many ranges of rows are written out in the register of a page; facts.json has them all.
_RANGES = 8
#: Tables of so many columns are set smaller.
_WIDE = 7


def render(section: Section, lang: str) -> str:
    """The HTML of a section in ``lang``: heading, paragraphs, key figures, findings, charts and tables in their order."""
    blocks = [view_block(block, lang, currency_of(section)) for block in section.blocks]
    return mark_chinese(_macro("section")({"code": section.code, "title": words.say(f"section.{section.code}", lang), "blocks": blocks}), lang)


def render_block(block: Block, lang: str, currency: str = "CNY") -> str:
    """The HTML of one block, outside a section."""
    return mark_chinese(f'<div class="pa">{_macro("one")(view_block(block, lang, currency))}</div>', lang)


def render_title(title: str, about: Iterable[tuple[str, str]], lang: str, banner: str = "") -> str:
    """The head of a report: its title, what it is about in pairs of name and value, and a banner for demonstration data."""
    return mark_chinese(_macro("title")({"title": title, "about": list(about), "banner": banner}), lang)


def mark_chinese(html: str, lang: str) -> str:
    """``html`` with every stretch of Chinese marked as such, where the page is in another language: it is quoted from the data or a document's name,
    and a reader who listens hears it in Chinese."""
    if lang == "zh" or not _CHINESE.search(html):
        return html
    parts = _TAG.split(html)
    parts[::2] = [_CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', part) for part in parts[::2]]
    return "".join(parts)


def stylesheet() -> str:
    """The style of sections, used by the notebook and by the exported page alike."""
    return (_FOLDER / "blocks.css").read_text(encoding="utf-8")


def fact_anchor(fact: Fact) -> str:
    """The id that the register of facts gives to the row of ``fact``."""
    return "fact-" + re.sub(r"\s", "_", fact.id)


def say_html(code: str, lang: str, values: Mapping[str, Any]) -> Markup:
    """A sentence of the catalogue as HTML: facts are links to their row in the register, everything else is escaped."""
    return Markup(words.say(code, lang, values, write=lambda _, value, written: _value_html(value, lang, written), text=lambda piece: str(escape(piece))))


def currency_of(section: Section) -> str:
    """The currency of the section's money: that of its facts."""
    return next((fact.currency for fact in section.facts if fact.unit == "money"), next((fact.currency for fact in section.facts), "CNY"))


def view_block(block: Block, lang: str, currency: str) -> dict[str, Any]:
    """What the template needs to write one block."""
    match block:
        case Text():
            return {"kind": "text", "html": say_html(f"text.{block.code}", lang, block.values)}
        case KeyFigures():
            return {"kind": "figures", "figures": [{"label": words.say(f"measure.{fact.measure}", lang), "html": _large(fact, lang)} for fact in block.facts]}
        case Findings():
            return {"kind": "findings", "findings": [_view_finding(finding, lang) for finding in block.findings],
                    "recommended": words.say("display.recommended", lang), "nothing": words.say("display.no_findings", lang)}
        case Chart():
            return {"kind": "chart", "title": say_html(f"chart.{block.code}.title", lang, block.values),
                    "alt": words.say(f"chart.{block.code}.alt", lang, block.values), **_view_picture(block, lang)}
        case Table():
            return _view_table(block, lang, currency)
        case FactList():
            return {"kind": "facts", "name": words.say("table.facts", lang), "facts": [_view_fact(fact, lang, block) for fact in block.facts],
                    "sources": [{"anchor": f"source-{place}", **source} for place, source in enumerate(block.sources)],
                    "sources_name": words.say("table.sources", lang),
                    "sources_headings": [words.say(f"column.{name}", lang) for name in ("file", "sha256")],
                    "headings": [words.say(f"fact_column.{name}", lang) for name in ("number", "subject", "value", "definition", "origin")]}
        case Absent():
            return {"kind": "absent", "text": absent_text(block, lang)}
    raise TypeError(f"{type(block).__name__} is not a block of a report; see perfanalysis.display.blocks")


def absent_text(block: Absent, lang: str) -> str:
    """Which table or column is missing, and why a reader would miss it."""
    table = TABLES[block.table]
    values = {"table": table.label(lang), "why": table.why(lang)}
    if not block.column:
        return words.say("display.absent_table", lang, values)
    return words.say("display.absent_column", lang, values | {"column": table.column(block.column).label(lang)})


def finding_action(finding: Finding) -> str:
    """The code of what is recommended."""
    return f"finding.{finding.code}.action"


def origin_text(evidence: Evidence, lang: str) -> str:
    """``Projects (Unit code 101, Year 2020): Executed``"""
    known = TABLES.get(evidence.table)
    table = known.label(lang) if known else words.say(f"evidence_table.{evidence.table}", lang)
    names = {column.name: column.label(lang) for column in known.columns} if known else {}
    key = words.say("fact_column.key_separator", lang).join(
        words.say("fact_column.key", lang, {"name": names.get(name) or _column_words(name, lang) or name,
                                            "value": words.say("fact_column.whole", lang) if value is None else _key_value(known, name, value, lang)})
        for name, value in evidence.keys.items()
    )
    column = names.get(evidence.column) or _column_words(evidence.column, lang)
    values = {"table": table, "keys": key, "column": column}
    return words.say("fact_column.rows" if column else "fact_column.rows_only", lang, values) if key else table


def _key_value(table: Any, name: str, value: Any, lang: str) -> str:
    if isinstance(value, list | tuple):
        return words.say("verb.and_list_separator", lang).join(_key_value(table, name, part, lang) for part in value)
    if table is not None and name in table.names and value in (choices := table.column(name)).choices:
        return choices.choice_label(value, lang)
    if name == "key_area" and isinstance(value, str):
        return _say_code(value, lang)
    return words.write_value(value, lang)


def _column_words(name: str, lang: str) -> str:
    for code in (f"column.{name}", f"measure.{name}"):
        if words.has(code, lang):
            return words.say(code, lang)
    for table in TABLES.values():
        if name in table.names:
            return table.column(name).label(lang)
    return ""


def _value_html(value: Any, lang: str, written: str = "") -> str:
    if isinstance(value, Fact):
        # as the sentence has it: "no project" stands for a zero
        return str(_link(value, escape(written or value.written(lang))))
    if isinstance(value, list | tuple):
        return str(escape(words.say("verb.and_list_separator", lang))).join(_value_html(part, lang) for part in value)
    # a name from the data or a rule: digits in it are part of the name, not a number that the report states
    return str(Markup('<span class="name">{}</span>').format(words.write_value(value, lang)))


def _link(fact: Fact, inner: Markup) -> Markup:
    return Markup('<a class="fact" href="#{}">{}</a>').format(quote(fact_anchor(fact)), inner)


def _large(fact: Fact, lang: str) -> Markup:
    """A key figure: the digits large, the unit small."""
    match = _LEADING_NUMBER.match(fact.written(lang))
    if not match or fact.unit == "date":
        return _link(fact, escape(fact.written(lang)))
    unit = match[2] or ("" if fact.unit != "points" else ("" if lang == "zh" else " ") + words.say("display.points_column", lang))
    return _link(fact, Markup("{}<small>{}</small>").format(match[1], unit) if unit else escape(match[1]))


def _view_finding(finding: Finding, lang: str) -> dict[str, Any]:
    action = finding_action(finding)
    return {
        "severity": finding.severity, "mark": _MARKS[finding.severity], "word": words.say(f"severity.{finding.severity}", lang),
        "html": say_html(f"finding.{finding.code}.says", lang, finding.values),
        "action": say_html(action, lang, finding.values) if words.has(action, lang) else "",
    }


def _view_picture(chart: Chart, lang: str) -> dict[str, Any]:
    from perfanalysis.display.picture import picture

    figure = chart.draw(chart.frame, lang)
    width, height = figure.get_size_inches() * 100
    return {"src": Markup(picture(figure)), "width": round(width), "height": round(height)}


def _view_table(table: Table, lang: str, currency: str) -> dict[str, Any]:
    view = view_table(table, lang, currency)
    more = words.say("display.more_rows", lang, {"shown": Quantity(view.shown, "count"), "all": Quantity(view.total, "count")}) if view.total > view.shown else ""
    return {"kind": "table", "view": view, "caption": say_html(f"table.{table.code}", lang, table.values), "wide": len(view.columns) >= _WIDE,
            "name": words.say(f"table.{table.code}", lang, table.values), "missing": words.say("display.missing", lang), "more": more}


def _view_fact(fact: Fact, lang: str, register: FactList) -> dict[str, Any]:
    separator = Markup(escape(words.say("fact_column.origin_separator", lang)))
    parts = [escape(origin_text(evidence, lang)) for evidence in fact.evidence]
    if fact.id in register.cites:
        parts.append(escape(register.cites[fact.id].written(lang)))
    found = {origin: None for evidence in fact.evidence for origin in register.origins.get(describe(evidence), ())}
    parts += [_rows_html(origin, register, lang) for origin in found]
    origins = separator.join(parts)
    return {
        "anchor": fact_anchor(fact), "label": words.say(f"measure.{fact.measure}", lang), "subject": _say_subject(fact.subject, lang) if fact.scope == "own" else words.say(f"fact_scope.{fact.scope}", lang),
        "value": fact.written(lang), "definition": words.say(f"method.{fact.method}", lang), "origin": origins or "–",
    }


def _say_subject(subject: str, lang: str) -> str:
    """``101``, or ``whole city · special treasury bonds``: what is a code of ours is said in words, a code of the data stays."""
    return words.say("fact_subject.separator", lang).join(_say_code(part, lang) for part in subject.split("."))


def _say_code(code: str, lang: str) -> str:
    for prefix in ("fact_subject", "key_area", "grade", "chain_step", "sign", "measure"):
        if words.has(f"{prefix}.{code}", lang):
            return words.say(f"{prefix}.{code}", lang)
    for column in ("account", "funding"):
        if code in TABLES["projects"].column(column).choices:
            return TABLES["projects"].column(column).choice_label(code, lang)
    return code


def _rows_html(origin: Origin, register: FactList, lang: str) -> Markup:
    """``projects.csv, rows 2–7, 9``, the file a link to its line in the list of files."""
    source = register.sources[origin.file]
    values = {"file": source["file"], "sheet": origin.sheet, "rows": origin.written_rows(_RANGES)}
    text = words.say("fact_column.lines_of_sheet" if origin.sheet else "fact_column.lines", lang, values)
    return Markup('<a class="rows" href="#source-{}">{}</a>').format(origin.file, text)


@cache
def _environment() -> "jinja2.Environment":
    import jinja2

    return jinja2.Environment(loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=False)


def _macro(name: str):
    macro = getattr(_environment().get_template("blocks.html.j2").module, name)
    return lambda value: str(macro(value))
