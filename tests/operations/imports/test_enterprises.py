"""Import of enterprises as places to visit: identified by credit code, with a fence for a position."""

import pytest
import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from stdnum.cn import uscc

from schemas.ground.places import PlaceKind
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Fence, Place
from tests import build
from tests.build.imports import Importing, a_csv

HEADINGS = ("统一社会信用代码", "企业名称", "责任单位代码", "区划代码", "经度", "纬度", "坐标系", "半径")
NO_POSITION = ("", "", "", "", "")


def a_credit_code() -> str:
    """A new credit code with its check character."""
    body = "91320102MA" + str(new_id().int)[-7:]
    return body + str(uscc.calc_check_digit(body))


def enterprises(*rows: tuple[str, ...]) -> bytes:
    return a_csv(HEADINGS, *rows)


@pytest.fixture
async def office(importing: Importing, session: AsyncSession) -> str:
    """The code of an office in the town that is responsible for enterprises."""
    code = new_id().hex[-12:]
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    return code


async def read_place(session: AsyncSession, credit_code: str) -> Place:
    statement = select(Place).where(Place.credit_code == credit_code)
    return (await session.exec(statement.execution_options(populate_existing=True))).one()


async def test_enterprise_with_position_becomes_place_with_fence_in_wgs_84(
    importing: Importing, session: AsyncSession, office: str
) -> None:
    code, village = a_credit_code(), await build.a_village_code(session)
    await session.commit()
    row = (code, "某某机械公司", office, village, "118.80637", "32.04102", "高德", "150")

    _, result = await importing.import_file("enterprises", enterprises(row))

    place = await read_place(session, code)
    fence = (await session.exec(select(Fence).where(Fence.place_id == place.id))).one()
    at_deg = await session.scalar(
        sa.select(sa.func.ST_X(sa.cast(col(Fence.area), Geometry))).where(col(Fence.id) == fence.id)
    )
    events = (await session.exec(select(Event.name).where(col(Event.subject_id).in_([place.id, fence.id])))).all()
    assert (result["added"], round(at_deg or 0, 3)) == (1, 118.801)
    assert (place.kind, place.name, place.division_code) == (PlaceKind.ENTERPRISE, "某某机械公司", village)
    assert "mmjxgs" in place.search_text
    assert (fence.radius_m, sorted(events)) == (150, ["fence.set", "place.created"])


async def test_repeated_file_changes_nothing_and_new_name_is_a_change(
    importing: Importing, session: AsyncSession, office: str
) -> None:
    code = a_credit_code()
    position = ("", "118.80637", "32.04102", "wgs84", "")
    await importing.import_file("enterprises", enterprises((code, "甲公司", office, *position)))

    _, again = await importing.upload_and_check("enterprises", enterprises((code, "甲公司", office, *position)))
    url, _ = await importing.import_file("enterprises", enterprises((code, "乙公司", office, *position)))

    (row,) = await importing.rows(url)
    assert (again["unchanged"], row["outcome"]) == (1, "changed")
    assert (await read_place(session, code)).name == "乙公司"


async def test_enterprise_missing_in_complete_file_is_listed_and_kept(
    importing: Importing, session: AsyncSession, office: str
) -> None:
    closed, open_ = a_credit_code(), a_credit_code()
    rows = [(code, "某公司", office, *NO_POSITION) for code in (closed, open_)]
    await importing.import_file("enterprises", enterprises(*rows))

    url, _ = await importing.import_file("enterprises", enterprises(rows[1]), is_complete=True)

    missing = await importing.rows(url, outcome="missing")
    assert str((await read_place(session, closed)).id) in {row["subject_id"] for row in missing}


async def test_each_bad_line_has_its_issue(importing: Importing, session: AsyncSession, office: str) -> None:
    codes = [a_credit_code() for _ in range(10)]
    other = await build.an_organisation(session, under=importing.county.beside)
    await build.a_place(session, other, credit_code=codes[0], kind=PlaceKind.ENTERPRISE)
    await session.commit()
    invalid = codes[1][:-1] + ("0" if codes[1][-1] != "0" else "1")
    lines = (
        (invalid, "某公司", office, *NO_POSITION),
        (codes[0], "某公司", office, *NO_POSITION),
        (codes[2], "某公司", "nowhere", *NO_POSITION),
        (codes[3], "某公司", office, "999999", "", "", "", ""),
        (codes[4], "某公司", office, "", "118.8", "32.0", "", ""),
        (codes[5], "某公司", office, "", "32.0", "118.8", "gcj02", ""),
        (codes[6], "某公司", office, "", "东经118度", "32.0", "wgs84", ""),
        (codes[7], "某公司", office, "", "118.8", "32.0", "wgs84", "1"),
        (codes[7], "某公司", office, *NO_POSITION),
        (codes[8], "某公司", office, "", "118.8", "32.0", "wgs84", "0"),
        (codes[9], "某公司", office, "", "118.8", "86.0", "wgs84", ""),
    )

    url, _ = await importing.upload_and_check("enterprises", enterprises(*lines), mode="good_rows")

    assert await importing.issues(url) == [
        (2, "credit_code", "import.credit_code_invalid"),
        (3, "credit_code", "import.code_used_elsewhere"),
        (4, "organisation_code", "import.organisation_unknown"),
        (5, "division_code", "import.division_unknown"),
        (6, "datum", "import.position_incomplete"),
        (7, "longitude_deg", "import.position_impossible"),
        (8, "longitude_deg", "import.number_unreadable"),
        (9, None, "import.key_repeated"),
        (10, None, "import.key_repeated"),
        (11, "radius_m", "import.radius_out_of_range"),
        (12, "longitude_deg", "import.position_impossible"),
    ]


async def notes(importing: Importing, url: str) -> list[tuple[str, list[tuple[str, str]]]]:
    rows = await importing.rows(url)
    return [(row["outcome"], [(issue["column"], issue["code"]) for issue in row["issues"]]) for row in rows]


async def test_radius_without_position_is_noted_and_row_is_added(importing: Importing, office: str) -> None:
    url, _ = await importing.import_file(
        "enterprises", enterprises((a_credit_code(), "某公司", office, "", "", "", "", "150"))
    )

    assert await notes(importing, url) == [("added", [("radius_m", "import.radius_without_position")])]


@pytest.mark.parametrize(
    ("latitude", "radius", "issues"),
    [
        ("32.04102", "", []),
        ("32.04102", "150", []),
        ("32.04202", "", [("longitude_deg", "import.fence_exists")]),
        ("32.04102", "200", [("longitude_deg", "import.fence_exists")]),
    ],
)
async def test_other_position_of_fenced_enterprise_is_noted_and_changes_nothing(
    importing: Importing, session: AsyncSession, office: str, latitude: str, radius: str, issues: list[tuple[str, str]]
) -> None:
    code = a_credit_code()
    await importing.import_file(
        "enterprises", enterprises((code, "甲公司", office, "", "118.80637", "32.04102", "高德", "150"))
    )

    row = (code, "甲公司", office, "", "118.80637", latitude, "高德", radius)
    url, _ = await importing.upload_and_check("enterprises", enterprises(row))

    assert await notes(importing, url) == [("unchanged", issues)]
    place = await read_place(session, code)
    assert await build.count(session, Fence, place_id=place.id) == 1
