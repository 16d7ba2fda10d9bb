"""What is worth saying about signs that results come too neatly: who to look at, never what was done."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold

#: sign → the column that its cases are read from
READ = {
    "just_above": ("projects", "self_score"), "easy": ("indicators", "actual"), "exact": ("indicators", "actual"), "round": ("indicators", "actual"),
    "below_last_year": ("indicators", "target"), "near_copies": ("indicators", "level3"), "weights": ("indicators", "weight"),
}


def find_signs(signs: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """One finding a sign in which any unit stands out.

    Parameters
    ----------
    signs : rows of ``compare_signs`` with ``flagged``, ``label``, ``label_en``
    """
    findings = []
    false = fact.rule("signs_false", thresholds["signs_false"].value, "ratio")
    for sign, (table, column) in READ.items():
        rows = signs[(signs["sign"] == sign) & signs["flagged"]].sort_values("p")
        if len(rows):
            keys = {"year": [fact.year - 1, fact.year]} if sign == "below_last_year" else None
            findings.append(Finding(f"sign_{sign}", "notice", fact.subject, {
                "units": fact.own("signs_units", len(rows), "count", table, column, keys=keys, name=sign), "false": false, "names": list(label_rows(rows.head(NAMED), "unit")),
            }))
    return tuple(findings)
