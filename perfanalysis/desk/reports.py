"""Every report's sections by name, so that one can be opened without its notebook: the same functions that the notebooks call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from perfanalysis.desk.lost_points import section_lost_points
from perfanalysis.display.blocks import Section
from perfanalysis.sections import (
    section_city_assessment,
    section_city_coverage,
    section_city_execution,
    section_city_inspection,
    section_city_monitoring,
    section_city_scores,
    section_execution,
    section_follow_up,
    section_inspection,
    section_key_figures,
    section_library,
    section_monitoring,
    section_peers,
    section_pefa,
    section_quality,
    section_scores,
    section_summary,
    section_targets,
)
from perfanalysis.sections.accounts import section_accounts, section_disclosure
from perfanalysis.sections.assessment import section_assessment
from perfanalysis.sections.bonds import section_funding, section_funding_units
from perfanalysis.sections.chain import section_chain, section_coverage_chain
from perfanalysis.sections.congress import (
    section_congress_budget,
    section_congress_objectives,
    section_congress_results,
)
from perfanalysis.sections.ex_ante import (
    load_ex_ante_rules,
    section_ex_ante,
    section_ex_ante_budget,
    section_ex_ante_experts,
)
from perfanalysis.sections.exchange import section_exchange_calendar, section_exchange_feedback
from perfanalysis.sections.key_area import section_key_area, section_key_area_framework
from perfanalysis.sections.life_cycle import (
    load_life_cycle_rules,
    section_life_cycle,
    section_life_cycle_decision,
    section_life_cycle_outcomes,
    section_milestones,
)
from perfanalysis.sections.monitoring import (
    load_watch,
    section_lights,
    section_monitoring_figures,
    section_monitoring_form,
    section_year_end,
)
from perfanalysis.sections.self_evaluation import section_self_coverage, section_self_overview
from perfanalysis.sections.targets_coverage import (
    section_target_coverage,
    section_target_quality,
    section_target_timing,
)
from perfanalysis.sections.unit import Unit

Make = Callable[[Unit, "Choice"], Section]


@dataclass(frozen=True)
class Choice:
    """What a section may ask for beside the unit."""

    framework: str = "department-25"
    as_of: str = ""
    funding: str = "special_bond"


@dataclass(frozen=True)
class Report:
    """One report: its notebook, for which kinds of subject it is made, and its sections in their order."""

    name: str
    notebook: str
    kinds: tuple[str, ...]
    sections: Mapping[str, Make]


def _of(*makers: Callable[[Unit], Section]) -> dict[str, Make]:
    """Sections that ask for nothing but the unit, by the last part of their name."""
    return {make.__name__.removeprefix("section_").removeprefix("city_"): lambda unit, _, make=make: make(unit) for make in makers}


def _watched(make: Callable) -> Make:
    return lambda unit, choice: make(unit, load_watch(unit, choice.as_of))


def _framed(make: Callable) -> Make:
    return lambda unit, choice: make(unit, choice.framework)


UNIT, CITY, AREA, PROJECT = ("department", "district"), ("city",), ("key_area",), ("project",)
_WATCH = {"monitoring_figures": _watched(section_monitoring_figures), "lights": _watched(section_lights), "year_end": _watched(section_year_end),
          "monitoring_form": _watched(section_monitoring_form)}
_TARGETS = _of(section_target_coverage, section_target_timing, section_target_quality)
_DISTRICT = {"assessment": _framed(section_assessment), "inspection": _framed(section_inspection)}
_FUNDS = {"funding": lambda unit, choice: section_funding(unit, choice.funding)}

REPORTS = (
    Report("department", "department", UNIT, {**_of(
        section_key_figures, section_execution, section_targets, section_library, section_scores), **_of(section_lost_points),
        **_of(section_monitoring, section_peers, section_follow_up, section_quality)}),
    Report("city", "city", CITY, _of(
        section_key_figures, section_city_execution, section_city_coverage, section_targets, section_city_scores, section_city_monitoring,
        section_coverage_chain, section_follow_up, section_quality)),
    Report("assessment", "district", UNIT, _DISTRICT),
    Report("assessment", "assessment", CITY, {"city_assessment": _framed(section_city_assessment), "inspection": _framed(section_city_inspection)}),
    Report("monitoring", "monitoring", (*UNIT, *CITY), _WATCH),
    Report("targets", "targets", (*UNIT, *CITY), _TARGETS),
    Report("bonds", "bonds", UNIT, _FUNDS),
    Report("bonds", "bonds", CITY, {**_FUNDS, "funding_units": lambda unit, choice: section_funding_units(unit, choice.funding)}),
    Report("self_evaluation", "self_evaluation", CITY, _of(section_self_coverage, section_self_overview)),
    Report("ex_ante", "ex_ante", CITY, {
        make.__name__.removeprefix("section_"): lambda unit, _, make=make: make(unit, load_ex_ante_rules(""))
        for make in (section_ex_ante, section_ex_ante_experts, section_ex_ante_budget)}),
    Report("congress", "congress", CITY, _of(section_congress_budget, section_accounts, section_congress_objectives, section_congress_results, section_disclosure)),
    Report("exchange", "exchange", (*UNIT, *CITY), _of(section_exchange_calendar, section_exchange_feedback)),
    Report("pefa", "pefa", CITY, _of(section_pefa)),
    Report("key_area", "key_area", AREA, _of(section_key_area, section_key_area_framework, section_targets)),
    Report("project", "project", PROJECT, _of(section_chain, section_life_cycle, section_milestones)),
    Report("life_cycle", "life_cycle", PROJECT, {
        **_of(section_life_cycle, section_life_cycle_outcomes, section_milestones),
        "life_cycle_decision": lambda unit, _: section_life_cycle_decision(unit, load_life_cycle_rules(""))}),
)


def list_reports(kind: str) -> tuple[Report, ...]:
    """The reports that are made on a subject of this kind (department, district, city or project), in their order."""
    return tuple(report for report in REPORTS if kind in report.kinds)


def make_section(unit: Unit, report: str, section: str, choice: Choice = Choice()) -> Section:
    """One section of one report on ``unit``; ``summary`` gathers the findings of all sections of the report."""
    about = next(one for one in list_reports(unit.data.kind) if one.name == report)
    if section == "summary":
        return section_summary(unit, tuple(make(unit, choice) for make in about.sections.values()))
    return about.sections[section](unit, choice)


def default_day(unit: Unit) -> str:
    """The month-end that monitoring looks at unless another is chosen: July's, as is usual, or else the last before the year's end that was reported."""
    if not unit.data.has("execution"):
        return ""
    days = sorted({str(day)[:10] for day in unit.data.of_year("execution")["period_end"].dropna()})
    july = [day for day in days if day[5:7] == "07"]
    return (july or days[:-1] or days or [""])[-1]
