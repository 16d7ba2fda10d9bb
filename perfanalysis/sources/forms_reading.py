"""One filled form, from the cells of a sheet to rows: the blocks are found by their labels, and what is missing is named with its cell."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfanalysis.errors import Problem
from perfanalysis.sources import forms_values
from perfanalysis.sources.drafts import Label
from perfanalysis.sources.forms_codes import derive_project_code, derive_unit_code, plain_name
from perfanalysis.sources.forms_layout import (
    GOALS,
    HEADER,
    INDICATORS,
    MONEY,
    TOTAL,
    Cell,
    Grid,
    field_of,
    is_blank,
    is_label,
    money_unit_in,
    points_in,
    year_in,
    year_of_title,
)
from perfanalysis.sources.raw import ORIGIN
from perfanalysis.tables import TABLES

_MONEY_COLUMNS = ("budget_initial", "budget_adjusted", "executed")
_TOTAL_FUNDS = re.compile(r".*(总额|合计|总计|总数|totalfunds).*")
_PART_FUNDS = re.compile(
    r"(其中|ofwhich).*|.*(财政拨款|上年结转|结转结余|其他资金|中央|省级|市级|区级|县级|上级|本级|自有资金|fiscalappropriation|carriedover|otherfunds).*"
)
_PLACEHOLDER = re.compile(r"(指标\d*|…+|\.{3,}|-+|—+)?")
_CODED_NAME = re.compile(r"[\[【(]?(?P<code>\d{3,})[\]】)]?\s*[-—_\s]*(?P<name>\D.*)")


def split_forms(grid: Grid) -> list[Grid]:
    """The forms of one sheet: each begins after the last one's total, and has a project's name and a table of indicators or money."""
    named = sorted({_labelled(cell).row for cell in grid.cells if _labelled(cell) and _header_field(cell)[0] == "name"})
    if not named:
        return []
    starts = [min(grid.rows)]
    for before, row in itertools.pairwise(named):
        ends = [cell.row for cell in grid.cells if before < cell.row < row and is_label(cell, "total", TOTAL)]
        starts.append(max(ends) + 1 if ends else row)
    bounds = zip(starts, [*[start - 1 for start in starts[1:]], max(grid.rows)], strict=True)
    parts = [grid.part(first, last) for first, last in bounds]
    return [part for part in parts if _has_block(part)]


def _has_block(grid: Grid) -> bool:
    """Whether indicators or money are headed below the project's name; an ordinary list has 项目名称 in its head itself."""
    heads = (find_head(grid, INDICATORS, "indicators", ("level3",), 3), find_head(grid, MONEY, "money", (), 2, _MONEY_COLUMNS))
    named = {cell.row for cell in grid.cells if _labelled(cell) and _header_field(cell)[0] == "name"}
    return any(head is not None and not named & {cell.row for cell in head[1].values()} for head in heads)


def _labelled(cell: Cell) -> Cell | None:
    return cell if _header_field(cell) else None


def _header_field(cell: Cell) -> tuple[str, str] | None:
    """The header field that a cell labels, and the value where it stands in the same cell (``项目名称：道路维修``)."""
    known = field_of(cell, HEADER, "label")
    if known:
        return known, ""
    before, colon, after = unicodedata.normalize("NFKC", cell.text).partition(":")
    if colon and after.strip():
        known = field_of(Cell(cell.row, cell.column, cell.last_row, cell.last_column, before), HEADER, "label")
        # the text as typed, not folded: full width belongs to the name
        return (known, re.split("[:：]", cell.text, maxsplit=1)[1].strip()) if known else None
    return None


def find_head(
    grid: Grid, fields: Mapping[str, str], block: str, needed: tuple[str, ...], least: int, of: Iterable[str] = ()
) -> tuple[int, dict[str, Cell]] | None:
    """The first row that heads a table: the needed fields and at least ``least`` of ``of`` (or of all); last row of the head, its cells."""
    for cells in grid.rows.values():
        heads: dict[str, Cell] = {}
        for cell in cells:
            known = field_of(cell, fields, block)
            if known and known not in heads:
                heads[known] = cell
        if all(name in heads for name in needed) and len(set(of or fields) & set(heads)) >= least:
            return max(cell.last_row for cell in heads.values()), heads
    return None


@dataclass
class FormReader:
    """One form while it is read; ``problems`` grow."""

    grid: Grid
    default_year: int | None
    default_money: float | None
    known_units: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    derived: bool = False

    def report(
        self, code: str, cell: Cell | None = None, column: str = "", table: str = "projects", severity: str = "warning", **values: Any
    ) -> None:
        about = {"cell": cell.address} if cell else {}
        if column:
            about["name"] = Label(TABLES[table].column(column))
        self.problems.append(Problem(
            code, severity, self.grid.file, self.grid.sheet, cell.row if cell else None, column, cell.text if cell else None, table,
            {**about, **values},
        ))

    def read(self) -> dict[str, Any]:
        """Its rows: ``units`` and ``projects`` and ``forms`` (one each), ``indicators`` (many)."""
        header, key, unit, row = self._identify()
        money = self._money()
        indicators, total = self._indicators()
        return {
            "units": self._unit_row(unit, header, row),
            "projects": {
                **key, "unit": unit, "name": header.get("name"),
                **{name: money.get(name) for name in (*_MONEY_COLUMNS, "execution_rate_stated", "execution_score")},
                "self_score": total, **self._origin(row),
            },
            "indicators": [{**key, **line} for line in indicators],
            "forms": {
                **key, "unit": unit, "implementing": header.get("implementing"), "unit_of_money": money.get("unit_of_money"),
                "execution_points": money.get("execution_points"), **self._goals(), **self._origin(row),
            },
        }

    def _identify(self) -> tuple[dict[str, Any], dict[str, Any], str | None, int]:
        """The header block, the project's key, its unit's code, and the row where the form says what it is about."""
        header, named = self._header()
        unit_name = _unit_name(header)
        unit, project = header.get("unit", ""), header.get("project", "")
        if unit_name and not unit:
            unit = self.known_units.get(plain_name(unit_name)) or derive_unit_code(unit_name)
        if unit_name and header.get("name") and not project:
            project = derive_project_code(unit_name, header["name"])
            self.derived = True
        year = header.get("year") or self.default_year
        for part, value in (("name", header.get("name")), ("unit", unit_name), ("year", year)):
            if not value:
                self.report("form_missing_part", column=part, severity="error")
        return header, {"project": project or None, "year": year}, unit or None, named.row if named else min(self.grid.rows)

    def _unit_row(self, unit: str | None, header: Mapping[str, Any], row: int) -> dict[str, Any]:
        return {"unit": unit, "name": _unit_name(header) or None, "kind": "department", **self._origin(row)}

    def _origin(self, row: int) -> dict[str, Any]:
        return dict(zip(ORIGIN, (self.grid.file, self.grid.sheet, row), strict=True))

    def _header(self) -> tuple[dict[str, Any], Cell | None]:
        found: dict[str, Any] = {}
        named = None
        for cell in self.grid.cells:
            labelled = _header_field(cell)
            if labelled is None or labelled[0] in found:
                continue
            name, value = labelled
            if not value:
                value = next((other.text for other in self.grid.right_of(cell) if not is_blank(other)), "")
                beside = next((other for other in self.grid.right_of(cell)), None)
                if beside is not None and _header_field(beside):
                    value = ""
            if value:
                found[name] = value
            if name == "name":
                named = cell
            if name == "department" and "代码" in cell.label and (match := _CODED_NAME.fullmatch(value)):
                found.setdefault("unit", match["code"])
                found["department"] = match["name"].strip()
        if "year" in found:
            found["year"] = year_in(str(found["year"]))
        if not found.get("year"):
            above = [cell.text for cell in self.grid.cells if named is None or cell.row < named.row]
            found["year"] = year_of_title(above)
        return found, named

    def _money(self) -> dict[str, Any]:
        head = find_head(self.grid, MONEY, "money", (), 2, _MONEY_COLUMNS)
        if head is None:
            self.report("form_no_money")
            return {}
        last, heads = head
        first_column = min(heads[name].column for name in _MONEY_COLUMNS if name in heads)
        lines = self._money_lines(last, first_column)
        total = next((line for line in lines if line[1] == "total"), lines[0] if lines and lines[0][1] == "other" else None)
        labels = [cell for line in lines for cell in line[2]]
        block = [cell for cell in self.grid.cells if cell.column < first_column and cell.row <= last <= cell.last_row]
        parts = [line for line in lines if line[1] == "part"]
        if total is None:
            self.report("form_no_total_funds", next(iter(heads.values())))
            return {}
        read: dict[str, Any] = {}
        for name in _MONEY_COLUMNS:
            if name not in heads:
                continue
            unit = self._money_unit(heads[name], [*block, *labels], heads)
            cell = self.grid.at(total[0], heads[name].column)
            read["unit_of_money"] = unit[0] if unit else read.get("unit_of_money")
            if unit is None and not is_blank(cell):
                self.report("form_no_money_unit", cell, name)
            elif unit is not None:
                read[name] = self._number(cell, "money", unit[1], name)
            below = [self.grid.at(line[0], heads[name].column) for line in parts]
            filled = [part for part in below if not is_blank(part) and forms_values.plain_number(part) not in (None, 0.0)]
            if filled and read.get(name) in (None, 0.0):
                parts_said = [f"{part.text} ({part.address})" for part in filled]
                self.report("form_total_zero", cell or filled[0], name, parts=parts_said)
        rate = heads.get("execution_rate_stated")
        if rate is not None:
            scale = 0.01 if "%" in unicodedata.normalize("NFKC", rate.text) else 1.0
            read["execution_rate_stated"] = self._number(self.grid.at(total[0], rate.column), "ratio", scale, "execution_rate_stated")
        points = heads.get("weight")
        if points is not None:
            read["execution_points"] = self._number(self.grid.at(total[0], points.column), "points", 1.0, "weight", "indicators")
        else:
            read["execution_points"] = next((value for cell in (*block, *heads.values()) if (value := points_in(cell.text))), None)
        if "score" in heads:
            read["execution_score"] = self._number(self.grid.at(total[0], heads["score"].column), "points", 1.0, "execution_score")
        return read

    def _money_lines(self, last: int, first_column: int) -> list[tuple[int, str, list[Cell]]]:
        """The rows below the head of the money table: row, what it is (total, part, other), its labels."""
        lines = []
        for row in sorted(row for row in self.grid.rows if row > last):
            cells = self.grid.rows[row]
            labels = [cell for cell in cells if cell.last_column < first_column]
            text = "".join(cell.label for cell in labels)
            ends = any(is_label(cell, "goals", GOALS) or field_of(cell, INDICATORS, "indicators") == "level3" for cell in cells)
            if ends or any(_header_field(cell) for cell in labels) or is_label(cells[0], "indicators", "绩效指标"):
                break
            if _PART_FUNDS.fullmatch(text):
                lines.append((row, "part", labels))
            elif _TOTAL_FUNDS.fullmatch(text):
                lines.append((row, "total", labels))
            elif any(forms_values.plain_number(cell) is not None for cell in cells if cell.column >= first_column):
                lines.append((row, "other", labels))
        return lines

    def _money_unit(self, head: Cell, block: list[Cell], heads: Mapping[str, Cell]) -> tuple[str, float] | None:
        """The unit nearest to the column: its own head, the block's label and heads, anywhere as 单位：, what the caller said."""
        for cell in (head, *block, *heads.values(), *(cell for cell in self.grid.cells if cell.row <= head.row)):
            if unit := money_unit_in(cell.text):
                return unit
        return None if self.default_money is None else ("", self.default_money)

    def _number(self, cell: Cell | None, kind: str, scale: float, column: str, table: str = "projects") -> float | None:
        value, readable = forms_values.number(cell, kind, scale)
        if not readable:
            self.report("form_unreadable", cell, column, table)
        return value

    def _indicators(self) -> tuple[list[dict[str, Any]], float | None]:
        head = find_head(self.grid, INDICATORS, "indicators", ("level3",), 3)
        if head is None:
            self.report("form_no_indicators", table="indicators")
            return [], None
        last, heads = head
        absent = [name for name in ("target", "actual", "weight", "score") if name not in heads]
        if absent:
            names = [Label(TABLES["indicators"].column(name)) for name in absent]
            self.report("form_missing_columns", next(iter(heads.values())), table="indicators", names=names)
        lines, total, level1, level2 = [], None, "", ""
        name_column = heads["level3"].column
        for row in sorted(row for row in self.grid.rows if row > last):
            end = next((cell for cell in self.grid.rows[row] if cell.column < name_column and is_label(cell, "total", TOTAL)), None)
            if end is not None:
                total = self._total(row, end, heads)
                break
            cells = {name: self.grid.at(row, head.column) for name, head in heads.items()}
            if not self._is_indicator(cells):
                continue
            level1, level2 = self._levels(cells, level1, level2)
            lines.append(self._indicator(row, cells, level1, level2, len(lines) + 1))
        else:
            self.report("form_no_total")
        return lines, total

    @staticmethod
    def _levels(cells: Mapping[str, Cell | None], level1: str, level2: str) -> tuple[str, str]:
        """An empty cell goes on with what stands above it; a dash says that there is none."""
        if (cell := cells.get("level1")) is not None:
            if cell.text != level1:
                level2 = ""
            level1 = "" if is_blank(cell) else cell.text
        if (cell := cells.get("level2")) is not None:
            level2 = "" if is_blank(cell) else cell.text
        return level1, level2

    @staticmethod
    def _is_indicator(cells: Mapping[str, Cell | None]) -> bool:
        filled = [cell for cell in cells.values() if not is_blank(cell)]
        distinct = {(cell.row, cell.column) for cell in filled}
        # a note or a signature goes across the whole table
        across = len(distinct) == 1 and len(filled) > 2
        name = cells.get("level3")
        said = [cells.get(part) for part in ("target", "actual", "score", "reason")]
        placeholder = is_blank(name) or bool(_PLACEHOLDER.fullmatch(name.label))
        return not across and not (placeholder and all(is_blank(cell) for cell in said))

    def _indicator(self, row: int, cells: Mapping[str, Cell | None], level1: str, level2: str, ordinal: int) -> dict[str, Any]:
        def text(name: str) -> str | None:
            return None if is_blank(cells.get(name)) else cells[name].text

        direction, nature = text("direction"), text("nature")
        if nature and not direction and forms_values.is_direction(nature):
            # the forms of some provinces hold ≥, ≤, = or 定性 in one column 指标性质
            direction, nature = nature, None
        return {
            "indicator": text("indicator") or f"{ordinal:02d}",
            "level1": level1 or None, "level2": level2 or None, "level3": text("level3"),
            "nature": nature, "direction": direction, "target": text("target"), "measure": text("measure"), "actual": text("actual"),
            "weight": self._number(cells.get("weight"), "points", 1.0, "weight", "indicators"),
            "score": self._number(cells.get("score"), "points", 1.0, "score", "indicators"),
            "reason": text("reason"), **self._origin(row),
        }

    def _total(self, row: int, end: Cell, heads: Mapping[str, Cell]) -> float | None:
        score = self.grid.at(row, heads["score"].column) if "score" in heads else None
        if score is not None and score != end and not is_blank(score):
            return self._number(score, "points", 1.0, "self_score")
        weight = self.grid.at(row, heads["weight"].column) if "weight" in heads else None
        others = [cell for cell in self.grid.right_of(end) if cell != weight and forms_values.plain_number(cell) is not None]
        if len(others) == 1:
            return self._number(others[0], "points", 1.0, "self_score")
        self.report("form_total_empty", end)
        return None

    def _goals(self) -> dict[str, Any]:
        """The goals as text: what was planned and what was reached; empty where the form has none."""
        found: dict[str, Any] = {"goals": None, "goals_reached": None}
        for cell in self.grid.cells:
            name = "goals" if is_label(cell, "goals_planned", "预期目标") else "goals_reached" if is_label(cell, "goals_reached", "(目标)?实际完成情况") else ""
            below = self.grid.at(cell.last_row + 1, cell.column) if name else None
            if below is not None and found.get(name) is None and not field_of(below, INDICATORS, "indicators"):
                found[name] = below.text
        return found


def _unit_name(header: Mapping[str, Any]) -> str:
    """The department, which reports are about; a form that names none is its implementing unit's."""
    return header.get("department") or header.get("implementing") or ""
