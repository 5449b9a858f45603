"""What the lens and the sensor do to a scene: blur, falling light, exposure, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from sim.kernels import kernel

JPEG_QUALITY = 90
_NOISE = 1 << 16

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Exposure:
    """How one photo was taken.

    Parameters
    ----------
    gain : tuple of float
        Brightness of blue, green, red: exposure and white balance.
    blur_px : float
        Standard deviation of lens and motion blur.
    noise : float
        Standard deviation of the sensor's noise in grey levels, at middle grey.
    vignette : float
        Light lost in the corners, as a share.
    seed : int
        Draws the noise.
    """

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    blur_px: float = 0.6
    noise: float = 1.6
    vignette: float = 0.14
    seed: int = 0

    @classmethod
    def drawn(cls, seed: int) -> "Exposure":
        """One of a survey's exposures: no two alike, all of them usable."""
        rng = np.random.default_rng(seed)
        level = rng.normal(1.0, 0.04)
        warmth = rng.normal(0.0, 0.012)
        return cls(
            gain=(float(level * (1 - warmth)), float(level), float(level * (1 + warmth))),
            blur_px=float(rng.uniform(0.45, 0.75)),
            noise=float(rng.uniform(1.2, 2.2)),
            vignette=float(rng.uniform(0.10, 0.18)),
            seed=seed,
        )


def expose(scene: Image, exposure: Exposure) -> Image:
    """Take a photo of an (H, W, 3) BGR scene."""
    height, width = scene.shape[:2]
    image = np.asarray(cv2.GaussianBlur(scene, (3, 3), exposure.blur_px), np.uint8)
    corner = 4.0 / (height * height + width * width)
    fall = exposure.vignette * corner * np.tile(exposure.gain, width)
    across = np.repeat((np.arange(width) - 0.5 * width) ** 2, 3)
    middle = np.tile(exposure.gain, width) - fall * across
    rng = np.random.default_rng(exposure.seed)
    bell = rng.standard_normal(_NOISE + 3 * width, dtype=np.float32) * np.float32(exposure.noise)
    starts = rng.integers(0, _NOISE, height)
    _sense(image.reshape(height, 3 * width), middle.astype(np.float32), fall.astype(np.float32), bell, starts)
    return image


def encode(image: Image) -> bytes:
    """Compress an (H, W, 3) BGR image as a camera does."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"OpenCV could not compress an image of shape {image.shape}")
    return data.tobytes()


@kernel
def _sense(
    image: Image,
    middle: npt.NDArray[np.float32],
    fall: npt.NDArray[np.float32],
    bell: npt.NDArray[np.float32],
    starts: npt.NDArray[np.int64],
) -> None:
    """Apply gain and noise in place; `middle` is the gain on the middle row, `fall` its loss per row²."""
    half = np.float32(0.5)
    for row in range(image.shape[0]):
        y = np.float32(row - 0.5 * image.shape[0])
        start = starts[row]
        for i in range(image.shape[1]):
            value = np.float32(image[row, i])
            # Photon noise grows with the root of the light; after a tone curve that is close to a line.
            spread = np.float32(0.62) + np.float32(0.0033) * value
            value = value * (middle[i] - fall[i] * y * y) + spread * bell[start + i] + half
            image[row, i] = np.uint8(min(np.float32(255), max(np.float32(0), value)))
