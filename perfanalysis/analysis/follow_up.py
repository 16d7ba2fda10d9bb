"""Problems that others found, what became of them, and whether results were published."""

import datetime

import pandas as pd


def measure_problems(problems: pd.DataFrame, as_of: datetime.date) -> pd.DataFrame:
    """Which problems are open, and which are overdue on the day ``as_of``.

    Parameters
    ----------
    problems : one row per problem
        Reads ``due_on`` and ``closed_on`` (dates).

    Returns
    -------
    One row per input row, same index and order
        ``open`` (not closed by then), ``days_overdue`` (days past ``due_on``, of open ones or of those closed too late; 0 if in time; missing
        where no date was set), ``state`` (closed, closed_late, open, overdue).
    """
    day = pd.Timestamp(as_of)
    is_open = problems["closed_on"].isna() | (problems["closed_on"] > day)
    end = problems["closed_on"].where(~is_open, day)
    late = (end - problems["due_on"]).dt.days.clip(lower=0)
    state = pd.Series("closed", index=problems.index, dtype="str")
    state[~is_open & (late > 0)] = "closed_late"
    state[is_open] = "open"
    state[is_open & (late > 0)] = "overdue"
    return pd.DataFrame({"open": is_open, "days_overdue": late, "state": state}, index=problems.index)


def measure_disclosure(disclosures: pd.DataFrame) -> pd.DataFrame:
    """Was performance information published together with the document it belongs to?

    Returns
    -------
    One row per input row, same index and order
        ``days_late`` (days between the document and its performance information; missing where either is), ``state`` (together, late,
        not_published: the document was published and the performance information was not, no_document).
    """
    published, performance = disclosures["published_on"], disclosures["performance_published_on"]
    days = (performance - published).dt.days
    state = pd.Series("together", index=disclosures.index, dtype="str")
    state[days > 0] = "late"
    state[performance.isna()] = "not_published"
    state[published.isna()] = "no_document"
    return pd.DataFrame({"days_late": days, "state": state}, index=disclosures.index)
