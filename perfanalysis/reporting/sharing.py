"""Which cells of a notebook are the same whatever the language, so that they need to run once only."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Ways to reach a variable without naming it; a cell with one of these runs for each set of parameters.
_ROUNDABOUT = re.compile(r"\b(globals|locals|vars|dir|exec|eval|compile|get_ipython|In|Out|_i\w*|__main__|inspect|getpid|urandom)\b|^\s*[%!]|\?\s*$", re.MULTILINE)


def count_shared(prepared: Any, sets: Sequence[Mapping[str, Any]]) -> int:
    """How many of the first cells give the same with every one of ``sets``; 0 where nothing is shared.

    A cell is shared as long as no name that the sets differ in has occurred in a cell, the parameters' own cells excepted: those must do nothing but
    give literals to names.
    """
    names = {name for given in sets for name in given if any(other.get(name, ...) != given[name] for other in sets)}
    if len(sets) < 2 or not names or any(given.keys() != sets[0].keys() for given in sets):
        return 0
    mentioned = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
    given = False
    for position, cell in enumerate(prepared.cells):
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", ())
        if "parameters" in tags or "injected-parameters" in tags:
            if not _only_literals(cell.source):
                return 0
            given = given or "injected-parameters" in tags
        elif mentioned.search(cell.source) or _ROUNDABOUT.search(cell.source):
            return position if given else 0
    return 0  # no cell depends on them: then the sets need not be told apart, and each runs on its own


def _only_literals(source: str) -> bool:
    try:
        tree = ast.parse(source)
        for statement in tree.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign):
                return False
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if not all(isinstance(target, ast.Name) for target in targets):
                return False
            if statement.value is not None:
                ast.literal_eval(statement.value)
    except (SyntaxError, ValueError):
        return False
    return True
