"""Tables from a database: any that SQLAlchemy speaks, PostgreSQL first; only reading, and no password in anything that is kept."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis.errors import DataError, Problem
from perfanalysis.sources.raw import ORIGIN, RawSource
from perfanalysis.tables import TABLES, Column, Table, fold_header

CHUNK = 50_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_TEXT_KINDS = ("code", "text", "choice", "flag")


def read_database(url: str, schema: str | None = None, *, chunk: int = CHUNK) -> RawSource:
    """Every table and view of a database that is named like one of ours, by its name or a label in any language.

    Parameters
    ----------
    url : an SQLAlchemy address, as ``postgresql://reader@db.example/budget`` or ``sqlite:///city.db``
        ``${NAME}`` in it is taken from the environment, so that no password need stand in a file; PostgreSQL's own
        ``PGPASSWORD`` and password file work too.
    schema : the database schema to look in; none means the connection's default.
    chunk : rows fetched at a time.

    Returns
    -------
    ``RawSource`` : one raw frame per table, with the columns whose names are known as headers, in the schema's order, rows in the
        order of the table's key, and where each came from (``ORIGIN``; the row is its ordinal in key order). Codes and text are
        str, numbers float64, missing stays missing. ``sources`` has one record: the address without user, password or options,
        and the SHA-256 of the rows as read. Columns that mean nothing to us are named in ``problems``.

    Raises
    ------
    DataError
        The address cannot be read or reached, or nothing there is named like a table of ours: what is there is listed.
    """
    address = _address(url)
    shown = mask_address(url)
    with _connection(address, shown) as connection:
        found = _known_tables(connection, schema, shown)
        problems, tables = [], {}
        for table in TABLES.values():
            if table.name in found:
                named, columns, wrong = found[table.name]
                problems += wrong
                tables[table.name] = _read_table(connection, table, named, schema, columns, shown, chunk)
    digest, size = _digest(tables)
    return RawSource(tables, tuple(problems), ({"file": shown, "sha256": digest, "bytes": size},))


def is_address(text: str) -> bool:
    """Whether ``text`` is a database's address rather than a file's name.

    >>> is_address("postgresql://reader@db/budget"), is_address("data/city.xlsx")
    (True, False)
    """
    return bool(re.match(r"[a-z][a-z0-9_+]*://", str(text)))


def mask_address(url: str) -> str:
    """The address as it may be shown and kept: no user, password or options, and of a file only its name.

    >>> mask_address("postgresql+psycopg://reader:s3cret@db.example:5433/budget?sslpassword=x")
    'postgresql://db.example:5433/budget'
    """
    from sqlalchemy.exc import ArgumentError

    try:
        parts = _parse(url)
    except (ArgumentError, ValueError):
        return re.split(r"[:/?@]", str(url), maxsplit=1)[0] + "://…"
    database = parts.database or ""
    if parts.get_backend_name() in ("sqlite", "duckdb"):
        database = Path(database).name
    host = f"{parts.host or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.get_backend_name()}://{host}/{database}"


def _parse(url: str):
    from sqlalchemy import make_url

    parts = make_url(str(url))
    return parts.set(drivername=_DRIVERS.get(parts.drivername, parts.drivername))


def _address(url: str):
    """The address with the environment's values filled in."""
    from sqlalchemy.exc import ArgumentError

    try:
        parts = _parse(url)
    except (ArgumentError, ValueError):
        raise DataError([Problem("database_address", file=mask_address(url))]) from None
    unset: list[str] = []

    def fill(text: str | None) -> str | None:
        def value(match: re.Match) -> str:
            if match[1] not in os.environ:
                unset.append(match[1])
            return os.environ.get(match[1], "")

        return None if text is None else _VARIABLE.sub(value, text)

    filled = parts.set(**{
        name: fill(str(getattr(parts, name)))
        for name in ("username", "password", "host", "database") if getattr(parts, name) is not None
    })
    if unset:
        raise DataError([Problem("database_variable", file=mask_address(url), found=name) for name in unset])
    if filled.get_backend_name() == "sqlite":
        missing = not filled.database or not Path(filled.database).is_file()
        # SQLite makes an empty file of any name that it does not find
        if missing and not (filled.database or "").startswith("file:"):
            raise DataError([Problem("database_no_file", file=mask_address(url), found=filled.database or "")])
    return filled


class _connection:
    """A connection that can only read and sees one state of the database throughout; closed with its engine."""

    def __init__(self, address, shown: str):
        self.address, self.shown = address, shown

    def __enter__(self):
        from sqlalchemy import create_engine, text
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

        backend = self.address.get_backend_name()
        arguments = {"connect_timeout": 10} if backend == "postgresql" else {}
        try:
            self.engine = create_engine(self.address, connect_args=arguments)
            connection = self.engine.connect()
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise DataError([Problem("database_driver", file=self.shown, found=backend, values={"why": self._said(error)})]) from None
        except (SQLAlchemyError, ArgumentError) as error:
            raise DataError([Problem("database_unreachable", file=self.shown, values={"why": self._said(error)})]) from None
        self.connection = connection
        if backend == "postgresql":
            return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        if backend == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))
        return connection

    def __exit__(self, kind, error, trace):
        from sqlalchemy.exc import SQLAlchemyError

        self.connection.close()
        self.engine.dispose()
        if isinstance(error, SQLAlchemyError):
            raise DataError([Problem("database_failed", file=self.shown, values={"why": self._said(error)})]) from None

    def _said(self, error: Exception) -> str:
        """The driver's own first line, with whatever secret it may repeat taken out."""
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        for secret in (self.address.password, self.address.render_as_string(hide_password=False)):
            if secret:
                said = said.replace(str(secret), "***")
        return said


def _known_tables(connection, schema: str | None, shown: str) -> dict[str, tuple[str, dict[str, str], list[Problem]]]:
    """Our table → its name there, our column → its name there, and what is odd about it."""
    from sqlalchemy import inspect

    inspector = inspect(connection)
    if schema and schema not in inspector.get_schema_names():
        there = sorted(name for name in inspector.get_schema_names() if name != "information_schema")
        raise DataError([Problem("database_no_schema", file=shown, found=schema, values={"there": there})])
    there = sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema), *_materialized(inspector, schema)})
    found, problems = {}, []
    for table in TABLES.values():
        names = {fold_header(text) for text in (table.name, table.en, table.zh)}
        named = [name for name in there if fold_header(name) in names]
        # where our own name stands beside a label, the name is meant
        named = [name for name in named if name.lower() == table.name] or named
        if len(named) > 1:
            problems.append(Problem("database_two_tables", file=shown, table=table.name, found=named))
        elif named:
            headers = [column["name"] for column in inspector.get_columns(named[0], schema)]
            columns, wrong = _known_columns(table, headers, shown, named[0])
            found[table.name] = (named[0], columns, wrong)
    if problems:
        raise DataError(problems)
    if not found:
        raise DataError([Problem("database_no_tables", file=shown, values={"there": there or ["–"], "wanted": list(TABLES)})])
    return found


def _materialized(inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_materialized_view_names(schema)
    except NotImplementedError:
        return []


def _known_columns(table: Table, headers: list[str], shown: str, named: str) -> tuple[dict[str, str], list[Problem]]:
    columns, problems, used = {}, [], set()
    for column in table.columns:
        exact = [header for header in headers if header.lower() == column.name]
        meant = exact or [header for header in headers if fold_header(header) in column.headers() and header not in used]
        if len(meant) > 1:
            problems.append(Problem(
                "database_two_columns", file=shown, sheet=named, table=table.name, column=column.name, found=meant,
            ))
        elif meant:
            columns[column.name] = meant[0]
            used.add(meant[0])
    unknown = [header for header in headers if header not in used and not any(header in problem.found for problem in problems)]
    if unknown:
        problems.append(Problem("database_unknown_columns", "warning", shown, named, table=table.name, found=unknown))
    return columns, problems


def _read_table(
    connection, table: Table, named: str, schema: str | None, columns: Mapping[str, str], shown: str, chunk: int
) -> pd.DataFrame:
    parts = [_conform(part, table) for part in _chunks(connection, named, schema, columns, chunk)]
    frame = pd.concat(parts, ignore_index=True) if parts else _conform(pd.DataFrame(columns=list(columns), dtype=object), table)
    keys = [name for name in table.key if name in columns]
    # a database keeps no order, and sorts text by its own collation: by key, then by the rest, the same on every machine
    order = [*keys, *[name for name in columns if name not in keys]]
    if order and len(frame):
        frame = frame.sort_values(order, key=lambda values: values.astype("str"), kind="stable", ignore_index=True)
    return frame.assign(**dict(zip(ORIGIN, (shown, named, range(1, len(frame) + 1)), strict=True)))


def _chunks(connection, named: str, schema: str | None, columns: Mapping[str, str], chunk: int) -> Iterator[pd.DataFrame]:
    from sqlalchemy import column, select, table

    chosen = select(*[column(there).label(ours) for ours, there in columns.items()]).select_from(table(named, schema=schema))
    if not columns:
        return
    result = connection.execution_options(stream_results=True, yield_per=chunk).execute(chosen)
    for rows in result.partitions(chunk):
        yield pd.DataFrame.from_records([tuple(row) for row in rows], columns=list(columns)).astype(object)


def _conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Database types as ours: numbers that are codes stay digits, decimals become floats, dates dates; text stays as typed."""
    return frame.assign(**{name: _conform_column(frame[name], table.column(name)) for name in frame.columns})


def _conform_column(values: pd.Series, column: Column) -> pd.Series:
    known = values.dropna()
    if column.kind in _TEXT_KINDS:
        return values.map(_as_text, na_action="ignore").astype("str")
    if column.kind == "date":
        return values if known.map(lambda value: isinstance(value, str)).any() else pd.to_datetime(values)
    if known.map(lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool)).all():
        return pd.to_numeric(values.map(float, na_action="ignore")).astype("float64")
    # a column of text where numbers should stand is read like any typed text, later, by the checks
    return values.map(_as_text, na_action="ignore").astype("str")


def _as_text(value: Any) -> str:
    """A code stored as a number is its digits, ``101`` and never ``101.0``; yes and no are 1 and 0 in databases without truth values."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | Decimal) and value == int(value):
        return str(int(value))
    return str(value)


def _digest(tables: Mapping[str, pd.DataFrame]) -> tuple[str, int]:
    """SHA-256 and length of the rows as read: the same rows give the same digest in whatever order the database sends them."""
    hashed, size = hashlib.sha256(), 0
    for name, frame in sorted(tables.items()):
        content = f"{name}\n" + frame.drop(columns=list(ORIGIN)).to_csv(index=False, lineterminator="\n")
        hashed.update(content.encode("utf-8"))
        size += len(content.encode("utf-8"))
    return hashed.hexdigest(), size
