"""A bundle made again from its own data: what an attacker who rewrites the checksums cannot hide."""

import json
import shutil

import nbformat
import pandas as pd
import pytest
import yaml

from perfanalysis.audit.bag import check_bag, make_key, read_info, write_bag
from perfanalysis.audit.bundle import make_bundle
from perfanalysis.audit.verify import verify_bundle
from perfanalysis.dataset import write_dataset
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.reporting import load_plan, run_plan

#: A report of our own kind, small: two key figures and a sentence of the unit's money, from its rows.
NOTEBOOK = """
import perfanalysis as pa
unit = pa.load_unit(dataset, department, year, rulebook)
pa.show_title(unit, lang)
figures = pa.section_key_figures(unit)
execution = pa.section_execution(unit)
pa.show(figures, lang)
pa.show(execution, lang)
pa.show(pa.section_peers(unit), lang)
pa.show(pa.section_method(unit, (figures, execution)), lang)
"""
PARAMETERS = 'dataset: str = "data"\ndepartment: str = "A"\nyear: int = 2020\nlang: str = "en"\nrulebook: str = "mof-2020"'


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    codes = list("ABCDEFGH")
    units = pd.DataFrame({"unit": codes, "name": [f"单位{code}" for code in codes], "name_en": [f"Office {code}" for code in codes], "kind": "department"})
    projects = pd.DataFrame({
        "project": [f"{code}-{number}" for code in codes for number in (1, 2)], "year": 2020, "unit": [code for code in codes for _ in (1, 2)],
        "name": "项目", "budget_adjusted": 1e6, "executed": [4e5 + 3e4 * place for place in range(16)],
    })
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh")})
    write_dataset(root / "outputs" / "data", {"units": units, "projects": projects}, set_aside=nothing, sources=[], name="城", name_en="City")
    (root / "notebooks").mkdir()
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(NOTEBOOK)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "small.ipynb")
    plan = {"title": {"en": "Small", "zh": "小"}, "notebook": "notebooks/small.ipynb", "dataset": "outputs/data", "units": ["A", "B"], "parameter": "department",
            "parameters": {"year": 2020}, "languages": ["en", "zh"]}
    (root / "parameters").mkdir()
    (root / "parameters" / "small.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def run(root):
    return run_plan(load_plan(root / "parameters" / "small.yaml"), workers=1)


@pytest.fixture(scope="module")
def original(run, root, tmp_path_factory):
    assert not run.failed, run.failed
    return make_bundle(run.folder, tmp_path_factory.mktemp("bundles") / "b")


@pytest.fixture
def bundle(original, tmp_path):
    return shutil.copytree(original, tmp_path / "b")


def verify(bundle, root, **options):
    return verify_bundle(bundle, notebooks=root / "notebooks", workers=1, **options)


def seal(bundle):
    """What an attacker does who knows BagIt: all lists made anew."""
    info = {name: value for name, value in read_info(bundle).items() if name not in ("Payload-Oxum", "Signed-By")}
    (bundle / "signature.json").unlink(missing_ok=True)
    write_bag(bundle, info)
    assert check_bag(bundle) == ()


def test_two_runs_are_the_same_bytes_and_a_bundle_comes_out_again(run, root, original, tmp_path):
    other = run_plan(load_plan(root / "parameters" / "small.yaml"), outputs=tmp_path, workers=1)
    for unit in ("A", "B"):
        files = sorted(path.name for path in (run.folder / unit).iterdir())
        assert files == ["facts.json", "report.en.html", "report.en.ipynb", "report.zh.html", "report.zh.ipynb", "tables.xlsx"]
        assert {name for name in files if (run.folder / unit / name).read_bytes() != (other.folder / unit / name).read_bytes()} == set()
    result = verify(original, root)
    assert result.good, result
    assert [(report.unit, report.state) for report in result.reports] == [("A", "same"), ("B", "same")]


def test_the_slices_are_all_that_is_handed_over(original, bundle):
    projects = pd.read_parquet(bundle / "data" / "outputs" / "data" / "projects.parquet")
    assert set(projects["unit"]) == {"A", "B"}
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {"data/notebooks/small.ipynb", "data/parameters/small.yaml", "data/rules/rulebooks/mof-2020.yaml", "data/run.json", "data/requirements.lock",
            "data/ro-crate-metadata.json"} <= names
    crate = json.loads((bundle / "data" / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    listed = {part["@id"] for part in next(entity for entity in crate if entity["@id"] == "./")["hasPart"]}
    assert listed == {name.removeprefix("data/") for name in names if name.startswith("data/")} - {"ro-crate-metadata.json"}


def test_forgeries_with_checksums_made_again_are_found(bundle, root):
    """All at once, each in a report or file of its own: a number in the page alone, a fact alone."""
    page = bundle / "data" / "reports" / "A" / "report.en.html"
    text = page.read_text(encoding="utf-8")
    # A spent 400,000 + 430,000 of 2,000,000: 41.5 %
    assert text.count("41.5%") > 1
    page.write_text(text.replace("41.5%", "91.5%", 1), encoding="utf-8")
    facts = bundle / "data" / "reports" / "B" / "facts.json"
    # B spent 460,000 + 490,000 of 2,000,000: 47.5 %
    assert facts.read_text(encoding="utf-8").count("0.475") == 1
    facts.write_text(facts.read_text(encoding="utf-8").replace("0.475", "0.975"), encoding="utf-8")
    seal(bundle)
    result = verify(bundle, root)
    assert not result.good
    assert [(report.unit, report.state, report.files) for report in result.reports] == [
        ("A", "files_differ", ("report.en.html",)), ("B", "facts_differ", ("facts.json",))]
    (change,) = result.reports[1].comparison.facts
    assert (change.id, change.old, change.new) == ("B.execution_rate.2020", 0.975, 0.475)


def test_data_changed_with_the_checksums_does_not_give_the_reports(bundle, root):
    table = bundle / "data" / "outputs" / "data" / "projects.parquet"
    frame = pd.read_parquet(table)
    frame.loc[frame["unit"] == "A", "executed"] += 1e5
    frame.to_parquet(table, index=False)
    seal(bundle)
    a, b = verify(bundle, root).reports
    # A's own rows now say 1,030,000 of 2,000,000, the summary of the peers still 830,000: a report that contradicts itself is not made at all
    assert (a.unit, a.state, a.failure.reason, a.failure.message) == ("A", "failed", "facts_differ", "A.execution_rate.2020")
    assert (b.unit, b.state) == ("B", "same")


@pytest.mark.parametrize("change", ["removed", "added"])
def test_a_whole_report_more_or_less_is_found_although_the_lists_fit(bundle, root, change):
    reports = bundle / "data" / "reports"
    if change == "removed":
        shutil.rmtree(reports / "B")
    else:
        shutil.copytree(reports / "B", reports / "C")
    seal(bundle)
    assert [fault.code for fault in verify(bundle, root).faults] == ["content"]


def test_a_strange_notebook_is_not_run(bundle, root, tmp_path):
    notebook = bundle / "data" / "notebooks" / "small.ipynb"
    node = nbformat.read(notebook, as_version=4)
    node.cells.append(nbformat.v4.new_code_cell(f"open({str(tmp_path / 'ran')!r}, 'w').close()"))
    nbformat.write(node, notebook)
    seal(bundle)
    with pytest.raises(PerfAnalysisError, match="is not a notebook of this installation"):
        verify(bundle, root)
    assert not (tmp_path / "ran").exists()


def test_nothing_of_a_damaged_bundle_is_run(bundle, root):
    (bundle / "data" / "run.json").write_text("{}", encoding="utf-8")

    def never(*_, **__):
        raise AssertionError("must not run")

    result = verify(bundle, root, run=never)
    assert {fault.code for fault in result.faults} == {"changed", "oxum"}


def test_signed_by_whom(run, tmp_path, root):
    pytest.importorskip("cryptography", reason="cryptography is not installed (pip install 'perfanalysis[sign]')")
    public = make_key(tmp_path / "key.pem")
    signed = make_bundle(run.folder, tmp_path / "signed", key=tmp_path / "key.pem")
    assert verify(signed, root, key=public, rerun=False).signed_by == public
    seal(signed)
    assert [fault.code for fault in verify(signed, root, key=public, rerun=False).faults] == ["signature_missing"]
