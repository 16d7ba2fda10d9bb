"""What is worth saying: facts with their origin, and findings made from them; the words stand in ``perfanalysis.words``."""

from perfanalysis.findings.model import SEVERITIES, Evidence, Fact, Finding, Label, sort_findings

__all__ = ["SEVERITIES", "Evidence", "Fact", "Finding", "Label", "sort_findings"]
