"""A plan is checked as a whole before anything runs, and every problem is said at once."""

import pandas as pd
import pytest

from perfanalysis.errors import PlanError
from perfanalysis.reporting import load_plan
from perfanalysis.reporting.parameters import read_parameters
from perfanalysis.reporting.plan import choose_units


def problems(path, lang="en"):
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    return caught.value.say(lang)


def test_a_plan_is_read_from_anywhere(project, monkeypatch, tmp_path):
    path = project.plan()
    monkeypatch.chdir(tmp_path)
    plan = load_plan(path)
    assert plan.root == project.root
    assert plan.notebook == project.root / "notebooks" / "tiny.ipynb"
    assert [unit.code for unit in plan.units] == ["A", "B", "C", "D"]
    assert plan.units[1].written("zh") == "教育局" and plan.units[1].written("en") == "Office B"
    given = plan.parameters_of(plan.units[1], "zh")
    assert given == {"dataset": str(project.data), "department": "B", "year": 2020, "lang": "zh"}
    with pytest.raises(TypeError):
        plan.parameters["year"] = 1


def test_units_may_be_listed_filtered_or_the_city(project):
    assert [unit.code for unit in load_plan(project.plan(units=["D", "A"])).units] == ["D", "A"]
    assert len(load_plan(project.plan(units={"kind": "department"})).units) == 4
    project.notebook('dataset = ""\nyear = 2020\nlang = "en"')
    city = load_plan(project.plan(units="city", parameter=...))
    assert [unit.code for unit in city.units] == ["city"]
    assert "department" not in city.parameters_of(city.units[0], "en")


def test_units_may_be_those_that_have_rows_in_a_year(project, tiny, tmp_path):
    from perfanalysis.dataset import write_dataset

    none = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str"), "severity": pd.Series(dtype="str")})
    path = write_dataset(tmp_path / "tiny", tiny, set_aside=none, sources=[], name="小市").path

    def codes(having):
        return [unit.code for unit in load_plan(project.plan(units={"having": having}, parameters={"year": 2023}), dataset=path).units]

    # only P1 of 101 has a year 2022; execution has rows of 101 and 102 in 2023, targets of all three
    assert codes({"projects": 2022}) == ["101"]
    assert codes({"targets": 2023, "execution": 2023}) == ["101", "102"]
    with pytest.raises(PlanError, match=r"units\.having.*does not name tables of the dataset \(projects, .*such as \{projects: 2020\}"):
        codes({"project": 2022})


def test_every_problem_is_said_at_once(project):
    said = problems(project.plan(
        units=["A", "BB"], langages=["en"], parameters={"yeer": 2020, "share": "half", "department": "A", "not a name": 1, "names": {"a": 1}},
        title={"en": "Tiny"},
    ))
    for part in (
        "'units': the dataset has no unit 'BB'; similar ones: ",
        "'langages': a plan has no key langages; near it: languages",
        "'parameters.yeer': the notebook tiny.ipynb has no parameter yeer; near it: year",
        "'parameters.share': half is of type str; the notebook tiny.ipynb takes float",
        "'parameters.department': department is filled in by the run itself",
        "'parameters.not a name': not a name is not a name that a parameter can have",
        "'parameters.names': {'a': 1} is neither a text",
        "'title.zh': must be given",
    ):
        assert part in said
    assert len(said.splitlines()) == 8
    assert all(line.startswith("tiny.yaml, ") for line in said.splitlines())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parameters": {"year": "2020"}}, "'parameters.year': 2020 is of type str; the notebook tiny.ipynb takes int"),
        ({"parameters": {"year": True}}, "True is of type bool"),
        ({"parameters": {"year": 1999}}, "the dataset has no year 1999; it has: 2020"),
        ({"parameters": {"share": float("nan")}}, "nan is neither a text, a number"),
        ({"parameter": "departement"}, "'parameter': the notebook tiny.ipynb has no parameter departement; near it: department"),
        ({"parameter": ...}, "'parameter': must name the notebook's parameter"),
        ({"notebook": "notebooks/none.ipynb"}, "there is no file notebooks/none.ipynb"),
        ({"dataset": "nowhere"}, "perfanalysis import SOURCE --to"),
        ({"units": {"knd": "department"}}, "the units have no column knd; they have unit, name, name_en, kind"),
        ({"units": {"kind": "planet"}}, "no unit of the dataset matches"),
        ({"units": []}, "neither all, nor city"),
        ({"languages": ["en", "fr"]}, "fr is not a language of the reports; there are en, zh"),
        ({"timeout": 0}, "0 is not a number of seconds above 0"),
    ],
)
def test_one_clear_error(project, changes, said):
    assert said in problems(project.plan(**changes))


def test_errors_are_said_in_chinese_too(project):
    assert "笔记本tiny.ipynb没有参数yeer；相近的有：year" in problems(project.plan(parameters={"yeer": 2020}), "zh")


def test_a_parameter_without_default_must_be_given(project):
    project.notebook('dataset = ""\ndepartment = ""\nlang = "en"\nyear: int\nnote: str | None = None')
    assert "needs the parameter year and has no default" in problems(project.plan(parameters={}))
    assert load_plan(project.plan(parameters={"year": 2020, "note": None})).defaults == {"dataset": "", "department": "", "lang": "en"}


def test_a_year_that_is_the_notebooks_default_is_checked(project):
    project.notebook('dataset = ""\ndepartment = ""\nlang = "en"\nyear = 1998')
    assert "no year 1998" in problems(project.plan(parameters={}))


def test_an_unknown_rulebook_is_found_before_anything_runs(project):
    project.notebook('dataset = ""\ndepartment = ""\nlang = "en"\nyear = 2020\nrulebook = "mof-2020"')
    assert "mof-2019" in problems(project.plan(parameters={"rulebook": "mof-2019"}))
    assert load_plan(project.plan(parameters={"rulebook": "hubei"})).parameters["rulebook"] == "hubei"


def test_a_key_given_twice_is_an_error(project):
    path = project.plan()
    path.write_text(path.read_text(encoding="utf-8") + "units: city\n", encoding="utf-8")
    assert "the key 'units' stands twice" in problems(path)


def test_a_plan_or_notebook_that_cannot_be_read(project, tmp_path):
    assert "there is no plan" in problems(tmp_path / "none.yaml")
    path = project.plan()
    (project.root / "notebooks" / "tiny.ipynb").write_text("{}", encoding="utf-8")
    assert "the parameters of the notebook cannot be read" in problems(path)


def test_only_chooses_among_the_plans_units(project):
    plan = load_plan(project.plan())
    assert [unit.code for unit in choose_units(plan, ["C", "A", "C"])] == ["A", "C"]
    with pytest.raises(PlanError, match="the plan has no unit Z"):
        choose_units(plan, ["A", "Z"])


def test_declared_types(project):
    path = project.notebook(
        "a: int = 1\nb = 2.5\nc: 'str | None' = None\nd: Optional[int] = None\ne: list[str] = []\nf = Path('x')\ng = True\n# h = 1\nimport os"
    )
    declared = read_parameters(path)
    assert {name: about.allowed for name, about in declared.items()} == {
        "a": ("int",), "b": ("float",), "c": ("str", "None"), "d": ("int", "None"), "e": ("list",), "f": (), "g": ("bool",),
    }
    assert declared["b"].takes(2) and not declared["a"].takes(2.0) and not declared["a"].takes(True) and not declared["g"].takes(1)
