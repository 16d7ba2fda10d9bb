"""What the commands for reports of one's own print."""

from collections.abc import Iterable
from pathlib import Path

import typer

from perfanalysis import words
from perfanalysis.words import Quantity


def make_new(root: Path, name: str, lang: str) -> None:
    """Make the report and say where it lies and what to do next."""
    from perfanalysis.reporting.new_report import new_report

    made = new_report(name, root)
    for path in made:
        typer.echo(words.say("cli.written", lang, {"path": path.relative_to(root)}))
    places = {part: path.relative_to(root).as_posix() for part, path in made._asdict().items()}
    typer.echo(words.say("cli.new_next", lang, {**places, "code": "101"}))


def check_all(notebooks: Iterable[Path], lang: str) -> bool:
    """Print every problem of each notebook; whether all are fit for batch."""
    from perfanalysis.reporting.check_notebook import check_notebook

    good = True
    for path in notebooks:
        problems = check_notebook(path)
        for problem in problems:
            typer.echo(words.say(f"problem_kind_of.{problem.severity}", lang, {"says": problem.say(lang)}))
        code = "cli.nb_found" if problems else "cli.nb_good"
        typer.echo(words.say(code, lang, {"path": path, **({"number": Quantity(len(problems), "count")} if problems else {})}))
        good = good and not problems
    return good
