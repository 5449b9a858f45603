"""The root of every error Tianmu raises on purpose."""


class TianmuError(Exception):
    """Something cannot be done with this input; the message names what came, what was expected, and where."""


class GeoError(TianmuError):
    """A coordinate, raster, camera or KML file that cannot be used."""
