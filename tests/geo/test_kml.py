import zipfile
from pathlib import Path

import fastkml
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon

from geo.errors import GeoError
from geo.kml import Html, KmlDocument, kml_bytes, read_kml, write_kml, write_kmz
from geo.kml import source as reader

SCHEMA = etree.XMLSchema(file=str(Path(fastkml.__file__).parent / "schema" / "ogckml22.xsd"))
HOLED = Polygon(
    [(113.0, 28.0), (113.0, 28.01), (113.01, 28.01), (113.01, 28.0)],
    [[(113.002, 28.002), (113.004, 28.002), (113.004, 28.004)]],
)
NASTY = "<script>alert('1')</script> \"q\" & ]]> <![CDATA[ \x00\x07\x1b 罂粟 \ufffe \U0001f33a &lt; &#1;"
NASTY_KEPT = "<script>alert('1')</script> \"q\" & ]]> <![CDATA[  罂粟  \U0001f33a &lt; &#1;"


def full_document(name: str = "Survey", feature: str = "North field") -> KmlDocument:
    document = KmlDocument(name, "A lead for a person to verify.")
    document.style("plot", line="#ffcc00", fill="#ff0000", fill_opacity=0.2)
    document.style("dot", icon="files/dot.png", icon_colour="#ff8800", icon_scale=0.8, label_scale=0)
    plots = document.folder("Plots", open=True)
    plots.placemark(feature, HOLED, style="plot", properties={feature: feature, "area": 1.5}, id=feature)
    plots.placemark("line", LineString([(113, 28, 50), (113.1, 28, 60)]), altitude="amsl")
    hidden = document.folder("Hidden", visible=False, description=feature).folder("Deeper")
    hidden.placemark(
        "suspect", Point(113, 28), style="dot", description=Html('<img src="files/T0001.jpg">'), id="T1"
    )
    hidden.placemark("all", GeometryCollection([Point(113, 28), MultiPolygon([HOLED])]), description=feature)
    hidden.ground_overlay("coverage", "files/coverage.png", (113, 28, 113.1, 28.1))
    return document


FILES: dict[str, bytes | Path] = {
    "files/dot.png": b"dot",
    "files/T0001.jpg": b"jpeg",
    "files/coverage.png": b"png",
}


def kml_file(folder: Path, body: str, head: str = '<kml xmlns="http://www.opengis.net/kml/2.2">') -> Path:
    path = folder / "input.kml"
    path.write_text(f"{head}<Document>{body}</Document></kml>", encoding="utf-8")
    return path


def placemark(geometry: str, name: str = "p") -> str:
    return f"<Placemark><name>{name}</name>{geometry}</Placemark>"


@pytest.mark.parametrize("text", ["North field", NASTY, "1 starts with a digit", "", "塔元村"])
def test_what_is_written_is_valid_and_comes_back(tmp_path: Path, text: str) -> None:
    document = full_document(text, text)
    SCHEMA.assertValid(etree.fromstring(kml_bytes(document)))
    write_kmz(tmp_path / "a.kmz", document, FILES)
    features = read_kml(tmp_path / "a.kmz")
    assert [feature.problem for feature in features] == [""] * 4
    assert features[0].name == text.replace(NASTY, NASTY_KEPT)
    assert features[0].properties["area"] == "1.5"
    assert shapely.equals(features[0].geometry, HOLED)
    assert features[2].folder == "Hidden/Deeper"
    assert features[2].id == "T1"
    assert features[3].geometry.geom_type == "GeometryCollection"


@given(st.text())
def test_any_text_is_valid(text: str) -> None:
    SCHEMA.assertValid(etree.fromstring(kml_bytes(full_document(text, text))))


def test_texts_are_data_never_markup() -> None:
    root = etree.fromstring(kml_bytes(full_document(NASTY, NASTY)))
    assert not list(root.iter("{*}script"))
    folder = next(element for element in root.iter("{*}Folder") if element.findtext("{*}name") == "Hidden")
    description = folder.findtext("{*}description")
    assert description is not None
    assert "<script>" not in description  # a description is shown as HTML, so text in it is escaped once more
    assert "&lt;script&gt;" in description


def test_bytes_do_not_depend_on_what_was_written_before(tmp_path: Path) -> None:
    first = kml_bytes(full_document())
    KmlDocument("another").folder("x").placemark("p", Point(0, 0))
    assert kml_bytes(full_document()) == first
    write_kmz(tmp_path / "a.kmz", full_document(), FILES)
    write_kmz(tmp_path / "b.kmz", full_document(), dict(reversed(FILES.items())))
    assert (tmp_path / "a.kmz").read_bytes() == (tmp_path / "b.kmz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        assert archive.namelist()[0] == "doc.kml"
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_rings_are_closed_and_wound(tmp_path: Path) -> None:
    write_kml(tmp_path / "a.kml", full_document())
    root = etree.parse(str(tmp_path / "a.kml"))
    for border, turns_left in (("outerBoundaryIs", True), ("innerBoundaryIs", False)):
        text = root.findtext(f".//{{*}}{border}//{{*}}coordinates")
        assert text is not None
        ring = [tuple(map(float, word.split(","))) for word in text.split()]
        assert ring[0] == ring[-1]
        assert shapely.is_ccw(shapely.LinearRing(ring)) == turns_left


def test_what_stands_in_an_invisible_folder_is_off() -> None:
    root = etree.fromstring(kml_bytes(full_document()))
    hidden = next(folder for folder in root.iter("{*}Folder") if folder.findtext("{*}name") == "Hidden")
    features = list(hidden.iter("{*}Folder", "{*}Placemark", "{*}GroundOverlay"))
    assert len(features) == 5
    assert {feature.findtext("{*}visibility") for feature in features} == {"0"}
    plots = next(folder for folder in root.iter("{*}Folder") if folder.findtext("{*}name") == "Plots")
    assert "0" not in {element.text for element in plots.iter("{*}visibility")}


def test_two_features_with_one_id_stay_apart() -> None:
    document = KmlDocument("d")
    for _ in range(2):
        document.placemark("p", Point(0, 0), id="T 1")
    ids = [element.get("id") for element in etree.fromstring(kml_bytes(document)).iter("{*}Placemark")]
    assert ids == ["T_1", "T_1-2"]


@pytest.mark.parametrize("geometry", [Point(), Point(28, 113), Point(float("nan"), 1), Polygon()])
def test_a_geometry_that_is_no_place_is_refused(geometry: shapely.Geometry) -> None:
    with pytest.raises(GeoError, match="odd one"):
        KmlDocument("d").placemark("odd one", geometry)


def test_a_kmz_must_hold_what_it_shows(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match=r"files/T0001\.jpg"):
        write_kmz(tmp_path / "a.kmz", full_document(), {k: v for k, v in FILES.items() if "T0001" not in k})
    for name in ("files/../x", "T0001.jpg", "files/图.jpg"):
        with pytest.raises(GeoError, match="name of a file"):
            write_kmz(tmp_path / "a.kmz", full_document(), {**FILES, name: b""})


# Reading what others wrote


@pytest.mark.parametrize(
    "head",
    [
        '<kml xmlns="http://www.opengis.net/kml/2.2">',
        '<kml xmlns="http://earth.google.com/kml/2.1">',
        '<kml xmlns="http://www.google.com/kml/2.0">',
        "<kml>",
        '<?xml version="1.0"?><!-- <!DOCTYPE in a comment> --><k:kml xmlns:k="http://www.opengis.net/kml/2.2">',
    ],
)
def test_namespaces_do_not_matter(tmp_path: Path, head: str) -> None:
    path = kml_file(
        tmp_path, placemark("<Point><coordinates> 113.5 , 28.25 , 3 </coordinates></Point>"), head
    )
    if "k:kml" in head:
        path.write_text(path.read_text().replace("</kml>", "</k:kml>"))
    (feature,) = read_kml(path)
    assert feature.geometry == Point(113.5, 28.25)


def test_an_undeclared_prefix_and_a_track_do_not_stop_the_rest(tmp_path: Path) -> None:
    body = (
        placemark("<gx:Track><gx:coord>113 28 0</gx:coord></gx:Track>", "track")
        + placemark("<Point><coordinates>113,28</coordinates></Point>", "point")
        + "<NetworkLink><name>more</name><Link><href>more.kml</href></Link></NetworkLink>"
        + placemark("", "nothing")
    )
    track, point, link, nothing = read_kml(kml_file(tmp_path, body))
    assert (track.name, track.problem) == ("track", "a Track, not a shape")
    assert track.geometry.is_empty
    assert point.geometry == Point(113, 28)
    assert "more.kml" in link.problem
    assert nothing.problem == "has no geometry"


def test_polygons_with_holes_and_multigeometries(tmp_path: Path) -> None:
    def ring(*corners: tuple[float, float]) -> str:
        words = " ".join(f"{lon},{lat},0" for lon, lat in corners)
        return f"<LinearRing><coordinates>\n{words}\n</coordinates></LinearRing>"

    outer = ring((0, 0), (4, 0), (4, 4), (0, 4))  # not closed, as many programs write it
    inner = ring((1, 1), (2, 1), (2, 2), (1, 2), (1, 1))
    borders = f"<outerBoundaryIs>{outer}</outerBoundaryIs><innerBoundaryIs>{inner}</innerBoundaryIs>"
    polygon = f"<Polygon>{borders}</Polygon>"
    body = placemark(polygon) + placemark(f"<MultiGeometry>{polygon}{polygon}</MultiGeometry>")
    one, two = read_kml(kml_file(tmp_path, body))
    assert one.geometry.area == 15
    assert two.geometry.geom_type == "MultiPolygon"


def test_extended_data(tmp_path: Path) -> None:
    body = (
        "<Folder><name>乡</name><Placemark><name>p</name><ExtendedData>"
        '<Data name="priority"><displayName>x</displayName><value> 2 </value></Data>'
        '<SchemaData schemaUrl="#s"><SimpleData name="村">塔元</SimpleData></SchemaData>'
        "</ExtendedData><Point><coordinates>1,2</coordinates></Point></Placemark></Folder>"
    )
    (feature,) = read_kml(kml_file(tmp_path, body))
    assert feature.properties == {"priority": "2", "村": "塔元"}
    assert feature.folder == "乡"


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        ("<Point><coordinates></coordinates></Point>", "0 points"),
        ("<Point><coordinates>28.1,113.2</coordinates></Point>", "lat,lon"),
        ("<Point><coordinates>nan,1</coordinates></Point>", "degrees"),
        ("<Point><coordinates>east,north</coordinates></Point>", "east,north"),
        ("<LineString><coordinates>1,2</coordinates></LineString>", "1 points"),
        ("<Polygon></Polygon>", "0 outer boundaries"),
        ("<LinearRing><coordinates>1,1 2,2 1,1 2,2</coordinates></LinearRing>", "2 different points"),
        ("<MultiGeometry/>", "nothing in it"),
    ],
)
def test_a_broken_shape_is_set_aside_with_its_reason(tmp_path: Path, geometry: str, problem: str) -> None:
    body = placemark(geometry) + placemark("<Point><coordinates>1,2</coordinates></Point>")
    broken, whole = read_kml(kml_file(tmp_path, body))
    assert problem in broken.problem
    assert broken.geometry.is_empty
    assert whole.problem == ""


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {new} "{"&" + old + ";" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("doctype", [LAUGHS, '<!DOCTYPE kml SYSTEM "file:///etc/passwd">', "<!DOCTYPE kml>"])
def test_entities_are_refused(tmp_path: Path, doctype: str, encoding: str) -> None:
    path = tmp_path / "bad.kml"
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<!-- c -->{doctype}<kml><name>&i;</name></kml>'
    path.write_text(text, encoding=encoding)
    with pytest.raises(GeoError, match=r"bad\.kml.*entities.*save it again"):
        read_kml(path)


def test_a_doctype_inside_a_balloon_is_text(tmp_path: Path) -> None:
    balloon = "<description><![CDATA[<!DOCTYPE html><b>x</b>]]></description>"
    body = placemark(f"{balloon}<Point><coordinates>1,2</coordinates></Point>")
    (feature,) = read_kml(kml_file(tmp_path, body))
    assert feature.description == "<!DOCTYPE html><b>x</b>"


def test_every_cut_off_file_is_refused_by_name(tmp_path: Path) -> None:
    kmz, kml = tmp_path / "whole.kmz", tmp_path / "whole.kml"
    write_kmz(kmz, full_document(), FILES)
    write_kml(kml, full_document())
    for whole in (kmz, kml):
        data = whole.read_bytes().rstrip()
        cut = tmp_path / f"cut{whole.suffix}"
        for length in range(0, len(data) - 1, 97):
            cut.write_bytes(data[:length])
            with pytest.raises(GeoError, match="cut"):
                read_kml(cut)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"<kml>", b"<?xml", b"\xff\xfe<"]))
def test_nothing_but_geo_error_escapes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.kml"
    path.write_bytes(head + data)
    with pytest.raises(GeoError, match=r"noise\.kml"):
        read_kml(path)


def test_a_kmz_whose_bytes_were_changed(tmp_path: Path) -> None:
    write_kmz(tmp_path / "whole.kmz", full_document(), FILES)
    data = (tmp_path / "whole.kmz").read_bytes()
    refused = 0
    for place in range(0, len(data), 53):
        broken = tmp_path / "broken.kmz"
        broken.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            read_kml(broken)
        except GeoError as error:
            refused += 1
            assert "broken.kmz" in str(error)
    assert refused > 5


def test_heights_are_kept_beside_the_flat_shape(tmp_path: Path) -> None:
    line = "<LineString><altitudeMode>absolute</altitudeMode><coordinates>{}</coordinates></LineString>"
    marks = "".join(
        f"<Placemark>{line.format(text)}</Placemark>"
        for text in ("100,25,1560.5 100.1,25 100.2,25,x", "100,25 100.1,25,nan")
    )
    first, second = read_kml(kml_file(tmp_path, marks))
    assert not first.geometry.has_z
    assert first.altitude_mode == "absolute"
    assert [height for _, _, height in first.geometry_z.coords] == [1560.5, 0, 0]
    assert [height for _, _, height in second.geometry_z.coords] == [0, 0]


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_KML_BYTES", 2**20)
    bomb = tmp_path / "bomb.kmz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 2**22 + b"</kml>")
    with pytest.raises(GeoError, match=r"bomb\.kmz.*unpacks to more"):
        read_kml(bomb)
    large = tmp_path / "large.kml"
    large.write_bytes(b"<kml>" + b" " * 2**21 + b"</kml>")
    with pytest.raises(GeoError, match=r"large\.kml.*2 MB"):
        read_kml(large)
    deep = kml_file(tmp_path, "<Folder>" * 5000 + "</Folder>" * 5000)
    with pytest.raises(GeoError, match=r"input\.kml"):
        read_kml(deep)


def test_other_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.kmz", "w") as archive:
        archive.writestr("a.jpg", b"")
    with pytest.raises(GeoError, match=r"photos\.kmz.*without a \.kml"):
        read_kml(tmp_path / "photos.kmz")
    (tmp_path / "page.kml").write_text("<html><body/></html>")
    with pytest.raises(GeoError, match="<html>; expected <kml>"):
        read_kml(tmp_path / "page.kml")
    with pytest.raises(GeoError, match="cannot be read"):
        read_kml(tmp_path / "absent.kml")
    with zipfile.ZipFile(tmp_path / "other.kmz", "w") as archive:
        archive.writestr("files/x.png", b"")
        archive.writestr("Saved Places.KML", kml_bytes(full_document()))
    assert len(read_kml(tmp_path / "other.kmz")) == 4


def test_a_kmz_of_a_dji_remote_control(tianmu_data: Path) -> None:
    features = read_kml(tianmu_data / "plans" / "dji_pilot2_m3m.kmz")
    assert len(features) == 2
    assert all(feature.geometry.geom_type == "Point" and not feature.problem for feature in features)
