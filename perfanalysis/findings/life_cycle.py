"""What is worth saying about a policy over its years: the decision with its reasons, what could not be tested, a year without targets."""

import pandas as pd

from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Finding, Label
from perfanalysis.rules.life_cycle import LifeCycleRules

_SEVERITY = {"end": "warning", "adjust": "warning", "continue": "good", "open": "notice"}


def find_life_cycle(decision: str, tested: pd.DataFrame, years: pd.DataFrame, rules: LifeCycleRules, fact: FactMaker) -> tuple[Finding, ...]:
    """Findings on one project.

    Parameters
    ----------
    decision, tested : ``decide_life_cycle`` and ``weigh_reasons``
    years : ``measure_years``
    """
    meaning = {reason.code: Label(reason.code, reason.meaning["zh"], reason.meaning["en"]) for reason in rules.reasons}
    holding = tested[tested["holds"].fillna(False)]
    count = fact.own("reasons_hold", len(holding), "count", "projects", "year")
    known = fact.own("reasons_tested", int(tested["holds"].notna().sum()), "count", "projects", "year")
    findings = [Finding(f"life_cycle_{decision}", _SEVERITY[decision], fact.subject, {
        "reasons": count, "tested": known, "names": [meaning[code] for code in holding.loc[holding["decision"] == decision, "reason"]]})]
    untested = tested[tested["holds"].isna()]
    if len(untested) and decision != "open":
        findings.append(Finding("life_cycle_untested", "notice", fact.subject, {
            "untested": fact.own("reasons_untested", len(untested), "count", "projects", "year"), "names": [meaning[code] for code in untested["reason"]]}))
    bare = years[years["achievement"].isna()]
    if len(bare):
        findings.append(Finding("life_cycle_year_without_result", "notice", fact.subject, {
            "years": fact.own("years_without_result", len(bare), "count", "indicators", "actual"),
            "names": [Label(str(year), f"{year}年", str(year)) for year in bare["year"].astype(int)]}))
    return tuple(findings)
