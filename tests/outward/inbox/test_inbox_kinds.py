"""The other inbox kinds: which action opens an item, its reader and due time, which one closes it."""

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
from tests.build.receivers import check_receivers
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import rebuild_inbox, sweep
from tests.outward.inbox.conftest import inbox, kinds_about

__all__ = ["county"]


@dataclass
class World:
    county: County
    place: Place
    run_relay: RunRelay
    session: AsyncSession
    api: Caller

    def as_(self, who: str) -> Caller:
        return self.api.as_(getattr(self.county, who))

    async def act(self, who: str, url: str, body: Any, version: int | None = None) -> None:
        """Send a request as this person, then run the relay."""
        headers = {"If-Match": f'"{version}"'} if version else {}
        answer = await self.as_(who).put(url, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        await drain(self.run_relay, self.session)

    async def kinds_for(self, who: str, url: str) -> list[str]:
        return await kinds_about(self.as_(who), url)


@pytest.fixture
async def world(county: County, session: AsyncSession, api: Caller, run_relay: RunRelay) -> World:
    place = await build.a_place(session, county.community)
    if await session.get(ProblemCategory, "other") is None:
        session.add(ProblemCategory(code="other", name="其他", respond_days=2, solve_days=10))
    await session.commit()
    return World(county, place, run_relay, session, api)


async def test_promise_is_in_the_inbox_of_its_owner_until_kept(world: World) -> None:
    url = f"/v1/promises/{new_id()}"
    body = {"place_id": str(world.place.id), "content": "修好路灯", "due_on": "2026-12-01"}
    await world.act("cadre", url, body | {"owner_id": str(world.county.officer.id)})
    (item,) = [entry for entry in await inbox(world.as_("officer")) if entry["about_id"] == url[-36:]]
    before = (item["kind"], item["due_at"], await world.kinds_for("cadre", url))

    await world.act("officer", f"{url}/keeping", {"outcome": "修好了"}, 1)

    assert before == ("promise_to_keep", "2026-12-01T16:00:00Z", [])
    assert await world.kinds_for("officer", url) == []


async def test_insight_is_in_the_inbox_where_it_was_routed(world: World) -> None:
    url, body = f"/v1/insights/{new_id()}", {"place_id": str(world.place.id), "kind": "opinion", "content": "路灯"}
    decider = await somebody(world.session, Role.ORGAN_COMMITTEE_OFFICER, world.county.beside)
    await world.session.commit()
    await world.act("cadre", url, body | {"category_code": "other"})
    await world.act("officer", f"{url}/routing", {"organisation_id": str(world.county.beside.id)}, 1)
    decider_client = world.api.as_(decider)
    before = (await kinds_about(decider_client, url), await world.kinds_for("officer", url))

    await decider_client.put(
        f"{url}/decision", json={"is_adopted": True, "reason": "可行"}, headers={"If-Match": '"2"'}
    )
    await drain(world.run_relay, world.session)

    assert before == (["insight_to_decide"], [])
    assert await kinds_about(decider_client, url) == []


async def a_visit(world: World, **fields: Any) -> str:
    """A late entry of a visit of the cadre."""
    url = f"/v1/visits/{new_id()}"
    times = {"checked_in_at": "2026-11-21T01:00:00Z", "checked_out_at": "2026-11-21T02:00:00Z"}
    body = {"place_id": str(world.place.id), "purpose": "help", "people_met": 1} | times | fields
    await world.act("cadre", f"{url}/late-entry", body)
    return url


async def test_companion_item_closes_after_decline_or_ten_days(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await a_visit(world, companions=[str(world.county.officer.id), str(world.county.secretary.id)])
    before = [await world.kinds_for(who, url) for who in ("officer", "secretary", "cadre")]

    await world.act("officer", f"{url}/decline", None)
    after = [await world.kinds_for(who, url) for who in ("officer", "secretary")]
    await sweep(engine, clock() + timedelta(days=10))

    assert before == [["companion_may_decline"], ["companion_may_decline"], []]
    assert after == [[], ["companion_may_decline"]]
    assert await world.kinds_for("secretary", url) == []


async def test_correction_is_in_the_inbox_of_the_officer_until_decided(world: World) -> None:
    visit, correction = await a_visit(world), new_id()
    await world.act("cadre", f"{visit}/corrections/{correction}", {"people_met": 2, "reason": "记错"})
    before = (await world.kinds_for("officer", visit), await world.kinds_for("neighbour", visit))

    decision = {"is_accepted": True, "reason": "属实"}
    await world.act("officer", f"/v1/visit-corrections/{correction}/decision", decision, 1)

    assert before == (["visit_correction_to_decide"], [])
    assert await world.kinds_for("officer", visit) == []


async def test_forgotten_visit_is_in_the_inbox_until_completed(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = f"/v1/visits/{new_id()}"
    await world.act("cadre", url, {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    row = await world.session.get_one(Visit, UUID(url[-36:]))
    # the timer starts when the server recorded the visit, by real time, not by the clock of the test
    await sweep(engine, row.recorded_at + timedelta(days=2))
    await drain(world.run_relay, world.session)
    before = await world.kinds_for("cadre", url)

    await world.act("cadre", f"{url}/record", {"purpose": "help", "people_met": 1}, 2)

    assert before == ["visit_to_complete"]
    assert await world.kinds_for("cadre", url) == []


async def test_ended_placement_asks_person_and_host_then_the_sender(world: World) -> None:
    url, county = f"/v1/placements/{new_id()}", world.county
    body = {"kind": "village_posting", "topic": "驻村", "begins_on": "2026-11-01", "ends_on": "2027-10-31"}
    ids = {"person_id": county.cadre.id, "sending_id": county.town.id, "host_id": county.community.id}
    await world.act("officer", url, body | {name: str(id_) for name, id_ in ids.items()})
    running = [await world.kinds_for(who, url) for who in ("cadre", "secretary", "officer")]
    await world.act("officer", f"{url}/end", {"reason": "另有任用"}, 1)
    ended = [await world.kinds_for(who, url) for who in ("cadre", "secretary")]

    await world.act("cadre", f"{url}/report", {"title": "报告", "summary": "所见"}, 2)
    await world.act("secretary", f"{url}/appraisal", {"appraisal": "踏实"}, 3)
    reported = [await world.kinds_for(who, url) for who in ("cadre", "secretary", "officer")]
    await world.act("officer", f"{url}/adoption", {"is_adopted": True, "reason": "可行"}, 4)

    assert running == [[], [], []]
    assert ended == [["placement_to_report"], ["placement_to_appraise"]]
    assert reported == [[], [], ["placement_report_to_decide"]]
    assert await world.kinds_for("officer", url) == []


async def test_ended_contact_point_asks_the_place_for_90_days(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url, term = f"/v1/contact-points/{new_id()}", {"begins_on": "2026-01-01", "ends_on": "2026-12-31"}
    ids = {"leader_id": world.county.cadre.id, "organisation_id": world.county.town.id, "place_id": world.place.id}
    await world.act("officer", url, term | {"purpose": "联系"} | {name: str(id_) for name, id_ in ids.items()})
    await world.act("officer", f"{url}/end", {"reason": "调离"}, 1)
    before = await world.kinds_for("secretary", url)

    await sweep(engine, clock() + timedelta(days=90))

    assert before == ["contact_point_opinion"]
    assert await world.kinds_for("secretary", url) == []


async def test_correction_request_is_in_the_inbox_of_the_administrator(world: World) -> None:
    own = f"/v1/me/correction-requests/{new_id()}"
    await world.act("cadre", own, {"what": "姓名", "should_be": "另一个字"})
    before = [entry for entry in await inbox(world.as_("administrator")) if entry["about_id"] == own[-36:]]

    answer = {"is_accepted": False, "answer": "与证件一致"}
    await world.act("administrator", f"/v1/correction-requests/{own[-36:]}/decision", answer, 1)

    assert [item["kind"] for item in before] == ["correction_request_to_decide"]
    assert before[0]["due_at"] is not None
    assert await world.kinds_for("administrator", own) == []


async def test_rebuild_opens_an_item_for_consent_to_an_old_notice(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    consent = await build.a_consent(world.session, world.county.cadre)
    consent.notice_version = "2025-9"
    await world.session.commit()
    await rebuild_inbox(engine, clock())
    before = await world.kinds_for("cadre", str(consent.id))

    await world.act("cadre", "/v1/me/consents/keep_positions", {"notice_version": "2026-1"})

    assert before == ["consent_to_renew"]
    assert await world.kinds_for("cadre", str(consent.id)) == []


async def test_endpoint_disabled_by_failure_is_in_the_inbox_of_its_owner(world: World, clock: FakeClock) -> None:
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
    await drain(world.run_relay, world.session)

    assert await world.kinds_for("secretary", str(row.id)) == ["endpoint_stopped"]
    await world.as_("secretary").post(f"/v1/endpoints/{row.id}/enablements", headers={"If-Match": '"2"'})
    await drain(world.run_relay, world.session)
    assert await world.kinds_for("secretary", str(row.id)) == []


async def test_events_of_this_module_reached_the_receivers_of_the_catalogue(world: World, settings: Settings) -> None:
    events, wrong = check_receivers(settings, ignored_tables=("endpoint", "person"))

    assert wrong == []
    assert {EventName.PLACEMENT_APPRAISED, EventName.INSIGHT_ROUTED, EventName.CONTACT_POINT_ENDED} <= events
