"""Columns that a plan marks as confidential stand in no page, fact, table, notebook or bundle, and the bundle still verifies."""

import zipfile

import nbformat
import pandas as pd
import pytest
import yaml

from perfanalysis.audit.bundle import make_bundle
from perfanalysis.audit.verify import verify_bundle
from perfanalysis.dataset import SET_ASIDE, write_dataset
from perfanalysis.errors import PlanError
from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.reporting.confidential import MASK, mask_tables

SECRET = "张三手机"
CELLS = """
import perfanalysis as pa
unit = pa.load_unit(dataset, department, year, rulebook)
execution, targets, follow_up = pa.section_execution(unit), pa.section_targets(unit), pa.section_follow_up(unit)
pa.show_title(unit, lang)
for section in (execution, targets, follow_up, pa.section_quality(unit)):
    pa.show(section, lang)
"""
PARAMETERS = 'dataset: str = "data"\ndepartment: str = "A"\nyear: int = 2020\nlang: str = "en"\nrulebook: str = "mof-2020"'
CONFIDENTIAL = ["problems.description", "indicators.reason", "projects.name"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    units = pd.DataFrame({"unit": ["A", "B"], "name": ["甲局", "乙局"], "name_en": ["Office A", "Office B"], "kind": "department"})
    projects = pd.DataFrame({
        "project": ["A-1", "A-2", "B-1"], "year": 2020, "unit": ["A", "A", "B"], "name": [f"{SECRET}一", f"{SECRET}二", f"{SECRET}三"],
        "name_en": ["One", "Two", "Three"], "budget_adjusted": [1e6, 2e6, 3e6], "executed": [9e5, 1e6, 2e6]})
    lines = pd.DataFrame({
        "project": ["A-1", "A-2", "B-1"], "year": 2020, "indicator": "I1", "level1": "output", "level3": "数量", "level3_en": "Number", "nature": "quantitative",
        "direction": ">=", "target": 10.0, "actual": [5.0, 5.0, 12.0], "weight": 90.0, "score": [45.0, 45.0, 90.0], "reason": [f"{SECRET}说明", None, None]})
    problems = pd.DataFrame({
        "problem": ["P1"], "unit": ["A"], "source": ["audit"], "found_on": pd.to_datetime(["2020-03-01"]), "due_on": pd.to_datetime(["2020-05-01"]),
        "description": [f"{SECRET}问题"]})
    aside = pd.DataFrame({"table": ["projects"], "unit": ["A"], "file": ["a.csv"], "sheet": [""], "row": [5], "severity": ["error"],
                          "problems_en": [f"{SECRET} is no number"], "problems_zh": [f"{SECRET}不是数字"]})
    write_dataset(root / "outputs" / "data", {"units": units, "projects": projects, "indicators": lines, "problems": problems}, set_aside=aside, sources=[],
                  name="城", name_en="City")
    (root / "notebooks").mkdir()
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "small.ipynb")
    (root / "parameters").mkdir()
    for name, more in (("open", {}), ("closed", {"confidential": CONFIDENTIAL})):
        plan = {"title": {"en": "Small", "zh": "小"}, "notebook": "notebooks/small.ipynb", "dataset": "outputs/data", "units": ["A"], "parameter": "department",
                "parameters": {"year": 2020}, "languages": ["en", "zh"], **more}
        (root / "parameters" / f"{name}.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    return root


def everything(folder):
    """All that stands in the files below ``folder``, packed files unpacked."""
    texts = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            texts.append(pd.read_parquet(path).to_csv())
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                texts += [book.read(name).decode("utf-8") for name in book.namelist()]
        else:
            texts.append(path.read_bytes().decode("utf-8", errors="replace"))
    return "\n".join(texts).encode("utf-8").decode("unicode_escape", errors="replace") + "\n".join(texts)


def test_without_the_mark_the_texts_stand_there(root):
    run = run_plan(load_plan(root / "parameters" / "open.yaml"), workers=1)
    assert not run.failed, run.failed
    assert everything(run.folder).count(SECRET) > 5


def test_nothing_confidential_leaves_and_verify_still_works(root, tmp_path):
    plan = load_plan(root / "parameters" / "closed.yaml")
    run = run_plan(plan, workers=1)
    assert not run.failed, run.failed
    bundle = make_bundle(run.folder, tmp_path / "bundle")
    for place in (run.folder, bundle):
        said = everything(place)
        assert SECRET not in said
        assert MASK in said
    page = (run.folder / "A" / "report.en.html").read_text(encoding="utf-8")
    assert "Left out as confidential" in page and "Problems found: Description" in page
    # one of two missed indicators is explained; that the explanation is confidential does not make it unexplained
    facts = (run.folder / "A" / "facts.json").read_text(encoding="utf-8")
    assert '"id": "A.indicators_missed.2020"' in facts
    assert "outputs/data" in (run.folder / "A" / "report.en.ipynb").read_text(encoding="utf-8")
    result = verify_bundle(bundle, notebooks=root / "notebooks", workers=1)
    assert result.good, result
    again = run_plan(plan, workers=1)
    assert [record.status for record in again.units] == ["unchanged"]


def test_codes_stay_apart_and_missing_stays_missing():
    tables = {"ex_ante": pd.DataFrame({"expert": ["Li", "Wang", "Li", None], "opinion": ["x", None, "y", "z"], "score": [1.0, 2.0, 3.0, 4.0]}),
              SET_ASIDE: pd.DataFrame({"table": ["ex_ante", "units"], "problems_en": ["Li twice", "fine"]})}
    masked = mask_tables(tables, ["ex_ante.expert", "ex_ante.opinion", "ex_ante.score"])
    experts = masked["ex_ante"]["expert"]
    assert experts[0] == experts[2] != experts[1] and experts.isna().tolist() == [False, False, False, True]
    assert set(experts.dropna()) == {"#1", "#2"}
    assert masked["ex_ante"]["opinion"].isna().tolist() == [False, True, False, False] and masked["ex_ante"]["score"].isna().all()
    assert masked[SET_ASIDE]["problems_en"].tolist() == [MASK, "fine"]
    assert tables["ex_ante"]["expert"].tolist()[:3] == ["Li", "Wang", "Li"]


@pytest.mark.parametrize(("given", "says"), [
    ("problems.description", "is no list of columns"), (["problems.descripton"], r"near it: .*problems\.description"), (["units.name"], "cannot be left out"),
    (["projects.project"], "cannot be left out")])
def test_a_plan_that_names_what_cannot_be_is_told(root, tmp_path, given, says):
    plan = yaml.safe_load((root / "parameters" / "closed.yaml").read_text(encoding="utf-8")) | {"confidential": given}
    path = root / "parameters" / "wrong.yaml"
    path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PlanError, match=says):
        load_plan(path)
