"""The section that says what a change of rules would do: in words, as a picture and as a table."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.charts.moves import chart_moves
from perfanalysis.desk.what_if import Rules, compare_frameworks, compare_rulebooks
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Evidence, Fact, Label
from perfanalysis.findings.frameworks import label_framework, label_nodes
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.rules.reading import load_rulebook
from perfanalysis.sections.assessment import names_of
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity


@needs("assessments")
def section_what_if(city: Unit, before: Rules, after: Rules) -> Section:
    """What another framework would do to the ranking: who moves, whether by more than the weights' uncertainty, and by which category."""
    frame = compare_frameworks(city.dataset, city.year, before, after)
    old, new = load_framework(before), load_framework(after)
    titles = {"before": label_framework(old), "after": label_framework(new)}
    names = {**label_nodes(old), **label_nodes(new)}
    difficulty = Spoken(partial(words.say, "what_if.difficulty"))
    frame["moved_by_shown"] = [names.get(code, difficulty) if isinstance(code, str) else None for code in frame["moved_by"]]
    more = (ColumnView("moved_by_shown", "written", "moved_by"), ColumnView("moved_points", "change", "moved_points"))
    return _section(city, frame, titles, Evidence("assessments", {"framework": old.name, "year": city.year}, "value"), old.uncertainty.weights, more)


@needs("projects", "indicators")
def section_what_if_scores(city: Unit, before: Rules, after: Rules, kind: str = "department") -> Section:
    """What another rule-book would do to the recomputed scores: means, grades and ranks of the units before and after."""
    frame = compare_rulebooks(city.dataset, city.year, before, after, kind)
    books = {"before": load_rulebook(before), "after": load_rulebook(after)}
    titles = {side: Label(book.name, book.title["zh"], book.title["en"]) for side, book in books.items()}
    more = (ColumnView("grade_before", "words:grade"), ColumnView("grade_after", "words:grade"), ColumnView("regraded", "count"))
    return _section(city, frame, titles, Evidence("indicators", {"year": city.year}, "actual"), 0.25, more, regraded=int(frame["regraded"].sum()))


def _section(
    city: Unit, frame: pd.DataFrame, titles: Mapping[str, Label], evidence: Evidence, spread: float, more: tuple[ColumnView, ...], regraded: int | None = None,
) -> Section:
    def fact(measure: str, value: Any, unit: str) -> Fact:
        return Fact(f"{city.code}.what_if", measure, value, unit, measure, (evidence,), "city", str(city.year), city.data.currency)

    frame = frame.merge(names_of(city), on="unit", how="left")
    both = frame.dropna(subset=["rank_before", "rank_after"])
    values = {**titles, "year": city.fact.rule("year", city.year, "year"), "spread": city.fact.rule("assessment_weight_spread", spread, "ratio"),
              "units": fact("what_if_units", len(both), "count")}
    if both.empty:
        return build_section("what_if", (Text("what_if.nothing", values),))
    moved = both[both["rank_change"] != 0]
    values |= {
        "moved": fact("what_if_moved", len(moved), "count"), "apart": fact("what_if_apart", int(both["apart"].sum()), "count"),
        "lowest": fact("what_if_lowest_change", float(both["score_change"].min()), "points"), "highest": fact("what_if_highest_change", float(both["score_change"].max()), "points"),
    }
    up, down = (moved.loc[getattr(moved["rank_change"], pick)()] if len(moved) else None for pick in ("idxmax", "idxmin"))
    texts: list = [Text("what_if.moved" if len(moved) else "what_if.still", values), Text("what_if.apart" if both["apart"].any() else "what_if.none_apart", values)]
    for code, line in (("up", up), ("down", down)):
        if line is not None and (line["rank_change"] > 0) == (code == "up"):
            texts.append(Text(f"what_if.{code}", {"name": line["name_shown"], **{
                f"{end}_{side}": Spoken(partial(_places, line, side)) for end in ("places",) for side in ("before", "after")}}))
    if regraded is not None:
        texts.append(Text("what_if.regraded", {"projects": fact("what_if_regraded", regraded, "count")}))
    lost = frame[frame["rank_before"].notna() & frame["rank_after"].isna()]
    if len(lost):
        texts.append(Text("what_if.lost", {**values, "lost": fact("what_if_lost", len(lost), "count")}))
    shown = frame.assign(
        **{f"interval_{side}": [Spoken(partial(_places, line, side)) if pd.notna(line[f"rank_{side}"]) else None for line in frame.to_dict("records")] for side in ("before", "after")},
        **{name: [Spoken(partial(_signed, value)) if pd.notna(value) else None for value in frame[name]] for name in ("score_change", "moved_points") if name in frame},
    )
    table = Table("what_if", shown, (
        ColumnView("name_shown", "written", "unit_name"), ColumnView("score_before", "points"), ColumnView("score_after", "points"), ColumnView("score_change", "written"),
        ColumnView("interval_before", "written"), ColumnView("interval_after", "written"),
        *(ColumnView(column.name, "written", column.label) if column.unit == "change" else column for column in more),
    ), most=40)
    return build_section("what_if", (*texts, Chart("what_if" if len(moved) else "what_if_still", chart_moves, both, values), table, Text("what_if.method", values)))


def _places(line: Mapping[str, Any], side: str, lang: str) -> str:
    """The place within its interval: never a bare rank."""
    rank, low, high = (line[f"{name}_{side}"] for name in ("rank", "rank_low", "rank_high"))
    if pd.isna(low):
        return words.say("what_if.place_only", lang, {"rank": Quantity(rank, "count")})
    code = "what_if.place_alone" if low == high else "what_if.place"
    return words.say(code, lang, {"rank": Quantity(rank, "count"), "low": Quantity(low, "count"), "high": Quantity(high, "count")})


def _signed(value: float, lang: str) -> str:
    # a change that rounds to nothing has no sign
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0.00"
