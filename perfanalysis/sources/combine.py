"""Rows of one key made one: repetitions dropped, amounts added, parts that complete each other, flows summed up over the year."""

from collections.abc import Set

import pandas as pd

from perfanalysis.sources.drafts import Draft, Issue

_ADDED = ("money", "number", "points")


def combine_drafts(draft: Draft, wrong: Set[int], how: str) -> Draft:
    """One row a key, for rows that are not in ``wrong`` (those stay as they are, to be set aside).

    ``how`` is ``error`` (nothing is combined: a repeated key will be an error), ``first`` (the first row stands for all), ``sum`` (amounts of
    money and numbers are added, missing where all are missing; the rest is the first row's) or ``complete`` (an empty cell takes the next row's).
    """
    if how == "error" or draft.frame.empty:
        return draft
    keys = list(draft.table.key)
    frame = draft.frame
    good = frame[~frame.index.isin(wrong)]
    group = good.groupby(keys, dropna=False, sort=False)
    firsts = good.index[~good.duplicated(keys)]
    if len(firsts) == len(good):
        return draft
    if how == "first":
        made = good.loc[firsts]
    else:
        columns = [name for name in good.columns if name not in keys]
        # groupby.first skips what is missing, which is what completing means
        made = group[columns].first() if how == "complete" else good.loc[firsts, columns].set_axis(group.ngroup().loc[firsts])
        if how == "sum":
            added = [column.name for column in draft.table.columns if column.kind in _ADDED and column.name not in keys]
            made = made.assign(**group[added].sum(min_count=1).set_axis(made.index))
        made = made.set_axis(firsts)
        made = pd.concat([good.loc[firsts, keys], made], axis=1)[list(frame.columns)].astype(frame.dtypes)
    kept = pd.concat([made, frame[frame.index.isin(wrong)]]) if wrong else made
    return Draft(draft.table, kept.sort_index(), draft.cells, draft.place, draft.headers)


def sum_flows(draft: Draft, wrong: Set[int]) -> tuple[Draft, list[Issue]]:
    """Amounts of each period as amounts to date, per unit, project and year.

    From the first period without an amount on, the amount to date is unknown; where amounts follow such a gap, a warning says so.
    """
    frame = draft.frame
    good = frame[~frame.index.isin(wrong)].sort_values("period_end", kind="stable")
    keys = [good["unit"], good["project"].fillna(""), good["year"]]
    amounts = good["executed_to_date"]
    gap = amounts.isna().groupby(keys).cummax()
    to_date = amounts.fillna(0).groupby(keys).cumsum().where(~gap)
    after = good.index[gap & amounts.notna()]
    issues = [Issue(draft.table.name, "gap_in_flows", "warning", "executed_to_date", after)] if len(after) else []
    return Draft(draft.table, frame.assign(executed_to_date=to_date.reindex(frame.index).where(~frame.index.isin(wrong), frame["executed_to_date"])), draft.cells, draft.place, draft.headers), issues
