"""Stock papermill with real kernels: one notebook that fails, one that dies and one that hangs beside one that is well."""

import json

from perfanalysis.reporting import load_plan, run_plan


def test_real_kernels(project):
    project.behave(B="error", C="die")
    record = run_plan(load_plan(project.plan(units=["A", "B", "C"])), workers=2)
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
    assert str(project.root) not in notebook and "papermill" not in notebook.replace("papermill.", "")
    # one that hangs is stopped, whatever the notebook's own metadata would say
    project.behave(D="hang")
    record = run_plan(load_plan(project.plan("slow", units=["D"], timeout=3)), workers=1)
    assert [(unit.status, unit.reason, unit.message) for unit in record.units] == [("failed", "timeout", "3")]
    assert "did not end within 3 seconds" in (project.outputs / "slow" / "index.html").read_text(encoding="utf-8")
