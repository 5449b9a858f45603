"""The object shaders: everything that stands on the ground, drawn over it in ground coordinates, compiled.

An object is one row of numbers (`OBJECT` columns). Its pixels are those whose ground coordinates,
interpolated from the same lattice as the ground's, fall within its reach; edges are softened over one
ground sample.
"""

# pyright: reportMissingParameterType=false, reportUnknownParameterType=false
# numba compiles these functions from the arguments' run-time types; the callers in render.py are typed.

import math

import numpy as np

from sim.kernels import inlined, kernel
from sim.render_ground import hash01, shade_at

KIND, EAST, NORTH, REACH, TURN, A, B = 0, 1, 2, 3, 4, 5, 6
COLOUR, SECOND, X, Y, SEED = 7, 10, 13, 14, 15
OBJECT_COLUMNS = 16
LOBES = 9

ROSETTE, STONE, FLOWER, CAR, SHEET, BUSH, ROOF, TREE = range(8)
"""Kinds, in the order they are drawn: what is higher comes later.

========  ======================  ====================  ==============  =================  ===============
kind      A                       B                     COLOUR          SECOND             X, Y
========  ======================  ====================  ==============  =================  ===============
ROSETTE   leaf length             -                     leaf            -                  leaves, -
STONE     half length             half width            stone           -                  height share, -
FLOWER    radius                  foreshortening 0..1   petals          blotch or disc     disc share, petals
CAR       half length             half width            paint           -                  -
SHEET     half length             half width            cloth           -                  wrinkles, -
BUSH      radius                  -                     leaf            blossom            blossom share, -
ROOF      half length of ridge    half width            cover           -                  pitched 0/1, rib
spacing TREE      crown radius            -                     leaf            blossom            blossom
share, - ========  ======================  ====================  ==============  =================
===============
"""


@kernel
def draw_objects(
    image, lattice, step, west, south, cell, shadow, leaf, soil, texels, sun, gsd_m, objects, boxes, lobes
):
    """Draw objects, in order, into an (H, W, 3) uint8 BGR image.

    `boxes` holds for each of the (N, OBJECT_COLUMNS) objects the pixels to look at: first row, first
    column, last row, last column (exclusive). `sun` is the level unit vector towards the sun; `lobes` is
    room for (LOBES, 3) numbers. The rest is as in `shade_ground`.
    """
    mask = leaf.shape[0] - 1
    per_cell = 1.0 / cell
    sun_e, sun_n = sun[0], sun[1]
    for i in range(objects.shape[0]):
        kind = int(objects[i, KIND])
        turn = objects[i, TURN]
        c, s = math.cos(turn), math.sin(turn)
        light_u, light_v = c * sun_e + s * sun_n, -s * sun_e + c * sun_n
        seed = int(objects[i, SEED])
        reach = objects[i, REACH]
        dark = 0.0
        if kind in (CAR, BUSH):
            # What casts a shadow lies in it; whether others shade it is asked a step towards the sun.
            ahead = objects[i, A] * 1.15 + 0.3
            dark = shadow_at(
                shadow,
                (objects[i, EAST] + ahead * sun_e - west) * per_cell,
                (objects[i, NORTH] + ahead * sun_n - south) * per_cell,
            )
        if kind in (BUSH, TREE):
            shape_crown(lobes, seed)
        for row in range(boxes[i, 0], boxes[i, 2]):
            for col in range(boxes[i, 1], boxes[i, 3]):
                e, n = place(lattice, step, row, col)
                de, dn = e - objects[i, EAST], n - objects[i, NORTH]
                if not (de * de + dn * dn < reach * reach):
                    continue
                u, v = c * de + s * dn, -s * de + c * dn
                er, nr = e - west, n - south
                ti, tj = (
                    int((0.8 * nr + 0.6 * er) * texels) & mask,
                    int((0.8 * er - 0.6 * nr) * texels) & mask,
                )
                height, shade = leaf[ti, tj, 0] / 255.0, leaf[ti, tj, 1] / 255.0
                tone = soil[int(nr * texels) & mask, int(er * texels) & mask, 1] / 255.0
                alpha, gain, red, green, blue = (
                    0.0,
                    1.0,
                    objects[i, COLOUR],
                    objects[i, COLOUR + 1],
                    objects[i, COLOUR + 2],
                )
                if kind == ROSETTE:
                    alpha, gain, lift = rosette(u, v, objects[i, A], int(objects[i, X]), seed, gsd_m)
                    red, green, blue = red + lift, green + lift, blue + lift
                elif kind == STONE:
                    alpha, gain = stone(
                        u, v, objects[i, A], objects[i, B], objects[i, X], light_u, light_v, tone, gsd_m
                    )
                elif kind == FLOWER:
                    alpha, gain, disc = flower(
                        u,
                        v,
                        objects[i, A],
                        objects[i, B],
                        objects[i, X],
                        objects[i, Y],
                        light_u,
                        light_v,
                        gsd_m,
                    )
                    red += disc * (objects[i, SECOND] - red)
                    green += disc * (objects[i, SECOND + 1] - green)
                    blue += disc * (objects[i, SECOND + 2] - blue)
                elif kind == CAR:
                    alpha, gain, glass = car(u, v, objects[i, A], objects[i, B], light_v, gsd_m)
                    red, green, blue = (
                        red + glass * (38 - red),
                        green + glass * (46 - green),
                        blue + glass * (54 - blue),
                    )
                elif kind == SHEET:
                    alpha, gain = sheet(u, v, objects[i, A], objects[i, B], objects[i, X], tone, seed, gsd_m)
                elif kind == ROOF:
                    alpha, gain = roof(
                        u, v, objects[i, A], objects[i, B], objects[i, X], objects[i, Y], light_v, tone, gsd_m
                    )
                else:
                    alpha, gain = crown(de, dn, objects[i, A], sun_e, sun_n, height, shade, lobes, gsd_m)
                    if objects[i, X] > 0 and height > 0.35:
                        bloom = blossom(er, nr, objects[i, X])
                        red += bloom * (objects[i, SECOND] - red)
                        green += bloom * (objects[i, SECOND + 1] - green)
                        blue += bloom * (objects[i, SECOND + 2] - blue)
                        gain += bloom * (1.0 - gain) * 0.8
                if alpha <= 0:
                    continue
                if kind < CAR or kind == SHEET:
                    dark = shadow_at(shadow, er * per_cell, nr * per_cell)
                mix(
                    image,
                    row,
                    col,
                    alpha,
                    red * gain * (1 - 0.60 * dark),
                    green * gain * (1 - 0.56 * dark),
                    blue * gain * (1 - 0.46 * dark),
                )


@inlined
def shadow_at(shadow, col, row):
    """Share of the sun that is kept from a place, with the shadows' edges sharpened."""
    return min(1.0, max(0.0, (shade_at(shadow, col, row) - 0.5) * 2.2 + 0.5))


@inlined
def place(lattice, step, row, col):
    """Ground coordinates of a pixel, exactly as the ground shader interpolates them."""
    i, j = row // step, col // step
    y, x = (row - i * step) / step, (col - j * step) / step
    e0 = lattice[i, j, 0] + y * (lattice[i + 1, j, 0] - lattice[i, j, 0])
    n0 = lattice[i, j, 1] + y * (lattice[i + 1, j, 1] - lattice[i, j, 1])
    e1 = lattice[i, j + 1, 0] + y * (lattice[i + 1, j + 1, 0] - lattice[i, j + 1, 0])
    n1 = lattice[i, j + 1, 1] + y * (lattice[i + 1, j + 1, 1] - lattice[i, j + 1, 1])
    return e0 + x * (e1 - e0), n0 + x * (n1 - n0)


@inlined
def mix(image, row, col, alpha, red, green, blue):
    """Lay a colour over a pixel."""
    image[row, col, 0] = np.uint8(
        min(255.0, max(0.0, image[row, col, 0] + alpha * (blue - image[row, col, 0])))
    )
    image[row, col, 1] = np.uint8(
        min(255.0, max(0.0, image[row, col, 1] + alpha * (green - image[row, col, 1])))
    )
    image[row, col, 2] = np.uint8(
        min(255.0, max(0.0, image[row, col, 2] + alpha * (red - image[row, col, 2])))
    )


@kernel
def soft(inside_m, gsd_m):
    """Coverage 0..1 of a pixel whose centre lies this far inside an edge."""
    return min(1.0, max(0.0, 0.5 + inside_m / gsd_m))


@kernel
def rosette(u, v, length, leaves, seed, gsd_m):
    """Long lobed leaves around a stem, the gaps between them in their shade."""
    away = math.sqrt(u * u + v * v)
    alpha, gain, lift = 0.5 * max(0.0, 1 - away / (0.8 * length)), 0.25, 0.0
    for k in range(leaves):
        turn = 6.2832 * (k + 0.6 * hash01(seed, k, 1)) / leaves
        reach = length * (0.55 + 0.45 * hash01(seed, k, 2))
        c, s = math.cos(turn), math.sin(turn)
        along, across = (c * u + s * v) / reach, -s * u + c * v
        if along < 0 or along > 1:
            continue
        wide = reach * 0.24 * (1 - (2 * along - 0.9) ** 2 * 0.9) * (1 + 0.3 * math.sin(along * 26.0))
        cover = soft(wide - abs(across), gsd_m)
        if cover > 0.02:
            tilt = 0.62 + 0.45 * hash01(seed, k, 3)
            rib = 18.0 if abs(across) < 0.12 * wide else 0.0
            gain += cover * (tilt - gain)
            lift += cover * (rib - lift)
            alpha += cover * (1 - alpha)
    return alpha, gain, lift


@kernel
def stone(u, v, a, b, rise, light_u, light_v, tone, gsd_m):
    """Rounded body lit from the sun, with its shadow on the other side."""
    r = math.sqrt(u * u / (a * a) + v * v / (b * b)) * (1 + 0.35 * (tone - 0.5))
    alpha = soft((1 - r) * b, gsd_m)
    gain = 0.82 + 0.28 * (u / a * light_u + v / b * light_v) + 0.3 * (tone - 0.5) if r < 1 else 0.8
    su, sv = u + light_u * rise * b, v + light_v * rise * b
    cast = 0.6 * soft((1 - math.sqrt(su * su / (a * a) + sv * sv / (b * b))) * b, gsd_m)
    if cast > alpha:
        gain = gain * alpha + 0.12 * (1 - alpha)
        alpha = cast
    return alpha, gain


@kernel
def flower(u, v, radius, squash, disc_share, petals, light_u, light_v, gsd_m):
    """Petals around a disc, seen a little from the side: coverage, brightness, share of the disc's colour."""
    x, y = u / radius, v / (radius * squash)
    r = math.sqrt(x * x + y * y)
    lobe = abs(math.cos(0.5 * petals * math.atan2(y, x)))
    alpha = soft((0.84 + 0.16 * math.sqrt(lobe) - r) * radius * squash, gsd_m)
    gain = (
        0.86 + 0.16 * r + 0.10 * (x * light_u + y * light_v) - 0.22 * max(0.0, 0.35 - lobe) * min(1.0, 2 * r)
    )
    disc = 0.75 * soft((disc_share - r) * radius, gsd_m) - 0.5 * soft((0.4 * disc_share - r) * radius, gsd_m)
    return alpha, gain, disc


@kernel
def car(u, v, a, b, light_v, gsd_m):
    """A saloon from above, bonnet, windscreen, roof, rear window: coverage, brightness, share of glass."""
    corner = 0.35 * b
    du, dv = max(0.0, abs(u) - (a - corner)), max(0.0, abs(v) - (b - corner))
    alpha = soft(corner - math.sqrt(du * du + dv * dv), gsd_m)
    x, y = u / a, v / b
    glass = 0.0
    if (-0.08 < x - 0.06 * y * y - 0.22 < 0.10 or -0.80 < x + 0.05 * y * y < -0.62) and abs(y) < 0.82:
        glass = 0.92
    elif -0.62 < x < 0.2 and 0.78 < abs(y) < 0.93:
        glass = 0.7
    gain = 0.95 + 0.12 * y * (1.0 if light_v > 0 else -1.0) - 0.25 * max(0.0, abs(y) - 0.8)
    if -0.6 < x < 0.14 and abs(y) < 0.78:
        gain += 0.12
    return alpha, gain, glass


@kernel
def sheet(u, v, a, b, wrinkles, tone, seed, gsd_m):
    """Cloth or foil on the ground: edges that wave, folds that shine."""
    wave = 0.06 * b * math.sin(9 * u / a + seed % 7)
    alpha = soft(min(a - abs(u) + wave, b - abs(v) + wave), gsd_m)
    fold = math.sin(11 * (u + 0.4 * v) / a + 3 * math.sin(5 * v / b + seed % 5)) * math.sin(
        4 * v / b + seed % 3
    )
    return alpha, 0.95 + wrinkles * 0.22 * fold + 0.25 * (tone - 0.5)


@kernel
def roof(u, v, a, b, pitched, rib_m, light_v, tone, gsd_m):
    """A roof with its ridge along u; ribs (tiles, corrugation) run down the slopes."""
    alpha = soft(min(a - abs(u), b - abs(v)), gsd_m)
    gain = 0.92 + 0.22 * (tone - 0.5)
    if pitched > 0:
        gain += 0.20 * light_v * (1.0 if v > 0 else -1.0)
        if abs(v) < 0.11:
            gain += 0.10
    if rib_m > 2.5 * gsd_m:
        f = u / rib_m - math.floor(u / rib_m)
        gain *= 0.88 + 0.20 * abs(2 * f - 1)
        course = abs(v) / (1.6 * rib_m)
        gain *= 0.97 + 0.05 * (course - math.floor(course))
    if min(a - abs(u), b - abs(v)) < 0.12:
        gain *= 0.86
    return alpha, gain


@inlined
def shape_crown(lobes, seed):
    """Place the lobes of a crown, in units of its radius: eight around, one on top; east, north, size."""
    for k in range(LOBES):
        turn = 6.2832 * (k + 0.5 * hash01(seed, k, 1)) / (LOBES - 1)
        off = 0.0 if k == LOBES - 1 else 0.35 + 0.22 * hash01(seed, k, 2)
        lobes[k, 0], lobes[k, 1] = off * math.cos(turn), off * math.sin(turn)
        lobes[k, 2] = 0.62 if k == LOBES - 1 else 0.30 + 0.16 * hash01(seed, k, 3)


@inlined
def crown(de, dn, radius, sun_e, sun_n, height, shade, lobes, gsd_m):
    """Crown of a bush or tree: leafy lobes, lit on the sun's side, ragged where they end."""
    x, y = de / radius, dn / radius
    r = math.sqrt(x * x + y * y)
    best, light = -1.0, 0.0
    for k in range(LOBES):
        size = lobes[k, 2]
        dx, dy = (x - lobes[k, 0]) / size, (y - lobes[k, 1]) / size
        top = 1 - dx * dx - dy * dy
        z = top * size + (0.35 if k == LOBES - 1 else 0.1)
        if top > -0.3 and z > best:
            best = z
            light = dx * sun_e + dy * sun_n
    alpha, gain = 0.0, 0.0
    if best > -1.0:
        ragged = best + 0.35 * (height - 0.55)
        alpha = min(1.0, max(0.0, ragged * 5 * min(1.0, 0.25 * radius / gsd_m)))
        gain = (0.30 + 1.05 * shade * (0.5 + 0.7 * height)) * (0.86 + 0.26 * light - 0.10 * r) + 0.10 * min(
            1.0, best
        )
    return alpha, gain


@kernel
def blossom(e, n, share):
    """Coverage of a pixel by a blossom; they sit on a grid of 8 cm, anywhere within their cell."""
    a, b = e / 0.08, n / 0.08
    i, j = math.floor(a), math.floor(b)
    if hash01(int(i), int(j), 21) > share:
        return 0.0
    x = a - i - 0.4 - 0.2 * hash01(int(i), int(j), 22)
    y = b - j - 0.4 - 0.2 * hash01(int(i), int(j), 23)
    return min(1.0, max(0.0, (0.36 - math.sqrt(x * x + y * y)) * 7))
