"""The data model for people: an empty Excel template to fill in, and the data dictionary. Both are made from ``tables.TABLES``."""

from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.sources.xlsx import put, save
from perfanalysis.tables import TABLES, Column, Table

#: Rows that drop-downs reach down to.
ROWS = 5_000
_FORMATS = {"code": "@", "text": "@", "choice": "@", "money": "#,##0.00", "date": "yyyy-mm-dd", "year": "0", "points": "0.##"}
_UNIT_KINDS = ("money", "ratio", "points", "year", "date", "flag")
_FLAGS = {"en": ("yes", "no"), "zh": ("是", "否")}


def write_template(path: str | Path, lang: str = "en") -> Path:
    """Write an empty workbook with a sheet a table, to be filled in and imported.

    Headers are labels of ``lang`` with their units (``*`` marks those that must be filled), each with a note on what it holds; columns with a list of
    values have a drop-down. Codes are formatted as text, so that leading zeros stay. Reading it back needs no source file, in any language.

    >>> pa.write_template(new / "my-city.xlsx", "en").name
    'my-city.xlsx'
    """
    from openpyxl import Workbook

    book = Workbook()
    _readme(book.active, lang)
    choices = book.create_sheet(words.say("template.choices", lang))
    for table in TABLES.values():
        _sheet(book.create_sheet(_title(table, lang)), table, choices, lang)
    # last, and out of the way: only the drop-downs read it
    book.move_sheet(choices, len(TABLES))
    choices.sheet_state = "hidden"
    return save(book, path)


def data_dictionary(lang: str = "en") -> pd.DataFrame:
    """One row per table and column: ``table``, ``column``, ``label``, ``kind``, ``unit``, ``key``, ``required``, ``allowed``, ``aliases``, ``note``.

    ``label``, ``kind``, ``unit``, ``allowed`` and ``note`` are in ``lang``; ``key`` and ``required`` are flags; an empty text means that there is none.
    """
    rows = [
        {
            "table": table.name, "column": column.name, "label": column.label(lang), "kind": words.say(f"dictionary.kinds.{column.kind}", lang),
            "unit": _unit(column, lang), "key": column.name in table.key, "required": column.required, "allowed": _allowed(column, lang),
            "aliases": _aliases(column, lang), "note": column.note_zh if lang == "zh" else column.note_en,
        }
        for table in TABLES.values()
        for column in table.columns
    ]
    return pd.DataFrame(rows)


def dictionary_markdown(lang: str = "en") -> str:
    """The data dictionary as a Markdown page; ``docs/data-dictionary.md`` is this text, and a test keeps it so."""

    def say(code: str, **values: Any) -> str:
        return words.say(f"dictionary.{code}", lang, values)

    columns = ("column", "label", "kind", "unit", "required", "allowed", "aliases", "note")
    lines = [f"# {say('title')}", "", say("intro"), ""]
    for table in TABLES.values():
        frame = data_dictionary(lang).query("table == @table.name")
        lines += [f"## `{table.name}`: {table.label(lang)}", "", say("key", key=", ".join(f"`{key}`" for key in table.key))]
        lines += [say("without", why=table.why(lang)), ""]
        lines += ["| " + " | ".join(say(column) for column in columns) + " |", "|" + " --- |" * len(columns)]
        for row in frame.itertuples():
            cells = (f"`{row.column}`", row.label, row.kind, row.unit, say("yes") if row.required else "", row.allowed, row.aliases, row.note)
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def header_text(column: Column, lang: str) -> str:
    """A column's header in the template: its label, the unit of money, and ``*`` where it must be filled."""
    unit = f" ({_money(lang)})" if column.kind == "money" and lang == "en" else f"（{_money(lang)}）" if column.kind == "money" else ""
    return f"{column.label(lang)}{unit}{'*' if column.required else ''}"


def _money(lang: str) -> str:
    return {"en": "yuan", "zh": "元"}[lang]


def _title(table: Table, lang: str) -> str:
    """A sheet's name may have 31 letters; a longer label has a short one in the catalogue, which is read like the label itself."""
    code = f"template.sheet.{table.name}"
    return words.say(code, lang) if words.has(code, lang) else table.label(lang)


def _readme(page: Any, lang: str) -> None:
    from openpyxl.styles import Alignment, Font

    page.title = words.say("template.readme", lang)
    page.column_dimensions["A"].width = 36
    page.column_dimensions["B"].width = 90
    put(page["A1"], words.say("template.title", lang))
    page["A1"].font = Font(bold=True, size=14)
    put(page["A2"], words.say("template.how", lang))
    page.merge_cells("A2:B2")
    page["A2"].alignment = Alignment(wrap_text=True, vertical="top")
    page.row_dimensions[2].height = 48
    put(page["A4"], words.say("template.sheets", lang))
    page["A4"].font = Font(bold=True)
    for row, table in enumerate(TABLES.values(), 5):
        put(page.cell(row, 1), _title(table, lang))
        page.cell(row, 1).hyperlink = f"#'{_title(table, lang).replace(chr(39), chr(39) * 2)}'!A1"
        put(page.cell(row, 2), table.why(lang))
        page.cell(row, 2).alignment = Alignment(wrap_text=True, vertical="top")


def _sheet(page: Any, table: Table, choices: Any, lang: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for number, column in enumerate(table.columns, 1):
        letter = get_column_letter(number)
        cell = page.cell(1, number)
        put(cell, header_text(column, lang))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFDCE6F1" if column.required else "FFF2F2F2")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        note = _note(table, column, lang)
        cell.comment = Comment(note, "perfanalysis", height=40 + 22 * (note.count("\n") + 1 + len(note) // 45), width=320)
        page.column_dimensions[letter].width = max(12, min(34, 4 + sum(2 if ord(sign) > 255 else 1 for sign in header_text(column, lang))))
        page.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "General")
        texts = _FLAGS[lang] if column.kind == "flag" else [column.choice_label(value, lang) for value in column.choices]
        if texts:
            # other texts with a known meaning are read too, so the drop-down advises and does not forbid
            rule = DataValidation("list", formula1=_listed(choices, texts), allow_blank=True, showErrorMessage=True, errorStyle="warning")
            rule.add(f"{letter}2:{letter}{ROWS}")
            page.add_data_validation(rule)
    page.freeze_panes = "A2"


def _listed(choices: Any, texts: Any) -> str:
    """Put a list of texts into the sheet of choices and return its range: a list inside a rule may only have 255 letters."""
    from openpyxl.utils import get_column_letter

    number = 1 if choices.cell(1, 1).value is None else choices.max_column + 1
    for row, text in enumerate(texts, 1):
        put(choices.cell(row, number), text)
    letter = get_column_letter(number)
    return f"'{choices.title}'!${letter}$1:${letter}${len(texts)}"


def _note(table: Table, column: Column, lang: str) -> str:
    def say(code: str, **values: Any) -> str:
        return words.say(f"template.{code}", lang, values)

    colon = "：" if lang == "zh" else ": "
    lines = [f"{column.name}", f"{say('kind')}{colon}{words.say(f'dictionary.kinds.{column.kind}', lang)}"]
    if unit := _unit(column, lang):
        lines.append(f"{say('unit')}{colon}{unit}")
    if column.name in table.key:
        lines.append(say("key"))
    if column.required:
        lines.append(say("required"))
    if allowed := _allowed(column, lang):
        lines.append(say("allowed", values=allowed) if column.choices else allowed)
    lines += [say("refers", table=TABLES[reference.table].label(lang)) for reference in table.references if reference.columns[0] == column.name]
    if aliases := _aliases(column, lang):
        lines.append(say("other_headers", headers=aliases))
    note = column.note_zh if lang == "zh" else column.note_en
    return "\n".join([*lines, note] if note else lines)


def _unit(column: Column, lang: str) -> str:
    return words.say(f"dictionary.units.{column.kind}", lang) if column.kind in _UNIT_KINDS else ""


def _allowed(column: Column, lang: str) -> str:
    join = words.say("verb.and_list_separator", lang)
    if column.choices:
        return join.join(column.choice_label(value, lang) for value in column.choices)
    bounds = (("range_from", "minimum", column.minimum), ("range_to", "maximum", column.maximum))
    return join.join(words.say(f"template.{code}", lang, {name: f"{bound:g}"}) for code, name, bound in bounds if bound is not None)


def _aliases(column: Column, lang: str) -> str:
    """What else a header may say: the other language's label, then the aliases."""
    other = column.en if lang == "zh" else column.zh
    return words.say("verb.and_list_separator", lang).join(dict.fromkeys([other, *column.aliases]))
