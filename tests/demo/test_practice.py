"""The workbook to practise on: every mistake that is said to be in it is found, and without them it is as worked out by hand."""

import pytest

import perfanalysis as pa
from perfanalysis.demo.practice import load_practice, write_practice


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_mistake_is_found_where_it_was_made(lang, tmp_path):
    problems = pa.check_source(write_practice(tmp_path / "my-city.xlsx", lang))
    found = {(problem.table, problem.code) for problem in problems} | {("", problem.code) for problem in problems}
    mistakes = load_practice()["mistakes"]
    assert len(mistakes) == 9
    assert [one for one in mistakes if (one["table"], one["problem"]) not in found and ("", one["problem"]) not in found] == []
    # what is found beyond them follows from them: rows that refer to rows set aside, and the points of P05 without its second line
    assert {problem.code for problem in problems} - {one["problem"] for one in mistakes} == {"refers_to_set_aside", "weights_do_not_add_up"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_corrected_it_scores_as_worked_out_in_its_file(lang, tmp_path):
    workbook = write_practice(tmp_path / "corrected.xlsx", lang, corrected=True)
    assert pa.check_source(workbook) == ()
    folder = pa.import_source(workbook, tmp_path / "data").path
    scores = {}
    for code in ("101", "102", "103"):
        projects = pa.load_unit(folder, code, 2020).projects
        scores |= dict(zip(projects["project"], projects["recomputed"], strict=True))
    # the sums at the top of practice.yaml
    assert scores == pytest.approx({"P01": 99.5, "P02": 97.08, "P03": 99, "P04": 95.76, "P05": 99.7, "P06": 98.67})
