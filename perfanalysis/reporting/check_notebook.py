"""What in a notebook would break in batch, or belongs in the library: every problem at once, with its cell, its line and what to do."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from perfanalysis.errors import Problem, Problems, near
from perfanalysis.reporting.names import BEFORE_ANY_CELL, HISTORY, Use, follow_names
from perfanalysis.reporting.plan import FILLED

#: Magics, shell lines and questions: IPython's own, which a stock Python does not know.
_MAGIC = re.compile(r"^\s*[%!]|^\s*\?|\?\s*$")
#: A text that begins like a place on one machine: /srv/…/, C:\…, \\server\…, ~/…
_ABSOLUTE = re.compile(r"/[\w.~-]+/|[A-Za-z]:[\\/]|\\\\|~[\\/]|file://")
#: What computes on whole tables; each is a step that the library can do, and a test can reach there.
_TABLE_METHODS = frozenset(
    ["agg", "aggregate", "apply", "assign", "corr", "cumsum", "diff", "div", "drop_duplicates", "dropna", "fillna", "groupby", "isin", "mean", "median", "melt", "merge", "mul", "nlargest", "nsmallest", "pivot", "pivot_table", "quantile", "query", "rank", "rolling", "sort_values", "stack", "std", "sub", "sum", "transform", "unstack", "value_counts", "var"]
)
_COMPUTING = frozenset({"matplotlib", "numpy", "pandas", "scipy", "seaborn", "statsmodels"})
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.BitAnd, ast.BitOr)


@dataclass(frozen=True)
class _Cell:
    """One code cell: its number among the code cells (from 1), its source, and the tree of it where it is Python."""

    number: int
    source: str
    tags: tuple[str, ...]
    content: Mapping[str, Any]

    def line(self, number: int) -> str:
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def check_notebook(path: str | Path) -> Problems:
    """Every problem of the notebook in the file ``path``, in the order of its cells; none for one that is fit for batch.

    Errors break a batch run or make it say something else than JupyterLab did: no parameters cell, names that no cell (or only a later one) makes, IPython's own
    commands, places on one machine. Warnings do not, but are wrong to keep: outputs, cells run in another order, what is shown without the report's
    language, and computation, which no test reaches and no fact leads back from.

    >>> pa.check_notebook("notebooks/department.ipynb")
    No problem found.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = [
            _Cell(number, _text(cell["source"]), tuple(cell.get("metadata", {}).get("tags", ())), cell)
            for number, cell in enumerate((cell for cell in content["cells"] if cell["cell_type"] == "code"), 1)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Problems([Problem("nb_unreadable", file=path.name, found=f"{type(error).__name__}: {error}")])
    check = _Check(path.name)
    check.about(content, cells)
    trees = {cell.number: tree for cell in cells if (tree := check.parse(cell)) is not None}
    for cell in cells:
        if cell.number in trees:
            check.cell(cell, trees[cell.number])
    check.names(cells, trees)
    return Problems(sorted(check.problems, key=lambda problem: (problem.cell or 0, problem.row or 0)))


class _Check:
    """Collects every problem of one notebook."""

    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def add(self, code: str, cell: _Cell | None = None, line: int | None = None, severity: str = "error", **values: Any) -> None:
        found = values.pop("found", cell.line(line) if cell is not None and line is not None else None)
        self.problems.append(Problem(f"nb_{code}", severity, self.file, cell=None if cell is None else cell.number, row=line, found=found, values=values))

    def about(self, content: Mapping[str, Any], cells: list[_Cell]) -> None:
        """The notebook as a whole: its kernel, its parameters cell, what is stored in it."""
        kernel = content.get("metadata", {}).get("kernelspec", {}).get("name", "python3")
        if kernel != "python3":
            self.add("kernel", found=kernel)
        tagged = [cell for cell in cells if "parameters" in cell.tags]
        if not tagged:
            self.add("no_parameters", example='dataset: str = "outputs/demo/dataset"')
        for cell in tagged[1:]:
            self.add("two_parameters", cell, 1)
        counts = [(cell, count) for cell in cells if (count := cell.content.get("execution_count")) is not None]
        stored = [str(cell.number) for cell in cells if cell.content.get("outputs") or cell.content.get("execution_count") is not None]
        if stored:
            self.add("outputs", severity="warning", found=", ".join(stored))
        for (_, before), (cell, count) in pairwise(counts):
            if count <= before:
                self.add("out_of_order", cell, 1, severity="warning", found=count, before=before)
                break

    def parse(self, cell: _Cell) -> ast.Module | None:
        try:
            return ast.parse(cell.source)
        except SyntaxError as error:
            magics = [number for number, line in enumerate(cell.source.splitlines(), 1) if _MAGIC.search(line)]
            for number in magics:
                self.add("magic", cell, number)
            kept = "\n".join("pass" if number in magics else line for number, line in enumerate(cell.source.splitlines(), 1))
            if magics and not cell.source.lstrip().startswith("%%"):
                try:
                    return ast.parse(kept)
                except SyntaxError:
                    return None
            if not magics:
                self.add("not_python", cell, error.lineno or 1)
            return None

    def cell(self, cell: _Cell, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.match(node.value):
                self.add("absolute_path", cell, node.lineno, found=node.value)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pa":
                self._public(cell, node)
        if "parameters" in cell.tags:
            self._parameters(cell, tree)
            return
        for code, line in sorted({(code, line) for code, line in _computation(tree)}, key=lambda one: one[1]):
            self.add(code, cell, line, severity="warning")
        if tree.body and not cell.source.rstrip().endswith(";") and _shown_without_language(tree.body[-1]):
            self.add("no_language", cell, tree.body[-1].lineno, severity="warning")

    def _public(self, cell: _Cell, node: ast.Attribute) -> None:
        import perfanalysis

        if node.attr not in perfanalysis.__all__:
            self.add("not_public", cell, node.lineno, found=f"pa.{node.attr}", near=near(node.attr, perfanalysis.__all__))

    def _parameters(self, cell: _Cell, tree: ast.Module) -> None:
        declared = set()
        for statement in tree.body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
            declared |= {target.id for target in targets if isinstance(target, ast.Name)}
            try:
                literal = bool(targets) and (statement.value is None or ast.literal_eval(statement.value) is not statement)
            except ValueError:
                literal = False
            if not literal:
                self.add("parameter_not_literal", cell, statement.lineno)
        for name in FILLED:
            if name not in declared:
                self.add("parameter_missing", cell, 1, found=name)

    def names(self, cells: list[_Cell], trees: Mapping[int, ast.Module]) -> None:
        """Names used before a cell makes them: what is left over in the kernel of JupyterLab is not there in batch."""
        uses = {cell.number: follow_names(trees[cell.number]) for cell in cells if cell.number in trees}
        made_in: dict[str, list[int]] = {}
        for number, cell_uses in uses.items():
            for use in cell_uses:
                if use.makes:
                    made_in.setdefault(use.name, []).append(number)
        known = set(BEFORE_ANY_CELL)
        for cell in cells:
            said: set[str] = set()
            for use in uses.get(cell.number, ()):
                if use.makes:
                    known.add(use.name)
                elif use.drops:
                    known.discard(use.name)
                elif use.name not in known and use.name not in said and not (use.later and use.name in made_in):
                    said.add(use.name)
                    self._unknown(cell, use, made_in)
                    if use.name == "*":
                        return

    def _unknown(self, cell: _Cell, use: Use, made_in: Mapping[str, list[int]]) -> None:
        below = next((number for number in made_in.get(use.name, ()) if number > cell.number), None)
        if use.name == "*":
            self.add("star", cell, use.line)  # from here on nobody can say which names there are
        elif HISTORY.fullmatch(use.name):
            self.add("history", cell, use.line, found=use.name)
        elif below is not None:
            self.add("used_early", cell, use.line, found=use.name, made=below)
        else:
            self.add("hidden", cell, use.line, found=use.name)


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _computation(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What belongs in the library: (code of the problem, line)."""
    for node in ast.walk(tree):
        match node:
            case ast.For() | ast.AsyncFor() | ast.While() | ast.If() | ast.Try() | ast.Match() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield "logic", node.lineno
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                yield "function", node.lineno
            case ast.Import():
                if any(alias.name.split(".")[0] in _COMPUTING for alias in node.names):
                    yield "arithmetic", node.lineno
            case ast.ImportFrom():
                if (node.module or "").split(".")[0] in _COMPUTING:
                    yield "arithmetic", node.lineno
            case ast.BinOp(left=left, op=op, right=right):
                if isinstance(op, _ARITHMETIC) and not _harmless(left, right):
                    yield "arithmetic", node.lineno
            case ast.AugAssign():
                yield "arithmetic", node.lineno
            case ast.Assign(targets=targets):
                if any(isinstance(target, ast.Subscript | ast.Attribute) for target in targets):
                    yield "arithmetic", node.lineno
            case ast.Subscript(slice=wanted):
                if any(isinstance(part, ast.Compare) for part in ast.walk(wanted)):
                    yield "arithmetic", node.lineno
            case ast.Call(func=ast.Attribute(attr=attribute)):
                if attribute in _TABLE_METHODS:
                    yield "arithmetic", node.lineno


def _harmless(left: ast.expr, right: ast.expr) -> bool:
    """``year - 1``, ``2 * 3``, ``folder / "report"``, ``"a" + name``: no computation on data."""
    plain = isinstance(left, ast.Constant | ast.Name) and isinstance(right, ast.Constant | ast.Name) and not (isinstance(left, ast.Name) and isinstance(right, ast.Name))
    return plain or any(isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str)) for side in (left, right))


def _shown_without_language(last: ast.stmt) -> bool:
    """Whether the cell ends with something that JupyterLab would show as it is."""
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant):
        return False
    function = last.value.func if isinstance(last.value, ast.Call) else None
    return not (isinstance(function, ast.Attribute) and function.attr.startswith("show"))
