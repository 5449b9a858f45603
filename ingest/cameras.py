"""Which camera took a photo: its own calibration, mission.toml, the catalogue, or EXIF's focal length."""

from dataclasses import replace

from geo.camera import Camera
from geo.imagery import PhotoMetadata
from missions.catalogue import CameraModel, camera_for_exif

_FULL_FRAME_MM = 36.0
_SAME_LENS = 0.05
"""EXIF writes real focal lengths rounded; beyond this share it is another lens."""


def camera_of(metadata: PhotoMetadata, named: CameraModel | None) -> tuple[Camera, str] | None:
    """Find a photo's camera.

    Parameters
    ----------
    metadata : PhotoMetadata
    named : CameraModel, optional
        The camera mission.toml names. It counts where the photo says nothing of its camera or the same.

    Returns
    -------
    camera, description : or None where nothing tells the focal length
    """
    width, height = metadata.width_px, metadata.height_px
    if metadata.dewarp is not None:
        fx, fy, cx, cy, k1, k2, p1, p2, k3 = metadata.dewarp
        if fx > 0 and fy > 0:
            # DJI counts the principal point from the image centre
            centre_x, centre_y = (width - 1) / 2 + cx, (height - 1) / 2 + cy
            camera = Camera(width, height, fx, fy, centre_x, centre_y, k1, k2, p1, p2, k3)
            return camera, f"{metadata.model} (its own DewarpData)"
    model = _named_if_it_fits(metadata, named)
    if model is None:
        model = camera_for_exif(metadata.model, width, height)
    if model is not None:
        camera = model.camera()
        focal = metadata.focal_mm
        if focal is not None and abs(focal / model.focal_mm - 1) > _SAME_LENS:
            scale = focal / model.focal_mm
            camera = replace(camera, fx_px=camera.fx_px * scale, fy_px=camera.fy_px * scale)
            return camera, f"{model.key} with the photo's focal length of {focal:g} mm"
        return camera, model.key
    if metadata.focal_35mm is not None:
        # CIPA DCG-001 compares the diagonals of the fields of view; makers of drones compare the widths as
        # often, and for a 4:3 image the two are 4 % apart.
        camera = Camera.from_sensor(width, height, _FULL_FRAME_MM, metadata.focal_35mm)
        return camera, f"{metadata.model or 'camera'} (EXIF's 35 mm equivalent, {metadata.focal_35mm:g} mm)"
    return None


def _named_if_it_fits(metadata: PhotoMetadata, named: CameraModel | None) -> CameraModel | None:
    if named is None or (named.width_px, named.height_px) != (metadata.width_px, metadata.height_px):
        return None
    known = {name.lower() for name in named.exif_models}
    return named if not metadata.model or not known or metadata.model.lower() in known else None
