"""``tables.xlsx``: every table behind a report, each on a sheet of its own, with the headings in every language."""

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

_FORMATS = {"money": "#,##0.00", "ratio": "0.0%", "percentage_points": "0.0%", "points": "0.00", "count": "#,##0", "date": "yyyy-mm-dd"}
#: A workbook says when it was made; ours say this, so that the same tables give the same bytes.
_EPOCH = datetime.datetime(1980, 1, 1)
#: A cell has no room for more characters.
_LONGEST = 32_767


def make_workbook(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """A workbook of ``tables``: for each language the same tables in the same order.

    A table has ``code``, ``caption``, ``columns`` (``name``, ``label``, ``unit``) and ``rows`` (raw values, written to 16 digits). Captions and headings stand in
    every language, one line each; a column whose values are words of a language stands once for each, beside each other. Text that a spreadsheet would take
    for a formula is text.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"author": "perfanalysis", "created": _EPOCH})
        look, names = _looks(book), set()
        first, *others = tables.values()
        for number, table in enumerate(first):
            versions = [table, *(other[number] for other in others if len(other) > number and other[number]["code"] == table["code"])]
            _write_sheet(book.add_worksheet(_sheet_name(table["caption"] or table["code"], names)), versions, look)
        if not names:
            book.add_worksheet("–")
    return content.getvalue()


def _write_sheet(sheet, versions: Sequence[Mapping[str, Any]], look) -> None:
    table, headings = versions[0], len(versions) + 1  # captions, an empty line, then the headings
    body, columns = headings + len(versions), _columns(versions)
    for line, version in enumerate(versions):
        _write(sheet, line, 0, version["caption"], look, bold=True, font_size=13)
    for place, (position, of) in enumerate(columns):
        labels = [version["columns"][position]["label"] if of is None or of is version else None for version in versions]
        for line, label in enumerate(labels):
            _write(sheet, headings + line, place, label, look, bold=True, text_wrap=True, valign="top")
        unit, values = table["columns"][position].get("unit", "text"), [row[position] for row in (of or table)["rows"]]
        shown = {"num_format": _FORMATS[unit]} if unit in _FORMATS else {}
        for line, value in enumerate(values):
            if unit == "date" and isinstance(value, str):
                value = datetime.date.fromisoformat(value[:10])
            _write(sheet, body + line, place, value, look, **({} if isinstance(value, str) else shown))
        texts = [*map(str, values[:50]), *(version["columns"][position]["label"] for version in versions)]
        sheet.set_column(place, place, min(48, max(10, *map(_width, texts)) + 2))
    sheet.freeze_panes(body, 0)


def _looks(book):
    """A cell's look by what it is made of; each is made once a workbook."""
    made: dict[tuple, Any] = {}

    def look(**parts: Any):
        key = tuple(sorted(parts.items()))
        if key not in made:
            made[key] = book.add_format(parts) if parts else None
        return made[key]

    return look


def _write(sheet, line: int, place: int, value: Any, look, **parts: Any) -> None:
    if isinstance(value, str):
        if value[:1] in tuple("=+-@\t\r"):
            # a leading = would become a formula once somebody edits the cell
            parts["quote_prefix"] = True
        # XML has no room for control characters
        sheet.write_string(line, place, re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)[:_LONGEST], look(**parts))
    elif isinstance(value, datetime.date):
        sheet.write_datetime(line, place, value, look(**parts))
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value, look(**parts))
    elif value is not None:
        sheet.write_number(line, place, value, look(**parts))


def _columns(versions: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any] | None]]:
    """The columns of a sheet: place in the table and whose values; of no version where every language has the same."""
    first, columns = versions[0], []
    for position in range(len(first["columns"])):
        same = all([row[position] for row in version["rows"]] == [row[position] for row in first["rows"]] for version in versions[1:])
        columns += [(position, None)] if same else [(position, version) for version in versions]
    return columns


def _sheet_name(caption: str, taken: set[str]) -> str:
    """At most 31 characters, none that a sheet's name may not have, none twice."""
    name = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", caption).strip()[:31].strip() or "–"
    base, number = name, 2
    while name.casefold() in taken:
        tail = f" {number}"
        name, number = base[: 31 - len(tail)] + tail, number + 1
    taken.add(name.casefold())
    return name


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
