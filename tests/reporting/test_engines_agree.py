"""Every notebook of the project through a stock kernel and through the fork: cell by cell the same; and nothing passes from one report to the next."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from perfanalysis.dataset import write_dataset
from perfanalysis.reporting import load_plan
from perfanalysis.reporting.execute import execute_notebook, prepare_notebook
from perfanalysis.reporting.fork import AVAILABLE, execute_each, execute_forked
from perfanalysis.reporting.sharing import count_shared

ROOT = Path(__file__).resolve().parents[2]
PLANS = {}
for _path in sorted((ROOT / "parameters").glob("*.yaml")):
    _content = yaml.safe_load(_path.read_text(encoding="utf-8"))
    if str(_content.get("dataset", "")).startswith("outputs/demo"):
        PLANS.setdefault(Path(_content["notebook"]).name, _path)

#: These no plan runs: they ask whoever opens them.
EXPLORING = ("explore.ipynb", "explore_library.ipynb")

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="fork is not sound on this system")


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    """The demonstration city cut to some of its units: every table that a notebook may ask for."""
    from perfanalysis.dataset import import_source, load_dataset
    from perfanalysis.demo import make_city, write_city

    folder = tmp_path_factory.mktemp("city")
    write_city(folder / "source", make_city())
    whole = import_source(folder / "source", folder / "whole", demonstration=True, name="示范市", name_en="Demonstration City")
    units = whole.units.groupby("kind").head(60)["unit"]
    tables = {}
    for name in load_dataset(folder / "whole").names:
        frame = whole.table(name)
        tables[name] = frame[frame["unit"].isin(units)] if "unit" in frame else frame
    return write_dataset(folder / "dataset", tables, set_aside=whole.table("set_aside").head(0), sources=whole.meta["sources"], demonstration=True,
                         name="示范市", name_en="Demonstration City").path


def outputs(executed):
    assert executed.outcome == "ok", (executed.message, executed.source)
    # a library's warning on the error stream comes once a process, and no report shows that stream
    return [(cell.cell_type, cell.source, cell.get("execution_count"), [dict(output) for output in cell.get("outputs", ()) if output.get("name") != "stderr"])
            for cell in executed.notebook.cells]


def _text(cell) -> str:
    """As text, for a missing number is not equal to itself; a widget's number and an object's place in memory differ from run to run."""
    return re.sub(r"\b(0x)?[0-9a-f]{12,32}\b", "#", json.dumps(cell, sort_keys=True, ensure_ascii=False, default=str))


def _first_difference(one: str, other: str) -> str:
    place = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"{one[place - 60:place + 60]} instead of {other[place - 60:place + 60]}"


def same(ours, stock) -> None:
    for one, other in zip(outputs(ours), outputs(stock), strict=True):
        assert _text(one) == _text(other), _first_difference(_text(one), _text(other))


def test_what_no_plan_runs_is_for_exploring():
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} - set(PLANS) == set(EXPLORING)


@pytest.mark.parametrize("notebook", sorted(PLANS))
def test_every_notebook_shows_the_same_in_a_kernel_and_in_a_fork(notebook, city):
    plan = load_plan(PLANS[notebook], dataset=city)
    sets = {lang: plan.parameters_of(plan.units[0], lang) for lang in plan.languages}
    forked = dict(execute_each(plan.notebook, sets, timeout=300))
    assert list(forked) == list(plan.languages)
    for lang, parameters in sets.items():
        same(forked[lang], execute_notebook(plan.notebook, parameters, timeout=300))


@pytest.mark.parametrize("notebook", EXPLORING)
def test_notebooks_for_exploring_show_the_same_in_a_kernel_and_in_a_fork(notebook, city, monkeypatch):
    monkeypatch.setenv("PERFANALYSIS_DATASET", str(city))
    same(execute_forked(ROOT / "notebooks" / notebook, {}, timeout=300), execute_notebook(ROOT / "notebooks" / notebook, {}, timeout=300))


def test_what_other_libraries_show_is_the_same_in_a_kernel_and_in_a_fork(project):
    """They ask where they are, and show a terminal something else: wide frames, categories, rich tables."""
    notebook = project.notebook(
        "import numpy as np\nimport pandas as pd\npd.DataFrame(np.arange(7500).reshape(100, 75))", 'pd.DataFrame({"a": ["x" * 200] * 3})', "pd.Series(range(100))",
        'pd.Categorical(list("abcabc") * 30)', '{"a": list(range(300))}', "from rich import print as say\nsay('[bold]a[/bold]', {'a': 1})",
        "from rich.table import Table\ntable = Table('a', 'b')\ntable.add_row('1', '2')\ntable", "from IPython.display import HTML, Markdown\ndisplay(Markdown('# x'), HTML('<b>x</b>'))\n3",
        "import os\nos.environ['TERM'], os.environ['FORCE_COLOR'], os.environ['PAGER']", "!echo $TERM", "In[1][:5], len(Out)",
    )
    same(execute_forked(notebook, {}, timeout=60), execute_notebook(notebook, {}, timeout=60))


@pytest.mark.parametrize("notebook", sorted(PLANS))
def test_every_notebook_computes_its_sections_before_it_asks_for_the_language(notebook):
    """So that they are computed once for all languages: the title comes after them."""
    sets = [{"dataset": "x", "lang": lang} for lang in ("en", "zh")]
    prepared = prepare_notebook(nbformat.read(ROOT / "notebooks" / notebook, as_version=4), sets[0])
    shared = "\n".join(cell.source for cell in prepared.cells[: count_shared(prepared, sets)] if cell.cell_type == "code")
    assert "pa.load_" in shared and "pa.section_" in shared


def test_what_the_languages_share_runs_once_and_each_goes_on_from_there(project, tmp_path):
    log = tmp_path / "log"
    notebook = project.notebook(
        'dataset = ""\ndepartment = "A"\nyear = 2020\nlang = "en"', f"open({str(log)!r}, 'a').write('load ')\nfound = [1]\nopen('left', 'w').write('x')",
        "print(lang, found, open('left').read())\nfound.append(lang)\nopen('left', 'a').write(lang)", "print(found)",
    )
    sets = {lang: {"department": "B", "lang": lang} for lang in ("en", "zh")}
    ran = dict(execute_each(notebook, sets, timeout=60))
    assert log.read_text() == "load "
    for lang, executed in ran.items():
        stock = execute_notebook(notebook, sets[lang], timeout=60)
        assert outputs(executed) == outputs(stock)
        assert executed.notebook.cells[-1].outputs[0]["text"] == f"[1, '{lang}']\n"


@pytest.mark.parametrize(
    ("parameters", "first", "shared"),
    [
        ('lang = "en"', "x = 1", 3),
        ('lang = "en"\ntitle = "a" + lang', "x = 1", 0),
        ('lang = "en"', "x = globals()", 2),
        ('lang = "en"', "!ls", 2),
        ('lang = "en"', "x = '{lang}'.format(lang=1)", 2),
    ],
)
def test_only_cells_that_cannot_know_the_language_are_shared(parameters, first, shared):
    new = nbformat.v4.new_code_cell
    node = nbformat.v4.new_notebook(cells=[
        new(parameters, metadata={"tags": ["parameters"]}), new('lang = "en"', metadata={"tags": ["injected-parameters"]}), new(first), new("show(lang)"),
    ])
    assert count_shared(node, [{"lang": "en"}, {"lang": "zh"}]) == shared
    assert count_shared(node, [{"lang": "en"}]) == 0 and count_shared(node, [{"lang": "en"}, {"lang": "en"}]) == 0


def test_an_error_before_the_languages_part_is_every_languages_error(project):
    notebook = project.notebook('dataset = ""\nlang = "en"', "1 / 0", "print(lang)")
    ran = dict(execute_each(notebook, {lang: {"lang": lang} for lang in ("en", "zh")}, timeout=60))
    assert {lang: (run.outcome, run.message, run.source) for lang, run in ran.items()} == dict.fromkeys(ran, ("error", "ZeroDivisionError: division by zero", "1 / 0"))
    assert len(ran) == 2


def test_nothing_passes_from_one_report_to_the_next(project):
    spoil = ("import os, random, sys, warnings, locale, decimal\nimport numpy as np, pandas as pd, matplotlib as mpl, perfanalysis\n"
             "mpl.rcParams['font.size'] = 99\npd.set_option('display.max_rows', 3)\nos.environ['LEFT'] = 'x'\nrandom.seed(1); np.random.seed(1)\nos.chdir('/')\n"
             "perfanalysis.words.codes = None\nsys.path.append('left')\nperfanalysis.__version__ = 'spoilt'\nprint(lang)")
    look = ("import os, random, sys\nimport numpy as np, pandas as pd, matplotlib as mpl, perfanalysis\nfrom perfanalysis import words\n"
            "print(mpl.rcParams['font.size'], pd.get_option('display.max_rows'), os.environ.get('LEFT'), os.listdir('.'), 'left' in sys.path, "
            "callable(words.codes), perfanalysis.__version__)\nprint(random.random(), np.random.random())")
    spoiling, looking = project.notebook('dataset = ""\nlang = "en"', spoil), None
    assert execute_forked(spoiling, {"lang": "en"}, timeout=60).outcome == "ok"
    looking = project.notebook('dataset = ""\nlang = "en"', look)
    first, second = (execute_forked(looking, {"lang": "en"}, timeout=60).notebook.cells[-1].outputs[0]["text"].split("\n") for _ in range(2))
    stock = execute_notebook(looking, {"lang": "en"}, timeout=60).notebook.cells[-1].outputs[0]["text"].split("\n")
    assert first[0] == second[0] == stock[0]
    assert len({first[1], second[1], stock[1]}) == 3 and first[1].split()[1] != second[1].split()[1]


def test_over_memory_killed_and_out_of_time_are_what_the_supervisor_saw(project):
    def ran(body, **limits):
        notebook = project.notebook('dataset = ""\nlang = "en"', body)
        executed = execute_forked(notebook, {"lang": "en"}, **{"timeout": 60, **limits})
        return executed.outcome, executed.message, executed.source

    body = "import time\nhold = bytearray(700_000_000)\ntime.sleep(30)"
    assert ran(body, memory=500) == ("memory", "500", body)
    assert ran("raise MemoryError")[0] == "memory"
    body = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    assert ran(body) == ("died", "signal 11 (SIGSEGV)", body)
    assert ran("import time; time.sleep(30)", timeout=1)[0] == "timeout"


def test_papermill_finds_the_engine_by_name(project, tmp_path):
    notebook = project.notebook('dataset = ""\nlang = "en"', "print(lang)", "lang * 2")
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "perfanalysis", "--no-progress-bar", "-k", "python3", "-l", "python", str(notebook), str(tmp_path / "out.ipynb"), "-p", "lang", "zh"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [cell.metadata["papermill"]["status"] for cell in cells] == ["completed"] * 4
    assert cells[2].outputs[0]["text"] == "zh\n" and cells[3].outputs[0]["data"]["text/plain"] == "'zhzh'"
    notebook = project.notebook('dataset = ""\nlang = "en"', "import os\nos._exit(3)")
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "perfanalysis", "--no-progress-bar", "-k", "python3", "-l", "python", str(notebook), str(tmp_path / "out.ipynb")],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )
    assert done.returncode != 0 and "died: exit status 3" in done.stderr
