"""Tables from a database: found by name or label, read in key order, without a secret in anything that is said or kept."""

import datetime
import hashlib
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa

from perfanalysis import words
from perfanalysis.errors import DataError
from perfanalysis.sources.database import is_address, mask_address, read_database
from perfanalysis.sources.drafts import type_part

PROJECTS = [
    # project, year, unit, name, budget_adjusted, executed, priority
    ("P010", 2020, 102, "道路维修", Decimal("1200000.10"), Decimal("900000.05"), True),
    ("P002", 2020, 101, "河道治理 <b>", Decimal("500000"), None, False),
    ("P002", 2019, 101, "河道治理", Decimal("400000"), Decimal("400000"), None),
]
UNITS = [(101, "市水务局", "部门"), (102, "市交通局", "department")]


def fill(url: str, *, schema: str | None = None) -> None:
    """Units under Chinese names, projects under our own with a column that means nothing to us."""
    engine = sa.create_engine(url)
    meta = sa.MetaData(schema=schema)
    units = sa.Table("部门和区", meta, sa.Column("单位编码", sa.Integer), sa.Column("单位名称", sa.Text), sa.Column("类别", sa.Text))
    projects = sa.Table(
        "projects", meta, sa.Column("project", sa.Text), sa.Column("year", sa.Integer), sa.Column("unit", sa.Integer), sa.Column("name", sa.Text),
        sa.Column("全年预算数", sa.Numeric(18, 2)), sa.Column("executed", sa.Numeric(18, 2)), sa.Column("priority", sa.Boolean),
        sa.Column("updated_by", sa.Text),
    )
    with engine.begin() as connection:
        if schema:
            connection.execute(sa.schema.CreateSchema(schema))
        meta.create_all(connection)
        connection.execute(units.insert(), [dict(zip(units.columns.keys(), row, strict=True)) for row in UNITS])
        connection.execute(projects.insert(), [dict(zip(projects.columns.keys(), (*row, "someone"), strict=True)) for row in PROJECTS])
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path) -> str:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    fill(url)
    return url


@pytest.fixture
def schema(postgresql):
    """A schema of its own in the shared server, gone after the test."""
    fill(postgresql, schema="bureau")
    yield "bureau"
    engine = sa.create_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema("bureau", cascade=True))
    engine.dispose()


def check_read(source) -> None:
    assert list(source.tables) == ["units", "projects"]
    projects = source.tables["projects"]
    # in the order of the key (project, year), whatever order the database keeps
    assert projects[["project", "year"]].values.tolist() == [["P002", 2019], ["P002", 2020], ["P010", 2020]]
    assert projects["source_row"].tolist() == [1, 2, 3]
    assert projects["source_sheet"].unique().tolist() == ["projects"]
    assert projects["unit"].tolist() == ["101", "101", "102"]
    assert projects["budget_adjusted"].tolist() == [400000.0, 500000.0, 1200000.1]
    assert projects["executed"].isna().tolist() == [False, True, False]
    assert "updated_by" not in projects
    assert [(problem.code, problem.severity, problem.found) for problem in source.problems] == [("database_unknown_columns", "warning", ["updated_by"])]
    assert source.tables["units"]["unit"].tolist() == ["101", "102"]


def test_sqlite(sqlite):
    source = read_database(sqlite)
    check_read(source)
    assert source.sources[0]["file"] == "sqlite:///city.db"


def test_rows_pass_the_same_reading_as_files(sqlite):
    drafts = {part.table: type_part(part, 0) for part in read_database(sqlite).parts()}
    assert [issue for _, issues in drafts.values() for issue in issues if issue.severity == "error"] == []
    assert drafts["units"][0].frame["kind"].tolist() == ["department", "department"]
    assert drafts["projects"][0].frame["priority"].fillna(False).tolist() == [False, False, True]
    assert drafts["projects"][0].place["row"].tolist() == [1, 2, 3]


def test_postgresql(postgresql, schema):
    source = read_database(postgresql, schema=schema)
    check_read(source)
    password = sa.make_url(postgresql).password
    kept = repr(source.sources) + repr(source.problems) + repr(source.tables["projects"].to_dict())
    assert password not in kept
    assert source.sources[0]["file"].startswith("postgresql://127.0.0.1:")


def test_postgresql_views_dates_and_chunks(postgresql, schema):
    engine = sa.create_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(sa.text("create table bureau.log (u text, y int, d date, b numeric, e numeric)"))
        connection.execute(sa.text(
            "insert into bureau.log select '101', 2020, make_date(2020, 1, 1) + day, 365, day from generate_series(0, 364) day order by random()"
        ))
        connection.execute(sa.text(
            'create view bureau."预算执行进度" as select u "单位编码", y "年度", d "截止日期", b "预算数", e "累计执行数" from bureau.log'
        ))
    engine.dispose()
    source = read_database(postgresql, schema=schema, chunk=50)
    execution = source.tables["execution"]
    # 0 + 1 + … + 364 = 66,430
    assert (len(execution), execution["executed_to_date"].sum()) == (365, 66_430)
    assert execution["period_end"].is_monotonic_increasing
    assert execution["period_end"].iloc[0] == pd.Timestamp(2020, 1, 1)


def test_postgresql_is_only_read(postgresql, schema):
    from perfanalysis.sources.database import _address, _connection

    with (
        pytest.raises(DataError, match="read-only transaction"),
        _connection(_address(postgresql), "postgresql://server") as connection,
    ):
        connection.execute(sa.text("delete from bureau.projects"))


def test_same_rows_give_the_same_digest(postgresql, schema, sqlite):
    one, other = read_database(postgresql, schema=schema).sources[0], read_database(sqlite).sources[0]
    assert one["sha256"] == other["sha256"]
    assert len(one["sha256"]) == len(hashlib.sha256().hexdigest())


def test_a_changed_row_changes_the_digest(sqlite):
    before = read_database(sqlite).sources[0]["sha256"]
    engine = sa.create_engine(sqlite)
    with engine.begin() as connection:
        connection.execute(sa.text("update projects set executed = 1 where project = 'P010'"))
    engine.dispose()
    assert read_database(sqlite).sources[0]["sha256"] != before


def test_wrong_password_is_not_repeated(postgresql):
    url = sa.make_url(postgresql).set(password="s3cret-and-wrong").render_as_string(hide_password=False)
    with pytest.raises(DataError, match=r"cannot connect: .*password authentication failed") as caught:
        read_database(url)
    assert "s3cret" not in str(caught.value) + caught.value.say("zh")
    assert caught.value.__suppress_context__


def test_unknown_schema_lists_the_schemas(postgresql):
    with pytest.raises(DataError, match=r"there is no schema 'nowhere'; there are: .*public"):
        read_database(postgresql, schema="nowhere")


def test_no_server_is_one_clear_error():
    # port 1 of the loopback: nothing listens there
    with pytest.raises(DataError, match=r"postgresql://127\.0\.0\.1:1/budget: cannot connect") as caught:
        read_database("postgresql://reader:s3cret@127.0.0.1:1/budget")
    assert "s3cret" not in str(caught.value)


def test_no_known_table_lists_what_is_there(tmp_path):
    url = f"sqlite:///{tmp_path / 'other.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table budget_lines (a int)"))
    engine.dispose()
    with pytest.raises(DataError, match=r"other\.db: no table or view has a known name; there are: budget_lines; known names: units, projects") as caught:
        read_database(url)
    assert "budget_lines" in caught.value.say("zh")


def test_missing_file_is_not_created(tmp_path):
    with pytest.raises(DataError, match="there is no database file"):
        read_database(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


def test_two_tables_or_columns_of_one_meaning(tmp_path):
    url = f"sqlite:///{tmp_path / 'two.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text('create table "单位" (a int)'))
        connection.execute(sa.text('create table units (unit text, name text, kind text, "单位名称" text)'))
        connection.execute(sa.text('create table "项目" (项目编码 text, 项目代码 text, year int)'))
    source = read_database(url)
    assert "project" not in source.tables["projects"]
    told = [(problem.code, problem.column, problem.found) for problem in source.problems]
    assert told == [("database_unknown_columns", "", ["单位名称"]), ("database_two_columns", "project", ["项目编码", "项目代码"])]
    with engine.begin() as connection:
        connection.execute(sa.text('create table "Projects" (a int)') if False else sa.text('create table "Departments and districts" (a int)'))
        connection.execute(sa.text('drop table units'))
        connection.execute(sa.text('create table "部门和区" (a int)'))
    engine.dispose()
    with pytest.raises(DataError, match="all mean the table 'units'"):
        read_database(url)


def test_text_where_numbers_belong_is_left_to_the_checks(tmp_path):
    url = f"sqlite:///{tmp_path / 'text.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table projects (project text, year text, budget_adjusted text, start_year int)"))
        connection.execute(sa.text("insert into projects values ('P1', '2020年', '43.2万元', 2019), ('P2', '2020', 'about 3', null)"))
    engine.dispose()
    part = read_database(url).parts()[0]
    draft, issues = type_part(part, 0)
    assert draft.frame["budget_adjusted"].iloc[0] == 432_000
    assert draft.frame["year"].tolist() == [2020, 2020]
    assert ("unreadable_money", "budget_adjusted") in {(issue.code, issue.column) for issue in issues}


def test_environment_fills_the_address(sqlite, tmp_path, monkeypatch):
    monkeypatch.setenv("CITY_DB", str(tmp_path / "city.db"))
    check_read(read_database("sqlite:///${CITY_DB}"))
    monkeypatch.delenv("CITY_DB")
    with pytest.raises(DataError, match="environment variable 'CITY_DB', which is not set"):
        read_database("sqlite:///${CITY_DB}")


@pytest.mark.parametrize(("url", "shown"), [
    ("postgresql://reader:s3cret@db.example/budget", "postgresql://db.example/budget"),
    ("postgresql+psycopg://reader:s3cret@db.example:5433/budget?sslpassword=s3cret", "postgresql://db.example:5433/budget"),
    ("mysql+pymysql://s3cret:s3cret@h/d", "mysql://h/d"),
    ("sqlite:////home/s3cret/city.db", "sqlite:///city.db"),
    ("postgresql://reader:s3cret@db:port/x", "postgresql://…"),
])
def test_mask_address(url, shown):
    assert mask_address(url) == shown


def test_bad_addresses():
    for url in ("postgresql://reader:s3cret@db:port/x", "nonsense"):
        with pytest.raises(DataError, match="database address cannot be read") as caught:
            read_database(url)
        assert "s3cret" not in str(caught.value)
    with pytest.raises(DataError, match="no driver for 'informix' databases"):
        read_database("informix://reader:s3cret@db/x")


@pytest.mark.parametrize("text", ["data/city.xlsx", "C:\\data\\city.xlsx", "C:/data", "/data/city", "city.yaml"])
def test_files_are_no_addresses(text):
    assert not is_address(text)


def test_every_problem_has_words():
    import re
    from pathlib import Path

    import perfanalysis.sources.database as database

    raised = set(re.findall(r'"(database_\w+)"', Path(database.__file__).read_text(encoding="utf-8")))
    assert len(raised) == 11
    for lang in words.languages():
        assert {f"problem.{code}" for code in raised} <= words.codes(lang)


def test_dates_are_dates(tmp_path):
    url = f"sqlite:///{tmp_path / 'dates.db'}"
    engine = sa.create_engine(url)
    meta = sa.MetaData()
    table = sa.Table("targets", meta, sa.Column("project", sa.Text), sa.Column("year", sa.Integer), sa.Column("submitted_on", sa.Date), sa.Column("approved_on", sa.Text))
    with engine.begin() as connection:
        meta.create_all(connection)
        connection.execute(table.insert(), [
            {"project": "P1", "year": 2020, "submitted_on": datetime.date(2019, 12, 1), "approved_on": "2020年1月20日"},
            {"project": "P2", "year": 2020, "submitted_on": None, "approved_on": None},
        ])
    engine.dispose()
    draft, _ = type_part(read_database(url).parts()[0], 0)
    assert draft.frame["submitted_on"].tolist() == [pd.Timestamp(2019, 12, 1), pd.NaT]
    assert draft.frame["approved_on"].iloc[0] == pd.Timestamp(2020, 1, 20)
