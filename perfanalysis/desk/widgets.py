"""What the panels are built of: labels in the chosen language, a table that sorts and filters, and a page of the report."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from html import escape
from typing import Any

import ipywidgets
from IPython import get_ipython

from perfanalysis import words
from perfanalysis.display import render
from perfanalysis.display.blocks import Section, Table
from perfanalysis.display.tables import table_frame
from perfanalysis.errors import DataError, PerfAnalysisError
from perfanalysis.tables import TABLES

WIDE = ipywidgets.Layout(width="100%")


def say(code: str, lang: str, **values: Any) -> str:
    return words.say(f"desk.{code}", lang, values)


def dropdown(options: Iterable[tuple[str, Any]], value: Any, width: str = "22rem") -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(options=list(options), value=value, layout=ipywidgets.Layout(width=width), style={"description_width": "7.5rem"})


def set_options(widget: ipywidgets.Dropdown, options: list[tuple[str, Any]], value: Any) -> None:
    """Other options, and which of them is chosen (the first, where ``value`` is none of them). On the way another one is: the panels do not listen then."""
    values = [one for _, one in options]
    value = value if value in values else (values[0] if values else None)
    if list(widget.options) == options and widget.value == value:
        return
    widget.options = options
    widget.value = value


def page(sections: Iterable[Section], lang: str) -> str:
    """Sections as HTML with the style of the reports."""
    return f'<style>{render.stylesheet()}</style>{"".join(render.render(section, lang) for section in sections)}'


def note(text: str) -> str:
    return f'<style>{render.stylesheet()}</style><div class="pa"><p class="absent">{escape(text)}</p></div>'


@contextmanager
def told(show: Callable[[str], None], lang: str):
    """What the library refuses is said in place of a traceback, in the desk's language."""
    try:
        yield
    except PerfAnalysisError as error:
        show(note(error.say(lang) if isinstance(error, DataError) else str(error)))


class Stopwatch:
    """Seconds since it was made, as the desk says them."""

    def __init__(self):
        self._start = time.perf_counter()

    def said(self, lang: str) -> str:
        return f'<small style="color:#55606b">{escape(say("answered", lang, seconds=f"{time.perf_counter() - self._start:.2f}"))}</small>'


class Later:
    """Calls ``do`` with all that changed once nobody has chosen anything for a moment, so that the panel in hand answers first.

    Outside a notebook's kernel (a script, a test) it calls at once: an event loop that runs there is somebody else's.
    """

    def __init__(self, do: Callable[[frozenset[str]], None], seconds: float = 0.4):
        self._do, self._seconds, self._waiting, self._changed = do, seconds, None, set()

    def __call__(self, changed: str) -> None:
        self._changed.add(changed)
        if not hasattr(get_ipython(), "kernel"):
            self._go()
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(self._seconds, self._go)

    def _go(self) -> None:
        changed, self._changed = frozenset(self._changed), set()
        self._do(changed)


def sortable(table: Table, lang: str, currency: str, *, select: bool = False, rows: int = 10):
    """The table as a widget that sorts, searches and pages, whole and offline; with ``select`` a click chooses one row (``selected_rows``)."""
    from itables.widget import ITable

    frame = table_frame(table, lang, currency)
    codes = [place for place, view in enumerate(table.columns) if view.label == "code"]
    names = [place for place, view in enumerate(table.columns) if view.unit == "written"][:1]
    return ITable(frame, caption=words.say(f"table.{table.code}", lang, table.values), showIndex=False, maxBytes=0, select="single" if select else False,
                  classes="display compact", style="table-layout:auto;width:100%;margin:0", text_in_header_can_be_selected=False,
                  language={name: say(f"table.{name}", lang) for name in ("search", "info", "infoEmpty", "infoFiltered", "lengthMenu", "zeroRecords", "emptyTable")}
                  | {"paginate": {"first": "«", "previous": "‹", "next": "›", "last": "»"}, "select": {"rows": ""}},
                  pageLength=rows, lengthMenu=[rows, 25, 100], autoWidth=False,
                  columnDefs=[{"targets": codes, "className": "dt-nowrap"}, {"targets": names, "width": "30%"}])


def relabel(widgets: dict[str, Any], lang: str) -> None:
    """The description of each widget in the desk's language; its code is its key."""
    for code, widget in widgets.items():
        widget.description = say(f"label.{code}", lang)


#: What several lines of a table show beside each other; a single line shows everything.
_SHORT = {
    "indicators": ("project", "indicator", "level3", "level3_en", "target", "target_text", "actual", "actual_text", "reached", "weight", "score", "reason"),
    "projects": ("project", "name", "name_en", "budget_initial", "budget_adjusted", "executed", "execution_score", "self_score"),
    "problems": ("problem", "project", "source", "found_on", "due_on", "closed_on", "amount", "description"),
}


def lines_html(lines, lang: str, most: int = 30) -> str:
    """Lines of the uploaded files, each with its place and what was read from it: one below its place, several in a table."""
    if not lines:
        return f"<p>{escape(say('line.none', lang))}</p>"
    about = {column.name: column for column in TABLES[lines[0].table].columns}

    def cell(line, name: str) -> str:
        return escape(_value(about[name], line.values[name], lang)) if name in line.values else "–"

    if len(lines) == 1:
        head = f"<p><strong>{escape(_place(lines[0], lang))}</strong></p>"
        rows = "".join(f"<tr><th scope='row'>{escape(about[name].label(lang))}</th><td>{cell(lines[0], name)}</td></tr>" for name in lines[0].values)
    else:
        names = [name for name in _SHORT.get(lines[0].table, tuple(about)[:8]) if any(name in line.values for line in lines)]
        # a name in the reader's language, and what was written rather than what was read from it
        names = [name for name in names if not (name.endswith("_en") and lang == "zh") and not (f"{name}_en" in names and lang != "zh") and f"{name}_text" not in names]
        head = ""
        rows = f"<tr><th>{escape(say('line.heading', lang))}</th>{''.join(f'<th>{escape(about[name].label(lang))}</th>' for name in names)}</tr>"
        rows += "".join(f"<tr><th scope='row'>{escape(_place(line, lang))}</th>{''.join(f'<td>{cell(line, name)}</td>' for name in names)}</tr>" for line in lines[:most])
    more = f"<p class='more'>{escape(say('line.more', lang, more=len(lines) - most))}</p>" if len(lines) > most else ""
    return f"<style>{render.stylesheet()}</style><div class='pa'>{head}<div class='scroll'><table>{rows}</table></div>{more}</div>"


def _place(line, lang: str) -> str:
    if not line.known:
        return say("line.unknown", lang)
    return say("line.place_sheet", lang, file=line.file, sheet=line.sheet, row=line.row) if line.sheet else say("line.place", lang, file=line.file, row=line.row)


def _value(column, value: Any, lang: str) -> str:
    """As a person would look for it in the sheet: amounts in full, dates by numbers, codes by their labels."""
    if value in column.choices:
        return column.choice_label(value, lang)
    if column.kind == "money":
        return words.format_quantity(value, "number", lang)
    if column.kind == "date":
        return str(value)[:10]
    if column.kind == "ratio":
        return words.format_quantity(value, "ratio", lang, decimals=2)
    if column.kind == "year":
        return str(int(value))
    if column.kind == "flag":
        return words.say(f"display.flag.{str(bool(value)).lower()}", lang)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return words.format_quantity(value, "number", lang)
    return str(value)


