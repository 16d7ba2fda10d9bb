"""What is worth saying about ex-ante evaluations: verdicts that the rule does not give, experts far apart, money without support."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.ex_ante import ExAnteRules


def find_ex_ante(proposals: pd.DataFrame, rules: ExAnteRules, fact: FactMaker, *, budget: bool) -> tuple[Finding, ...]:
    """Findings on the proposals of a year.

    Parameters
    ----------
    proposals : ``follow_proposals`` with ``label``, ``label_en``
    budget : whether the projects of the year are known, so that it can be said what became of a proposal
    """
    findings = []

    def add(code: str, severity: str, rows: pd.DataFrame, column: str, **values) -> None:
        if len(rows):
            findings.append(Finding(code, severity, fact.subject, {
                "proposals": fact.own(f"proposals_{code.removeprefix('ex_ante_')}", len(rows), "count", "ex_ante", column),
                "names": list(label_rows(rows.head(NAMED), "proposal")), **values,
            }))

    add("ex_ante_differs", "warning", proposals[proposals["agrees"].eq(False).fillna(False)], "verdict")
    add("ex_ante_lacking", "warning", proposals[proposals["lacking"] > 0], "score")
    apart = proposals[proposals["widest"] >= rules.experts_apart].sort_values("widest", ascending=False)
    if len(apart):
        add("ex_ante_apart", "notice", apart, "score", threshold=fact.rule("experts_apart", rules.experts_apart, "points"))
    if budget:
        refused = proposals[proposals["verdict"].eq("not") & (proposals["budget_adjusted"] > 0)]
        if len(refused):
            add("ex_ante_refused_funded", "serious", refused, "project",
                money=fact.own("money_refused_funded", refused["budget_adjusted"].sum(), "money", "projects", "budget_adjusted"))
        above = proposals[proposals["above"].notna() & ~proposals["verdict"].eq("not")].sort_values("above", ascending=False)
        if len(above):
            add("ex_ante_above", "warning", above, "recommended", money=fact.own("money_above_recommended", above["above"].sum(), "money", "projects", "budget_adjusted"))
        add("ex_ante_unfunded", "notice", proposals[proposals["verdict"].isin(["support", "partly"]) & ~proposals["in_budget"]], "project")
    add("ex_ante_no_strategy", "notice", proposals[proposals["strategy"].isna()], "strategy")
    judged = proposals["agrees"].notna()
    if judged.any() and proposals.loc[judged, "agrees"].all():
        findings.append(Finding("ex_ante_agree", "good", fact.subject, {
            "judged": fact.own("proposals_judged", int(judged.sum()), "count", "ex_ante", "verdict")}))
    return tuple(findings)
