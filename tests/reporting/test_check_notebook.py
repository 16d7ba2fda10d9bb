"""`check-notebook` finds what breaks in batch, each with its cell and line, and leaves alone what does not."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

import perfanalysis as pa
from perfanalysis import words
from perfanalysis.cli import app
from perfanalysis.reporting.check_notebook import check_notebook

PARAMETERS = 'dataset: str = "outputs/demo/dataset"\ndepartment: str = "101"\nyear: int = 2020\nlang: str = "en"'
LOAD = "import perfanalysis as pa\n\nunit = pa.load_unit(dataset, department, year)"


def write(folder: Path, *cells: str, parameters: str | None = PARAMETERS, counts=(), outputs=(), kernel: str = "python3") -> Path:
    made = [] if parameters is None else [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made += [nbformat.v4.new_markdown_cell("# %matplotlib inline is only text here"), *map(nbformat.v4.new_code_cell, cells)]
    code = [cell for cell in made if cell.cell_type == "code"]
    for cell, count in zip(code, counts, strict=False):
        cell.execution_count = count
    for number in outputs:
        code[number - 1].outputs = [nbformat.v4.new_output("stream", text="101")]
    path = folder / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": {"name": kernel, "display_name": "x", "language": "python"}}), path)
    return path


def found(path: Path) -> list[tuple]:
    return [(problem.code.removeprefix("nb_"), problem.cell, problem.row) for problem in check_notebook(path)]


def test_a_notebook_that_is_fit_has_no_problem(tmp_path):
    assert found(write(tmp_path, LOAD, "scores = pa.section_scores(unit)", 'pa.show_title(unit, lang, {"en": "{unit}", "zh": "{unit}"})', "pa.show(scores, lang)")) == []


@pytest.mark.parametrize(("cell", "problems"), [
    # hidden state, and names of a later cell
    ("pa.show(scores, lang)", [("hidden", 3, 1)]),
    ("pa.show(late, lang)", [("used_early", 3, 1)]),
    ("a = 1\nb = a\nc = d", [("hidden", 3, 3)]),
    ("a = a", [("hidden", 3, 1)]),
    ("from os.path import join as put\nx = put('a', 'b')", []),
    ("a = 1\ndel a\nb = a", [("hidden", 3, 3)]),
    ("x = Out[3]", [("history", 3, 1)]),
    ("x = _", [("history", 3, 1)]),
    ("from os.path import *", [("star", 3, 1)]),
    ("print((n := 3), n)", [("no_language", 3, 1)]),
    # other machines
    ("%matplotlib inline", [("magic", 3, 1)]),
    ("x = 1\n!pip install something\ny = x", [("magic", 3, 2)]),
    ("unit.projects?", [("magic", 3, 1)]),
    ("%%time\nx = 1", [("magic", 3, 1)]),
    ("x = '/srv/someone/data.xlsx'", [("absolute_path", 3, 1)]),
    ("x = r'C:\\Users\\me\\data.xlsx'", [("absolute_path", 3, 1)]),
    ("x = '~/data'", [("absolute_path", 3, 1)]),
    ("x = r'\\\\server\\share'", [("absolute_path", 3, 1)]),
    ("x = 'outputs/data'\ny = '1/2'\nz = '</p>'", []),
    ("x = (", [("not_python", 3, 1)]),
    ("pa.load_datset('x')", [("not_public", 3, 1), ("no_language", 3, 1)]),
    # computation
    ("for code in ('1', '2'):\n    pa.show(unit, lang)", [("logic", 3, 1)]),
    ("x = [code for code in ('1', '2')]", [("logic", 3, 1)]),
    ("if year:\n    x = 1", [("logic", 3, 1)]),
    ("def rate(x):\n    return x", [("function", 3, 1)]),
    ("x = lambda y: y", [("function", 3, 1)]),
    ("import pandas as pd", [("arithmetic", 3, 1)]),
    ("x = unit.projects['executed'] / unit.projects['budget_adjusted']", [("arithmetic", 3, 1)]),
    ("x = unit.projects[unit.projects['executed'] > 1]", [("arithmetic", 3, 1)]),
    ("x = unit.projects.groupby('account')", [("arithmetic", 3, 1)]),
    ("x = unit.projects\nx['rate'] = 1", [("arithmetic", 3, 2)]),
    ("before = pa.load_unit(dataset, department, year - 1)", []),
    ("place = dataset + '/units.parquet'", []),
    # what is shown
    ("unit", [("no_language", 3, 1)]),
    ("print(unit)", [("no_language", 3, 1)]),
    ("unit;", []),
    ("'''only words'''", []),
])
def test_each_problem_has_its_cell_and_line(tmp_path, cell, problems):
    assert found(write(tmp_path, LOAD, cell, "late = 1")) == problems


def test_names_of_functions_and_comprehensions_are_their_own(tmp_path):
    cell = "def rate(x, *more, by=year):\n    local = x\n    return local + later + unknown\nvalues = {k: v for k, v in {}.items() if k != year}"
    # `later` is made before anybody can call; `unknown` never is; k, v, x, more and local are nobody else's
    assert [one for one in found(write(tmp_path, LOAD, cell, "later = 1")) if one[0] in ("hidden", "used_early")] == [("hidden", 3, 3)]


@pytest.mark.parametrize(("parameters", "problems"), [
    (None, [("no_parameters", None, None)]),
    ('dataset: str = "d"\nyear = 2020', [("parameter_missing", 1, 1)]),
    (PARAMETERS + "\nimport os\nbefore = year - 1", [("parameter_not_literal", 1, 5), ("parameter_not_literal", 1, 6)]),
    (PARAMETERS + "\nneeded: str", []),
])
def test_the_parameters_cell(tmp_path, parameters, problems):
    cell = "import perfanalysis as pa" if parameters is None else LOAD.replace("department, ", "'101', ")
    assert found(write(tmp_path, cell, parameters=parameters)) == problems


def test_what_is_stored_in_the_notebook(tmp_path):
    assert found(write(tmp_path, LOAD, kernel="my-environment")) == [("kernel", None, None)]
    # two of the three ran, the second before the first
    assert found(write(tmp_path, LOAD, "x = 1", counts=(5, None, 2), outputs=(3,))) == [("outputs", None, None), ("out_of_order", 3, 1)]
    assert found(write(tmp_path, LOAD, "x = 1", counts=(1, 2, 3))) == [("outputs", None, None)]
    path = write(tmp_path, LOAD)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"].append(content["cells"][0])
    path.write_text(json.dumps(content), encoding="utf-8")
    assert found(path) == [("two_parameters", 3, 1)]
    path.write_text("no json", encoding="utf-8")
    assert found(path) == [("unreadable", None, None)] and found(tmp_path / "none.ipynb") == [("unreadable", None, None)]


def test_every_problem_is_said_at_once_with_what_to_do_in_both_languages(tmp_path):
    path = write(tmp_path, "%time", "x = '/srv/me/a'\nfor y in z:\n    pass")
    result = CliRunner(env={"LC_ALL": "C"}).invoke(app, ["check-notebook", str(path)])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("error: mine.ipynb, code cell 2, line 1: '%time' is a command of IPython")
    assert lines[1].startswith("error: mine.ipynb, code cell 3, line 1: '/srv/me/a' is a place on one machine; write a path")
    assert {line.split(":")[0] for line in lines[2:4]} == {"error", "warning"} and all("line 2" in line for line in lines[2:4])
    assert lines[4] == f"4 problems in {path}."
    result = CliRunner().invoke(app, ["check-notebook", str(path), "--lang", "zh"])
    assert result.output.startswith("错误：mine.ipynb, 代码单元格2, 第1行: “%time”是IPython命令")
    good = CliRunner().invoke(app, ["check-notebook", str(write(tmp_path, LOAD)), "--lang", "en"])
    assert good.exit_code == 0 and "fit for batch" in good.output


def test_every_problem_has_words():
    source = Path(pa.__file__).with_name("reporting").joinpath("check_notebook.py").read_text(encoding="utf-8")
    codes = {*re.findall(r'self\.add\("(\w+)"', source), *re.findall(r'yield "(\w+)"', source)}
    assert len(codes) > 15
    assert [code for code in codes if not words.has(f"problem.nb_{code}", "en")] == []
