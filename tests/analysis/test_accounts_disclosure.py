"""The four accounts and disclosure, by hand."""

import pandas as pd

from perfanalysis.analysis.accounts import split_accounts
from perfanalysis.analysis.disclosure import summarise_disclosure

PROJECTS = pd.DataFrame({
    "project": list("ABCD"), "account": ["general_public", "general_public", "government_fund", None], "budget_initial": [90.0, 40.0, 20.0, 5.0],
    "budget": [100.0, 50.0, 20.0, 5.0], "executed": [80.0, 50.0, 10.0, 5.0],
})


def test_what_is_passed_on_is_counted_once():
    split = split_accounts(PROJECTS.assign(transferred=pd.array([False, True, None, False], dtype="boolean"))).set_index("account")
    assert split.loc["general_public", ["projects", "budget", "executed", "transferred_projects", "transferred_budget"]].tolist() == [1, 100, 80, 1, 50]
    assert split.loc["general_public", "execution_rate"] == 0.8
    assert split.loc["government_fund", "budget"] == 20


def test_without_the_flag_everything_is_counted_where_it_stands():
    split = split_accounts(PROJECTS)
    assert split["budget"].sum() == 175
    assert split["transferred_projects"].sum() == 0
    assert split["account"].isna().sum() == 1  # what has no account is not lost


def test_days_and_states_by_document():
    disclosures = pd.DataFrame({
        "unit": list("1231"), "document": ["budget"] * 3 + ["final_accounts"], "published_on": pd.to_datetime(["2020-02-20", "2020-02-20", "2020-02-20", "2021-08-20"]),
        "performance_published_on": pd.to_datetime(["2020-02-20", "2020-03-21", None, "2021-08-20"]),
    })
    budget, accounts = summarise_disclosure(disclosures).to_dict("records")
    assert (budget["together"], budget["late"], budget["not_published"], budget["longest"]) == (1, 1, 1, 30)  # 20 February to 21 March of a leap year
    assert (accounts["together"], accounts["units"]) == (1, 1)
    assert pd.isna(accounts["longest"])
