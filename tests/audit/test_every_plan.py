"""Every report of every plan on the demonstration city, not the departments' alone: no loose number, every link leads somewhere, every number comes out again.

Here some units of each plan are made; ``make audit`` names finished runs (``PERFANALYSIS_RUNS=outputs/demo``), of which every report is read.
"""

import json
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import recompute
import recompute_city
import recompute_parts
from conftest import ROOT, make_page, run_notebook
from test_recompute import BY_OTHER_TESTS, rows_of, same
from test_traceable import read

from perfanalysis.cli import DEMONSTRATION
from perfanalysis.reporting.gather import gather, make_facts, write_facts
from perfanalysis.reporting.plan import load_plan

METHODS = recompute.METHODS | recompute_city.METHODS | recompute_parts.METHODS
#: No second way here, for a reason; each is held elsewhere.
ELSEWHERE = BY_OTHER_TESTS | {
    # places need repetitions with the library's own seed: tests/scoring/test_frameworks.py and its hand-made examples
    "assessment_ranked_alone", "assessment_median", "assessment_gap", "difficulty_capped", "difficulty_mean_shift", "difficulty_mean_shift_reweighted",
    "difficulty_most_down", "difficulty_most_up", "inspection_candidates", "inspection_reasons", "assessment_weak_categories", "assessment_zero_items",
    # letters follow from bands over three years: tests/scoring/test_pefa.py holds the Secretariat's own examples
    "pefa_pi1", "pefa_pi2", "pefa_year_pi1", "pefa_year_pi2", "pefa_heads_left_out",
    # the expected year-end needs the pace of all units in earlier years: tests/monitoring
    "ahead_met_spent", "ahead_met_unspent", "ahead_missed_spent", "ahead_missed_unspent", "ahead_unplaced", "ahead_unspent_met_unspent",
    "ahead_unspent_missed_spent", "ahead_unspent_missed_unspent", "budget_projected", "projected_rate", "projected_seasonal", "projects_projected",
    "lights_red", "lights_yellow", "red_execution", "red_targets", "indicators_level", "indicators_without_light",
    # steps of a chain over many tables, a framework over measures, a calendar: tests/analysis, each with numbers worked out by hand
    "chain_projects_whole", "chain_money_share", "chain_share", "chain_done", "chain_due", "chain_missing", "items_measured", "items_unmeasured", "items_weak",
    "key_area_known", "key_area_score", "key_area_category", "weight_unmeasured", "reasons_hold", "reasons_tested", "years_without_result",
    "deliveries_missing", "deliveries_passed", "deliveries_ready",
    # two scores of the same projects, selection and correction: tests/analysis/test_agreement.py
    "agreement_bias", "agreement_bias_high", "agreement_bias_low", "agreement_kappa", "agreement_limit_high", "agreement_limit_low", "agreement_line",
    "agreement_line_high", "agreement_line_low", "agreement_same_grade", "agreement_weighted", "agreement_weighted_high", "agreement_weighted_low",
    "corrected_beyond", "corrected_excellent", "corrected_excellent_high", "corrected_excellent_low", "corrected_mean", "corrected_mean_high",
    "corrected_mean_low", "reviewed_median_budget", "self_excellent", "self_mean", "unreviewed_median_budget",
    # signs and their tests: tests/analysis/test_gaming.py
    "payments_deviation", "payments_p", "payments_positive", "ratchet_lines", "ratchet_over_cases", "ratchet_under_cases", "signs_flagged_units",
    "signs_found", "signs_tested_units", "signs_tests", "signs_units", "threshold_above", "threshold_below", "threshold_excess", "threshold_excess_high",
    "threshold_excess_low", "threshold_expected",
    # samples and risks: tests/analysis/test_sampling.py
    "audit_drawn", "audit_examined", "audit_interval", "audit_items", "audit_items_money", "audit_left_out", "audit_missing", "audit_outside",
    "audit_population", "audit_population_projects", "audit_tolerable", "audit_top", "chosen_at_random", "chosen_by_risk", "highest_risk", "median_risk",
    "risk_projects",
    # fair comparison, efficiency: tests/analysis/test_fair.py, test_funnel.py, test_efficiency.py
    "efficiency_units", "fair_between", "fair_centre", "fair_dispersion", "fair_outside", "fair_stands_out", "fair_units", "fair_units_low",
    # units that join within the year, and what a recomputation lacks: tests/sections
    "budget_joined", "first_joined", "scores_not_recomputed", "scores_with_gaps", "scores_without_indicators", "units_joined", "first_period",
    # effects of a policy: tests/analysis/test_impact.py
    "impact_before", "impact_first_start", "impact_last_start", "impact_left_out", "impact_never", "impact_treated",
    # projections need all units' earlier years: tests/monitoring/test_projection.py
    "budget_now", "executed_now", "periods_watched", "projects_judged", "projects_reclaim", "reclaim_least", "reclaim_mean", "reclaim_most",
    # PEFA row by row: tests/scoring/test_pefa.py, and Philadelphia's by an independent computation
    "pefa_actual", "pefa_budget", "pefa_expected", "pefa_grade_of_year", "pefa_heads_new", "pefa_lines", "pefa_new_spent", "pefa_off", "pefa_ratio_of_year",
    "pefa_variance_of_year", "pefa_year",
    # difficulty: tests/scoring/test_frameworks.py; a life cycle's tests: tests/analysis/test_life_cycle.py
    "assessment_multiplied", "assessment_reweighted", "difficulty_coefficient", "difficulty_funds", "difficulty_projects", "difficulty_subordinates",
    "life_cycle_value",
}


def chosen_units(plan) -> list:
    """The first and the last, and one that a finding is planted in."""
    units = plan.units
    return list(dict.fromkeys([units[0], units[-1]]))


def reports_of(name: str, dataset) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each report: the unit, ``facts`` as facts.json has them, and its ``pages`` by language."""
    if runs := os.environ.get("PERFANALYSIS_RUNS"):
        for path in sorted((Path(runs) / name).glob("[!.]*/facts.json")):
            yield path.parent.name, {"facts": json.loads(path.read_text(encoding="utf-8")),
                                     "pages": {lang: (path.parent / f"report.{lang}.html").read_text(encoding="utf-8") for lang in ("en", "zh")}}
        return
    plan = load_plan(ROOT / "parameters" / f"{name}.yaml", dataset=dataset.path)
    for unit in chosen_units(plan):
        nodes = {lang: run_notebook(plan.notebook.name, plan.parameters_of(unit, lang)) for lang in plan.languages}
        facts = json.loads(write_facts(make_facts({lang: gather(node) for lang, node in nodes.items()})))
        yield unit.code, {"facts": facts, "pages": {lang: make_page(node, lang) for lang, node in nodes.items()}}


#: What is written in Latin letters in a Chinese report too: files and checksums, names of standards and formats, codes of the data and of frameworks.
#: Statisticians, their journals, and the codes of a policy's measures.
CITED = (r"Altman|Bland|Benjamini|Hochberg|DerSimonian|Laird|Spiegelhalter|Cohen|Kappa|Lin(?![a-z])|Nigrini|Sobol|Callaway|Sant'Anna|Goodman-Bacon|Bacon|Abadie|Diamond|Hainmueller|Cameron|"
         r"Gelbach|Miller|Ferman|Pinto|Newey|West|Welch|Satterthwaite|Review of Economics and Statistics|Quantitative Economics|Journal of Econometrics|Econometrics Journal|Econometrica|JASA|"
         r"(?<![a-z])(?:max|log)(?![a-z])|bus_punctuality|water_quality_days|")
LATIN = re.compile(CITED + r"[\w.-]+\.(?:csv|xlsx|json|yaml)|\b[0-9a-f]{64}\b|PEFA|PI-\d(?:\.\d)?|SHA-256|YAML|Word|\b[A-Z]{1,3}\d[\w.]*\b|(?:district|department)-\d+|pefa-2016|key-area|"
                   r"mof-20\d\d|\bA\+?|\b[B-D]\+?|km2?|kWh|MW|GB|CO2|COD|PM2\.5")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


class _Texts(HTMLParser):
    """The page's text, and the words of its pictures, outside of what is marked as being of another language."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if tag in ("img", "meta", "link", "br"):
            self.texts.append(about.get("alt") or "")
            return
        self._open.append((tag, tag != "html" and "lang" in about))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(quoted for _, quoted in self._open) and self._open and self._open[-1][0] != "style":
            self.texts.append(data)


def other_script(page: str, lang: str) -> list[str]:
    """Chinese in an English page that is not marked as quoted, words of Latin letters in a Chinese one."""
    reader = _Texts()
    reader.feed(page)
    if lang == "zh":
        return sorted({word for text in reader.texts for word in re.findall(r"[A-Za-z_]{2,}", LATIN.sub(" ", text))})
    return sorted({word for text in reader.texts for word in CHINESE.findall(text)})


def test_the_reader_of_scripts_can_find_what_is_left_over():
    page = '<html lang="{}"><p>execution 执行 <span lang="zh-CN">原因</span> projects.csv</p><img alt="picture 图"></html>'
    assert other_script(page.format("en"), "en") == ["图", "执行"]
    assert other_script(page.format("zh-CN"), "zh") == ["execution", "picture"]


@pytest.fixture(scope="module")
def city(request):
    """The city that finished runs were made from, or a small one."""
    return request.getfixturevalue("demo_dataset" if os.environ.get("PERFANALYSIS_RUNS") else "small_city")


@pytest.fixture(scope="module")
def table_of(city):
    import pandas as pd

    tables = {}

    def table(name):
        if name not in tables:
            tables[name] = pd.read_parquet(city.path / f"{name}.parquet")
        return tables[name]

    return table


@pytest.mark.parametrize("plan", DEMONSTRATION)
def test_every_number_of_every_report(plan, city, table_of):
    """One pass over each report: what is loose, what leads nowhere, what cannot be computed again."""
    loose, lost, wrong, foreign, unknown, checked = [], [], [], [], set(), 0
    for code, report in reports_of(plan, city):
        for lang, page in report["pages"].items():
            prose = read(page)
            loose += [(code, lang, text) for text in prose.loose if re.search(r"\d", text)]
            lost += [(code, lang, href) for href, _ in prose.links if unquote(href[1:]) not in prose.anchors]
            foreign += [(code, lang, text) for text in other_script(page, lang)]
            assert prose.links, (code, lang)
        for fact in report["facts"]["facts"]:
            if fact["scope"] != "own" or fact["method"] in ELSEWHERE:
                continue
            if fact["method"] not in METHODS:
                unknown.add(fact["method"])
                continue
            checked += 1
            try:
                again = METHODS[fact["method"]](recompute.Case(fact, rows_of(fact, table_of), report["facts"], table_of, city.meta))
            except (AttributeError, KeyError, IndexError) as error:  # the rows named do not suffice
                again = repr(error)
            if isinstance(again, str) != isinstance(fact["value"], str) or not same(fact["value"], again):
                wrong.append((fact["id"], fact["value"], again))
    assert loose == []
    assert lost == []
    assert foreign == []
    assert sorted(unknown) == []
    assert wrong == []
    assert checked > 0
