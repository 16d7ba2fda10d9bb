"""The tables around the projects: targets' review, ex-ante evaluation, independent reviews, problems, disclosure, congress."""

import numpy as np
import pandas as pd

from perfanalysis.analysis.sampling import draw_sample
from perfanalysis.demo import material as m

#: Projects whose targets were reviewed before 2020.
REVIEWED_EARLIER = {2018: 210, 2019: 380}
#: Independent evaluations of a year: by departments and by the finance bureau.
REVIEWS = {2018: (50, 15), 2019: (90, 24), 2020: (130, 36)}
#: Review = self-score − (1 + 0.9 · max(0, self-score − 88)) + noise: the bias of self-evaluation grows towards the ceiling.
BIAS_CONSTANT, BIAS_SLOPE, BIAS_FROM, BIAS_NOISE = 1.0, 0.9, 88.0, 2.5
#: Experts spread around the mean of a proposal (standard deviations, points): between criteria and between experts.
BETWEEN_CRITERIA, BETWEEN_EXPERTS = 2.0, 4.0
#: From these means on a proposal is supported, or supported in part.
SUPPORT_FROM, PARTLY_FROM = 80.0, 60.0
PROBLEMS = 150
#: The sample audit of 2020: how it was drawn, and which share of a project's money was wrong, with what was found.
AUDIT_SAMPLE = {"confidence": 0.95, "tolerable": 0.02, "expected": 0.002, "seed": 2020}
MISSTATED = (
    (0.15, "列支与项目无关的费用"), (0.09, "提前支付未完工工程款"), (0.05, "重复报销"), (0.03, "超标准列支会议费"), (0.02, "往来款项列作支出"),
)
#: The day of the congress's approval, on which the finance bureau also approves budgets with their targets.
APPROVED = {2018: "2018-02-06", 2019: "2019-02-01", 2020: "2020-02-05"}


def choose_reviewed(rng: np.random.Generator, projects: pd.DataFrame, *, include: set[str], exclude: set[str]) -> pd.Series:
    """Which project-years had their targets reviewed: 609 of the departments' projects in 2020, at least one in each department.

    The 609 are among the larger, not the largest: size with noise. Together they executed more than 95 % of what all did.
    """
    chosen = pd.Series(False, index=projects.index)
    for year in m.YEARS:
        now = projects[projects["year"].eq(year) & projects["funding"].ne("special_bond") & ~projects["project"].isin(exclude)]
        if year != m.YEAR:
            now = now[now["evaluated"]]
        rank = np.log(now["budget_adjusted"]) + rng.normal(0, 0.45, len(now))
        rank[now["project"].isin(include) | now["proposal"].notna()] = np.inf
        if year == m.YEAR:
            first = rank.groupby(now["unit"]).idxmax()
            rank[first] = np.inf
        most = m.REVIEWED_TARGETS if year == m.YEAR else REVIEWED_EARLIER[year]
        picked = rank.sort_values(ascending=False, kind="stable").index[:most]
        if year == m.YEAR:
            picked = _reach_share(now, rank, picked)
        chosen[picked] = True
    return chosen


def make_targets(rng: np.random.Generator, projects: pd.DataFrame, reviewed: pd.Series) -> pd.DataFrame:
    """The table ``targets``: submitted in autumn, reviewed, and approved together with the budget; bond projects in July 2020.

    Twelve of the largest projects of priority were reviewed centrally in 2020.
    """
    bonds = projects["funding"].eq("special_bond")
    frame = projects.loc[reviewed | bonds, ["project", "year", "funding", "priority", "budget_adjusted"]].reset_index(drop=True)
    n, bond = len(frame), frame["funding"].eq("special_bond")
    usual = pd.to_datetime((frame["year"] - 1).astype("str") + "-09-10") + pd.to_timedelta(rng.integers(0, 40, n), unit="D")
    urgent = pd.Timestamp(2020, 6, 22) + pd.to_timedelta(rng.integers(0, 12, n), unit="D")
    frame["submitted_on"] = usual.where(~bond, pd.Series(urgent))
    epidemic = frame["funding"].eq("epidemic")
    frame["submitted_on"] = frame["submitted_on"].mask(epidemic, pd.Series(pd.Timestamp(2020, 2, 10) + pd.to_timedelta(rng.integers(0, 15, n), unit="D")))
    frame["reviewed_on"] = frame["submitted_on"] + pd.to_timedelta(np.where(bond | epidemic, rng.integers(3, 9, n), rng.integers(18, 50, n)), unit="D")
    with_budget = pd.to_datetime(frame["year"].map(APPROVED))
    frame["approved_on"] = with_budget.mask(bond | epidemic, frame["reviewed_on"] + pd.Timedelta(days=5))
    frame["outcome"] = np.where(rng.random(n) < 0.82, "approved", "revised")
    key = frame[frame["year"].eq(m.YEAR) & frame["priority"] & ~bond].nlargest(m.CENTRAL_REVIEWS, "budget_adjusted").index
    frame["central_review"] = frame.index.isin(key)
    return frame[["project", "year", "submitted_on", "reviewed_on", "approved_on", "outcome", "central_review"]]


def make_ex_ante(rng: np.random.Generator, base: pd.DataFrame) -> pd.DataFrame:
    """The table ``ex_ante``: 14 proposals × 5 criteria × 5 experts, evaluated in 2019 for the budget of 2020 (year 2020)."""
    city = m.load_city()
    of_proposal = base.dropna(subset=["proposal"]).set_index("proposal")["project"]
    rows = []
    for number, (sector, place, _, zh, en, strategy, requested, mean, share) in enumerate(city["proposals"], start=1):
        code = f"EA{number:02d}"
        shift = rng.normal(0, BETWEEN_CRITERIA, len(city["criteria"]))
        noise = rng.normal(0, BETWEEN_EXPERTS, (len(city["criteria"]), m.EXPERTS))
        scores = np.clip(np.round(mean + (shift - shift.mean())[:, None] + noise - noise.mean()), 0, 100)
        average = scores.mean()
        verdict = "support" if average >= SUPPORT_FROM else "partly" if average >= PARTLY_FROM else "not"
        for at, criterion in enumerate(city["criteria"]):
            for expert in range(m.EXPERTS):
                rows.append((
                    code, criterion, f"E{expert + 1}", m.find_department(sector, place), m.YEAR, zh, en, float(requested),
                    scores[at, expert], city["opinions"][verdict], float(round(requested * share)), verdict, strategy, of_proposal.get(code),
                ))
    columns = ["proposal", "criterion", "expert", "unit", "year", "name", "name_en", "requested", "score", "opinion", "recommended", "verdict", "strategy", "project"]
    return pd.DataFrame(rows, columns=columns)


def make_reviews(rng: np.random.Generator, projects: pd.DataFrame) -> pd.DataFrame:
    """The table ``reviews``; larger projects and those in key areas are likelier to be drawn, so the sample is not random."""
    rows = []
    for year, (by_departments, by_finance) in REVIEWS.items():
        now = projects[projects["year"].eq(year) & projects["self_score"].notna()]
        weight = np.sqrt(now["budget_adjusted"]) * np.where(now["key_area"].notna(), 3.0, 1.0) * np.where(now["priority"], 4.0, 1.0)
        drawn = rng.choice(now.index, by_departments + by_finance, replace=False, p=weight / weight.sum())
        keys = projects.loc[drawn].assign(reviewer=["fiscal"] * by_finance + ["department"] * by_departments)
        rows.append(keys[["project", "year", "reviewer", "self_score"]])
    frame = pd.concat(rows, ignore_index=True)
    gap = BIAS_CONSTANT + BIAS_SLOPE * (frame["self_score"] - BIAS_FROM).clip(lower=0)
    frame["score"] = (frame["self_score"] - gap + rng.normal(0, BIAS_NOISE, len(frame))).clip(40, 99).round(1)
    frame["conclusion"] = np.select([frame["score"] >= 90, frame["score"] >= 80, frame["score"] >= 60], ["优", "良", "中"], "差")
    return frame[["project", "year", "reviewer", "score", "conclusion"]]


def make_payments(rng: np.random.Generator, projects: pd.DataFrame) -> pd.DataFrame:
    """The table ``payments``: what every project of 2020 executed, paid in two to eight parts."""
    now = projects[projects["year"].eq(m.YEAR) & projects["executed"].gt(0)]
    parts = rng.integers(2, 9, len(now))
    place = np.repeat(np.arange(len(now)), parts)
    share = rng.exponential(1, len(place))
    share /= np.bincount(place, share)[place]
    amount = np.maximum(1, np.floor(share * now["executed"].to_numpy()[place]))
    last = np.cumsum(parts) - 1
    amount[last] += now["executed"].to_numpy() - np.bincount(place, amount)
    frame = pd.DataFrame({"project": now["project"].to_numpy()[place], "year": m.YEAR, "amount": amount})
    frame["paid_on"] = pd.Timestamp(m.YEAR, 2, 1) + pd.to_timedelta(rng.integers(0, 330, len(place)), unit="D")
    frame.insert(0, "payment", [f"Z{number:05d}" for number in range(1, len(frame) + 1)])
    return frame


def make_audit_results(rng: np.random.Generator, projects: pd.DataFrame) -> pd.DataFrame:
    """The table ``audit_results``: the sample that ``parameters/sampling.yaml`` draws of 2020's money, examined; five projects had spent more than was right."""
    now = projects[projects["year"].eq(m.YEAR)]
    items = draw_sample(now.set_index("project")["executed"], **AUDIT_SAMPLE).items.assign(year=m.YEAR, audited=lambda frame: frame["amount"], finding=None)
    wrong = rng.choice(items.index[items["stratum"] == "interval"], len(MISSTATED), replace=False)
    items.loc[wrong, "audited"] = (items.loc[wrong, "amount"] * (1 - np.array([share for share, _ in MISSTATED]))).round()
    items.loc[wrong, "finding"] = [finding for _, finding in MISSTATED]
    return items[["project", "year", "audited", "finding"]]


def make_problems(rng: np.random.Generator, units: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """The table ``problems``: 150, at least two in each district, all put right before they were due."""
    kinds = m.load_city()["problems"]
    districts, departments = (units.loc[units["kind"] == kind, "unit"].to_numpy() for kind in ("district", "department"))
    owner = np.concatenate([np.repeat(districts, 2), rng.choice(districts, 12), rng.choice(departments, PROBLEMS - 2 * len(districts) - 12)])
    what = [kinds[at] for at in rng.integers(0, len(kinds), PROBLEMS)]
    frame = pd.DataFrame(what, columns=["source", "description", "description_en", "measure"])
    frame.insert(0, "unit", owner)
    year = rng.choice(m.YEARS, PROBLEMS, p=[0.25, 0.3, 0.45])
    found = pd.to_datetime(pd.Series(year).astype("str") + "-03-01") + pd.to_timedelta(rng.integers(0, 180, PROBLEMS), unit="D")
    allowed = rng.choice([30, 45, 60, 90], PROBLEMS)
    frame["found_on"], frame["due_on"] = found, found + pd.to_timedelta(allowed, unit="D")
    frame["closed_on"] = found + pd.to_timedelta(np.floor(allowed * rng.uniform(0.4, 1.0, PROBLEMS)), unit="D")
    # a project of that unit and year, where the problem is about money and the unit has one
    about = projects.sample(frac=1, random_state=rng).drop_duplicates(["unit", "year"]).set_index(["unit", "year"])
    keys = pd.MultiIndex.from_arrays([owner, year])
    about_money = frame["source"].isin(["audit", "finance", "supervision"]) & (rng.random(PROBLEMS) < 0.6)
    frame["project"] = pd.Series(about["project"].reindex(keys).to_numpy()).where(about_money)
    money = pd.Series(about["executed"].reindex(keys).to_numpy()) * rng.uniform(0.01, 0.12, PROBLEMS)
    frame["amount"] = np.round(money, -2).where(frame["project"].notna())
    frame = frame.sort_values(["found_on", "unit"], kind="stable", ignore_index=True)
    frame.insert(0, "problem", [f"P{place + 1:04d}" for place in range(PROBLEMS)])
    return frame


def make_disclosures(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """The table ``disclosures``: budgets and final accounts of every unit and year, performance information on the same day."""
    grid = pd.MultiIndex.from_product([units["unit"], m.YEARS, ["budget", "final_accounts"]], names=["unit", "year", "document"]).to_frame(index=False)
    budget = grid["document"].eq("budget")
    start = pd.to_datetime(grid["year"].map(APPROVED)).where(budget, pd.to_datetime((grid["year"] + 1).astype("str") + "-08-10"))
    grid["published_on"] = start + pd.to_timedelta(rng.integers(8, 20, len(grid)), unit="D")
    grid["performance_published_on"] = grid["published_on"]
    return grid


def make_submissions(rng: np.random.Generator, projects: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The table ``submissions`` of 2020: 12 objectives with the draft budget, 10 results (of fiscal evaluations) with the final accounts."""
    now = projects[projects["year"].eq(m.YEAR) & projects["priority"]]
    objectives = now.sort_values(["budget_adjusted", "project"], ascending=[False, True])["project"].head(m.OBJECTIVES)
    fiscal = reviews.loc[reviews["year"].eq(m.YEAR) & reviews["reviewer"].eq("fiscal"), "project"]
    wanted = projects[projects["year"].eq(m.YEAR) & projects["project"].isin(fiscal)].sort_values(["priority", "budget_adjusted"], ascending=False)
    results = wanted["project"].head(m.RESULTS)
    return pd.DataFrame({
        "year": m.YEAR,
        "kind": ["objective"] * len(objectives) + ["result"] * len(results),
        "project": [*objectives, *results],
        "session_on": [pd.Timestamp(2020, 1, 14)] * len(objectives) + [pd.Timestamp(2021, 7, 28)] * len(results),
    })


def _reach_share(now: pd.DataFrame, rank: pd.Series, picked: pd.Index) -> pd.Index:
    """Swap the smallest chosen for the largest left out until more than 95 % (with a margin) of what was executed is covered, or no swap adds anything."""
    executed = now["executed"]
    chosen = set(picked)
    free = rank[np.isfinite(rank)].index
    inside = executed[[at for at in free if at in chosen]].sort_values().index
    outside = executed[[at for at in now.index if at not in chosen]].sort_values(ascending=False).index
    for small, large in zip(inside, outside, strict=False):
        if executed[list(chosen)].sum() > (m.REVIEWED_SHARE + 0.008) * executed.sum() or executed[large] <= executed[small]:
            break
        chosen.remove(small)
        chosen.add(large)
    if executed[list(chosen)].sum() <= m.REVIEWED_SHARE * executed.sum():
        raise ValueError(f"with this seed {len(chosen)} projects cannot cover {m.REVIEWED_SHARE:.0%} of what was executed")
    return pd.Index(sorted(chosen))
