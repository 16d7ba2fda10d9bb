"""Columns as arrays, whether a frame has them or not, and codes gathered per row."""

import numpy as np
import pandas as pd


def numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as floats; missing values, and a column that is not there, are NaN."""
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan)


def texts(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as text; missing values, and a column that is not there, are ''."""
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), "").astype(str).to_numpy(dtype=object)


def gather_codes(flags: dict[str, np.ndarray], index: pd.Index, name: str) -> pd.Series:
    """Every code whose flag is set in a row, in the order of ``flags``, joined by a space; missing where none is."""
    marks = np.zeros(len(index), dtype=np.int64)
    for place, flag in enumerate(flags.values()):
        marks |= flag.astype(np.int64) << place
    codes = list(flags)
    patterns, where = np.unique(marks, return_inverse=True)
    joined = [" ".join(code for place, code in enumerate(codes) if pattern >> place & 1) or np.nan for pattern in patterns]
    return pd.Series(np.array(joined, dtype=object)[where] if len(index) else [], index=index, name=name, dtype="str")
