"""Where things stand on a form: the cells of a sheet with their merged ranges, and the labels by which blocks are found.

Nothing is looked up by a fixed address: bureaus move columns, add rows and merge cells, but they keep the words of the official form
(财预〔2020〕10号, annex: 项目支出绩效自评表).
"""

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from perfanalysis import words
from perfanalysis.sources.grid import _percent_cells as percent_cells
from perfanalysis.sources.grid import cells_without_value
from perfanalysis.sources.text import is_missing_text, money_scale
from perfanalysis.tables import TABLES, fold_header

SUFFIXES = (".xlsx", ".xlsm", ".xls")

#: Labels of the header block beside those of the catalogues: field → folded text that means it (whole cell).
HEADER = {
    "project": r"项目编码|项目代码|项目编号",
    "name": r"项目名称|项目支出名称|政策项目名称",
    "department": r"主管部门|主管单位|主管部门及代码|部门名称|预算部门",
    "implementing": r"实施单位|项目实施单位|项目单位|预算单位|单位名称|填报单位|资金使用单位",
    "unit": r"单位编码|部门编码|预算单位编码|单位代码|主管部门代码|主管部门编码",
    "year": r"年度|预算年度|评价年度|自评年度",
    "as_of": r"监控时点|监控日期|监控截止日期",
}
MONEY = {
    "score": r".*得分",
    "execution_rate_stated": r"(预算)?(资金)?执行率|支出进度",
    "budget_initial": r"年初预算数?|年初预算安排数?",
    "budget_adjusted": r"全年预算数?|调整后?预算数?|预算数|预算安排数?|预算资金",
    "executed": r"全年执行数?|(实际)?执行数|实际支出数?|支出数|全年支出数?",
    "weight": r"分值|权重",
}
INDICATORS = {
    "level1": r"一级指标|一级",
    "level2": r"二级指标|二级",
    "level3": r"三级指标|三级|指标名称|三级指标名称|指标内容",
    "reason": r".*(原因|改进措施|整改措施).*",
    "weight": r"(指标)?(分值|权重)",
    "score": r".*得分|自评分数?",
    "actual": r".*(完成值|实际值|实现值|完成情况).*",
    "target": r".*(指标值|目标值|预期值|计划值).*",
    "direction": r"指标方向|指标?符号|运算符号",
    "measure": r"计量单位|度量单位|指标值单位",
    "indicator": r"指标编码|指标代码|指标序号|序号",
    "nature": r"指标性质|指标类型",
}
#: The monitoring form (项目支出绩效目标执行监控表): the months stand in the words.
_MONTHS = r"(\d{1,2}[-–—~至])?\d{1,2}月份?"
MONITORED_MONEY = {
    "projected": r"(预计)?全年预计执行数|预计全年执行数|预计执行数",
    "executed_to_date": rf"({_MONTHS}|累计|截至.*)执行数|executed,months?.*",
    "rate": rf"({_MONTHS}|累计|截至.*)执行率|executionrate,months?.*",
    "budget_initial": MONEY["budget_initial"],
    "budget_adjusted": MONEY["budget_adjusted"],
}
MONITORED = {
    **{name: INDICATORS[name] for name in ("level1", "level2", "level3", "indicator")},
    "expected": r"全年预计完成情况|预计全年完成情况|全年预计完成值|预计完成值",
    "actual_to_date": rf"({_MONTHS}|目前|累计|截至.*)?(执行情况|完成情况|完成值|实际完成值)|achieved,months?.*",
    "target": INDICATORS["target"],
    "rectification_needed": r"是否需要整改|是否整改",
    "advice": r"整改建议|整改意见",
    "result": r"整改结果|整改情况",
}
EXPLANATION = r"原因说明"
TOTAL = r"总分|合计|总计|总得分|自评总分|自评得分|得分合计|合计得分|综合得分"
GOALS = r"(年度)?(总体|绩效|总体绩效)目标(完成情况)?|年度绩效总体目标"
# 2022年度, 2022年 and 2022, but not the year of a day (2022年3月)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\s*年\s*度|\s*年(?!\s*\d)|(?!\d|\s*年|[-/.]\d))")
_BRACKETS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Cell:
    """One filled cell (the top left one of a merged range): where it stands and how far it reaches, rows and columns from 1."""

    row: int
    column: int
    last_row: int
    last_column: int
    value: Any
    percent: bool = False

    @property
    def address(self) -> str:
        return address(self.row, self.column)

    @cached_property
    def text(self) -> str:
        return shown(self.value, percent=self.percent)

    @cached_property
    def label(self) -> str:
        return fold_header(self.text)


@dataclass(frozen=True)
class Grid:
    """The filled cells of (a part of) one sheet, in reading order."""

    file: str
    sheet: str
    cells: tuple[Cell, ...]

    @cached_property
    def _covering(self) -> dict[tuple[int, int], Cell]:
        return {
            (row, column): cell
            for cell in self.cells
            for row in range(cell.row, cell.last_row + 1)
            for column in range(cell.column, cell.last_column + 1)
        }

    @cached_property
    def rows(self) -> dict[int, list[Cell]]:
        """Row → the cells that begin in it, left to right."""
        rows: dict[int, list[Cell]] = {}
        for cell in self.cells:
            rows.setdefault(cell.row, []).append(cell)
        return rows

    def at(self, row: int, column: int | None) -> Cell | None:
        """The cell that covers a place, merged ranges included."""
        return None if column is None else self._covering.get((row, column))

    def right_of(self, cell: Cell) -> Iterator[Cell]:
        """The cells to the right in the same row, nearest first."""
        return (other for other in self.rows[cell.row] if other.column > cell.last_column)

    def part(self, first: int, last: int) -> "Grid":
        return Grid(self.file, self.sheet, tuple(cell for cell in self.cells if first <= cell.row <= last))


def read_grids(path: Path, name: str, *, rows: int | None = None) -> list[Grid]:
    """Every sheet of a workbook as a grid of the file ``name``; sheets without any text are left out; with ``rows``, only their beginning.

    A workbook of before 2007 (.xls) gives no number formats: a percentage comes as its ratio.
    """
    return [grid for grid in _grids(path, name, rows) if grid.cells]


def address(row: int, column: int) -> str:
    """A cell as Excel calls it.

    >>> address(14, 28)
    'AB14'
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def shown(value: Any, *, percent: bool = False) -> str:
    """A cell's value as its reader sees it, with every digit that is stored."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        number = Decimal(repr(value)) * (100 if percent else 1)
        written = format(number, "f")
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return f"{written}%" if percent else written
    return str(value).strip()


def field_of(cell: Cell, fields: dict[str, str], block: str) -> str | None:
    """The first field whose words the cell's label is, by the patterns, the catalogues and the headers of our tables."""
    for field, pattern in fields.items():
        if cell.label in _known_words(block, field) or re.fullmatch(pattern, cell.label):
            return field
    return None


def is_label(cell: Cell, code: str, pattern: str) -> bool:
    """Whether the cell is the label ``form.label.<code>`` of a catalogue, or matches ``pattern``."""
    return cell.label in _in_catalogues(code) or bool(re.fullmatch(pattern, cell.label))


def year_in(text: str) -> int | None:
    """The one year that a title names: ``（2022年度）``; none where there is none or more than one."""
    text = unicodedata.normalize("NFKC", text)
    if re.search(r"\d{4}\s*年?\s*[-—–~至到]+\s*\d{4}", text):
        return None
    years = {int(match[1]) for match in _YEAR.finditer(text)}
    return years.pop() if len(years) == 1 else None


def year_of_title(texts: list[str]) -> int | None:
    """The year of a form by what stands above its header block: 年度 decides; the day on which it was filled in says nothing."""
    told = [unicodedata.normalize("NFKC", text) for text in texts]
    told = [text for text in told if not re.search("日期|时间|date", text, re.IGNORECASE)]
    said = [year_in(text) for text in [*filter(lambda text: re.search(r"年\s*度|year", text), told), *told]]
    return next((year for year in said if year), None)


def money_unit_in(text: str) -> tuple[str, float] | None:
    """The unit of money that a header names, and how many yuan it is.

    >>> money_unit_in("项目资金（万元）"), money_unit_in("单位：元"), money_unit_in("执行数（B）")
    (('万元', 10000.0), ('元', 1.0), None)
    """
    text = unicodedata.normalize("NFKC", text)
    inside = [part for group in _BRACKETS.findall(text) for part in re.split(r"[,、;:/]", group)]
    after = re.findall(r"单位\s*:\s*(?:人民币)?\s*(\S+)", text) + re.findall(r"(?:百万|千万|亿|万|千)?元$", text.strip())
    for part in (*inside, *after):
        scale = money_scale(part.strip()) if part.strip() else None
        if scale is not None:
            return part.strip(), scale
    return None


def points_in(text: str) -> float | None:
    """Points that a label names: ``产出指标（50分）``."""
    match = re.search(r"(\d+(?:\.\d+)?)\s*(?:分|points?)", unicodedata.normalize("NFKC", text))
    return float(match[1]) if match else None


def is_blank(cell: Cell | None) -> bool:
    return cell is None or is_missing_text(cell.text)


@cache
def _known_words(block: str, field: str) -> frozenset[str]:
    """Folded labels of a field: the catalogues' (``form.<block>.<field>``) and, for a table's column, its headers."""
    # the monitoring form has the labels of the other one, and some of its own
    codes = [f"form.{name}.{field}" for name in {"monitored": ("monitored", "indicators"), "monitored_money": ("monitored_money", "money")}.get(block, (block,))]
    folded = {
        fold_header(words.say(code, lang))
        for lang in words.languages()
        for code in codes
        # a label with the months in it is found by its pattern
        if words.has(code, lang) and not words.placeholders(code, lang)
    }
    for table in {"money": ("projects",), "indicators": ("indicators",)}.get(block, ()):
        if field in TABLES[table].names and field != "level3":
            folded |= TABLES[table].column(field).headers()
    return frozenset(folded)


@cache
def _in_catalogues(code: str) -> frozenset[str]:
    return frozenset(fold_header(words.say(f"form.label.{code}", lang)) for lang in words.languages())


def _grids(path: Path, file: str, rows: int | None) -> Iterator[Grid]:
    from python_calamine import CalamineWorkbook

    percents, typed, broken = percent_cells(path), _typed_as_formula(path), cells_without_value(path)
    with CalamineWorkbook.from_path(str(path)) as book:
        for position, name in enumerate(book.sheet_names):
            sheet = book.get_sheet_by_index(position)
            reach = {(top + 1, left + 1): (bottom + 1, right + 1) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()}
            percent = {(row + 1, column + 1): factor for row, column, factor in percents.get(position, ())}
            without = {(row + 1, column + 1): text for row, column, text in broken.get(position, ())}
            cells = []
            for row, line in enumerate(sheet.to_python(skip_empty_area=False, nrows=rows), start=1):
                for column, value in enumerate(line, start=1):
                    value = typed.get((name, row, column), without.get((row, column), value))
                    if value is not None and str(value).strip():
                        factor = percent.get((row, column)) if isinstance(value, int | float) else None
                        if factor == 1:
                            # the sign is only text behind the number: 86.18 and not 0.8618 is 86.18 %
                            value = f"{shown(value)}%"
                        cells.append(Cell(row, column, *reach.get((row, column), (row, column)), value, factor == 100))
            yield Grid(file, name, tuple(cells))


def _typed_as_formula(path: Path) -> dict[tuple[str, int, int], str]:
    """``=100%`` typed into a target cell is what the person wrote; any other formula stands for its stored result."""
    from openpyxl import load_workbook

    if path.suffix.lower() == ".xls" or not _has_formulas(path):
        return {}
    return {
        (sheet.title, cell.row, cell.column): cell.value
        for sheet in load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" and isinstance(cell.value, str) and re.fullmatch(r"=\s*[\d.,]+\s*%?", cell.value)
    }


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(re.search(rb"<f[ >]", archive.read(name)) for name in sheets)
