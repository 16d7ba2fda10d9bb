"""Sections on the whole breadth of public money: the four accounts, and disclosure."""

import pandas as pd

from perfanalysis.analysis import measure_disclosure
from perfanalysis.analysis.accounts import split_accounts
from perfanalysis.analysis.disclosure import summarise_disclosure
from perfanalysis.display.blocks import ColumnView, Section, Table, Text
from perfanalysis.findings.follow_up import find_disclosure
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES

_COLUMNS = (
    ColumnView("account", "choice:projects.account"), ColumnView("projects", "count"), ColumnView("budget_initial", "money"), ColumnView("budget", "money"),
    ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"),
)


@needs("projects")
def section_accounts(unit: Unit) -> Section:
    """The unit's money by the four accounts; what is passed on and counted where it is spent is left out, and the amount said."""
    fact, projects = unit.fact, unit.projects
    accounts, order = split_accounts(projects), _order()
    unknown = projects["account"].isna()
    passed = int(accounts["transferred_projects"].sum())
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "accounts": fact.own("accounts_used", int(accounts["account"].notna().sum()), "count", "projects", "account"),
        "net": fact.own("budget_net", accounts["budget"].sum(), "money", "projects", "budget_adjusted"),
        "net_executed": fact.own("executed_net", accounts["executed"].sum(), "money", "projects", "executed"),
        "passed": fact.own("projects_transferred", passed, "count", "projects", "transferred"),
        "passed_money": fact.own("budget_transferred", accounts["transferred_budget"].sum(), "money", "projects", "budget_adjusted"),
        "unknown": fact.own("projects_without_account", int(unknown.sum()), "count", "projects", "account"),
        **{name: fact.own("account_budget", float(accounts.loc[accounts["account"] == name, "budget"].sum()), "money", "projects", "budget_adjusted",
                          keys={"account": name}, name=name) for name in order},
    }
    blocks: list = [
        Text("accounts.lead", values), Text("accounts.passed" if passed else "accounts.none_passed", values),
        Text("accounts.unknown", values) if values["unknown"].value else None,
        table_accounts(projects),
    ]
    if unit.is_city:
        kinds = unit.data.table("units").set_index("unit")["kind"]
        levels = split_accounts(projects.assign(kind=projects["unit"].map(kinds)), ["kind"])
        blocks.append(Table("accounts_levels", levels.sort_values(["kind", "account"], key=lambda names: names.map(order).fillna(9) if names.name == "account" else names), (
            ColumnView("kind", "choice:units.kind"), *_columns(levels))))
    return build_section("accounts", blocks)


def table_accounts(projects: pd.DataFrame) -> Table:
    """Money by account, in the order of the budget law; what is counted at another level stands in a column of its own, where there is any."""
    accounts = split_accounts(projects)
    return Table("accounts_split", accounts.sort_values("account", key=lambda names: names.map(_order()), na_position="last"), _columns(accounts))


def _columns(accounts: pd.DataFrame) -> tuple[ColumnView, ...]:
    return (*_COLUMNS, ColumnView("transferred_budget", "money")) if accounts["transferred_projects"].any() else _COLUMNS


def _order() -> dict[str, int]:
    return {name: place for place, name in enumerate(TABLES["projects"].column("account").choices)}


@needs("disclosures")
def section_disclosure(unit: Unit) -> Section:
    """Days between budget (final accounts) and performance information; who published late, and who not at all."""
    fact, disclosures = unit.fact, unit.data.of_year("disclosures")
    rows = disclosures.join(measure_disclosure(disclosures))
    states = rows["state"].value_counts()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "documents": fact.own("documents", len(rows), "count", "disclosures", "document"),
        **{name: fact.own(f"documents_{name}", int(states.get(name, 0)), "count", "disclosures", "performance_published_on") for name in ("together", "late", "not_published")},
    }
    summary = summarise_disclosure(disclosures)
    wanting = rows[rows["state"].isin(["late", "not_published", "no_document"])] if unit.is_city else rows
    wanting = wanting.assign(unit_name=wanting["unit"].map(name_units(unit))).sort_values(["days_late", "unit"], ascending=[False, True], na_position="first")
    lines = (ColumnView("document", "choice:disclosures.document"), ColumnView("published_on", "date"), ColumnView("performance_published_on", "date"),
             ColumnView("days_late", "days", "days_between"), ColumnView("state", "words:disclosure_state"))
    return build_section("disclosure", (
        Text("disclosure.lead", values),
        Table("disclosure_documents", summary, (
            ColumnView("document", "choice:disclosures.document"), ColumnView("units", "count", "units_with_document"), ColumnView("together", "count"), ColumnView("late", "count"),
            ColumnView("not_published", "count"), ColumnView("longest", "days", "longest_days"))) if unit.is_city else None,
        Table("disclosure", wanting, (ColumnView("unit_name", "written"), *lines) if unit.is_city else lines, most=40) if len(wanting) else Text("disclosure.all_in_time", values),
    ), find_disclosure(rows, fact))
