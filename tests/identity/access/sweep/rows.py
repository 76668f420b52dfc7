"""Rows of the standing ties, of what was heard and of requests, for the sweep."""

from datetime import timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.people import CorrectionState
from schemas.operations.imports import ImportCreate, ImportKind, ImportMode
from service.fieldwork.insights.tables import Insight
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit, VisitCorrection, VisitDraft
from service.foundation.ids import new_id
from service.ground.placements.tables import PersonBackground, Placement, PlacementSelection, SelectionDecisionMade
from service.ground.places.tables import FenceProposal, Place, PlaceReading
from service.identity.auth.tables import Credential, Device, ServiceClient
from service.identity.people.tables import CorrectionRequest, Person
from service.identity.tree.tables import Organisation
from service.operations.imports.actions import opened
from service.operations.imports.tables import Import
from tests import build
from tests.build.contact_points import TODAY, a_contact_point, a_household
from tests.conftest import START


async def ties(
    session: AsyncSession, leader: Person, person: Person, place: Place, top: Organisation
) -> dict[str, Any]:
    """A contact point with a household, one to be handed over, placements sent and hosted, a plan of selection."""
    point = a_contact_point(leader, place)
    # at a place of its own: a leader has one living contact point at each
    handed_over = a_contact_point(leader, place, ended_at=START, end_reason="调离")
    here = place.organisation_id
    sent, hosted = _a_placement(person, here, top.id), _a_placement(person, top.id, here)
    plan = PlacementSelection(
        id=new_id(), organisation_id=here, year=2026, criteria={}, created_at=START, request_fingerprint=b""
    )
    noted = PersonBackground(id=person.id, birth_year=1990, grassroots_months=0, set_at=START)
    session.add_all([point, handed_over, sent, hosted, plan, noted])
    await session.flush()
    decided = {"selection_id": plan.id, "person_id": person.id, "decision": "chosen", "reason": "本人愿意"}
    session.add(SelectionDecisionMade(id=new_id(), decided_by=leader.id, decided_at=START, **decided))
    household = await a_household(session, point)
    return {
        "contact_point_id": point,
        "handed_over_id": handed_over,
        "household_id": household,
        "placement_id": sent,
        "hosted_placement_id": hosted,
        "selection_id": plan,
    }


async def ground(session: AsyncSession, place: Place, organisation: Organisation) -> dict[str, Any]:
    """A place that nobody visited, a fence proposed for the other, something to read about it."""
    unvisited = await build.a_place(session, organisation)
    proposal = FenceProposal(
        id=new_id(),
        place_id=place.id,
        median_value="SRID=4326;POINT(118.8 32.0)",
        radius_m=100,
        check_ins=5,
        persons=3,
        made_at=START,
        state="proposed",
    )
    reading = PlaceReading(
        id=new_id(), place_id=place.id, title="t", link="https://a.cn", added_at=START, request_fingerprint=b""
    )
    session.add_all([proposal, reading])
    await session.flush()
    return {"unvisited_id": unvisited, "proposal_id": proposal, "reading_id": reading}


async def heard(session: AsyncSession, person: Person, visit: Visit) -> dict[str, Any]:
    """An insight sent to the organisation itself, a promise, a plan, a correction that waits."""
    own = {"place_id": visit.place_id, "organisation_id": visit.organisation_id, "request_fingerprint": b""}
    insight = Insight(
        id=new_id(),
        kind="opinion",
        category_code="swept",
        content="路灯不亮",
        visit_id=visit.id,
        raised_by=person.id,
        raised_at=START,
        routed_to=visit.organisation_id,
        **own,
    )
    promise = Promise(
        id=new_id(),
        content="一周内修好",
        visit_id=visit.id,
        promised_by=person.id,
        owner_id=person.id,
        due_on=TODAY,
        state="open",
        created_at=START,
        **own,
    )
    plan = VisitPlan(
        id=new_id(),
        person_id=person.id,
        from_at=START,
        until_at=START + timedelta(hours=2),
        is_announced=True,
        state="planned",
        created_at=START,
        **own,
    )
    correction = VisitCorrection(
        id=new_id(),
        visit_id=visit.id,
        requested_by=person.id,
        requested_at=START,
        before={},
        after={"people_met": 2},
        reason="记错",
        state="requested",
        request_fingerprint=b"",
    )
    session.add_all([insight, promise, plan, correction])
    await session.flush()
    draft = VisitDraft(id=visit.id, written_by=person.id, written_at=START)
    session.add(draft)
    await session.flush()
    return {
        "draft_id": draft,
        "insight_id": insight,
        "promise_id": promise,
        "plan_id": plan,
        "correction_id": correction,
    }


def an_import(organisation: Organisation) -> Import:
    """One that waits for its file."""
    body = ImportCreate(kind=ImportKind.PEOPLE, mode=ImportMode.GOOD_ROWS, organisation_id=organisation.id)
    return opened(new_id(), body, None, START, b"")


def a_correction_request(person: Person, organisation: Organisation) -> CorrectionRequest:
    return CorrectionRequest(
        id=new_id(),
        person_id=person.id,
        organisation_id=organisation.id,
        what="姓名",
        should_be="另一个字",
        state=CorrectionState.SUBMITTED,
        submitted_at=START,
        request_fingerprint=b"",
    )


def _a_placement(person: Person, sending_id: Any, host_id: Any) -> Placement:
    return Placement(
        id=new_id(),
        person_id=person.id,
        kind="village_posting",
        sending_id=sending_id,
        host_id=host_id,
        topic="驻村",
        begins_on=TODAY,
        ends_on=TODAY,
        report_title="报告",
        report_summary="所见",
        reported_at=START,
        created_at=START,
        request_fingerprint=b"",
    )


def a_service_client(organisation_id: Any) -> ServiceClient:
    return ServiceClient(
        id=new_id(),
        organisation_id=organisation_id,
        name="接收系统",
        secret_hash="",
        created_at=START,
        request_fingerprint=b"",
    )


def a_credential(person: Person) -> Credential:
    return Credential(id=new_id(), person_id=person.id, login=f"swept-{person.id}", password_hash="", set_at=START)


def a_device(person: Person) -> Device:
    return Device(
        id=new_id(),
        person_id=person.id,
        name="手机",
        created_at=START,
        family_id=new_id(),
        generation=1,
        signed_in_at=START,
        rotated_at=START,
        expires_at=START + timedelta(days=30),
        has_second_factor=False,
    )
