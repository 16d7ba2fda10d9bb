"""From what one looks at to a report for everybody: the plan file, and the command that runs it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from perfanalysis.errors import PlanError, Problem
from perfanalysis.reporting import load_plan
from perfanalysis.reporting.parameters import read_parameters


def write_plan(
    path: str | Path, *, notebook: str, dataset: str | Path, units: Any, title: Mapping[str, str], parameters: Mapping[str, Any], languages: tuple[str, ...] = ("en", "zh"),
) -> str:
    """Write a plan that ``perfanalysis run`` takes, check it, and give the command.

    ``path`` lies in a project's ``parameters`` folder, so that the plan's own paths start from the project. Of ``parameters`` those that the notebook
    declares are written; which one receives the unit's code is found from its declaration. A plan that is there already is not overwritten.

    Raises
    ------
    PlanError
        The file is there, or the plan is wrong (it is then not left behind).
    """
    path = Path(path).with_suffix(".yaml")
    root = path.resolve().parent.parent if path.resolve().parent.name == "parameters" else path.resolve().parent
    declared = read_parameters(root / notebook)
    receives = next((name for name in ("department", "district", "unit_code", "project", "key_area") if name in declared), None)
    given = {name: value for name, value in parameters.items() if name in declared and name != receives}
    content: dict[str, Any] = {"title": dict(title), "notebook": notebook, "dataset": _from(root, Path(dataset)), "units": units}
    if receives:
        content["parameter"] = receives
    content |= {"parameters": given, "languages": list(languages)}
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=160))
    except FileExistsError:
        raise PlanError([Problem("to_exists", found=str(path))]) from None
    try:
        load_plan(path)
    except PlanError:
        path.unlink()
        raise
    return f"perfanalysis run {shlex.quote(_from(root, path))}"


def _from(root: Path, path: Path) -> str:
    """The path as seen from the project's folder, or whole where it lies elsewhere."""
    path = path.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
