"""What looks wrong but may be right: weights that do not add up, money 10,000 times too large, a year-end before its beginning.

Each finding is a warning that names what it was compared with. The row is used as it is.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from perfanalysis.sources.drafts import MEASURE, Issue, Label
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity

#: What the weights of a project's indicators may add up to: 100 less the points that rule-books keep for execution (none, 10 or 20).
WEIGHT_SUMS = (90.0, 80.0, 100.0)
#: A factor of 10,000 (yuan typed as 万元 or the other way round), give or take half an order of magnitude.
TEN_THOUSAND = (10**3.5, 10**4.5)
#: A factor of 100 (a ratio typed as per cent or the other way round), likewise.
HUNDRED = (10**1.8, 10**2.2)
_MONEY = ("budget_initial", "budget_adjusted", "executed")
#: Fewer projects than this say nothing about how large a unit's projects are.
_ENOUGH = 5
_TOLERANCE = 0.005
#: How far, as a share, a unit's execution at the end of the year may lie from the sum of its projects' executed amounts.
_YEAR_END = 0.05

Frames = Mapping[str, pd.DataFrame]


def find_implausible(tables: Frames, fiscal_year_start: int = 1) -> list[Issue]:
    """Every warning about rows that can be used, as issues whose rows are labels of the frames' indexes."""
    issues: list[Issue] = []
    for find in (
        find_weights, find_points, find_negative, find_overspending, find_falling, find_money_scale, find_percent_scale,
        lambda frames: find_dates(frames, fiscal_year_start), lambda frames: find_year_ends(frames, fiscal_year_start),
    ):
        issues += find(tables)
    return issues


def find_weights(tables: Frames) -> list[Issue]:
    """Projects whose indicators' points add up to none of ``WEIGHT_SUMS``; said at the project's first indicator."""
    frame = tables.get("indicators")
    if frame is None or frame["weight"].isna().all():
        return []
    groups = frame.assign(label=frame.index, missing=frame["weight"].isna()).groupby(["project", "year"], sort=False)
    sums = groups.agg(label=("label", "first"), total=("weight", "sum"), missing=("missing", "sum"))
    told = sums[sums["total"] > 0].reset_index()
    expected = np.min(np.abs(told["total"].to_numpy()[:, None] - np.array(WEIGHT_SUMS)), axis=1) <= _TOLERANCE
    wrong = told[~expected & (told["missing"] == 0)].set_index("label")
    unweighted = told[told["missing"] > 0].set_index("label")
    of = {"project": wrong["project"], "year": wrong["year"], "sum": wrong["total"].map(lambda total: Quantity(total, "points"))}
    return [
        *_issue("indicators", "weights_do_not_add_up", "weight", wrong.index, **of, expected=[f"{total:g}" for total in sorted(WEIGHT_SUMS)]),
        *_issue("indicators", "weights_missing", "weight", unweighted.index, project=unweighted["project"], year=unweighted["year"], count=unweighted["missing"]),
    ]


def find_points(tables: Frames) -> list[Issue]:
    """More points than there are: for an indicator, and for execution where the project's indicators say how many are left for it."""
    indicators, projects = tables.get("indicators"), tables.get("projects")
    if indicators is None:
        return []
    above = indicators.index[(indicators["score"] > indicators["weight"] + _TOLERANCE).fillna(False)]
    most = indicators["weight"].loc[above].map(lambda points: Quantity(points, "points"))
    issues = _issue("indicators", "score_above_points", "score", above, score=indicators["score"].loc[above].map(lambda points: Quantity(points, "points")), most=most)
    if projects is None:
        return issues
    kept = 100 - indicators.groupby(["project", "year"])["weight"].agg(lambda weights: weights.sum(skipna=False))
    kept = kept[(kept > _TOLERANCE) & kept.round(2).isin([100 - total for total in WEIGHT_SUMS])]
    own = pd.Series(kept.reindex(pd.MultiIndex.from_frame(projects[["project", "year"]])).to_numpy(), index=projects.index)
    above = projects.index[(projects["execution_score"] > own + _TOLERANCE).fillna(False)]
    score, most = (side.loc[above].map(lambda points: Quantity(points, "points")) for side in (projects["execution_score"], own))
    return issues + _issue("projects", "score_above_points", "execution_score", above, score=score, most=most)


def find_negative(tables: Frames) -> list[Issue]:
    """Less than nothing executed."""
    issues = []
    for name, column in (("projects", "executed"), ("execution", "executed_to_date")):
        if name in tables:
            amounts = tables[name][column]
            below = amounts.index[(amounts < -_TOLERANCE).fillna(False)]
            issues += _issue(name, "negative_amount", column, below, amount=_plain(amounts.loc[below]))
    return issues


def find_year_ends(tables: Frames, fiscal_year_start: int = 1) -> list[Issue]:
    """Units whose execution at the end of the year is not what their projects' executed amounts add up to; said at the unit's last such row.

    A unit's own total counts where it is given, otherwise its projects' rows; where only some of the projects have rows, only those are compared.
    """
    execution, projects = tables.get("execution"), tables.get("projects")
    if execution is None or projects is None:
        return []
    _, last = fiscal_year(execution["year"], fiscal_year_start)
    ends = execution[(execution["period_end"] == last) & execution["executed_to_date"].notna()]
    keys = ["unit", "year"]
    whole = ends[ends["project"].isna()].assign(label=lambda frame: frame.index).groupby(keys).agg(amount=("executed_to_date", "sum"), label=("label", "last"))
    spent = projects.dropna(subset=["executed"])
    # where one project's amount is missing, the sum says nothing about the whole
    of_units = projects.groupby(keys)["executed"].agg(lambda amounts: amounts.sum(skipna=False))
    parts = ends[ends["project"].notna()].assign(label=lambda frame: frame.index)
    own = pd.Series(spent.drop_duplicates(["project", "year"]).set_index(["project", "year"])["executed"].reindex(
        pd.MultiIndex.from_frame(parts[["project", "year"]])).to_numpy(), index=parts.index)
    parts = parts.assign(own=own).dropna(subset=["own"]).groupby(keys).agg(amount=("executed_to_date", "sum"), own=("own", "sum"), label=("label", "last"))
    both = pd.concat([whole.assign(own=of_units.reindex(whole.index)), parts[~parts.index.isin(whole.index)]]).dropna(subset=["amount", "own"])
    differs = (both["amount"] - both["own"]).abs() > _YEAR_END * both["own"].abs() + _TOLERANCE
    wrong = both[differs].reset_index().set_index("label")
    return _issue(
        "execution", "year_end_differs", "executed_to_date", wrong.index,
        unit=wrong["unit"], year=wrong["year"], amount=_plain(wrong["amount"]), own=_plain(wrong["own"]),
    )


def find_overspending(tables: Frames) -> list[Issue]:
    """More executed than the adjusted budget (or, in the course of the year, the budget)."""
    issues = []
    for name, spent, budget in (("projects", "executed", "budget_adjusted"), ("execution", "executed_to_date", "budget")):
        frame = tables.get(name)
        if frame is not None:
            over = frame.index[(frame[spent] > frame[budget] * (1 + 1e-9) + _TOLERANCE).fillna(False)]
            issues += _issue(name, "executed_above_budget", spent, over, executed=_plain(frame[spent].loc[over]), budget=_plain(frame[budget].loc[over]))
    return issues


def find_falling(tables: Frames) -> list[Issue]:
    """Cumulative execution that is lower than at the end of the period before."""
    frame = tables.get("execution")
    if frame is None:
        return []
    ordered = frame.dropna(subset=["executed_to_date"]).sort_values("period_end", kind="stable")
    keys = [ordered["unit"], ordered["project"].fillna(""), ordered["year"]]
    before = ordered["executed_to_date"].groupby(keys).shift()
    fell = ordered.index[(ordered["executed_to_date"] < before - _TOLERANCE).fillna(False)]
    return _issue("execution", "cumulative_falls", "executed_to_date", fell, now=_plain(ordered["executed_to_date"].loc[fell]), before=_plain(before.loc[fell]))


def find_dates(tables: Frames, fiscal_year_start: int = 1) -> list[Issue]:
    """Dates and years in an order that cannot be: closed before found, approved before reviewed, outside of the fiscal year."""
    issues: list[Issue] = []

    def add(name: str, column: str, mask: pd.Series, code: str, **values) -> None:
        rows = mask.index[mask.fillna(False).astype(bool)]
        issues.extend(_issue(name, code, column, rows, **{key: value.loc[rows] if isinstance(value, pd.Series) else value for key, value in values.items()}))

    for name, early, late in (
        ("problems", "found_on", "closed_on"), ("problems", "found_on", "due_on"),
        ("targets", "submitted_on", "reviewed_on"), ("targets", "reviewed_on", "approved_on"), ("targets", "submitted_on", "approved_on"),
    ):
        frame = tables.get(name)
        if frame is not None:
            early_column = TABLES[name].column(early)
            add(name, late, frame[late] < frame[early], "date_before", earlier=_days(frame[late]), other=Label(early_column), later=_days(frame[early]))
    projects = tables.get("projects")
    if projects is not None:
        add("projects", "end_year", projects["end_year"] < projects["start_year"], "ends_before_start", end=projects["end_year"], start=projects["start_year"])
        add("projects", "year", projects["year"] < projects["start_year"], "year_before_start", start=projects["start_year"])
        add("projects", "year", projects["year"] > projects["end_year"], "year_after_end", end=projects["end_year"])
    for name, column, inside in (("execution", "period_end", True), ("monitoring", "as_of", False)):
        frame = tables.get(name)
        if frame is None:
            continue
        first, last = fiscal_year(frame["year"], fiscal_year_start)
        outside = (frame[column] < first) | ((frame[column] > last) if inside else False)
        add(name, column, outside, "date_outside_year", first=_days(first), last=_days(last), date=_days(frame[column]), year=frame["year"])
        if projects is not None and "project" in frame:
            began = _began(frame, projects)
            start, _ = fiscal_year(began, fiscal_year_start)
            add(name, column, (frame[column] < start) & ~outside, "before_project", date=_days(frame[column]), start=began)
    return issues


def fiscal_year(years: pd.Series, start: int = 1) -> tuple[pd.Series, pd.Series]:
    """First and last day of each fiscal year; one that starts later than January is named by the year in which it ends."""
    firsts = pd.to_datetime(pd.DataFrame({"year": years.astype("Float64").astype("float64") - (start > 1), "month": start, "day": 1}), errors="coerce")
    return firsts, firsts + pd.DateOffset(years=1) - pd.Timedelta(days=1)


def find_money_scale(tables: Frames) -> list[Issue]:
    """Amounts that look as if they had been typed in 万元 instead of yuan, or the other way round.

    An amount is compared with the others of its row and with the same project's in other years; where there are none, the whole row is
    compared with the unit's other projects (at least five), and only said where the factor is about 10,000 and far outside their spread.
    """
    issues: list[Issue] = []
    projects = tables.get("projects")
    if projects is not None:
        issues += _scale_of_projects(projects)
    execution = tables.get("execution")
    if execution is not None:
        keys = [execution["unit"], execution["project"].fillna(""), execution["year"]]
        for column in ("budget", "projected", "executed_to_date"):
            usual = (execution["budget"] if column == "executed_to_date" else execution[column]).groupby(keys).transform("median")
            # early in a year hardly anything is spent: only too large an amount is odd there
            mask, factor = _off(execution[column], usual, TEN_THOUSAND, small=column != "executed_to_date")
            issues += _issue("execution", "money_scale", column, mask, factor=factor, usual=_about(usual.loc[mask]), compared=_Compared("other_periods"))
    return issues


def _scale_of_projects(projects: pd.DataFrame) -> list[Issue]:
    money = projects[list(_MONEY)].where(projects[list(_MONEY)] > 0)
    logs = np.log10(money.astype("float64"))
    unit_usual = logs.median(axis=1).groupby(projects["unit"]).transform("median")
    issues, told = [], pd.Series(False, index=projects.index)
    counts = logs.count(axis=1)
    years = {column: _median_of_others(logs[column], projects["project"]) for column in _MONEY}
    for column in _MONEY:
        others = logs[[name for name in _MONEY if name != column]].median(axis=1)
        # among three amounts the two that agree are right; between two, the one nearer to the project's other years or to the unit's projects
        distance, other_distance = (side.sub(years[column].fillna(unit_usual)).abs() for side in (logs[column], others))
        is_odd = (counts == 3) | (distance > other_distance)
        agree = (counts < 3) | (logs[[name for name in _MONEY if name != column]].max(axis=1) - logs[[name for name in _MONEY if name != column]].min(axis=1) < 2)
        usual = (10**others).where(is_odd & agree)
        # hardly anything executed is bad news, but no slip of the pen
        mask, factor = _off(money[column], usual, TEN_THOUSAND, small=column != "executed")
        told[mask] = True
        issues += _issue("projects", "money_scale", column, mask, factor=factor, usual=_about(usual.loc[mask]), compared=_Compared("same_row"))
    own = logs["budget_adjusted"].fillna(logs["budget_initial"])
    own_years = _median_of_others(own, projects["project"])
    column = "budget_adjusted"
    mask, factor = _off(10**own, (10**own_years).where(~told), TEN_THOUSAND)
    told[mask] = True
    issues += _issue("projects", "money_scale", column, mask, factor=factor, usual=_about((10**own_years).loc[mask]), compared=_Compared("other_years"))
    of_unit = own.groupby(projects["unit"])
    usual, size = of_unit.transform("median"), of_unit.transform("count")
    spread = (own - usual).abs().groupby(projects["unit"]).transform("median")
    # 5 robust standard deviations (1.4826 × MAD) besides the factor: projects do differ by orders of magnitude
    far = (own - usual).abs() > 5 * 1.4826 * spread
    mask, factor = _off(10**own, (10**usual).where(far & (size >= _ENOUGH) & own_years.isna() & ~told), TEN_THOUSAND)
    return issues + _issue("projects", "money_scale", column, mask, factor=factor, usual=_about((10**usual).loc[mask]), compared=_Compared("unit_projects"))


def find_percent_scale(tables: Frames) -> list[Issue]:
    """Shares that look 100 times too large or too small: rates as stated against rates computed, actuals against targets in per cent."""
    issues = []
    projects = tables.get("projects")
    if projects is not None:
        stated = projects["execution_rate_stated"]
        computed = (projects["executed"] / projects["budget_adjusted"].fillna(projects["budget_initial"])).replace([np.inf, 0], np.nan)
        mask, factor = _off(stated, computed.fillna((stated > 5).map({True: 1.0, False: np.nan})), HUNDRED)
        issues += _issue("projects", "percent_scale", "execution_rate_stated", mask, factor=factor, usual=_plain(computed.loc[mask].fillna(1.0)))
    indicators = tables.get("indicators")
    if indicators is not None:
        share = indicators["measure"] == "%"
        mask, factor = _off(indicators["actual"].where(share), indicators["target"], HUNDRED)
        issues += _issue("indicators", "percent_scale", "actual", mask, factor=factor, usual=_plain(indicators["target"].loc[mask]))
    return issues


def read_monitored_percents(monitoring: pd.DataFrame, indicators: pd.DataFrame) -> tuple[pd.DataFrame, list[Issue]]:
    """Monitored values in the measure of their indicator: where that is %, a bare number above 1.5 could be either and is left unread."""
    measures = indicators.drop_duplicates(["project", "year", "indicator"]).set_index(["project", "year", "indicator"])["measure"]
    keys = pd.MultiIndex.from_frame(monitoring[["project", "year", "indicator"]])
    measure = pd.Series(measures.reindex(keys).to_numpy(), index=monitoring.index)
    issues, frame = [], monitoring
    for column in ("actual_to_date", "expected"):
        typed = monitoring[MEASURE + column] if MEASURE + column in monitoring else pd.Series("", index=monitoring.index)
        bare = (typed.fillna("") == "") & monitoring[column].notna()
        alone = (bare & (measure == "%") & (monitoring[column].abs() > 1.5)) | ((typed == "%") & measure.notna() & (measure != "%"))
        frame = frame.assign(**{column: frame[column].where(~alone)})
        issues += _issue("monitoring", "percent_on_one_side", column, alone.index[alone])
    return frame, issues


class _Compared:
    """What an amount was compared with; the words are in the catalogues under ``problem_compared``."""

    def __init__(self, code: str):
        self.code = code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Compared) and other.code == self.code

    def __hash__(self) -> int:
        return hash(self.code)

    def written(self, lang: str) -> str:
        from perfanalysis import words

        return words.say(f"problem_compared.{self.code}", lang)


def _off(values: pd.Series, usual: pd.Series, band: tuple[float, float], small: bool = True) -> tuple[pd.Index, pd.Series]:
    """Rows whose value is off by a factor within ``band`` (or one over it), and that factor as it is said."""
    factor = (values / usual).where((values > 0) & (usual > 0))
    large = factor.between(*band)
    tiny = factor.between(1 / band[1], 1 / band[0]) if small else pd.Series(False, index=values.index)
    rows = values.index[large | tiny]
    return rows, factor.loc[rows].map(lambda ratio: f"×{_round(ratio):,.0f}" if ratio > 1 else f"÷{_round(1 / ratio):,.0f}")


def _round(number: float) -> float:
    """To two significant digits: what it was compared with is a middle value, not an exact one."""
    return float(f"{number:.2g}")


def _median_of_others(values: pd.Series, group: pd.Series) -> pd.Series:
    """The median of the other rows of each row's group (a project's other years); missing where there is none."""
    known = values.dropna()
    codes = pd.factorize(group.loc[known.index])[0]
    turn = pd.Series(codes).groupby(codes).cumcount().to_numpy()
    width = int(turn.max(initial=-1)) + 1
    wide = np.full((int(codes.max(initial=-1)) + 1, max(width, 1)), np.nan)
    wide[codes, turn] = known.to_numpy()
    medians = np.full(len(known), np.nan)
    for position in range(width):
        here = turn == position
        others = np.ma.masked_invalid(np.delete(wide[codes[here]], position, axis=1))
        if others.shape[1]:
            medians[here] = np.ma.median(others, axis=1).filled(np.nan)
    return pd.Series(medians, index=known.index).reindex(values.index)


def _began(frame: pd.DataFrame, projects: pd.DataFrame) -> pd.Series:
    starts = projects.dropna(subset=["start_year"]).groupby("project")["start_year"].min()
    return frame["project"].map(starts).astype("Int64")


def _issue(table: str, code: str, column: str, rows: pd.Index, **values) -> list[Issue]:
    return [Issue(table, code, "warning", column, rows, None, values)] if len(rows) else []


def _plain(amounts: pd.Series) -> pd.Series:
    return amounts.astype("object").map(lambda amount: Quantity(float(amount), "number"))


def _about(amounts: pd.Series) -> pd.Series:
    return _plain(amounts.map(lambda amount: float(f"{amount:.3g}")))


def _days(dates: pd.Series) -> pd.Series:
    return dates.map(lambda day: Quantity(day, "date"), na_action="ignore")


