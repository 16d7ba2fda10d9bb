"""What an indicator library is."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.rules.library.ngrams import NgramIndex
from perfanalysis.tables import TABLES
from perfanalysis.tables.model import Column

_OF_INDICATORS = TABLES["indicators"]

#: The columns of a library and the headers that people give them; texts that mean a choice are those of the data model.
COLUMNS: tuple[Column, ...] = (
    Column("code", "code", "Code", "指标编码", ("编码", "编号", "指标代码", "指标编号")),
    Column("kind", "choice", "Kind", "指标类别", ("共性个性", "指标属性"), choices={
        "generic": ("共性", "generic", ("共性指标", "通用", "通用指标", "common")),
        "sector": ("个性", "sector-specific", ("个性指标", "行业指标", "行业", "专用", "specific")),
    }),
    Column("category", "text", "Category", "分类", ("类别", "指标分类", "行业分类", "领域", "行业领域", "资金类别")),
    Column("name", "text", "Indicator", "指标名称", ("三级指标", "绩效指标", "指标", "level 3", "level3", "level 3 (indicator)"), required=True),
    Column("name_en", "text", "English name", "指标英文名称", ("英文名称", "level3_en")),
    Column("measure", "text", "Measure", "计量单位", ("单位", "度量单位")),
    Column("measure_en", "text", "English measure", "计量单位英文", ("英文计量单位",)),
    Column("direction", "choice", "Direction", "指标方向", ("方向", "符号", "指标符号"), choices=_OF_INDICATORS.column("direction").choices),
    Column("level1", "choice", "Level 1", "一级指标", choices=_OF_INDICATORS.column("level1").choices),
    Column("level2", "text", "Level 2", "二级指标"),
    Column("evidence", "text", "Evidence", "佐证材料", ("评价依据", "数据来源", "证明材料", "指标来源", "取值方式")),
    Column("evidence_en", "text", "English evidence", "佐证材料英文", ("英文佐证材料",)),
)


@dataclass(frozen=True)
class Wording:
    """What makes a target impossible to check: ``vague`` words, texts that say nothing (``empty``), what counts as a ``number``.

    ``vague``, ``ending`` (what is left at the end of a name without its vague word: 及时性 → 性) and ``number`` are regular expressions.
    """

    vague: str
    empty: frozenset[str]
    ending: str
    number: str
    source: Mapping[str, str]
    verified: bool


@dataclass(frozen=True)
class Library:
    """An indicator library: one row per indicator in ``frame``; get it with ``load_library`` and search it with ``search_library``.

    ``frame`` has ``code``, ``kind`` (generic, sector), ``category``, ``category_zh``, ``category_en``, ``name``, ``name_en``, ``measure``,
    ``measure_en``, ``direction`` (>=, <=, =), ``level1``, ``level2``, ``evidence``, ``evidence_en`` and ``illustrative`` (true for the shipped
    ones, which are this project's and no authority's).
    """

    entries: pd.DataFrame = field(repr=False)
    least_similarity: float

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def frame(self) -> pd.DataFrame:
        """All indicators, a frame of one's own (changing it does not change the library)."""
        return self.entries.copy()

    @property
    def illustrative(self) -> bool:
        """Whether any of it is this project's illustration."""
        return bool(self.entries["illustrative"].any())

    @cached_property
    def indexes(self) -> Mapping[str, NgramIndex]:
        """The n-grams of the names in each language and of what is said about them (``about``, whose rows are numbered in ``about_row``)."""
        names = {name: NgramIndex.build(self.entries[name].fillna("").tolist()) for name in ("name", "name_en")}
        return MappingProxyType({**names, "about": NgramIndex.build(self._about[1])})

    @property
    def about_row(self) -> np.ndarray:
        """For each indicator the row of the index ``about`` that speaks of it: many indicators share category, level and evidence."""
        return self._about[0]

    @cached_property
    def _about(self) -> tuple[np.ndarray, list[str]]:
        columns = [self.entries[name].fillna("") for name in ("category_zh", "category_en", "level2", "measure", "evidence", "evidence_en")]
        rows, texts = pd.factorize(columns[0].str.cat(columns[1:], sep=" "))
        return rows, list(texts)

    def count(self) -> pd.DataFrame:
        """One row per category: ``kind``, ``category``, ``category_zh``, ``category_en`` and the number of indicators by ``level1`` and in all."""
        keys = ["kind", "category", "category_zh", "category_en"]
        frame = self.entries[[*keys, "level1"]]
        levels = [level for level in _OF_INDICATORS.column("level1").choices if level in set(frame["level1"])]
        counted = frame.groupby(keys, sort=False, dropna=False)["level1"].value_counts().unstack(fill_value=0).reindex(columns=levels, fill_value=0)
        return counted.assign(indicators=counted.sum(axis=1)).rename_axis(columns=None).reset_index()

    def _repr_html_(self) -> str:
        """What JupyterLab shows: how many indicators each category has, in both languages."""
        counted = self.count()
        sized = {"indicators": words.Quantity(len(self), "count"), "categories": words.Quantity(len(counted), "count")}
        lead = "".join(
            f"<p>{html.escape(words.say('library.lead', lang, sized))}"
            + (f" <strong>{html.escape(words.say('library.illustrative', lang))}</strong>" if self.illustrative else "") + "</p>"
            for lang in words.languages()
        )
        return lead + counted.to_html(index=False, na_rep="", border=0)
