"""The city as files that people would upload: CSV with the official Chinese headers, and a few rows that nobody can use."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.tables import TABLES, Column

_YES_NO = {True: "是", False: "否"}
_NO_PROJECT, _NO_UNIT = "101-X99", "999"


def write_city(folder: str | Path, tables: Mapping[str, pd.DataFrame], *, irregularities: bool = True) -> tuple[Path, ...]:
    """Write one CSV file per table, as a bureau would send it, and return the paths.

    UTF-8 with a byte order mark (Excel opens it), headers and choices in Chinese, per cent as ``95.5%``. With ``irregularities`` the damaged rows
    that ``planted`` lists are added at the end of their files: each has to be set aside, and none changes a figure of the city.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    measures = _measures(tables)
    damaged = _damaged_rows(tables) if irregularities and "projects" in tables else {}
    paths = []
    for name, frame in tables.items():
        table = TABLES[name]
        shares = _share_columns(name, frame, measures)
        written = pd.DataFrame({
            column.name: _write_cells(frame[column.name], column, shares.get(column.name)) for column in table.columns if column.name in frame
        })
        if name in damaged:
            written = pd.concat([written, pd.DataFrame(damaged[name]).reindex(columns=written.columns)], ignore_index=True)
        path = folder / f"{name}.csv"
        written.rename(columns={column.name: column.zh for column in table.columns}).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        paths.append(path)
    return tuple(paths)


def list_damaged(tables: Mapping[str, pd.DataFrame], lang: str = "en") -> pd.DataFrame:
    """The damaged rows of the files, in the form of ``planted``."""
    rows = []
    for name, lines in _damaged_rows(tables).items():
        for line in lines:
            rows.append((line["_kind"], name, line["_column"], line.get("unit"), line.get("project"), line.get("year"), line.get("indicator", line.get("problem"))))
    frame = pd.DataFrame(rows, columns=["kind", "table", "column", "unit", "project", "year", "indicator"])
    frame = frame.astype({name: "str" for name in ("kind", "table", "column", "unit", "project", "indicator")})
    return frame.assign(what=frame["kind"].map(lambda kind: words.say(f"planted.{kind}", lang)).astype("str"))


def _damaged_rows(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[dict]]:
    """Rows as typed, in the words of the files. None stands in for a row of the city: the city is complete without them."""
    some = tables["projects"][tables["projects"]["year"].eq(2020)].iloc[0]
    project, unit = some["project"], some["unit"]
    return {
        "projects": [
            {"_kind": "unknown_reference", "_column": "unit", "project": "999-001", "year": 2020, "unit": _NO_UNIT, "name": "撤并单位遗留项目",
             "budget_adjusted": "350000", "executed": "350000"},
            {"_kind": "unreadable_text", "_column": "budget_adjusted", "project": f"{unit}-X01", "year": 2020, "unit": unit, "name": "零星修缮项目",
             "budget_adjusted": "约三百万", "executed": "2900000"},
        ],
        "indicators": [
            {"_kind": "unknown_reference", "_column": "project", "project": _NO_PROJECT, "year": 2020, "indicator": "I1", "level1": "产出指标",
             "level2": "数量指标", "level3": "完成修缮面积", "nature": "定量", "direction": "≥", "target": "500", "actual": "510", "weight": "50"},
            {"_kind": "unreadable_text", "_column": "direction", "project": project, "year": 2020, "indicator": "I99", "level1": "产出指标",
             "level2": "数量指标", "level3": "其他工作", "nature": "定量", "direction": "尽量多", "target": "1", "actual": "1", "weight": "0"},
        ],
        "monitoring": [
            {"_kind": "unknown_reference", "_column": "indicator", "project": project, "year": 2020, "as_of": "2020-07-31", "indicator": "I98",
             "actual_to_date": "10"},
        ],
        "problems": [
            {"_kind": "repeated_key", "_column": "problem", "problem": "P9001", "unit": unit, "year": None, "source": "财政部门",
             "found_on": "2020-05-11", "due_on": "2020-06-30", "closed_on": "2020-06-20", "description": "合同备案不及时。"},
            {"_kind": "repeated_key", "_column": "problem", "problem": "P9001", "unit": unit, "year": None, "source": "审计部门",
             "found_on": "2020-05-18", "due_on": "2020-07-31", "closed_on": "2020-07-02", "description": "资产登记不完整。"},
            {"_kind": "unreadable_text", "_column": "due_on", "problem": "P9002", "unit": unit, "year": None, "source": "财政部门",
             "found_on": "2020-09-01", "due_on": "尽快", "description": "档案缺页。"},
        ],
    }


def _measures(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    frame = tables.get("indicators")
    if frame is None:
        return pd.Series(dtype="str")
    return frame.set_index(["project", "year", "indicator"])["measure"]


def _share_columns(name: str, frame: pd.DataFrame, measures: pd.Series) -> dict[str, np.ndarray]:
    """Which cells of which columns are per cent."""
    if name == "indicators":
        share = frame["measure"].eq("%").to_numpy()
        return {"target": share, "actual": share}
    if name == "monitoring":
        share = measures.reindex(pd.MultiIndex.from_frame(frame[["project", "year", "indicator"]])).eq("%").to_numpy()
        return {"actual_to_date": share, "expected": share}
    return {"execution_rate_stated": np.ones(len(frame), dtype=bool)} if name == "projects" else {}


def _write_cells(cells: pd.Series, column: Column, share: np.ndarray | None) -> pd.Series:
    if column.kind == "choice":
        return cells.map({value: column.choice_label(value, "zh") for value in column.choices})
    if column.kind == "date":
        return cells.dt.strftime("%Y-%m-%d")
    if column.kind == "flag":
        return cells.map(_YES_NO, na_action="ignore")
    if column.kind in ("money", "ratio", "points", "number"):
        written = _write_numbers(cells)
        return written if share is None else written.mask(share & cells.notna().to_numpy(), _write_numbers((cells * 100).round(6)) + "%")
    return cells


def _write_numbers(values: pd.Series) -> pd.Series:
    """Shortest text that reads back to the same number; whole numbers without a decimal point."""
    return values.map(lambda value: str(int(value)) if value == int(value) else repr(float(value)), na_action="ignore").astype("str")


