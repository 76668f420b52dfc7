"""Placements: start, report, adoption, appraisal and end, each by the right person."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import FakeClock
from tests.ground.placements.conftest import BASED_ON_1, BASED_ON_2, URL, World, refusal
from tests.operations.worker.steps import sweep

REPORT = {"title": "留守老人用药情况", "summary": "半数老人不会用智能机挂号，建议村医代挂。"}
ADOPTED = {"is_adopted": True, "reason": "列入明年计划"}
APPRAISAL = {"appraisal": "吃住在村，办成三件实事。"}


async def test_start_repeated_request_emits_one_event_to_both_organisations(
    world: World, session: AsyncSession
) -> None:
    url = f"{URL}/{new_id()}"

    first = await world.as_("officer").put(url, json=world.body())
    again = await world.as_("officer").put(url, json=world.body())

    assert (first.status_code, again.status_code) == (201, 200)
    event = (await session.exec(select(Event).where(Event.subject_id == UUID(url[-36:])))).one()
    assert event.name == "placement.started"
    assert set(event.organisation_ids) == {world.bureau.id, world.village.id}
    assert event.person_ids == [world.people["young"].id]


async def test_report_adoption_and_appraisal_are_recorded_with_one_event_each(
    world: World, session: AsyncSession
) -> None:
    url = await world.start()

    reported = await world.as_("young").put(f"{url}/report", json=REPORT, headers=BASED_ON_1)
    adopted = await world.as_("officer").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_2)
    appraised = await world.as_("host").put(f"{url}/appraisal", json=APPRAISAL, headers={"If-Match": '"3"'})

    assert [answer.status_code for answer in (reported, adopted, appraised)] == [200, 200, 200]
    placement = (await world.as_("young").get(url)).json()
    assert (placement["is_adopted"], placement["appraisal"], placement["version"]) == (True, APPRAISAL["appraisal"], 4)
    names = (
        await session.exec(select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id)))
    ).all()
    assert list(names) == [
        "placement.started",
        "placement.reported",
        "placement.adoption_decided",
        "placement.appraised",
    ]


async def test_report_adoption_and_appraisal_by_wrong_person_are_refused(world: World) -> None:
    url = await world.start()
    await world.as_("young").put(f"{url}/report", json=REPORT, headers=BASED_ON_1)

    refused = [
        await world.as_("officer").put(f"{url}/report", json=REPORT | {"title": "别人写的"}, headers=BASED_ON_2),
        await world.as_("young").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_2),
        await world.as_("host").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_2),
        await world.as_("officer").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_2),
        await world.as_("young").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_2),
    ]
    not_found = [
        await world.as_("stranger").get(url),
        await world.as_("old").get(url),
        await world.as_("stranger").put(f"{url}/end", json={"reason": "不"}, headers=BASED_ON_2),
    ]

    assert {refusal(answer) for answer in refused} == {(403, "access.not_permitted")}
    assert {refusal(answer) for answer in not_found} == {(404, "placement.not_found")}


async def test_officer_cannot_decide_about_own_placement(world: World, session: AsyncSession) -> None:
    officer = world.people["officer"]
    await build.a_posting(session, officer, world.village, Role.ORGAN_COMMITTEE_OFFICER)
    await session.commit()
    url = await world.start(by="colleague", person_id=str(officer.id))
    await world.as_("officer").put(f"{url}/report", json=REPORT, headers=BASED_ON_1)

    refused = [
        await world.as_("officer").put(f"{URL}/{new_id()}", json=world.body(person_id=str(officer.id))),
        await world.as_("officer").put(f"{url}/end", json={"reason": "另有任用"}, headers=BASED_ON_2),
        await world.as_("officer").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_2),
        await world.as_("officer").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_2),
    ]

    assert {refusal(answer) for answer in refused} == {(403, "placement.own_case")}


async def test_report_rewritten_keeps_earlier_text(world: World) -> None:
    url = await world.start()
    await world.as_("young").put(f"{url}/report", json=REPORT, headers=BASED_ON_1)

    await world.as_("young").put(f"{url}/report", json=REPORT | {"title": "改一改"}, headers=BASED_ON_2)

    earlier = (await world.as_("officer").get(f"{url}/earlier-reports")).json()["items"]
    assert [(report["title"], report["summary"], report["version"]) for report in earlier] == [(*REPORT.values(), 2)]
    tables = (await world.as_("young").get("/v1/me/data")).json()["tables"]
    own_rows = {table["table"]: table["rows"] for table in tables}["earlier_placement_report"]
    assert [row["title"] for row in own_rows] == [REPORT["title"]]
    assert refusal(await world.as_("stranger").get(f"{url}/earlier-reports")) == (404, "placement.not_found")


async def test_appraisal_given_before_cannot_be_changed(world: World) -> None:
    url = await world.start()
    await world.as_("host").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_1)

    again = await world.as_("host").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_1)
    other = await world.as_("host").put(f"{url}/appraisal", json={"appraisal": "不好"}, headers=BASED_ON_2)

    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert refusal(other) == (409, "placement.appraisal_already_given")
    assert (await world.as_("host").get(url)).json()["appraisal"] == APPRAISAL["appraisal"]


async def test_appraisal_before_term_begins_is_refused(world: World, clock: FakeClock) -> None:
    begins_on = (clock() + timedelta(days=2)).date()
    url = await world.start(begins_on=begins_on.isoformat())

    early = await world.as_("host").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_1)
    clock.move(days=2)
    after_begin = await world.as_("host").put(f"{url}/appraisal", json=APPRAISAL, headers=BASED_ON_1)

    assert refusal(early) == (409, "placement.not_begun")
    assert early.json()["facts"] == {"begins_on": begins_on.isoformat()}
    assert after_begin.status_code == 200


async def test_placement_entered_after_its_term_ends_on_its_last_day(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start(begins_on="2025-01-01", ends_on="2025-06-30")

    await sweep(engine, clock())

    assert (await world.as_("young").get(url)).json()["ended_at"] == "2025-06-30T15:59:59Z"


@pytest.mark.parametrize("closed", ["bureau", "village"])
async def test_start_in_closed_organisation_is_refused(world: World, session: AsyncSession, closed: str) -> None:
    url = await world.start()
    organisation: Organisation = getattr(world, closed)
    organisation.valid_until = datetime(2026, 1, 1, tzinfo=UTC)
    session.add(organisation)
    await session.commit()

    new = await world.as_("officer").put(f"{URL}/{new_id()}", json=world.body())
    again = await world.as_("officer").put(url, json=world.body())

    assert refusal(new) == (409, "organisation.is_closed")
    assert again.status_code == 200


async def test_report_after_adoption_decision_cannot_be_changed(world: World) -> None:
    url = await world.start()
    early = await world.as_("officer").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_1)
    await world.as_("young").put(f"{url}/report", json=REPORT, headers=BASED_ON_1)
    await world.as_("officer").put(f"{url}/adoption", json=ADOPTED, headers=BASED_ON_2)

    later = await world.as_("young").put(
        f"{url}/report", json=REPORT | {"title": "改一改"}, headers={"If-Match": '"3"'}
    )

    assert refusal(early) == (409, "placement.report_missing")
    assert refusal(later) == (409, "placement.report_decided")


async def test_placement_ends_automatically_after_last_day(world: World, engine: AsyncEngine, clock: FakeClock) -> None:
    url = await world.start(ends_on=clock().date().isoformat())

    await sweep(engine, clock())
    on_last_day = (await world.as_("young").get(url)).json()
    await sweep(engine, clock.move(days=1))
    day_after = (await world.as_("young").get(url)).json()

    assert (on_last_day["ended_at"], day_after["end_reason"]) == (None, "期满")


async def test_end_before_last_day_with_reason_happens_once(world: World) -> None:
    url = await world.start()

    ended = await world.as_("officer").put(f"{url}/end", json={"reason": "另有任用"}, headers=BASED_ON_1)
    other = await world.as_("officer").put(f"{url}/end", json={"reason": "别的"}, headers=BASED_ON_2)

    assert (ended.status_code, ended.json()["end_reason"]) == (200, "另有任用")
    assert refusal(other) == (409, "placement.already_ended")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ends_on": "2026-10-01"}, (422, "request.invalid")),
        ({"begins_on": "9999-12-30", "ends_on": "9999-12-31"}, (422, "request.invalid")),
        ({"kind": "holiday"}, (422, "request.invalid")),
        ({"host_id": "same"}, (422, "placement.host_is_sender")),
        ({"host_id": "unknown"}, (404, "organisation.not_found")),
        ({"person_id": "host"}, (422, "placement.person_not_posted")),
        ({"sending_id": "other"}, (404, "organisation.not_found")),
    ],
)
async def test_start_with_invalid_fields_is_refused(
    world: World, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    ids = {
        "same": world.bureau.id,
        "unknown": new_id(),
        "host": world.people["host"].id,
        "other": world.people["stranger"].organisation_id,
    }
    body = world.body(**{name: str(ids.get(value, value)) for name, value in changes.items()})

    assert refusal(await world.as_("officer").put(f"{URL}/{new_id()}", json=body)) == expected
