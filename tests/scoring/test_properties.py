"""What must hold for every indicator that anybody could fill in."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from perfanalysis.rules import load_rulebook, round_points
from perfanalysis.scoring import compare_scores, score_execution, score_indicators, score_projects

BOOKS = [load_rulebook(name) for name in ("mof-2020", "mof-2021", "hubei", "sichuan")]
#: half a printed digit on either side: rounding may move points by so much
DIGIT = 0.01 + 1e-9

untimed = settings(deadline=None, max_examples=40)

books = st.sampled_from(BOOKS)
values = st.one_of(st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from([0.0, 1.0, 0.9, 100.0]), st.just(np.nan))
positive = st.floats(1e-3, 1e6)
weights = st.one_of(st.floats(0, 60), st.just(np.nan))


@st.composite
def indicators(draw, least=0):
    size = draw(st.integers(least, 8))

    def column(of):
        return draw(st.lists(of, min_size=size, max_size=size))

    return pd.DataFrame({
        "project": column(st.sampled_from(["a", "b", "gone"])),
        "year": np.full(size, 2023),
        "indicator": [str(place) for place in range(size)],
        "level1": column(st.sampled_from(["output", "benefit", "satisfaction", "cost", None])),
        "level2": column(st.sampled_from(["数量指标", "成本指标", None])),
        "nature": column(st.sampled_from(["quantitative", "qualitative", None])),
        "direction": column(st.sampled_from([">=", "<=", "=", None])),
        "target": column(values), "actual": column(values),
        "target_text": column(st.sampled_from(["是", "≥90%", None])),
        "reached": column(st.sampled_from(["yes", "partly", "no", None])),
        "weight": column(weights), "score": column(st.one_of(st.floats(0, 100), st.just(np.nan))),
        "reason": column(st.sampled_from(["why", " ", None])),
    }, index=draw(st.permutations([f"row {place}" for place in range(size)])))


@untimed
@given(indicators(), books)
def test_points_lie_between_zero_and_the_weight(lines, book):
    points = score_indicators(lines, book)["points"]
    scored = points.notna()
    assert (points[scored] >= 0).all()
    # a weight of 3.336 may print as 3.34
    assert (points[scored] <= round_points(lines.loc[scored, "weight"].to_numpy()) + 1e-9).all()


@untimed
@given(indicators(), books)
def test_index_and_order_are_kept_and_the_input_is_untouched(lines, book):
    before = lines.copy(deep=True)
    scored = score_indicators(lines, book)
    pd.testing.assert_frame_equal(lines, before)
    assert scored.index.equals(lines.index)


@untimed
@given(indicators(least=2), books)
def test_a_row_is_scored_the_same_whatever_stands_around_it(lines, book):
    whole = score_indicators(lines, book)
    alone = pd.concat([score_indicators(lines.iloc[[place]], book) for place in range(len(lines))])
    pd.testing.assert_frame_equal(whole, alone)
    pd.testing.assert_frame_equal(score_indicators(lines.iloc[::-1], book), whole.iloc[::-1])


@untimed
@given(indicators(), books)
def test_what_is_not_scored_says_why_and_what_is_scored_never_says_missing(lines, book):
    scored = score_indicators(lines, book)
    unscored = {"convention.actual_missing", "convention.target_missing", "convention.weight_missing", "convention.level_missing",
                "convention.points_missing", "convention.direction_unclear", "convention.not_a_rate"}
    assert (scored["rule"].isin(unscored) == scored["points"].isna()).all()
    for code in scored["rule"]:
        book.clause(code)


@untimed
@given(indicators(), books)
def test_attainment_of_one_or_more_is_met(lines, book):
    scored = score_indicators(lines, book).dropna(subset=["attainment", "met"])
    assert ((scored["attainment"] >= 1) == (scored["met"] == "yes")).all()


@untimed
@given(books, positive, st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8), st.floats(0, 60), st.sampled_from([">=", "<="]))
def test_better_values_never_earn_less(book, target, actual, weight, direction):
    actual = sorted(actual, reverse=direction == "<=")
    lines = pd.DataFrame({"nature": "quantitative", "direction": direction, "target": target, "actual": actual, "weight": weight})
    assert (score_indicators(lines, book)["points"].diff().dropna() >= 0).all()


@untimed
@given(books, positive, st.floats(-1e6, 1e6), st.floats(0, 60), st.sampled_from([">=", "<=", "="]), st.sampled_from([1e-4, 0.01, 3.0, 1e4]))
def test_the_measure_does_not_matter(book, target, actual, weight, direction, scale):
    """Kilometres or metres, yuan or 万元: the same points."""
    line = {"nature": ["quantitative"], "direction": [direction], "weight": [weight]}
    plain = score_indicators(pd.DataFrame({**line, "target": [target], "actual": [actual]}), book).iloc[0]
    scaled = score_indicators(pd.DataFrame({**line, "target": [target * scale], "actual": [actual * scale]}), book).iloc[0]
    assert plain["met"] == scaled["met"]
    assert abs(plain["points"] - scaled["points"]) <= DIGIT


@st.composite
def projects(draw):
    size = draw(st.integers(0, 2))
    money = st.one_of(st.floats(0, 1e9), st.just(np.nan))

    def column(of):
        return draw(st.lists(of, min_size=size, max_size=size))

    points = st.one_of(st.floats(0, 100), st.just(np.nan))
    return pd.DataFrame({
        "project": ["b", "a"][:size], "year": np.full(size, 2023), "unit": column(st.sampled_from(["101", "102"])),
        "budget_initial": column(money), "budget_adjusted": column(money), "executed": column(money),
        "execution_rate_stated": column(st.one_of(st.floats(0, 2), st.just(np.nan))),
        "execution_score": column(points), "self_score": column(points),
    }, index=draw(st.permutations(range(10, 10 + size))))


@untimed
@given(projects(), indicators(), books)
def test_projects_keep_their_order_and_never_lose_or_invent_points(forms, lines, book):
    before = forms.copy(deep=True), lines.copy(deep=True)
    scored = score_projects(forms, lines, book)
    pd.testing.assert_frame_equal(forms, before[0])
    pd.testing.assert_frame_equal(lines, before[1])
    assert scored.index.equals(forms.index)
    assert scored["project"].tolist() == forms["project"].tolist()
    # an independent sum, line by line
    points = score_indicators(lines, book)["points"]
    execution = score_execution(forms, book)["execution_points"]
    for row in forms.index:
        mine = points[(lines["project"] == forms.loc[row, "project"]).to_numpy()]
        known = [*mine.dropna(), *execution.loc[[row]].dropna()]
        partial = scored.loc[row, "partial"]
        assert (np.isnan(partial) and not known) or abs(partial - sum(known)) < 1e-6
    assert (scored["recomputed"].isna() | (scored["recomputed"] == scored["partial"])).all()
    compare_scores(forms, lines, book)
