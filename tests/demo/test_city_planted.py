"""What ``planted`` lists is really there, and an ordinary city has none of it: by direct looks at the tables, without the library's own detectors."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.demo import planted

YEAR = 2020


def forms(city, year=YEAR):
    """Self-evaluated projects with the sum of their points and of their weights."""
    lines = city["indicators"][city["indicators"]["year"] == year].groupby("project")
    projects = city["projects"][city["projects"]["year"] == year].set_index("project")
    return projects.assign(
        points=lines["score"].sum(), weights=lines["weight"].sum(), lines=lines.size(),
        rate=projects["executed"] / projects["budget_adjusted"],
    ).dropna(subset=["self_score"])


def scored_lines(city):
    """Quantitative lines of 2020 with the share of the target that was reached."""
    lines = city["indicators"][city["indicators"]["year"] == YEAR].dropna(subset=["target", "actual"])
    up = (lines["actual"] / lines["target"].where(lines["target"] > 0)).fillna(1.0)
    down = (lines["target"] / lines["actual"].where(lines["actual"] > 0)).fillna(1.0)
    return lines.assign(share=up.where(lines["direction"] != "<=", down))


def december(city):
    whole = city["execution"][city["execution"]["project"].isna() & (city["execution"]["year"] == YEAR)]
    by_month = whole.assign(month=whole["period_end"].dt.month).pivot(index="unit", columns="month", values="executed_to_date")
    # districts have bonds only, from July
    by_month = by_month[by_month[1].notna()]
    return 1 - by_month[11] / by_month[12]


def copied(city):
    lines = city["indicators"][city["indicators"]["year"] == YEAR].sort_values(["project", "level3"])
    line = lines["level3"] + lines["target"].map(repr) + lines["target_text"].fillna("")
    sets = line.groupby(lines["project"]).agg("|".join)
    return set(sets.index[sets.duplicated(keep=False)])


def all_met(city):
    lines = scored_lines(city)
    missed = set(lines.loc[lines["share"] < 1 - 1e-9, "project"])
    qualitative = city["indicators"][(city["indicators"]["year"] == YEAR) & city["indicators"]["reached"].isin(["partly", "no"])]
    return lambda project: project not in missed and project not in set(qualitative["project"])


def find(city):
    """Kind → what has it: projects, units, (project, indicator), or problem codes."""
    form, lines = forms(city), scored_lines(city)
    sums = (form["points"] + form["execution_score"]).round(2)
    has_lines = form["lines"].notna()
    due = np.floor(1000 * np.minimum(form["rate"], 1) + 0.5 + 1e-6) / 100
    met = all_met(city)
    weight_given = lines.dropna(subset=["score"])
    # half up to two decimals, as a form prints
    by_rule = np.floor(100 * weight_given["weight"] * weight_given["share"].clip(upper=1) + 0.5 + 1e-6) / 100
    projects = city["projects"]
    of_year = projects[projects["year"] == YEAR]
    own = of_year[of_year["funding"] != "special_bond"]
    logs = np.log10(projects.set_index(["project", "year"])[["budget_initial", "budget_adjusted"]].where(lambda amounts: amounts > 0))
    typical = logs["budget_adjusted"].groupby("project").transform("median")
    targets = city["targets"].merge(of_year[["project", "year", "funding"]], on=["project", "year"])
    regular = targets[targets["funding"] == "regular"]
    budget = city["disclosures"][city["disclosures"]["document"] == "budget"]
    late = (budget["performance_published_on"] - budget["published_on"]).dt.days
    problems = city["problems"]
    bunched = form["self_score"].between(90, 91, inclusive="left").groupby(form["unit"]).agg(["mean", "size"])
    rush = december(city)
    wrong_scale = (logs["budget_initial"] - logs["budget_adjusted"]).abs() > 3
    return {
        "bunched_scores": set(bunched.index[(bunched["mean"] >= 0.5) & (bunched["size"] >= 4)]),
        "easy_targets": set(zip(*lines.loc[lines["share"] >= 2, ["project", "indicator"]].T.to_numpy(), strict=True)),
        "copied_indicators": copied(city),
        "december_rush": set(rush.index[rush >= 0.25]),
        "met_but_unspent": {project for project in form.index[form["rate"] < 0.7] if met(project)},
        "wrong_sum": set(form.index[has_lines & ((form["self_score"] - sums).abs() > 0.011)]),
        "points_above_rule": set(zip(*weight_given.loc[weight_given["score"] - by_rule > 0.011, ["project", "indicator"]].T.to_numpy(), strict=True)),
        "execution_points_above_rule": set(form.index[form["execution_score"] - due > 0.011]),
        "executed_above_budget": set(form.index[form["rate"] > 1]),
        "weights_do_not_add_up": set(form.index[has_lines & (form["weights"] != 90)]),
        "no_targets": set(form.index[~has_lines]),
        "shortfall_unexplained": set(zip(*lines.loc[(lines["share"] < 1 - 1e-9) & lines["reason"].isna(), ["project", "indicator"]].T.to_numpy(), strict=True)),
        "approved_late": set(regular.loc[regular["approved_on"] > "2020-03-01", "project"]),
        "year_before_start": set(projects.loc[projects["start_year"] > projects["year"], "project"]),
        "money_scale": set(wrong_scale.index[wrong_scale].get_level_values("project")),
        "money_scale_year": set(logs.index[(logs["budget_adjusted"] - typical).abs() > 3].get_level_values("project")),
        "not_evaluated": set(own.loc[own["self_score"].isna(), "project"]),
        "disclosed_late": set(budget.loc[late > 0, "unit"]),
        "not_disclosed": set(budget.loc[budget["performance_published_on"].isna(), "unit"]),
        "overdue": set(problems.loc[problems["closed_on"].isna() | (problems["closed_on"] > problems["due_on"]), "problem"]),
    }


def listed(irregular, kind):
    rows = irregular[irregular["kind"] == kind]
    if kind == "overdue":
        return set(rows["indicator"])
    if rows["indicator"].notna().any():
        return set(zip(rows["project"], rows["indicator"], strict=True))
    return set(rows["project"] if rows["project"].notna().any() else rows["unit"])


KINDS = sorted([
    "bunched_scores", "easy_targets", "copied_indicators", "december_rush", "met_but_unspent", "wrong_sum", "points_above_rule",
    "execution_points_above_rule", "executed_above_budget", "weights_do_not_add_up", "no_targets", "shortfall_unexplained", "approved_late",
    "year_before_start", "money_scale", "money_scale_year", "not_evaluated", "disclosed_late", "not_disclosed", "overdue",
])


@pytest.fixture(scope="module")
def found(city):
    return find(city)


@pytest.fixture(scope="module")
def found_plain(plain_city):
    return find(plain_city)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_listed_is_there(kind, found, irregular):
    expected = listed(irregular, kind)
    assert expected
    assert expected == found[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_an_ordinary_city_has_none(kind, found_plain):
    assert found_plain[kind] == set()


def test_every_kind_is_listed_in_both_languages(irregular):
    assert set(irregular["kind"]) == {*KINDS, "unknown_reference", "unreadable_text", "repeated_key"}
    chinese = planted(lang="zh")
    assert chinese.drop(columns="what").equals(irregular.drop(columns="what"))
    assert (chinese["what"] != irregular["what"]).all()


def test_kinds_stand_in_departments_of_their_own(irregular):
    files = irregular["kind"].isin(["unknown_reference", "unreadable_text", "repeated_key", "overdue"])
    kinds = irregular[~files].groupby("unit")["kind"].nunique()
    assert (kinds == 1).all()


def test_what_was_met_with_money_left_was_seen_in_july(city, irregular):
    projects = irregular.loc[irregular["kind"] == "met_but_unspent", "project"]
    july = city["monitoring"][city["monitoring"]["project"].isin(projects) & city["monitoring"]["year"].eq(2020)]
    assert set(july["project"]) == set(projects)
    assert july["likelihood"].eq("certain").all()
    counts = july.merge(city["indicators"], on=["project", "year", "indicator"]).query("level2 == '数量指标' and target >= 20")
    assert (counts["actual_to_date"] / counts["target"]).min() > 0.9


def test_ordinary_execution_is_ordinary(plain_city):
    projects = plain_city["projects"]
    rate = projects["executed"] / projects["budget_adjusted"]
    assert rate.between(0.80, 0.996).all()


def test_overdue_ones_were_due_within_the_year(city, irregular):
    codes = irregular.loc[irregular["kind"] == "overdue", "indicator"]
    rows = city["problems"].set_index("problem").loc[codes]
    assert rows["closed_on"].isna().all()
    assert (rows["due_on"] < pd.Timestamp(2020, 12, 31)).all()
    assert set(city["units"].set_index("unit").loc[rows["unit"], "kind"]) == {"department", "district"}
