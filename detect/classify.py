"""From measures to a score, and to words."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detect.colour import ALIKE, FAMILIES
from detect.features import FEATURES
from detect.weights import ALONE, TOGETHER

NEIGHBOUR_M = 1.5
"""Plants of one plot stand closer than this."""
_CROWD_M = 8.0


def flower_scores(
    features: NDArray[np.float64], family: NDArray[np.int64], at_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Score candidates by their own looks and by the company they keep.

    Parameters
    ----------
    features : (N, len(FEATURES))
    family : (N,) index into FAMILIES
    at_m : (N, 2)
        Places in metres, in any frame.

    Returns
    -------
    (N,) float64 in 0..1
    """
    alone = _logit_alone(features, family)
    return _sigmoid(_logit_together(alone, company(_sigmoid(alone), family, at_m), family))


def company(
    score: NDArray[np.float64], family: NDArray[np.int64], at_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Kindred neighbours of each candidate by score, (N, 2), logs: within 1.5 m, and from there to 8 m.

    A plot is several flowers together on ground that has none around; the glints of a wood and the pale
    leaves of a cabbage field are everywhere. So the first column speaks for a candidate and the second
    against it.
    """
    order = np.argsort(at_m[:, 0], kind="stable")
    sums = np.empty((len(score), 2))
    sums[order] = _company(score[order], family[order], at_m[order], ALIKE, NEIGHBOUR_M, _CROWD_M)
    return np.log1p(sums)


@njit(cache=True, nogil=True)
def _company(
    score: NDArray[np.float64],
    family: NDArray[np.int64],
    at_m: NDArray[np.float64],
    alike: NDArray[np.bool_],
    near_m: float,
    crowd_m: float,
) -> NDArray[np.float64]:
    """Sums of the scores of kindred neighbours, near and in the crowd, (N, 2); the places sorted by x."""
    sums = np.zeros((len(score), 2), np.float64)
    for i in range(len(score)):
        for j in range(i + 1, len(score)):
            dx = at_m[j, 0] - at_m[i, 0]
            if dx > crowd_m:
                break
            away = np.sqrt(dx**2 + (at_m[j, 1] - at_m[i, 1]) ** 2)
            if away > crowd_m:
                continue
            if alike[family[i], family[j]]:
                ring = int(away > near_m)
                sums[i, ring] += score[j]
                sums[j, ring] += score[i]
    return sums


def _logit_alone(features: NDArray[np.float64], family: NDArray[np.int64]) -> NDArray[np.float64]:
    columns = design(features)
    return np.where(family == FAMILIES.index("white"), columns @ ALONE["white"], columns @ ALONE["coloured"])


def _logit_together(
    alone: NDArray[np.float64], neighbours: NDArray[np.float64], family: NDArray[np.int64]
) -> NDArray[np.float64]:
    columns = np.column_stack([np.ones(len(alone)), alone, neighbours])
    return np.where(
        family == FAMILIES.index("white"), columns @ TOGETHER["white"], columns @ TOGETHER["coloured"]
    )


def design(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns that the weights multiply: 1, then the measures."""
    return np.column_stack([np.ones(len(features)), features])


def _sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0)))


def reasons(features: NDArray[np.float64], family: NDArray[np.int64]) -> tuple[str, ...]:
    """Say in words what the measures (N, len(FEATURES)) show."""
    column = dict(zip(FEATURES, features.T, strict=True))
    tests = (
        (column["peak"] > 7.0, "a colour rare in this photo"),
        (column["green_around"] > 0.6, "leaves all around"),
        (column["contrast"] > 0.6, "stands out from what is next to it"),
        (column["dark_centre"] > 0.5, "dark centre"),
        (column["round"] > 0.7, "round"),
        (column["green_around"] < 0.15, "but no leaves around"),
        (column["glare"] > 0.3, "but overexposed"),
        (column["kin_around"] > 0.35, "but more of its colour around"),
        (column["by_large"] > 0.4, "but beside something large of its colour"),
    )
    return tuple(
        ", ".join([FAMILIES[family[i]], *(words for holds, words in tests if holds[i])])
        for i in range(len(features))
    )
