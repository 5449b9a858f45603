"""The ground shader: colour of the ground at every pixel, compiled.

The ground coordinates of the pixels are given on a lattice and interpolated bilinearly between its nodes.
Everything else is a function of ground coordinates alone, so two photos of one place show the same leaves.
"""

# pyright: reportMissingParameterType=false, reportUnknownParameterType=false
# numba compiles these functions from the arguments' run-time types; the callers in render.py are typed.

import math

import numpy as np

from sim.kernels import inlined, kernel
from sim.landscape_materials import (
    BASE,
    BLADE,
    DARK,
    DX,
    DY,
    FILM,
    FILM_TONE,
    FLOWER,
    FLOWER_SHARE,
    FURROW,
    HUE,
    LEAF_SCALE,
    LIGHT,
    PHASE,
    ROUGH,
    ROWS,
    SOIL_DARK,
    SOIL_LIGHT,
    TX,
    TY,
    W_LEAF,
    W_LOW,
    W_PLANT,
    W_ROW,
)

# Turns of the texture layers (cosine, sine) and the second leaf layer's scale: fixed odd numbers, so that
# no two layers repeat together. The soil is not turned, its relief is lit from the sun.
_C1, _S1 = math.cos(0.37), math.sin(0.37)
_C2, _S2 = math.cos(1.93), math.sin(1.93)
_SCALE2 = 0.767
_FLOWER_CELL_M = 0.055
NOWHERE = 1e9
"""Ground coordinate of pixels that show no ground."""
_UNIT, _UNDER = 1 / 255.0, 0.9 / 255.0


@kernel
def shade_ground(
    image, lattice, step, west, south, cell, parcel, shadow, low, params, leaf, blade, soil, texels
):
    """Fill an (H, W, 3) uint8 BGR image with the ground.

    `lattice` is (rows, cols, 2) float64 east and north at every `step` pixels (both ways, from pixel 0),
    one node beyond the image at least; `texels` is texture samples per metre at the level of the given
    textures.
    """
    height, width = image.shape[0], image.shape[1]
    rows, cols = parcel.shape
    mask = leaf.shape[0] - 1
    per_cell = 1.0 / cell
    per_low = 0.25 / cell
    for row0 in range(0, height, step):
        for col0 in range(0, width, step):
            i, j = row0 // step, col0 // step
            e00, n00 = lattice[i, j, 0], lattice[i, j, 1]
            e01, n01 = lattice[i, j + 1, 0], lattice[i, j + 1, 1]
            e10, n10 = lattice[i + 1, j, 0], lattice[i + 1, j, 1]
            e11, n11 = lattice[i + 1, j + 1, 0], lattice[i + 1, j + 1, 1]
            row1, col1 = min(row0 + step, height), min(col0 + step, width)
            if max(max(e00, e01), max(e10, e11)) >= NOWHERE:
                image[row0:row1, col0:col1] = 176  # beyond the terrain: haze
                continue
            west_c = (min(min(e00, e01), min(e10, e11)) - west) * per_cell
            east_c = (max(max(e00, e01), max(e10, e11)) - west) * per_cell
            south_c = (min(min(n00, n01), min(n10, n11)) - south) * per_cell
            north_c = (max(max(n00, n01), max(n10, n11)) - south) * per_cell
            c_low, c_high = _clamp(int(west_c) - 1, cols), _clamp(int(east_c) + 2, cols)
            r_low, r_high = _clamp(int(south_c) - 1, rows), _clamp(int(north_c) + 2, rows)
            first = parcel[r_low, c_low]
            one_parcel, lit = True, True
            for r in range(r_low, r_high + 1):
                for c in range(c_low, c_high + 1):
                    one_parcel = one_parcel and parcel[r, c] == first
                    lit = lit and shadow[r, c] == 0
            low00, low01 = (
                _low(low, e00, n00, west, south, per_low),
                _low(low, e01, n01, west, south, per_low),
            )
            low10, low11 = (
                _low(low, e10, n10, west, south, per_low),
                _low(low, e11, n11, west, south, per_low),
            )
            q = np.int64(first)
            for row in range(row0, row1):
                v = (row - row0) / step
                el, nl = e00 + v * (e10 - e00), n00 + v * (n10 - n00)
                de, dn = (e01 + v * (e11 - e01) - el) / step, (n01 + v * (n11 - n01) - nl) / step
                light, cover, hue = _mix3(low00, low10, v)
                light1, cover1, hue1 = _mix3(low01, low11, v)
                d_light, d_cover, d_hue = (
                    (light1 - light) / step,
                    (cover1 - cover) / step,
                    (hue1 - hue) / step,
                )
                for col in range(col0, col1):
                    k = col - col0
                    e, n = el + k * de, nl + k * dn
                    er, nr = e - west, n - south
                    if not one_parcel:
                        # A parcel's edge is as ragged as its soil, a quarter metre or so.
                        si, sj = int(nr * texels) & mask, int(er * texels) & mask
                        c = _clamp(int(er * per_cell + (soil[si, sj, 0] / 255.0 - 0.5) * 1.3 + 0.5), cols)
                        r = _clamp(int(nr * per_cell + (soil[si, sj, 1] / 255.0 - 0.5) * 1.8 + 0.5), rows)
                        q = np.int64(parcel[r, c])
                    red, green, blue, leaf_height = _ground(
                        er,
                        nr,
                        cover + k * d_cover,
                        hue + k * d_hue,
                        params,
                        q,
                        leaf,
                        blade,
                        soil,
                        mask,
                        texels,
                    )
                    gain = light + k * d_light
                    if not lit:
                        s = shade_at(shadow, er * per_cell, nr * per_cell)
                        s = min(1.0, max(0.0, (s - 0.5) * 2.2 + 0.5 + (leaf_height - 0.5) * 0.7 * s))
                        red *= 1 - 0.60 * s
                        green *= 1 - 0.56 * s
                        blue *= 1 - 0.46 * s
                    image[row, col, 0] = np.uint8(min(255.0, max(0.0, blue * gain)))
                    image[row, col, 1] = np.uint8(min(255.0, max(0.0, green * gain)))
                    image[row, col, 2] = np.uint8(min(255.0, max(0.0, red * gain)))


@inlined
def _ground(e, n, cover, hue, params, q, leaf, blade, soil, mask, texels):
    """Colour (R, G, B, in full sun on the level) and leaf height of one place of parcel q."""
    leaf_height, shade = 0.5, 0.5
    f, canopy = 0.0, params[q, BASE] + params[q, W_LOW] * cover
    if params[q, ROWS] > 0:
        d = e * params[q, DX] + n * params[q, DY] + params[q, PHASE] + 0.10 * cover
        line = math.floor(d)
        f = d - line - 0.5
        canopy += params[q, W_ROW] * (1 - 8 * f * f)
        if params[q, W_PLANT] > 0:
            t = e * params[q, TX] + n * params[q, TY] + 0.37 * line
            plant = math.floor(t)
            h = hash01(int(line), int(plant), 7)
            g = t - plant - 0.5 + 0.3 * (h - 0.5)
            size = 0.08 + 0.16 * h if h > 0.06 else 0.001
            canopy += params[q, W_PLANT] * max(-1.0, 1 - (f * f + g * g) / size)
    if canopy + params[q, W_LEAF] > -0.3:
        scale = texels * params[q, LEAF_SCALE]
        u, v = e * scale, n * scale
        i1, j1 = int(_C1 * v - _S1 * u) & mask, int(_C1 * u + _S1 * v) & mask
        u, v = u * _SCALE2, v * _SCALE2
        i2, j2 = int(_C2 * v - _S2 * u) & mask, int(_C2 * u + _S2 * v) & mask
        if params[q, BLADE] > 0:
            leaf_height, shade = blade[i1, j1, 0] * _UNIT, blade[i1, j1, 1] * _UNIT
            under, under_shade = blade[i2, j2, 0] * _UNDER, blade[i2, j2, 1] * _UNIT
        else:
            leaf_height, shade = leaf[i1, j1, 0] * _UNIT, leaf[i1, j1, 1] * _UNIT
            under, under_shade = leaf[i2, j2, 0] * _UNDER, leaf[i2, j2, 1] * _UNIT
        if under > leaf_height:
            leaf_height, shade = under, under_shade
        canopy += params[q, W_LEAF] * (2 * leaf_height - 1.2)
    red, green, blue = 0.0, 0.0, 0.0
    if canopy < 0.1:
        red, green, blue = _soil(e, n, f, canopy, cover, hue, params, q, soil, mask, texels)
    if canopy > -0.1:
        alpha = min(1.0, canopy * 5 + 0.5)
        lightness = min(1.15, shade * (0.50 + 0.95 * leaf_height) * (0.85 + 0.3 * min(1.0, canopy + 0.4)))
        warm = params[q, HUE] * hue * lightness
        lr = params[q, DARK] + lightness * (params[q, LIGHT] - params[q, DARK]) + warm
        lg = params[q, DARK + 1] + lightness * (params[q, LIGHT + 1] - params[q, DARK + 1]) + 0.25 * warm
        lb = params[q, DARK + 2] + lightness * (params[q, LIGHT + 2] - params[q, DARK + 2]) - 0.3 * warm
        red, green, blue = red + alpha * (lr - red), green + alpha * (lg - green), blue + alpha * (lb - blue)
        if params[q, FLOWER_SHARE] > 0:
            a, b = e / _FLOWER_CELL_M, n / _FLOWER_CELL_M
            ca, cb = math.floor(a), math.floor(b)
            h = hash01(int(ca), int(cb), 11)
            if h < params[q, FLOWER_SHARE] * (0.6 + 0.5 * cover):
                x = a - ca - 0.35 - 0.3 * hash01(int(ca), int(cb), 12)
                y = b - cb - 0.35 - 0.3 * hash01(int(ca), int(cb), 13)
                away = math.sqrt(x * x + y * y)
                if away < 0.34:
                    w = min(1.0, (0.34 - away) * 6) * alpha
                    glow = 0.8 + 0.35 * shade
                    red += w * (params[q, FLOWER] * glow - red)
                    green += w * (params[q, FLOWER + 1] * glow - green)
                    blue += w * (params[q, FLOWER + 2] * glow - blue)
    return red, green, blue, leaf_height


@inlined
def _soil(e, n, f, canopy, cover, hue, params, q, soil, mask, texels):
    """Bare ground between and below the leaves: two tones, relief, wet and dry patches, film."""
    si, sj = int(n * texels) & mask, int(e * texels) & mask
    tone, relief = soil[si, sj, 0] * _UNIT, soil[si, sj, 1] * _UNIT
    mix = min(1.0, max(0.0, 0.5 + (tone - 0.5) * 0.9 + 0.28 * hue))
    bright = 1 + (relief - 0.5) * 0.95 * params[q, ROUGH] + params[q, FURROW] * 6.0 * f * (1 - 4 * f * f)
    red = (params[q, SOIL_DARK] + mix * (params[q, SOIL_LIGHT] - params[q, SOIL_DARK])) * bright
    green = (params[q, SOIL_DARK + 1] + mix * (params[q, SOIL_LIGHT + 1] - params[q, SOIL_DARK + 1])) * bright
    blue = (params[q, SOIL_DARK + 2] + mix * (params[q, SOIL_LIGHT + 2] - params[q, SOIL_DARK + 2])) * bright
    if params[q, FILM] > 0 and abs(f) < params[q, FILM] + 0.05 * (tone - 0.5):
        dirt = min(1.0, max(0.12, 1.5 * (tone - 0.45) + 0.3 * cover))
        film = params[q, FILM_TONE] * (0.86 + 0.5 * (relief - 0.5)) + 260 * max(0.0, relief - 0.72)
        red, green, blue = (
            film + dirt * (red - film),
            film + dirt * (green - film),
            film * 1.02 + dirt * (blue - film),
        )
    near = min(1.0, max(0.0, (canopy + 0.3) * 2.5))
    return red * (1 - 0.42 * near), green * (1 - 0.40 * near), blue * (1 - 0.34 * near)


@inlined
def shade_at(shadow, col, row):
    """Bilinear value 0..1 of the shadow raster."""
    rows, cols = shadow.shape
    c0, r0 = _clamp(int(col), cols - 1), _clamp(int(row), rows - 1)
    u, v = min(1.0, max(0.0, col - c0)), min(1.0, max(0.0, row - r0))
    south = shadow[r0, c0] + u * (np.float64(shadow[r0, c0 + 1]) - shadow[r0, c0])
    north = shadow[r0 + 1, c0] + u * (np.float64(shadow[r0 + 1, c0 + 1]) - shadow[r0 + 1, c0])
    return (south + v * (north - south)) / 255.0


@kernel
def hash01(a, b, c):
    """Uniform value 0..1 that depends on three integers only."""
    h = np.int64(a) * 374761393 + np.int64(b) * 668265263 + np.int64(c) * 2246822519
    h = ((h ^ (h >> 15)) * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) * (1.0 / 16777216.0)


@inlined
def _low(low, e, n, west, south, per_low):
    rows, cols = low.shape[0], low.shape[1]
    x, y = (e - west) * per_low, (n - south) * per_low
    c0, r0 = _clamp(int(x), cols - 1), _clamp(int(y), rows - 1)
    u, v = min(1.0, max(0.0, x - c0)), min(1.0, max(0.0, y - r0))
    a, b, c, d = (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v
    p00, p01, p10, p11 = low[r0, c0], low[r0, c0 + 1], low[r0 + 1, c0], low[r0 + 1, c0 + 1]
    return (
        a * p00[0] + b * p01[0] + c * p10[0] + d * p11[0],
        a * p00[1] + b * p01[1] + c * p10[1] + d * p11[1],
        a * p00[2] + b * p01[2] + c * p10[2] + d * p11[2],
    )


@inlined
def _mix3(a, b, v):
    return a[0] + v * (b[0] - a[0]), a[1] + v * (b[1] - a[1]), a[2] + v * (b[2] - a[2])


@inlined
def _clamp(index, count):
    return min(max(index, 0), count - 1)
