"""Ex-ante evaluation: what the experts gave, how far they lie apart, and the verdict that follows by the stated rule."""

import numpy as np
import pandas as pd

from perfanalysis.rules.ex_ante import ExAnteRules

_ABOUT = ["unit", "name", "name_en", "requested", "recommended", "verdict", "opinion", "strategy", "project"]


def measure_criteria(ex_ante: pd.DataFrame, rules: ExAnteRules) -> pd.DataFrame:
    """What the experts gave on each criterion.

    Parameters
    ----------
    ex_ante : one row per proposal × criterion × expert
        Reads ``proposal``, ``criterion``, ``expert``, ``score`` (points of 100; missing scores are left out).

    Returns
    -------
    One row per proposal × criterion
        ``experts`` (that gave a score), ``mean``, ``lowest``, ``highest``, ``range`` (points), ``sd`` (points, sample standard deviation;
        missing with one expert), ``weight`` (missing where the rules do not know the criterion).
    """
    codes = rules.codes()
    rows = ex_ante.assign(criterion=ex_ante["criterion"].map(lambda text: codes.get(str(text).strip(), text)))
    scores = rows.groupby(["proposal", "criterion"], sort=False)["score"]
    frame = scores.agg(experts="count", mean="mean", lowest="min", highest="max", sd="std").reset_index()
    frame["range"] = frame["highest"] - frame["lowest"]
    frame["weight"] = frame["criterion"].map({criterion.code: criterion.weight for criterion in rules.criteria})
    return frame


def judge_proposals(ex_ante: pd.DataFrame, rules: ExAnteRules) -> pd.DataFrame:
    """The verdict of the rules on each proposal, beside the one submitted.

    Parameters
    ----------
    ex_ante : one row per proposal × criterion × expert
        Reads the columns of the table ``ex_ante``.

    Returns
    -------
    One row per proposal
        What the table says of it, ``experts``, ``mean`` (points, weighted by the rules; missing unless every criterion of the rules has a
        score), ``lowest`` (mean of the weakest criterion) and ``lowest_criterion``, ``range`` (between the highest and the lowest expert's
        own mean), ``sd`` (of the experts' own means), ``widest`` (largest range on one criterion), ``lacking`` (criteria without a score),
        ``verdict_by_rule`` (missing where ``mean`` is), ``agrees`` (missing where either verdict is).
    """
    criteria = measure_criteria(ex_ante, rules)
    known = criteria.dropna(subset=["weight", "mean"])
    parts = known.assign(product=known["mean"] * known["weight"]).groupby("proposal")
    about = ex_ante.groupby("proposal", sort=False)[_ABOUT].first()
    sums = parts[["product", "weight"]].sum().reindex(about.index)
    about["lacking"] = len(rules.criteria) - known.groupby("proposal").size().reindex(about.index).fillna(0).astype(int)
    about["mean"] = (sums["product"] / sums["weight"]).where(about["lacking"] == 0)
    weakest = known.loc[parts["mean"].idxmin().dropna()].set_index("proposal") if len(known) else known.set_index("proposal")
    about["lowest"], about["lowest_criterion"] = weakest["mean"].reindex(about.index), weakest["criterion"].reindex(about.index)
    about["widest"] = known.groupby("proposal")["range"].max().reindex(about.index)
    experts = measure_experts(ex_ante, rules).groupby("proposal")["mean"]
    about["experts"] = experts.count().reindex(about.index).fillna(0).astype(int)
    about["range"] = (experts.max() - experts.min()).reindex(about.index)
    about["sd"] = experts.std().reindex(about.index)
    about["verdict_by_rule"] = _verdict(about["mean"], about["lowest"], rules)
    both = about["verdict"].notna() & about["verdict_by_rule"].notna()
    about["agrees"] = (about["verdict"] == about["verdict_by_rule"]).astype("boolean").where(both)
    return about.reset_index()


def measure_experts(ex_ante: pd.DataFrame, rules: ExAnteRules) -> pd.DataFrame:
    """Each expert's own weighted mean: one row per proposal × expert with ``mean`` (points), over the criteria that the expert scored."""
    codes, weights = rules.codes(), {criterion.code: criterion.weight for criterion in rules.criteria}
    rows = ex_ante.assign(weight=ex_ante["criterion"].map(lambda text: weights.get(codes.get(str(text).strip()))).astype("float64"))
    rows = rows.dropna(subset=["weight", "score"])
    rows = rows.assign(product=rows["score"] * rows["weight"], expert=rows["expert"].fillna(""))
    sums = rows.groupby(["proposal", "expert"], sort=False)[["product", "weight"]].sum().reset_index()
    return sums.assign(mean=(sums["product"] / sums["weight"]).where(sums["weight"] > 0))[["proposal", "expert", "mean"]]


def follow_proposals(proposals: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """What became of each proposal in the budget of the year.

    Parameters
    ----------
    proposals : ``judge_proposals``
    projects : one row per project of the year; reads ``project``, ``budget_initial``, ``budget_adjusted``, ``executed`` (yuan)

    Returns
    -------
    One row per proposal, in the same order
        The columns of ``proposals``, the project's money (missing where it is not in the budget), ``in_budget``, ``above`` (yuan by which the
        adjusted budget exceeds what was recommended; missing where either is).
    """
    money = projects.drop_duplicates("project").set_index("project")[["budget_initial", "budget_adjusted", "executed"]]
    found = money.reindex(proposals["project"]).reset_index(drop=True)
    frame = proposals.reset_index(drop=True).join(found)
    frame["in_budget"] = frame["project"].isin(money.index)
    frame["above"] = (frame["budget_adjusted"] - frame["recommended"]).where(lambda above: above > 0.5)
    return frame


def _verdict(mean: pd.Series, lowest: pd.Series, rules: ExAnteRules) -> pd.Series:
    # exact means that floating point writes as 79.99999999999999 are 80
    mean, lowest = mean.round(9), lowest.round(9)
    always = pd.Series(True, index=mean.index)
    holds = [(mean >= step.mean if step.mean is not None else always) & (lowest >= step.floor if step.floor is not None else always) for step in rules.steps]
    chosen = np.select(holds, [step.verdict for step in rules.steps], default="")
    return pd.Series(chosen, index=mean.index, dtype="str").where(mean.notna() & (chosen != ""))
