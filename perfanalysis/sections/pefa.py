"""The PEFA 2016 scorecard on reliability of the budget, with its arithmetic."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.charts.frameworks import chart_outturn
from perfanalysis.display.blocks import Chart, ColumnView, FactList, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding, Label
from perfanalysis.findings.frameworks import AssessmentFacts, label_framework, label_nodes
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import assess_units, score_items
from perfanalysis.scoring.pefa import MAIN_HEADS, MAIN_SHARE, explain_composition, measure_outturn, pefa_assessments
from perfanalysis.sections.assessment import names_of
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity


def heads_of(unit: Unit) -> pd.DataFrame:
    """The budget heads that PEFA compares: one row per unit × year, ``budget`` (initial) and ``actual`` (money; missing only where no project has it)."""
    projects = unit.data.table("projects")
    by_head = projects.groupby(["unit", "year"], as_index=False)[["budget_initial", "executed"]].sum(min_count=1)
    return by_head.rename(columns={"unit": "head", "budget_initial": "budget", "executed": "actual"})


@needs("projects")
def section_pefa(unit: Unit, contingency: list | tuple = (), interest: list | tuple = (), framework: str = "pefa-2016") -> Section:
    """PI-1, PI-2 and PI-3 from the three years that end with the report's; ``contingency`` and ``interest`` are codes of heads."""
    about = load_framework(framework)
    facts, names = AssessmentFacts(unit.fact, about), label_nodes(about)
    years = [unit.year - 2, unit.year - 1, unit.year]
    heads = heads_of(unit)
    heads = heads[heads["year"].isin(years)]
    outturn = measure_outturn(heads, contingency=contingency, interest=interest)
    values = {"unit": unit.label, "framework": label_framework(about), "source": Spoken(partial(words.of, about.source)),
              "first": facts.own("pefa_first_year", years[0], "year"), "last": unit.fact.rule("year", unit.year, "year"),
              "total": Label("PI-1", "PI-1"), "composition": Label("PI-2", "PI-2"), "variance_item": Label("PI-2.1", "PI-2.1")}
    if outturn["ratio"].notna().sum() < 3:
        return build_section("pefa", (Text("pefa.too_few", values | {"years": facts.own("pefa_years", int(outturn["ratio"].notna().sum()), "count")}),))
    rows = pefa_assessments(outturn, about, unit.code)
    items = score_items(rows, about)
    graded = assess_units(items, about)
    graded, items = graded[graded["year"] == unit.year].set_index("node")["score"], items[items["year"] == unit.year].set_index("item")
    last = outturn.set_index("year").loc[unit.year]
    values |= {
        "pi1": facts.own("pefa_pi1", about.letter(graded["PI-1"]), "text", table="projects", column="executed"),
        "pi2": facts.own("pefa_pi2", about.letter(graded["PI-2"]), "text", table="projects", column="executed"),
        "ratio": facts.own("pefa_ratio", last["ratio"], "ratio", table="projects", column="executed"),
        "variance": facts.own("pefa_variance", last["variance"], "ratio", table="projects", column="executed"),
        "heads": facts.own("pefa_heads", int(last["heads"]), "count", table="projects", column="unit"),
        "most": unit.fact.rule("pefa_main_heads", MAIN_HEADS, "count"), "share": unit.fact.rule("pefa_main_share", MAIN_SHARE, "ratio"),
        "left_out": facts.own("pefa_heads_left_out", int(outturn["left_out"].sum()), "count", table="projects", column="unit"),
    }
    sums = outturn.assign(
        year_shown=[Quantity(int(year), "year") for year in outturn["year"]],
        ratio_grade=[_grade(about, "PI-1.1", value) for value in outturn["ratio"]], variance_grade=[_grade(about, "PI-2.1", value) for value in outturn["variance"]])
    fresh = heads[(heads["year"] == unit.year) & (heads["budget"] == 0) & (heads["actual"] > 0) & ~heads["head"].isin([*contingency, *interest])]
    values |= {
        "fresh": facts.own("pefa_heads_new", len(fresh), "count", table="projects", column="budget_initial"),
        "fresh_spent": facts.own("pefa_new_spent", float(fresh["actual"].sum()), "money", table="projects", column="executed"),
    }
    card = _card(about, graded, items["score"], names, rows)
    return build_section("pefa", (
        Text("pefa.lead", values), Text("pefa.unverified", values) if not about.verified else None,
        Table("pefa_card", card, (
            ColumnView("name_shown", "written", "pefa_dimension"), ColumnView("grade", "written", "pefa_grade"), ColumnView("years", "written", "pefa_years"),
            ColumnView("why", "written", "pefa_why"))),
        Text("pefa.arithmetic", values),
        Chart("pefa_outturn", partial(chart_outturn, bands=_closed(about, "PI-1.1")), outturn, values),
        Table("pefa_years", sums, (
            ColumnView("year_shown", "written", "year"), ColumnView("budget", "money", "budget_initial"), ColumnView("actual", "money", "executed"), ColumnView("ratio", "ratio", "pefa_ratio"),
            ColumnView("ratio_grade", "text", "pefa_year_grade"), ColumnView("variance", "ratio", "pefa_variance"), ColumnView("variance_grade", "text", "pefa_year_grade"),
            ColumnView("contingency_share", "ratio", "pefa_contingency_share"), ColumnView("heads", "count", "pefa_heads"), ColumnView("left_out", "count", "pefa_heads_left_out"))),
        Text("pefa.composition", values), Text("pefa.new_heads", values) if len(fresh) else None,
        *_row_by_row(unit, explain_composition(heads, contingency=contingency, interest=interest), sums, facts),
    ), _findings(about, graded, items["score"], sums, facts, names, values))


def _row_by_row(unit: Unit, lines: pd.DataFrame, sums: pd.DataFrame, facts: AssessmentFacts) -> list:
    """For each year, the last first: the two divisions with their numbers, and every line of the composition with its sum."""
    blocks: list = []
    named = names_of(unit).set_index("unit")["name_shown"].to_dict()
    for year in sums.sort_values("year", ascending=False).to_dict("records"):
        def own(measure: str, value, kind: str, code: str = str(year["year"])):
            return facts.own(measure, value, kind, code, table="projects", column="executed")

        values = {"year": own("pefa_year", int(year["year"]), "year"), "actual": own("pefa_actual", year["actual"], "money"), "budget": own("pefa_budget", year["budget"], "money"),
                  "ratio": own("pefa_ratio_of_year", year["ratio"], "ratio"), "ratio_grade": own("pefa_grade_of_year", year["ratio_grade"], "text", f"{year['year']}.PI-1"),
                  "off": own("pefa_off", year["off"], "money"), "expected": own("pefa_expected", year["expected"], "money"),
                  "variance": own("pefa_variance_of_year", year["variance"], "ratio"), "variance_grade": own("pefa_grade_of_year", year["variance_grade"], "text", f"{year['year']}.PI-2.1"),
                  "lines": own("pefa_lines", int(year["lines"]), "count"), "total": Label("PI-1", "PI-1"), "variance_item": Label("PI-2.1", "PI-2.1")}
        rows = lines[lines["year"] == year["year"]].sort_values("off", ascending=False, kind="stable")
        rest = Spoken(partial(words.say, "pefa_line.rest"))
        rows = rows.assign(name_shown=[named.get(head, Label(head, head, head)) if head else rest for head in rows["head"]])
        whole = rows[["heads", "budget", "actual", "expected", "off"]].sum().to_frame().T.assign(name_shown=[Spoken(partial(words.say, "pefa_line.sum"))])
        rows = pd.concat([rows, whole], ignore_index=True)
        rows = rows.assign(share=rows["off"] / year["expected"] if year["expected"] > 0 else float("nan"))
        blocks += [Text("pefa.year", values), Table("pefa_heads", rows, (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("heads", "count", "pefa_heads"), ColumnView("budget", "money", "budget_initial"),
            ColumnView("actual", "money", "executed"), ColumnView("expected", "money", "pefa_expected"), ColumnView("off", "money", "pefa_off"),
            ColumnView("share", "ratio", "pefa_off_share")), {"year": values["year"]}, most=12, total=True)]
    return blocks


def _findings(about: Framework, graded: pd.Series, items: pd.Series, sums: pd.DataFrame, facts: AssessmentFacts, names: dict[str, Label], values: dict) -> list[Finding]:
    """Indicators graded C+ or lower, and a last year that alone would be graded lower than the three together."""
    findings, last, subject = [], sums.iloc[-1], facts.fact.subject
    for code, item, number in (("PI-1", "PI-1.1", 1), ("PI-2", "PI-2.1", 2)):
        label = Label(code, f"{code} {names[code].name}", f"{code} {names[code].name_en}")
        if graded[code] < 3:
            findings.append(Finding("pefa_weak", "warning", subject, {"indicator": label, "grade": values[f"pi{number}"]}))
        alone = last["ratio_grade" if number == 1 else "variance_grade"]
        if alone and alone > about.letter(items[item]):
            findings.append(Finding("pefa_last_year", "notice", subject, {
                "indicator": label, "last": values["last"], "value": values["ratio" if number == 1 else "variance"],
                "grade": facts.own(f"pefa_year_pi{number}", alone, "text", table="projects", column="executed")}))
    return findings


def _closed(about: Framework, code: str) -> list[tuple[str, float, float]]:
    """The bands with two ends, the best first."""
    item = next(item for item in about.items if item.code == code)
    return [(about.letter(band.gives), band.low, band.high) for band in item.bands if band.low is not None and band.high is not None]


def _grade(about: Framework, code: str, value: float) -> str:
    """The grade that one year's value would have alone."""
    item = next(item for item in about.items if item.code == code)
    given = next((band.gives for band in item.bands if bool(band.holds(pd.Series([value])).iloc[0])), float("nan"))
    return about.letter(given)


def _card(about: Framework, graded: pd.Series, items: pd.Series, names: dict[str, Label], values: pd.DataFrame) -> pd.DataFrame:
    """One row per indicator and, below it, per dimension: its grade, the three years' values that give it, and how it came about or what it lacks."""
    rows = []
    for category in about.categories:
        rows.append((category.code, graded[category.code], partial(words.say, "pefa_why.worst" if graded[category.code] == graded[category.code] else "pefa_why.no_dimension")))
        rows += [(item.code, items[item.code], _why(item, items[item.code])) for item in about.items if item.category == category.code]
    missing = Spoken(partial(words.say, "pefa_why.not_available"))
    return pd.DataFrame({
        "name_shown": [Label(code, f"{code} {names[code].name}", f"{code} {names[code].name_en}") for code, *_ in rows],
        "grade": [missing if score != score else Label("", about.letter(score), about.letter(score)) for _, score, _ in rows],
        "years": [Spoken(partial(_say_years, about, code, values[values["item"] == code].sort_values("year"))) for code, *_ in rows],
        "why": [Spoken(why) for *_, why in rows],
    })


def _say_years(about: Framework, code: str, values: pd.DataFrame, lang: str) -> str:
    """``2018: 93.1% (B), 2019: …``; empty for an indicator, which has no values of its own."""
    parts = [words.say("pefa_line.year", lang, {"year": str(int(year)), "value": Quantity(value, "ratio"), "grade": _grade(about, code, value)})
             for year, value in zip(values["year"], values["value"], strict=True)]
    return words.say("verb.and_list_separator", lang).join(parts)


def _why(item, score: float):
    if score != score:
        return partial(_needs, {lang: item.needs.get(lang, "") for lang in words.languages()})
    return partial(words.say, f"pefa_why.{item.years}")


def _needs(needs_of: dict[str, str], lang: str) -> str:
    return words.say("pefa_why.needs", lang, {"data": needs_of[lang]}) if needs_of.get(lang) else words.say("pefa_why.not_available", lang)


def section_pefa_method(unit: Unit, sections: tuple[Section, ...], framework: str = "pefa-2016") -> Section:
    """The bands of every dimension, the files and the register of facts."""
    about = load_framework(framework)
    names = label_nodes(about)
    rows = [(item, band) for item in about.items for band in item.bands]
    bands = pd.DataFrame({
        "name_shown": [Label(item.code, f"{item.code} {names[item.code].name}", f"{item.code} {names[item.code].name_en}") for item, _ in rows],
        "band": [Spoken(partial(_say_band, band)) for _, band in rows], "grade": [about.letter(band.gives) for _, band in rows],
    })
    sources = pd.DataFrame(unit.data.meta["sources"])
    facts = {fact.id: fact for section in sections for fact in section.facts}
    return build_section("method", (
        Text("pefa.register", {"framework": label_framework(about), "source": Spoken(partial(words.of, about.source))}),
        Table("pefa_bands", bands, (ColumnView("name_shown", "written", "pefa_dimension"), ColumnView("band", "written", "pefa_band"), ColumnView("grade", "text", "pefa_grade")), most=40),
        Table("sources", sources, (ColumnView("file"), ColumnView("sha256"), ColumnView("bytes", "count")), most=40) if len(sources) else None,
        FactList(tuple(facts.values())),
    ))


def _say_band(band, lang: str) -> str:
    parts = []
    if band.low is not None:
        parts.append(words.say("pefa_band.from" if band.low_in else "pefa_band.above", lang, {"value": Quantity(band.low, "ratio", decimals=0)}))
    if band.high is not None:
        parts.append(words.say("pefa_band.to" if band.high_in else "pefa_band.below", lang, {"value": Quantity(band.high, "ratio", decimals=0)}))
    return words.say("verb.and_list_separator", lang).join(parts) or words.say("pefa_band.otherwise", lang)
