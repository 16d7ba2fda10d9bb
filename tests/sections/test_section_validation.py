"""The method section says how sure each finding is that its report can raise, and of no other."""

from perfanalysis import words
from perfanalysis.display.blocks import Section, Table, Text
from perfanalysis.findings.make import FactMaker
from perfanalysis.rules.validation import load_validation
from perfanalysis.sections.validation import validation_blocks

FACT = FactMaker("101", 2020, "CNY")


def test_only_the_findings_of_the_reports_own_sections_stand_in_it():
    text, table, _ = validation_blocks(FACT, (Section("peers", ()), Section("follow_up", ())))
    shown = [cell.written("en") for cell in table.frame["detector"]]
    # those with something planted first
    assert shown == ["Rectification overdue", "Performance information published late", "Performance information not published", "Execution among the lowest",
                     "Mean score among the lowest", "Above comparable units", "Below comparable units"]
    assert isinstance(text, Text) and isinstance(table, Table)
    assert text.values["cities"].value == load_validation()["cities"].iloc[0]


def test_a_report_whose_findings_are_not_simulated_says_nothing():
    assert validation_blocks(FACT, (Section("pefa", ()),)) == ()


def test_every_finding_and_kind_of_the_table_has_words():
    for row in load_validation().to_dict("records"):
        for lang in ("en", "zh"):
            assert words.has(f"finding_name.{row['finding']}", lang)
            assert not row["kind"] or words.has(f"planted.{row['kind']}", lang)
