"""Consents: a person gives one for herself, can withdraw it at any time, and every consent is kept."""

import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.identity.people.tables import Consent
from tests import build
from tests.build.county import County
from tests.conftest import Caller

URL = "/v1/me/consents/keep_positions"
NOTICE = {"notice_version": "2026-1"}


async def test_repeated_consent_is_created_once(api: Caller, county: County) -> None:
    cadre = api.as_(county.cadre)

    first, second = await cadre.put(URL, json=NOTICE), await cadre.put(URL, json=NOTICE)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["person_id"] == str(county.cadre.id)


async def test_parallel_consents_create_one(api: Caller, county: County, session: AsyncSession) -> None:
    cadre = api.as_(county.cadre)

    answers = await asyncio.gather(*(cadre.put(URL, json=NOTICE) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert await build.count(session, Consent, person_id=county.cadre.id) == 1
    assert await build.count(session, Event, subject_id=answers[0].json()["id"]) == 1


async def test_withdrawn_consent_is_kept_and_can_be_given_again(
    api: Caller, county: County, session: AsyncSession
) -> None:
    cadre = api.as_(county.cadre)
    await cadre.put(URL, json=NOTICE)

    withdrawn, nothing_left = await cadre.delete(URL), await cadre.delete(URL)
    second = await cadre.put(URL, json=NOTICE)

    assert (withdrawn.status_code, nothing_left.status_code, second.status_code) == (200, 404, 201)
    assert withdrawn.json()["withdrawn_at"] is not None
    assert second.json()["id"] != withdrawn.json()["id"]
    assert await build.count(session, Consent, person_id=county.cadre.id) == 2


async def test_parallel_withdrawals_emit_one_event(api: Caller, county: County, session: AsyncSession) -> None:
    cadre = api.as_(county.cadre)
    consent_id = (await cadre.put(URL, json=NOTICE)).json()["id"]

    answers = await asyncio.gather(*(cadre.delete(URL) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert await build.count(session, Event, subject_id=consent_id, name="consent.withdrawn") == 1


@pytest.mark.parametrize("method", ["put", "delete"])
async def test_service_client_cannot_give_or_withdraw_consent(api: Caller, county: County, method: str) -> None:
    client = api.as_(county.cadre, county.community.id)  # a token that acts for an organisation

    answer = await client.request(method, URL, json=NOTICE if method == "put" else None)

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


@pytest.mark.parametrize("purpose", ["photographs", "KEEP_POSITIONS", "01936f5e-7c00-7000-8000-00000000ffff"])
async def test_unknown_purpose_is_a_validation_error(api: Caller, county: County, purpose: str) -> None:
    answer = await api.as_(county.cadre).put(f"/v1/me/consents/{purpose}", json=NOTICE)

    assert [error["where"] for error in answer.json()["errors"]] == ["path.purpose"]
