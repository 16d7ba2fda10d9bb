"""The parameters that a notebook declares in the cell tagged ``parameters``, and what may be given for them."""

import ast
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Annotations that a parameter may have, and the types of value that each takes.
_TYPES: Mapping[str, tuple[type, ...]] = types.MappingProxyType(
    {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,), "list": (list,), "None": (type(None),)}
)


class NotebookError(ValueError):
    """The file is not a notebook whose parameters can be read; the message says why."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; ``allowed`` names its types (empty: anything goes), ``required`` means it has no default."""

    name: str
    allowed: tuple[str, ...]
    required: bool
    default: Any = None

    def takes(self, value: Any) -> bool:
        """Whether ``value`` is of a declared type; True is no number, and 2 is a fine float."""
        if not self.allowed:
            return True
        allowed = {kind for name in self.allowed for kind in _TYPES[name]}
        return type(value) in allowed


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """The parameters that ``notebook`` declares, in order; its parameters cell is the only declaration.

    The type is the annotation (``year: int = 2020``) or else the default's own. A name annotated without a default must be given.
    """
    tree = _parameters_cell(notebook)
    declared: dict[str, Parameter] = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            default = _literal(statement.value) if statement.value is not None else None
            declared[name] = Parameter(name, _annotated(statement.annotation), statement.value is None, default)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    default = _literal(statement.value)
                    kind = type(default).__name__
                    declared[target.id] = Parameter(target.id, (kind,) if kind in _TYPES else (), False, default)
    return declared


def literal_problem(value: Any) -> bool:
    """Whether ``value`` cannot be written into a notebook as a plain literal (text, number, truth value, nothing, list of them)."""
    if isinstance(value, list):
        return any(isinstance(part, list) or literal_problem(part) for part in value)
    if type(value) is float:
        return value != value or value in (float("inf"), float("-inf"))
    return type(value) not in (str, int, bool, type(None))


def _parameters_cell(notebook: Path) -> ast.Module:
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotebookError(f"not a notebook: {error!r}") from None
    for cell in cells:
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", ()):
            source = cell["source"]
            try:
                return ast.parse(source if isinstance(source, str) else "".join(source))
            except SyntaxError as error:
                raise NotebookError(f"the parameters cell is not Python: {error}") from None
    raise NotebookError("no cell is tagged 'parameters'")


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _annotated(node: ast.expr) -> tuple[str, ...]:
    """The type names of an annotation: ``str``, ``str | None``, ``Optional[int]``, ``list[str]``; empty where it says something else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _annotated(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.Constant) and node.value is None:
        return ("None",)
    if isinstance(node, ast.Name):
        return (node.id,) if node.id in _TYPES else ()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _annotated(node.left), _annotated(node.right)
        return (*left, *right) if left and right else ()
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value)
        if outer in ("Optional", "typing.Optional"):
            inner = _annotated(node.slice)
            return (*inner, "None") if inner else ()
        if outer == "list":
            return ("list",)
    return ()
