"""Ranks under uncertainty: against the published intervals, sensitivities and shifts of the ASEM index, and by hand."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import score_items
from perfanalysis.scoring.ranks import ALL, leave_one_out, simulate_ranks


@pytest.fixture(scope="module")
def asem(shared_data):
    """Items and framework of the ASEM index, and the folder with what COINr published on it."""
    folder = shared_data / "coinr_asem"
    about = pd.read_csv(folder / "COIN_IndMeta.csv")
    categories = [{"code": code, "en": code, "weight": 1} for code in ("Conn", "Sust")]
    for pillar, part in about.groupby("Agg1", sort=False):
        categories.append({"code": pillar, "en": pillar, "parent": part["Agg2"].iloc[0], "weight": 1, "items": [
            {"code": code, "en": code, "weight": float(weight), "scale": "min_max", "direction": int(direction)}
            for code, weight, direction in zip(part["IndCode"], part["IndWeight"], part["Direction"], strict=True)]})
    framework = load_framework({"name": "asem", "title": {"en": "ASEM"}, "categories": categories})
    treated = pd.read_csv(folder / "COIN_stage_Treated.csv").rename(columns={"UnitCode": "unit"})
    rows = treated.melt(id_vars="unit", value_vars=list(about["IndCode"]), var_name="item", value_name="value").assign(framework="asem", year=2018)
    return score_items(rows, framework), framework, folder


@pytest.fixture(scope="module")
def simulated(asem):
    items, framework, _ = asem
    ranks, choices = simulate_ranks(items, framework, np.random.default_rng(20))
    return ranks.set_index("unit"), choices


@pytest.mark.parametrize("file", ["UA_RankStats.csv", "SA_RankStats.csv"])
def test_the_published_intervals_of_51_ranks_come_out(asem, simulated, file):
    """COINr varied weights by 25 %, min–max and z-scores, arithmetic and geometric means, as here, and how many points are winsorised besides (which
    explains 4 % of the variance by its own count), in 100 to 200 draws; two of its own runs differ from each other by 0.26 and 0.27 places on average."""
    published, (ranks, _) = pd.read_csv(asem[2] / file).set_index("uCode"), simulated
    assert (ranks["rank"] - published["Nominal"]).abs().max() == 0
    assert (ranks["rank_median"] - published["Median"]).abs().mean() < 0.6
    # ours are rounded outwards to whole places
    assert (ranks["rank_low"] - published["Q5"]).abs().mean() < 0.7
    assert (ranks["rank_high"] - published["Q95"]).abs().mean() < 0.8
    assert ((ranks["rank_low"] <= published["Q95"]) & (ranks["rank_high"] >= published["Q5"])).all()
    widths = pd.DataFrame({"ours": ranks["rank_high"] - ranks["rank_low"], "theirs": published["Q95"] - published["Q5"]})
    assert widths.corr().loc["ours", "theirs"] > 0.95


def test_the_published_sensitivities_come_out(asem, simulated):
    """Aggregation moves the places most, alone and with its interplay, as published; every published interval of a total index meets ours."""
    published, (_, choices) = pd.read_csv(asem[2] / "SA_Sensitivity.csv").set_index("Variable"), simulated
    ours = choices[choices["unit"] == ALL].set_index("choice")
    assert list(ours.index) == ["weights", "normalisation", "aggregation"]  # min–max has no goalposts to vary
    assert ours["total"].idxmax() == ours["first"].idxmax() == "aggregation"
    for choice, row in ours.iterrows():
        theirs = published.loc[choice.capitalize()]
        assert row["low"] <= theirs["STi_q95"], choice
        assert row["high"] >= theirs["STi_q5"], choice
        assert theirs["Si_q5"] <= row["first"] <= theirs["Si_q95"], choice


@pytest.mark.parametrize(("pillar", "shift"), [("Physical", 1.529), ("Social", 3.961)])
def test_leaving_out_a_pillar_shifts_the_ranks_as_published(asem, pillar, shift):
    items, framework, _ = asem
    left = leave_one_out(items, framework)
    assert left.loc[left["node"] == pillar, "shift"].abs().mean() == pytest.approx(shift, abs=5e-4)


def two_items(**uncertainty):
    return load_framework({"name": "mini", "title": {"en": "Mini"}, "uncertainty": uncertainty, "categories": [
        {"code": "A", "en": "A", "items": [["x", "", "X", 1, "", 0, 100], ["y", "", "Y", 1, "", 0, 100]]}]})


def values(**units):
    rows = [("mini", unit, 2020, item, value) for unit, both in units.items() for item, value in zip("xy", both, strict=True)]
    return pd.DataFrame(rows, columns=["framework", "unit", "year", "item", "value"])


def test_ranks_are_intervals_where_choices_decide_and_points_where_they_do_not():
    about = two_items()
    items = score_items(values(u=(100, 40), v=(40, 100), w=(10, 10), best=(100, 100)), about)
    ranks, _ = simulate_ranks(items, about, np.random.default_rng(7))
    first = ranks.set_index("unit")
    assert first.loc["best", ["rank_low", "rank_high"]].tolist() == [1, 1]
    assert first.loc["w", ["rank_low", "rank_high"]].tolist() == [4, 4]
    # u and v are equal at equal weights, and either may be ahead when weights vary
    assert first.loc[["u", "v"], ["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[2, 2, 3], [2, 2, 3]]
    assert first["overlap"].to_dict() == {"u": 1, "v": 1, "w": 0, "best": 0}
    again, _ = simulate_ranks(items, about, np.random.default_rng(7))
    pd.testing.assert_frame_equal(ranks, again)


def test_aggregation_decides_where_one_unit_is_uneven():
    # u: mean 54, geometric √(98·10) = 31.3; v: 46 and 46. Weights and goalposts stand still, both items have the same reach and deviation
    about = two_items(weights=0, goalposts=0)
    items = score_items(values(u=(98, 10), v=(46, 46), w=(10, 98)), about)
    ranks, choices = simulate_ranks(items, about, np.random.default_rng(3))
    assert ranks.set_index("unit")["rank"].to_dict() == {"u": 1, "v": 3, "w": 1}
    together = choices[choices["unit"] == ALL].set_index("choice")
    assert set(together.index) == {"normalisation", "aggregation"}
    # under the geometric mean v is first as long as scores lie far apart: 46 against 31.3, and by min–max 41.5 against √(100·1) = 10. By z-scores (mean
    # 51.33, deviation 44.24) they lie near each other, 60.55, 40.66 and 48.79, and the order of the arithmetic mean stays: √(60.55·40.66) = 49.62
    own = choices[choices["unit"] == "v"].set_index("choice")
    assert ranks.set_index("unit").loc["v", ["rank_low", "rank_high"]].tolist() == [1, 3]
    # v is 1 in two of six combinations (own and min–max under the geometric mean), else 3: variance 4·(1/3)·(2/3) = 8/9.
    # E(v | aggregation) is 3 or 1·2/3 + 3/3 = 5/3: variance (2/3)² = 4/9, first = 1/2; E(v | scale) is 2, 2, 3: variance 2/9, first = 1/4
    # total: variance left when all others are known: aggregation (1 + 1 + 0)·2/3 = 2/3 of 8/9, 3/4; normalisation (0 + 8/9)/2 = 4/9 of 8/9, 1/2
    assert own.loc["aggregation", ["first", "total"]].tolist() == pytest.approx([1 / 2, 3 / 4], abs=0.06)
    assert own.loc["normalisation", ["first", "total"]].tolist() == pytest.approx([1 / 4, 1 / 2], abs=0.06)


def test_goalposts_alone_can_move_a_rank():
    # v is cut off at 100 in x; where the upper goalpost of x moves to 110 it scores more than u, which is lower there and higher in y
    about = load_framework({"name": "mini", "title": {"en": "Mini"}, "uncertainty": {"weights": 0, "goalposts": 0.1}, "categories": [
        {"code": "A", "en": "A", "items": [["x", "", "X", 1, "", 0, 100], ["y", "", "Y", 1, "", 0, 100]]}]})
    _, choices = simulate_ranks(score_items(values(u=(97, 51), v=(120, 50), w=(1, 1)), about), about, np.random.default_rng(1))
    assert choices.loc[(choices["unit"] == "u") & (choices["choice"] == "goalposts"), "total"].item() > 0


def test_where_nothing_moves_no_choice_is_blamed():
    about = two_items()
    _, choices = simulate_ranks(score_items(values(u=(90, 90), v=(10, 10)), about), about, np.random.default_rng(1))
    assert choices[["first", "total", "low", "high"]].isna().all(axis=None)


def test_a_missing_item_stays_missing_in_every_draw_and_a_unit_without_a_total_has_no_rank():
    about = two_items()
    items = score_items(values(u=(90, np.nan), v=(10, 10), w=(50, 60)), about)
    # u knows half of the weight, less than two thirds
    ranks, _ = simulate_ranks(items, about, np.random.default_rng(1))
    assert ranks["unit"].tolist() == ["v", "w"]
    assert ranks["of"].tolist() == [2, 2]


def test_leaving_out_by_hand():
    about = load_framework({"name": "mini", "title": {"en": "Mini"}, "categories": [
        {"code": "A", "en": "A", "items": [["x", "", "X", 3, "", 0, 100], ["y", "", "Y", 1, "", 0, 100]]},
        {"code": "B", "en": "B", "items": [["z", "", "Z", 4, "", 0, 100]]}]})
    rows = values(u=(80, 0), v=(40, 100)).assign(framework="mini")
    rows = pd.concat([rows, pd.DataFrame({"framework": "mini", "unit": ["u", "v"], "year": 2020, "item": "z", "value": [50.0, 52.0]})])
    # u: A = (3·80 + 0)/4 = 60, B = 50: 55; v: A = (3·40 + 100)/4 = 55, B = 52: 53.5
    left = leave_one_out(score_items(rows, about), about).pivot(index="node", columns="unit", values="shift")
    # without x: A is 0 and 100; without y: A is 80 and 40, still half of the whole: 65 against 46; without A: 50 against 52; without z or B: 60 against 55
    assert left["u"].to_dict() == {"A": -1, "B": 0, "x": -1, "y": 0, "z": 0}
    assert left["v"].to_dict() == {"A": 1, "B": 0, "x": 1, "y": 0, "z": 0}

def test_the_others_of_a_category_keep_its_weight():
    about = load_framework({"name": "mini", "title": {"en": "Mini"}, "categories": [
        {"code": "A", "en": "A", "items": [["x", "", "X", 3, "", 0, 100], ["y", "", "Y", 1, "", 0, 100]]},
        {"code": "B", "en": "B", "items": [["z", "", "Z", 4, "", 0, 100]]}]})
    rows = pd.concat([values(u=(80, 0), v=(60, 100)), pd.DataFrame({"framework": "mini", "unit": ["u", "v"], "year": 2020, "item": "z", "value": [50.0, 69.0]})])
    left = leave_one_out(score_items(rows, about), about).set_index(["node", "unit"])["shift"]
    # v leads: (70 + 69)/2 against 55. Without y u has (80 + 50)/2 = 65 and v (60 + 69)/2 = 64.5; did A weigh only 3 of 7, v would lead by 65.1 to 62.9
    assert left["y"].to_dict() == {"u": 1, "v": -1}


def test_only_one_item_can_be_all_there_is():
    about = load_framework({"name": "mini", "title": {"en": "Mini"}, "categories": [{"code": "A", "en": "A", "items": [["x", "", "X", 1, "", 0, 100]]}]})
    rows = pd.DataFrame({"framework": "mini", "unit": ["u", "v"], "year": 2020, "item": "x", "value": [1.0, 2.0]})
    assert leave_one_out(score_items(rows, about), about).empty
