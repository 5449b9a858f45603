import struct
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.imagery import ImageError, decode_jpeg, read_metadata
from sim.exif import ExifTags, with_exif

TAGS = ExifTags(
    make="SONY",
    model="ILCE-6000",
    time="2026:04:18 02:15:04",
    subsec="370",
    lon=-64.25,
    lat=-31.5,
    alt_m=512.25,
    focal_mm=20.0,
    width_px=325,
    height_px=201,
)
DJI = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" {attributes}>{children}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def plain_jpeg(width: int = 325, height: int = 201) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (height // 40 + 1, width // 40 + 1, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (width, height))
    return cv2.imencode(".jpg", picture)[1].tobytes()


def app1(body: bytes, jpeg: bytes) -> bytes:
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def with_xmp(attributes: str = "", children: str = "", head: str = "") -> bytes:
    packet = head + DJI.format(attributes=attributes, children=children)
    return app1(b"http://ns.adobe.com/xap/1.0/\x00" + packet.encode(), plain_jpeg())


@pytest.fixture
def save(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "photo.jpg"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(("scale", "shape"), [(1, (201, 325)), (2, (101, 163)), (4, (51, 82)), (8, (26, 41))])
def test_scaled_decoding_shows_the_same_picture(save, scale: int, shape: tuple[int, int]) -> None:
    path = save(plain_jpeg())
    image = decode_jpeg(path, scale)
    assert image.shape == (*shape, 3)
    whole = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    rows, columns = 201 // scale, 325 // scale  # the last row and column may be made of fewer pixels
    blocks = whole[: rows * scale, : columns * scale].reshape(rows, scale, columns, scale, 3)
    assert np.abs(image[:rows, :columns] - blocks.mean(axis=(1, 3))).mean() < 2


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_photo_is_refused(save, share: float) -> None:
    data = with_exif(plain_jpeg(), TAGS)
    path = save(data[: int(len(data) * share)])
    with pytest.raises(ImageError, match=r"photo\.jpg.*cut off"):
        decode_jpeg(path)


def test_bytes_lost_in_the_middle_are_noticed_although_the_end_is_there(save) -> None:
    data = plain_jpeg(640, 480)
    with pytest.raises(ImageError, match="damaged"):
        decode_jpeg(save(data[: len(data) // 2] + data[len(data) // 2 + 400 :]))


def test_the_thumbnails_end_is_not_the_photos_end(save) -> None:
    data = app1(b"Exif\x00\x00" + plain_jpeg(40, 30), plain_jpeg())
    decode_jpeg(save(data))
    with pytest.raises(ImageError, match="cut off"):
        decode_jpeg(save(data[:-40]))


def test_bytes_behind_the_end_do_no_harm(save) -> None:
    assert decode_jpeg(save(plain_jpeg() + b"\x00" * 500 + plain_jpeg(40, 30))).shape == (201, 325, 3)


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"GIF89a....", "not a JPEG"), (b"\xff\xd8\xff\xd9", "cut off")]
)
def test_what_is_no_jpeg_is_named(save, data: bytes, words: str) -> None:
    for read in (decode_jpeg, read_metadata):
        with pytest.raises(ImageError, match=words):
            read(save(data))


def test_a_missing_photo_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.jpg"):
        read_metadata(tmp_path / "gone.jpg")


def test_exif_position_time_and_lens(save) -> None:
    meta = read_metadata(save(with_exif(plain_jpeg(), TAGS)))
    assert (meta.width_px, meta.height_px) == (325, 201)
    assert (meta.make, meta.model, meta.focal_mm) == ("SONY", "ILCE-6000", 20.0)
    assert meta.taken_local == datetime(2026, 4, 18, 2, 15, 4, 370_000)
    assert meta.taken_step_s == pytest.approx(0.001)
    assert (meta.lon, meta.lat) == (pytest.approx(-64.25, abs=1e-7), pytest.approx(-31.5, abs=1e-7))
    assert meta.alt_m == pytest.approx(512.25)
    assert meta.notes == ()


@pytest.mark.parametrize("as_children", [False, True])
def test_dji_xmp(save, as_children: bool) -> None:
    values = {
        "RelativeAltitude": "+39.80",
        "AbsoluteAltitude": "-2.5",
        "GimbalYawDegree": "-132.00",
        "GimbalPitchDegree": "-89.90",
        "GimbalRollDegree": "+0.00",
        "RtkFlag": "50",
        "RtkStdLon": "0.011",
        "RtkStdLat": "0.012",
        "RtkStdHgt": "0.021",
        "DewarpData": "2021-05-01;3705.8,3706.1,-14.6,12.3,-0.11,0.01,0.0001,-0.0002,-0.03",
    }
    if as_children:
        data = with_xmp(children="".join(f"<drone-dji:{k}>{v}</drone-dji:{k}>" for k, v in values.items()))
    else:
        data = with_xmp(attributes=" ".join(f'drone-dji:{k}="{v}"' for k, v in values.items()))
    meta = read_metadata(save(data))
    assert (meta.relative_alt_m, meta.alt_m) == (39.8, -2.5)
    assert (meta.gimbal_yaw_deg, meta.gimbal_pitch_deg, meta.gimbal_roll_deg) == (-132.0, -89.9, 0.0)
    assert (meta.rtk_flag, meta.rtk_std_m) == (50, (0.011, 0.012, 0.021))
    assert meta.dewarp == (3705.8, 3706.1, -14.6, 12.3, -0.11, 0.01, 0.0001, -0.0002, -0.03)


def test_xmp_that_is_none_is_noted_and_entities_are_not_expanded(save) -> None:
    assert "XMP" in read_metadata(save(with_xmp(attributes="<"))).notes[0]
    bomb = '<!DOCTYPE x [<!ENTITY a "boom">]>'
    meta = read_metadata(save(with_xmp(children="<drone-dji:RtkFlag>&a;</drone-dji:RtkFlag>", head=bomb)))
    assert meta.rtk_flag is None
    nonsense = read_metadata(save(with_xmp(attributes='drone-dji:RelativeAltitude="high"')))
    assert "RelativeAltitude" in nonsense.notes[0]


def test_a_receiver_without_a_fix_gives_no_position(save) -> None:
    meta = read_metadata(save(with_exif(plain_jpeg(), ExifTags(**{**TAGS.__dict__, "lon": 0.0, "lat": 0.0}))))
    assert (meta.lon, meta.lat) == (None, None)


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 900), st.binary(min_size=1, max_size=12), st.booleans())
def test_nothing_but_image_errors_escapes_damaged_files(
    tmp_path_factory, at: int, patch: bytes, cut: bool
) -> None:
    data = bytearray(with_exif(with_xmp('drone-dji:RtkFlag="50"'), TAGS))
    data[at : at + len(patch)] = patch
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    path.write_bytes(data[: at * 3] if cut else data)
    for read in (read_metadata, decode_jpeg):
        try:
            read(path)
        except ImageError as error:
            assert "damaged.jpg" in str(error)


def test_a_real_photo(tianmu_data: Path, save) -> None:
    path = tianmu_data / "photos" / "brighton" / "DJI_0024.JPG"
    meta = read_metadata(path)
    assert (meta.make, meta.model, meta.focal_35mm) == ("DJI", "FC300S", 20.0)
    assert (meta.lon, meta.lat) == (pytest.approx(-91.9936967, abs=1e-6), pytest.approx(46.8428646, abs=1e-6))
    assert (meta.relative_alt_m, meta.gimbal_yaw_deg) == (39.9, -140.0)
    assert decode_jpeg(path, 4).shape == (563, 1000, 3)
    data = path.read_bytes()
    with pytest.raises(ImageError, match="cut off"):
        decode_jpeg(save(data[: len(data) // 2]))
