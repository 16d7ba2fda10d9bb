"""Evaluate how public money performs: from budget and performance data to every department's report.

The public surface, in the order of the work. Nothing heavy is imported before it is used: ``import perfanalysis as pa`` takes
milliseconds, and ``pa.load_dataset`` then fetches the room that it lives in. ``dir(pa)`` and completion show every name.
"""

from importlib import import_module
from importlib.util import find_spec

__version__ = "0.1.0"

# Name → the module that defines it, in the order of the work. A name is added here and nowhere else.
_SURFACE = {
    # what a table holds
    "TABLES": "perfanalysis.tables",
    # what goes wrong, said so that it can be mended
    "PerfAnalysisError": "perfanalysis.errors",
    "DataError": "perfanalysis.errors",
    "MissingTable": "perfanalysis.errors",
    "PlanError": "perfanalysis.errors",
    "RuleError": "perfanalysis.errors",
    "UnknownName": "perfanalysis.errors",
    # data in
    "read_source": "perfanalysis.sources",
    "check_source": "perfanalysis.sources",
    "mark_problems": "perfanalysis.sources",
    "write_template": "perfanalysis.sources",
    "data_dictionary": "perfanalysis.sources",
    # a dataset and the slice of one unit
    "load_dataset": "perfanalysis.dataset",
    "import_source": "perfanalysis.dataset",
    "store_source": "perfanalysis.dataset",
    "write_dataset": "perfanalysis.dataset",
    # the rules to score by
    "list_rulebooks": "perfanalysis.rules",
    "load_rulebook": "perfanalysis.rules",
    "list_frameworks": "perfanalysis.rules.frameworks",
    "load_framework": "perfanalysis.rules.frameworks",
    "load_library": "perfanalysis.rules.library",
    "search_library": "perfanalysis.rules.library",
    "copy_rules": "perfanalysis.rules.copying",
    # scores
    "score_indicators": "perfanalysis.scoring",
    "score_execution": "perfanalysis.scoring",
    "score_projects": "perfanalysis.scoring",
    "check_weights": "perfanalysis.scoring",
    "compare_scores": "perfanalysis.scoring",
    "summarise_scores": "perfanalysis.scoring",
    "count_conventions": "perfanalysis.scoring",
    "score_items": "perfanalysis.scoring.frameworks",
    "assess_units": "perfanalysis.scoring.frameworks",
    "adjust_difficulty": "perfanalysis.scoring.frameworks",
    "simulate_ranks": "perfanalysis.scoring.ranks",
    "leave_one_out": "perfanalysis.scoring.ranks",
    "measure_outturn": "perfanalysis.scoring.pefa",
    # the year while it runs
    "measure_course": "perfanalysis.monitoring",
    "measure_pace": "perfanalysis.monitoring",
    "measure_achievement": "perfanalysis.monitoring",
    "monitor_projects": "perfanalysis.monitoring",
    "lay_out_courses": "perfanalysis.monitoring.projection",
    "roll_origins": "perfanalysis.monitoring.projection",
    "adjust_season": "perfanalysis.monitoring.signals",
    "measure_signals": "perfanalysis.monitoring.signals",
    # comparison with others, quality of targets, follow-up
    "load_peers": "perfanalysis.analysis",
    "place_among": "perfanalysis.analysis",
    "measure_bunching": "perfanalysis.analysis",
    "find_easy_targets": "perfanalysis.analysis",
    "find_copied_sets": "perfanalysis.analysis",
    "measure_problems": "perfanalysis.analysis",
    "measure_disclosure": "perfanalysis.analysis",
    "measure_funnel": "perfanalysis.analysis.funnel",
    "measure_share_funnel": "perfanalysis.analysis.funnel",
    "shrink_means": "perfanalysis.analysis.funnel",
    "adjust_for_difficulty": "perfanalysis.analysis.funnel",
    "limits_of_count": "perfanalysis.analysis.funnel",
    "measure_efficiency": "perfanalysis.analysis.efficiency",
    "bootstrap_efficiency": "perfanalysis.analysis.efficiency",
    "load_outlook": "perfanalysis.analysis.outlook",
    "pair_scores": "perfanalysis.analysis.agreement",
    "measure_agreement": "perfanalysis.analysis.agreement",
    "correct_scores": "perfanalysis.analysis.agreement",
    "find_near_copies": "perfanalysis.analysis.gaming",
    "compare_signs": "perfanalysis.analysis.gaming",
    "measure_threshold": "perfanalysis.analysis.gaming",
    "measure_ratchet": "perfanalysis.analysis.gaming",
    "measure_benford": "perfanalysis.analysis.gaming",
    "rank_risk": "perfanalysis.analysis.sampling",
    "draw_sample": "perfanalysis.analysis.sampling",
    "evaluate_sample": "perfanalysis.analysis.sampling",
    # what is worth saying
    "Fact": "perfanalysis.findings",
    "Finding": "perfanalysis.findings",
    "sort_findings": "perfanalysis.findings",
    # frame → Figure
    "chart_execution_by_project": "perfanalysis.charts",
    "chart_execution_by_period": "perfanalysis.charts",
    "chart_attainment": "perfanalysis.charts",
    "chart_scores": "perfanalysis.charts",
    "chart_score_distribution": "perfanalysis.charts",
    "chart_grades": "perfanalysis.charts",
    "chart_quadrants": "perfanalysis.charts",
    "chart_peers": "perfanalysis.charts",
    "chart_units": "perfanalysis.charts",
    "chart_accounts": "perfanalysis.charts",
    "chart_agreement": "perfanalysis.charts.agreement",
    "chart_misstatement": "perfanalysis.charts.sampling",
    "chart_signs": "perfanalysis.charts.signs",
    "chart_digits": "perfanalysis.charts.signs",
    "chart_profile": "perfanalysis.charts.frameworks",
    "chart_history": "perfanalysis.charts.frameworks",
    "chart_ranks": "perfanalysis.charts.frameworks",
    "chart_categories": "perfanalysis.charts.frameworks",
    "chart_choices": "perfanalysis.charts.ranks",
    "chart_funnel": "perfanalysis.charts.funnel",
    # the sections of a report
    "load_unit": "perfanalysis.sections",
    "section_summary": "perfanalysis.sections",
    "section_key_figures": "perfanalysis.sections",
    "section_execution": "perfanalysis.sections",
    "section_targets": "perfanalysis.sections",
    "section_library": "perfanalysis.sections",
    "section_scores": "perfanalysis.sections",
    "section_monitoring": "perfanalysis.sections",
    "section_peers": "perfanalysis.sections",
    "section_follow_up": "perfanalysis.sections",
    "section_quality": "perfanalysis.sections",
    "section_method": "perfanalysis.sections",
    "section_assessment": "perfanalysis.sections",
    "section_assessment_method": "perfanalysis.sections",
    "section_inspection": "perfanalysis.sections",
    "section_pefa": "perfanalysis.sections",
    "section_pefa_method": "perfanalysis.sections",
    "section_city_assessment": "perfanalysis.sections",
    "section_city_inspection": "perfanalysis.sections",
    "section_city_execution": "perfanalysis.sections",
    "section_city_coverage": "perfanalysis.sections",
    "section_city_scores": "perfanalysis.sections",
    "section_city_monitoring": "perfanalysis.sections",
    "section_ranks": "perfanalysis.sections.ranks",
    "section_city_ranks": "perfanalysis.sections.ranks",
    "section_city_fair": "perfanalysis.sections.fair",
    "section_city_efficiency": "perfanalysis.sections.efficiency",
    "section_exchange_calendar": "perfanalysis.sections.exchange",
    "section_exchange_feedback": "perfanalysis.sections.exchange",
    "section_self_coverage": "perfanalysis.sections.self_evaluation",
    "section_self_overview": "perfanalysis.sections.self_evaluation",
    "section_agreement": "perfanalysis.sections.agreement",
    "section_reviews": "perfanalysis.sections.agreement",
    "section_grade_lines": "perfanalysis.sections.signs",
    "section_signs": "perfanalysis.sections.signs",
    "section_ratchet": "perfanalysis.sections.signs",
    "section_payments": "perfanalysis.sections.signs",
    "draw_audit_sample": "perfanalysis.sections.sampling",
    "section_risk": "perfanalysis.sections.sampling",
    "section_audit_sample": "perfanalysis.sections.sampling",
    "section_audit_results": "perfanalysis.sections.sampling",
    "section_accounts": "perfanalysis.sections.accounts",
    "section_disclosure": "perfanalysis.sections.accounts",
    "section_funding": "perfanalysis.sections.bonds",
    "section_funding_units": "perfanalysis.sections.bonds",
    "section_target_coverage": "perfanalysis.sections.targets_coverage",
    "section_target_timing": "perfanalysis.sections.targets_coverage",
    "section_target_quality": "perfanalysis.sections.targets_coverage",
    "section_congress_budget": "perfanalysis.sections.congress",
    "section_congress_objectives": "perfanalysis.sections.congress",
    "section_congress_results": "perfanalysis.sections.congress",
    "load_watch": "perfanalysis.sections.monitoring",
    "section_monitoring_figures": "perfanalysis.sections.monitoring",
    "section_lights": "perfanalysis.sections.monitoring",
    "section_year_end": "perfanalysis.sections.monitoring",
    "section_monitoring_form": "perfanalysis.sections.monitoring",
    "make_monitoring_forms": "perfanalysis.sections.monitoring",
    "show_monitoring_forms": "perfanalysis.sections.monitoring",
    "section_projection": "perfanalysis.sections.outlook",
    "section_reclaim": "perfanalysis.sections.outlook",
    "section_signals": "perfanalysis.sections.outlook",
    # ex-ante evaluation of policies and projects
    "load_ex_ante_rules": "perfanalysis.sections.ex_ante",
    "section_ex_ante": "perfanalysis.sections.ex_ante",
    "section_ex_ante_experts": "perfanalysis.sections.ex_ante",
    "section_ex_ante_budget": "perfanalysis.sections.ex_ante",
    "section_ex_ante_method": "perfanalysis.sections.ex_ante",
    # a project over its years
    "load_project": "perfanalysis.sections.chain",
    "section_chain": "perfanalysis.sections.chain",
    "section_coverage_chain": "perfanalysis.sections.chain",
    "load_life_cycle_rules": "perfanalysis.sections.life_cycle",
    "section_life_cycle": "perfanalysis.sections.life_cycle",
    "section_life_cycle_outcomes": "perfanalysis.sections.life_cycle",
    "section_milestones": "perfanalysis.sections.life_cycle",
    "section_life_cycle_decision": "perfanalysis.sections.life_cycle",
    # a key area across departments and districts
    "load_key_area": "perfanalysis.sections.key_area",
    "section_key_area": "perfanalysis.sections.key_area",
    "section_key_area_framework": "perfanalysis.sections.key_area",
    # did a policy work
    "load_evaluation": "perfanalysis.sections.impact",
    "section_impact": "perfanalysis.sections.impact",
    "section_impact_doubts": "perfanalysis.sections.impact",
    "section_impact_methods": "perfanalysis.sections.impact",
    "section_impact_method": "perfanalysis.sections.impact",
    # what a notebook shows and a report prints
    "show_title": "perfanalysis.display.show",
    "show": "perfanalysis.display.show",
    "show_file": "perfanalysis.display.show",
    # every report at once
    "load_plan": "perfanalysis.reporting",
    "run_plan": "perfanalysis.reporting",
    # reports of one's own
    "new_report": "perfanalysis.reporting.new_report",
    "check_notebook": "perfanalysis.reporting.check_notebook",
    # what the auditor gets, and does with it
    "trace_fact": "perfanalysis.audit.trace",
    "make_bundle": "perfanalysis.audit.bundle",
    "verify_bundle": "perfanalysis.audit.verify",
    "compare_runs": "perfanalysis.audit.diff",
    # the evaluator's desk in JupyterLab
    "open_desk": "perfanalysis.desk.opening",
    "section_lost_points": "perfanalysis.desk.lost_points",
    "find_causes": "perfanalysis.desk.causes",
    "trace_row": "perfanalysis.desk.drill",
    "change_framework": "perfanalysis.desk.changes",
    "change_rulebook": "perfanalysis.desk.changes",
    "save_rules": "perfanalysis.desk.changes",
    "compare_frameworks": "perfanalysis.desk.what_if",
    "compare_rulebooks": "perfanalysis.desk.what_if",
    "compare_projects": "perfanalysis.desk.what_if",
    "section_what_if": "perfanalysis.desk.comparison",
    "section_what_if_scores": "perfanalysis.desk.comparison",
    "write_plan": "perfanalysis.desk.own_plan",
    # the demonstration city
    "make_city": "perfanalysis.demo",
    "write_city": "perfanalysis.demo",
    "make_demonstration": "perfanalysis.demo",
    # to practise on
    "practice_folder": "perfanalysis.demo.practice",
    "write_practice": "perfanalysis.demo.practice",
}

__all__ = [*_SURFACE]


def __getattr__(name: str):
    if name not in _SURFACE:
        # what Python asks every module for, and rooms that it is about to import
        if name.startswith("_") or find_spec(f"perfanalysis.{name}"):
            raise AttributeError(f"module 'perfanalysis' has no attribute {name!r}")
        from perfanalysis.errors import Problem, UnknownName, near

        raise UnknownName(Problem("unknown_public_name", found=name, values={"near": near(name, _SURFACE)}))
    value = getattr(import_module(_SURFACE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*_SURFACE, "__version__"]
