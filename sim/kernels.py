"""How this room compiles its pixel loops.

Functions that take arrays are written into their callers (`inlined`), and the callers are compiled without
numba's reference counting (`kernel`): they allocate nothing, and counting references to a dozen arrays at
every pixel was measured to cost three times the pixel's own work. Arithmetic is `fastmath`: kernels must
not be given NaN. Constants and inlined functions of other modules are frozen into the compiled code on disk;
after changing one of those remove `__pycache__`.
"""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": True, "_nrt": False}

kernel: Any = njit(**_OPTIONS)
"""Decorator of a loop over pixels: cached on disk, holds no lock, allocates nothing."""

inlined: Any = njit(inline="always")
"""Decorator of a step that is compiled into every kernel that uses it."""
