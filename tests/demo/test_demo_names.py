"""The demonstration city's projects have names that a bureau would give."""

import re

from perfanalysis.demo import make_city


def test_no_name_says_a_word_twice_and_names_stay_their_own():
    projects = make_city()["projects"]
    assert [name for name in projects["name"].unique() if re.search(r"([一-鿿]{2,})\1", name)] == []
    own = projects.sort_values("year").drop_duplicates("project", keep="last")
    assert own["name"].is_unique
