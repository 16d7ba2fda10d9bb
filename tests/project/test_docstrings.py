"""``?`` leads on: what a person begins with has an example, and every example comes out as it is written, on the tiny city."""

import doctest
import inspect
from pathlib import Path

import pytest

import perfanalysis as pa

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "data" / "tiny"
#: What somebody types first, in the order of the work.
FIRST_STEPS = (
    "read_source", "check_source", "mark_problems", "write_template", "load_dataset", "import_source", "list_rulebooks", "load_rulebook", "list_frameworks",
    "load_framework", "score_indicators", "score_execution", "score_projects", "compare_scores", "load_unit", "section_summary", "section_key_figures",
    "section_execution", "section_targets", "section_scores", "section_monitoring", "section_peers", "section_follow_up", "section_quality", "section_method",
    "show_title", "show", "load_plan", "run_plan", "make_city", "new_report", "check_notebook", "make_bundle", "verify_bundle", "compare_runs",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return pa.import_source(TINY, tmp_path_factory.mktemp("tiny") / "data").path


@pytest.mark.parametrize("name", FIRST_STEPS)
def test_what_a_person_begins_with_has_an_example(name):
    assert ">>> " in getattr(pa, name).__doc__


def _documented():
    from perfanalysis.dataset import Dataset, Slice
    from perfanalysis.rules import RuleBook

    wanted = [*(getattr(pa, name) for name in pa.__all__), Dataset, Slice, RuleBook]
    named = [(about.__qualname__, about) for about in wanted if inspect.isfunction(about) or inspect.isclass(about)]
    methods = [(member.__qualname__, member) for _, about in named if inspect.isclass(about) for member in vars(about).values() if inspect.isfunction(member)]
    return {name: about for name, about in [*named, *methods] if ">>> " in (about.__doc__ or "")}


@pytest.mark.parametrize("name", _documented())
def test_example_comes_out_as_it_is_written(name, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    about = _documented()[name]
    given = {**vars(inspect.getmodule(about)), "pa": pa, "folder": folder, "source": TINY, "new": tmp_path, "unit": pa.load_unit(folder, "101", 2023)}
    said = []
    test = doctest.DocTestFinder(recurse=False).find(about, name, globs=given)[0]
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert said == []
