"""Conversion of coordinates between datums."""

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.foundation.geo import Datum, Point
from service.foundation.geo import AxesSwapped, OutsideDatum, convert, from_wgs84, to_wgs84

IN_CHINA = {"longitude": st.floats(74, 134), "latitude": st.floats(4, 53)}


@given(**IN_CHINA)
def test_gcj02_conversion_matches_another_implementation(longitude: float, latitude: float) -> None:
    expected = prcoords.wgs_gcj(prcoords.Coords(latitude, longitude))

    assert from_wgs84(longitude, latitude, Datum.GCJ02) == pytest.approx((expected.lon, expected.lat), abs=1e-11)


@given(**IN_CHINA)
def test_bd09_conversion_matches_another_implementation(longitude: float, latitude: float) -> None:
    expected = prcoords.wgs_bd(prcoords.Coords(latitude, longitude))

    assert from_wgs84(longitude, latitude, Datum.BD09) == pytest.approx((expected.lon, expected.lat), abs=1e-11)


@given(datum=st.sampled_from(Datum), **IN_CHINA)
def test_conversion_and_its_inverse_return_the_same_point(longitude: float, latitude: float, datum: Datum) -> None:
    converted = from_wgs84(longitude, latitude, datum)

    assert convert(*converted, datum) == pytest.approx((longitude, latitude), abs=1e-11)


def test_chinese_datum_outside_china_is_refused() -> None:
    with pytest.raises(OutsideDatum):
        to_wgs84(Point(longitude_deg=2.35, latitude_deg=48.85, datum=Datum.GCJ02))


def test_wgs84_point_outside_china_is_accepted() -> None:
    assert to_wgs84(Point(longitude_deg=2.35, latitude_deg=48.85, datum=Datum.WGS84)) == (2.35, 48.85)


@pytest.mark.parametrize("datum", Datum)
def test_swapped_axes_raise_axes_swapped(datum: Datum) -> None:
    with pytest.raises(AxesSwapped):
        to_wgs84(Point(longitude_deg=32.06, latitude_deg=80.2, datum=datum))
