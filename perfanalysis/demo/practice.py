"""A small workbook to practise on, with mistakes in it as people make them, and the same workbook without."""

import tempfile
from pathlib import Path
from typing import Any

import yaml

from perfanalysis.tables import TABLES

#: Table → columns of the workbook, in the order of ``practice.yaml``; ``name`` and ``level3`` and ``reason`` stand there in both languages.
_COLUMNS = {
    "units": ("unit", "name", "name_en", "kind"),
    "projects": ("project", "year", "unit", "name", "name_en", "budget_initial", "budget_adjusted", "executed", "self_score"),
    "indicators": ("project", "year", "indicator", "level1", "level3", "level3_en", "nature", "direction", "target", "actual", "weight", "score", "reason"),
}


def practice_folder(folder: str | Path = "") -> Path:
    """The folder for what is made while practising: ``folder``, or where that is empty a new one among the system's temporary files.

    >>> pa.practice_folder(new / "practice").name
    'practice'
    """
    path = Path(folder or tempfile.mkdtemp(prefix="perfanalysis-"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_practice(path: str | Path, lang: str = "en", *, corrected: bool = False) -> Path:
    """Write the workbook to practise on: units, projects and indicators under the official headers of ``lang``, with nine mistakes, or ``corrected``.

    >>> workbook = pa.write_practice(new / "my-city.xlsx", "en")
    >>> len(pa.read_source(workbook).errors) > 0, len(pa.check_source(pa.write_practice(new / "corrected.xlsx", "en", corrected=True)))
    (True, 0)
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    from perfanalysis.sources.template import header_text
    from perfanalysis.sources.xlsx import put, save

    content = load_practice()
    book = Workbook()
    book.remove(book.active)
    for name, rows in _rows(content, lang, corrected).items():
        table = TABLES[name]
        page = book.create_sheet(table.label(lang))
        headers = {column: header_text(table.column(column), lang) for column in _COLUMNS[name]}
        if not corrected:
            headers |= {mistake["column"]: mistake[lang] for mistake in content["mistakes"] if (mistake["table"], mistake["key"]) == (name, "header")}
        for number, column in enumerate(_COLUMNS[name], 1):
            put(page.cell(1, number), headers[column])
            page.cell(1, number).font = Font(bold=True)
            page.column_dimensions[get_column_letter(number)].width = 30 if column in ("name", "name_en", "level3", "level3_en", "reason") else 18
            for place, row in enumerate(rows, 2):
                put(page.cell(place, number), row.get(column))
        page.freeze_panes = "A2"
    return save(book, path)


def load_practice() -> dict[str, Any]:
    """What ``practice.yaml`` says: the rows as they are right, and the mistakes."""
    return yaml.safe_load((Path(__file__).parent / "practice.yaml").read_text(encoding="utf-8"))


def _rows(content: dict[str, Any], lang: str, corrected: bool) -> dict[str, list[dict[str, Any]]]:
    """Table → the rows of its sheet, column → cell."""
    year, words = content["year"], {column: TABLES["indicators"].column(column) for column in ("level1", "nature")}
    kind = TABLES["units"].column("kind").choice_label("department", lang)
    rows = {
        "units": [{"unit": unit, "name": {"zh": zh, "en": en}[lang], "name_en": en, "kind": kind} for unit, zh, en in content["units"]],
        "projects": [
            {"project": project, "year": year, "unit": unit, "name": {"zh": zh, "en": en}[lang], "name_en": en, "budget_initial": initial,
             "budget_adjusted": adjusted, "executed": executed, "self_score": score}
            for project, unit, zh, en, initial, adjusted, executed, score in content["projects"]
        ],
        "indicators": [
            {"project": project, "year": year, "indicator": code, "level1": words["level1"].choice_label(level, lang), "level3": {"zh": zh, "en": en}[lang],
             "level3_en": en, "nature": words["nature"].choice_label("quantitative", lang), "direction": direction, "target": target, "actual": actual,
             "weight": weight, "score": score, "reason": dict(zip(("zh", "en"), reason, strict=False)).get(lang)}
            for project, code, level, zh, en, direction, target, actual, weight, score, *reason in content["indicators"]
        ],
    }
    for mistake in () if corrected else content["mistakes"]:
        _make(mistake, rows[mistake["table"]], lang)
    return rows


def _make(mistake: dict[str, Any], rows: list[dict[str, Any]], lang: str) -> None:
    """Put one mistake into its row, or into a second copy of it."""
    for row in list(rows):
        if mistake["key"] in (row["project"], f"{row['project']}/{row.get('indicator')}"):
            if mistake.get("repeated"):
                rows.append({**row, mistake["column"]: mistake[lang]})
            else:
                row[mistake["column"]] = mistake[lang]
