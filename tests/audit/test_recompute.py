"""Every fact of a department's own, computed a second time from the very rows that its evidence names."""

import math

import pandas as pd
import pytest
from recompute import METHODS, Case


def rows_of(fact, table_of):
    """Table → the rows that the fact's evidence names, each once."""
    rows = {}
    for part in fact["evidence"]:
        if part["table"] == "peers":
            continue
        table = table_of(part["table"])
        for key, wanted in part["keys"].items():
            if key == "key_area" and key not in table:
                # a project's key area stands with the project, of the same year
                areas = table_of("projects")[["project", "year", key]]
                table = table.reset_index().merge(areas, how="left").set_index("index")
            column = table[key]
            if wanted is None:
                table = table[column.isna()]
            elif str(column.dtype).startswith("datetime"):
                table = table[column == pd.Timestamp(wanted)]
            else:
                table = table[column.isin(wanted) if isinstance(wanted, list) else column == wanted]
        known = rows.get(part["table"])
        rows[part["table"]] = table if known is None else pd.concat([known, table[~table.index.isin(known.index)]]).sort_index()
    return rows


@pytest.fixture(scope="module")
def table_of(demo_dataset):
    tables = {}

    def table(name):
        if name not in tables:
            tables[name] = pd.read_parquet(demo_dataset.path / f"{name}.parquet")
        return tables[name]

    return table


def test_every_fact_of_a_unit_is_computed_again_from_its_rows(reports, table_of, demo_dataset):
    wrong, checked = [], 0
    for _, report in reports:
        for fact in report["facts"]["facts"]:
            if fact["scope"] != "own" or fact["method"] not in METHODS:
                continue
            again = METHODS[fact["method"]](Case(fact, rows_of(fact, table_of), report["facts"], table_of, demo_dataset.meta))
            checked += 1
            if not same(fact["value"], again):
                wrong.append((fact["id"], fact["value"], again))
    assert wrong == []
    assert checked > 45 * len(reports)


def test_every_method_of_these_reports_has_a_second_way(reports):
    used = {fact["method"] for _, report in reports for fact in report["facts"]["facts"] if fact["scope"] == "own"}
    assert sorted(used - METHODS.keys() - BY_OTHER_TESTS) == []


#: The wording of indicators is held by tests/analysis/test_library_match.py, word by word; here there is no second list of words.
BY_OTHER_TESTS = {"indicators_vague", "indicators_unmeasurable", "indicators_duplicate", "indicators_no_direction", "indicators_no_measure",
                  "indicators_flagged", "projects_output_only"}


def same(one, other) -> bool:
    if one is None or other is None or isinstance(one, str):
        return one == other or (one is None and other != other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
