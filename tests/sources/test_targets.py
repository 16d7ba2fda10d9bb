"""Targets and actuals, read side by side."""

import csv
import math

import pandas as pd
import pytest

from perfanalysis.sources.targets import read_targets


def read(**columns):
    return read_targets(pd.DataFrame({name: pd.Series([cell], dtype="object") for name, cell in columns.items()}))


def warned(targets):
    return [(code, column) for code, column, rows in targets.warnings if rows.any()]


@pytest.mark.parametrize(("typed", "target", "actual", "measure", "direction"), [
    (("≥90%", "92%"), 0.9, 0.92, "%", ">="), (("≥50个", "50"), 50, 50, "个", ">="), (("≤90万元", "90"), 90, 90, "万元", "<="),
    (("≤90万元", "880000元"), 90, 88, "万元", "<="), (("100", "98"), 100, 98, None, None), (("≥90%", "≥90%"), 0.9, 0.9, "%", ">="), (("100%", 0), 1, 0, "%", None),
])
def test_two_numbers_in_one_measure(typed, target, actual, measure, direction):
    targets = read(target=typed[0], actual=typed[1])
    row = targets.values.iloc[0]
    assert (row["target"], row["actual"]) == (target, actual) and not warned(targets)
    assert row["measure"] == measure if measure else pd.isna(row["measure"])
    assert row["direction"] == direction if direction else pd.isna(row["direction"])
    assert row["nature"] == "quantitative" and row["target_text"] == str(typed[0])


@pytest.mark.parametrize(("typed", "code", "column"), [
    (("≥90%", "92"), "percent_on_one_side", "actual"), (("≥100百分比", 100), "percent_on_one_side", "actual"), (("95", "92%"), "percent_on_one_side", "target"),
    (("2小时", "90分钟"), "measures_differ", "actual"),
])
def test_what_could_mean_two_things_is_left_unread_with_a_warning(typed, code, column):
    targets = read(target=typed[0], actual=typed[1])
    assert warned(targets) == [(code, column)]
    assert math.isnan(targets.values.loc[0, column]) and targets.values.loc[0, f"{column}_text"] == str(typed[0 if column == "target" else 1])


@pytest.mark.parametrize(("target", "actual", "expected"), [("90", "92", (0.9, 0.92)), (0.9, 0.92, (0.9, 0.92)), ("≥90%", 92, (0.9, 0.92)), (3, 0.5, (0.03, 0.005)), (1, 1, (1, 1))])
def test_a_column_of_measures_speaks_for_both_sides(target, actual, expected):
    targets = read(target=target, actual=actual, measure="％")
    assert targets.values[["target", "actual"]].iloc[0].tolist() == pytest.approx(expected) and targets.values.loc[0, "measure"] == "%"
    assert not warned(targets)


@pytest.mark.parametrize(("target", "actual", "reached"), [
    ("及时", "及时", "yes"), ("效果明显", "达成预期指标", "yes"), ("效果明显", "部分完成", "partly"), ("效果明显", "未完成", "no"), ("有效提升", "有效提升", "yes"), ("有效提升", "有所提升", None),
])
def test_words_say_whether_a_qualitative_target_was_reached(target, actual, reached):
    row = read(target=target, actual=actual).values.iloc[0]
    assert row["nature"] == "qualitative" and math.isnan(row["target"])
    assert row["reached"] == reached if reached else pd.isna(row["reached"])


def test_what_is_neither_number_nor_word_is_named():
    assert warned(read(target="90-95%", actual="93%")) == [("unreadable_number", "target")]
    assert warned(read(target="≥50个", actual="约50个")) == [("unreadable_number", "actual")]
    assert warned(read(target="显著", nature="定量")) == [("text_for_number", "target")]
    assert warned(read(target="≥50", actual="50", direction="≤")) == [("direction_differs", "direction")]
    assert read(target="5", direction="≧").unreadable["direction"].tolist() == [True]


def test_the_published_forms(shared_data):
    """Thirty-four rows of eight real forms; expected values read by eye from the published text."""
    with open(shared_data / "cn_self_eval_forms" / "forms_indicators.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    frame = pd.DataFrame([row[:6] for row in rows[1:]], columns=rows[0][:6])
    targets = read_targets(frame[["target", "actual"]])
    values = targets.values
    assert len(values) == 34
    # 及时 in putuo1 and five sentences plus 效果明显 in chizhou: seven qualitative rows, all reached
    assert (values["nature"] == "qualitative").sum() == 7 and (values["reached"] == "yes").sum() == 7
    # chizhou: ≥100百分比 against a bare 100
    assert [(code, rows.sum()) for code, _, rows in targets.warnings if rows.any()] == [("percent_on_one_side", 1)]
    # qingshen's two rows have no actual; with the one above, three numbers are missing
    assert values.loc[values["nature"] == "quantitative", "actual"].isna().sum() == 3
