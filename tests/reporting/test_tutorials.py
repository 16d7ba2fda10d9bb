"""The tutorials run from the first cell to the last as a reader runs them, in both languages, and leave the project as it is."""

import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import perfanalysis as pa
from perfanalysis.reporting.execute import prepare_notebook
from perfanalysis.words.reader import READS

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))
#: A reader of instructions takes 200 words of English, or 300 Chinese characters, a minute.
WORDS, CHARACTERS, MINUTES = 200, 300, 15


@pytest.fixture(scope="session")
def city(tmp_path_factory) -> Path:
    there = ROOT / "outputs" / "demo" / "dataset"
    return there if (there / "dataset.json").is_file() else pa.make_demonstration(tmp_path_factory.mktemp("demo")).path


@pytest.fixture(autouse=True)
def at_the_desk(monkeypatch):
    monkeypatch.delenv(READS, raising=False)
    monkeypatch.setenv("LC_ALL", "C")


def run(name: str, lang: str, city: Path, folder: Path):
    node = nbformat.read(ROOT / "notebooks" / "tutorials" / f"{name}.ipynb", as_version=4)
    declared = "".join(cell.source for cell in node.cells if "parameters" in cell.metadata.get("tags", ()))
    given = {"lang": lang, "folder": str(folder), **({"dataset": str(city)} if "dataset:" in declared else {})}
    node = prepare_notebook(node, given)
    # a cell that is meant to fail carries the tag raises-exception; any other error ends this test
    NotebookClient(node, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT / "notebooks" / "tutorials")}}).execute()
    return node


def shown(node) -> str:
    outputs = [output for cell in node.cells for output in cell.get("outputs", ())]
    return "\n".join(output["data"].get("text/plain", "") if "data" in output else "\n".join(output.get("traceback", [output.get("text", "")])) for output in outputs)


#: What each must have shown, by arithmetic that stands in the tutorial, in practice.yaml, or in the demonstration's README.
SEEN = {
    "1_first_report": {"en": ["147 departments, 16 districts", "no unit 'l06'; similar ones: 106", "1 done, 0 unchanged, 0 failed"],
                       "zh": ["147个部门", "没有单位“l06”，相近的有：106", "完成1份"]},
    "2_your_own_data": {"en": ["'about 190 thousand' cannot be read", "110 does not stand in", "95.76", "Practice City", "1 done"],
                        "zh": ["约19万", "单位编码（110）", "95.76", "练习市", "完成1份"]},
    "3_your_own_rules": {"en": ["excellent from 92", "must be 100"], "zh": ["92分（含）以上为优", "应为100"]},
    "4_your_own_report": {"en": ["'D:/my-city/data' is a place on one machine", "no cell above makes 'peers'", "computes on data", "1 done"],
                          "zh": ["“D:/my-city/data”是某一台电脑上的路径", "前面没有单元格产生“peers”", "完成1份"]},
    "5_what_the_auditor_sees": {"en": ["projects.csv", "states no number", "1 of 1 reports come out again", "its checksum differs"],
                                "zh": ["projects.csv", "报告中没有数字", "核验通过", "核验未通过"]},
}


def test_each_tutorial_is_tried():
    assert [path.stem for path in TUTORIALS] == sorted(SEEN)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", SEEN)
def test_a_tutorial_runs_and_shows_what_it_says(name, lang, city, tmp_path):
    before = _status()
    node = run(name, lang, city, tmp_path / "mine")
    said = shown(node)
    assert [wanted for wanted in SEEN[name][lang] if wanted not in said] == []
    meant = [cell for cell in node.cells if "raises-exception" in cell.metadata.get("tags", ())]
    for cell in meant:
        errors = [output for output in cell.outputs if output["output_type"] == "error"]
        assert len(errors) == 1 and len(errors[0]["traceback"]) <= 4
    # what is made goes to the reader's own folder
    assert any((tmp_path / "mine").rglob("*")) and _status() == before


def test_the_changed_rule_book_changes_every_grade_and_no_score(city, tmp_path):
    node = run("3_your_own_rules", "en", city, tmp_path / "mine")
    tables = [output["data"]["text/plain"] for cell in node.cells if "section_scores" in cell.source for output in cell.outputs[-1:]]
    rows = [[line.split() for line in table.splitlines() if line.endswith((" excellent", " good"))] for table in tables]
    # all of department 114's projects are planted between 90.00 and 90.85: excellent from 90, good where that begins at 92
    assert len(rows[0]) == len(rows[1]) > 8
    assert {row[-1] for row in rows[0]} == {"excellent"} and {row[-1] for row in rows[1]} == {"good"}
    assert all(90 <= float(one[-5]) <= 90.85 and one[-5] == other[-5] for one, other in zip(*rows, strict=True))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_read_in_a_quarter_of_an_hour_and_in_both_languages(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    for cell in cells:
        english, chinese = re.split(r"\n\n(?=(?:#+ (?:\d · )?)?[“*`]*[\u4e00-\u9fff])", cell.source, maxsplit=1)
        assert not re.search(r"[\u4e00-\u9fff]", english) and re.search(r"[\u4e00-\u9fff]", chinese), cell.source
    text = "\n".join(cell.source for cell in cells)
    characters = len(re.findall(r"[\u4e00-\u9fff]", text))
    read = len(re.findall(r"[A-Za-z][\w'’-]*", text))
    # ten minutes of reading leave five to look at what is shown
    assert read / WORDS < MINUTES - 5 and characters / CHARACTERS < MINUTES - 5


def _status() -> str:
    done = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout
