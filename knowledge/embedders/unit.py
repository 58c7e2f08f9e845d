"""Rows of length one, whatever the model gave."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from knowledge.ports import Matrix

LONGEST_TEXT = 2000
"""Characters of a text that are embedded, about one window of the usual models: passages are shorter."""


def unit_rows(vectors: ArrayLike, dimensions: int) -> Matrix:
    """Shape (texts, dimensions), also for no texts. A row without direction points along the first axis."""
    matrix = np.asarray(vectors, dtype=np.float32).reshape(-1, dimensions)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    lost = ~np.isfinite(lengths[:, 0]) | (lengths[:, 0] < 1e-12)
    if lost.any():
        matrix, lengths = matrix.copy(), lengths.copy()
        matrix[lost], lengths[lost] = np.eye(1, dimensions, dtype=np.float32), 1.0
    unit: Matrix = (matrix / lengths).astype(np.float32, copy=False)
    return unit


def embeddable(text: str) -> str:
    """What a tokenizer written in C takes: no NUL, no lone surrogate, no more than LONGEST_TEXT."""
    return text[:LONGEST_TEXT].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
