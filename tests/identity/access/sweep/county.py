"""Create four organisations with one record of each kind, and a caller for each role."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.foundation.contacts import Contact
from schemas.identity.local_rules import RuleKey
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.fieldwork.visits.tables import Visit
from service.foundation.crypto import Keys
from service.foundation.events import actors
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.judgement.assessments.tables import AssessmentCycle, Dossier
from service.outward.inbox.tables import InboxItem
from service.outward.webhooks.tables import Endpoint
from service.residence.reports.tables import ResidenceReport
from service.solving.problems.contacts import build_contact
from service.solving.problems.tables import Problem, ProblemCategory, ProblemRoute
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller, caller
from tests.identity.access.sweep.cases import CREATE_RECORDS
from tests.identity.access.sweep.rows import (
    a_correction_request,
    a_credential,
    a_device,
    a_service_client,
    an_import,
    contact_point_and_placements,
    place_records,
    visit_records,
)

RELATIONS = ("own", "subordinate", "sister", "superior")
NO_POSTING, SYSTEM, NOBODY = "a person without a posting", "a service client", "nobody signed in"
CONTACT = Contact(name="王秀英", phone="13912345678")
Row = TypeVar("Row")
Targets = dict[str, str]
"""Word → id of a record of one organisation. A word is the name of the path parameter that takes the id."""


@dataclass
class SweptCounty:
    """Relation → its targets, and actor → its caller."""

    targets: dict[str, Targets]
    callers: dict[str, Caller]


async def create_county(session: AsyncSession, api: Caller, keys: Keys) -> SweptCounty:
    """Create top → superior → (own → subordinate, sister). All actors are posted in `own`."""
    top = await build.an_organisation(session)
    superior = await build.an_organisation(session, under=top)
    own, sister = [await build.an_organisation(session, under=superior) for _ in range(2)]
    below = await build.an_organisation(session, under=own, kind=OrganisationKind.RESIDENTS_COMMITTEE)
    session.add(ProblemCategory(code="swept", name="某类", respond_days=1, solve_days=5))
    code = await build.a_village_code(session)
    route = ProblemRoute(id=new_id(), category_code="swept", division_code=code, organisation_id=top.id)
    session.add(route)
    organisations = dict(zip(RELATIONS, (own, below, sister, superior), strict=True))
    targets = {
        relation: await _create_records(session, keys, organisation, top)
        for relation, organisation in organisations.items()
    }
    for relation, organisation in organisations.items():
        other = sister if organisation is not sister else own
        targets[relation] |= {"code": code, "sister_id": str(other.id), "purpose": "keep_positions"}
        targets[relation] |= {"route_id": str(route.id), "provider": "city"}
    callers = await _callers(session, api, own, UUID(targets["own"]["leader_id"]))
    await session.commit()
    return SweptCounty(targets, callers)


async def _callers(session: AsyncSession, api: Caller, own: Organisation, leader_id: UUID) -> dict[str, Caller]:
    callers = {}
    for role in Role:
        delegation = (
            {"delegate_of": leader_id, "valid_until": START + timedelta(days=30)} if role is Role.DELEGATE else {}
        )
        person = await build.a_person(session)
        await build.a_posting(session, person, own, role, **delegation)
        callers[role.value] = api.as_(person)
    token = api.resources.tokens.issue(Principal(new_id(), own.id), api.resources.clock())
    unposted = api.as_(await build.a_person(session))
    return callers | {NO_POSTING: unposted, SYSTEM: caller(api.app, api.resources, token), NOBODY: api}


async def _create_records(session: AsyncSession, keys: Keys, organisation: Organisation, top: Organisation) -> Targets:
    # a branch below a unit: an organisation with an anomaly
    wrong_paths = await build.an_organisation(
        session, under=organisation, family=Family.PARTY, kind=OrganisationKind.BRANCH
    )
    person = await somebody(session, Role.MEMBER, organisation)
    leader = await somebody(session, Role.LEADER, organisation)
    posting = await build.a_posting(session, person, organisation, Role.CADRE)
    place = await build.a_place(session, organisation)
    visit = await _a_visit(session, person, place)
    rows = {
        "organisation_id": organisation,
        "misplaced_id": wrong_paths,
        "link_id": await build.a_link(session, LinkKind.EXCHANGES, wrong_paths, organisation),
        "person_id": person,
        "leader_id": leader,
        "posting_id": posting,
        "place_id": place,
        "fence_id": await build.a_circle(session, place),
        "visit_id": visit,
        **await contact_point_and_placements(session, leader, person, place, top),
        **await place_records(session, place, organisation),
        **await visit_records(session, person, visit),
        "client_id": await _add(session, a_service_client(organisation.id)),
        "credential_id": await _add(session, a_credential(person)),
        "device_id": await _add(session, a_device(person)),
        "import_id": await _add(session, an_import(organisation)),
        "request_id": await _add(session, a_correction_request(person, organisation)),
        "problem_id": await _a_problem(session, keys, person, place),
        "item_id": await _add(session, _an_inbox_item("problem_to_accept", organisation_id=organisation.id)),
        "own_item_id": await _add(session, _an_inbox_item("promise_to_keep", person_id=person.id)),
        "report_id": await _a_report(session, person, organisation),
        "rule_id": await build.a_local_rule(session, organisation, RuleKey.VISIT_RECORD_OPEN_DAYS, 10),
        "endpoint_id": await _an_endpoint(session, organisation),
        "cycle_id": await _a_cycle(session, organisation),
        "frozen_cycle_id": await _a_frozen_cycle(session, person, organisation),
    }
    for create_records in CREATE_RECORDS:
        rows |= await create_records(session, rows)
    await record(
        session,
        EventName.ORGANISATION_CHANGED,
        organisation,
        actor=actors.SYSTEM,
        occurred_at=START,
        organisations=[organisation.id],
    )
    words = {word: str(row.id) for word, row in rows.items()}
    others = {
        "indicator": "residents_satisfied",
        "category": "swept",
        "table": "person",
        "top_id": str(top.id),
        "delivery_id": str(new_id()),
        "parent_id": str(organisation.parent_id),
    }
    return words | others


async def _add(session: AsyncSession, row: Row) -> Row:
    session.add(row)
    await session.flush()
    return row


async def _a_visit(session: AsyncSession, person: Person, place: Place) -> Visit:
    visit = Visit(
        id=new_id(),
        person_id=person.id,
        organisation_id=place.organisation_id,
        place_id=place.id,
        state="ended",
        checked_in_at=START,
        checked_out_at=START,
        presence="unverified",
        presence_reasons=[],
        request_fingerprint=b"",
    )
    return await _add(session, visit)


async def _a_problem(session: AsyncSession, keys: Keys, person: Person, place: Place) -> Problem:
    problem = Problem(
        id=new_id(),
        place_id=place.id,
        category_code="swept",
        description="路灯不亮",
        raised_by=person.id,
        organisation_id=place.organisation_id,
        owner_id=place.organisation_id,
        state="dispatched",
        raised_at=START,
        request_fingerprint=b"",
    )
    await _add(session, problem)
    await _add(session, build_contact(keys, problem.id, CONTACT))
    return problem


async def _a_report(session: AsyncSession, person: Person, organisation: Organisation) -> ResidenceReport:
    report = ResidenceReport(
        id=new_id(),
        person_id=person.id,
        organisation_id=organisation.id,
        state="submitted",
        submitted_at=START,
        request_fingerprint=b"",
    )
    return await _add(session, report)


def _an_inbox_item(kind: str, **reader: UUID) -> InboxItem:
    return InboxItem(id=new_id(), kind=kind, subject_id=new_id(), about_id=new_id(), opened_at=START, **reader)


async def _an_endpoint(session: AsyncSession, organisation: Organisation) -> Endpoint:
    endpoint = Endpoint(
        id=new_id(),
        organisation_id=organisation.id,
        url="http://127.0.0.1:9/",
        event_names=["visit.checked_out"],
        state="active",
        created_at=START,
        request_fingerprint=b"",
    )
    return await _add(session, endpoint)


async def _a_cycle(session: AsyncSession, organisation: Organisation, **fields: object) -> AssessmentCycle:
    cycle = AssessmentCycle(
        **{
            "id": new_id(),
            "name": "年度考核",
            "organisation_id": organisation.id,
            "receiver_id": organisation.id,
            "from_day": START.date(),
            "until_day": START.date(),
            "state": "collecting",
            "opened_at": START,
            "request_fingerprint": b"",
        }
        | fields
    )
    return await _add(session, cycle)


async def _a_frozen_cycle(session: AsyncSession, person: Person, organisation: Organisation) -> AssessmentCycle:
    frozen = {"state": "frozen", "freezing_at": START, "frozen_at": START}
    cycle = await _a_cycle(session, organisation, **frozen)
    figure = {
        "code": "residents_satisfied",
        "name": "群众表示满意",
        "unit": "人次",
        "definition_version": 2,
        "basis": "resident",
        "value": 0,
        "evidence": [],
    }
    snapshot = {
        "cycle": {"id": str(cycle.id)},
        "person_id": str(person.id),
        "as_of": START.isoformat(),
        "figures": [figure],
    }
    await set_rls_purpose(session, Purpose.UPKEEP)
    dossier = Dossier(
        id=new_id(),
        cycle_id=cycle.id,
        person_id=person.id,
        snapshot=snapshot,
        jws="a.b.c",
        sha256="0" * 64,
        frozen_at=START,
    )
    await _add(session, dossier)
    return cycle
