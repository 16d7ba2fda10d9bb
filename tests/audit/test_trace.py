"""A number of a report leads to its rows, each with its file and line."""

import json
from pathlib import Path

import pytest

import perfanalysis as pa

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny"


@pytest.fixture
def report(tmp_path) -> Path:
    fact = {"id": "101.execution_rate.2023", "subject": "101", "measure": "execution_rate", "method": "execution_rate", "value": 11 / 12, "unit": "ratio",
            "evidence": [{"table": "projects", "keys": {"unit": "101", "year": 2023}, "column": "executed"}], "rows": [{"file": "projects.csv", "rows": "3–4"}]}
    (tmp_path / "facts.json").write_text(json.dumps({"facts": [fact]}), encoding="utf-8")
    return tmp_path


def test_a_number_leads_to_its_rows(report, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    folder = pa.import_source(TINY, tmp_path / "data").path
    trace = pa.trace_fact(report, "101.execution_rate.2023", folder)
    # projects.csv: the header, P1 of 2022, P1 of 2023, P2 of 2023
    assert trace.rows["projects"][["place", "project", "executed"]].values.tolist() == [["projects.csv 3", "P1", 900_000.0], ["projects.csv 4", "P2", 200_000.0]]
    # 1,100,000 of 1,200,000
    assert "91.7%" in repr(trace) and "900,000" in trace._repr_html_()
    with pytest.raises(pa.UnknownName, match=r"near it: 101\.execution_rate\.2023"):
        pa.trace_fact(report, "101.execution.2023", folder)
