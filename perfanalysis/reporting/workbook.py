"""``tables.xlsx``: every table behind a report, each on a sheet of its own, with the headings in every language."""

import datetime
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

_FORMATS = {"money": "#,##0.00", "ratio": "0.0%", "percentage_points": "0.0%", "points": "0.00", "count": "#,##0", "date": "yyyy-mm-dd"}
#: A workbook says when it was made; ours say this, so that the same tables give the same bytes.
_EPOCH = datetime.datetime(1980, 1, 1)


def make_workbook(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """A workbook of ``tables``: for each language the same tables in the same order.

    A table has ``code``, ``caption``, ``columns`` (``name``, ``label``, ``unit``) and ``rows`` (raw values). Captions and headings stand in every
    language, one line each; a column whose values are words of a language stands once for each, beside each other. Text that a spreadsheet would take for
    a formula is text.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book, wrapped = Workbook(), Alignment(wrap_text=True, vertical="top")
    book.remove(book.active)
    first, *others = tables.values()
    names: set[str] = set()
    for number, table in enumerate(first):
        versions = [table, *(other[number] for other in others if len(other) > number and other[number]["code"] == table["code"])]
        sheet = book.create_sheet(_sheet_name(table["caption"] or table["code"], names))
        headings = len(versions) + 2  # captions, an empty line, then the headings
        columns = _columns(versions)
        for line, version in enumerate(versions):
            _write_row(sheet, 1 + line, [version["caption"]], font=Font(bold=True, size=13))
            labels = [version["columns"][position]["label"] if of is None or of is version else None for position, of in columns]
            _write_row(sheet, headings + line, labels, font=Font(bold=True), align=wrapped)
        body = headings + len(versions)
        units = [table["columns"][position].get("unit", "text") for position, _ in columns]
        for line in range(len(table["rows"])):
            _write_row(sheet, body + line, [(of or table)["rows"][line][position] for position, of in columns], units=units)
        sheet.freeze_panes = sheet.cell(body, 1)
        for place, (position, of) in enumerate(columns, start=1):
            texts = [str(row[position]) for row in (of or table)["rows"][:50]] + [version["columns"][position]["label"] for version in versions]
            sheet.column_dimensions[sheet.cell(headings, place).column_letter].width = min(48, max(10, *map(_width, texts)) + 2)
    if not names:
        book.create_sheet("–")
    return _without_dates(book)


def _columns(versions: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any] | None]]:
    """The columns of a sheet: place in the table and whose values; of no version where every language has the same."""
    first, columns = versions[0], []
    for position in range(len(first["columns"])):
        same = all([row[position] for row in version["rows"]] == [row[position] for row in first["rows"]] for version in versions[1:])
        columns += [(position, None)] if same else [(position, version) for version in versions]
    return columns


def _write_row(sheet, line: int, values: Sequence[Any], *, units: Sequence[str] = (), font=None, align=None) -> None:
    for position, value in enumerate(values):
        if value is None:
            continue
        cell = sheet.cell(line, position + 1)
        unit = units[position] if units else "text"
        if unit == "date" and isinstance(value, str):
            value = datetime.date.fromisoformat(value[:10])
        if isinstance(value, str):
            # XML has no room for control characters, and a leading = would become a formula
            cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
            cell.data_type = "s"
            cell.quotePrefix = value[:1] in tuple("=+-@\t\r")
        else:
            cell.value = value
            cell.number_format = _FORMATS.get(unit, "General")
        if font is not None:
            cell.font = font
        if align is not None:
            cell.alignment = align


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


def _without_dates(book) -> bytes:
    """The workbook's bytes with the time of writing taken out, in its properties and in the archive."""
    raw, clean = io.BytesIO(), io.BytesIO()
    book.properties.creator = "perfanalysis"
    book.properties.created = _EPOCH
    book.save(raw)
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as write:
        for name in sorted(read.namelist()):
            content = read.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            about = zipfile.ZipInfo(name, _EPOCH.timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            write.writestr(about, content)
    return clean.getvalue()
