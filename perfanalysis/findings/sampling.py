"""What is worth saying about the results of a sample audit."""

from collections.abc import Mapping

from perfanalysis.findings.model import Fact, Finding


def find_misstatement(values: Mapping[str, Fact], subject: str) -> tuple[Finding, ...]:
    """Whether the upper limit of overstatement stays within what is tolerable; reads ``upper``, ``tolerable``, ``projected``, ``confidence``."""
    stated = {name: values[name] for name in ("upper", "tolerable", "projected", "confidence")}
    if values["upper"].value > values["tolerable"].value:
        return (Finding("misstatement_above_tolerable", "serious", subject, stated),)
    return (Finding("misstatement_within_tolerable", "good", subject, stated),)
