"""Is this unit really different, or is it chance? For one unit among its peers, and for all of them."""

from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.fair import FAIR_MEASURES, FEWEST_UNITS
from perfanalysis.analysis.funnel import FALSE_DISCOVERIES
from perfanalysis.charts.funnel import POINT, chart_funnel
from perfanalysis.display.blocks import Block, Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding
from perfanalysis.findings.fair import FROM, find_fair, find_standing_out, judge, label_measure
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity

#: What the funnel draws; the mean score is told by its shrunken value instead.
DRAWN = ("share_met", "execution_rate")
#: The states beyond what chance usually does.
OUTSIDE = ("unusual", "stands_out")


def fair_blocks(unit: Unit) -> tuple[list[Block], tuple[Finding, ...]]:
    """For the comparison with peers: one chart, and for each measure whether the difference is more than chance."""
    fair = unit.peers.fair
    if fair.empty or "state" not in fair:
        return [], ()
    own = fair[(fair["unit"] == unit.code) & fair["state"].notna()]
    if own.empty:
        return [], ()
    own = own.set_index("measure").reindex([measure for measure in FAIR_MEASURES if measure in set(own["measure"])]).reset_index()
    ours, outside = (fair["kind"] == unit.data.kind) & fair["state"].notna(), fair["state"].isin(OUTSIDE)
    of = {measure: ours & (fair["measure"] == measure) for measure in own["measure"]}
    values = {row["measure"]: _values(unit, row, int(of[row["measure"]].sum()), int((of[row["measure"]] & outside).sum())) for row in own.to_dict("records")}
    texts: list[Block] = [Text("fair.intro", {"unit": unit.label, "rate": unit.fact.rule("fair_false_discoveries", FALSE_DISCOVERIES, "ratio")})]
    for row in own.to_dict("records"):
        texts.append(Text(f"fair.{judge(row)}", values[row["measure"]]))
        if pd.notna(row.get("shrunk")):
            texts.append(Text("fair.shrunk", values[row["measure"]]))
    chart = None
    if set(DRAWN) <= set(values):
        drawn = pd.concat([fair.loc[of[measure], POINT].assign(measure=measure, own=(fair["unit"] == unit.code)) for measure in DRAWN])
        drawn = drawn.assign(label=drawn["own"].map({True: unit.data.name}), label_en=drawn["own"].map({True: unit.data.name_en}))
        chart = Chart("fair_own", chart_funnel, drawn, {"unit": unit.label, **{f"{place}_{name}": values[measure][name] for measure, place in zip(DRAWN, ("met", "spent"), strict=True)
                                                                           for name in ("value", "low", "high")}})
    return [*texts, chart], find_fair(own, values, unit.fact)


def _values(unit: Unit, row: dict[str, Any], units: int, outside: int) -> dict[str, Any]:
    measure, kind = row["measure"], FAIR_MEASURES[row["measure"]]
    fact = unit.fact
    values = {
        "unit": unit.label, "measure": label_measure(measure), "value": fact.own(measure, row["value"], kind, *FROM[measure]),
        **{name: fact.peer(measure, row[column], kind, f"fair_{name}") for name, column in (("centre", "centre"), ("low", "low_95"), ("high", "high_95"))},
        "units": fact.peer(measure, units, "count", "fair_units"), "outside": fact.peer(measure, outside, "count", "fair_outside"),
    }
    if pd.notna(row.get("shrunk")):
        values |= {name: fact.peer(measure, row[name], "points", f"fair_{name}") for name in ("mean", "shrunk", "shrunk_low", "shrunk_high")}
        values |= {name: fact.peer(measure, int(row[name]), "count", f"fair_{name}") for name in ("rank_low", "rank_high", "of")}
    return values


@needs("projects")
def section_city_fair(unit: Unit) -> Section:
    """Which departments really differ: the whole funnel, those who stand out, what difficulty explains, and the order with its intervals."""
    fair, fact = unit.peers.fair, unit.fact
    rows = fair[(fair["kind"] == "department") & fair["state"].notna()] if "state" in fair else fair.iloc[:0]
    if rows.empty:
        return build_section("fair", (Text("city_fair.too_few", {"fewest": fact.rule("fair_fewest", FEWEST_UNITS, "count")}),))
    names = name_units(unit)
    rows = rows.assign(name_shown=[names[code] for code in rows["unit"]], own=False)
    rows = rows.assign(label=[name.name for name in rows["name_shown"]], label_en=[name.name_en for name in rows["name_shown"]])
    out, by_measure = rows[rows["state"] == "stands_out"], {measure: part for measure, part in rows.groupby("measure")}
    values = {measure: _city_values(unit, measure, by_measure[measure]) for measure in FAIR_MEASURES if measure in by_measure}
    blocks: list[Block] = [Text("city_fair.lead", {"unit": unit.label, "rate": fact.rule("fair_false_discoveries", FALSE_DISCOVERIES, "ratio")})]
    blocks += [Text("city_fair.measure" if stated["between"].value > 0 else "city_fair.chance_alone", stated) for stated in values.values()]
    if set(DRAWN) <= set(values):
        met, spent = (values[measure] for measure in DRAWN)
        blocks.append(Chart("fair_city", chart_funnel, rows[rows["measure"].isin(DRAWN)].sort_values("measure", key=lambda part: part.map(DRAWN.index), kind="stable"), {
            "units": met["units"], "met_out": met["out"], "spent_out": spent["out"], "met_centre": met["centre"], "spent_centre": spent["centre"]}))
    if len(out):
        blocks.append(_standing_out(out))
    blocks += [Text(_difficulty(by_measure[measure]), values[measure]) for measure in values if "slope" in values[measure]]
    if "mean_score" in by_measure and by_measure["mean_score"]["shrunk"].notna().any():
        blocks += [Text("city_fair.order", values["mean_score"]), _order(by_measure["mean_score"])]
    blocks.append(Text("city_fair.method", {}))
    return build_section("fair", blocks, find_standing_out(rows, names, fact))


def _city_values(unit: Unit, measure: str, rows: pd.DataFrame) -> dict[str, Any]:
    fact, kind = unit.fact, FAIR_MEASURES[measure]
    own = partial(fact.own, table=FROM[measure][0], column=FROM[measure][1], name=measure)
    first = rows.iloc[0]
    values = {
        "measure": label_measure(measure), "units": own("fair_units", len(rows), "count"), "centre": own("fair_centre", first["centre"], kind),
        "between": own("fair_between", first["between"], "percentage_points" if kind == "ratio" else kind), "dispersion": own("fair_dispersion", round(first["dispersion"], 2), "number"),
        "outside": own("fair_outside", int(rows["state"].isin(OUTSIDE).sum()), "count"),
        "out": own("fair_stands_out", int((rows["state"] == "stands_out").sum()), "count"),
    }
    if pd.notna(first["slope"]):
        values |= {part: own(f"fair_{part}", first[part], "percentage_points" if kind == "ratio" else kind) for part in ("slope", "slope_low", "slope_high")}
        both = rows.dropna(subset=["adjusted_state"])
        changed = ((both["state"] == "stands_out") != (both["adjusted_state"] == "stands_out")).sum()
        values |= {"step": fact.rule("fair_step", 0.1, "number"), "changed": own("fair_changed", int(changed), "count")}
    return values


def _difficulty(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return "city_fair.difficulty" if first["slope_low"] > 0 or first["slope_high"] < 0 else "city_fair.no_difficulty"


def _standing_out(out: pd.DataFrame) -> Table:
    def written(row, name):
        return Quantity(row[name], FAIR_MEASURES[row["measure"]])

    rows = out.assign(far=out["z"].abs(), order=out["measure"].map(list(FAIR_MEASURES).index)).sort_values(["order", "far"], ascending=[True, False], kind="stable")
    rows = rows.to_dict("records")
    return Table("fair_out", pd.DataFrame({
        "measure": [label_measure(row["measure"]) for row in rows], "name_shown": [row["name_shown"] for row in rows], "value": [written(row, "value") for row in rows],
        "range": [Spoken(partial(_say_range, written(row, "low_95"), written(row, "high_95"))) for row in rows],
        "side": ["low" if row["value"] < row["centre"] else "high" for row in rows],
        "adjusted": [row["adjusted_state"] if isinstance(row["adjusted_state"], str) else "unknown" for row in rows],
    }), (
        ColumnView("measure", "written", "fair_measure"), ColumnView("name_shown", "written", "unit_name"), ColumnView("value", "written", "value"),
        ColumnView("range", "written", "fair_range"), ColumnView("side", "words:fair_side", "fair_side"), ColumnView("adjusted", "words:fair_state", "fair_adjusted")), most=30)


def _say_range(low: Quantity, high: Quantity, lang: str) -> str:
    return words.say("chart_label.rank_range", lang, {"low": low, "high": high})


def _order(rows: pd.DataFrame) -> Table:
    rows = rows.dropna(subset=["shrunk"]).sort_values(["shrunk", "unit"], ascending=[False, True], kind="stable")
    table = rows.assign(
        interval=[Spoken(partial(_say_range, Quantity(low, "points", decimals=1), Quantity(high, "points", decimals=1)))
                  for low, high in zip(rows["shrunk_low"], rows["shrunk_high"], strict=True)],
        places=[Spoken(partial(_say_range, Quantity(low, "count"), Quantity(high, "count"))) for low, high in zip(rows["rank_low"], rows["rank_high"], strict=True)])
    return Table("fair_order", table, (
        ColumnView("name_shown", "written", "unit_name"), ColumnView("size", "count", "projects_scored"), ColumnView("value", "points", "mean_score"),
        ColumnView("shrunk", "points", "fair_shrunk"), ColumnView("interval", "written", "fair_interval"), ColumnView("places", "written", "rank_interval")), most=20)
