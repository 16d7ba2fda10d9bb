"""A key area's framework: every expected number is worked out in a comment."""

import pandas as pd
import pytest

from perfanalysis.analysis.key_area import measure_key_area
from perfanalysis.dataset import write_dataset
from perfanalysis.errors import PlanError
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.sections.key_area import load_key_area, section_key_area, section_key_area_framework

DAY = pd.Timestamp("2023-01-01")


def projects():
    return pd.DataFrame({
        "project": ["A", "B", "S"], "funding": ["regular", "regular", "special_bond"], "budget_initial": [100.0, 200.0, 0.0], "budget": [120.0, 180.0, 50.0],
        "executed": [130.0, 150.0, 40.0],
    })


def indicators():
    rows = [("A", "output", "数量指标", 30, 30, False), ("A", "output", "质量指标", 20, 15, False), ("A", "benefit", "社会效益指标", 30, 24, True),
            ("A", "satisfaction", "满意度指标", 10, 10, False), ("B", "output", "Quantity", 50, None, False)]
    frame = pd.DataFrame(rows, columns=["project", "level1", "level2", "weight", "points", "easy"])
    return frame.assign(year=2023, level3=[f"i{n}" for n in range(5)], target=[1.0, 1.0, 1.0, 1.0, None], target_text=["1", "1", "1", "1", "明显改善"], measure="个", direction=">=")


TABLES = {
    "targets": pd.DataFrame({"project": ["A", "B", "S"], "approved_on": pd.to_datetime(["2023-02-01", "2023-06-01", "2023-07-01"])}),
    "monitoring": pd.DataFrame({"project": ["A", "A"]}),
    "problems": pd.DataFrame({"project": ["B", None], "amount": [22.0, 500.0]}),
    "ex_ante": pd.DataFrame({"project": ["A", "A", "X"], "criterion": ["necessity", "立项必要性", "necessity"], "score": [80.0, 90.0, 10.0]}),
}


def measured(tables=TABLES, lines=None):
    frame = measure_key_area(projects(), indicators() if lines is None else lines, tables, first_day=DAY, approval_days=90)
    return frame.set_index("item")["value"].to_dict()


def test_every_item_by_hand():
    values = measured()
    assert values["basis"] == 85  # 80 and 90; X is not of the area
    assert values["procedure"] == pytest.approx(120 / 300)  # A in time, B in June; the special bond is left out
    assert values["budgeting"] == pytest.approx(40 / 300)  # |120 − 100| + |180 − 200|
    assert values["execution"] == pytest.approx(320 / 350)
    assert values["compliance"] == pytest.approx(1 - (22 + 10) / 320)  # a problem of 22 at B, 10 above A's budget; the problem of no project is left out
    assert values["practice"] == 0.5  # A of A and B
    assert values["soundness"] == 0.75  # one of four scored targets is plainly too low
    assert values["clarity"] == 0.8  # B's one is vague
    assert values["quantity"] == 1.0  # B's line cannot be scored and counts neither way
    assert values["quality"] == 0.75
    assert values["effect"] == 0.8
    assert values["satisfaction"] == 1.0


def test_what_the_data_do_not_hold_is_not_measured_and_never_zero():
    values = measured(tables={}, lines=indicators().head(0))
    assert set(values) == {"budgeting", "execution"}
    # no table of the data model tells these
    assert not {"allocation", "funding", "rules"} & set(measured())


def test_the_shipped_framework_has_the_shape_of_the_regulation():
    framework = load_framework("key-area")
    weights = framework.frame.groupby("category")["weight"].sum()
    assert list(weights[["decision", "process", "output", "benefit"]].items()) == [("decision", 20), ("process", 20), ("output", 30), ("benefit", 30)]
    assert framework.frame.groupby("category")["item"].count().to_dict() == {"decision": 6, "process": 5, "output": 4, "benefit": 2}
    assert framework.illustrative and not framework.verified


def test_a_report_on_any_value_of_the_column(tmp_path, tiny):
    tiny = {**tiny, "projects": tiny["projects"].assign(key_area=["own" if code in ("P1", "P3") else None for code in tiny["projects"]["project"]])}
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    path = write_dataset(tmp_path / "city", tiny, set_aside=nothing, sources=[], name="小市", name_en="Tiny City").path
    unit = load_key_area(path, "own", 2023)
    facts = {fact.id: fact for fact in section_key_area(unit).facts}
    # P1 1,000,000 and P3 500,000; each stands for a unit of its own
    assert facts["own.projects.2023"].value == 2
    assert facts["own.budget.2023"].value == 1_500_000
    assert facts["own.budget.2023"].evidence[0].keys == {"key_area": "own", "year": 2023}
    section = section_key_area_framework(unit)
    values = {fact.id: fact.value for fact in section.facts}
    assert values["own.items_measured.2023"] + values["own.items_unmeasured.2023"] == 17
    table = next(block for block in section.blocks if getattr(block, "code", "") == "key_area_items").frame.set_index("item")
    assert table.loc["funding", "measured_by"].written("en") == "not in the data: the amounts received, beside the budget"
    assert pd.isna(table.loc["funding", "score"])
    with pytest.raises(PlanError, match="key area 'onw'; similar ones: own"):
        load_key_area(path, "onw", 2023)
