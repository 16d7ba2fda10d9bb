"""Notebooks are stored without outputs, and those that a plan can run declare their parameters once."""

import ast
import json
from pathlib import Path

import pytest

import perfanalysis

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
FOR_A_PERSON = ("tutorials", "explore")  # opened by hand, run by no plan


def name(path: Path) -> str:
    return path.relative_to(ROOT / "notebooks").as_posix()


FOR_A_PLAN = [path for path in NOTEBOOKS if not name(path).startswith(FOR_A_PERSON)]


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[*map(name, NOTEBOOKS)])
def test_notebook_is_stored_without_outputs(path):
    # an output could carry somebody's data into the repository, and makes every diff unreadable
    dirty = [n for n, cell in enumerate(code_cells(path), 1) if cell["outputs"] or cell["execution_count"] is not None]
    assert dirty == [], f"code cells {dirty} hold outputs or counts; in JupyterLab: Edit, Clear Outputs of All Cells, then save"


@pytest.mark.parametrize("path", FOR_A_PLAN, ids=[*map(name, FOR_A_PLAN)])
def test_notebook_declares_its_parameters_in_one_cell(path):
    tagged = [cell for cell in code_cells(path) if "parameters" in cell.get("metadata", {}).get("tags", [])]
    assert len(tagged) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[*map(name, NOTEBOOKS)])
def test_notebook_holds_no_path_of_one_machine(path):
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    # a kernel named after somebody's own environment exists nowhere else
    assert metadata.get("kernelspec", {}).get("name", "python3") == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[*map(name, NOTEBOOKS)])
def test_notebook_uses_public_names_only(path):
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in code_cells(path)))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pa"}
    assert sorted(used - set(perfanalysis.__all__)) == []
