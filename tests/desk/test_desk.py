"""The desk without a browser: its panels on the demonstration city, and the reports that are run from it."""

import asyncio
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
import yaml

from perfanalysis.desk import state as state_module
from perfanalysis.desk.causes import find_causes
from perfanalysis.desk.drill import table_units, trace_row
from perfanalysis.desk.lost_points import measure_lost_points, section_lost_points
from perfanalysis.desk.opening import open_desk
from perfanalysis.desk.own_plan import write_plan
from perfanalysis.desk.reports import REPORTS
from perfanalysis.desk.state import KINDS
from perfanalysis.desk.widgets import lines_html
from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.sections import load_unit, section_scores, section_targets

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's folder of one's own, in which the desk writes."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "parameters").mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def desk(city_dataset):
    return open_desk(city_dataset, "en", 2020)


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_of_every_report_is_shown_in_both_languages(kind, desk):
    read = desk.reading
    read.kind.value = kind
    assert read.state.kind == kind
    for _, report in list(read.report.options):
        read.report.value = report
        for _, section in list(read.section.options):
            read.section.value = section
            said = {}
            for lang in ("en", "zh"):
                read.lang.value = lang
                said[lang] = words_of(read.html.value)
                assert read.time.value, (report, section, said[lang])
            assert said["en"] != said["zh"] and re.search("[一-鿿]{4}", said["zh"]), (report, section)
    read.lang.value = "en"


def test_every_report_at_the_desk_has_its_notebook():
    assert {report.notebook for report in REPORTS} <= {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_a_choice_changes_what_every_panel_shows(desk):
    read, follow = desk.reading, desk.following
    read.kind.value = "department"
    read.report.value, read.section.value = "department", "key_figures"
    read.code.value = "101"
    first = read.html.value
    read.code.value = "102"
    assert read.html.value != first
    assert desk.state.name("department", "102").removeprefix("102 ") in follow.heads["projects"].value
    # another rule-book gives other points: at 88 % of the budget mof-2021 gives 7 of 10
    before = words_of(read.html.value)
    read.rulebook.value = "mof-2021"
    assert words_of(read.html.value) != before
    read.rulebook.value = "mof-2020"


def test_panels_answer_at_once_where_an_event_loop_of_somebody_else_runs(city_dataset):
    async def choose() -> str:
        desk = open_desk(city_dataset, "en", 2020)
        follow = desk.following
        desk.reading.code.value = "102"
        return follow.heads["projects"].value

    # in a thread of its own: the tests with a browser leave a loop running in this one
    with ThreadPoolExecutor(1) as thread:
        assert "Municipal Education Examinations Institute" in thread.submit(asyncio.run, choose()).result()


def test_clicks_lead_from_the_city_to_the_row_as_it_was_uploaded(desk, city_dataset):
    follow = desk.following
    units = table_units(desk.state.city()).frame
    follow.tables["units"].selected_rows = [int(units.index[units["unit"] == "101"][0])]
    assert (desk.state.kind, desk.state.code) == ("department", "101")
    follow.tables["projects"].selected_rows = [0]
    follow.tables["indicators"].selected_rows = [0]
    said = words_of(follow.line.value)
    file, row = re.search(r"(\w+\.csv), row (\d+)", said).groups()
    uploaded = (city_dataset.parent / "source" / file).read_text(encoding="utf-8-sig").splitlines()[int(row) - 1].split(",")
    assert follow.project in uploaded and follow.indicator in uploaded
    for value in ("projects", "indicators"):
        assert follow.tables[value].df is not None


def test_trace_row_names_file_row_and_values(city_dataset):
    unit = load_unit(city_dataset, "101", 2020)
    (line,) = trace_row(unit, "projects", project="101-001")
    text = (city_dataset.parent / "source" / line.file).read_text(encoding="utf-8-sig").splitlines()
    assert text[line.row - 1].startswith("101-001,2020,")
    # the amounts are those of the file's own columns, in yuan
    headers = dict(zip(text[0].split(","), text[line.row - 1].split(","), strict=True))
    assert line.values["executed"] == float(headers["全年执行数"])


def test_the_rows_that_cause_a_finding(city_dataset):
    unit = load_unit(city_dataset, "101", 2020)
    missed = next(one for one in section_targets(unit).findings if one.code == "targets_missed")
    lines = find_causes(unit, missed)
    assert len(lines) == missed.values["missed"].value
    assert all(line.table == "indicators" and line.known for line in lines)
    # the desk lists them in one table, each with its place
    said = words_of(lines_html(lines, "en"))
    assert all(f"{line.file}, row {line.row} " in said for line in lines) and "Row of the uploaded file" in said


def test_points_lost_against_the_form_are_those_that_were_planted(city_dataset):
    from perfanalysis.demo import planted

    wanted = {(row.unit, row.project, row.indicator) for row in planted().itertuples() if row.kind == "points_above_rule"}
    found = set()
    for code in sorted({code for code, *_ in wanted}):
        unit = load_unit(city_dataset, code, 2020)
        lost = measure_lost_points(unit)
        above = lost[(lost["indicator"] != "") & (lost["against_form"] > 0.01)]
        found |= {(code, *pair) for pair in above[["project", "indicator"]].itertuples(index=False)}
        section = section_lost_points(unit)
        assert section.blocks[0].code == "lost_points.differs"
        finding = next(one for one in section_scores(unit).findings if one.code == "points_above_rule")
        assert {line.values["indicator"] for line in find_causes(unit, finding)} == set(above["indicator"])
    assert found == wanted


def test_reclaimable_funds_of_the_departments_are_those_that_were_planted(desk):
    from perfanalysis.demo import planted

    wanted = {row.unit for row in planted().itertuples() if row.kind == "met_but_unspent"}
    frame = table_units(desk.state.city()).frame
    # six departments, two projects each; they stand first
    assert set(frame.loc[frame["met_unspent"] > 0, "unit"]) == wanted
    assert frame["met_unspent"].head(6).tolist() == [2] * 6 and frame["reclaimable"].is_monotonic_decreasing


def test_what_if_is_saved_and_a_run_takes_it(city_dataset, project, monkeypatch):
    desk = open_desk(city_dataset, "en", 2020)
    desk.state.kind, desk.state.code = "district", "301"
    ask = desk.asking
    ask.base.value, ask.part.value, ask.times.value = "district-28", "D6", 2.0
    ask.add.click()
    assert "16 units" in words_of(ask.html.value) and ask.asked.value == "Disclosure and foundations × 2"
    ask.name.value = "disclosure-double"
    ask.save.click()
    command = re.search(r"perfanalysis run (\S+\.yaml)", words_of(ask.saved.value))[1]
    plan = load_plan(project / command)
    run = run_plan(plan, workers=1)
    assert [*run.failed] == []
    page = next((project / "outputs").rglob("report.en.html")).read_text(encoding="utf-8")
    # the report states the scores that the desk compared
    from perfanalysis.desk.changes import change_framework
    from perfanalysis.desk.what_if import compare_frameworks

    frame = compare_frameworks(desk.state.dataset, 2020, "district-28", change_framework("district-28", times={"D6": 2}))
    assert "what if: Disclosure and foundations × 2" in page
    assert f"{frame['score_after'].max():.2f}" in page and f"{frame['score_after'].min():.2f}" in page
    # a second time nothing is overwritten, and the desk says so
    ask.save.click()
    assert "is there already" in ask.saved.value


def test_another_rule_book_at_the_desk_and_its_file(city_dataset, project):
    desk = open_desk(city_dataset, "zh", 2020)
    ask = desk.asking
    ask.mode.value = "rulebook"
    assert "位次" in words_of(ask.html.value)  # what to do
    ask.grades["excellent"].value = 98
    assert "等级发生变化" in words_of(ask.html.value)
    ask.book.value = "hubei"
    assert "没有单位同时具有" in words_of(ask.html.value)
    ask.rescale.value = True
    assert "个单位中" in words_of(ask.html.value)
    # another language asks the same question
    desk.state.lang = "en"
    assert (ask.mode.value, ask.book.value) == ("rulebook", "hubei") and "units change place" in words_of(ask.html.value)
    desk.state.lang = "zh"
    ask.name.value = "rescaled"
    ask.save.click()
    content = yaml.safe_load((project / "parameters" / "rescaled.yaml").read_text(encoding="utf-8"))
    assert content["parameters"]["rulebook"] == "parameters/rules/rescaled.yaml"
    assert load_plan(project / "parameters" / "rescaled.yaml").parameters["rulebook"].endswith("rescaled.yaml")
    # and it can be chosen for reading at once
    desk.reading.rulebook.value = "parameters/rules/rescaled.yaml"
    assert desk.unit.rulebook.name == "rescaled"


def test_a_changed_coefficient_is_said_in_the_report(city_dataset):
    from perfanalysis import words
    from perfanalysis.desk.changes import change_framework
    from perfanalysis.sections.assessment import section_assessment

    unit = load_unit(city_dataset, "101", 2020)
    section = section_assessment(unit, change_framework("department-25", coefficients={"101": 1.2}, year=2020))
    block = next(block for block in section.blocks if getattr(block, "code", "").startswith("assessment.difficulty"))
    assert block.code == "assessment.difficulty_assumed"
    assert "assumes a difficulty of 1.2 for" in words.say(f"text.{block.code}", "en", block.values)


def test_what_is_looked_at_becomes_a_plan_for_all(city_dataset, project):
    desk = open_desk(city_dataset, "en", 2020)
    desk.reading.report.value = "monitoring"
    desk.handing_over.name.value = "watch"
    desk.handing_over.write.click()
    assert "perfanalysis run parameters/watch.yaml" in words_of(desk.handing_over.said.value)
    plan = load_plan(project / "parameters" / "watch.yaml")
    # 147 departments, in the notebook's own parameters
    assert len(plan.units) == 147 and plan.parameter == "unit_code" and plan.parameters["as_of"] == "2020-07-31"


def test_a_plan_that_is_wrong_is_not_left_behind(city_dataset, project):
    from perfanalysis.errors import PlanError

    with pytest.raises(PlanError, match="1999"):
        write_plan(project / "parameters" / "bad", notebook="notebooks/department.ipynb", dataset=city_dataset, units={"kind": "department"},
                   title={"en": "x", "zh": "x"}, parameters={"year": 1999})
    assert not (project / "parameters" / "bad.yaml").exists()


def test_a_dataset_without_projects_or_assessments_still_opens(tmp_path):
    from perfanalysis.dataset import write_dataset

    units = pd.DataFrame({"unit": ["101"], "name": ["教委"], "name_en": ["Education"], "kind": ["department"]})
    execution = pd.DataFrame({"unit": ["101"], "project": [None], "year": [2020], "period_end": pd.to_datetime(["2020-12-31"]), "budget": [10.0], "executed_to_date": [9.0]})
    nothing = pd.DataFrame(columns=["table", "unit", "file", "sheet", "row", "severity"])
    write_dataset(tmp_path / "data", {"units": units, "execution": execution}, set_aside=nothing, sources=[], name="城", name_en="City")
    desk = open_desk(tmp_path / "data", "en")
    for panel in (desk.read, desk.follow, desk.what_if, desk.report):
        assert panel is not None
    desk.reading.section.value = "execution"
    assert "projects" in words_of(desk.reading.html.value).lower()


def test_lab_tells_the_desk_which_data_and_language(city_dataset, monkeypatch):
    monkeypatch.setenv(state_module.DATASET, str(city_dataset))
    monkeypatch.setenv(state_module.LANG, "zh")
    desk = open_desk()
    assert desk.lang == "zh" and desk.state.dataset.path == city_dataset
