"""Columns that both binary log formats need: fixed-size text and fixed-size lists."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def text_column(column: NDArray[Any]) -> pa.Array:
    """Decode fixed-size byte strings, each up to its first zero byte, as UTF-8 or else as Latin-1."""
    values, place = np.unique(column, return_inverse=True)
    words = [_decode(bytes(value).split(b"\x00")[0]) for value in values]
    return pa.array([words[i] for i in place], pa.string())


def fixed_list(column: NDArray[Any]) -> pa.Array:
    """Turn an (N, K) array into a column of N lists of K numbers."""
    return pa.FixedSizeListArray.from_arrays(pa.array(column.reshape(-1)), column.shape[1])


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
