"""Searching a library for words."""

import numpy as np
import pandas as pd

from perfanalysis.rules.library.model import Library
from perfanalysis.rules.library.ngrams import grams_of

_SHOWN = ["code", "kind", "category", "category_zh", "category_en", "name", "name_en", "measure", "measure_en", "direction", "level1", "level2",
          "evidence", "evidence_en", "illustrative"]
#: What counts in the order of a search: how like the name is, and how much of what was typed is found anywhere in the entry.
_NAME, _FOUND = 0.5, 0.5


def search_library(library: Library, text: str, *, category: str | None = None, level1: str | None = None, most: int = 20) -> pd.DataFrame:
    """The library's indicators that fit ``text``, the best first.

    Parameters
    ----------
    text : words in Chinese or English, as one would type them: part of a name, a category, a kind of evidence
    category : only this one, by its code or its name in either language
    level1 : only this one (output, benefit, satisfaction, cost)
    most : at most so many rows

    Returns
    -------
    One row per indicator found
        The columns of ``Library.frame`` and ``fit`` (0–1): half the likeness of the names, half the share of the typed text that is found
        in name, category, level, measure or evidence. Nothing in common: no row.

    Raises
    ------
    KeyError
        No such category, or no such level 1; the known ones are named.

    >>> search_library(pa.load_library(), "参训人员满意", most=1)["name"].tolist()
    ['参训人员满意度']
    """
    frame = library.entries
    wanted = np.ones(len(frame), dtype=bool)
    if category is not None:
        names = frame[["category", "category_zh", "category_en"]]
        wanted &= names.eq(category).any(axis=1).to_numpy()
        if not wanted.any():
            raise KeyError(f"no category {category!r} in the library; there are: {', '.join(names['category'].dropna().unique())}")
    if level1 is not None:
        known = frame["level1"].dropna().unique()
        if level1 not in known:
            raise KeyError(f"no level 1 {level1!r} in the library; there are: {', '.join(known)}")
        wanted &= frame["level1"].eq(level1).to_numpy()
    if not len(frame) or not text.strip():
        return frame.iloc[:0][_SHOWN].assign(fit=pd.Series(dtype="float64"))
    indexes = library.indexes
    name = np.maximum(*(indexes[side].compare([text]).toarray()[0] for side in ("name", "name_en")))
    fit = np.where(wanted, _NAME * name + _FOUND * _found(library, text), 0.0)
    best = np.flatnonzero(fit > 0)
    if len(best) > most:
        # all that tie with the last place stay in, so that the order below decides between them
        best = best[fit[best] >= np.partition(fit[best], -most)[-most]]
    best = best[np.argsort(-fit[best].round(6), kind="stable")][:most]
    return frame.iloc[best][_SHOWN].assign(fit=fit[best].clip(0, 1).round(4)).reset_index(drop=True)


def _found(library: Library, text: str) -> np.ndarray:
    """For each indicator the share of ``text`` (0–1, by the squared weights of its n-grams) that its name or what is said of it has."""
    grams, indexes = grams_of(text), library.indexes
    if not len(grams):
        return np.zeros(len(library))
    there = indexes["name"].has(grams) | indexes["name_en"].has(grams) | indexes["about"].has(grams)[:, library.about_row]
    # what few indicators have says more
    weight = (np.log((1 + len(library)) / (1 + there.sum(axis=1))) + 1) ** 2
    return (weight / weight.sum()) @ there
