"""Weights of the detector's logistic score: made by bench/fit_detect.py, not by hand.

Fitted on 46 painted and rendered scenes: 3811 flowers against 58682 other blobs.
They are not real: a score is the chance of a flower among such blobs, not of one in the field.
"""

import numpy as np

ALONE = {
    "white": np.array(
        [
            -5.6507,  # constant
            0.6566,  # peak
            -1.5275,  # small
            -3.4675,  # large
            3.7261,  # round
            0.0000,  # solid
            0.0000,  # contrast
            -3.5605,  # faint
            0.9516,  # green_ring
            0.0000,  # green_around
            2.7036,  # own_leaves
            0.0000,  # kin_near
            0.0000,  # kin_around
            -2.5406,  # rough_near
            0.0000,  # rough_around
            0.0000,  # glare
            0.4460,  # dark_centre
            -2.9377,  # by_large
        ]
    ),
    "coloured": np.array(
        [
            2.4452,  # constant
            0.0000,  # peak
            -3.7806,  # small
            -4.6402,  # large
            0.9454,  # round
            3.2871,  # solid
            0.0000,  # contrast
            -3.0606,  # faint
            0.0000,  # green_ring
            0.0000,  # green_around
            1.4474,  # own_leaves
            -3.6038,  # kin_near
            0.0000,  # kin_around
            -0.1031,  # rough_near
            -1.0016,  # rough_around
            0.0000,  # glare
            0.0000,  # dark_centre
            -3.2802,  # by_large
        ]
    ),
}

TOGETHER = {
    "white": np.array(
        [
            -2.0552,  # constant
            0.7101,  # alone
            2.5654,  # alike_near
            -0.5479,  # crowd
        ]
    ),
    "coloured": np.array(
        [
            -0.7574,  # constant
            0.8771,  # alone
            0.5416,  # alike_near
            0.0000,  # crowd
        ]
    ),
}
