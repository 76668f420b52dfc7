"""Which shapes can be a fence, and the text that the place search compares with."""

from geoalchemy2 import WKTElement

from schemas.foundation.geo import Circle, Datum, Point, Polygon
from schemas.ground.places import FenceKind
from service.foundation.geo import convert, to_wgs84
from service.ground.places.errors import AreaFault, AreaUnusable

SRID = 4326
MAX_AREA_KM2 = 5_000.0
"""No village or enterprise is larger; a larger area is a mistake."""
MAX_LATITUDE_DEG = 85.0
MAX_WIDTH_DEG = 180.0
"""If longitudes of a polygon differ by more than this, it crosses the antimeridian."""


def parse_shape(shape: Circle | Polygon) -> tuple[FenceKind, float | None, WKTElement]:
    """Convert a shape into the fence's kind, radius in metres (circles only) and area in WGS 84.

    Raises: AreaUnusable for a ring that is not closed or crosses the antimeridian and for a shape near a pole;
    OutsideDatum, AxesSwapped.
    """
    if isinstance(shape, Circle):
        longitude_deg, latitude_deg = to_wgs84(shape.centre)
        _must_not_be_near_pole([latitude_deg])
        point = WKTElement(f"POINT({longitude_deg:.9f} {latitude_deg:.9f})", SRID)
        return FenceKind.CIRCLE, shape.radius_m, point
    if shape.ring[0] != shape.ring[-1]:
        raise AreaUnusable(reason=AreaFault.NOT_CLOSED)
    _must_not_be_near_pole([latitude_deg for _, latitude_deg in shape.ring])
    longitudes_deg = [longitude_deg for longitude_deg, _ in shape.ring]
    if max(longitudes_deg) - min(longitudes_deg) > MAX_WIDTH_DEG:
        raise AreaUnusable(reason=AreaFault.OVER_ANTIMERIDIAN)
    corners = ", ".join(
        _format_corner(longitude_deg, latitude_deg, shape) for longitude_deg, latitude_deg in shape.ring
    )
    return FenceKind.POLYGON, None, WKTElement(f"POLYGON(({corners}))", SRID)


def is_near_pole(latitude_deg: float) -> bool:
    """Return whether a latitude is so near a pole that a degree of longitude is too short for a fence."""
    return abs(latitude_deg) > MAX_LATITUDE_DEG


def _must_not_be_near_pole(latitudes_deg: list[float]) -> None:
    if any(map(is_near_pole, latitudes_deg)):
        raise AreaUnusable(reason=AreaFault.AT_A_POLE)


def _format_corner(longitude_deg: float, latitude_deg: float, shape: Polygon) -> str:
    to_wgs84(Point(longitude_deg=longitude_deg, latitude_deg=latitude_deg, datum=shape.datum))
    x, y = convert(longitude_deg, latitude_deg, Datum(shape.datum))
    return f"{x:.9f} {y:.9f}"


def build_search_text(name: str) -> str:
    """Join name, pinyin without tones and pinyin initials with blanks: `梅园新村 meiyuanxincun myxc`.

    A character with several pronunciations gets the most frequent one, so the pinyin may not match a rare name.
    The import is here because the dictionary of pypinyin takes 55 MB and half a second to load, and most API
    processes never create a place.
    """
    from pypinyin import Style, lazy_pinyin

    text = normalise_search(name)
    return " ".join([text, "".join(lazy_pinyin(text)), "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))])


def normalise_search(text: str) -> str:
    """Convert to lower case and remove blanks, as in `search_text`."""
    return "".join(text.lower().split())
