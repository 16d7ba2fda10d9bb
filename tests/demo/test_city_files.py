"""The files go the way of everybody's data: read by the library's own reader, they give the city back, and only the damaged rows are set aside."""

import pandas as pd
import pytest

from perfanalysis.demo import write_city
from perfanalysis.tables import TABLES


@pytest.fixture(scope="module")
def read_back(city, tmp_path_factory):
    from perfanalysis.sources.reading import read_source

    folder = tmp_path_factory.mktemp("city")
    write_city(folder, city)
    return read_source(folder)


def test_files_have_the_official_headers(city, tmp_path):
    paths = write_city(tmp_path, {name: city[name] for name in ("units", "indicators")})
    assert [path.name for path in paths] == ["units.csv", "indicators.csv"]
    first = paths[0].read_bytes()
    assert first.startswith(b"\xef\xbb\xbf")
    assert first.decode("utf-8-sig").splitlines()[0] == "单位编码,单位名称,英文名称,类别,行业领域"
    cells = pd.read_csv(paths[1], dtype=str)
    assert set(cells["指标方向"].dropna()) == {"≥", "≤", "="}
    assert cells.loc[cells["计量单位"] == "%", "指标值"].str.endswith("%").all()


@pytest.mark.parametrize("name", TABLES)
def test_every_value_comes_back(name, city, read_back):
    table = TABLES[name]
    got = read_back.tables[name][list(table.names)].sort_values(list(table.key), kind="stable", na_position="first", ignore_index=True)
    # targets and actuals as written are filled by the reader
    drop = ["target_text", "actual_text"] if name == "indicators" else []
    pd.testing.assert_frame_equal(got.drop(columns=drop), city[name].drop(columns=drop))


def test_only_the_damaged_rows_are_set_aside(read_back, irregular):
    damaged = irregular[irregular["kind"].isin(["unknown_reference", "unreadable_text", "repeated_key"])]
    assert read_back.set_aside["table"].value_counts().to_dict() == damaged["table"].value_counts().to_dict()


def test_warnings_are_the_planted_ones(read_back, irregular):
    warned = {problem.code for problem in read_back.problems if problem.severity == "warning"}
    assert warned == {"weights_do_not_add_up", "executed_above_budget", "money_scale", "year_before_start", "year_end_differs"}
    rows = read_back.tables["projects"]
    place = dict(zip(rows["source_row"].astype(int), rows["project"], strict=True))
    by_code = {
        code: {place[problem.row] for problem in read_back.problems if problem.code == code and problem.table == "projects"}
        for code in ("executed_above_budget", "money_scale", "year_before_start")
    }
    listed = irregular.groupby("kind")["project"].agg(set)
    assert by_code["executed_above_budget"] == listed["executed_above_budget"]
    assert by_code["year_before_start"] == listed["year_before_start"]
    assert by_code["money_scale"] == listed["money_scale"] | listed["money_scale_year"]
    # a whole year typed in 万元 is no longer what the execution at the end of that year says
    ends = [problem for problem in read_back.problems if problem.code == "year_end_differs"]
    assert {problem.values["unit"] for problem in ends} <= set(irregular.loc[irregular["kind"] == "money_scale_year", "unit"])


def test_without_irregularities_there_is_nothing_to_say(plain_city, tmp_path):
    from perfanalysis.sources.reading import read_source

    write_city(tmp_path, plain_city, irregularities=False)
    source = read_source(tmp_path)
    assert source.problems == ()
    assert len(source.set_aside) == 0
