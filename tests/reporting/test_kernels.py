"""Both engines: one notebook that fails, one that dies and one that hangs beside one that is well; and what they show is the same."""

import json

import pytest

from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.reporting.execute import execute_notebook
from perfanalysis.reporting.fork import AVAILABLE, execute_forked

ENGINES = [
    pytest.param(execute_notebook, id="papermill"),
    pytest.param(execute_forked, id="forked", marks=pytest.mark.skipif(not AVAILABLE, reason="fork is not sound on this system")),
]


@pytest.mark.parametrize("execute", ENGINES)
def test_what_goes_wrong_is_told_and_stops_nobody_else(project, execute):
    project.behave(B="error", C="die")
    record = run_plan(load_plan(project.plan(units=["A", "B", "C"])), workers=2, execute=execute)
    by_unit = {unit.unit: unit for unit in record.units}
    assert {code: (unit.status, unit.reason) for code, unit in by_unit.items()} == {
        "A": ("done", ""), "B": ("failed", "error"), "C": ("failed", "died"),
    }
    assert by_unit["B"].message == "ValueError: no such thing as B" and "raise ValueError" in by_unit["B"].source
    assert "os._exit" in by_unit["C"].source and by_unit["A"].seconds["notebook"] > 0
    folder = project.outputs / "tiny"
    page = (folder / "A" / "report.en.html").read_text(encoding="utf-8")
    assert "<p>A</p>" in page and "raise ValueError" not in page  # code is hidden
    facts = json.loads((folder / "A" / "facts.json").read_text(encoding="utf-8"))
    assert facts["report"]["title"] == {"en": "Report on A", "zh": "报告：A"}
    notebook = (folder / "A" / "report.zh.ipynb").read_text(encoding="utf-8")
    assert str(project.root) not in notebook and '"papermill"' not in notebook
    # one that hangs is stopped, whatever the notebook's own metadata would say
    project.behave(D="hang")
    record = run_plan(load_plan(project.plan("slow", units=["D"], timeout=3)), workers=1, execute=execute)
    assert [(unit.status, unit.reason, unit.message) for unit in record.units] == [("failed", "timeout", "3")]
    assert "did not end within 3 seconds" in (project.outputs / "slow" / "index.html").read_text(encoding="utf-8")


@pytest.mark.skipif(not AVAILABLE, reason="fork is not sound on this system")
def test_both_engines_show_the_same(project, tmp_path):
    cells = [
        "import os, sys, warnings\nprint(department, year, share)\nprint('to stderr', file=sys.stderr)\nos.environ['LEFT'] = 'behind'",
        "import pandas as pd\npd.set_option('display.max_rows', 3)\npd.DataFrame({'a': [1, 2]})",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "%precision 3\n1 / 3",
        "'text'",
        "None",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>x</b>'))\nHTML('<i>y</i>')",
        "sorted(os.listdir('.')), sorted(name for name in globals() if name == 'left')",
        "left = 1\ninput()",
    ]
    notebook = project.notebook('dataset = ""\ndepartment = "A"\nyear = 2020\nshare: float = 0.5\nlang = "en"', *cells)
    given = {"dataset": "x", "department": 'quote " and \\ and \n', "share": 0.25}
    stock, forked = (run(notebook, given, timeout=120) for run in (execute_notebook, execute_forked))
    assert (stock.outcome, stock.source, stock.message) == (forked.outcome, forked.source, forked.message) == (
        "error", "left = 1\ninput()", "StdinNotImplementedError: raw_input was called, but this frontend does not support input requests.",
    )
    for one, other in zip(stock.notebook.cells, forked.notebook.cells, strict=True):
        assert (one.source, one.execution_count) == (other.source, other.execution_count)
        if one.source != cells[-1]:
            assert [dict(output) for output in one.outputs] == [dict(output) for output in other.outputs]
    assert any("image/png" in output.get("data", {}) for cell in forked.notebook.cells for output in cell.outputs)
    assert "LEFT" not in __import__("os").environ
