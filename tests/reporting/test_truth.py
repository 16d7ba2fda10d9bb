"""A report that says what is another unit's, or has an empty section, is not published."""

import nbformat
import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.reporting.foreign import find_foreign
from perfanalysis.reporting.gather import MIME, gather


@pytest.fixture
def dataset(tmp_path):
    units = pd.DataFrame({"unit": ["101", "102", "103"], "name": ["教育局", "教育局考试院", "水务局"], "name_en": ["Education Bureau", "Examination Office", "Water Bureau"],
                          "kind": "department"})
    projects = pd.DataFrame({"project": ["p1", "p2"], "year": [2020, 2020], "unit": ["101", "103"], "name": ["协助教育局考试院的培训", "x"]})
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    return write_dataset(tmp_path / "data", {"units": units, "projects": projects}, set_aside=nothing, sources=[]).path


def fact(subject="101", **keys):
    return {"id": f"{subject}.budget.2020", "subject": subject, "scope": "own", "evidence": [{"table": "projects", "keys": keys, "column": "executed"}]}


def notebook(text, section="execution"):
    data = {MIME: {"kind": "section", "section": section}, "text/html": f"<section><h2>x</h2><p>{text}</p></section>"}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data)])])


@pytest.mark.parametrize(
    ("stated", "foreign"),
    [
        (fact(unit="101", year=2020), False),
        (fact(unit="102", year=2020), True),
        (fact("102", year=2020), True),
        (fact("p1", project="p1"), False),
        (fact("p2", project="p2"), True),
        (fact("101", project="p2"), True),
        (fact("101.p9", project="p9"), False),
        ({**fact("peers.rate", unit="102"), "scope": "peer"}, False),
    ],
)
def test_an_own_fact_rests_on_own_rows(dataset, stated, foreign):
    assert bool(find_foreign("101", dataset, [stated], [])) == foreign


@pytest.mark.parametrize(
    ("text", "section", "found"),
    [
        ("水务局执行率偏低", "execution", "水务局"),
        ("The <a href='#f'>Water Bureau</a> is late", "execution", "Water Bureau"),
        ("水务局", "peers", ""),
        ("教育局 Education Bureau", "execution", ""),
        ("教育局考试院", "execution", ""),  # its own project is called after it
    ],
)
def test_no_other_unit_is_named_where_units_are_not_compared(dataset, text, section, found):
    assert find_foreign("101", dataset, [], [notebook(text, section)]) == found


def test_a_longer_name_may_contain_anothers_and_the_city_names_everybody(dataset):
    assert find_foreign("102", dataset, [], [notebook("教育局考试院")]) == ""
    assert find_foreign("102", dataset, [], [notebook("教育局考试院与教育局")]) == "教育局"
    assert find_foreign("city", dataset, [fact("102", unit="102")], [notebook("水务局")]) == ""


def test_names_of_two_letters_are_not_looked_for(tmp_path):
    units = pd.DataFrame({"unit": ["a", "b"], "name": ["甲局", "乙局"], "name_en": ["A", "B"], "kind": "department"})
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    dataset = write_dataset(tmp_path / "data", {"units": units}, set_aside=nothing, sources=[]).path
    assert find_foreign("a", dataset, [], [notebook("乙局 B")]) == ""


def test_a_name_within_a_longer_one_is_found_too(dataset):
    assert find_foreign("103", dataset, [], [notebook("教育局考试院")]) in ("教育局", "教育局考试院")
    assert find_foreign("103", dataset, [], [notebook("各教育局的")]) == "教育局"


def test_a_section_that_is_only_a_heading_is_lacking():
    assert gather(notebook("")).lacking == "section"
    assert gather(notebook("text")).lacking == "figure"
    assert gather(notebook("<img src='data:,'>")).lacking == ""
