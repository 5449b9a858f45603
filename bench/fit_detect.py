"""Fit the weights of the detector's score on painted poppies and write detect/weights.py.

    python bench/fit_detect.py ../shared/data/photos/farmland=0.3
    ../shared/data/photos/brighton/DJI_0018.JPG=1.7 ...

Every photo (or every photo of a folder) becomes scenes with painted plots (`detect_scenes`); blobs on
painted flowers are the positives, all others the negatives. Photos of the practice camera over the
example mission, with seeds that no test and no demonstration uses, are added. The fit is
ridge-regularised logistic regression by Newton's method: same input, same weights.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from detect_scenes import PaintedPlot, background, paint_decoys, paint_plots, rendered_scenes
from numpy.typing import NDArray

from detect import classify
from detect.colour import FAMILIES
from detect.features import FEATURES
from detect.finder import Measured, measure
from detect.nearby import pairs_within

GSDS_CM = (1.0, 1.3, 1.7)
PLOTS_PER_SCENE = 14
DECOYS_PER_SCENE = 24
ROUNDS = 2
RENDERED_SEEDS = range(901, 905)
PHOTOS_PER_SEED = 4
EXAMPLE = Path(__file__).parent.parent / "missions" / "examples" / "hillside"
RIDGE = 3.0

RISES = (
    "peak",
    "round",
    "solid",
    "contrast",
    "green_ring",
    "green_around",
    "own_leaves",
    "dark_centre",
    "alone",
    "alike_near",
)
FALLS = (
    "small",
    "large",
    "faint",
    "kin_near",
    "kin_around",
    "rough_near",
    "rough_around",
    "by_large",
    "crowd",
)
SIGN = dict.fromkeys(RISES, 1) | dict.fromkeys(FALLS, -1)
"""What a measure may say. A weight of the other sign tells of the painter or of these photos, not of poppies,
and is held at nought; so is that of glare, since white petals may be overexposed."""

Labelled = tuple[Measured, NDArray[np.bool_], NDArray[np.float64]]


def main(sources: list[str]) -> None:
    rng = np.random.default_rng(20240501)
    scenes: list[Labelled] = []
    for source in sources:
        place, photo_gsd_cm = source.rsplit("=", 1)
        path = Path(place)
        photos = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        for photo in photos:
            for gsd_cm in GSDS_CM:
                if gsd_cm < float(photo_gsd_cm) * 0.97:
                    continue
                for _ in range(ROUNDS):
                    image = exposed(background(photo, float(photo_gsd_cm), gsd_cm), rng)
                    paint_decoys(image, gsd_cm, DECOYS_PER_SCENE, rng)
                    scenes.append(label(*paint_plots(image, gsd_cm, PLOTS_PER_SCENE, rng), gsd_cm))
    with TemporaryDirectory() as folder:
        mission = Path(folder) / "hillside"
        shutil.copytree(EXAMPLE, mission)
        for image, plots, gsd_cm in rendered_scenes(mission, RENDERED_SEEDS, PHOTOS_PER_SEED):
            scenes.append(label(image, plots, gsd_cm))
    flowers = sum(int(truth.sum()) for _, truth, _ in scenes)
    others = sum(int((~truth).sum()) for _, truth, _ in scenes)
    print(f"{len(scenes)} scenes, {flowers} flowers, {others} others")
    write(
        *fit(scenes),
        origin=f"{len(scenes)} painted and rendered scenes: {flowers} flowers against {others} other blobs",
    )


def exposed(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Give a photo another exposure and another white balance."""
    gain = rng.uniform(0.7, 1.2) * rng.normal(1.0, 0.03, 3)
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def label(scene: NDArray[np.uint8], plots: list[PaintedPlot], gsd_cm: float) -> Labelled:
    """Measure a scene; which blobs are painted flowers, and what each weighs.

    Places count, not blobs: one bush of two hundred blossoms must not outweigh everything else.
    """
    measured = measure(scene, gsd_cm)
    centre = (measured.blobs.centre_px + 0.5) / measured.scale - 0.5
    one, _ = pairs_within(centre * gsd_cm / 100.0, classify.NEIGHBOUR_M)
    truth, weight = np.zeros(len(centre), bool), 1.0 / np.sqrt(np.bincount(one, minlength=len(centre)))
    for plot in plots:
        away = np.hypot(*(centre[:, None] - plot.flowers_px[None]).transpose(2, 0, 1)) - plot.radii_px[None]
        hit = away.min(axis=1) < 2.0
        truth |= hit
        weight[hit] *= 3.0
    return measured, truth, weight


def fit(
    scenes: list[Labelled],
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Fit the weights of a candidate alone, then those that add its neighbours."""
    family = np.concatenate([m.blobs.family for m, _, _ in scenes])
    truth = np.concatenate([t for _, t, _ in scenes])
    weight = np.concatenate([w for _, _, w in scenes])
    is_white = family == FAMILIES.index("white")
    kinds = {"white": is_white, "coloured": ~is_white}
    columns = classify.design(np.concatenate([m.features for m, _, _ in scenes]))
    signs = np.array([0, *(SIGN.get(name, 0) for name in FEATURES)])
    alone = {kind: signed_logistic(columns[of], truth[of], weight[of], signs) for kind, of in kinds.items()}
    rows: list[NDArray[np.float64]] = []
    for measured, _, _ in scenes:
        own = measured.blobs.family == FAMILIES.index("white")
        each = classify.design(measured.features)
        logit = np.where(own, each @ alone["white"], each @ alone["coloured"])
        at_m = measured.blobs.centre_px * measured.gsd_cm / 100.0
        score = 1.0 / (1.0 + np.exp(-logit))
        neighbours = classify.company(score, measured.blobs.family, at_m)
        rows.append(np.column_stack([np.ones(len(logit)), logit, neighbours]))
    columns = np.concatenate(rows)
    signs = np.array([0, *(SIGN[name] for name in ("alone", "alike_near", "crowd"))])
    together = {
        kind: signed_logistic(columns[of], truth[of], weight[of], signs) for kind, of in kinds.items()
    }
    return alone, together


def signed_logistic(
    columns: NDArray[np.float64],
    truth: NDArray[np.bool_],
    weight: NDArray[np.float64],
    sign: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Fit with each weight of its sign or nought, by leaving out the worst offender until there is none."""
    free = sign != 0
    free[0] = True
    beta = np.zeros(len(sign))
    while True:
        beta[:] = 0.0
        beta[free] = logistic(columns[:, free], truth, weight)
        wrong = np.where(beta * sign < 0, np.abs(beta) * columns.std(axis=0), 0.0)
        if not wrong.any():
            return beta
        free[np.argmax(wrong)] = False


def logistic(
    columns: NDArray[np.float64], truth: NDArray[np.bool_], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit by Newton's method; the ridge is on columns of unit variance and spares the constant."""
    spread = np.maximum(columns.std(axis=0), 1e-6)
    spread[0] = 1.0
    x = columns / spread
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 1e-3
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (truth - p)) - ridge * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.max(np.abs(step)) < 1e-8:
            break
    return beta / spread


def write(
    alone: dict[str, NDArray[np.float64]], together: dict[str, NDArray[np.float64]], origin: str
) -> None:
    names = {"ALONE": ("constant", *FEATURES), "TOGETHER": ("constant", "alone", "alike_near", "crowd")}
    lines = [
        '"""Weights of the detector\'s logistic score: made by bench/fit_detect.py, not by hand.',
        "",
        f"Fitted on {origin}.",
        "They are not real: a score is the chance of a flower among such blobs, not of one in the field.",
        '"""',
        "",
        "import numpy as np",
    ]
    for table, weights in (("ALONE", alone), ("TOGETHER", together)):
        lines += ["", f"{table} = {{"]
        for kind, beta in weights.items():
            lines += [f'    "{kind}": np.array(', "        ["]
            lines += [f"            {b:.4f},  # {n}" for n, b in zip(names[table], beta, strict=True)]
            lines += ["        ]", "    ),"]
        lines.append("}")
    (Path(classify.__file__).parent / "weights.py").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
