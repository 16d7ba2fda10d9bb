"""Projects' indicators beside the indicator library: the nearest entries, what is wrong with an indicator or a set, and better ones."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis.rules.library import Library, Wording, level_of, levels, load_wording
from perfanalysis.tables import fold_header

#: What ``check_indicators`` can find wrong with an indicator; the words of each stand under ``indicator_flag.`` in the catalogues.
FLAGS = ("vague", "unmeasurable", "duplicate", "no_direction", "no_measure", "output_only")
#: Flags that a better indicator mends (a duplicate is mended by deleting it, a set by adding to it).
MENDED_BY_ANOTHER = ("vague", "unmeasurable", "no_direction", "no_measure")

_KEYS = ("project", "year", "indicator")
_ENTRY = ["code", "category", "name", "name_en", "measure", "measure_en", "direction", "level1", "level2", "evidence", "evidence_en", "illustrative"]
#: So many similarities are worked out at a time (32 MB).
_AT_A_TIME = 8_000_000
#: In the order of proposals only: what the words around an indicator (its project's name) count beside its own name, and the same level 2.
_CONTEXT, _SAME_LEVEL = 0.3, 0.15


def match_indicators(indicators: pd.DataFrame, library: Library, *, most: int = 3) -> pd.DataFrame:
    """For each indicator the library's nearest entries by name.

    Parameters
    ----------
    indicators : one row per indicator
        Reads ``level3`` and, where there is one, ``level3_en``.
    most : at most so many entries an indicator

    Returns
    -------
    One row per indicator × entry, in the order of the input and then the nearest first
        ``row`` (the input's index label), ``project``, ``year``, ``indicator`` (as far as the input has them), ``rank`` (1 = nearest), ``similarity``
        (0–1: cosine of the weighted character n-grams of the names, the better of Chinese and English), and the entry: ``code``, ``category``,
        ``name``, ``name_en``, ``measure``, ``measure_en``, ``direction``, ``level1``, ``level2``, ``evidence``, ``evidence_en``, ``illustrative``. An
        indicator without an entry as near as ``library.least_similarity`` has no row.
    """
    texts = _texts(indicators)
    unique = texts.drop_duplicates()
    place = unique.reset_index(drop=True).reset_index(names="place").merge(texts.reset_index(names="row"), on=["name", "name_en"], how="right")
    found = [_best(start + np.arange(len(part)), part, part, most, library.least_similarity)
             for start, part in _similarities(unique, library)]
    nearest = pd.concat(found, ignore_index=True) if found else _best(np.zeros(0, dtype=int), *[np.zeros((0, 0))] * 2, most, 0)
    return _with_entries(place[["row", "place"]].merge(nearest, on="place"), indicators, library)


def check_indicators(indicators: pd.DataFrame, wording: Wording | None = None) -> pd.DataFrame:
    """What makes an indicator, or the set that it belongs to, impossible to judge by.

    Parameters
    ----------
    indicators : one row per project × year × indicator
        Reads ``project``, ``year``, ``level1``, ``level2``, ``level3``, ``target``, ``target_text``, ``measure``, ``direction``.
    wording : which words are vague (``load_wording``); the shipped ones by default

    Returns
    -------
    One row per input row, same index and order, each column a truth value
        ``vague``: no number, and the target's text has a vague word (及时, 明显, timely …); ``unmeasurable``: no target at all, or a text that says
        nothing (按要求, as planned …); ``duplicate``: another indicator of the project has the same name; ``no_direction``: a number without ≥, ≤ or =;
        ``no_measure``: a number without a measure (these two only where any row of the input has one: else the source does not carry them);
        ``output_only``: the project has outputs or costs, but neither a benefit nor a satisfaction indicator (false where a level is unknown).

    Source
    ------
    The words and their source: ``perfanalysis/rules/library/wording.yaml``. Output, benefit and satisfaction in every set: 财预〔2020〕10号.
    """
    wording = wording or load_wording()
    text = indicators["target_text"].fillna("").astype("str")
    bare = indicators["target"].isna() & ~_each(text, lambda one: bool(re.search(wording.number, unicodedata.normalize("NFKC", one))), bool)
    silent = _each(text, lambda one: not one.strip() or fold_header(one) in wording.empty, bool)
    vague = _each(text, lambda one: bool(re.search(wording.vague, one.casefold())), bool)
    counted = indicators["target"].notna()
    names = _each(indicators["level3"].fillna("").astype("str"), _bare_name, str)
    sets = [indicators["project"], indicators["year"]]
    level = _level1(indicators)
    return pd.DataFrame({
        "vague": bare & ~silent & vague,
        "unmeasurable": bare & silent,
        "duplicate": names.ne("") & names.groupby([*sets, names]).transform("size").gt(1),
        "no_direction": counted & indicators["direction"].isna() & indicators["direction"].notna().any(),
        "no_measure": counted & indicators["measure"].isna() & indicators["measure"].notna().any(),
        "output_only": level.isin(["output", "cost"]).groupby(sets).transform("all"),
    }).astype(bool)


def propose_indicators(
    indicators: pd.DataFrame, flags: pd.DataFrame, library: Library, *, categories: Collection[str] | None = None, most: int = 1,
    wording: Wording | None = None,
) -> pd.DataFrame:
    """Better indicators from the library for those that a better one mends (``MENDED_BY_ANOTHER``): of the same level 1, rather of
    the same level 2, with measure and direction.

    Parameters
    ----------
    indicators : as in ``match_indicators`` and ``check_indicators``; ``project_name``, where there is one, helps to choose between equals
    flags : what ``check_indicators`` found, same index
    categories : only entries of these categories (a department's own sector and the generic ones) or of none; all by default

    Returns
    -------
    One row per flagged indicator × proposal, as ``match_indicators`` has them; ``similarity`` is that of the
    names, with or without their vague words, whichever is nearer.
    """
    flagged = indicators[flags[list(MENDED_BY_ANOTHER)].any(axis=1)]
    wording = wording or load_wording()
    # what is vague in a name (水质改善) says nothing of what could be measured; a satisfaction keeps its 满意度
    texts = _texts(flagged)
    bare = texts.map(lambda text: re.sub(f"{wording.vague}|(?:{wording.ending})$", "", text.casefold()) or text)
    return _propose(flagged, texts, bare, library, categories, most)


def propose_for_sets(
    indicators: pd.DataFrame, flags: pd.DataFrame, library: Library, *, categories: Collection[str] | None = None,
    level1: tuple[str, ...] = ("benefit", "satisfaction"),
) -> pd.DataFrame:
    """Benefit and satisfaction indicators from the library for the sets that have neither (``output_only``).

    Parameters
    ----------
    indicators, flags, categories : as in ``propose_indicators``; reads ``project_name`` where there is one

    Returns
    -------
    One row per project × level, as ``match_indicators`` has them (``row`` is that of the project's first indicator, ``indicator`` is left out).
    The entries are those of the category whose entries are nearest to the project's name and indicators together; within it the nearest to
    any of them. No row for a project of which nothing is near any category.
    """
    sets = indicators[flags["output_only"]]
    usable = _usable(library, categories)
    entries = library.entries.iloc[usable]
    of_category, known = pd.factorize(entries["category"])
    found = [_best(np.zeros(0, dtype=int), *[np.zeros((0, 0))] * 2, 1, 0).assign(row=pd.Series(dtype=sets.index.dtype))]
    for _, one in sets.groupby(["project", "year"], sort=False):
        texts = _texts(one)
        context = _column(one, "project_name").dropna().unique()
        texts = pd.concat([texts, pd.DataFrame({"name": context, "name_en": ""})], ignore_index=True)
        likeness = np.vstack([part for _, part in _similarities(texts, library, usable)])
        near = np.where(likeness < library.least_similarity, 0, likeness)
        # how near each text comes to each category, summed over the texts
        nearness = [near[:, of_category == category].max(axis=1).sum() for category in range(len(known))]
        if not nearness or not max(nearness):
            continue
        nearest = likeness.max(axis=0)[None, :]
        for level in level1:
            there = np.flatnonzero((of_category == int(np.argmax(nearness))) & entries["level1"].eq(level).to_numpy())
            part = _best(np.zeros(1, dtype=int), nearest[:, there], nearest[:, there], 1, 0.0)
            found.append(part.assign(entry=usable[there[part["entry"]]], row=one.index[0]))
    return _with_entries(pd.concat(found, ignore_index=True), sets.drop(columns="indicator", errors="ignore"), library)


def _propose(indicators, texts, bare, library, categories, most) -> pd.DataFrame:
    entries, usable = library.entries, _usable(library, categories)
    level1, level2 = _level1(indicators), level_of(_level1(indicators), indicators["level2"])
    entries_level2 = level_of(entries["level1"], entries["level2"]).to_numpy()
    context = _column(indicators, "project_name").fillna("")
    found = [_best(np.zeros(0, dtype=int), *[np.zeros((0, 0))] * 2, most, 0)]
    for level in level1.dropna().unique():
        columns = usable[entries["level1"].eq(level).to_numpy()[usable]]
        rows = np.flatnonzero(level1.eq(level).to_numpy())
        about = pd.DataFrame({"name": context.iloc[rows], "name_en": ""})
        parts = zip(*(_similarities(of, library, columns) for of in (texts.iloc[rows], bare.iloc[rows], about)), strict=True)
        for (start, full), (_, stripped), (_, around) in parts:
            own, places = np.maximum(full, stripped), rows[start : start + len(full)]
            same = level2.iloc[places].to_numpy()[:, None] == entries_level2[columns][None, :]
            part = _best(places, np.where(own > 0, own + _CONTEXT * around + _SAME_LEVEL * same, 0), own, most, library.least_similarity + _SAME_LEVEL)
            found.append(part.assign(entry=columns[part["entry"]]))
    nearest = pd.concat(found, ignore_index=True).sort_values(["place", "rank"], kind="stable")
    return _with_entries(nearest.assign(row=indicators.index.to_numpy()[nearest["place"]]), indicators, library)


def _usable(library: Library, categories: Collection[str] | None) -> np.ndarray:
    """The places of the entries that may be proposed: those that say how they are measured and which way is better."""
    entries = library.entries
    usable = entries["measure"].notna() & entries["direction"].notna()
    if categories is not None:
        usable &= entries["category"].isin(list(categories)) | entries["category"].isna()
    return np.flatnonzero(usable.to_numpy())


def _texts(indicators: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"name": indicators["level3"].fillna("").astype("str"), "name_en": _column(indicators, "level3_en").fillna("").astype("str")})


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(np.nan, index=frame.index, dtype="str")


def _similarities(texts: pd.DataFrame, library: Library, columns: np.ndarray | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """Parts of ``texts`` (first place and so many rows) × entries: the better of the similarities of the two languages' names.

    An English name may stand in the column of the Chinese one, where the data has no other.
    """
    size = max(_AT_A_TIME // max(len(library), 1), 1)
    for start in range(0, len(texts), size):
        part = texts.iloc[start : start + size]
        pairs = [("name", "name"), ("name_en", "name_en"), ("name_en", "name")]
        best = np.zeros((len(part), len(library) if columns is None else len(columns)), dtype=np.float32)
        for index, column in pairs:
            found = library.indexes[index].compare(part[column].tolist())
            np.maximum(best, (found if columns is None else found[:, columns]).toarray(), out=best)
        yield start, best


def _best(places: np.ndarray, order: np.ndarray, similarity: np.ndarray, most: int, least: float) -> pd.DataFrame:
    """The ``most`` entries of each row by ``order``, as far as it is at least ``least``: ``place`` of the row, ``entry``, ``rank``, ``similarity``."""
    order = np.where(order >= least, order, -1.0)
    kept = min(most, order.shape[1])
    # rounded, so that what differs by the last bit keeps the library's order
    entry = np.argsort(-order.round(5), axis=1, kind="stable")[:, :kept]
    frame = pd.DataFrame({
        "place": np.repeat(places, kept), "entry": entry.ravel(), "rank": np.tile(np.arange(1, kept + 1), len(places)),
        "similarity": np.take_along_axis(similarity, entry, axis=1).ravel().astype("float64").clip(0, 1).round(4),
    }).astype({"place": "int64", "entry": "int64", "rank": "int64", "similarity": "float64"})
    return frame[np.take_along_axis(order, entry, axis=1).ravel() >= 0]


def _with_entries(nearest: pd.DataFrame, indicators: pd.DataFrame, library: Library) -> pd.DataFrame:
    keys = [key for key in _KEYS if key in indicators]
    entries = library.entries[_ENTRY].iloc[nearest["entry"]].reset_index(drop=True)
    own = indicators[keys].loc[nearest["row"]].reset_index(drop=True)
    return pd.concat([nearest[["row"]].reset_index(drop=True), own, nearest[["rank", "similarity"]].reset_index(drop=True), entries], axis=1)


def _level1(indicators: pd.DataFrame) -> pd.Series:
    """Level 1, or that of a known level 2 where it is not given."""
    known = level_of(pd.Series(np.nan, index=indicators.index, dtype="str"), indicators["level2"])
    return indicators["level1"].fillna(known.map(levels()))


def _each(texts: pd.Series, answer: Callable[[str], Any], kind: type) -> pd.Series:
    """``answer`` for each text, worked out once for each distinct one; of this kind also where there is no text at all."""
    return texts.map({text: answer(text) for text in texts.unique()}).astype(kind)


def _bare_name(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
