"""The command line: thin commands over the library.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True,
    help="Evaluate how public money performs: from budget and performance data to every department's report.",
)


class Lang(StrEnum):
    en = "en"
    zh = "zh"


def _chosen(lang: Lang | None) -> Lang:
    """The language asked for, or that of the person at the keyboard, as far as the system says."""
    if lang is not None:
        return lang
    from perfanalysis.words.reader import system_language

    return Lang(system_language())


LangOption = Annotated[Lang | None, typer.Option("--lang", callback=_chosen, help="Language of the messages, by default that of the system.")]
SourceArgument = Annotated[str, typer.Argument(help="A source file (YAML), a folder, a workbook, filled forms or a database address.")]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Reports made at once; by default one a core.")]


#: The plans on the demonstration city, in the order in which its front page lists them: from the whole to the parts.
DEMONSTRATION = (
    "city", "departments", "districts", "self_evaluation", "signs", "sampling", "targets", "bonds", "monitoring_city", "monitoring", "ex_ante", "congress", "exchange",
    "assessment", "assessment_districts", "assessment_departments", "pefa", "key_areas", "life_cycle", "projects", "impact",
)


@app.command()
def demo(workers: WorkersOption = None, force: Annotated[bool, typer.Option(help="Make every report anew.")] = False, lang: LangOption = None):
    """Make the demonstration city and every report on it under outputs/demo/."""
    from perfanalysis.cli_runs import run_plans

    with _told(lang):
        from perfanalysis.reporting import load_plan

        root = _project()
        outputs = root / "outputs" / "demo"
        dataset = _demonstration(outputs, lang)
        plans = [load_plan(root / "parameters" / f"{name}.yaml", dataset=dataset) for name in DEMONSTRATION]
        runs = run_plans(plans, lang, outputs=outputs, workers=workers, force=force, home=outputs)
        _end(runs)


@app.command(name="import")
def import_(
    source: SourceArgument, to: Annotated[Path, typer.Option("--to", help="Folder of the dataset to write.")], lang: LangOption = None
):
    """Read SOURCE and write it as a dataset; rows in error are set aside and listed."""
    with _told(lang):
        from perfanalysis.dataset import check_target

        check_target(to)
        data = _import(source, to)
        _tell_problems(data.problems, lang)
        _tell_counts(data, lang)
        _say("cli.written", lang, path=to)


@app.command()
def check(
    source: SourceArgument, to: Annotated[Path | None, typer.Option("--to", help="Mark the problems in a copy, FILE.xlsx.")] = None,
    lang: LangOption = None,
):
    """Report every problem of SOURCE at once; exit 1 if any row would be set aside."""
    with _told(lang):
        from perfanalysis.errors import DataError
        from perfanalysis.sources import mark_problems, read_source

        try:
            data = read_source(source)
        except DataError as error:
            _tell_problems(error.problems, lang)
            raise typer.Exit(1) from None
        _tell_problems(data.problems, lang)
        _tell_counts(data, lang)
        if to is not None:
            mark_problems(source, data.problems, to, lang=lang)
            _say("cli.written", lang, path=to)
        if data.errors or len(data.set_aside):
            raise typer.Exit(1)


@app.command()
def run(
    plans: Annotated[list[Path], typer.Argument(help="Plans: YAML files that name a notebook, a dataset, units and parameters.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="Code of a unit; may be given several times.")] = None,
    workers: WorkersOption = None,
    force: Annotated[bool, typer.Option("--force", help="Make every report anew, changed or not.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run: make only what is missing or failed.")] = False,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers make the reports, such as tcp://host:8786.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print every report as PDF too, through the Chromium or Chrome of this machine.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No bar and no lines on the way: failures and the summary only.")] = False,
    lang: LangOption = None,
):
    """Make every report of each PLAN that is not there and right; exit 1 if any failed."""
    from perfanalysis.cli_runs import run_plans

    with _told(lang):
        from perfanalysis.reporting import load_plan
        from perfanalysis.reporting.plan import choose_units

        loaded = [load_plan(plan) for plan in plans]
        for plan in loaded:
            choose_units(plan, only or ())
        _end(run_plans(loaded, lang, workers=workers, only=only or (), force=force, resume=resume, cluster=cluster, pdf=pdf, quiet=quiet))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A run's folder (outputs/<plan>) or one facts.json.")],
    new: Annotated[Path, typer.Argument(help="The run or facts.json to compare it with.")],
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write the comparison as a page, FILE.html.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    lang: LangOption = None,
):
    """Compare two runs, years or rule-books number by number; exit 1 if anything differs."""
    with _told(lang):
        from perfanalysis.audit.diff import compare_runs
        from perfanalysis.audit.diff_page import show_comparison, write_comparison

        runs = compare_runs(old, new, unit)
        if to is not None:
            write_comparison(runs, to, lang)
        if as_json:
            import json

            typer.echo(json.dumps(runs.as_json(), ensure_ascii=False, indent=1))
        else:
            show_comparison(runs, lang)
            if to is not None:
                _say("cli.written", lang, path=to)
        if not runs.equal:
            raise typer.Exit(1)


@app.command()
def bundle(
    run: Annotated[Path, typer.Argument(help="A run's folder, outputs/<plan>.")],
    to: Annotated[Path, typer.Option("--to", help="Folder of the bundle to write.")],
    plan: Annotated[Path | None, typer.Option("--plan", help="The plan that was run; by default parameters/<plan>.yaml.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Private key (Ed25519, PEM) to sign with.")] = None,
    lang: LangOption = None,
):
    """Hand a run over: reports, data slices, rules, parameters and notebook, with checksums (BagIt, RO-Crate)."""
    with _told(lang):
        from perfanalysis.audit.bundle import make_bundle

        make_bundle(run, to, plan=plan, key=key)
        _say("cli.written", lang, path=to)


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder.")],
    key: Annotated[str | None, typer.Option("--key", help="The public key that must have signed it.")] = None,
    no_rerun: Annotated[bool, typer.Option("--no-rerun", help="Only checksums and signature; make no report again.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run the bundle's own notebook although it is not one of this installation.")] = False,
    workers: WorkersOption = None,
    lang: LangOption = None,
):
    """Check a bundle and make its reports again, without network and original data; exit 1 if anything is not as delivered."""
    with _told(lang):
        from perfanalysis.audit.diff_page import show_verification
        from perfanalysis.audit.verify import verify_bundle

        notebooks = next((place for place in (Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parent.parent)
                          if (place / "notebooks").is_dir() and (place / "parameters").is_dir()), None)
        result = verify_bundle(bundle, key=key, rerun=not no_rerun, notebooks=notebooks and notebooks / "notebooks", trust=trust, workers=workers)
        show_verification(result, lang, rerun=not no_rerun)
        if not result.good:
            raise typer.Exit(1)


@app.command()
def template(
    to: Annotated[Path, typer.Option("--to", help="Workbook to write, FILE.xlsx.")],
    lang: Annotated[Lang | None, typer.Option("--lang", callback=_chosen, help="Language of the headers, by default that of the system.")] = None,
):
    """Write an empty Excel workbook for all tables, with drop-downs and notes."""
    with _told(lang):
        from perfanalysis.errors import PlanError, Problem
        from perfanalysis.sources import write_template

        if to.suffix.lower() != ".xlsx":
            raise PlanError([Problem("to_not_xlsx", found=str(to))])
        if to.exists():
            raise PlanError([Problem("to_exists", found=str(to))])
        write_template(to, lang.value)
        _say("cli.written", lang, path=to)


@app.command()
def dictionary(
    to: Annotated[Path | None, typer.Option("--to", help="File to write (Markdown); by default it is printed.")] = None, lang: LangOption = None
):
    """Describe all tables and columns: names, units, keys, what is allowed."""
    with _told(lang):
        from perfanalysis.sources import dictionary_markdown

        text = dictionary_markdown(lang.value)
        if to is None:
            typer.echo(text)
        else:
            to.write_text(text, encoding="utf-8")
            _say("cli.written", lang, path=to)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the report, such as my-report; its files are called after it.")], lang: LangOption = None
):
    """Make a report of your own: a notebook, its plan and its test, which run as they are."""
    from perfanalysis.cli_own import make_new

    with _told(lang):
        root = _project()
        make_new(root, name, lang)
        _demonstration(root / "outputs" / "demo", lang, keep=True)


@app.command(name="check-notebook")
def check_notebook(notebooks: Annotated[list[Path], typer.Argument(help="Notebooks to check, FILE.ipynb.")], lang: LangOption = None):
    """Say what in each notebook would break in batch, or belongs in the library; exit 1 if anything does."""
    from perfanalysis.cli_own import check_all

    with _told(lang):
        if not check_all(notebooks, lang):
            raise typer.Exit(1)


@app.command()
def validate(
    cities: Annotated[int, typer.Option("--cities", min=1, help="Demonstration cities to simulate, each with and without irregularities.")] = 200,
    first: Annotated[int, typer.Option("--first", min=0, help="Seed of the first one.")] = 1,
    to: Annotated[Path | None, typer.Option("--to", help="File to write the counts to (CSV); the reports' own table is perfanalysis/rules/validation.csv.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Cities at once; by default one a core.")] = None,
    lang: LangOption = None,
):
    """Measure how sure each finding is: power and false alarms over many simulated cities (about a quarter of an hour on two free cores)."""
    from perfanalysis.cli_runs import show_validation, track

    with _told(lang):
        from perfanalysis.demo.validation import validate_detectors

        with track(cities, lang) as told:
            counts = validate_detectors(range(first, first + cities), workers=workers, told=told)
        show_validation(counts, lang)
        if to is not None:
            counts.to_csv(to, index=False, lineterminator="\n")
            _say("cli.written", lang, path=to)


@app.command()
def lab(
    data: Annotated[Path | None, typer.Option("--data", help="Dataset to explore; by default the demonstration city.")] = None,
    lang: LangOption = None,
):
    """Open JupyterLab at the evaluator's desk (notebooks/explore.ipynb), with the demonstration city ready."""
    with _told(lang):
        import subprocess

        from perfanalysis.dataset import load_dataset
        from perfanalysis.words.reader import LANG

        root = _project()
        if data is None:
            data = _demonstration(root / "outputs" / "demo", lang, keep=True)
        dataset = load_dataset(data).path.resolve()  # says so now if it is none
        _say("cli.starting_lab", lang, path=root / "notebooks", dataset=dataset)
        environment = {**os.environ, "PERFANALYSIS_DATASET": str(dataset), LANG: lang.value}
        # no news and no updates: a desk at a finance bureau asks nothing of the internet
        command = [sys.executable, "-m", "jupyterlab", str(root / "notebooks"), "--LabApp.default_url=/lab/tree/explore.ipynb",
                   "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


def main() -> None:
    """What the ``perfanalysis`` command calls."""
    app()


@contextmanager
def _told(lang: str):
    """An error that the library raises on purpose is said in ``lang`` without a traceback, with exit status 2."""
    from perfanalysis.errors import PerfAnalysisError

    try:
        yield
    except PerfAnalysisError as error:
        typer.echo(error.say(lang), err=True)
        raise typer.Exit(2) from None
    except BrokenPipeError:
        raise  # whoever reads what is printed has read enough
    except OSError as error:
        _say("cli.no_access", lang, err=True, path=error.filename or "–", why=_why(error, lang))
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        _say("cli.stopped", lang, err=True)
        raise typer.Exit(130) from None


def _why(error: OSError, lang: str) -> str:
    """The system's reason in the reader's language, where the catalogue has it."""
    import errno

    from perfanalysis import words

    code = f"cli.os.{errno.errorcode.get(error.errno, '')}"
    return words.say(code, lang) if words.has(code, lang) else error.strerror or type(error).__name__


def _say(code: str, lang: str, *, err: bool = False, **values) -> None:
    from perfanalysis import words

    typer.echo(words.say(code, lang, values), err=err)


def _project() -> Path:
    """The project's folder: the working directory or one above it, or else the checkout that this library runs from."""
    from perfanalysis.errors import PlanError, Problem

    for folder in (Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parent.parent):
        if (folder / "parameters" / "departments.yaml").is_file() and (folder / "notebooks").is_dir():
            return folder
    raise PlanError([Problem("cli_no_project", found=str(Path.cwd()))])


def _demonstration(outputs: Path, lang: str, *, keep: bool = False) -> Path:
    """The dataset of the demonstration city, made unless it may be kept and is there."""
    dataset = outputs / "dataset"
    if keep and (dataset / "dataset.json").is_file():
        return dataset
    from perfanalysis.demo import make_demonstration

    _say("cli.making_city", lang, path=dataset)
    return make_demonstration(outputs).path


def _import(source: str | Path, to: Path):
    """Read and check ``source`` and write what can be used as a dataset."""
    from perfanalysis.dataset import store_source
    from perfanalysis.sources import read_source

    data = read_source(source)
    store_source(data, to)
    return data


def _tell_problems(problems, lang: str) -> None:
    for problem in problems:
        _say(f"problem_line.{problem.severity}", lang, says=problem.say(lang))


def _tell_counts(data, lang: str) -> None:
    warnings = sum(problem.severity == "warning" for problem in data.problems)
    rows = sum(len(frame) for frame in data.tables.values())
    _say("cli.rows", lang, rows=rows, tables=len(data.tables), set_aside=len(data.set_aside), warnings=warnings)


def _end(runs) -> None:
    if any(run.failed for run in runs):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
