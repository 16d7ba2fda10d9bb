"""How sure each finding is: the table covers every detector, counts are right, and a small run gives the table's own rows again."""

import os

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from perfanalysis import words
from perfanalysis.demo.detectors import (
    ALWAYS,
    DETECTORS,
    NOT_SIMULATED,
    RATED_BY_THEIR_REPORT,
    SECTIONS,
    WHOLE_SECTIONS,
    kinds,
)
from perfanalysis.demo.planting import IN_DEPARTMENTS
from perfanalysis.demo.validation import Look, count_looks, validate_detectors
from perfanalysis.rules.validation import COUNTS, RUN, load_validation, rate_detectors, say_share, wilson

FINDINGS = {code.split(".")[1] for code in words.codes("en") if code.startswith("finding.") and code.endswith(".says")}


def test_every_finding_is_simulated_or_said_not_to_be():
    assert {*DETECTORS} | NOT_SIMULATED | RATED_BY_THEIR_REPORT == FINDINGS
    assert {*DETECTORS} & (NOT_SIMULATED | RATED_BY_THEIR_REPORT) == set()
    assert {section for section, _ in DETECTORS.values()} == {*SECTIONS, *WHOLE_SECTIONS, "impact"}


def test_every_kind_that_is_planted_has_a_detector():
    known = {kind for kind, _, _ in kinds()}
    assert known >= {*IN_DEPARTMENTS, "overdue", "unknown_reference", "unreadable_text", "repeated_key", *ALWAYS, "working_policy"}
    assert all(words.has(f"planted.{kind}", lang) for kind in known for lang in ("en", "zh"))


def test_the_shipped_table_has_every_detector_and_nothing_else():
    shipped = load_validation()
    wanted = [(finding, section, kind) for finding, (section, planted) in DETECTORS.items() for kind in planted or ("",)]
    assert [*shipped[["finding", "section", "kind"]].itertuples(index=False, name=None)] == wanted
    assert (shipped.loc[shipped["kind"] != "", "planted"] > 0).all()
    assert (shipped["units"] > 0).all()
    assert shipped[[*RUN]].drop_duplicates().shape[0] == 1


def test_counting_by_hand():
    looks = [
        Look("scores", "wrong_sum", frozenset({"sum_wrong", "scores_differ"})), Look("scores", "wrong_sum", frozenset()),
        Look("scores", "", frozenset({"sum_wrong"})), Look("scores", "", frozenset()), Look("scores", "", frozenset()), Look("peers", "", frozenset({"sum_wrong"})),
    ]
    rows = count_looks(looks).set_index("finding")
    # found in one of the two planted; raised in one of three without; the other section's unit does not count
    assert rows.loc["sum_wrong", ["planted", "found", "units", "raised"]].tolist() == [2, 1, 3, 1]
    assert rows.loc["scores_differ", ["planted", "found", "units", "raised"]].tolist() == [0, 0, 3, 0]
    assert rows.loc["mean_score_lowest", ["units", "raised"]].tolist() == [1, 0]


@pytest.mark.parametrize(("found", "of"), [(0, 10), (3, 10), (197, 200), (200, 200)])
def test_wilsons_interval_is_that_of_statsmodels(found, of):
    assert wilson(found, of) == pytest.approx(proportion_confint(found, of, method="wilson"), abs=1e-12)


def test_what_was_not_looked_at_is_missing_not_zero():
    counts = pd.DataFrame([("a", "s", "", 0, 0, 0, 0)], columns=[*COUNTS])
    row = rate_detectors(counts).iloc[0]
    assert row[["power", "power_low", "alarm", "alarm_high"]].isna().all()
    assert (say_share(row, "power", "en"), say_share(row, "alarm", "zh")) == ("–", "未检验")


def test_a_share_in_words():
    row = rate_detectors(pd.DataFrame([("a", "s", "k", 200, 200, 600, 3)], columns=[*COUNTS])).iloc[0]
    # Wilson: 1 / (1 + 3.8415 / 200) = 0.98116
    assert say_share(row, "power", "en") == "200 of 200: 100.0% (98.1% to 100.0%)"
    assert say_share(row, "alarm", "zh").startswith("3/600，0.5%（")


def test_a_small_run_finds_what_the_table_says():
    """Three of the table's own cities: each count is at most the table's, and what the table calls certain is certain here."""
    cities = 3 if os.environ.get("PERFANALYSIS_EVERY_REPORT") else 1
    small = validate_detectors(range(1, 1 + cities), workers=1)
    shipped = load_validation()
    keys = ["finding", "section", "kind"]
    pd.testing.assert_frame_equal(small[keys], shipped[keys], check_dtype=False)
    assert (small["cities"] == cities).all()
    for count in ("planted", "found", "units", "raised"):
        assert (small[count] <= shipped[count]).all(), count
    for hits, of in (("found", "planted"), ("raised", "units")):
        always, never = (shipped[hits] == shipped[of]) & (shipped[of] > 0), shipped[hits] == 0
        assert (small[hits] == small[of])[always].all()
        assert (small[hits] == 0)[never].all()
