"""The side view of a flight: ground, path, ceiling and photos over the distance flown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions import Ground
from missions.records import Sortie
from report import svg
from report.words import Language, Words

Array = NDArray[np.float64]

_SIZE = 960.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 8.0, 22.0, 28.0
_SAMPLES = 300
"""Places at which the ground is drawn; a page may hold hundreds of profiles."""
_GROUND_STYLE = 'fill="#cdbfa6" stroke="#7a6a4f"'
_CEILING_STYLE = 'fill="none" stroke="#c0392b" stroke-dasharray="6 4"'
_GRID_STYLE = 'stroke="#e4e8e6"'
_SMALL = f'fill="{svg.INK}" font-size="11"'


def profile_svg(
    sortie: Sortie,
    ground: Ground,
    language: Language,
    *,
    colour: str,
    ceiling_agl_m: float | None = None,
    size: tuple[float, float] = _SIZE,
) -> str:
    """Return a flight from the side as an <svg>.

    Parameters
    ----------
    colour : str
        Of the path, ``#rrggbb``; it is thick where the camera is on, with a dot for each photo.
    ceiling_agl_m : float, optional
        True height that may not be exceeded, drawn over the ground.
    size : (float, float)
        Width and height of the drawing; letters are 11 high.
    """
    words = Words(language)
    track, flown = _track(sortie, ground)
    at = np.linspace(0.0, flown[-1], _SAMPLES)
    z = _ground_below(track, flown, at, ground)
    top = max(track[:, 2].max(), z.max() + (ceiling_agl_m or 0.0))
    floor_m = float(z.min()) - 0.08 * float(top - z.min()) - 1.0
    axes = _Axes(float(flown[-1]), floor_m, float(top) + 1.0, *size)
    photos = _photos(sortie, flown)
    floor = axes.places(at[[-1, 0]], np.full(2, axes.low_m))
    parts = [
        *axes.grid(words),
        svg.path([*axes.places(at, z), *floor], _GROUND_STYLE, closed=True),
        svg.path(axes.places(flown, track[:, 2]), f'fill="none" stroke="{colour}"'),
    ]
    for first, last in _camera_on(sortie):
        stretch = axes.places(flown[first : last + 1], track[first : last + 1, 2])
        parts.append(svg.path(stretch, f'fill="none" stroke="{colour}" stroke-width="3"'))
    parts.append(_dots(axes.places(photos, np.interp(photos, flown, track[:, 2]))))
    if ceiling_agl_m is not None:
        parts.append(svg.path(axes.places(at, z + ceiling_agl_m), _CEILING_STYLE))
        label = words("ceiling", metres=ceiling_agl_m)
        parts.append(svg.text(size[0] - _RIGHT, 14.0, label, 'fill="#c0392b" text-anchor="end"'))
    return svg.drawing(*size, f"{sortie.name}: {words('profile')}", parts)


@dataclass(frozen=True)
class _Axes:
    """Distance flown to the right, height AMSL upwards."""

    length_m: float
    low_m: float
    high_m: float
    width: float
    height: float

    def places(self, distance_m: Array, height_m: Array) -> list[tuple[float, float]]:
        x = _LEFT + distance_m * (self.width - _LEFT - _RIGHT) / max(self.length_m, 1.0)
        y = _TOP + (self.high_m - height_m) * (self.height - _TOP - _BOTTOM) / (self.high_m - self.low_m)
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def grid(self, words: Words) -> list[str]:
        parts: list[str] = []
        for height in svg.ticks(self.low_m, self.high_m, max(2, round(self.height / 44.0))):
            y = self.places(np.zeros(1), np.array([height]))[0][1]
            parts.append(svg.line(_LEFT, y, self.width - _RIGHT, y, _GRID_STYLE))
            parts.append(svg.text(_LEFT - 6, y + 4, f"{height:g}", _SMALL + ' text-anchor="end"'))
        base = self.height - _BOTTOM
        for distance in svg.ticks(0.0, self.length_m, 8):
            x = self.places(np.array([distance]), np.zeros(1))[0][0]
            parts.append(svg.line(x, base, x, base + 4, f'stroke="{svg.FAINT}"'))
            label = f"{distance / 1000:g}"
            parts.append(svg.text(x, base + 16, label, _SMALL + ' text-anchor="middle"'))
        parts.append(svg.text(4, 14, words("height_axis"), _SMALL))
        parts.append(
            svg.text(self.width - _RIGHT, self.height - 1, words("way_axis"), _SMALL + ' text-anchor="end"')
        )
        return parts


def _ground_below(track: Array, flown: Array, at: Array, ground: Ground) -> Array:
    """Heights of the ground at distances along a track; the lowest known one where none is."""
    places = np.column_stack([np.interp(at, flown, track[:, axis]) for axis in (0, 1)])
    z = ground.terrain.height_at(places)
    known = z[np.isfinite(z)]
    return np.where(np.isnan(z), known.min() if len(known) else track[:, 2].min(), z)


def _track(sortie: Sortie, ground: Ground) -> tuple[Array, Array]:
    """Path (N, 3) in the local frame, and the level distance flown to each point."""
    enu = ground.frame.to_enu([(point.lon, point.lat) for point in sortie.path])
    track = np.column_stack((enu, [point.alt_amsl_m for point in sortie.path]))
    steps = np.linalg.norm(np.diff(enu, axis=0), axis=1)
    return track, np.concatenate(([0.0], np.cumsum(steps)))


def _camera_on(sortie: Sortie) -> list[tuple[int, int]]:
    """Numbers of the points at which the camera is switched on and off."""
    on = [number for number, point in enumerate(sortie.path) if point.kind == "start"]
    off = [number for number, point in enumerate(sortie.path) if point.kind == "end"]
    return list(zip(on, off, strict=True))


def _photos(sortie: Sortie, flown: Array) -> Array:
    """Distances at which the camera is triggered."""
    each = [
        np.arange(flown[first], flown[last] + 1e-6, sortie.trigger_m) for first, last in _camera_on(sortie)
    ]
    return np.concatenate(each) if each else np.empty(0)


def _dots(places: list[tuple[float, float]]) -> str:
    """All photos as one path of round caps: far shorter than a circle for each."""
    way = "".join(f"M{svg.number(x)} {svg.number(y)}h0" for x, y in places)
    return f'<path d="{way}" stroke="{svg.INK}" stroke-width="3" stroke-linecap="round"/>'
