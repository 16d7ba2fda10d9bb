"""Whatever stands in the files: an answer or a ``DataError``, never a crash; and every row is used or listed."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from perfanalysis.errors import DataError
from perfanalysis.sources import read_source
from perfanalysis.sources.xlsx import put
from perfanalysis.tables import TABLES

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny"
CELLS = st.one_of(
    st.sampled_from(["", "101", "P1", "2023", "≥90%", "92", "1,234", "(5)", "—", "无", "合计", "2023-07-31", "是", "产出指标", "=1+1", "1e400", "-0", "2023年7月", "审计"]),
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12),
)


@st.composite
def folders(draw):
    """For some tables, some of their columns (now and then one twice or unknown) and a few rows of anything."""
    made = {}
    for name in draw(st.lists(st.sampled_from(list(TABLES)), min_size=1, max_size=4, unique=True)):
        heads = [text for column in TABLES[name].columns for text in (column.name, column.zh)] + ["备注"]
        columns = draw(st.lists(st.sampled_from(heads), min_size=1, max_size=8))
        rows = draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=5))
        made[name] = pd.DataFrame(rows, columns=range(len(columns))).set_axis(columns, axis=1) if rows else pd.DataFrame(columns=columns)
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(folders())
def test_any_cells_under_known_headers(tmp_path_factory, frames):
    folder = tmp_path_factory.mktemp("any")
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    try:
        data = read_source(folder)
    except DataError as error:
        assert error.say("en") and error.say("zh")
        return
    for lang in ("en", "zh"):
        assert all(problem.say(lang) for problem in data.problems)
    for name, frame in data.tables.items():
        table = TABLES[name]
        assert not frame.duplicated(list(table.key)).any()
        assert frame[list(table.required)].notna().all(axis=None)
        aside = data.set_aside[data.set_aside["table"] == name]
        assert not set(frame["source_row"]) & set(aside["row"])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_text_file(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "units.csv").write_bytes(content)
    try:
        assert read_source(folder).problems is not None
    except DataError as error:
        assert error.say("zh")


@pytest.mark.parametrize("make", ["database", "workbook", "parquet"])
def test_one_city_is_the_same_from_every_kind_of_source(tmp_path, make):
    frames = {path.stem: pd.read_csv(path, dtype="str") for path in sorted(TINY.glob("*.csv"))}
    if make == "database":
        source = tmp_path / "city.db"
        with sqlite3.connect(source) as connection:
            for name, frame in frames.items():
                frame.to_sql(name, connection, index=False)
        source = f"sqlite:///{source}"
    elif make == "workbook":
        source = tmp_path / "city.xlsx"
        book = Workbook()
        for name, frame in frames.items():
            page = book.create_sheet(TABLES[name].zh)
            for row, cells in enumerate([[TABLES[name].column(column).zh for column in frame], *frame.itertuples(index=False)], 1):
                for column, cell in enumerate(cells, 1):
                    put(page.cell(row, column), cell)  # =100% is text and no formula
        book.save(source)
    else:
        source = tmp_path / "city"
        source.mkdir()
        for name, frame in frames.items():
            frame.to_parquet(source / f"{name}.parquet")
    found, expected = read_source(source), read_source(TINY)
    assert set(found.tables) == set(expected.tables) and found.set_aside.empty
    for name, table in TABLES.items():
        if name in expected.tables:
            columns, keys = list(table.names), list(table.key)
            pd.testing.assert_frame_equal(
                found.tables[name][columns].sort_values(keys, ignore_index=True), expected.tables[name][columns].sort_values(keys, ignore_index=True),
            )
