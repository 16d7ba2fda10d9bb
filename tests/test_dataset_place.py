"""A dataset is found from a notebook's own folder."""

import pandas as pd
import pytest

from perfanalysis.dataset import load_dataset, near, write_dataset
from perfanalysis.errors import PerfAnalysisError, PlanError


def test_a_relative_path_is_looked_for_in_the_folders_above(tmp_path, monkeypatch):
    units = pd.DataFrame({"unit": ["A"], "name": ["甲"], "kind": ["department"]})
    write_dataset(tmp_path / "outputs" / "data", {"units": units}, set_aside=pd.DataFrame({"unit": pd.Series(dtype="str")}), sources=[])
    (tmp_path / "notebooks").mkdir()
    for folder in (tmp_path, tmp_path / "notebooks"):
        monkeypatch.chdir(folder)
        assert load_dataset("outputs/data").units["unit"].tolist() == ["A"]
    with pytest.raises(PerfAnalysisError, match="nowhere is not a dataset"):
        load_dataset("nowhere")


UNITS = pd.DataFrame({"unit": ["A"], "name": ["甲"], "kind": ["department"]})
NOTHING = pd.DataFrame({"unit": pd.Series(dtype="str")})


def write(path):
    return write_dataset(path, {"units": UNITS}, set_aside=NOTHING, sources=[])


@pytest.mark.parametrize(("there", "code"), [
    (["thesis.docx"], "to_is_not_a_dataset"), (["dataset.json"], "to_is_not_a_dataset"), ([".git"], "to_is_not_a_dataset"),
])
def test_a_folder_that_holds_something_else_is_never_replaced(tmp_path, there, code):
    target = tmp_path / "documents"
    target.mkdir()
    for name in there:
        (target / name).write_text("{}", encoding="utf-8")
    with pytest.raises(PlanError) as error:
        write(target)
    assert error.value.problems[0].code == code
    assert all(error.value.say(lang) for lang in ("en", "zh")) and there[0] in error.value.say("zh")
    assert sorted(path.name for path in target.iterdir()) == there and sorted(path.name for path in tmp_path.iterdir()) == ["documents"]


def test_a_dataset_is_replaced_but_not_what_lies_beside_it(tmp_path):
    write(tmp_path / "data")
    (tmp_path / "data" / "peers").mkdir()  # our own cache
    write(tmp_path / "data")
    (tmp_path / "data" / "index.html").write_text("a report", encoding="utf-8")
    with pytest.raises(PlanError, match=r"index\.html"):
        write(tmp_path / "data")
    assert (tmp_path / "data" / "index.html").read_text(encoding="utf-8") == "a report"


def test_a_file_and_the_working_folder_are_no_place_for_a_dataset_but_an_empty_folder_is(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(PlanError, match="is a file"):
        write(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for here in (".", ".."):
        with pytest.raises(PlanError, match="the folder you are in"):
            write(here)
    monkeypatch.chdir(tmp_path)
    assert write("empty").units["unit"].tolist() == ["A"]


@pytest.mark.parametrize(("wanted", "suggested"), [("1", "101, 102, 103"), ("10", "101, 102, 103"), ("1O2", "102"), ("zzz", "101, 102, 103, 216, 316")])
def test_what_is_suggested_is_near_or_the_first_in_order(wanted, suggested):
    # 1 is half of 316 to difflib, and nothing like it to a person
    assert near(wanted, ["101", "102", "103", "216", "316", "999"]).startswith(suggested)
    assert "316" not in near(wanted, ["101", "102", "103", "216", "316", "999"]) or wanted == "zzz"


def test_a_units_rows_are_found_in_every_part_of_a_large_file_and_a_new_file_is_read_anew(tmp_path):
    codes = [f"{number:03d}" for number in range(300)]
    units = pd.DataFrame({"unit": codes, "name": codes, "kind": "department"})
    # 12,000 rows in six parts, the units in turn: unit 007 has the rows 7, 307, 607 …
    rows = pd.DataFrame({"unit": codes * 40, "year": 2020, "month": 1, "executed": range(12_000)})
    for add in (0, 1):
        write_dataset(tmp_path / "data", {"units": units, "execution": rows.assign(executed=rows["executed"] + add)}, set_aside=NOTHING, sources=[])
        data = load_dataset(tmp_path / "data")
        assert data.table("execution", unit="007")["executed"].tolist() == [7 + 300 * turn + add for turn in range(40)]
        assert data.table("execution", columns=["executed"], unit="299")["executed"].sum() == sum(299 + 300 * turn + add for turn in range(40))
        assert data.table("execution", unit="nobody").empty and len(data.table("execution")) == 12_000
