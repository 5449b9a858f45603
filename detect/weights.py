"""Weights of the detector's logistic score: made by bench/fit_detect.py, not by hand.

Fitted on 46 painted and rendered scenes: 3807 flowers against 58885 other blobs.
They are not real: a score is the chance of a flower among such blobs, not of one in the field.
"""

import numpy as np

ALONE = {
    "white": np.array(
        [
            -5.5557,  # constant
            0.6625,  # peak
            -1.3204,  # small
            -3.6257,  # large
            4.0152,  # round
            0.0000,  # solid
            0.0000,  # contrast
            -3.7077,  # faint
            0.7436,  # green_ring
            0.0000,  # green_around
            0.0000,  # kin_near
            0.0000,  # kin_around
            -2.5953,  # rough_near
            0.0000,  # rough_around
            0.0000,  # glare
            0.4988,  # dark_centre
            -1.5842,  # by_large
        ]
    ),
    "coloured": np.array(
        [
            2.7899,  # constant
            0.0000,  # peak
            -3.6930,  # small
            -4.5157,  # large
            1.0963,  # round
            2.8065,  # solid
            0.0000,  # contrast
            -3.0174,  # faint
            0.0000,  # green_ring
            0.0000,  # green_around
            -3.7171,  # kin_near
            0.0000,  # kin_around
            -0.1727,  # rough_near
            -0.9519,  # rough_around
            0.0000,  # glare
            0.0000,  # dark_centre
            -2.2568,  # by_large
        ]
    ),
}

TOGETHER = {
    "white": np.array(
        [
            -2.1946,  # constant
            0.7211,  # alone
            2.6198,  # alike_near
            -0.4972,  # crowd
        ]
    ),
    "coloured": np.array(
        [
            -0.7452,  # constant
            0.8745,  # alone
            0.5379,  # alike_near
            0.0000,  # crowd
        ]
    ),
}
