"""Writing into workbooks so that what people typed stays text: nothing that is written here is ever a formula."""

import datetime
import math
from pathlib import Path
from typing import Any

#: What a spreadsheet could take for the beginning of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def put(cell: Any, value: Any) -> None:
    """Write ``value`` into an openpyxl cell; text that looks like a formula is marked as text for good."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if not isinstance(value, bool | int | float | datetime.date | datetime.time | datetime.timedelta):
        value = str(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.replace(tzinfo=None)
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767]
        cell.value = value
        cell.data_type = "s"
        if value.startswith(FORMULA_STARTS):
            # the leading apostrophe of Excel: stays text even when somebody edits the cell
            cell.quotePrefix = True
        return
    cell.value = value


def save(book: Any, path: str | Path) -> Path:
    """Save a workbook in one step: a reader finds the old file or the new one."""
    import os
    import tempfile

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".xlsx", dir=path.parent)
    os.close(handle)
    try:
        book.save(name)
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def to_bytes(book: Any) -> bytes:
    """The workbook's bytes without the time of writing, in its properties and in the archive: the same content gives the same bytes."""
    import io
    import re
    import zipfile

    epoch = datetime.datetime(1980, 1, 1)
    book.properties.creator, book.properties.created = "perfanalysis", epoch
    raw, clean = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as write:
        for name in sorted(read.namelist()):
            content = read.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            about = zipfile.ZipInfo(name, epoch.timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            write.writestr(about, content)
    return clean.getvalue()
