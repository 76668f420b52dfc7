"""Notices: a consent needs the current notice, and a changed notice needs a new consent in time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.people import ConsentPurpose, ConsentState
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.workdays import BEIJING
from service.identity.people import consents, notices
from service.identity.people.consents import EFFECTS
from service.identity.people.notices import NOTICES, current, state_of
from service.identity.people.tables import Consent
from tests import build
from tests.build.county import County
from tests.conftest import START, Caller

URL = "/v1/me/consents/keep_positions"
NOTICE = {"notice_version": "2026-1"}
TODAY = START.astimezone(BEIJING).date()
NEWER = replace(current(ConsentPurpose.KEEP_POSITIONS), version="2026-2", older_hold_until=TODAY + timedelta(days=30))
ALL_NOTICES = (*NOTICES, NEWER)


async def test_notices_are_readable_before_consenting(api: Caller, county: County) -> None:
    answer = await api.as_(county.cadre).get("/v1/consents/notices")

    items = {(item["purpose"], item["version"]): item for item in answer.json()["items"]}
    assert {purpose for purpose, _ in items} == {purpose.value for purpose in ConsentPurpose}
    notice = items["keep_positions", "2026-1"]
    assert set(notice["zh"]) == {"what", "why", "how_long", "effect"}
    assert ("90 天" in notice["zh"]["how_long"], "90 days" in notice["en"]["how_long"]) == (True, True)


@pytest.mark.parametrize("version", ["2025-1", "2026-01", "x"])
async def test_consent_on_other_notice_is_refused_with_current_version(
    api: Caller, county: County, version: str
) -> None:
    answer = await api.as_(county.cadre).put(URL, json={"notice_version": version})

    assert (answer.status_code, answer.json()["code"]) == (422, "consent.notice_not_current")
    assert answer.json()["facts"]["current_version"] == "2026-1"


async def test_consent_history_is_kept_and_private(api: Caller, county: County) -> None:
    cadre = api.as_(county.cadre)
    for _ in range(2):
        await cadre.put(URL, json=NOTICE)
        await cadre.delete(URL)

    mine, others = await cadre.get("/v1/me/consents"), await api.as_(county.officer).get("/v1/me/consents")

    assert [item["ended_because"] for item in mine.json()["items"]] == ["withdrawn", "withdrawn"]
    assert others.json()["items"] == []


def test_newer_notice_marks_older_consents_to_be_renewed() -> None:
    purpose = ConsentPurpose.KEEP_POSITIONS

    assert state_of(purpose, "2026-1", False, ALL_NOTICES) == (ConsentState.TO_BE_RENEWED, NEWER.older_hold_until)
    assert state_of(purpose, "2026-2", False, ALL_NOTICES) == (ConsentState.IN_FORCE, None)
    assert state_of(purpose, "2026-1", True, ALL_NOTICES) == (ConsentState.ENDED, None)


async def a_consent(session: AsyncSession, person_id: UUID, version: str = "2026-1") -> Consent:
    row = Consent(
        id=new_id(),
        person_id=person_id,
        purpose=ConsentPurpose.KEEP_POSITIONS,
        notice_version=version,
        given_at=START,
    )
    session.add(row)
    await session.commit()
    return row


async def test_consent_lapses_on_the_day_after_its_last_day(county: County, session: AsyncSession) -> None:
    old = await a_consent(session, county.cadre.id)
    last_day = START + timedelta(days=30)

    on_the_day = await consents.lapse(session, last_day, 10, ALL_NOTICES)
    after = await consents.lapse(session, last_day + timedelta(days=1), 10, ALL_NOTICES)
    await session.commit()

    assert (on_the_day, after, old.ended_because) == (0, 1, "lapsed")
    assert await build.count(session, Event, subject_id=old.id, name="consent.lapsed") == 1


async def test_no_consent_lapses_under_current_notices(county: County, session: AsyncSession) -> None:
    await a_consent(session, county.cadre.id)

    lapsed = await consents.lapse(session, START + timedelta(days=4000), 10)

    assert lapsed == 0


async def test_consent_on_newer_notice_replaces_older_one(api: Caller, county: County, session: AsyncSession) -> None:
    old = await a_consent(session, county.cadre.id, "2025-9")
    cadre = api.as_(county.cadre)

    answers = await asyncio.gather(*(cadre.put(URL, json=NOTICE) for _ in range(4)))
    items = (await cadre.get("/v1/me/consents")).json()["items"]

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert [(item["state"], item["ended_because"]) for item in items] == [("in_force", None), ("ended", "renewed")]
    assert await build.count(session, Event, subject_id=old.id, name="consent.renewed") == 1
    assert await build.count(session, Event, subject_id=old.id, name="consent.withdrawn") == 0


def test_every_purpose_has_a_notice_and_an_end_effect() -> None:
    assert set(EFFECTS) == set(ConsentPurpose)
    assert {notice.purpose for notice in NOTICES} == set(ConsentPurpose)
    versions = [(notice.purpose, notice.version) for notice in NOTICES]
    assert len(set(versions)) == len(versions)
    assert notices.current(ConsentPurpose.KEEP_POSITIONS).zh.effect
