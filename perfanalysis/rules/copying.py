"""A shipped rule-book or framework as a file of one's own, to be changed there."""

from pathlib import Path

from perfanalysis.errors import PlanError, Problem, RuleError, near

_FOLDERS = tuple(Path(__file__).parent / kind for kind in ("rulebooks", "frameworks"))


def copy_rules(name: str, to: str | Path) -> Path:
    """Copy the shipped rule-book or framework ``name`` to the file ``to``, comments and sources included; change it there and give its path instead of the name.

    Raises
    ------
    RuleError
        No rule-book and no framework is called that; the near ones are named.
    PlanError
        There is such a file already: nothing of somebody's is overwritten.

    >>> mine = pa.copy_rules("mof-2020", new / "mine.yaml")
    >>> pa.load_rulebook(mine).name
    'mof-2020'
    """
    to = Path(to)
    shipped = {path.stem: path for folder in _FOLDERS for path in sorted(folder.glob("*.yaml"))}
    if name not in shipped:
        raise RuleError(Problem("unknown_rules", found=name, values={"near": near(name, shipped)}))
    if to.exists():
        raise PlanError([Problem("to_exists", found=str(to))])
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(shipped[name].read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    return to
