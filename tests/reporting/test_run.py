"""The batch: what is published, what is kept, what the record says. Notebooks are played by a function; kernels are in test_kernels."""

import datetime
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook

from perfanalysis.errors import PlanError
from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.reporting.execute import Executed
from perfanalysis.reporting.folders import folder_name, hold_outputs, publish_folder, recover_folders
from perfanalysis.reporting.gather import MIME

NOW = datetime.datetime(2021, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def plain_pages(monkeypatch):
    """The page's own tests are elsewhere; here it only has to be there."""
    monkeypatch.setattr("perfanalysis.reporting.html.export_html", lambda node, lang, title: f"<title>{title}</title>")


def play(notebook: Path, parameters, *, timeout: float) -> Executed:
    """What the tiny notebook shows, without a kernel; ``behaviour.json`` beside the data says what goes wrong."""
    unit, lang, data = parameters.get("department", "city"), parameters["lang"], Path(parameters["dataset"])
    how = json.loads(data.with_name("behaviour.json").read_text(encoding="utf-8")).get(unit)
    with open(data / "played.txt", "a", encoding="utf-8") as log:
        log.write(f"{unit}.{lang} ")
    if how == "kill":
        os._exit(9)
    if how == "interrupt":
        raise KeyboardInterrupt
    rate = 0.75 if how != "differ" or lang == "en" else 0.8
    fact = {"id": f"{unit}.rate", "subject": unit, "measure": "execution_rate", "value": rate, "unit": "ratio", "scope": "own", "period": "2020",
            "method": "execution_rate", "evidence": []}
    finding = {"code": "low", "severity": "serious", "subject": unit, "facts": [fact["id"]], "names": {}, "evidence": []}
    table = {"code": "t", "caption": {"en": "Projects", "zh": "项目"}[lang], "rows": [["=1+1", 3.0], ["+x", None]],
             "columns": [{"name": "n", "label": {"en": "Name", "zh": "名称"}[lang], "unit": "text"}, {"name": "m", "label": "¥", "unit": "money"}]}
    report = {"kind": "report", "unit": unit, "year": 2020, "title": f"{lang} {unit}", "lang": lang}
    section = {"kind": "section", "section": "summary", "lang": lang, "facts": [fact], "findings": [finding], "tables": [table]}
    if how == "conflict":
        section["facts"] = [fact, {**fact, "value": 0.1}]
    shown = [{MIME: report, "text/html": "<h1>x</h1>"}] + [{MIME: section, "text/html": "<p>y</p>"}] * (how != "nothing")
    shown += [{"image/png": "aGk="}] * (how != "no picture")
    cell = nbformat.v4.new_code_cell("shown()", outputs=[nbformat.v4.new_output("display_data", data) for data in shown])
    given = nbformat.v4.new_code_cell("", metadata={"tags": ["injected-parameters"]})
    node = nbformat.v4.new_notebook(cells=[given, cell])
    if how == "error":
        return Executed(node, "error", "ValueError: no such thing", "shown()")
    return Executed(node, "ok")


def run(plan, hours=0, **options):
    """A run in threads, at a fixed time."""
    options = {"execute": play, "open_pool": ThreadPoolExecutor, "workers": 2} | options
    return run_plan(load_plan(plan), now=lambda: NOW + datetime.timedelta(hours=hours), **options)


def played(project) -> list[str]:
    log = project.data / "played.txt"
    names = sorted(log.read_text(encoding="utf-8").split()) if log.exists() else []
    log.unlink(missing_ok=True)
    return names


def statuses(project) -> dict[str, str]:
    return {unit["unit"]: unit["status"] for unit in project.run_json()["units"]}


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_a_run_leaves(project):
    record = run(project.plan())
    folder = project.outputs / "tiny"
    assert {path.name for path in folder.iterdir()} == {"A", "B", "C", "D", "run.json", "index.html", "index.zh.html", ".state", ".lock"}
    assert {path.name for path in (folder / "B").iterdir()} == {
        "report.en.html", "report.zh.html", "report.en.ipynb", "report.zh.ipynb", "facts.json", "tables.xlsx",
    }
    assert record.failed == () and record.count("done") == 4
    facts = json.loads((folder / "B" / "facts.json").read_text(encoding="utf-8"))
    assert facts["report"] == {"unit": "B", "year": 2020, "title": {"en": "en B", "zh": "zh B"}}
    assert [fact["id"] for fact in facts["facts"]] == ["B.rate"] and facts["findings"][0]["facts"] == ["B.rate"]
    truth = project.run_json()
    assert truth["counts"] == {"done": 4, "unchanged": 0, "failed": 0} and truth["started"] == "2021-03-01T12:00:00+00:00"
    one = truth["units"][1]
    assert one["why"] == ["first"] and one["reason"] == "" and one["figures"] == {"execution_rate": 0.75}
    assert one["sizes"]["facts.json"] == (folder / "B" / "facts.json").stat().st_size


def test_the_kept_notebook_names_no_folder_of_this_machine(project):
    run(project.plan())
    text = (project.outputs / "tiny" / "B" / "report.en.ipynb").read_text(encoding="utf-8")
    assert str(project.root) not in text
    assert 'dataset = \\"outputs/data\\"' in text and 'department = \\"B\\"' in text


def test_tables_hold_text_as_text_and_both_languages_headings(project):
    run(project.plan(), only=["B"])
    sheet = load_workbook(project.outputs / "tiny" / "B" / "tables.xlsx")["Projects"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Projects", None], ["项目", None], [None, None], ["Name", "¥"], ["名称", "¥"], ["=1+1", 3.0], ["+x", None],
    ]
    assert (sheet["A6"].data_type, sheet["A6"].quotePrefix, sheet["B6"].data_type) == ("s", True, "n")


def test_the_same_run_gives_the_same_bytes(project, tmp_path):
    plan = project.plan()
    run(plan, outputs=tmp_path / "one")
    run(plan, outputs=tmp_path / "two", hours=5)
    one, two = tree(tmp_path / "one" / "tiny"), tree(tmp_path / "two" / "tiny")
    different = {name for name in one if one[name] != two[name]}
    assert one.keys() == two.keys()
    assert different == {"run.json", ".state/A.json", ".state/B.json", ".state/C.json", ".state/D.json"}


@pytest.mark.parametrize(
    ("how", "reason", "message"),
    [
        ("error", "error", "ValueError: no such thing"),
        ("nothing", "empty", "content"),
        ("no picture", "empty", "figure"),
        ("differ", "languages_differ", "B.rate"),
        ("conflict", "facts_differ", "B.rate"),
    ],
)
def test_one_that_fails_does_not_stop_the_others_and_its_last_good_report_stays(project, how, reason, message):
    plan = project.plan(units=["A", "B"])
    run(plan)
    folder = project.outputs / "tiny"
    good = tree(folder / "B")
    project.behave(B=how)
    record = run(plan, hours=24, force=True)
    assert statuses(project) == {"A": "done", "B": "failed"}
    assert [unit.unit for unit in record.failed] == ["B"]
    truth = project.run_json()["units"][1]
    assert (truth["reason"], truth["message"]) == (reason, message)
    assert truth["good"] == "2021-03-01T12:00:00+00:00"
    assert tree(folder / "B") == good
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "failed; the report shown is that of 1 March 2021" in page and "B/report.zh.html" in page
    assert "失败；所示为2021年3月1日的报告" in (folder / "index.zh.html").read_text(encoding="utf-8")
    assert (folder / "failed" / "B" / "report.en.ipynb").is_file()
    # mended: the failed one runs again although nothing that it is made from changed, and nothing of the failure is left
    project.behave()
    run(plan, hours=48)
    assert statuses(project) == {"A": "unchanged", "B": "done"}
    assert project.run_json()["units"][1]["why"] == ["failed_before"] and project.run_json()["units"][1]["message"] == ""
    assert not (folder / "failed" / "B").exists()


def test_a_first_failure_publishes_nothing(project):
    project.behave(B="error")
    run(project.plan())
    folder = project.outputs / "tiny"
    assert not (folder / "B").exists() and (folder / "C").is_dir()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "4 units: 3 with a current report, 1 failed, 0 not made yet." in page
    assert "B/report" not in page.replace("failed/B/report", "") and "ValueError: no such thing" in page and "shown()" in page


def test_what_is_unchanged_is_not_made_again_and_the_record_says_why_the_rest_was(project):
    plan = project.plan()
    run(plan)
    played(project)
    run(plan)
    assert played(project) == [] and set(statuses(project).values()) == {"unchanged"}
    (project.outputs / "tiny" / "C" / "facts.json").unlink()
    run(plan)
    assert played(project) == ["C.en", "C.zh"] and project.run_json()["units"][2]["why"] == ["files_missing"]
    run(project.plan(parameters={"year": 2020, "share": 0.6}))
    assert project.run_json()["units"][0]["why"] == ["parameters"]
    notebook = project.root / "notebooks" / "tiny.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("import html", "import  html"), encoding="utf-8")
    (project.data / "dataset.json").write_text((project.data / "dataset.json").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    run(project.plan(parameters={"year": 2020, "share": 0.6}))
    assert project.run_json()["units"][0]["why"] == ["notebook", "dataset"]
    played(project)
    run(project.plan(parameters={"year": 2020, "share": 0.6}), force=True)
    assert len(played(project)) == 8 and project.run_json()["units"][0]["why"] == ["forced"]


def test_only_leaves_the_others_as_they_are(project):
    plan = project.plan()
    project.behave(A="error")
    record = run(plan, only=["C"])
    assert statuses(project) == {"C": "done"} and record.chosen == ("C",)
    page = (project.outputs / "tiny" / "index.html").read_text(encoding="utf-8")
    assert "3 not made yet" in page
    run(plan)
    record = run(plan, only=["C"])
    assert statuses(project) == {"A": "failed", "B": "done", "C": "unchanged", "D": "done"}
    assert record.failed == ()  # A failed in an earlier run; this one was not about it


def test_an_interrupted_run_keeps_what_is_done_and_resumes(project):
    plan = project.plan()
    project.behave(C="interrupt")
    with pytest.raises(KeyboardInterrupt):
        run(plan, workers=1)
    assert project.run_json()["interrupted"] and statuses(project) == {"A": "done", "B": "done"}
    project.behave()
    played(project)
    run(plan, resume=True)
    assert played(project) == ["C.en", "C.zh", "D.en", "D.zh"]
    with pytest.raises(PlanError, match="its inputs have changed since"):
        run(project.plan(parameters={"year": 2020, "share": 0.1}), resume=True)


def test_a_worker_that_is_killed_takes_nobody_along(project):
    project.behave(B="kill")
    record = run_plan(load_plan(project.plan(languages=["en"], units=["A", "B"])), workers=2, execute=play)
    assert {unit.unit: unit.status for unit in record.units} == {"A": "done", "B": "failed"}
    assert record.failed[0].reason == "died"


def test_two_runs_at_once_into_one_folder_are_refused(project):
    plan = project.plan()
    with hold_outputs(project.outputs / "tiny"), pytest.raises(PlanError, match="another run is writing"):
        run(plan)


def test_progress_counts_every_unit_as_it_ends(project):
    seen, seen_while = [], []
    plan = project.plan()
    run(plan, only=["A"])
    played(project)
    run(plan, workers=1, on_progress=lambda step: seen.append(step) or seen_while.append(len(played(project))))
    assert [(step.finished, step.total) for step in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert seen[0].record.status == "unchanged" and seen_while[0] == 0 and 2 in seen_while


def test_a_report_moved_aside_when_the_machine_stopped_comes_back(tmp_path):
    (tmp_path / ".old-A").mkdir()
    (tmp_path / ".old-A" / "report").write_text("good")
    (tmp_path / ".staging" / "A").mkdir(parents=True)
    recover_folders(tmp_path)
    assert (tmp_path / "A" / "report").read_text() == "good" and not (tmp_path / ".staging").exists()


def test_a_folder_takes_its_place_whole(tmp_path, monkeypatch):
    for exchange in (True, False):
        if not exchange:
            monkeypatch.setattr("perfanalysis.reporting.folders._exchange", lambda one, other: False)
        for text in ("old", "new"):
            staging = tmp_path / "staging"
            staging.mkdir()
            (staging / text).write_text(text)
            publish_folder(staging, tmp_path / "A")
            assert [path.name for path in (tmp_path / "A").iterdir()] == [text] and not staging.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["A"]


@pytest.mark.parametrize("code", ["..", ".", "../../x", "a/b", "a\\b", "C:", "con", "LPT1", "run.json", "Index.html", "failed", "", "a ", "x\n", "%41"])
def test_no_code_leaves_its_folder_or_upsets_a_system(code, tmp_path):
    name = folder_name(code)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve() and (tmp_path / name) != tmp_path
    assert not set(name) & set('<>:"/\\|?*') and name.lower() not in ("con", "lpt1", "run.json", "index.html", "failed") and name[-1] not in ". "


def test_the_index_shows_names_as_text_and_asks_nobody(project):
    run(project.plan())
    page = (project.outputs / "tiny" / "index.zh.html").read_text(encoding="utf-8")
    # one script, its own; a name that would be one is text
    assert page.count("<script") == 1 and "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert '<html lang="zh-CN">' in page and "75.0%" in page
    assert "教育局" in page and "Office B" not in page
