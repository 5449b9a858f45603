"""What QGroundControl demands of a .plan before it opens it, with the types it demands.

Written from the developer guide (Plan File Format) and from the keys that its loaders check, so that our
writer is held against something that is not our reader.
"""

import math

NUMBER, TEXT, FLAG, LIST, OBJECT = "number", "text", "flag", "list", "object"


def kind_of(value):
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, int | float) or value is None:  # null is NaN to QGroundControl
        return NUMBER
    return {str: TEXT, list: LIST, dict: OBJECT}[type(value)]


def demand(where, found, **keys):
    for key, kind in keys.items():
        assert key in found, f"{where}: {key} is missing"
        assert kind_of(found[key]) == kind, f"{where}.{key} is {found[key]!r}, not a {kind}"


def check_plan(document):
    """Assert everything about a plan; return the mission items it uploads, in order."""
    demand(
        "plan", document, fileType=TEXT, version=NUMBER, groundStation=TEXT, mission=OBJECT, geoFence=OBJECT,
        rallyPoints=OBJECT,
    )  # fmt: skip
    assert (document["fileType"], document["version"]) == ("Plan", 1)
    mission = document["mission"]
    demand(
        "mission", mission, version=NUMBER, firmwareType=NUMBER, vehicleType=NUMBER, items=LIST,
        plannedHomePosition=LIST, cruiseSpeed=NUMBER, hoverSpeed=NUMBER, globalPlanAltitudeMode=NUMBER,
    )  # fmt: skip
    assert mission["version"] == 2
    assert mission["globalPlanAltitudeMode"] in range(5)
    coordinate("home", mission["plannedHomePosition"], 3)
    flown = [item for entry in mission["items"] for item in items_of(entry)]
    assert [item["doJumpId"] for item in flown] == list(range(1, len(flown) + 1))
    check_fence(document["geoFence"])
    check_rally(document["rallyPoints"])
    return flown


def items_of(entry):
    demand("item", entry, type=TEXT)
    if entry["type"] == "SimpleItem":
        check_item(entry)
        if {"AltitudeMode", "Altitude", "AMSLAltAboveTerrain"} & set(entry):
            demand("item", entry, AltitudeMode=NUMBER, Altitude=NUMBER, AMSLAltAboveTerrain=NUMBER)
            frames = {1: 3, 2: 0, 3: 0, 4: 10}
            assert frames[entry["AltitudeMode"]] == entry["frame"]
            assert entry["Altitude"] == entry["params"][6]
        return [entry]
    assert entry["type"] == "ComplexItem"
    return check_survey(entry)


def check_item(item):
    demand(
        "item", item, command=NUMBER, frame=NUMBER, params=LIST, autoContinue=FLAG, doJumpId=NUMBER, type=TEXT
    )
    assert item["frame"] in (0, 2, 3, 10)
    assert len(item["params"]) == 7
    assert all(value is None or math.isfinite(value) for value in item["params"])


def check_survey(entry):
    demand(
        "survey", entry, version=NUMBER, complexItemType=TEXT, polygon=LIST, angle=NUMBER,
        entryLocation=NUMBER, flyAlternateTransects=FLAG, splitConcavePolygons=FLAG,
        TransectStyleComplexItem=OBJECT,
    )  # fmt: skip
    assert (entry["complexItemType"], entry["version"]) == ("survey", 5)
    assert len(entry["polygon"]) >= 3
    for corner in entry["polygon"]:
        coordinate("polygon", corner, 2)
    assert 0 <= entry["angle"] <= 360
    assert entry["entryLocation"] in range(4)
    inner = entry["TransectStyleComplexItem"]
    demand(
        "TransectStyleComplexItem", inner, version=NUMBER, TurnAroundDistance=NUMBER,
        CameraTriggerInTurnAround=FLAG, HoverAndCapture=FLAG, Refly90Degrees=FLAG, CameraCalc=OBJECT,
        VisualTransectPoints=LIST, Items=LIST, CameraShots=NUMBER,
    )  # fmt: skip
    assert inner["version"] == 2
    for point in inner["VisualTransectPoints"]:
        coordinate("VisualTransectPoints", point, 2)
    check_camera(inner["CameraCalc"])
    if inner["CameraCalc"]["DistanceMode"] == 3:
        demand(
            "TransectStyleComplexItem", inner, TerrainAdjustTolerance=NUMBER, TerrainFlightSpeed=NUMBER,
            TerrainAdjustMaxClimbRate=NUMBER, TerrainAdjustMaxDescentRate=NUMBER,
        )  # fmt: skip
    for item in inner["Items"]:
        assert item["type"] == "SimpleItem"
        check_item(item)
    return inner["Items"]


def check_camera(camera):
    demand(
        "CameraCalc", camera, version=NUMBER, CameraName=TEXT, AdjustedFootprintSide=NUMBER,
        AdjustedFootprintFrontal=NUMBER, DistanceToSurface=NUMBER, DistanceMode=NUMBER,
        ValueSetIsDistance=FLAG, ImageDensity=NUMBER, FrontalOverlap=NUMBER, SideOverlap=NUMBER,
        SensorWidth=NUMBER, SensorHeight=NUMBER, ImageWidth=NUMBER, ImageHeight=NUMBER, FocalLength=NUMBER,
        Landscape=FLAG, FixedOrientation=FLAG, MinTriggerInterval=NUMBER,
    )  # fmt: skip
    assert camera["version"] == 2
    # The sums that CameraCalc does when it is edited must give what the plan has.
    density_cm = (
        camera["DistanceToSurface"]
        * camera["SensorWidth"]
        * 100
        / (camera["ImageWidth"] * camera["FocalLength"])
    )
    assert math.isclose(camera["ImageDensity"], density_cm, rel_tol=1e-5)
    across, along = camera["ImageWidth"], camera["ImageHeight"]
    if not camera["Landscape"]:
        across, along = along, across
    for pixels, overlap, step in (
        (across, "SideOverlap", "AdjustedFootprintSide"),
        (along, "FrontalOverlap", "AdjustedFootprintFrontal"),
    ):
        assert math.isclose(
            pixels * density_cm / 100 * (1 - camera[overlap] / 100), camera[step], rel_tol=1e-3
        )


def check_fence(fence):
    demand("geoFence", fence, version=NUMBER, circles=LIST, polygons=LIST)
    assert fence["version"] == 2
    for polygon in fence["polygons"]:
        demand("geoFence polygon", polygon, version=NUMBER, inclusion=FLAG, polygon=LIST)
        assert polygon["version"] == 1
        assert len(polygon["polygon"]) >= 3
        assert polygon["polygon"][0] != polygon["polygon"][-1]
        for corner in polygon["polygon"]:
            coordinate("geoFence", corner, 2)
    for circle in fence["circles"]:
        demand("geoFence circle", circle, version=NUMBER, inclusion=FLAG, circle=OBJECT)
        coordinate("geoFence circle", circle["circle"]["center"], 2)


def check_rally(rally):
    demand("rallyPoints", rally, version=NUMBER, points=LIST)
    assert rally["version"] == 2
    for point in rally["points"]:
        coordinate("rallyPoints", point, 3)


def coordinate(where, value, count):
    assert len(value) == count, f"{where}: {value}"
    assert all(kind_of(number) == NUMBER and number is not None for number in value), f"{where}: {value}"
    assert abs(value[0]) <= 90 and abs(value[1]) <= 180, f"{where}: {value}"
