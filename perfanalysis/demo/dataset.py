"""The demonstration city as a dataset, by the way of everybody's data: written as a bureau's files, then read and checked."""

from pathlib import Path

from perfanalysis.dataset import Dataset, import_source
from perfanalysis.demo.city import make_city
from perfanalysis.demo.material import load_city
from perfanalysis.demo.writing import write_city


def make_demonstration(folder: str | Path, seed: int = 2020) -> Dataset:
    """Write the demonstration city's files to ``folder/source`` and import them into ``folder/dataset``.

    >>> data = pa.make_demonstration("outputs/demo")  # doctest: +SKIP
    """
    folder = Path(folder)
    write_city(folder / "source", make_city(seed))
    name = load_city()["name"]
    return import_source(folder / "source", folder / "dataset", demonstration=True, name=name["zh"], name_en=name["en"])
