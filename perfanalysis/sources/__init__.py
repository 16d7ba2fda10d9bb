"""Data in: files, workbooks, filled forms, databases and other people's layouts become validated tables.

``read_source`` reads and checks anything; ``check_source`` gives every problem at once; ``mark_problems`` shows them in a copy of the workbook.
"""

from perfanalysis.sources.marking import mark_problems
from perfanalysis.sources.reading import SourceData, check_source, read_source
from perfanalysis.sources.template import data_dictionary, dictionary_markdown, write_template

__all__ = [
    "SourceData",
    "check_source",
    "data_dictionary",
    "dictionary_markdown",
    "mark_problems",
    "read_source",
    "write_template",
]
