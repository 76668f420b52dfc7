"""Each other kind: what opens it, for whom, until when; and that doing it, not looking at it, ends it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.organisations import Role
from service.fieldwork.visits.tables import Visit
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.places.tables import Place
from service.outward.webhooks.actions.disable import disable_failing_endpoint
from service.outward.webhooks.tables import Endpoint
from service.solving.problems.tables import ProblemCategory
from tests import build
from tests.build.county import County, county, somebody
from tests.build.receivers import wrongly_told
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import Follow, drain
from tests.operations.worker.steps import rebuild_inbox, sweep
from tests.outward.inbox.conftest import inbox, kinds_about

__all__ = ["county"]


@dataclass
class World:
    county: County
    place: Place
    follow: Follow
    session: AsyncSession
    api: Caller

    def as_(self, who: str) -> Caller:
        return self.api.as_(getattr(self.county, who))

    async def did(self, who: str, url: str, body: Any, based_on: int | None = None) -> None:
        """Somebody does something, and the relay sees it."""
        headers = {"If-Match": f'"{based_on}"'} if based_on else {}
        answer = await self.as_(who).put(url, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        await drain(self.follow, self.session)

    async def waits(self, who: str, url: str) -> list[str]:
        return await kinds_about(self.as_(who), url)


@pytest.fixture
async def world(county: County, session: AsyncSession, api: Caller, follow: Follow) -> World:
    place = await build.a_place(session, county.community)
    if await session.get(ProblemCategory, "other") is None:
        session.add(ProblemCategory(code="other", name="其他", respond_days=2, solve_days=10))
    await session.commit()
    return World(county, place, follow, session, api)


async def test_a_promise_waits_for_its_owner_until_its_day(world: World) -> None:
    url = f"/v1/promises/{new_id()}"
    given = {"place_id": str(world.place.id), "content": "修好路灯", "due_on": "2026-12-01"}
    await world.did("cadre", url, given | {"owner_id": str(world.county.officer.id)})
    (item,) = [one for one in await inbox(world.as_("officer")) if one["about_id"] == url[-36:]]
    before = (item["kind"], item["due_at"], await world.waits("cadre", url))

    await world.did("officer", f"{url}/keeping", {"outcome": "修好了"}, 1)

    assert before == ("promise_to_keep", "2026-12-01T16:00:00Z", [])
    assert await world.waits("officer", url) == []


async def test_an_insight_waits_where_it_was_sent_and_nowhere_else(world: World) -> None:
    url, said = f"/v1/insights/{new_id()}", {"place_id": str(world.place.id), "kind": "opinion", "content": "路灯"}
    deciding = await somebody(world.session, Role.ORGAN_COMMITTEE_OFFICER, world.county.beside)
    await world.session.commit()
    await world.did("cadre", url, said | {"category_code": "other"})
    await world.did("officer", f"{url}/routing", {"organisation_id": str(world.county.beside.id)}, 1)
    there = world.api.as_(deciding)
    before = (await kinds_about(there, url), await world.waits("officer", url))

    await there.put(f"{url}/decision", json={"is_adopted": True, "reason": "可行"}, headers={"If-Match": '"2"'})
    await drain(world.follow, world.session)

    assert before == (["insight_to_decide"], [])
    assert await kinds_about(there, url) == []


async def a_visit(world: World, **said: Any) -> str:
    """A visit of the cadre, written down afterwards."""
    url = f"/v1/visits/{new_id()}"
    been = {"checked_in_at": "2026-11-21T01:00:00Z", "checked_out_at": "2026-11-21T02:00:00Z"}
    body = {"place_id": str(world.place.id), "purpose": "help", "people_met": 1} | been | said
    await world.did("cadre", f"{url}/late-entry", body)
    return url


async def test_a_companion_may_decline_and_need_not(world: World, engine: AsyncEngine, clock: FakeClock) -> None:
    url = await a_visit(world, companions=[str(world.county.officer.id), str(world.county.secretary.id)])
    before = [await world.waits(who, url) for who in ("officer", "secretary", "cadre")]

    await world.did("officer", f"{url}/declination", None)
    after = [await world.waits(who, url) for who in ("officer", "secretary")]
    await sweep(engine, clock() + timedelta(days=10))

    assert before == [["companion_may_decline"], ["companion_may_decline"], []]
    assert after == [[], ["companion_may_decline"]]
    assert await world.waits("secretary", url) == []


async def test_a_correction_waits_for_the_officer(world: World) -> None:
    visit, correction = await a_visit(world), new_id()
    await world.did("cadre", f"{visit}/corrections/{correction}", {"people_met": 2, "reason": "记错"})
    before = (await world.waits("officer", visit), await world.waits("neighbour", visit))

    decision = {"is_accepted": True, "reason": "属实"}
    await world.did("officer", f"/v1/visit-corrections/{correction}/decision", decision, 1)

    assert before == (["visit_correction_to_decide"], [])
    assert await world.waits("officer", visit) == []


async def test_a_forgotten_visit_may_be_completed_for_ten_days(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = f"/v1/visits/{new_id()}"
    await world.did("cadre", url, {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    row = await world.session.get_one(Visit, UUID(url[-36:]))
    # the clock of what is forgotten runs from the moment the server wrote the visit down, which is not the test's
    await sweep(engine, row.recorded_at + timedelta(days=2))
    await drain(world.follow, world.session)
    before = await world.waits("cadre", url)

    await world.did("cadre", f"{url}/record", {"purpose": "help", "people_met": 1}, 2)

    assert before == ["visit_to_complete"]
    assert await world.waits("cadre", url) == []


async def test_a_placement_that_ended_asks_the_person_the_host_and_then_the_sending_side(world: World) -> None:
    url, sent = f"/v1/placements/{new_id()}", world.county
    body = {"kind": "village_posting", "topic": "驻村", "begins_on": "2026-11-01", "ends_on": "2027-10-31"}
    ids = {"person_id": sent.cadre.id, "sending_id": sent.town.id, "host_id": sent.community.id}
    await world.did("officer", url, body | {name: str(one) for name, one in ids.items()})
    running = [await world.waits(who, url) for who in ("cadre", "secretary", "officer")]
    await world.did("officer", f"{url}/end", {"reason": "另有任用"}, 1)
    ended = [await world.waits(who, url) for who in ("cadre", "secretary")]

    await world.did("cadre", f"{url}/report", {"title": "报告", "summary": "所见"}, 2)
    await world.did("secretary", f"{url}/appraisal", {"appraisal": "踏实"}, 3)
    reported = [await world.waits(who, url) for who in ("cadre", "secretary", "officer")]
    await world.did("officer", f"{url}/adoption", {"is_adopted": True, "reason": "可行"}, 4)

    assert running == [[], [], []]
    assert ended == [["placement_to_report"], ["placement_to_appraise"]]
    assert reported == [[], [], ["placement_report_to_decide"]]
    assert await world.waits("officer", url) == []


async def test_the_place_may_speak_of_a_contact_that_ended(world: World, engine: AsyncEngine, clock: FakeClock) -> None:
    url, term = f"/v1/contact-points/{new_id()}", {"begins_on": "2026-01-01", "ends_on": "2026-12-31"}
    ids = {"leader_id": world.county.cadre.id, "organisation_id": world.county.town.id, "place_id": world.place.id}
    await world.did("officer", url, term | {"purpose": "联系"} | {name: str(one) for name, one in ids.items()})
    await world.did("officer", f"{url}/end", {"reason": "调离"}, 1)
    before = await world.waits("secretary", url)

    await sweep(engine, clock() + timedelta(days=90))

    assert before == ["contact_point_opinion"]
    assert await world.waits("secretary", url) == []


async def test_a_request_to_correct_ones_data_waits_for_the_administrator(world: World) -> None:
    own = f"/v1/me/correction-requests/{new_id()}"
    await world.did("cadre", own, {"what": "姓名", "should_be": "另一个字"})
    before = [one for one in await inbox(world.as_("administrator")) if one["about_id"] == own[-36:]]

    answer = {"is_accepted": False, "answer": "与证件一致"}
    await world.did("administrator", f"/v1/correction-requests/{own[-36:]}/decision", answer, 1)

    assert [item["kind"] for item in before] == ["correction_request_to_decide"]
    assert before[0]["due_at"] is not None
    assert await world.waits("administrator", own) == []


async def test_a_consent_on_an_older_notice_is_found_at_night_and_ends_with_its_renewal(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    consent = await build.a_consent(world.session, world.county.cadre)
    consent.notice_version = "2025-9"
    await world.session.commit()
    await rebuild_inbox(engine, clock())
    before = await world.waits("cadre", str(consent.id))

    await world.did("cadre", "/v1/me/consents/keep_positions", {"notice_version": "2026-1"})

    assert before == ["consent_to_renew"]
    assert await world.waits("cadre", str(consent.id)) == []


async def test_an_endpoint_that_was_stopped_for_failing_waits_for_its_owner(world: World, clock: FakeClock) -> None:
    row = Endpoint(
        id=new_id(),
        organisation_id=world.county.community.id,
        url="http://127.0.0.1:9/",
        event_names=["inbox_item.opened"],
        state="active",
        created_at=clock(),
        request_fingerprint=b"",
    )
    world.session.add(row)
    await world.session.commit()

    await disable_failing_endpoint(world.session, row.id, "gone", clock())
    await world.session.commit()
    await drain(world.follow, world.session)

    assert await world.waits("secretary", str(row.id)) == ["endpoint_stopped"]
    await world.as_("secretary").post(f"/v1/endpoints/{row.id}/enablements", headers={"If-Match": '"2"'})
    await drain(world.follow, world.session)
    assert await world.waits("secretary", str(row.id)) == []


async def test_every_event_of_these_reached_those_whom_the_catalogue_names(world: World, settings: Settings) -> None:
    seen, wrong = wrongly_told(settings, but_not=("endpoint", "person"))

    assert wrong == []
    assert {EventName.PLACEMENT_APPRAISED, EventName.INSIGHT_ROUTED, EventName.CONTACT_POINT_ENDED} <= seen
