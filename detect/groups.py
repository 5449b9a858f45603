"""Flowers that stand together, as seen in one photo."""

import numpy as np
from numpy.typing import NDArray

from detect.classify import NEIGHBOUR_M
from detect.colour import ALIKE, FAMILIES
from detect.nearby import pairs_within

_FIELD_PRIOR = np.where(np.array(FAMILIES) == "white", -2.5, -1.5)
"""Log odds taken off by family: the scenes that flowers are scored on hold far more poppies than fields do,
and real ground far more white specks than the scenes. Set on real photos without poppy."""

_MORE_FLOWERS = 0.5
"""Log odds for each e-fold of flowers in a group; one counts by the square of its score over the best's."""


def group_flowers(
    at_m: NDArray[np.float64], score: NDArray[np.float64], family: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number the groups of flowers of like colour that a chain of steps of at most 1.5 m connects.

    Parameters
    ----------
    at_m : (N, 2)
        Places on the ground, all from one photo.
    score : (N,)
    family : (N,) index into FAMILIES

    Returns
    -------
    (N,) int64
        Number of the group, 0 holding the best flower, 1 the best of the rest, and so on.
    """
    label = np.arange(len(at_m))
    if len(at_m) == 0:
        return label
    one, other = pairs_within(at_m, NEIGHBOUR_M)
    alike = ALIKE[family[one], family[other]]
    one, other = one[alike], other[alike]
    while True:
        lower = label.copy()
        np.minimum.at(lower, one, label[other])
        lower = lower[lower]
        if np.array_equal(lower, label):
            break
        label = lower
    roots, inverse = np.unique(label, return_inverse=True)
    best = np.zeros(len(roots))
    np.maximum.at(best, inverse, score)
    number = np.empty(len(roots), np.int64)
    number[np.lexsort((roots, -best))] = np.arange(len(roots))
    return number[inverse]


def group_log_odds(score: NDArray[np.float64], family: NDArray[np.int64]) -> float:
    """Log odds that a group is poppy, before other photos are asked.

    Parameters
    ----------
    score : (N,)
    family : (N,) index into FAMILIES
        Of the group's flowers.
    """
    share = score / score.sum()
    probability = np.clip(score, 1e-6, 1.0 - 1e-6)
    # Weighted by score, not the best alone: the best of fifty glints is always good.
    typical = float(share @ np.log(probability / (1.0 - probability)))
    several = float(np.sum((score / score.max()) ** 2))
    prior = _FIELD_PRIOR[np.argmax(np.bincount(family, weights=score))]
    return float(typical + _MORE_FLOWERS * np.log(several) + prior)
