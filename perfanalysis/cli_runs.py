"""What the command line shows of a run: a bar while it goes on, then a table of what happened."""

import datetime
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from perfanalysis.words import say


def run_plans(plans: Iterable, lang: str, *, home: Path | None = None, quiet: bool = False, **options) -> list:
    """Run every plan, showing how far each is; ``home`` is the folder whose index page leads to them all."""
    from perfanalysis.reporting import run_plan
    from perfanalysis.reporting.folders import write_atomically
    from perfanalysis.reporting.index import make_home

    console = Console(highlight=False, soft_wrap=True)
    runs = []
    for plan in plans:
        _print(console, say("cli.running", lang, {"plan": plan.title.get(lang, plan.name)}))
        try:
            with _progress(console, lang, quiet) as on_progress:
                runs.append(run_plan(plan, on_progress=on_progress, **options))
        except KeyboardInterrupt:
            _print(console, say("run.interrupted", lang))
            raise
        _tell(console, plan, runs[-1], lang)
    if home is not None:
        from perfanalysis.dataset import load_dataset

        demonstration = bool(load_dataset(plans[0].dataset).meta["demonstration"])
        for name, page in make_home(runs, home, demonstration=demonstration).items():
            write_atomically(home / name, page)
        pages = [home / "index.html"]
    else:
        pages = [run.folder / "index.html" for run in runs]
    for page in pages:
        _print(console, say("run.open", lang, {"path": _short(page)}))
    return runs


@contextmanager
def _progress(console: Console, lang: str, quiet: bool = False):
    """A function to be told of each finished unit: a bar with rate, time left and failures on a terminal; elsewhere a line for each tenth and for each failure;
    ``quiet`` leaves the failures."""
    if quiet or not console.is_terminal:
        told = 0

        def tell(step) -> None:
            nonlocal told
            tenth = step.finished * 10 // step.total
            if (tenth > told and not quiet) or step.record.status == "failed":
                told = max(told, tenth)
                status = say(f"run.status.{step.record.status}", lang)
                _print(console, say("run.line", lang, {"finished": step.finished, "total": step.total, "unit": step.record.unit, "status": status}))

        yield tell
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, speed_estimate_period=120) as bar:
        task, failed, made, since = bar.add_task("", total=None), 0, 0, time.monotonic()

        def tell(step) -> None:
            nonlocal failed, made
            failed += step.record.status == "failed"
            made += step.record.status != "unchanged"
            rate = say("run.rate", lang, {"rate": f"{made / (time.monotonic() - since):.2f}"}) if made > 1 else ""
            shown = " · ".join(filter(None, [rate, say("run.failures", lang, {"failed": failed}) if failed else ""]))
            bar.update(task, completed=step.finished, total=step.total, description=escape(shown))

        yield tell


def _tell(console: Console, plan, run, lang: str) -> None:
    """The failed units with their reasons, then the counts."""
    from perfanalysis.reporting.changes import say_why
    from perfanalysis.reporting.index import say_reason

    names = {unit.code: unit.written(lang) for unit in plan.units}
    if run.failed:
        table = Table(title=say("run.heading", lang), title_justify="left")
        for column in ("unit", "name", "reason", "made"):
            table.add_column(say(f"run.column.{column}", lang), overflow="fold")
        for record in run.failed:
            reason = say_reason(record, lang)
            if record.reason in ("error", "died"):
                reason += f"\n{record.message}"
            if record.source:
                reason += f"\n{say('run.cell', lang)}: {_first_lines(record.source)}"
            table.add_row(*map(Text, (record.unit, names[record.unit], reason, record.good[:10] or say("run.no_good", lang))))
        console.print(table)
    reasons = Counter(why for record in run.units if record.status != "unchanged" and record.unit in run.chosen for why in record.why)
    if set(reasons) - {"first"}:
        told = [say("run.why_count", lang, {"why": say_why(why, lang), "count": count}) for why, count in reasons.most_common(8)]
        _print(console, say("run.why_made", lang, {"reasons": say("run.why_separator", lang).join(told)}))
    seconds = (datetime.datetime.fromisoformat(run.ended) - datetime.datetime.fromisoformat(run.started)).total_seconds()
    counts = {status: run.count(status) for status in ("done", "unchanged", "failed")}
    _print(console, say("run.summary", lang, {"plan": run.plan, **counts, "seconds": f"{seconds:.0f}", "workers": run.workers}))


def _first_lines(source: str, most: int = 4) -> str:
    lines = source.strip().splitlines()
    return "\n".join([*lines[:most], "…"] if len(lines) > most else lines)


def _short(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, emoji=False)


@contextmanager
def track(total: int, lang: str):
    """A function to be told of each simulated city: a bar on a terminal, elsewhere a line for each tenth."""
    console, finished = Console(highlight=False, soft_wrap=True, stderr=True), 0
    _print(console, say("cli.validating", lang, {"cities": total}))
    with Progress(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def told(seed: int) -> None:
            nonlocal finished
            finished += 1
            bar.update(task, completed=finished)
            if not console.is_terminal and finished * 10 // total > (finished - 1) * 10 // total:
                _print(console, f"{finished}/{total}")

        yield told


def show_validation(counts, lang: str) -> None:
    """The table of detectors: what was planted, in how many of those it was found, and in how many without it was raised, with intervals."""
    from perfanalysis.rules.validation import rate_detectors, say_share

    console = Console(highlight=False, soft_wrap=not Console().is_terminal, width=None if Console().is_terminal else 200)
    table = Table()
    for column in ("detector", "planted_as", "detector_found", "detector_raised"):
        table.add_column(say(f"column.{column}", lang))
    for row in rate_detectors(counts).to_dict("records"):
        table.add_row(*map(Text, (
            say(f"finding_name.{row['finding']}", lang), say(f"planted.{row['kind']}" if row["kind"] else "validation_none", lang),
            say_share(row, "power", lang), say_share(row, "alarm", lang))))
    console.print(table)
