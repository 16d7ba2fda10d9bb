"""``perfanalysis run`` as a person types it: what it prints and how it exits."""

import functools
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_run import play
from typer.testing import CliRunner

import perfanalysis.reporting
from perfanalysis.cli import app


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("perfanalysis.reporting.html.export_html", lambda node, lang, title: f"<title>{title}</title>")
    monkeypatch.setattr(
        "perfanalysis.reporting.run_plan", functools.partial(perfanalysis.reporting.run_plan, execute=play, open_pool=ThreadPoolExecutor)
    )


def perfanalysis_(*words, **environment):
    return CliRunner(env={"LC_ALL": "C", "COLUMNS": "200", **environment}).invoke(app, [*map(str, words)])


def test_run_names_the_page_to_open_and_exits_0(project):
    result = perfanalysis_("run", project.plan())
    assert result.exit_code == 0
    assert "tiny: 4 done, 0 unchanged, 0 failed" in result.output
    assert f"Open {project.outputs / 'tiny' / 'index.html'}" in result.output


def test_one_failed_report_exits_1_and_is_told_with_its_cell(project):
    project.behave(B="error")
    result = perfanalysis_("run", project.plan(), "--workers", 1)
    assert result.exit_code == 1
    assert "4 done" not in result.output and "3 done, 0 unchanged, 1 failed" in result.output
    for part in ("教育局", "Office B", "ValueError: no such thing", "Cell: shown()", "none yet"):
        assert (part in result.output) == (part != "教育局")
    assert perfanalysis_("run", project.plan(), "--only", "A").exit_code == 0


def test_chinese_by_option_or_locale(project):
    project.behave(B="nothing")
    plan = project.plan()
    assert "失败1份" in perfanalysis_("run", plan, "--lang", "zh").output
    assert "生成的报告缺少发现或章节" in perfanalysis_("run", plan, LC_ALL="zh_CN.UTF-8").output


def test_a_wrong_plan_exits_2_with_every_problem_and_no_traceback(project):
    good, bad = project.plan("good"), project.plan("bad", units=["Z"], parameters={"yeer": 1})
    result = perfanalysis_("run", good, bad)
    assert result.exit_code == 2
    assert "the dataset has no unit 'Z'" in result.output and "no parameter yeer" in result.output and "Traceback" not in result.output
    assert not (project.outputs / "good").exists()  # all plans are checked before anything runs
    assert perfanalysis_("run", good, "--only", "Q").exit_code == 2


def test_interrupted_says_how_to_go_on(project):
    project.behave(B="interrupt")
    result = perfanalysis_("run", project.plan(), "--workers", 1)
    assert result.exit_code == 130 and "--resume goes on from there" in result.output


def test_force_and_resume(project):
    plan = project.plan()
    perfanalysis_("run", plan)
    assert "0 done, 4 unchanged" in perfanalysis_("run", plan).output
    assert "0 done, 4 unchanged" in perfanalysis_("run", plan, "--resume").output
    assert "4 done, 0 unchanged" in perfanalysis_("run", plan, "--force").output
    result = perfanalysis_("run", project.plan(parameters={"year": 2020, "share": 0.2}), "--resume")
    assert result.exit_code == 2 and "run again without --resume" in result.output


def test_demo_makes_both_runs_and_names_one_page_that_leads_to_them(project, monkeypatch):
    project.plan("departments", title={"en": "Departments", "zh": "部门"})
    project.plan("city", units="city", parameter=..., title={"en": "City", "zh": "全市"})
    monkeypatch.setattr("perfanalysis.cli._project", lambda: project.root)
    monkeypatch.setattr("perfanalysis.cli._demonstration", lambda outputs, lang: project.data)
    monkeypatch.setattr("perfanalysis.cli.DEMONSTRATION", ("departments", "city"))
    result = perfanalysis_("demo", "--workers", 1)
    home = project.outputs / "demo"
    assert result.exit_code == 0 and result.output.strip().endswith(f"Open {home / 'index.html'}")
    page = (home / "index.html").read_text(encoding="utf-8")
    for plan in ("departments", "city"):
        assert f'href="{plan}/index.html"' in page and (home / plan / "index.html").is_file()
    assert 'href="city/index.zh.html"' in (home / "index.zh.html").read_text(encoding="utf-8")
    assert (home / "city" / "city" / "report.zh.html").is_file()
    project.behave(C="error")
    assert perfanalysis_("demo", "--force").exit_code == 1
