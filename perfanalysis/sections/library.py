"""The section on the wording of indicators: which cannot be judged by, and better ones from the indicator library."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.library_match import FLAGS, check_indicators, propose_for_sets, propose_indicators
from perfanalysis.display.blocks import ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Label
from perfanalysis.findings.library import find_wording
from perfanalysis.rules.library import Library, load_library, load_wording, sector_category
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit

#: Which column of the indicators shows each flag.
_SHOWN_BY = {"vague": "target_text", "unmeasurable": "target_text", "duplicate": "level3", "no_direction": "direction", "no_measure": "measure"}


@needs("projects", "indicators")
def section_library(unit: Unit, library: Library | None = None) -> Section:
    """Indicators that are vague, unmeasurable or repeated and projects with outputs alone, each with the nearest better library entry.

    ``library`` is the shipped one (illustrative, and said to be) unless a user's own is given (``load_library(path)``).
    """
    library = library or load_library()
    names = dict(zip(unit.projects["project"], unit.projects["label"], strict=True))
    indicators, fact = unit.indicators.assign(project_name=unit.indicators["project"].map(names)), unit.fact
    flags = check_indicators(indicators)
    flagged = indicators[flags[list(_SHOWN_BY)].any(axis=1)]
    counts = [fact.own(f"indicators_{flag}", int(flags[flag].sum()), "count", "indicators", column) for flag, column in _SHOWN_BY.items()]
    counts.append(fact.own("projects_output_only", indicators.loc[flags["output_only"], "project"].nunique(), "count", "indicators", "level1"))
    values = {
        "unit": unit.label, "indicators": fact.own("indicators", len(indicators), "count", "indicators", "target"),
        "flagged": fact.own("indicators_flagged", len(flagged), "count", "indicators", "target_text"),
        "entries": fact.rule("library_entries", len(library), "count"),
        "categories": fact.rule("library_categories", library.entries["category"].nunique(), "count"),
    }
    kinds = library.entries.drop_duplicates("category")["kind"].value_counts()
    values |= {kind: fact.rule(f"library_{kind}", int(kinds.get(kind, 0)), "count") for kind in ("generic", "sector")}
    if not flags.any(axis=None):
        return build_section("library", (Text("library.sound", values),))
    categories = _categories(unit, library)
    proposed = propose_indicators(indicators, flags, library, categories=categories).set_index("row")
    sets = propose_for_sets(indicators, flags, library, categories=categories)
    said = {"source": Spoken(partial(words.of, load_wording().source))}
    blocks = [
        Text("library.lead", values) if len(flagged) else Text("library.lead_sets", values | {"output_only": counts[-1]}),
        KeyFigures(tuple(count for count in counts if count.value)),
        Text("library.wording", said) if len(flagged) else None,
        Text("library.proposals_all" if categories is None else "library.proposals", values),
        Text("library.kinds", values) if kinds.get("generic", 0) and kinds.get("sector", 0) else None,
        Text("library.illustrative", values) if library.illustrative else None,
        _table_flagged(unit, flagged, flags, proposed) if len(flagged) else None,
        _table_sets(unit, indicators[flags["output_only"]], sets) if flags["output_only"].any() else None,
    ]
    return build_section("library", blocks, find_wording(indicators, flags, unit.projects, fact))


def _categories(unit: Unit, library: Library) -> list[str] | None:
    """All but other sectors' categories; all where the unit's sector is none of the library's."""
    own = sector_category(unit.data.sector)
    known = library.entries[["kind", "category"]].drop_duplicates().dropna(subset="category")
    if own is None or own not in set(known["category"]):
        return None
    return known.loc[known["kind"].ne("sector") | known["category"].eq(own), "category"].unique().tolist()


def _table_flagged(unit: Unit, flagged: pd.DataFrame, flags: pd.DataFrame, proposed: pd.DataFrame) -> Table:
    found = proposed.reindex(flagged.index)
    rows = flagged.assign(
        project_shown=flagged["project"].map(dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))),
        flags=[Spoken(partial(_say_flags, tuple(flag for flag in FLAGS if row[flag]))) for row in flags.loc[flagged.index].to_dict("records")],
        **_entry_shown(found), entry_direction=found["direction"], similarity=found["similarity"],
    )
    return Table("library_flagged", rows, (
        ColumnView("name_shown", "written", "indicator_shown"), ColumnView("project_shown", "written", "project_name"),
        ColumnView("target_shown", "written", "target"), ColumnView("flags", "written", "library_flags"),
        ColumnView("entry", "written", "library_entry"), ColumnView("entry_direction", "choice:indicators.direction", "direction"),
        ColumnView("entry_measure", "written", "library_measure"), ColumnView("entry_evidence", "written", "library_evidence"),
        ColumnView("similarity", "ratio", "library_similarity"),
    ), most=20)


def _table_sets(unit: Unit, indicators: pd.DataFrame, sets: pd.DataFrame) -> Table:
    projects = unit.projects[unit.projects["project"].isin(indicators["project"])].reset_index(drop=True)
    rows = projects[["name_shown"]].copy()
    for level in ("benefit", "satisfaction"):
        found = sets[sets["level1"] == level].set_index("project").reindex(projects["project"])
        rows[level], rows[f"{level}_measure"] = (_entry_shown(found)[name] for name in ("entry", "entry_measure"))
    return Table("library_sets", rows, (
        ColumnView("name_shown", "written"),
        ColumnView("benefit", "written", "library_benefit"), ColumnView("benefit_measure", "written", "library_measure"),
        ColumnView("satisfaction", "written", "library_satisfaction"), ColumnView("satisfaction_measure", "written", "library_measure"),
    ), most=20)


def _entry_shown(found: pd.DataFrame) -> dict[str, list[Label | None]]:
    """What is shown of a library's entries, each in the reader's language as far as the library has it."""
    def labels(name: str) -> list[Label | None]:
        english = found[f"{name}_en"].fillna(found[name])
        return [None if pd.isna(zh) else Label(str(code), str(zh), str(en)) for code, zh, en in zip(found["code"], found[name], english, strict=True)]

    return {"entry": labels("name"), "entry_measure": labels("measure"), "entry_evidence": labels("evidence")}


def _say_flags(flags: tuple[str, ...], lang: str) -> str:
    return words.say("verb.and_list_separator", lang).join(words.say(f"indicator_flag.{flag}", lang) for flag in flags)
