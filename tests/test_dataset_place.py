"""A dataset is found from a notebook's own folder."""

import pandas as pd
import pytest

from perfanalysis.dataset import load_dataset, write_dataset
from perfanalysis.errors import PerfAnalysisError


def test_a_relative_path_is_looked_for_in_the_folders_above(tmp_path, monkeypatch):
    units = pd.DataFrame({"unit": ["A"], "name": ["甲"], "kind": ["department"]})
    write_dataset(tmp_path / "outputs" / "data", {"units": units}, set_aside=pd.DataFrame({"unit": pd.Series(dtype="str")}), sources=[])
    (tmp_path / "notebooks").mkdir()
    for folder in (tmp_path, tmp_path / "notebooks"):
        monkeypatch.chdir(folder)
        assert load_dataset("outputs/data").units["unit"].tolist() == ["A"]
    with pytest.raises(PerfAnalysisError, match="nowhere is not a dataset"):
        load_dataset("nowhere")
