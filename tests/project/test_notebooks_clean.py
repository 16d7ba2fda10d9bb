"""The project's own notebooks pass what `perfanalysis check-notebook` asks of everybody's."""

from pathlib import Path

import pytest

from perfanalysis.reporting.check_notebook import check_notebook

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
FOR_A_PERSON = ("tutorials", "explore")  # opened by hand, run by no plan
#: What one may do at the desk but not in a report.
AT_THE_DESK = {"nb_no_parameters", "nb_parameter_missing", "nb_no_language", "nb_logic", "nb_function", "nb_arithmetic"}


def name(path: Path) -> str:
    return path.relative_to(ROOT / "notebooks").as_posix()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[*map(name, NOTEBOOKS)])
def test_notebook_is_fit_for_batch(path):
    problems = check_notebook(path)
    if name(path).startswith(FOR_A_PERSON):
        # a tutorial shows a path of one machine as an example of what is wrong
        problems = tuple(problem for problem in problems if problem.code not in AT_THE_DESK and problem.found != "D:/my-city/data")
    assert problems == ()


def test_there_are_notebooks_to_check():
    assert {"department.ipynb", "city.ipynb", "district.ipynb"} <= set(map(name, NOTEBOOKS))
