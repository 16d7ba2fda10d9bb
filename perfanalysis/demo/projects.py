"""Projects and their money: who has which project in which year, its budget and how much of it was executed."""

import numpy as np
import pandas as pd

from perfanalysis.demo import material as m

#: Spread of the projects' size (standard deviation of the logarithm): between departments and between the projects of one.
SIZE_BETWEEN, SIZE_WITHIN = 0.75, 1.45
#: The share of all budgets of 2020 that those of an earlier year come to, project for project.
GROWTH = {2018: 0.90, 2019: 0.96, 2020: 1.0}
#: Shares of the largest projects that were self-evaluated already (all are in 2020).
EVALUATED_EARLIER = {2018: 0.35, 2019: 0.60}


def make_base(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """One row per project of a department's own budget, whatever its years; 1,021 of them run in 2020.

    ``project``, ``unit``, ``sector``, ``theme`` (place in the sector's list), ``name``, ``name_en``, ``category``, ``key_area``, ``account``,
    ``start_year``, ``end_year``, ``size`` (logarithm), ``proposal`` (ex-ante evaluation that it came from, or missing).
    """
    departments = units[units["kind"] == "department"]
    wishes = _proposed()
    running = _share_out(rng, departments["unit"].to_numpy(), wishes)
    ended = rng.poisson(1.3, len(departments))
    counts = running + ended
    frame = departments.loc[departments.index.repeat(counts), ["unit", "sector"]].reset_index(drop=True)
    place = frame.groupby("unit").cumcount().to_numpy()
    frame["ended"] = place >= np.repeat(running, counts)
    n = len(frame)
    start = np.where(rng.random(n) < 0.55, rng.integers(2015, 2019, n), rng.choice([2019, 2020], n, p=[0.45, 0.55]))
    frame["start_year"] = np.where(frame["ended"], rng.integers(2015, 2019, n), start)
    frame["end_year"] = np.where(frame["ended"], rng.choice([2018, 2019], n), 2020 + rng.choice(4, n, p=[0.35, 0.3, 0.2, 0.15]))
    between = rng.normal(0, SIZE_BETWEEN, len(departments))
    frame["size"] = np.clip(np.repeat(between, counts) + rng.normal(0, SIZE_WITHIN, n), -4.2, 4.6)
    _give_themes(rng, frame, wishes)
    frame["project"] = frame["unit"] + "-" + (frame.groupby("unit").cumcount() + 1).map("{:03d}".format)
    return frame


def make_projects(rng: np.random.Generator, base: pd.DataFrame) -> pd.DataFrame:
    """One row per project × year of the departments' own budgets, with ``rate`` (execution) but nothing executed yet.

    The budgets of the 1,021 projects of 2020 sum to exactly 55,000,000,000 yuan; amounts are whole thousands of yuan.
    """
    share = np.exp(base["size"]).where(~base["ended"], 0.0)
    unit_of_money = m.SELF_EVALUATED_BUDGET / share.sum()
    level = np.exp(base["size"]) * unit_of_money
    rank = base["size"].rank(pct=True) + rng.normal(0, 0.12, len(base))
    usual = np.clip(rng.normal(0.0, 0.35, base["unit"].nunique()), -0.7, 0.7)
    tendency = pd.Series(usual, index=base["unit"].unique())[base["unit"]].to_numpy()
    years = []
    for year in m.YEARS:
        noise = np.exp(rng.normal(0, 0.06, len(base)))
        adjusted = np.round(level * GROWTH[year] * (1.0 if year == m.YEAR else noise), -3).clip(lower=60_000)
        initial = np.round(adjusted / (1 + rng.normal(0.0, 0.04, len(base)).clip(-0.12, 0.12)), -3)
        drawn = rng.beta(3.2, 1.5, len(base)) + 0.1 * tendency
        rate = 0.81 + 0.185 * np.clip(drawn, 0, 1)
        years.append(base.assign(year=year, budget_initial=initial, budget_adjusted=adjusted, rate=rate, rank=rank))
    frame = pd.concat(years, ignore_index=True)
    frame = frame[frame["start_year"].le(frame["year"]) & frame["end_year"].ge(frame["year"])].reset_index(drop=True)
    _sum_to(frame, frame["year"].eq(m.YEAR), m.SELF_EVALUATED_BUDGET)
    epidemic = frame["key_area"].eq("epidemic_control")
    frame["funding"] = np.where(epidemic, "epidemic", "regular")
    # what the epidemic called for was not in the budget that the congress had adopted
    frame["budget_initial"] = frame["budget_initial"].mask(epidemic & frame["year"].eq(2020), 0.0)
    share_evaluated = frame["year"].map(EVALUATED_EARLIER).fillna(2.0)
    frame["evaluated"] = frame["rank"] > 1 - share_evaluated
    return frame.drop(columns=["rank"])


def make_bonds(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """The 508 projects paid from special anti-epidemic treasury bonds in 2020: 470 in districts, 38 in departments, 8.2 billion yuan."""
    districts = units.loc[units["kind"] == "district", "unit"].to_numpy()
    carriers = units.loc[units["sector"].isin(["health", "transport", "housing", "human_resources"]), "unit"].to_numpy()
    of_districts = 20 + rng.multinomial(470 - 20 * len(districts), rng.dirichlet(np.full(len(districts), 6.0)))
    of_departments = rng.multinomial(38, np.full(len(carriers), 1 / len(carriers)))
    owner = np.concatenate([np.repeat(districts, of_districts), np.repeat(carriers, of_departments)])
    frame = pd.DataFrame({"unit": owner})
    place = frame.groupby("unit").cumcount()
    themes = m.load_city()["bonds"]
    frame["theme"] = (place + pd.factorize(frame["unit"])[0]) % len(themes)
    frame["project"] = frame["unit"] + "-T" + (place + 1).map("{:02d}".format)
    about = pd.DataFrame([theme[:4] for theme in themes], columns=["zh", "en", "category", "key_area"]).loc[frame["theme"]].reset_index(drop=True)
    owner_names = units.set_index("unit").loc[frame["unit"], ["name", "name_en"]].reset_index(drop=True)
    lot = frame.groupby(["unit", "theme"]).cumcount()
    zh_lot, en_lot = np.array(["", "（二期）", "（三期）", "（四期）", "（五期）"])[lot], np.array(["", ", phase II", ", phase III", ", phase IV", ", phase V"])[lot]
    frame["name"] = owner_names["name"].str.removeprefix("市") + about["zh"] + "抗疫特别国债项目" + zh_lot
    frame["name_en"] = about["en"] + ", " + owner_names["name_en"] + " (special bonds)" + en_lot
    frame["category"], frame["key_area"] = about["category"], about["key_area"].replace("", np.nan)
    weight = np.exp(rng.normal(0, 1.0, len(frame)))
    adjusted = np.round(weight / weight.sum() * m.BOND_BUDGET, -3).clip(min=100_000)
    frame = frame.assign(
        year=m.YEAR, sector="bonds", start_year=2020, end_year=2020 + rng.integers(0, 2, len(frame)), account="government_fund",
        funding="special_bond", budget_initial=0.0, budget_adjusted=adjusted, rate=0.86 + 0.135 * rng.beta(4, 1.5, len(frame)),
        evaluated=False, ended=False,
    )
    _sum_to(frame, frame["year"].eq(m.YEAR), m.BOND_BUDGET)
    return frame


def mark_priority(projects: pd.DataFrame) -> pd.Series:
    """Projects of priority: those that came from an ex-ante evaluation and the 40 largest of 2020 in the key areas; in every year of theirs."""
    now = projects[projects["year"].eq(m.YEAR) & projects["funding"].eq("regular")]
    largest = now[now["key_area"].notna()].nlargest(40, "budget_adjusted")["project"]
    return projects["project"].isin(largest) | projects["proposal"].notna()


def round_money(values, thousands: bool = False):
    """Whole hundreds (or thousands) of yuan, as bureaus book them."""
    return np.round(values, -3 if thousands else -2)


def _proposed() -> dict[str, list[tuple[str, int, str, str]]]:
    """Department → the projects that it got from ex-ante evaluations: proposal, theme, names."""
    wishes: dict[str, list[tuple[str, int, str, str]]] = {}
    for number, (sector, place, theme, zh, en, _, _, _, share) in enumerate(m.load_city()["proposals"], start=1):
        if share > 0:
            wishes.setdefault(m.find_department(sector, place), []).append((f"EA{number:02d}", theme, zh, en))
    return wishes


def _share_out(rng: np.random.Generator, units: np.ndarray, wishes: dict) -> np.ndarray:
    """How many of the 1,021 projects each department has: at least 2, at most 24."""
    weight = np.clip(rng.gamma(1.4, 1.0, len(units)), 0.08, 4.0)
    # the department that the notebooks show first, and those with proposals, have something to show
    weight[0] = 2.5
    weight = np.where(np.isin(units, list(wishes)), np.maximum(weight, 0.8), weight)
    counts = np.full(len(units), 2)
    while (left := m.SELF_EVALUATED - counts.sum()) > 0:
        free = np.where(counts < 24, weight, 0.0)
        counts = np.minimum(counts + rng.multinomial(left, free / free.sum()), 24)
    return counts


#: Instead of a suffix that would make two projects' names the same.
_OTHERWISE = {"工程": "改造工程", "项目": "运维项目"}


def _joined(name: str, suffix: str, suffixes: list[str]) -> str:
    """A name with one of the suffixes that its kind has, without saying twice what the one ends and the other begins with: 抚恤补助项目, not 抚恤补助补助项目."""
    twice = next((size for size in range(len(suffix), 1, -1) if name.endswith(suffix[:size])), 0)
    rest = suffix[twice:]
    return name + (_OTHERWISE[rest] if twice and rest in suffixes else rest)


def _give_themes(rng: np.random.Generator, frame: pd.DataFrame, wishes: dict) -> None:
    """Fill theme, names, category, key area, account and proposal; a theme's projects differ in scope, so that every name is its own."""
    city, sectors = m.load_city(), m.load_sectors()
    scopes: dict[tuple[str, int], list] = {}
    for sector, about in sectors.items():
        for place, theme in enumerate(about["themes"]):
            options = [(area, suffix) for suffix in city["suffixes"][theme[2]] for area in city["areas"]]
            scopes[sector, place] = [options[at] for at in rng.permutation(len(options))]
    rows = []
    for (unit, sector), group in frame.groupby(["unit", "sector"], sort=False):
        themes = sectors[sector]["themes"]
        order = list(rng.permutation(len(themes)))
        wanted = list(wishes.get(unit, []))
        at = 0
        for ended in group["ended"]:
            if wanted and not ended:
                proposal, place, zh, en = wanted.pop(0)
            else:
                # what the epidemic called for cannot have ended before it
                while themes[place := order[at % len(order)]][3] == "epidemic_control" and ended:
                    at += 1
                at += 1
                proposal = None
                (area_zh, area_en), (suffix_zh, suffix_en) = scopes[sector, place].pop()
                zh = area_zh + _joined(themes[place][0], suffix_zh, [zh for zh, _ in city["suffixes"][themes[place][2]]])
                en = f"{themes[place][1]}, {suffix_en}" + (f" ({area_en})" if area_en else "")
            rows.append((place, zh, en, themes[place][2], themes[place][3] or None, proposal))
    filled = pd.DataFrame(rows, columns=["theme", "name", "name_en", "category", "key_area", "proposal"], index=frame.index)
    filled = filled.astype({name: "str" for name in ("name", "name_en", "category", "key_area", "proposal")})
    frame[filled.columns] = filled
    new = frame["key_area"].eq("epidemic_control") | frame["proposal"].notna()
    frame["start_year"] = frame["start_year"].mask(new, 2020)
    # what went through an ex-ante evaluation is large and runs for years
    frame["size"] = frame["size"].mask(frame["proposal"].notna(), frame["size"].clip(lower=0.6))
    frame["end_year"] = frame["end_year"].mask(frame["proposal"].notna(), 2022)
    usual = frame["sector"].map({sector: about["account"] for sector, about in sectors.items()})
    draw = rng.random(len(frame))
    account = np.where(draw < 0.6, usual, np.where(draw < 0.66, "government_fund", "general_public"))
    frame["account"] = np.where(frame["key_area"].eq("epidemic_control"), "general_public", account)


def _sum_to(frame: pd.DataFrame, rows: pd.Series, total: float) -> None:
    """Let the largest budget take what rounding left over."""
    largest = frame.loc[rows, "budget_adjusted"].idxmax()
    frame.loc[largest, "budget_adjusted"] += total - frame.loc[rows, "budget_adjusted"].sum()
