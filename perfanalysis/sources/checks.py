"""What makes a row an error: a key that repeats, a reference to nothing. Every row in error is set aside; nothing is repaired.

What only looks wrong is in ``plausibility``: the row is used, and a person is asked to look.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.sources.drafts import Draft, Issue, Label, find_missing
from perfanalysis.tables import TABLES, Reference, Table


@dataclass(frozen=True)
class Names:
    """Column names as a reader knows them: 项目编码、年度 or Project code, Year."""

    table: Table
    columns: tuple[str, ...]

    def written(self, lang: str) -> str:
        return words.say("verb.and_list_separator", lang).join(self.table.column(name).label(lang) for name in self.columns)


def check_rows(drafts: Mapping[str, Draft], issues: list[Issue]) -> tuple[dict[str, pd.Index], list[Issue]]:
    """Which rows of each table can be used, and what is wrong with the others.

    Parameters
    ----------
    drafts : table → rows as read
    issues : what reading them found

    Returns
    -------
    Table → labels of the rows without any error; and all issues, those given and those found here: required cells that are empty, keys
    that repeat, references to nothing and to rows that were themselves set aside.
    """
    issues = list(issues)
    usable: dict[str, pd.Index] = {}
    said: set[str] = set()  # tables of which no row can be used for a reason that was said once for all
    for table in TABLES.values():
        draft = drafts.get(table.name)
        if draft is None:
            continue
        issues += find_missing(draft)
        wrong = {label for issue in issues if issue.table == table.name and issue.severity == "error" for label in issue.rows}
        rows = draft.frame.index[~draft.frame.index.isin(wrong)] if wrong else draft.frame.index
        found = find_repeated_keys(draft, rows)
        for reference in table.references:
            found += _check_reference(draft, rows, reference, drafts, usable, said)
        issues += found
        wrong = {label for issue in found if issue.severity == "error" for label in issue.rows}
        usable[table.name] = rows[~rows.isin(wrong)] if wrong else rows
        if usable[table.name].empty and any(issue.quiet for issue in issues if issue.table == table.name):
            said.add(table.name)
    return usable, issues


def find_repeated_keys(draft: Draft, rows: pd.Index) -> list[Issue]:
    """Rows that give the key of another row.

    Where they say the same in every column, the first is used and the rest are set aside; where they differ, nobody can know which
    is right, and all of them are.
    """
    table = draft.table
    frame = draft.frame.loc[rows, list(table.names)]
    keys = list(table.key)
    repeated = frame.duplicated(keys, keep=False)
    if not repeated.any():
        return []
    again = frame[repeated]
    group = again.groupby(keys, dropna=False, sort=False).ngroup()
    first = again.index.to_series().groupby(group).transform("first")
    # a copy repeats the first row in every column; a group of copies only loses the later ones
    copied = _equal(again, again.loc[first].set_axis(again.index)).groupby(group).transform("all")
    copies = again.index[copied & (first != again.index)]
    differing = again.index[~copied]
    values = {"key": _written(again[keys]), "columns": Names(table, table.key)}
    numbers = draft.place["row"].reindex(again.index)
    issues = []
    if len(copies):
        other = numbers.loc[first.loc[copies]].set_axis(copies)
        issues.append(Issue(table.name, "repeated_row", "error", "", copies, None, {**values, "other": other}))
    if len(differing):
        listed = numbers.groupby(group).agg(list).map(_listed)
        issues.append(Issue(table.name, "repeated_key", "error", "", differing, None, {**values, "others": group.loc[differing].map(listed)}))
    return issues


def _equal(left: pd.DataFrame, right: pd.DataFrame) -> pd.Series:
    same = pd.Series(True, index=left.index)
    for name in left.columns:
        equal = (left[name] == right[name]).astype("boolean").fillna(False).astype(bool)
        same &= equal | (left[name].isna() & right[name].isna())
    return same


def _check_reference(
    draft: Draft, rows: pd.Index, reference: Reference, drafts: Mapping[str, Draft], usable: Mapping[str, pd.Index], said: Set[str]
) -> list[Issue]:
    """Rows whose reference stands nowhere, and rows whose reference was set aside."""
    if reference.table not in usable:
        # the table is missing altogether, which is said once
        return [Issue(draft.table.name, "missing_table", "error", "", rows, None, {"there": Label(TABLES[reference.table])}, quiet=True)] if reference.severity == "error" else []
    target = drafts[reference.table]
    wanted = list(reference.target or reference.columns)
    own = draft.frame.loc[rows, list(reference.columns)].set_axis(wanted, axis=1)
    own = own[own.notna().all(axis=1)]
    there = target.frame.loc[usable[reference.table], wanted]
    known = _member(own, there)
    set_aside = target.frame.index.difference(usable[reference.table])
    gone = _member(own, target.frame.loc[set_aside, wanted]) & ~known if len(set_aside) else pd.Series(False, index=own.index)
    issues = []
    table = draft.table
    column = reference.columns[0]
    for code, mask in (("unknown_reference", ~known & ~gone), ("refers_to_set_aside", gone)):
        if mask.any():
            labels = own.index[mask]
            values = {"key": _written(own.loc[labels]), "columns": Names(table, reference.columns), "there": Label(TABLES[reference.table])}
            issues.append(Issue(table.name, code, reference.severity, column, labels, draft.frame[column].loc[labels], values, code == "refers_to_set_aside" and reference.table in said))
    return issues


def _member(left: pd.DataFrame, right: pd.DataFrame) -> pd.Series:
    if left.shape[1] == 1:
        return left.iloc[:, 0].isin(right.iloc[:, 0].dropna())
    known = pd.MultiIndex.from_frame(right.dropna().drop_duplicates())
    return pd.Series(pd.MultiIndex.from_frame(left).isin(known) if len(known) else np.zeros(len(left), dtype=bool), index=left.index)


def _written(keys: pd.DataFrame) -> pd.Series:
    """Each row's key as one text."""
    days = {name: keys[name].dt.strftime("%Y-%m-%d") for name in keys if pd.api.types.is_datetime64_any_dtype(keys[name])}
    texts = keys.assign(**days).astype("str").fillna("–")
    return pd.Series([", ".join(row) for row in texts.itertuples(index=False)], index=keys.index, dtype="str")


def _listed(numbers: list[int]) -> list[int] | str:
    return numbers if len(numbers) <= 6 else f"{', '.join(map(str, numbers[:5]))} … {numbers[-1]} ({len(numbers)})"
