"""A report of one's own: a notebook, its plan and its test, which run as they are."""

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from perfanalysis.errors import PlanError, Problem

_FOLDER = Path(__file__).parent / "new"
#: In what is copied, the place of the report's name.
_NAME = "NAME"


class NewReport(NamedTuple):
    """The files of a new report."""

    notebook: Path
    plan: Path
    test: Path


def new_report(name: str, root: str | Path = ".") -> NewReport:
    """Make ``notebooks/<name>.ipynb``, ``parameters/<name>.yaml`` and ``tests/own/test_report_<name>.py`` in the project's folder ``root``.

    Raises
    ------
    PlanError
        The name cannot be a file's, or one of the files is there already: nothing of somebody's is overwritten.

    >>> made = pa.new_report("my-report", new)
    >>> made.plan.name, len(pa.check_notebook(made.notebook))
    ('my-report.yaml', 0)
    """
    import nbformat

    if not re.fullmatch(r"\w[\w-]*", name):
        raise PlanError([Problem("new_bad_name", found=name, values={"example": "my-report"})])
    root = Path(root)
    made = NewReport(root / "notebooks" / f"{name}.ipynb", root / "parameters" / f"{name}.yaml", root / "tests" / "own" / f"test_report_{name}.py")
    if there := [path for path in made if path.exists()]:
        raise PlanError([Problem("new_exists", found=str(path)) for path in there])
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
    made.notebook.write_text(nbformat.writes(_notebook(name), indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    made.plan.write_text(_filled("plan.yaml", name), encoding="utf-8", newline="\n")
    made.test.write_text(_filled("test.py.j2", name), encoding="utf-8", newline="\n")
    return made


def _filled(file: str, name: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8").replace(_NAME, name)


def _notebook(name: str):
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    tags = {"desk": ["desk"], "parameters": ["parameters"]}
    cells = []
    for number, cell in enumerate(yaml.safe_load(_filled("cells.yaml", name))):
        ((kind, source),) = cell.items()
        make = new_markdown_cell if kind == "desk" else new_code_cell
        cells.append(make(source, id=f"cell-{number:02d}", metadata={"tags": tags[kind]} if kind in tags else {}))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return new_notebook(cells=cells, metadata=kernel)
