"""What is worth saying about the wording of indicators and sets, found by ``check_indicators``."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding

#: finding → the flag that it is about, its severity, the measure that counts it, the column that shows it
_OF_FLAG = {
    "vague_indicators": ("vague", "notice", "indicators_vague", "target_text"),
    "unmeasurable_indicators": ("unmeasurable", "warning", "indicators_unmeasurable", "target_text"),
    "duplicate_indicators": ("duplicate", "warning", "indicators_duplicate", "level3"),
}


def find_wording(indicators: pd.DataFrame, flags: pd.DataFrame, projects: pd.DataFrame, fact: FactMaker) -> tuple[Finding, ...]:
    """Findings on one unit's indicators of the year.

    Parameters
    ----------
    indicators : one row per indicator; reads ``project``, ``code``, ``label``, ``label_en``
    flags : ``check_indicators`` of them
    projects : one row per project; reads ``project``, ``label``, ``label_en``
    """
    findings = []
    sets = projects[projects["project"].isin(indicators.loc[flags["output_only"], "project"])]
    if len(sets):
        findings.append(Finding("output_only", "warning", fact.subject, {
            "projects": fact.own("projects_output_only", len(sets), "count", "indicators", "level1"),
            "names": list(label_rows(sets.head(NAMED), "project")),
        }))
    for code, (flag, severity, measure, column) in _OF_FLAG.items():
        rows = indicators[flags[flag]]
        if len(rows):
            findings.append(Finding(code, severity, fact.subject, {
                "indicators": fact.own(measure, len(rows), "count", "indicators", column),
                "names": list(label_rows(rows.drop_duplicates("label").head(NAMED), "code")),
            }))
    return tuple(findings)
