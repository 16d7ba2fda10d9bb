"""The sections of the reports: each answers one question about a unit, from its data to blocks that can be shown in any language."""

from perfanalysis.sections.assessment import section_assessment, section_assessment_method, section_city_assessment
from perfanalysis.sections.city import (
    section_city_coverage,
    section_city_execution,
    section_city_monitoring,
    section_city_scores,
)
from perfanalysis.sections.common import section_follow_up, section_method, section_quality
from perfanalysis.sections.department import (
    section_execution,
    section_key_figures,
    section_monitoring,
    section_peers,
    section_scores,
    section_summary,
    section_targets,
)
from perfanalysis.sections.district import section_city_inspection, section_inspection
from perfanalysis.sections.library import section_library
from perfanalysis.sections.pefa import section_pefa, section_pefa_method
from perfanalysis.sections.unit import Unit, load_unit

__all__ = [
    "Unit",
    "load_unit",
    "section_assessment",
    "section_assessment_method",
    "section_city_assessment",
    "section_city_coverage",
    "section_city_execution",
    "section_city_inspection",
    "section_city_monitoring",
    "section_city_scores",
    "section_execution",
    "section_follow_up",
    "section_inspection",
    "section_key_figures",
    "section_library",
    "section_method",
    "section_monitoring",
    "section_peers",
    "section_pefa",
    "section_pefa_method",
    "section_quality",
    "section_scores",
    "section_summary",
    "section_targets",
]
