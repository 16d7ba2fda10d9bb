"""Philadelphia's own file, fiscal year 2022: every department's report states the file's budget and executed totals."""

import pandas as pd
import pytest

from perfanalysis.dataset import import_source
from perfanalysis.reporting import load_plan
from perfanalysis.sections import load_unit, section_execution, section_key_figures

ROOT_SOURCE = "parameters/sources/philadelphia.yaml"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory, pytestconfig, shared_data):
    return import_source(pytestconfig.rootpath / ROOT_SOURCE, tmp_path_factory.mktemp("phl") / "phl").path


@pytest.fixture(scope="module")
def of_the_file(shared_data):
    """Actual and adopted budget of each department, read by plain pandas from the latest report that states them."""
    rows = pd.read_csv(shared_data / "phl_qcmr" / "department-obligations.csv", dtype={"dept_code": "str"})
    rows = rows[(rows["fiscal_year"] == 2022) & (rows["time_period"] == "Full Year")]
    rows = rows.sort_values(["report_fiscal_year", "report_quarter"])

    def latest(variable):
        return rows[rows["variable"] == variable].groupby("dept_code")["total"].last()

    return latest("Actual"), latest("Target Budget").combine_first(latest("Adopted Budget"))


def test_every_department_of_2022_has_a_report_with_the_files_totals(dataset, of_the_file, pytestconfig):
    executed, budget = of_the_file
    units = load_plan(pytestconfig.rootpath / "parameters" / "philadelphia.yaml", dataset=dataset).units
    assert {unit.code for unit in units} == set(executed.index) | set(budget.index)
    assert len(executed) == 81
    for unit in units:
        loaded = load_unit(dataset, unit.code, 2022)
        stated = {fact.measure: fact.value for section in (section_key_figures(loaded), section_execution(loaded)) for fact in section.facts}
        for measure, file in (("executed", executed), ("budget", budget)):
            if unit.code in file:
                assert stated[measure] == pytest.approx(file[unit.code], abs=0.005), (unit.code, measure)
            else:
                assert stated[measure] is None, (unit.code, measure)
