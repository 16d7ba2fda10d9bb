"""What is worth saying about a policy over its years: the decision with its reasons, what could not be tested, a year without targets."""

from dataclasses import replace

import pandas as pd

from perfanalysis import words
from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Fact, Finding, Label
from perfanalysis.rules.life_cycle import LifeCycleRules

#: test → table and column that it reads
_READS = {
    "term_over": ("projects", "end_year"), "missed_repeatedly": ("indicators", "actual"), "missed": ("indicators", "actual"),
    "review_failed": ("reviews", "score"), "review_weak": ("reviews", "score"), "unspent": ("projects", "executed"),
    "growth_without_result": ("projects", "budget_adjusted"),
}
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
    holding = holding[holding["decision"] == decision]
    numbers = {row["reason"]: _numbers(row, fact) for row in holding.to_dict("records")}
    count = fact.own("reasons_hold", int(tested["holds"].fillna(False).sum()), "count", "projects", "year")
    known = fact.own("reasons_tested", int(tested["holds"].notna().sum()), "count", "projects", "year")
    findings = [Finding(f"life_cycle_{decision}", _SEVERITY[decision], fact.subject, {
        "reasons": count, "tested": known, "names": [_with_numbers(meaning[code], *numbers[code]) for code in holding["reason"]],
        **{number.id: number for pair in numbers.values() for number in pair if number is not None}})]
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


def _numbers(row: dict, fact: FactMaker) -> tuple[Fact | None, Fact]:
    """What a test compares: the rule's limit (none for the end of the term) and the project's value."""
    table, column = _READS[row["reason"]]
    limit = None if pd.isna(row["threshold"]) else replace(fact.rule("life_cycle_limit", row["threshold"], row["unit"]), subject=f"rule.{row['reason']}")
    return limit, fact.own("life_cycle_value", row["value"], row["unit"], table, column, name=row["reason"])


def _with_numbers(meaning: Label, limit: Fact | None, value: Fact) -> Label:
    """The test in words with both numbers: "less was executed than 80% (here 62.1%)"."""
    code = "life_cycle_test_term" if limit is None else "life_cycle_test"
    said = {lang: words.say(code, lang, {"test": meaning.written(lang), "limit": limit, "value": value}) for lang in ("zh", "en")}
    return Label(meaning.code, said["zh"], said["en"])
