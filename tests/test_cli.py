"""The command line over the library: exit codes, languages, messages without tracebacks. ``run`` is tried in tests/reporting."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from perfanalysis.cli import app


def perfanalysis_(*words, **environment):
    return CliRunner(env={"LC_ALL": "C", **environment}).invoke(app, [*map(str, words)])


@pytest.fixture
def sheets(tmp_path):
    """Two small tables as files, with one row that refers to nothing."""
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "units.csv").write_text("unit,name,kind\n101,教育局,department\n", encoding="utf-8")
    (folder / "projects.csv").write_text(
        "project,year,unit,name,budget_adjusted,executed\nP1,2020,101,学校,100,80\nP2,2020,999,无主,100,80\n", encoding="utf-8"
    )
    return folder


def test_help_names_every_command():
    said = perfanalysis_("--help").output
    for command in ("demo", "import", "check", "run", "template", "dictionary", "lab"):
        assert f"  {command} " in said
        assert perfanalysis_(command, "--help").exit_code == 0


def test_check_says_every_problem_and_exits_1(sheets, tmp_path):
    result = perfanalysis_("check", sheets, "--to", tmp_path / "marked.xlsx")
    assert result.exit_code == 1
    assert "projects.csv, row 3, 'unit'" in result.output and "999" in result.output and "1 row set aside" in result.output
    assert (tmp_path / "marked.xlsx").stat().st_size > 0
    assert "剔除1行" in perfanalysis_("check", sheets, "--lang", "zh").output


def test_check_of_sound_data_exits_0(sheets):
    (sheets / "projects.csv").write_text("project,year,unit,name,budget_adjusted,executed\nP1,2020,101,学校,100,80\n", encoding="utf-8")
    assert perfanalysis_("check", sheets).exit_code == 0


def test_import_writes_a_dataset_and_lists_what_it_set_aside(sheets, tmp_path):
    result = perfanalysis_("import", sheets, "--to", tmp_path / "data")
    assert result.exit_code == 0 and "row 3" in result.output
    meta = json.loads((tmp_path / "data" / "dataset.json").read_text(encoding="utf-8"))
    assert meta["rows"] == {"units": 1, "projects": 1} and meta["set_aside"] == 1 and not meta["demonstration"]


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_source_that_is_not_there_is_one_clear_message(command, tmp_path):
    result = perfanalysis_(command, tmp_path / "nothing", *(["--to", tmp_path / "data"] if command == "import" else []))
    assert result.exit_code == (1 if command == "check" else 2)
    assert "nothing" in result.output and "Traceback" not in result.output


def test_template_and_dictionary(tmp_path):
    assert perfanalysis_("template", "--to", tmp_path / "t.xlsx", "--lang", "zh").exit_code == 0
    assert (tmp_path / "t.xlsx").stat().st_size > 0
    assert "budget_adjusted" in perfanalysis_("dictionary").output
    perfanalysis_("dictionary", "--to", tmp_path / "d.md", LC_ALL="zh_CN.UTF-8")
    assert "预算" in (tmp_path / "d.md").read_text(encoding="utf-8")


def test_lab_opens_jupyterlab_on_the_notebooks(sheets, tmp_path, monkeypatch):
    perfanalysis_("import", sheets, "--to", tmp_path / "data")
    called = {}

    def start(command, env, check):
        called.update(command=command, data=env["PERFANALYSIS_DATASET"])
        return type("Ended", (), {"returncode": 0})

    monkeypatch.setattr("subprocess.run", start)
    assert perfanalysis_("lab", "--data", tmp_path / "data").exit_code == 0
    assert called["command"][1:3] == ["-m", "jupyterlab"] and Path(called["command"][3]).name == "notebooks"
    assert called["data"] == str((tmp_path / "data").resolve())
    assert perfanalysis_("lab", "--data", tmp_path).exit_code == 2
