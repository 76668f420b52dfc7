"""Read divisions: by code, and level by level in the order of codes."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.identity.tree.tables import Division, DivisionImport
from tests import build
from tests.conftest import Caller, FakeClock

NANJING = [
    ("32", "江苏省", "province", None),
    ("3201", "南京市", "prefecture", "32"),
    *((f"3201{number:02}", f"第{number}区", "county", "3201") for number in range(1, 8)),
]


@pytest.fixture(scope="module")
async def signed_in(engine: object, api: Caller, clock: FakeClock) -> Caller:
    async with AsyncSession(engine, expire_on_commit=False) as session:  # type: ignore[arg-type]  # the fixture's engine
        day = clock().date()
        run = DivisionImport(id=new_id(), source_name="x", source_sha256="x", as_of=day, started_at=clock())
        session.add(run)
        await session.flush()
        for code, name, level, parent in NANJING:
            session.add(
                Division(code=code, name=name, level=level, parent_code=parent, valid_from=day, import_id=run.id)
            )
            await session.flush()
        person = await build.a_person(session)
        await session.commit()
    return api.as_(person)


async def test_division_shows_number_of_children(signed_in: Caller) -> None:
    answer = await signed_in.get("/v1/divisions/3201")

    assert answer.status_code == 200
    division = answer.json()
    assert (division["name"], division["level"], division["parent_code"], division["children"]) == (
        "南京市",
        "prefecture",
        "32",
        7,
    )
    assert division["valid_until"] is None


async def test_divisions_list_without_parent_shows_provinces(signed_in: Caller) -> None:
    answer = await signed_in.get("/v1/divisions")

    assert [item["code"] for item in answer.json()["items"]] == ["32"]
    assert answer.json()["next_cursor"] is None


async def test_divisions_pages_cover_all_children_once_in_order(signed_in: Caller) -> None:
    codes, cursor = [], None
    for _ in range(4):
        query = {"parent_code": "3201", "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await signed_in.get("/v1/divisions", params=query)).json()
        codes += [item["code"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert codes == [f"3201{number:02}" for number in range(1, 8)]
    assert cursor is None


async def test_unknown_division_returns_404(signed_in: Caller) -> None:
    answer = await signed_in.get("/v1/divisions/990000")

    assert (answer.status_code, answer.json()["code"]) == (404, "division.not_found")
    assert "990000" in answer.json()["title"]


@pytest.mark.parametrize("code", ["3", "32010", "abcdef", "३२", "3201\u0660\u0661"])
async def test_invalid_division_code_is_refused(signed_in: Caller, code: str) -> None:
    division = await signed_in.get(f"/v1/divisions/{code}")
    children = await signed_in.get("/v1/divisions", params={"parent_code": code})

    assert (division.status_code, children.status_code) == (422, 422)


async def test_division_without_sign_in_returns_401(api: Caller) -> None:
    assert (await api.get("/v1/divisions/32")).status_code == 401
