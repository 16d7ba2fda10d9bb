"""Published numbers: eight Chinese self-evaluation forms, and New York City's own verdict on its targets."""

from pathlib import Path

import pandas as pd
import pytest

from perfanalysis.rules import load_rulebook
from perfanalysis.scoring import compare_scores, score_indicators, score_projects, summarise_attainment
from perfanalysis.sources import read_source
from perfanalysis.sources.targets import read_targets

ROOT = Path(__file__).resolve().parents[2]
MOF, HUBEI = load_rulebook("mof-2020"), load_rulebook("hubei")
LEVEL1 = {"产出指标": "output", "效益指标": "benefit", "满意度指标": "satisfaction"}


@pytest.fixture(scope="module")
def forms(shared_data):
    """The eight forms as tables: amounts in the form's own unit (only ratios are taken of them)."""
    folder = shared_data / "cn_self_eval_forms"
    header = pd.read_csv(folder / "forms_header.csv", dtype=str)
    # "86.19%" is 0.8619; "1 (garbled in the copy)" and bare numbers are ratios as they stand
    rate = header["exec_rate_reported"].str.extract(r"^([\d.]+)(%?)")
    projects = pd.DataFrame({
        "project": header["form_id"], "year": header["year"].astype(int),
        **{name: pd.to_numeric(header[name]) for name in ("budget_initial", "budget_adjusted", "executed")},
        "execution_rate_stated": rate[0].astype(float) / rate[1].map({"%": 100, "": 1}),
        "execution_score": pd.to_numeric(header["exec_score_reported"]), "self_score": pd.to_numeric(header["total_reported"]),
    })
    # the last column, a reason in somebody's own words, has commas without quotes
    head, *rows = (line.split(",", 8) for line in (folder / "forms_indicators.csv").read_text(encoding="utf-8").splitlines())
    lines = pd.DataFrame(rows, columns=head).replace("", None)
    read = read_targets(lines[["target", "actual"]]).values
    indicators = read.assign(
        project=lines["form_id"], year=lines["form_id"].map(projects.set_index("project")["year"]),
        indicator=(lines.groupby("form_id").cumcount() + 1).astype(str), level1=lines["level1"].map(LEVEL1), level2=lines["level2"],
        # "20 (inferred: goal-1 block is 40)"
        weight=lines["weight"].str.extract(r"^([\d.]+)")[0].astype(float), score=pd.to_numeric(lines["score_reported"]),
        reason=lines["deviation_reason"],
    )
    assert (len(projects), len(indicators)) == (8, 34)
    return projects, indicators


def kinds(found, project):
    mine = found[found["project"] == project]
    return {(row.kind, row.indicator): (row.submitted, row.recomputed) for row in mine.itertuples()}


def test_putuo1_recomputes_to_98_62_and_its_printed_rate_is_wrong(forms):
    scored = score_projects(*forms, MOF).set_index("project").loc["putuo1"]
    assert tuple(scored[["execution_points", "indicator_points", "recomputed", "submitted", "submitted_sum"]]) == (8.62, 90, 98.62, 98.62, 98.62)
    assert tuple(scored[["grade", "submitted_grade"]]) == ("excellent", "excellent")
    found = kinds(compare_scores(*forms, MOF), "putuo1")
    # printed 86.19 %, its amounts give 215,457.6 ÷ 250,000 = 86.18 %
    assert list(found) == [("execution_rate", "")]
    submitted, recomputed = found["execution_rate", ""]
    assert (submitted, round(recomputed, 4)) == (0.8619, 0.8618)


def test_putuo2_gives_4_52_for_execution(forms):
    scored = score_projects(*forms, MOF).set_index("project").loc["putuo2"]
    assert scored["execution_points"] == 4.52
    # its indicators are cut off: no total is made up
    assert pd.isna(scored["recomputed"])
    assert kinds(compare_scores(*forms, MOF), "putuo2") == {}


def test_langfang_gave_nine_where_its_own_numbers_give_8_62(forms):
    found = kinds(compare_scores(*forms, MOF), "langfang")
    # 10 × 37.24 ÷ 43.2, once for execution and once for its first indicator; "86%" without decimals is right
    assert found["execution_points", ""] == (9, 8.62)
    assert found["indicator_points", "1"] == (9, 8.62)
    assert not any(kind == "execution_rate" for kind, _ in found)


def test_huanggang_adds_up_to_99_6(forms):
    scored = score_projects(*forms, HUBEI).set_index("project").loc["huanggang"]
    # 20 + 10 + 10 + 19.6 + 20 + 20
    assert tuple(scored[["submitted", "submitted_sum", "sum_difference", "weight_total"]]) == (99.6, 99.6, 0, 100)
    # 98 % of 98 % is met: the rule gives 20 where the form gave itself 19.6
    assert scored["recomputed"] == 100
    assert kinds(compare_scores(*forms, HUBEI), "huanggang")["indicator_points", "3"] == (19.6, 20)


def test_chizhou_prints_zero_execution_beside_money_spent(forms):
    found = kinds(compare_scores(*forms, MOF), "chizhou")
    assert found["execution_rate", ""] == (0, 1)
    assert found["execution_points", ""] == (0, 10)


def test_the_other_forms_agree_as_far_as_they_go(forms):
    yangtze = kinds(compare_scores(*forms, HUBEI), "yangtze")
    assert not any(kind in ("execution_rate", "execution_points", "total", "sum", "indicator_points") for kind, _ in yangtze)
    for project in ("qingshen", "daying"):
        assert kinds(compare_scores(*forms, load_rulebook("sichuan")), project) == {}


@pytest.fixture(scope="module")
def nyc(shared_data):
    return read_source(ROOT / "parameters" / "sources" / "nyc-mmr.yaml").tables


def test_new_york_success_in_351_of_351(nyc, shared_data):
    indicators = nyc["indicators"]
    published = pd.read_csv(shared_data / "nyc_mmr" / "Tidy_Indicator_Level_Data.csv", dtype={"ID": str}).set_index("ID")["Success"]
    met = score_indicators(indicators, MOF)["met"].set_axis(indicators["indicator"])
    assert len(met) == 1139
    assert met.notna().sum() == 351
    said = published.map({"Met_Goal": "yes", "Did_Not_Meet": "no"}).reindex(met.index)
    assert said.notna().sum() == 351
    assert (met == said)[said.notna()].sum() == 351
    assert met[said.isna()].isna().all()


def test_new_york_agencies_in_34_of_34(nyc, shared_data):
    published = pd.read_csv(shared_data / "nyc_mmr" / "All_Indicators_Agency_Outcomes.csv")
    published = published.dropna(subset=["Agency.Number"])
    published.index = published["Agency.Number"].astype(int).astype(str)
    of_project = nyc["projects"].set_index("project")["unit"]
    indicators = nyc["indicators"].assign(unit=lambda frame: frame["project"].map(of_project))
    made = summarise_attainment(indicators, score_indicators(indicators, MOF), "unit").set_index("unit").drop(index="none")
    made.index = made.index.str.lstrip("0")
    assert set(made.index) == set(published.index)
    made = made.reindex(published.index)
    agree = (
        (made["met"] == published["Met_Goal"]) & (made["missed"] == published["Did_Not_Meet"]) & (made["unknown"] == published["NA.s"])
        & ((made["met_share"] - published["SuccessPct"]).abs().lt(1e-9) | (made["met_share"].isna() & published["SuccessPct"].isna()))
    )
    assert (agree.sum(), len(agree)) == (34, 34)
