"""Briefing of a place: open problems, last visits, promises, expected visits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit
from service.foundation.ids import new_id
from service.solving.problems.tables import Problem, ProblemCategory
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller

TODAY = START.date()


async def a_place_with_records(session: AsyncSession, county: County) -> dict[str, Any]:
    """Create a place with records of each kind, made by a person of another town."""
    place = await build.a_place(session, county.community, name="梅园新村")
    other = await somebody(session, Role.CADRE, county.beside)
    category = f"c{new_id().hex[-8:]}"
    session.add(ProblemCategory(code=category, name="路灯", respond_days=1, solve_days=5))
    await session.flush()
    common_columns: dict[str, Any] = {
        "place_id": place.id,
        "organisation_id": county.beside.id,
        "request_fingerprint": b"",
    }
    problem_columns = {
        "category_code": category,
        "raised_by": other.id,
        "raised_at": START,
        "owner_id": county.beside.id,
        **common_columns,
    }
    closed_columns = {
        "outcome": "solved",
        "answer": "已修",
        "satisfaction": "satisfied",
        "answered_at": START,
        "closed_at": START,
    }
    visit_columns = {"person_id": other.id, "presence": "unverified", "presence_reasons": [], **common_columns}
    plan_columns = {"person_id": other.id, "state": "planned", "created_at": START, **common_columns}
    times = {"from_at": START + timedelta(days=2), "until_at": START + timedelta(days=2, hours=1)}
    session.add_all(
        [
            Problem(id=new_id(), description="三号楼路灯不亮", state="dispatched", **problem_columns),
            Problem(id=new_id(), description="已经修好", state="closed", **closed_columns, **problem_columns),
            Problem(id=new_id(), description="举报", state="dispatched", is_accusation=True, **problem_columns),
            Visit(
                id=new_id(), state="ended", checked_in_at=START, checked_out_at=START, purpose="help", **visit_columns
            ),
            Visit(id=new_id(), state="open", checked_in_at=START, **visit_columns),
            Promise(
                id=new_id(),
                content="一周内修好",
                promised_by=other.id,
                owner_id=other.id,
                due_on=TODAY,
                state="open",
                created_at=START,
                **common_columns,
            ),
            VisitPlan(id=new_id(), is_announced=True, **times, **plan_columns),
            VisitPlan(id=new_id(), is_announced=False, **times, **plan_columns),
        ]
    )
    await session.commit()
    return {"url": f"/v1/places/{place.id}/briefing", "other": other, "category": category}


async def test_briefing_lists_open_problems_past_visits_promises_and_plans(
    api: Caller, county: County, session: AsyncSession
) -> None:
    records = await a_place_with_records(session, county)

    briefing = (await api.as_(county.cadre).get(records["url"])).json()

    assert briefing["place"]["name"] == "梅园新村"
    assert [(item["category_code"], item["state"]) for item in briefing["problems"]] == [
        (records["category"], "dispatched")
    ]
    assert [(item["visited_on"], item["organisation_id"], item["purpose"]) for item in briefing["past_visits"]] == [
        (TODAY.isoformat(), str(county.beside.id), "help")
    ]
    assert [item["due_on"] for item in briefing["promises"]] == [TODAY.isoformat()]
    assert len(briefing["expected"]) == 1


async def test_briefing_shows_texts_only_to_readers_with_the_right(
    api: Caller, county: County, session: AsyncSession
) -> None:
    records = await a_place_with_records(session, county)

    outsider = (await api.as_(county.cadre).get(records["url"])).json()
    insider = (await api.as_(records["other"]).get(records["url"])).json()

    assert [(item["id"], item["description"]) for item in outsider["problems"]] == [(None, None)]
    assert [(item["id"], item["content"]) for item in outsider["promises"]] == [(None, None)]
    assert [item["description"] for item in insider["problems"]] == ["三号楼路灯不亮"]
    assert [item["content"] for item in insider["promises"]] == ["一周内修好"]


async def test_briefing_names_no_person_and_no_accusation(api: Caller, county: County, session: AsyncSession) -> None:
    records = await a_place_with_records(session, county)

    text = (await api.as_(county.cadre).get(records["url"])).text

    assert str(records["other"].id) not in text
    assert "举报" not in text


@pytest.mark.parametrize("who", ["secretary", "administrator"])
async def test_briefing_without_the_right_to_visit_is_refused(
    api: Caller, county: County, session: AsyncSession, who: str
) -> None:
    records = await a_place_with_records(session, county)

    answer = await api.as_(getattr(county, who)).get(records["url"])

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


async def test_briefing_of_an_unknown_place_is_not_found(api: Caller, county: County) -> None:
    answer = await api.as_(county.cadre).get(f"/v1/places/{new_id()}/briefing")

    assert (answer.status_code, answer.json()["code"]) == (404, "place.not_found")
