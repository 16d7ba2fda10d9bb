"""Only what changed is made again, and the record says why: rows by table, the peers, or nothing."""

import json

import pandas as pd
import pytest
from test_run import run, statuses

from perfanalysis.dataset import Dataset, load_dataset, write_dataset
from perfanalysis.reporting.changes import Contents, find_changes, take_reads
from perfanalysis.reporting.fork import AVAILABLE, execute_forked
from perfanalysis.reporting.plan import load_plan

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="fork is not sound on this system")

READING = '''
from perfanalysis.dataset import load_dataset
from IPython.display import display
data = load_dataset(dataset)
own = data.slice(department, year) if department != "D" else data.whole(year)
said = {"kind": "section", "section": "summary", "lang": lang, "facts": [], "findings": [], "tables": []}
display({"application/vnd.perfanalysis+json": said, "text/html": "<h2>x</h2><p>" + str(len(own.table("projects"))) + "</p><img alt='' src='data:,'>"}, raw=True)
'''


def store(project, edit=lambda tables: tables, **about):
    units = pd.DataFrame({"unit": list("ABCD"), "name": [f"Bureau {code}" for code in "ABCD"], "kind": "department"})
    projects = pd.DataFrame({"project": ["p1", "p2", "p3", "p4"], "year": [2020] * 4, "unit": ["A", "A", "B", "C"], "name": ["x", "y", "z", "w"]})
    indicators = pd.DataFrame({"project": ["p1", "p1", "p3", "p4"], "year": [2020] * 4, "indicator": ["1", "2", "1", "1"], "level3": ["a", "b", "c", "d"],
                               "actual": [1.0, 2.0, 3.0, 4.0]})
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    tables = edit({"units": units, "projects": projects, "indicators": indicators})
    write_dataset(project.data, tables, set_aside=nothing, sources=about.pop("sources", []), **about)


def why(project):
    return {unit["unit"]: unit["why"] for unit in project.run_json()["units"] if unit["status"] == "done"}


@pytest.fixture
def reading(project):
    project.notebook('dataset = ""\ndepartment = "A"\nyear = 2020\nlang = "en"', READING)
    store(project)
    run(project.plan(), execute=execute_forked)
    assert set(statuses(project).values()) == {"done"}, project.run_json()["units"]
    return project


def with_indicators(**values):
    def edit(tables):
        indicators = tables["indicators"].copy()
        for rows, value in values.values():
            indicators.loc[rows, "actual"] = value
        return tables | {"indicators": indicators}
    return edit


def test_one_departments_rows_change_and_only_what_reads_them_runs(reading):
    store(reading, with_indicators(a=([0, 1], 9.0)))
    run(reading.plan(), execute=execute_forked)
    # A's two indicators; D reads the whole city
    assert why(reading) == {"A": ["indicators:2"], "D": ["indicators:2"]}
    assert statuses(reading) == {"A": "done", "B": "unchanged", "C": "unchanged", "D": "done"}
    run(reading.plan(), execute=execute_forked)
    assert set(statuses(reading).values()) == {"unchanged"}


def test_a_row_more_and_a_row_less_count_once_each(reading):
    store(reading, lambda tables: tables | {"projects": tables["projects"].iloc[1:], "indicators": tables["indicators"].iloc[2:]})
    run(reading.plan(), execute=execute_forked)
    assert why(reading)["A"] == ["indicators:2", "projects:1"]
    assert statuses(reading)["B"] == "unchanged"


def test_a_newer_source_file_with_the_same_rows_changes_nothing_and_another_currency_everything(reading):
    store(reading, sources=[{"file": "new.xlsx", "sha256": "0" * 64, "bytes": 1}])
    run(reading.plan(), execute=execute_forked)
    assert set(statuses(reading).values()) == {"unchanged"}
    store(reading, currency="USD")
    run(reading.plan(), execute=execute_forked)
    assert why(reading) == {code: ["about"] for code in "ABCD"}


def test_an_interrupted_run_will_not_go_on_with_other_data(reading):
    from perfanalysis.errors import PlanError

    store(reading, with_indicators(a=([0], 9.0)))
    with pytest.raises(PlanError, match="its inputs have changed since"):
        run(reading.plan(), execute=execute_forked, resume=True)


def test_what_was_read_is_noted_only_where_somebody_asks(tmp_path, monkeypatch, project):
    store(project)
    data = load_dataset(project.data)
    data.slice("A", 2020)
    monkeypatch.setenv("PERFANALYSIS_READS", str(tmp_path / "log"))
    load_dataset(project.data).slice("A", 2020)
    assert {line.split("\t")[2] for line in (tmp_path / "log").read_text().splitlines()} == {"A"}


def test_the_city_covers_its_parts_and_a_missing_table_is_empty(project):
    store(project)
    contents = Contents(load_plan(project.plan()))
    taken = take_reads(["table\tprojects\tA", "table\tprojects\t", "table\tindicators\tB", "table\treviews\tA"], contents)
    assert {what: len(rows) // 8 for what, rows in taken.items()} == {"table\tprojects\t": 4, "table\tindicators\tB": 1, "table\treviews\tA": 0}
    assert find_changes(taken, {}, contents) == ()
    assert Dataset(project.data).years == (2020,)
    meta = json.loads((project.data / "dataset.json").read_text(encoding="utf-8"))
    assert meta["years"] == [2020]
