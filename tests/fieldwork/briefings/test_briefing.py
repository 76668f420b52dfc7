"""One page before a visit: what is open there, who came last, what was promised, who is expected."""

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


async def filled(session: AsyncSession, county: County) -> dict[str, Any]:
    """A place with one of everything, by somebody of the town beside."""
    place = await build.a_place(session, county.community, name="梅园新村")
    other = await somebody(session, Role.CADRE, county.beside)
    category = f"c{new_id().hex[-8:]}"
    session.add(ProblemCategory(code=category, name="路灯", respond_days=1, solve_days=5))
    await session.flush()
    own: dict[str, Any] = {"place_id": place.id, "organisation_id": county.beside.id, "request_fingerprint": b""}
    raised = {"category_code": category, "raised_by": other.id, "raised_at": START, "owner_id": county.beside.id, **own}
    over = {
        "outcome": "solved",
        "answer": "已修",
        "satisfaction": "satisfied",
        "answered_at": START,
        "closed_at": START,
    }
    ended = {"person_id": other.id, "presence": "unverified", "presence_reasons": [], **own}
    planned = {"person_id": other.id, "state": "planned", "created_at": START, **own}
    soon = {"from_at": START + timedelta(days=2), "until_at": START + timedelta(days=2, hours=1)}
    session.add_all(
        [
            Problem(id=new_id(), description="三号楼路灯不亮", state="dispatched", **raised),
            Problem(id=new_id(), description="已经修好", state="closed", **over, **raised),
            Problem(id=new_id(), description="举报", state="dispatched", is_accusation=True, **raised),
            Visit(id=new_id(), state="ended", checked_in_at=START, checked_out_at=START, purpose="help", **ended),
            Visit(id=new_id(), state="open", checked_in_at=START, **ended),
            Promise(
                id=new_id(),
                content="一周内修好",
                promised_by=other.id,
                owner_id=other.id,
                due_on=TODAY,
                state="open",
                created_at=START,
                **own,
            ),
            VisitPlan(id=new_id(), is_announced=True, **soon, **planned),
            VisitPlan(id=new_id(), is_announced=False, **soon, **planned),
        ]
    )
    await session.commit()
    return {"url": f"/v1/places/{place.id}/briefing", "other": other, "category": category}


async def test_briefing_lists_open_problems_past_visits_promises_and_plans(
    api: Caller, county: County, session: AsyncSession
) -> None:
    made = await filled(session, county)

    told = (await api.as_(county.cadre).get(made["url"])).json()

    assert told["place"]["name"] == "梅园新村"
    assert [(one["category_code"], one["state"]) for one in told["problems"]] == [(made["category"], "dispatched")]
    assert [(one["visited_on"], one["organisation_id"], one["purpose"]) for one in told["past_visits"]] == [
        (TODAY.isoformat(), str(county.beside.id), "help")
    ]
    assert [one["due_on"] for one in told["promises"]] == [TODAY.isoformat()]
    assert len(told["expected"]) == 1


async def test_briefing_shows_texts_only_to_readers_with_the_right(
    api: Caller, county: County, session: AsyncSession
) -> None:
    made = await filled(session, county)

    stranger = (await api.as_(county.cadre).get(made["url"])).json()
    insider = (await api.as_(made["other"]).get(made["url"])).json()

    assert [(one["id"], one["description"]) for one in stranger["problems"]] == [(None, None)]
    assert [(one["id"], one["content"]) for one in stranger["promises"]] == [(None, None)]
    assert [one["description"] for one in insider["problems"]] == ["三号楼路灯不亮"]
    assert [one["content"] for one in insider["promises"]] == ["一周内修好"]


async def test_briefing_names_no_person_and_no_accusation(api: Caller, county: County, session: AsyncSession) -> None:
    made = await filled(session, county)

    text = (await api.as_(county.cadre).get(made["url"])).text

    assert str(made["other"].id) not in text
    assert "举报" not in text


@pytest.mark.parametrize("who", ["secretary", "administrator"])
async def test_briefing_without_the_right_to_visit_is_refused(
    api: Caller, county: County, session: AsyncSession, who: str
) -> None:
    made = await filled(session, county)

    answer = await api.as_(getattr(county, who)).get(made["url"])

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


async def test_briefing_of_an_unknown_place_is_not_found(api: Caller, county: County) -> None:
    answer = await api.as_(county.cadre).get(f"/v1/places/{new_id()}/briefing")

    assert (answer.status_code, answer.json()["code"]) == (404, "place.not_found")
