"""What is worth saying about a policy's effect: one answer, and each check that it did not pass."""

from collections.abc import Mapping

from perfanalysis.analysis.impact import LEVEL
from perfanalysis.analysis.impact_study import LEAST_BEFORE, LEAST_UNITS, Study
from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Fact, Finding

_SEVERITY = {"worked": "good", "worsened": "warning", "unclear": "notice", "doubtful": "notice", "unknown": "notice"}
#: Unit of a measure → unit of a difference of two of its values.
DIFFERENCE = {"ratio": "percentage_points", "points": "points", "number": "number"}


def measure_facts(study: Study, measure: str, unit: str, draws: int, fact: FactMaker) -> dict[str, Fact]:
    """Every fact that the report states on the study of ``measure`` (in ``unit``, tested by ``draws`` random deals), by the name that its sentences use.

    Where nothing could be estimated: only what the panel holds, and what the method asks for.
    """
    kind = DIFFERENCE[unit]

    def own(name: str, value, as_unit: str, column: str = "value", of: str = measure, set_apart: str = "") -> Fact:
        return fact.own(f"impact_{name}", value, as_unit, "panel", column, keys={"measure": of}, name=set_apart)

    panel = study.panel
    facts = {
        "level": fact.rule("impact_level", LEVEL, "ratio"), "least_units": fact.rule("impact_least_units", LEAST_UNITS, "count"),
        "least_before": fact.rule("impact_least_before", LEAST_BEFORE, "count"),
        "treated": own("treated", study.treated, "count", "treated_from"), "never": own("never", study.never, "count", "treated_from"),
        "units": own("units", len(panel.start), "count", "unit"), "periods": own("periods", panel.periods, "count", "period"),
        "left_out": own("left_out", len(panel.left_out), "count"),
    }
    if panel.cohorts:
        dates = panel.values.columns
        facts |= {"first_start": own("first_start", dates[panel.cohorts[0]].date(), "date", "treated_from"),
                  "last_start": own("last_start", dates[panel.cohorts[-1]].date(), "date", "treated_from"),
                  "before": own("before", panel.cohorts[0], "count", "period")}
    if study.missing:
        return facts
    for name, values in (("", study.overall), ("pre_", study.pre_trend)):
        facts |= {f"{name}{end}": own(f"{name}{end}", values[source], kind) for end, source in (("effect", "estimate"), ("low", "low"), ("high", "high"))}
    events = study.events.set_index("since")["estimate"]
    facts |= {
        "chance": own("chance", round(study.chance * (1 + draws)) - 1, "count", "treated_from"), "pre_periods": own("pre_periods", study.pre_trend["periods"], "count", "period"),
        "first_effect": own("first_effect", events[0], kind), "last_effect": own("last_effect", events.iloc[-1], kind), "last_since": own("last_since", int(events.index[-1]), "count", "period"),
        "alone_low": own("alone_low", study.alone["estimate"].min(), kind), "alone_high": own("alone_high", study.alone["estimate"].max(), kind),
    }
    for line in study.placebos.to_dict("records"):
        name, of = ("early", measure) if line["kind"] == "date" else (f"placebo_{line['measure']}", line["measure"])
        base = "early" if line["kind"] == "date" else "placebo"
        facts |= {f"{name}_{end}": own(f"{base}_{end}", line[source], kind, of=of, set_apart="" if base == "early" else line["measure"])
                  for end, source in (("effect", "estimate"), ("low", "low"), ("high", "high"))}
        if base == "early":
            facts["back"] = own("back", int(line["back"]), "count", "period")
    methods = study.methods.set_index("method")
    facts |= {name: own(name, methods.at[name, "estimate"], kind) for name in ("two_way", "synthetic")}
    return facts


def find_impact(verdict: str, checks: Mapping[str, str], values: Mapping, fact: FactMaker) -> tuple[Finding, ...]:
    """The answer as a finding, and one for each check that fails.

    Parameters
    ----------
    verdict, checks : ``judge_policy``
    values : ``measure_facts`` with ``policy`` and ``outcome`` (names)
    """
    own = {name: values[name] for name in ("policy", "outcome", "effect", "low", "high", "level", "chance", "draws") if name in values}
    found = [Finding(f"policy_{verdict}", _SEVERITY[verdict], fact.subject, own)]
    return (*found, *(Finding(f"impact_{check}_fails", "notice", fact.subject, own) for check, state in checks.items() if state == "fails"))
