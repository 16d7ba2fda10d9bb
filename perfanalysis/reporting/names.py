"""Which names a cell makes and which it needs, in the order in which it runs."""

import ast
import builtins
import re
from dataclasses import dataclass

#: Names that are there before the first cell: Python's own, and what a notebook's kernel adds.
BEFORE_ANY_CELL = frozenset({*dir(builtins), "display", "get_ipython", "__file__"} - {"_"})
#: What IPython keeps of cells that ran before, in whatever order that was.
HISTORY = re.compile(r"_{1,3}|_i+|_i?\d+|In|Out|_[io]h|_dh")


@dataclass(frozen=True)
class Use:
    """One name at one line: made, dropped (``del``), or needed; ``later`` where only a function needs it, once it is called."""

    name: str
    line: int
    makes: bool = False
    drops: bool = False
    later: bool = False


def follow_names(tree: ast.AST) -> tuple[Use, ...]:
    """What the cell does with names, in order; ``*`` stands for all that ``from … import *`` makes."""
    follower = _Follower()
    follower.visit(tree)
    return tuple(follower.uses)


class _Follower(ast.NodeVisitor):
    """Visits values before the targets that they go to; what is local to a function or a comprehension stays out."""

    def __init__(self):
        self.uses: list[Use] = []

    def _make(self, name: str, node: ast.AST) -> None:
        self.uses.append(Use(name, node.lineno, makes=True))

    def visit_Name(self, node: ast.Name) -> None:
        self.uses.append(Use(node.id, node.lineno, makes=isinstance(node.ctx, ast.Store), drops=isinstance(node.ctx, ast.Del)))

    def visit_Assign(self, node: ast.Assign) -> None:
        self._in_order(node.value, *node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # a name that is annotated only, such as a parameter without a default, is given by the run
        self._in_order(node.annotation, *([node.value] if node.value is not None else []), node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.uses.append(Use(node.target.id, node.lineno))
        self._in_order(node.value, node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._in_order(node.value, node.target)

    def visit_For(self, node: ast.For) -> None:
        self._in_order(node.iter, node.target, *node.body, *node.orelse)

    visit_AsyncFor = visit_For

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self._make(node.name, node)
        self._in_order(*node.body)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.uses.append(Use("*", node.lineno))
            else:
                self._make(alias.asname or alias.name.split(".")[0], node)

    visit_ImportFrom = visit_Import

    def _visit_pattern(self, node) -> None:
        if getattr(node, "name", None) or getattr(node, "rest", None):
            self._make(getattr(node, "name", None) or node.rest, node)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = _visit_pattern

    def visit_FunctionDef(self, node) -> None:
        self._in_order(*node.decorator_list, node.args)
        self._make(node.name, node)
        self._inside(node.body, _arguments(node.args), later=True)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)
        self._inside([node.body], _arguments(node.args), later=True)

    def visit_arg(self, node: ast.arg) -> None:
        if node.annotation is not None:
            self.visit(node.annotation)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._in_order(*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords))
        self._inside(node.body, set(), later=False)
        self._make(node.name, node)

    def visit_ListComp(self, node) -> None:
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        first, *others = node.generators
        self.visit(first.iter)
        targets = [generator.target for generator in node.generators]
        self._inside([*targets, *(other.iter for other in others), *(test for generator in node.generators for test in generator.ifs), *values], set(), later=False)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _in_order(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)

    def _inside(self, nodes, local: set[str], *, later: bool) -> None:
        """What a scope of its own needs from outside."""
        inner = _Follower()
        inner._in_order(*nodes)
        if later:  # a function's names are its own wherever in it they are made
            local = local | {use.name for use in inner.uses if use.makes}
        for use in inner.uses:
            if use.makes:
                local = local | {use.name}
            elif not use.drops and use.name not in local:
                self.uses.append(Use(use.name, use.line, later=later or use.later))


def _arguments(arguments: ast.arguments) -> set[str]:
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg) if argument is not None}
