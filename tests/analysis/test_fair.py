"""What a fair comparison is made from, and what the sections say of it."""

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.analysis.fair import compare_fairly
from perfanalysis.findings.fair import judge

UNITS = [f"m{number:02d}" for number in range(12)]


def compare(met=(8, 10), kinds=12, **more):
    """Twelve units with one project of 100, 90 executed, and another of 300, 240 executed; ``met`` of so many indicators each."""
    projects = pd.DataFrame([(unit, budget, executed, score) for unit in UNITS for budget, executed, score in ((100.0, 90.0, 90.0), (300.0, 240.0, 96.0))],
                            columns=["unit", "budget", "executed", "recomputed"])
    indicators = pd.DataFrame([(unit, "yes" if number < met[0] else "no") for unit in UNITS for number in range(met[1])] + [("m00", None)], columns=["unit", "met"])
    kind = pd.Series(["department"] * kinds + ["district"] * (12 - kinds), index=UNITS)
    return compare_fairly(kind, projects, indicators, **more).set_index(["measure", "unit"])


def test_values_and_sizes_by_hand():
    made = compare()
    # an indicator whose result is not known is not compared
    assert made.loc[("share_met", "m00"), ["value", "size"]].tolist() == [0.8, 10]
    # (90 + 240)/400; (100 + 300)² / (100² + 300²) = 160,000/100,000
    assert made.loc[("execution_rate", "m00"), ["value", "size"]].tolist() == pytest.approx([0.825, 1.6])
    assert made.loc[("mean_score", "m00"), ["value", "size"]].tolist() == [93, 2]


def test_limits_by_hand():
    made = compare()
    # of ten at 0.8, mid-p of 5: 0.006369 + 0.026424/2 = 0.019581, z −2.0627; of 6: 0.032793 + 0.088080/2 = 0.076833, z −1.4267; −1.96 lies 0.1615 of the way
    row = made.loc[("share_met", "m00")]
    assert row["centre"] == pytest.approx(0.8)
    assert row["low_95"] == pytest.approx(0.51615, abs=1e-4)
    # rates 0.9 and 0.8: each lies 0.05 from its unit's mean of 0.85; 12 · 2 · 0.0025 / 12 = 0.005, √ = 0.070711; over √1.6: 0.055902
    row = made.loc[("execution_rate", "m00")]
    assert row["low_95"] == pytest.approx(0.825 - 1.959964 * 0.055902, abs=1e-5)
    # scores 90 and 96 lie 3 from 93: √(24 · 9 / 12) = 4.242641, over √2: 3; 93 + 5.88 = 98.88 is no more than 100
    row = made.loc[("mean_score", "m00")]
    assert row[["low_95", "high_95"]].tolist() == pytest.approx([93 - 5.879892, 93 + 5.879892], abs=1e-5)
    assert row["high_998"] == 100  # 93 + 9.27
    assert row["shrunk"] == pytest.approx(93)


def test_too_few_units_of_a_kind_are_not_judged():
    made = compare(kinds=10)
    assert made.loc[("share_met", "m00"), "state"] == "within"
    assert pd.isna(made.loc[("share_met", "m11"), "state"])
    assert made.loc[("share_met", "m11"), "value"] == 0.8


def test_one_who_meets_none_stands_out_and_the_side_is_said():
    indicators = pd.DataFrame([(unit, "no" if unit == "m03" or number == 0 else "yes") for unit in UNITS for number in range(30)], columns=["unit", "met"])
    projects = pd.DataFrame({"unit": UNITS, "budget": 100.0, "executed": 90.0})
    made = compare_fairly(pd.Series("department", index=UNITS), projects, indicators)
    share = made[made["measure"] == "share_met"].set_index("unit")
    assert share.index[share["state"] == "stands_out"].tolist() == ["m03"]
    assert judge(share.loc["m03"]) == "stands_out_low"
    # one project each: no scatter within units is known, so chance cannot be told
    assert made.loc[made["measure"] == "execution_rate", "value"].eq(0.9).all()
    assert made[made["measure"] == "execution_rate"].get("state").isna().all()


def test_every_judgement_has_its_sentence():
    for judged in ("within", *(f"{state}_{side}" for state in ("unusual", "stands_out") for side in ("low", "high"))):
        assert all(words.has(f"text.fair.{judged}", lang) for lang in words.languages())
