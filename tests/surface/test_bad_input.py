"""Bad input gets problem details in the language of the request and changes nothing."""

import re
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.visits.tables import Visit
from service.foundation.ids import new_id
from tests import build
from tests.conftest import Caller, FakeClock

NOW = "2026-11-22T10:00:00+08:00"
POSITION = {
    "longitude_deg": 118.8,
    "latitude_deg": 32.06,
    "accuracy_m": 10,
    "datum": "gcj02",
    "captured_at": NOW,
}


@pytest.fixture
async def phone(session: AsyncSession, api: Caller) -> Caller:
    organ = await build.an_organisation(session)
    cadre = await build.a_person(session)
    await build.a_posting(session, cadre, organ, Role.CADRE)
    await session.commit()
    return api.as_(cadre)


def check_in(**fields: Any) -> dict[str, Any]:
    return {"place_id": str(new_id()), "checked_in_at": NOW} | fields


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (check_in(mood="good"), "body.mood"),
        (check_in(checked_in_at="2026-11-22T10:00:00"), "body.checked_in_at"),
        (check_in(checked_in_at="0001-01-01T00:00:00+14:00"), "body.checked_in_at"),
        (check_in(checked_in_at=0), "body.checked_in_at"),
        (check_in(checked_in_at="0"), "body.checked_in_at"),
        (check_in(checked_in_at="2026-11-22"), "body.checked_in_at"),
        (check_in(place_id="somewhere"), "body.place_id"),
        (check_in(position=POSITION | {"latitude_deg": 118.8}), "body.position.latitude_deg"),
        (check_in(position=POSITION | {"longitude_deg": 181}), "body.position.longitude_deg"),
        (check_in(position=POSITION | {"accuracy_m": -1}), "body.position.accuracy_m"),
        (check_in(position=POSITION | {"datum": "mars"}), "body.position.datum"),
        (check_in(position={k: v for k, v in POSITION.items() if k != "datum"}), "body.position.datum"),
    ],
)
async def test_invalid_field_is_refused_and_named(
    phone: Caller, session: AsyncSession, body: dict[str, Any], where: str
) -> None:
    before = await build.count(session, Visit)

    response = await phone.put(f"/v1/visits/{new_id()}", json=body)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "request.invalid"
    assert [error["where"] for error in response.json()["errors"]] == [where]
    assert await build.count(session, Visit) == before


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ({"longitude_deg": 2.35, "latitude_deg": 48.85}, "position.outside_datum"),
        ({"longitude_deg": 32.06, "latitude_deg": 78.8}, "position.axes_swapped"),
        ({"longitude_deg": 32.06, "latitude_deg": 78.8, "datum": "wgs84"}, "position.axes_swapped"),
    ],
)
async def test_impossible_position_is_refused(phone: Caller, position: dict[str, Any], code: str) -> None:
    response = await phone.put(f"/v1/visits/{new_id()}", json=check_in(position=POSITION | position))

    assert (response.status_code, response.json()["code"]) == (422, code)


@pytest.mark.parametrize("content", [b"{", b"", b"[1,", b"\xff\xfe", b"nul\x00"])
async def test_malformed_json_is_refused(phone: Caller, content: bytes) -> None:
    response = await phone.put(f"/v1/visits/{new_id()}", content=content, headers={"content-type": "application/json"})

    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_body_over_the_limit_is_refused(phone: Caller) -> None:
    response = await phone.put(f"/v1/visits/{new_id()}", json=check_in(padding="x" * 1_000_001))

    assert (response.status_code, response.json()["code"]) == (413, "request.too_large")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["nul \x00 inside", "x" * 501, "lone \ud800 surrogate"])
async def test_text_that_cannot_be_stored_is_refused(phone: Caller, text: str) -> None:
    import json

    response = await phone.put(
        f"/v1/visits/{new_id()}/record",
        content=json.dumps({"purpose": "help", "people_met": 1, "heard": text}),
        headers={"If-Match": '"1"', "content-type": "application/json"},
    )

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["where"] == "body.heard"


@pytest.mark.parametrize("cursor", ["garbage", "e30", "W10", "%00", "WyJmZWVkIiwxLDBd", "a" * 400, "MTA"])
@pytest.mark.parametrize("path", ["/v1/visits", "/v1/places", "/v1/organisations", "/v1/divisions", "/v1/postings"])
async def test_invalid_cursor_is_refused(phone: Caller, path: str, cursor: str) -> None:
    response = await phone.get(path, params={"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "cursor.unreadable")


@pytest.mark.parametrize(
    "cursor", ["garbage", "e30", "WyJmZWVkIiw5OSwwXQ", "WyJmZWVkIiwtMSwwXQ", "WyJmZWVkIiwxLCJ4Il0"]
)
async def test_invalid_cursor_of_the_feed_is_refused(phone: Caller, cursor: str) -> None:
    response = await phone.get("/v1/feed", params={"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "cursor.unreadable")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
async def test_page_limit_out_of_range_is_refused(phone: Caller, limit: str) -> None:
    assert (await phone.get("/v1/visits", params={"limit": limit})).status_code == 422


CHINESE, ENGLISH = "没有找到。请核对地址，或返回上一页。", "Not found. Check the address, or go back."


@pytest.mark.parametrize(
    ("accepts", "language", "title"),
    [
        (None, "zh-CN", CHINESE),
        ("fr", "zh-CN", CHINESE),
        ("en", "en", ENGLISH),
        ("zh;q=0.5, en;q=0.9", "en", ENGLISH),
        ("en;q=0.5, zh-CN;q=0.9", "zh-CN", CHINESE),
        ("en;q=high, *", "zh-CN", CHINESE),
    ],
)
async def test_error_is_in_the_language_of_the_request(
    api: Caller, accepts: str | None, language: str, title: str
) -> None:
    response = await api.get("/v1/nothing", headers={"accept-language": accepts} if accepts else {})

    assert (response.headers["content-language"], response.json()["title"]) == (language, title)


async def test_request_id_of_the_client_is_returned(api: Caller) -> None:
    response = await api.get("/livez", headers={"x-request-id": "phone-7"})

    assert response.headers["x-request-id"] == "phone-7"


async def test_missing_and_unreadable_version_have_different_errors(phone: Caller, clock: FakeClock) -> None:
    url = f"/v1/visits/{new_id()}/record"
    body = {"purpose": "help", "people_met": 1}

    missing = await phone.put(url, json=body)

    assert (missing.status_code, missing.json()["code"]) == (428, "version.missing")
    for etag in ("yesterday", '"2', "2", '"1", "2"', "*", '"-1"', '"12345678901"'):
        unreadable = await phone.put(url, json=body, headers={"If-Match": etag})
        assert (unreadable.status_code, unreadable.json()["code"]) == (400, "version.unreadable"), etag


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/visits/01936f5e-7c00-7000-8000-00000000ffff/record"), ("GET", "/v1/visits?cursor=x")],
)
async def test_request_without_token_gets_401_before_validation(api: Caller, method: str, path: str) -> None:
    response = await api.request(method, path, json={"mood": "bad"})

    assert (response.status_code, response.json()["code"]) == (401, "auth.token_missing")


LATIN = re.compile("[A-Za-z]{2,}")


@pytest.mark.parametrize(
    ("method", "path", "body", "where", "expected"),
    [
        ("PUT", "/v1/promises/{id}", {"due_on": "2026-02-30"}, "body.due_on", "日期应真实存在"),
        ("PUT", "/v1/promises/{id}", {"due_on": 20260230.5}, "body.due_on", "只填日期"),
        (
            "GET",
            "/v1/places/{id}/calendar?from_on=gestern&until_on=2026-11-23",
            None,
            "query.from_on",
            "日期应真实存在",
        ),
        ("PUT", "/v1/fence-proposals/{id}/decision", {"is_accepted": False}, "body", "不采纳时须写明理由"),
    ],
)
async def test_validation_error_is_completely_chinese(
    phone: Caller, method: str, path: str, body: Any, where: str, expected: str
) -> None:
    response = await phone.request(method, path.format(id=new_id()), json=body, headers={"If-Match": '"1"'})

    errors = {error["where"]: error["what"] for error in response.json()["errors"]}
    assert response.status_code == 422
    assert errors[where].startswith(expected)
    assert LATIN.findall(errors[where]) == []


async def test_body_that_is_not_utf_8_is_refused(phone: Caller) -> None:
    url, body = f"/v1/visits/{new_id()}", {"content": b'{"place_id": "\xb4\xf3"}'}
    english = {"Accept-Language": "en"}
    plain = {"Content-Type": "application/json"}

    zh = await phone.put(url, **body, headers=plain)
    en = await phone.put(url, **body, headers=plain | english)

    assert {(response.status_code, response.json()["code"]) for response in (zh, en)} == {(400, "request.malformed")}
    assert zh.json()["title"] == "提交的内容无法读取，可能没有传完整。请重新提交。"
    assert en.json()["title"] == "The content cannot be read. Send it completely and in UTF-8."
