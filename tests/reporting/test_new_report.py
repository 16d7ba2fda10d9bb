"""`perfanalysis new` makes a notebook, a plan and a test that run as they are."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import perfanalysis as pa
from perfanalysis.cli import app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project's folder with the demonstration city ready, in which a report was made by the command."""
    root = tmp_path_factory.mktemp("project")
    (root / "parameters").mkdir()
    (root / "notebooks").mkdir()
    (root / "parameters" / "departments.yaml").write_text("", encoding="utf-8")
    there = ROOT / "outputs" / "demo" / "dataset"
    if (there / "dataset.json").is_file():
        (root / "outputs" / "demo").mkdir(parents=True)
        (root / "outputs" / "demo" / "dataset").symlink_to(there)
    else:
        pa.make_demonstration(root / "outputs" / "demo")
    return root


@pytest.fixture(scope="module")
def made(project):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        result = CliRunner(env={"LC_ALL": "C"}).invoke(app, ["new", "my-report"])
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_what_it_made_and_what_comes_next(project, made):
    for path in ("notebooks/my-report.ipynb", "parameters/my-report.yaml", "tests/own/test_report_my-report.py"):
        assert (project / path).is_file() and path in made
    assert "perfanalysis check-notebook notebooks/my-report.ipynb" in made
    assert pa.check_notebook(project / "notebooks" / "my-report.ipynb") == ()


def test_its_plan_makes_a_report_with_its_own_title(project, made, tmp_path):
    plan = pa.load_plan(project / "parameters" / "my-report.yaml")
    # every department of the demonstration city
    assert len(plan.units) == 147
    run = pa.run_plan(plan, only=["101"], outputs=tmp_path, workers=1)
    assert [record.status for record in run.units] == ["done"]
    for lang, title in (("en", "my-report: Municipal Education Commission, 2020"), ("zh", "my-report：市教育委员会（2020年）")):
        page = (tmp_path / "my-report" / "101" / f"report.{lang}.html").read_text(encoding="utf-8")
        assert f"<h1>{title}</h1>" in page and "perfanalysis check-notebook" not in page


def test_its_own_test_passes_at_once(project, made):
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project / "tests" / "own")],
                          cwd=project, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_its_test_fails_where_the_notebook_breaks(project, made):
    path = project / "notebooks" / "my-report.ipynb"
    whole = path.read_text(encoding="utf-8")
    try:
        path.write_text(whole.replace("execution = pa.section_execution(unit)", "pass"), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project / "tests" / "own"), "-k", "breaks_nothing"],
                              cwd=project, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 1 and "no cell above makes 'execution'" in done.stdout
    finally:
        path.write_text(whole, encoding="utf-8")


def test_nothing_is_overwritten_and_a_name_is_a_file_s(tmp_path):
    made = pa.new_report("mine", tmp_path)
    made.test.unlink()
    with pytest.raises(pa.PlanError, match=r"mine\.ipynb is there already.*\n.*mine\.yaml is there already"):
        pa.new_report("mine", tmp_path)
    assert not made.test.exists()
    for name in ("../mine", "a b", "", "-x", "a/b"):
        with pytest.raises(pa.PlanError, match="cannot name a report"):
            pa.new_report(name, tmp_path)
    assert pa.new_report("水务局专报", tmp_path).notebook.is_file()


def test_a_plan_that_is_made_is_like_the_others():
    shipped = yaml.safe_load((ROOT / "parameters" / "departments.yaml").read_text(encoding="utf-8"))
    template = yaml.safe_load((ROOT / "perfanalysis" / "reporting" / "new" / "plan.yaml").read_text(encoding="utf-8"))
    assert template.keys() == shipped.keys()
    assert {key: template[key] for key in ("dataset", "units", "parameter", "parameters", "languages")} == {
        key: shipped[key] for key in ("dataset", "units", "parameter", "parameters", "languages")}
