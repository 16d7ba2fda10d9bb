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
    for command in ("demo", "import", "check", "run", "template", "dictionary", "new", "check-notebook", "lab"):
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


def test_the_demonstration_runs_every_plan_on_its_city():
    import yaml

    from perfanalysis.cli import DEMONSTRATION

    plans = Path(__file__).resolve().parent.parent / "parameters"
    own = {path.stem.removeprefix("test_report_") for path in (plans.parent / "tests" / "own").glob("test_report_*.py")}  # perfanalysis new
    on_the_city = {path.stem for path in plans.glob("*.yaml") if path.stem not in own and yaml.safe_load(path.read_text(encoding="utf-8"))["dataset"] == "outputs/demo/dataset"}
    assert set(DEMONSTRATION) == on_the_city


def test_import_says_in_the_reader_s_language_why_a_folder_is_not_replaced(sheets, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work", encoding="utf-8")
    for lang, says in (("en", "is not empty and not a dataset (thesis.docx)"), ("zh", "未作任何更改")):
        result = perfanalysis_("import", sheets, "--to", tmp_path / "mine", "--lang", lang)
        assert result.exit_code == 2 and says in result.output
    assert (tmp_path / "mine" / "thesis.docx").read_text(encoding="utf-8") == "years of work"


def test_check_says_error_or_warning_in_front_of_each_line(sheets):
    (sheets / "projects.csv").write_text(
        "project,year,unit,name,budget_adjusted,executed\nP1,2020,101,学校,100,120\nP2,2020,999,无主,100,80\n", encoding="utf-8"
    )
    for lang, error, warning in (("en", "error: ", "warning: "), ("zh", "错误：", "提示：")):
        lines = perfanalysis_("check", sheets, "--lang", lang).output.splitlines()
        assert [line.startswith((warning, error)[at]) for at, line in enumerate(lines[:2])] == [True, True]


def test_an_empty_template_is_an_error(tmp_path):
    perfanalysis_("template", "--to", tmp_path / "t.xlsx")
    result = perfanalysis_("check", tmp_path / "t.xlsx")
    assert result.exit_code == 1 and "has no rows; without units" in result.output
    assert perfanalysis_("import", tmp_path / "t.xlsx", "--to", tmp_path / "d").exit_code == 2 and not (tmp_path / "d").exists()


def test_a_template_overwrites_nothing_and_is_a_workbook(tmp_path):
    (tmp_path / "filled.xlsx").write_text("filled in", encoding="utf-8")
    result = perfanalysis_("template", "--to", tmp_path / "filled.xlsx")
    assert result.exit_code == 2 and "already" in result.output and (tmp_path / "filled.xlsx").read_text(encoding="utf-8") == "filled in"
    result = perfanalysis_("template", "--to", tmp_path / "t.csv", "--lang", "zh")
    assert result.exit_code == 2 and ".xlsx结尾" in result.output and not (tmp_path / "t.csv").exists()


def test_a_place_that_cannot_be_written_is_one_line(sheets, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for lang, says in (("en", "/file: something of this name is there already"), ("zh", "/file：已有同名文件")):
        result = perfanalysis_("import", sheets, "--to", tmp_path / "file" / "data", "--lang", lang)
        assert result.exit_code == 2 and says in result.output and len(result.output.splitlines()) == 1


def test_a_read_only_place_is_one_line(sheets, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(tmp_path / "outputs"))

    # the tests may run as root, who may write anywhere
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    result = perfanalysis_("import", sheets, "--to", tmp_path / "data", "--lang", "zh")
    assert result.exit_code == 2 and result.output.strip() == f"{tmp_path / 'outputs'}：没有读写权限"


def test_a_unit_that_is_not_planned_is_said_before_anything_runs_and_a_plan_s_folder_may_be_a_file(sheets, tmp_path):
    perfanalysis_("import", sheets, "--to", tmp_path / "data")
    notebook = {
        "cells": [{"cell_type": "code", "id": "a", "execution_count": None, "outputs": [], "metadata": {"tags": ["parameters"]},
                   "source": "dataset: str = ''\ndepartment: str = ''\nlang: str = 'en'"}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5,
    }
    (tmp_path / "one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / "parameters").mkdir()
    plan = tmp_path / "parameters" / "mine.yaml"
    text = "title: {en: Mine, zh: 我的}\nnotebook: one.ipynb\ndataset: data\nunits: all\nparameter: department\nlanguages: [en]\n"
    plan.write_text(text, encoding="utf-8")
    result = perfanalysis_("run", plan, "--only", "999")
    assert result.exit_code == 2 and "the plan has no unit 999" in result.output and "Running" not in result.output
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "mine").write_text("", encoding="utf-8")
    result = perfanalysis_("run", plan)
    assert result.exit_code == 2 and f"{tmp_path / 'outputs' / 'mine'}: " in result.output and "Traceback" not in result.output
    plan.write_text(text.replace("[en]", "en"), encoding="utf-8")
    assert "must be a list; write: [en]" in perfanalysis_("run", plan).output
