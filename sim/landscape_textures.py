"""Tileable ground textures of the practice landscape: leaves, blades and soil, lit by the mission's sun.

Each texture is a small pyramid of square ``uint8`` images with two channels, height and brightness, 0.5 cm
per texel at level 0 and twice as coarse at every further level. The ground shader samples them in ground
coordinates, turned by a different angle each, so that nothing lines up with the image or repeats visibly.
"""

import math

import cv2
import numba
import numpy as np
import numpy.typing as npt

TEXEL_M = 0.005
SIZE = 1024
LEVELS = 4

Texture = npt.NDArray[np.uint8]


def make_textures(rng: np.random.Generator, sun_azimuth_deg: float) -> dict[str, list[Texture]]:
    """Make the landscape's textures.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness.
    sun_azimuth_deg : float
        Bearing of the sun in degrees clockwise from grid north; relief is lit from there.

    Returns
    -------
    dict of str to list of (S, S, 2) uint8 arrays
        ``leaf`` (broad leaves), ``blade`` (grass and cereals) and ``soil``; each list goes from fine to
        coarse. Column index grows to the east, row index to the north, as in the landscape's rasters.
    """
    azimuth = math.radians(sun_azimuth_deg)
    sun_e, sun_n = math.sin(azimuth), math.cos(azimuth)
    leaf = _stamped(rng, count=29_000, length=(9.0, 20.0), aspect=(0.34, 0.55), sun=(sun_e, sun_n))
    blade = _stamped(rng, count=48_000, length=(16.0, 42.0), aspect=(0.05, 0.09), sun=(sun_e, sun_n))
    soil = _soil(rng, sun_e, sun_n)
    return {name: _pyramid(base) for name, base in (("leaf", leaf), ("blade", blade), ("soil", soil))}


def spectral_noise(
    rng: np.random.Generator, size: int, exponent: float, lowest: int = 1
) -> npt.NDArray[np.float32]:
    """Tileable noise of zero mean and unit deviation whose amplitude falls with frequency to the given power.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    size : int
        Width and height in samples.
    exponent : float
        Amplitude is proportional to frequency ** -exponent; 1.0 looks like soil, 2.0 like clouds.
    lowest : int
        Waves longer than size / lowest are left out, so that a repeated tile shows no pattern of its own.

    Returns
    -------
    (size, size) float32 array
    """
    white = rng.standard_normal((size, size), dtype=np.float32)
    spectrum = np.fft.rfft2(white)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    frequency[0, 0] = 1.0
    spectrum *= frequency**-exponent
    spectrum[frequency * size < lowest] = 0.0
    spectrum[0, 0] = 0.0
    noise = np.fft.irfft2(spectrum, s=(size, size)).astype(np.float32)
    return noise / np.float32(noise.std())


def _stamped(
    rng: np.random.Generator,
    *,
    count: int,
    length: tuple[float, float],
    aspect: tuple[float, float],
    sun: tuple[float, float],
) -> Texture:
    """Lay leaves over each other; height is how far up the topmost lies, brightness how it faces the sun."""
    lengths = rng.uniform(*length, count)
    stamps = np.stack(
        [
            rng.uniform(0, SIZE, count),
            rng.uniform(0, SIZE, count),
            lengths / 2,
            lengths / 2 * rng.uniform(*aspect, count),
            rng.uniform(0, 2 * math.pi, count),
            rng.uniform(0.0, 1.0, count),
            np.clip(rng.normal(0.0, 0.5, count), -1, 1),
        ],
        axis=1,
    )
    texture = np.zeros((SIZE, SIZE, 2), np.uint8)
    _stamp(texture, stamps, sun[0], sun[1])
    return texture


@numba.njit(cache=True, nogil=True)
def _stamp(texture: Texture, stamps: npt.NDArray[np.float64], sun_e: float, sun_n: float) -> None:
    size = texture.shape[0]
    mask = size - 1
    for i in range(stamps.shape[0]):
        x, y, a, b, turn, height, tilt = stamps[i]
        c, s = math.cos(turn), math.sin(turn)
        reach = int(a) + 2
        facing = tilt * (-s * sun_e + c * sun_n)
        top = 20 + 215 * height
        for row in range(int(y) - reach, int(y) + reach + 1):
            for col in range(int(x) - reach, int(x) + reach + 1):
                dx, dy = col - x, row - y
                u, v = (c * dx + s * dy) / a, (-s * dx + c * dy) / b
                # A leaf is pointed: its half-width shrinks with the square of the way to the tip.
                edge = 1.0 - u * u
                if edge <= 0.0 or abs(v) > edge:
                    continue
                z = top + 20 * edge * (1 - abs(v))
                r, k = row & mask, col & mask
                if z > texture[r, k, 0]:
                    rib = 0.12 if abs(v) < 0.18 else 0.0
                    light = 0.50 + 0.30 * facing + 0.16 * v * facing + rib + 0.25 * (height - 0.5)
                    texture[r, k, 0] = np.uint8(min(255.0, z))
                    texture[r, k, 1] = np.uint8(min(255.0, max(0.0, 255 * light)))


def _soil(rng: np.random.Generator, sun_e: float, sun_n: float) -> Texture:
    """Clods and crumbs: brightness is relief lit from the sun, height is the mixing of two tones."""
    relief = spectral_noise(rng, SIZE, 1.15, lowest=10)
    clods = np.abs(spectral_noise(rng, SIZE, 1.0, lowest=16))
    ground = relief * 0.6 - clods * 0.9
    slope_e = np.roll(ground, -1, axis=1) - np.roll(ground, 1, axis=1)
    slope_n = np.roll(ground, -1, axis=0) - np.roll(ground, 1, axis=0)
    lit = -(slope_e * sun_e + slope_n * sun_n)
    lit /= lit.std()
    tone = spectral_noise(rng, SIZE, 0.8, lowest=10)
    texture = np.empty((SIZE, SIZE, 2), np.uint8)
    texture[..., 0] = np.clip(128 + 46 * tone, 0, 255)
    texture[..., 1] = np.clip(128 + 26 * lit + 12 * relief - 14 * clods, 0, 255)
    return texture


def _pyramid(base: Texture) -> list[Texture]:
    levels = [base]
    for _ in range(LEVELS - 1):
        previous = levels[-1]
        size = previous.shape[0] // 2
        levels.append(np.asarray(cv2.resize(previous, (size, size), interpolation=cv2.INTER_AREA), np.uint8))
    return levels
