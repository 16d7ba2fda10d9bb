"""Frames that are computed once for all reports, kept beside the dataset."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd


def keep_frames(frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write the frames into ``folder``, all or none; another process may do the same at the same time. ``OSError`` where nothing can be written."""
    staging = folder.with_name(f".{folder.name}-{os.getpid()}")
    staging.mkdir(parents=True, exist_ok=True)
    try:
        for name, frame in frames.items():
            frame.to_parquet(staging / f"{name}.parquet")
        os.replace(staging, folder)
    except OSError:
        # another process stored the same summary first; anything else is told to the caller
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
