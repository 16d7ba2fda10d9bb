"""One filled monitoring form (项目支出绩效目标执行监控表), from the cells of a sheet to rows."""

import calendar
import datetime
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from perfanalysis.sources.dates import read_date
from perfanalysis.sources.forms_layout import (
    EXPLANATION,
    MONITORED,
    MONITORED_MONEY,
    TOTAL,
    Cell,
    Grid,
    is_blank,
    is_label,
)
from perfanalysis.sources.forms_reading import FormReader, find_head
from perfanalysis.tables import TABLES, fold_header

_TICKED = ("√", "✓", "✔", "☑", "是", "v", "y", "yes", "1")
_WRITTEN = ("actual_to_date", "expected", "rectification_needed", "advice", "result")


def is_monitoring(grid: Grid) -> bool:
    """Whether a sheet is a monitoring form: what is expected at year-end stands on no other."""
    return find_head(grid, MONITORED, "monitored", ("level3", "actual_to_date", "expected"), 3) is not None


class MonitoringReader(FormReader):
    """One monitoring form while it is read."""

    def read(self) -> dict[str, Any]:
        """Its rows: ``units``, ``projects``, ``execution`` and ``forms`` (one each), ``indicators`` and ``monitoring`` (many)."""
        header, key, unit, row = self._identify()
        as_of, money, lines = self._as_of(header, key["year"]), self._monitored_money(), self._monitored()
        origin = self._origin(row)
        budget = money.get("budget_initial") if money.get("budget_adjusted") is None else money["budget_adjusted"]
        spent = {name: money.get(name) for name in ("executed_to_date", "projected")}
        return {
            "units": self._unit_row(unit, header, row),
            "projects": {
                **key, "unit": unit, "name": header.get("name"),
                **{name: money.get(name) for name in ("budget_initial", "budget_adjusted")}, **origin,
            },
            "indicators": [{**key, **{name: line[name] for name in line if name not in (*_WRITTEN, "likelihood", "cause", "explanation")}} for line in lines],
            "monitoring": [{**key, "as_of": as_of, **{name: line[name] for name in line if name not in ("level1", "level2", "level3", "target")}} for line in lines],
            "execution": {"unit": unit, **key, "period_end": as_of, "budget": budget, **spent, **origin},
            "forms": {**key, "unit": unit, "implementing": header.get("implementing"), "as_of": as_of, **origin},
        }

    def _as_of(self, header: Mapping[str, Any], year: int | None) -> str | None:
        if header.get("as_of") and (day := read_date(header["as_of"])):
            return day.isoformat()
        # 1-7月执行数 in the form of year 2020 speaks of 31 July 2020
        months = [int(match[1]) for cell in self.grid.cells if (match := re.search(r"1\s*[-–—~至]\s*(\d{1,2})\s*月", unicodedata.normalize("NFKC", cell.text)))]
        if not months or year is None or not 1 <= max(months) <= 12:
            self.report("form_no_as_of", table="monitoring", severity="error")
            return None
        return datetime.date(year, max(months), calendar.monthrange(year, max(months))[1]).isoformat()

    def _monitored_money(self) -> dict[str, float | None]:
        head = find_head(self.grid, MONITORED_MONEY, "monitored_money", (), 2)
        if head is None:
            self.report("form_no_money")
            return {}
        last, heads = head
        first_column = min(cell.column for cell in heads.values())
        money_lines = self._money_lines(last, first_column)
        total = next((line for line in money_lines if line[1] == "total"), next(iter(money_lines), None))
        if total is None:
            self.report("form_no_total_funds", next(iter(heads.values())))
            return {}
        block = [cell for cell in self.grid.cells if cell.column < first_column and cell.row <= last <= cell.last_row]
        read: dict[str, float | None] = {}
        for name, table in (
            ("budget_initial", "projects"), ("budget_adjusted", "projects"), ("executed_to_date", "execution"), ("projected", "execution"),
        ):
            if name in heads:
                cell, unit = self.grid.at(total[0], heads[name].column), self._money_unit(heads[name], [*block, *total[2]], heads)
                if unit is None and not is_blank(cell):
                    self.report("form_no_money_unit", cell, name, table)
                read[name] = self._number(cell, "money", unit[1], name, table) if unit else None
        return read

    def _monitored(self) -> list[dict[str, Any]]:
        last, heads = find_head(self.grid, MONITORED, "monitored", ("level3", "actual_to_date"), 3)
        first = heads["level3"].row
        if not any(self._ticks(name, first, last) for name in ("cause", "likelihood")):
            # a head whose cells are not merged downwards goes on in the next row
            last += bool(self._ticks("cause", last + 1, last + 1) or self._ticks("likelihood", last + 1, last + 1))
        ticks = {name: self._ticks(name, first, last) for name in ("cause", "likelihood")}
        explained = next((cell for cell in self.grid.cells if first <= cell.row <= last and is_label(cell, "explanation", EXPLANATION)), None)
        lines, level1, level2 = [], "", ""
        for row in sorted(row for row in self.grid.rows if row > last):
            if any(cell.column < heads["level3"].column and is_label(cell, "total", TOTAL) for cell in self.grid.rows[row]):
                break
            cells = {name: self.grid.at(row, head.column) for name, head in heads.items()}
            if is_blank(cells["level3"]) or not self._is_indicator(cells):
                continue
            level1, level2 = self._levels(cells, level1, level2)
            text = {name: None if is_blank(cell) else cell.text for name, cell in cells.items()}
            why = self.grid.at(row, explained.column) if explained else None
            lines.append({
                "indicator": text.get("indicator") or f"{len(lines) + 1:02d}", "level1": level1 or None, "level2": level2 or None,
                **{name: text.get(name) for name in ("level3", "target", *_WRITTEN)},
                **{name: self._ticked(name, row, columns) for name, columns in ticks.items()},
                "explanation": None if is_blank(why) else why.text, **self._origin(row),
            })
        return lines

    def _ticks(self, name: str, first: int, last: int) -> dict[str, Cell]:
        """Which column of the second row of the head stands for which choice."""
        meanings = TABLES["monitoring"].column(name).meanings()
        return {meanings[cell.label]: cell for cell in self.grid.cells if first <= cell.row <= last and cell.label in meanings}

    def _ticked(self, name: str, row: int, columns: Mapping[str, Cell]) -> str | None:
        """The one choice that is ticked; a row with more than one is reported, for the table holds one."""
        cells = {choice: self.grid.at(row, head.column) for choice, head in columns.items()}
        ticked = {choice: cell for choice, cell in cells.items() if not is_blank(cell) and fold_header(cell.text) in _TICKED}
        strange = [cell for cell in cells.values() if not is_blank(cell) and cell not in ticked.values()]
        for cell in strange:
            self.report("form_unreadable_tick", cell, name, "monitoring")
        if len(ticked) > 1:
            self.report("form_two_ticks", next(iter(ticked.values())), name, "monitoring", ticks=[cell.address for cell in ticked.values()])
            return None
        return next(iter(ticked), None)
