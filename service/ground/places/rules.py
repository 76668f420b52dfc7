"""What can be a fence; by what a place is found."""

from geoalchemy2 import WKTElement

from schemas.foundation.geo import Circle, Datum, Point, Polygon
from schemas.ground.places import FenceKind
from service.foundation.geo import convert, to_wgs84
from service.ground.places.errors import AreaFault, AreaUnusable

SRID = 4326
MAX_AREA_KM2 = 5_000.0
"""No village or enterprise is larger; a larger area is a slip of the pen."""
POLE_DEG = 85.0
HALF_ROUND_DEG = 180.0
"""Corners further apart than this lie on both sides of the antimeridian."""


def area(shape: Circle | Polygon) -> tuple[FenceKind, float | None, WKTElement]:
    """Kind, radius in metres (circles only) and area in WGS 84.

    Raises AreaUnusable for a ring that is not closed or goes around the back of the earth and for whatever lies at a
    pole, OutsideDatum, AxesSwapped.
    """
    if isinstance(shape, Circle):
        longitude_deg, latitude_deg = to_wgs84(shape.centre)
        _must_lie_off_the_poles([latitude_deg])
        point = WKTElement(f"POINT({longitude_deg:.9f} {latitude_deg:.9f})", SRID)
        return FenceKind.CIRCLE, shape.radius_m, point
    if shape.ring[0] != shape.ring[-1]:
        raise AreaUnusable(reason=AreaFault.NOT_CLOSED)
    _must_lie_off_the_poles([latitude_deg for _, latitude_deg in shape.ring])
    longitudes_deg = [longitude_deg for longitude_deg, _ in shape.ring]
    if max(longitudes_deg) - min(longitudes_deg) > HALF_ROUND_DEG:
        raise AreaUnusable(reason=AreaFault.OVER_ANTIMERIDIAN)
    corners = ", ".join(_corner(longitude_deg, latitude_deg, shape) for longitude_deg, latitude_deg in shape.ring)
    return FenceKind.POLYGON, None, WKTElement(f"POLYGON(({corners}))", SRID)


def is_at_a_pole(latitude_deg: float) -> bool:
    """Where degrees of longitude mean next to nothing, no fence is drawn."""
    return abs(latitude_deg) > POLE_DEG


def _must_lie_off_the_poles(latitudes_deg: list[float]) -> None:
    if any(map(is_at_a_pole, latitudes_deg)):
        raise AreaUnusable(reason=AreaFault.AT_A_POLE)


def _corner(longitude_deg: float, latitude_deg: float, shape: Polygon) -> str:
    to_wgs84(Point(longitude_deg=longitude_deg, latitude_deg=latitude_deg, datum=shape.datum))
    x, y = convert(longitude_deg, latitude_deg, Datum(shape.datum))
    return f"{x:.9f} {y:.9f}"


def found_by(name: str) -> str:
    """Name, pinyin without tones and initials, parted by blanks: `梅园新村 meiyuanxincun myxc`.

    Characters with several readings take the commonest, so a place may be found by its name only. The dictionary of
    pypinyin takes 55 MB and half a second to load. Most API processes never create a place, so the first call loads it.
    """
    from pypinyin import Style, lazy_pinyin

    plain = "".join(name.lower().split())
    return " ".join([plain, "".join(lazy_pinyin(plain)), "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))])


def looked_for(text: str) -> str:
    """What is searched for in `found_by`: small letters, no blanks."""
    return "".join(text.lower().split())
