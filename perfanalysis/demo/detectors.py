"""Which section must make which finding of which planted irregularity: a new detector is one line here.

``perfanalysis validate`` measures every finding that is listed, and the tests on the demonstration city use the same list.
"""

from collections.abc import Iterator

from perfanalysis.demo.assessment import FALLING_DISTRICT
from perfanalysis.display.blocks import Section
from perfanalysis.sections import (
    Unit,
    section_assessment,
    section_execution,
    section_follow_up,
    section_library,
    section_monitoring,
    section_peers,
    section_quality,
    section_scores,
    section_targets,
)
from perfanalysis.sections.fair import section_city_fair
from perfanalysis.sections.monitoring import load_watch, section_lights, section_year_end
from perfanalysis.sections.signs import section_grade_lines, section_payments, section_ratchet, section_signs

#: The day of monitoring, and the framework of the districts.
AS_OF, FRAMEWORK = "2020-07-31", "district-28"

#: Section → how it is made of a unit.
SECTIONS = {
    "execution": section_execution,
    "targets": section_targets,
    "library": section_library,
    "scores": section_scores,
    "monitoring": section_monitoring,
    "peers": section_peers,
    "follow_up": section_follow_up,
    "quality": section_quality,
    "lights": lambda unit: section_lights(unit, load_watch(unit, AS_OF)),
    "year_end": lambda unit: section_year_end(unit, load_watch(unit, AS_OF)),
    "assessment": lambda unit: section_assessment(unit, FRAMEWORK),
}
#: Sections that compare all units: made once for the city.
WHOLE_SECTIONS = {
    "fair": section_city_fair,
    "grade_lines": section_grade_lines,
    "signs": section_signs,
    "ratchet": section_ratchet,
    "payments": section_payments,
}
#: Finding → (the section that makes it, the kinds of planted irregularity that it must be made of; none: nothing of the kind is planted).
DETECTORS = {
    "low_execution": ("execution", ()),
    "low_execution_projects": ("execution", ()),
    "over_budget": ("execution", ("executed_above_budget",)),
    "execution_unknown": ("execution", ()),
    "execution_sound": ("execution", ()),
    "year_end_rush": ("execution", ("december_rush",)),
    "year_end_rush_alone": ("execution", ()),
    "targets_missed": ("targets", ()),
    "targets_missed_unexplained": ("targets", ("shortfall_unexplained",)),
    "easy_targets": ("targets", ("easy_targets",)),
    "over_target_unexplained": ("targets", ()),
    "actual_missing": ("targets", ()),
    "points_not_given": ("targets", ()),
    "no_targets": ("targets", ("no_targets",)),
    "copied_indicators": ("targets", ("copied_indicators",)),
    "targets_approved_late": ("targets", ("approved_late",)),
    "output_only": ("library", ()),
    "vague_indicators": ("library", ()),
    "unmeasurable_indicators": ("library", ()),
    "duplicate_indicators": ("library", ()),
    "scores_differ": ("scores", ()),
    "grades_change": ("scores", ()),
    "sum_wrong": ("scores", ("wrong_sum",)),
    "points_above_rule": ("scores", ("points_above_rule",)),
    "execution_points_above_rule": ("scores", ("execution_points_above_rule",)),
    "weights_wrong": ("scores", ("weights_do_not_add_up",)),
    "weights_split": ("scores", ()),
    "not_submitted": ("scores", ("not_evaluated",)),
    "bunched_scores": ("scores", ("bunched_scores",)),
    "quadrant_met_unspent": ("monitoring", ("met_but_unspent",)),
    "quadrant_missed_spent": ("monitoring", ()),
    "quadrant_missed_unspent": ("monitoring", ()),
    "execution_rate_lowest": ("peers", ()),
    "mean_score_lowest": ("peers", ()),
    "fair_high": ("peers", ()),
    "fair_low": ("peers", ()),
    "fair_units_high": ("fair", ()),
    "fair_units_low": ("fair", ()),
    "rectification_overdue": ("follow_up", ("overdue",)),
    "disclosure_late": ("follow_up", ("disclosed_late",)),
    "disclosure_missing": ("follow_up", ("not_disclosed",)),
    "rows_set_aside": ("quality", ("unknown_reference", "unreadable_text", "repeated_key")),
    "rows_to_look_at": ("quality", ("money_scale", "money_scale_year", "year_before_start")),
    "red_targets": ("lights", ()),
    "red_execution": ("lights", ()),
    "ahead_met_unspent": ("year_end", ("met_but_unspent",)),
    "ahead_missed_unspent": ("year_end", ()),
    "ahead_missed_spent": ("year_end", ()),
    "targets_out_of_reach": ("year_end", ()),
    "rectification_without_advice": ("year_end", ()),
    "assessment_fell": ("assessment", ("falling_district",)),
    "assessment_weak_categories": ("assessment", ()),
    "assessment_zero_items": ("assessment", ()),
    "assessment_missing_items": ("assessment", ()),
    "assessment_scores_differ": ("assessment", ()),
    "assessment_unknown_items": ("assessment", ()),
    "assessment_no_coefficient": ("assessment", ()),
    "scores_heaped": ("grade_lines", ("bunched_scores",)),
    "sign_just_above": ("signs", ("bunched_scores",)),
    "sign_easy": ("signs", ("easy_targets",)),
    "sign_exact": ("signs", ()),
    "sign_round": ("signs", ()),
    "sign_below_last_year": ("signs", ()),
    "sign_near_copies": ("signs", ("copied_indicators",)),
    "sign_weights": ("signs", ()),
    "ratchet": ("ratchet", ()),
    "payments_digits": ("payments", ()),
    "policy_worked": ("impact", ("working_policy",)),
    "policy_worsened": ("impact", ()),
    "policy_doubtful": ("impact", ()),
    "policy_unclear": ("impact", ()),
    "policy_unknown": ("impact", ()),
}
#: What stands in every demonstration city, with irregularities and without: kind → the unit that holds it.
ALWAYS = {"falling_district": FALLING_DISTRICT}
#: Findings that rest on intervals: the report that makes them states their error rate, measured on its own data (earlier years' projections, the signals'
#: simulated false alarms, the confidence of a sample, the draws behind a rank).
RATED_BY_THEIR_REPORT = frozenset({
    "goal_unlikely", "misstatement_above_tolerable", "misstatement_within_tolerable", "periods_fast", "periods_slow", "rank_uncertain", "reclaim_funds",
    "self_scores_higher", "self_scores_uninformative",
})
#: Findings of reports on the whole city, a project, a proposal or a framework: they state what the rows say, by a rule that the report names, about
#: one thing each, and are not simulated.
NOT_SIMULATED = frozenset({
    "assessment_units_fell", "chain_complete", "chain_missing", "chain_review_gap", "city_scores_differ", "ex_ante_above", "ex_ante_agree", "ex_ante_apart",
    "ex_ante_differs", "ex_ante_lacking", "ex_ante_no_strategy", "ex_ante_refused_funded", "ex_ante_unfunded", "funding_low_execution",
    "funding_targets_missed", "funding_without_targets", "impact_alone_fails", "impact_date_fails", "impact_measure_fails", "impact_pre_trend_fails",
    "inspection_candidate", "inspection_candidates", "key_area_missed", "key_area_unmeasured", "key_area_weak", "life_cycle_adjust", "life_cycle_continue",
    "life_cycle_end", "life_cycle_open", "life_cycle_untested", "life_cycle_year_without_result", "materials_missing", "objectives_low_execution",
    "objectives_missed", "pefa_last_year", "pefa_weak", "result_without_review", "results_low_execution", "review_grade_differs", "self_above_review",
    "self_not_submitted", "targets_after_budget", "targets_not_reviewed", "targets_rejected", "units_low_execution",
})


def kinds() -> Iterator[tuple[str, str, str]]:
    """Every kind of irregularity with a finding that it must lead to, and that finding's section; a kind may lead to several."""
    for finding, (section, planted) in DETECTORS.items():
        for kind in planted:
            yield kind, finding, section


def detect(unit: Unit, section: str) -> Section:
    """One section of the reports on ``unit``, computed; nothing is drawn or written."""
    return (SECTIONS | WHOLE_SECTIONS)[section](unit)
