"""Was performance information published together with budgets and final accounts?"""

import pandas as pd

from perfanalysis.analysis.follow_up import measure_disclosure


def summarise_disclosure(disclosures: pd.DataFrame) -> pd.DataFrame:
    """Disclosure by document.

    Parameters
    ----------
    disclosures : one row per unit × document of one year: ``published_on``, ``performance_published_on`` (dates).

    Returns
    -------
    One row per document
        ``units``, ``together``, ``late``, ``not_published``, ``no_document`` (counts), ``longest`` (days, of the late ones; missing where none is).
    """
    frame = disclosures.join(measure_disclosure(disclosures))
    states = ("together", "late", "not_published", "no_document")
    counts = frame.assign(units=1, **{state: frame["state"].eq(state).astype(int) for state in states})
    summed = counts.groupby("document")[["units", *states]].sum()
    summed["longest"] = frame[frame["state"] == "late"].groupby("document")["days_late"].max()
    return summed.reset_index()
