"""Columns that a plan keeps to itself: they are taken out of the dataset before any report is made from it.

A report is made, kept, bundled and verified from a copy of the dataset that no longer holds them, so that no page, fact, table or bundle can.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from perfanalysis.dataset import SET_ASIDE, Dataset
from perfanalysis.reporting.plan import Plan
from perfanalysis.tables import TABLES

#: What stands where something must stand, in every language.
MASK = "■■■"
#: The copy, in the run's own folder.
FOLDER = ".confidential"


def mask_plan(plan: Plan, outputs: Path) -> Plan:
    """``plan`` on a copy of its dataset without the columns that it names as ``confidential``; a plan that names none as it is.

    The copy lies in the run's folder ``outputs`` and is made again when the dataset or the list changes.
    """
    if not plan.confidential:
        return plan
    copy = outputs / FOLDER
    stamp = hashlib.sha256((plan.dataset / "dataset.json").read_bytes() + repr(plan.confidential).encode()).hexdigest()
    if not _is_copy(copy, stamp):
        _write_copy(Dataset(plan.dataset), plan.confidential, copy, stamp)
    return replace(plan, dataset=copy)


def mask_tables(tables: Mapping[str, pd.DataFrame], confidential: Iterable[str]) -> dict[str, pd.DataFrame]:
    """``tables`` without the values of the columns ``confidential`` (``table.column``).

    A code becomes another one (``#1``, ``#2`` …), the same for the same value, so that rows can still be told apart; a text becomes ``MASK``, so that
    what was explained still counts as explained; all else is missing. Rows set aside lose what they quote of these tables.
    """
    masked = dict(tables)
    for name in confidential:
        table, column = name.split(".")
        if table in masked and column in masked[table]:
            masked[table] = masked[table].assign(**{column: _masked(masked[table][column], table, column)})
    touched = {name.split(".")[0] for name in confidential}
    if SET_ASIDE in masked:
        aside = masked[SET_ASIDE]
        rows = aside["table"].isin(touched)
        texts = [column for column in ("problems_en", "problems_zh", "values") if column in aside]
        masked[SET_ASIDE] = aside.assign(**{column: aside[column].mask(rows, MASK) for column in texts})
    return masked


def _masked(values: pd.Series, table: str, name: str) -> pd.Series:
    about = TABLES[table].column(name)
    if about.kind == "code":
        # in the order of their digests, which says nothing of the order of the values
        known = sorted(values.dropna().unique(), key=lambda value: hashlib.sha256(f"{table}.{name}.{value}".encode()).digest())
        return values.map({value: f"#{number}" for number, value in enumerate(known, start=1)}).astype(values.dtype)
    if about.kind == "text" or about.required:
        return values.mask(values.notna(), MASK)
    return pd.Series(pd.NA if values.dtype.name in ("Int64", "boolean") else None, index=values.index, dtype=values.dtype)


def _is_copy(folder: Path, stamp: str) -> bool:
    try:
        return json.loads((folder / "dataset.json").read_text(encoding="utf-8")).get("confidential_of") == stamp
    except (OSError, ValueError):
        return False


def _write_copy(dataset: Dataset, confidential: tuple[str, ...], to: Path, stamp: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    to.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{FOLDER}-", dir=to.parent))
    try:
        tables = {name: pq.read_table(dataset.path / f"{name}.parquet").to_pandas(ignore_metadata=True) for name in (*dataset.names, SET_ASIDE)}
        content = {}
        for name, frame in mask_tables(tables, confidential).items():
            place = staging / f"{name}.parquet"
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), place, row_group_size=2_000, compression="zstd")
            content[name] = hashlib.sha256(place.read_bytes()).hexdigest()
        meta = {**dataset.meta, "content": content, "confidential": list(confidential), "confidential_of": stamp}
        (staging / "dataset.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
        os.chmod(staging, 0o755)
        shutil.rmtree(to, ignore_errors=True)
        os.replace(staging, to)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
