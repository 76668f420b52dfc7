"""Convert coordinates between WGS 84, GCJ-02 and BD-09, in degrees.

The offset of GCJ-02 is a published series on the Krasovsky 1940 ellipsoid. BD-09 adds a polar shift to it
(DOMAIN §7.4). Neither has a closed inverse; the inverse is computed by iteration (error below a micrometre).
"""

from math import atan2, cos, hypot, pi, sin, sqrt

from schemas.foundation.geo import Datum, Point
from service.foundation.errors import DomainError, Kind

KRASOVSKY_AXIS_M = 6_378_245.0
KRASOVSKY_ECCENTRICITY2 = 0.00669342162296594323
BAIDU_TURN = pi * 3000.0 / 180.0
WEST_DEG, EAST_DEG = 72.004, 137.8347
SOUTH_DEG, NORTH_DEG = 0.8293, 55.8271
"""The bounding box in which the Chinese datums are defined."""

Degrees = tuple[float, float]
"""(longitude, latitude)."""


class OutsideDatum(DomainError):
    """({longitude_deg}, {latitude_deg}) is outside China, where {datum} is not defined. Check the datum."""

    kind, code = Kind.INVALID, "position.outside_datum"
    zh = "坐标 ({longitude_deg}, {latitude_deg}) 不在中国境内，不可能是 {datum} 坐标。请核对坐标系。"


class AxesSwapped(DomainError):
    """Longitude {longitude_deg} and latitude {latitude_deg} look swapped. Swap them."""

    kind, code = Kind.INVALID, "position.axes_swapped"
    zh = "经度 {longitude_deg}、纬度 {latitude_deg} 像是填反了。请先经度，后纬度。"


def inside_country_box(longitude_deg: float, latitude_deg: float) -> bool:
    """Return whether a point is inside the bounding box of the Chinese datums."""
    return WEST_DEG <= longitude_deg <= EAST_DEG and SOUTH_DEG <= latitude_deg <= NORTH_DEG


def to_wgs84(point: Point) -> Degrees:
    """Return (longitude, latitude) in WGS 84, degrees, of a point in any datum.

    A WGS 84 point outside China is accepted: a person may travel.
    Raises: AxesSwapped when the point is inside China only after swapping its axes, OutsideDatum for a point outside
    China in a Chinese datum.
    """
    longitude_deg, latitude_deg = point.longitude_deg, point.latitude_deg
    if not inside_country_box(longitude_deg, latitude_deg):
        facts = {"longitude_deg": longitude_deg, "latitude_deg": latitude_deg, "datum": point.datum}
        if inside_country_box(latitude_deg, longitude_deg):
            raise AxesSwapped(**facts)
        if point.datum is not Datum.WGS84:
            raise OutsideDatum(**facts)
    return convert(longitude_deg, latitude_deg, point.datum)


def convert(longitude_deg: float, latitude_deg: float, datum: Datum) -> Degrees:
    """Convert to WGS 84 like `to_wgs84`, without the checks. The point must be inside China."""
    if datum is Datum.WGS84:
        return longitude_deg, latitude_deg
    place = (longitude_deg, latitude_deg)
    return _gcj02_to_wgs84(_bd09_to_gcj02(place) if datum is Datum.BD09 else place)


def from_wgs84(longitude_deg: float, latitude_deg: float, datum: Datum) -> Degrees:
    """Convert a WGS 84 point to the datum, for the demo and for tests."""
    if datum is Datum.WGS84:
        return longitude_deg, latitude_deg
    shifted = _wgs84_to_gcj02((longitude_deg, latitude_deg))
    return _gcj02_to_bd09(shifted) if datum is Datum.BD09 else shifted


def _wgs84_to_gcj02(place: Degrees) -> Degrees:
    longitude_deg, latitude_deg = place
    east_m, north_m = _offset_m(longitude_deg - 105.0, latitude_deg - 35.0)
    latitude_rad = latitude_deg / 180.0 * pi
    flattening = 1 - KRASOVSKY_ECCENTRICITY2 * sin(latitude_rad) ** 2
    meridian_m = KRASOVSKY_AXIS_M * (1 - KRASOVSKY_ECCENTRICITY2) / flattening**1.5
    parallel_m = KRASOVSKY_AXIS_M / sqrt(flattening) * cos(latitude_rad)
    return longitude_deg + east_m * 180.0 / (parallel_m * pi), latitude_deg + north_m * 180.0 / (meridian_m * pi)


def _offset_m(x: float, y: float) -> Degrees:
    """Return the shift of GCJ-02 to the east and north, in metres; `x`, `y`: degrees from (105, 35)."""
    ripple = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple
    east_m += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east_m += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple
    north_m += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north_m += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    return east_m, north_m


def _gcj02_to_wgs84(place: Degrees) -> Degrees:
    longitude_deg, latitude_deg = place
    for _ in range(10):
        shifted = _wgs84_to_gcj02((longitude_deg, latitude_deg))
        east_deg, north_deg = place[0] - shifted[0], place[1] - shifted[1]
        longitude_deg, latitude_deg = longitude_deg + east_deg, latitude_deg + north_deg
        if abs(east_deg) + abs(north_deg) < 1e-12:
            break
    return longitude_deg, latitude_deg


def _gcj02_to_bd09(place: Degrees) -> Degrees:
    x, y = place
    radius = hypot(x, y) + 0.00002 * sin(y * BAIDU_TURN)
    angle = atan2(y, x) + 0.000003 * cos(x * BAIDU_TURN)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def _bd09_to_gcj02(place: Degrees) -> Degrees:
    x, y = place[0] - 0.0065, place[1] - 0.006
    for _ in range(10):
        shifted = _gcj02_to_bd09((x, y))
        east_deg, north_deg = place[0] - shifted[0], place[1] - shifted[1]
        x, y = x + east_deg, y + north_deg
        if abs(east_deg) + abs(north_deg) < 1e-12:
            break
    return x, y
