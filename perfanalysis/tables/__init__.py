"""The data model: every table with its columns, units, keys, references, labels and header aliases, in one place.

Readers, checks, the data dictionary, the Excel template, report headings and the demonstration city all derive from ``TABLES``.
"""

from perfanalysis.tables.model import Column, Reference, Table, fold_header
from perfanalysis.tables.schema import TABLES

__all__ = ["TABLES", "Column", "Reference", "Table", "fold_header", "table"]


def table(name: str) -> Table:
    """The schema of one table; an unknown name is a ``KeyError`` that lists the known ones."""
    try:
        return TABLES[name]
    except KeyError:
        raise KeyError(f"no table {name!r}; there are: {', '.join(TABLES)}") from None
