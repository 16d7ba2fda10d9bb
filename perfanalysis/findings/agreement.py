"""What is worth saying about self-evaluation beside independent evaluation."""

from collections.abc import Mapping

from perfanalysis.findings.model import Fact, Finding


def find_agreement(values: Mapping[str, Fact], subject: str) -> tuple[Finding, ...]:
    """Findings on the agreement of all self-evaluations with the independent ones.

    ``values`` are the section's facts: ``pairs``, ``bias``, ``bias_low``, ``bias_high``, ``line``, ``line_low``, ``line_high``, ``sure``. Self-scores are called too high where
    the whole interval of the mean difference lies above zero, and uninformative where the whole interval of the line lies below one half.
    """
    findings = []
    if values["bias_low"].value > 0:
        findings.append(Finding("self_scores_higher", "warning", subject, {name: values[name] for name in ("pairs", "bias", "bias_low", "bias_high", "sure")}))
    if values["line_high"].value < 0.5:
        findings.append(Finding("self_scores_uninformative", "notice", subject, {name: values[name] for name in ("line", "line_low", "line_high", "sure")}))
    return tuple(findings)
