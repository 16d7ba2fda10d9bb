"""A published composite index through the same engine: ASEM sustainable connectivity, treated data → min–max → weighted means by level."""

import pandas as pd
import pytest

from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import assess_units


@pytest.fixture
def asem(shared_data):
    folder = shared_data / "coinr_asem"
    about = pd.read_csv(folder / "COIN_IndMeta.csv")
    weights = pd.read_csv(folder / "COIN_AggMeta.csv").set_index("Code")["Weight"]
    categories = [{"code": code, "en": code, "weight": float(weights[code])} for code in ("Conn", "Sust")]
    for pillar, part in about.groupby("Agg1", sort=False):
        categories.append({"code": pillar, "en": pillar, "parent": part["Agg2"].iloc[0], "weight": float(weights[pillar]), "items": [
            {"code": code, "en": name, "weight": float(weight), "scale": "min_max", "direction": int(direction)}
            for code, name, weight, direction in zip(part["IndCode"], part["IndName"], part["IndWeight"], part["Direction"], strict=True)]})
    framework = load_framework({"name": "asem", "title": {"en": "ASEM"}, "categories": categories})
    treated = pd.read_csv(folder / "COIN_stage_Treated.csv").rename(columns={"UnitCode": "unit"})
    rows = treated.melt(id_vars="unit", value_vars=list(about["IndCode"]), var_name="item", value_name="value").assign(framework="asem", year=2018)
    scores = assess_units(rows, framework).pivot(index="unit", columns="node", values="score")
    return scores.rename(columns={"total": "Index"}), pd.read_csv(folder / "COIN_stage_Aggregated.csv").set_index("UnitCode"), folder


def test_every_published_aggregate_comes_out(asem):
    scores, published, _ = asem
    assert scores.shape == (51, 11)  # 8 pillars, 2 sub-indices, 1 index
    for node in scores:
        assert (scores[node] - published[node]).abs().max() <= 1e-12, node


def test_the_published_table_of_results(asem):
    scores, _, folder = asem
    published = pd.read_csv(folder / "COIN_result_AggregatesScore.csv").set_index("UnitCode")
    assert scores["Index"].round(2)[["CHE", "NLD", "DNK"]].tolist() == [68.38, 64.82, 64.80]
    assert (scores["Index"].round(2) - published["Index"]).abs().max() < 1e-9
    assert (scores["Index"].rank(ascending=False) - published["Rank"]).abs().max() == 0
