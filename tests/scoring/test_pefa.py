"""PEFA 2016: PI-1 to PI-3 worked out by hand, on a published card, and on Philadelphia's budgets computed independently."""

import csv
import math
from collections import defaultdict

import pandas as pd
import pytest

from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import assess_units
from perfanalysis.scoring.pefa import explain_composition, measure_outturn, pefa_assessments

PEFA = load_framework("pefa-2016")


def letters(values: dict[str, list[float]], year=2021):
    """Grades by node from three years' values of each dimension."""
    rows = [("pefa-2016", "city", year - 2 + place, item, value) for item, three in values.items() for place, value in enumerate(three)]
    table = pd.DataFrame(rows, columns=["framework", "unit", "year", "item", "value"])
    nodes = assess_units(table, PEFA)
    scores = nodes[nodes["year"] == year].set_index("node")["score"]
    return {node: PEFA.letter(score) for node, score in scores.items() if node != "total"}


def test_outturn_by_hand():
    heads = pd.DataFrame({
        "head": ["a", "b", "reserve", "debt", "new"], "year": 2021, "budget": [60.0, 40.0, 10.0, 5.0, float("nan")], "actual": [70.0, 40.0, 2.0, 5.0, 3.0]})
    outturn = measure_outturn(heads, contingency=["reserve"], interest=["debt"]).iloc[0]
    assert (outturn["budget"], outturn["actual"]) == (115, 117)  # "new" has no budget and is left out
    assert outturn["ratio"] == 117 / 115
    # a and b: 110 spent of 100; expected 66 and 44; off by 4 and 4
    assert outturn["variance"] == pytest.approx(8 / 110)
    assert outturn["contingency_share"] == 2 / 115
    assert (outturn["heads"], outturn["left_out"]) == (4, 1)


def test_beyond_twenty_heads_the_small_ones_are_one_line():
    # 20 heads of 10 and 4 of 2, of which the first two spent 4 and the others nothing: as one line 8 budgeted, 8 spent, all as expected
    heads = pd.DataFrame({"head": [f"h{n:02d}" for n in range(24)], "year": 2021, "budget": [10.0] * 20 + [2.0] * 4, "actual": [10.0] * 20 + [4.0, 4.0, 0.0, 0.0]})
    outturn = measure_outturn(heads).iloc[0]
    assert (outturn["lines"], outturn["heads"], outturn["off"], outturn["variance"]) == (21, 24, 0, 0)
    rest = explain_composition(heads).iloc[-1]
    assert (rest["head"], rest["heads"], rest["budget"], rest["actual"]) == ("", 4, 8, 8)
    # 40 heads of 10: the first 30 have 75 % of the budget
    many = pd.DataFrame({"head": [f"h{n:02d}" for n in range(40)], "year": 2021, "budget": 10.0, "actual": 10.0})
    assert explain_composition(many)["heads"].tolist() == [1] * 30 + [10]
    # 20 heads are all compared, however small
    assert explain_composition(many.head(20))["heads"].tolist() == [1] * 20


def test_without_a_named_reserve_its_share_is_missing():
    heads = pd.DataFrame({"head": ["a"], "year": [2021], "budget": [60.0], "actual": [70.0]})
    assert math.isnan(measure_outturn(heads)["contingency_share"].iloc[0])


def test_the_published_card_of_rucheng_2021():
    # PI-1 D; PI-2.1 D, 2.2 not applicable, 2.3 A → D+ (the worst dimension rules, + since another is better); values that give these grades
    card = letters({"PI-1.1": [1.3, 1.3, 1.3], "PI-2.1": [0.2, 0.2, 0.2], "PI-2.3": [0.01, 0.01, 0.01]})
    assert card == {"PI-1": "D", "PI-2": "D+", "PI-3": ""}


@pytest.mark.parametrize(("three", "grade"), [
    ([1.00, 1.04, 1.40], "A"),  # two of three within 95 to 105 %
    ([0.95, 1.05, 0.10], "A"),  # the ends belong to the band
    ([1.00, 1.08, 1.40], "B"), ([1.00, 1.12, 1.40], "C"), ([1.00, 1.20, 1.40], "D"), ([1.00, 1.00, None], ""),
])
def test_a_band_holds_when_two_of_three_years_meet_it(three, grade):
    assert letters({"PI-1.1": three})["PI-1"] == grade


@pytest.mark.parametrize(("share", "grade"), [(0.0299, "A"), (0.03, "B"), (0.06, "B"), (0.0601, "C"), (0.0999, "C"), (0.10, "D")])
def test_contingency_is_a_mean_of_three_years(share, grade):
    assert letters({"PI-2.3": [share] * 3})["PI-2"] == grade


def test_contingency_takes_the_mean_and_not_the_middle_year():
    # mean of 1 %, 1 % and 10 % is 4 %: B, though two years alone would be A
    assert letters({"PI-2.3": [0.01, 0.01, 0.10]})["PI-2"] == "B"


def test_revenue_grades_pi_3():
    outturn = pd.DataFrame({"year": [2019, 2020, 2021], "ratio": 1.0, "variance": 0.01, "contingency_share": float("nan")})
    revenue = pd.DataFrame({"year": [2019, 2020, 2021], "budget": 100.0, "actual": [93.0, 95.0, 110.0]})
    nodes = assess_units(pefa_assessments(outturn, PEFA, "city", revenue), PEFA)
    # 94 to 112 % (B) holds in 2020 and 2021
    assert PEFA.letter(nodes[nodes["year"] == 2021].set_index("node").at["PI-3", "score"]) == "B"


def test_philadelphia_2020_to_2022(shared_data):
    """The arithmetic again in plain Python: the last report of each department and year, adopted budget against actual, without 35-RR and 37."""
    latest: dict[tuple, tuple] = {}
    sums: dict[tuple, float] = defaultdict(float)
    with (shared_data / "phl_qcmr" / "department-obligations.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            year = int(row["fiscal_year"])
            if row["time_period"] != "Full Year" or row["variable"] not in ("Adopted Budget", "Actual") or year not in (2020, 2021, 2022):
                continue
            key, report = (row["dept_code"], year, row["variable"]), (int(row["report_fiscal_year"]), int(row["report_quarter"]))
            if report > latest.get(key, (0, 0)):
                latest[key], sums[key] = report, 0.0
            if report == latest[key]:
                sums[key] += float(row["total"])
    heads = sorted({(code, year) for code, year, _ in sums})
    frame = pd.DataFrame([(code, year, sums.get((code, year, "Adopted Budget")), sums.get((code, year, "Actual"))) for code, year in heads],
                         columns=["head", "year", "budget", "actual"]).astype({"budget": float, "actual": float})
    outturn = measure_outturn(frame, contingency=["35-RR"], interest=["37"]).set_index("year")
    for year in (2020, 2021, 2022):
        both = {code: (sums[code, year, "Adopted Budget"], sums[code, year, "Actual"]) for code, of in heads
                if of == year and (code, year, "Adopted Budget") in sums and (code, year, "Actual") in sums}
        budget, actual = sum(b for b, _ in both.values()), sum(a for _, a in both.values())
        composed = [pair for code, pair in both.items() if code not in ("35-RR", "37")]
        # PEFA's handbook: the 20 largest heads, or as many as have 75 % of the budget, one by one; the rest is one line
        composed.sort(reverse=True)
        main, had = 0, 0.0
        while main < len(composed) and (main < 20 or had < 0.75 * sum(b for b, _ in composed)):
            had += composed[main][0]
            main += 1
        rest = composed[main:]
        composed = composed[:main] + ([(sum(b for b, _ in rest), sum(a for _, a in rest))] if rest else [])
        assert (main, len(rest)) == (20, len(both) - 22)
        factor = sum(a for _, a in composed) / sum(b for b, _ in composed)
        off, expected = sum(abs(a - b * factor) for b, a in composed), sum(b * factor for b, _ in composed)
        assert outturn.at[year, "ratio"] == pytest.approx(actual / budget, rel=1e-12)
        assert outturn.at[year, "variance"] == pytest.approx(off / expected, rel=1e-12)
        assert budget > 4e9
