"""Objects show themselves, names that are not there lead to those that are, and an error in a notebook is three lines."""

import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import perfanalysis as pa
from perfanalysis.cards import Card, align_rows
from perfanalysis.errors import near
from perfanalysis.reporting.execute import execute_notebook
from perfanalysis.words.reader import READS

TINY = Path(__file__).resolve().parent / "data" / "tiny"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return pa.import_source(TINY, tmp_path_factory.mktemp("tiny") / "data", name="小城", name_en="Small Town").path


@pytest.fixture(params=["en", "zh"])
def lang(request, monkeypatch) -> str:
    monkeypatch.setenv("LC_ALL", {"en": "C", "zh": "zh_CN.UTF-8"}[request.param])
    return request.param


def both(shown) -> str:
    """What it shows in a terminal; a notebook shows the same words, and nothing of the data as HTML."""
    text, html = repr(shown), shown._repr_html_()
    plain = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)
    assert {word for word in re.findall(r"\w{4,}", text) if "…" not in text} <= set(re.findall(r"\w{4,}", plain))
    return text


def test_a_dataset_a_slice_and_a_unit_say_what_is_in_them(folder, lang):
    data = pa.load_dataset(folder)
    said = both(data)
    # three departments and seven rows of projects, six of them of 2023 (README of the tiny city)
    assert {"en": "Small Town", "zh": "小城"}[lang] in said and {"en": "3 departments", "zh": "3个部门"}[lang] in said
    assert re.search(r"projects\s+\S+.*\s7$", said, re.MULTILINE)
    part = both(data.slice("101", 2023))
    assert {"en": "Education Bureau, 2023", "zh": "市教育局，2023年"}[lang] in part
    # P1 in two years, P2 in one
    assert re.search(r"projects\s+\S+.*\s3\s+2$", part, re.MULTILINE)
    assert {"en": "section_scores", "zh": "section_scores"}[lang] in both(pa.load_unit(folder, "101", 2023))


def test_scores_findings_facts_and_rules_show_themselves(folder, lang):
    scores = pa.section_scores(pa.load_unit(folder, "101", 2023))
    assert {"en": "Self-evaluation scores", "zh": "自评得分"}[lang] in repr(scores).splitlines()[0]
    assert "88.5" in repr(scores) and "88.5" in scores._repr_html_() and "<style>" in scores._repr_html_()
    finding = next(finding for finding in scores.findings if finding.code.endswith("points_above_rule"))
    assert {"en": "[warning] 1 indicator was given more points", "zh": "1个指标"}[lang] in both(finding)
    fact = next(fact for fact in pa.section_execution(pa.load_unit(folder, "101", 2023)).facts if fact.measure == "execution_rate")
    # 1,100,000 of 1,200,000
    assert "91.7%" in both(fact)
    rules = both(pa.load_rulebook("mof-2020"))
    assert {"en": "excellent from 90", "zh": "90分（含）以上为优"}[lang] in rules and "mof-2020" in rules
    framework = both(pa.load_framework("district-28"))
    assert len(re.findall(r"^D\d ", framework, re.MULTILINE)) == 6


def test_what_a_check_finds_shows_itself(lang, tmp_path):
    (tmp_path / "units.csv").write_text("unit,name,kind\n101,教育局,ministry\n", encoding="utf-8")
    assert {"en": "error: units.csv, row 2, 'kind'", "zh": "错误：units.csv"}[lang] in repr(pa.check_source(tmp_path)[0])
    assert {"en": "1 error", "zh": "1个错误"}[lang] in both(pa.read_source(tmp_path))


def test_text_from_the_data_is_no_html():
    page = Card("<b>", (("a", "<script>"),), ("x",), (("<i>",),), next=("<u>",)).html("en")
    assert not re.search(r"<(b|script|i|u)>", page)


def test_chinese_stands_in_columns():
    assert align_rows([("项目", "1"), ("ab", "10")], (False, True), 20) == ["项目   1", "ab    10"]


def test_a_repr_that_cannot_be_made_is_a_name(tmp_path):
    from perfanalysis.dataset import Dataset

    assert "Dataset object" in repr(Dataset(tmp_path / "gone"))


def test_tables_are_attributes_and_completed(folder):
    data = pa.load_dataset(folder)
    assert {"projects", "execution", "table", "slice"} <= set(dir(data)) and "ex_ante" not in dir(data)
    pd.testing.assert_frame_equal(data.projects, data.table("projects"))
    part = data.slice("103", 2023)
    assert part.projects["project"].tolist() == ["P5", "P6"] and "projects" in dir(part)
    with pytest.raises(pa.MissingTable, match="no table 'ex_ante'"):
        data.ex_ante  # noqa: B018


@pytest.mark.parametrize(("wrong", "right"), [
    (lambda folder: pa.load_dataste, "load_dataset"),
    (lambda folder: pa.load_dataset(folder).projcts, "projects"),
    (lambda folder: pa.load_dataset(folder).table("project"), "projects"),
    (lambda folder: pa.load_dataset(folder).slice("1O1", 2023), "101"),
    (lambda folder: pa.load_unit(folder, "101", 2023, "mof2020"), "mof-2020"),
    (lambda folder: pa.load_framework("district28"), "district-28"),
    (lambda folder: pa.load_rulebook("mof-2020").clause("rule.weigths"), "rule.weights"),
])
def test_a_wrong_name_says_the_near_one_first(folder, wrong, right):
    with pytest.raises(pa.PerfAnalysisError) as caught:
        wrong(folder)
    assert re.search(rf"(near it|similar ones): {re.escape(right)}\b", str(caught.value))
    assert right in caught.value.say("zh") and re.search(r"相近的有", caught.value.say("zh"))


def test_what_is_near_has_the_same_letters_in_the_same_places():
    # 1x1 shares two letters with each; only in 101 both stand where they stood
    assert near("1x1", ["311", "211", "101"]).startswith("101")
    # l06 shares 06 with each; the letter l is typed for a 1
    assert near("l06", ["206", "306", "106"]).startswith("106")


def run(tmp_path: Path, *cells: str, parameters: str = "lang = 'en'", batch: bool = False):
    """The notebook of these cells, run by a kernel: the error's output."""
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, cells)])
    if batch:
        path = tmp_path / "n.ipynb"
        nbformat.write(node, path)
        node = execute_notebook(path, {}, timeout=120).notebook
    else:
        from nbclient import NotebookClient

        NotebookClient(node, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    errors = [output for cell in node.cells for output in cell.get("outputs", ()) if output["output_type"] == "error"]
    return errors[0] if errors else node


def test_an_error_in_a_notebook_is_three_lines_in_the_reader_s_language(tmp_path, folder, monkeypatch):
    monkeypatch.delenv(READS, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    cell = f"import perfanalysis as pa\nunit = pa.load_unit({str(folder)!r}, '1O1', 2023)"
    error = run(tmp_path, cell)
    assert len(error["traceback"]) == 3 and all("\n" not in line for line in error["traceback"])
    wrong, where, helps = error["traceback"]
    assert "no unit '1O1'; similar ones: 101" in wrong
    assert "In cell [2], line 2: unit = pa.load_unit(" in where and "pa.load_unit?" in helps
    error = run(tmp_path, cell, parameters="lang = 'zh'")
    assert "数据集中没有单位“1O1”" in error["traceback"][0] and "单元格[2]第2行" in error["traceback"][1] and len(error["traceback"]) == 3


def test_many_problems_are_cut_and_other_errors_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.delenv(READS, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    many = "from perfanalysis.errors import DataError, Problem\nraise DataError([Problem('no_such_file', file=f'{n}.xlsx') for n in range(25)])"
    error = run(tmp_path, many)
    # ten of 25, how many more, where, help
    assert len(error["traceback"]) == 13 and "15 more problems" in error["traceback"][10]
    assert "Traceback" in "\n".join(run(tmp_path, "1 / 0")["traceback"])


def test_what_a_batch_run_keeps_of_a_failure_is_whole(tmp_path, folder):
    cell = f"import perfanalysis as pa\nunit = pa.load_unit({str(folder)!r}, '1O1', 2023)"
    error = run(tmp_path, cell, batch=True)
    said = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error["traceback"]))
    assert error["ename"] == "PlanError" and "Traceback (most recent call last)" in said and "dataset.py" in said


def test_a_notebook_s_language_is_the_one_that_its_parameter_names(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.delenv(READS, raising=False)
    node = run(tmp_path, f"import perfanalysis as pa\npa.load_dataset({str(folder)!r})", parameters="lang = 'zh'")
    data = node.cells[1].outputs[0]["data"]
    assert "数据集：小城" in data["text/plain"] and "数据集：小城" in data["text/html"] and json.dumps(data)
