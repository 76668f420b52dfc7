"""What is done to a residence report: submit, and end, by the member; confirm and return, by the organisation."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.reports import ResidenceReportMoved
from schemas.residence.reports import ResidenceReportCreate, ResidenceReportState
from service.foundation.creation import create_once
from service.foundation.errors import NotFound, VersionStale
from service.foundation.events.record import record
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound
from service.identity.access.permissions import Permission
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.residence.reports import queries, rules
from service.residence.reports.errors import AlreadyReported, ResidenceReportNotFound
from service.residence.reports.rules import Verb
from service.residence.reports.tables import ResidenceReport


async def submit(
    session: AsyncSession, actor: Actor, report_id: UUID, request: ResidenceReportCreate, request_fingerprint: bytes
) -> tuple[ResidenceReport, bool]:
    """Report to the Party organisation where the member lives; says whether this request did it.

    Raises NotPermitted for a system, OrganisationNotFound, NotAPartyOrganisation, NotACommunity, AlreadyReported,
    ContentDiffers, ResidenceReportNotFound for another's id.
    """
    await _one_at_a_time(session, actor)
    if await session.get(ResidenceReport, report_id) is None:
        await _must_take_reports(session, request.organisation_id)
        await _must_have_none_that_lives(session, actor.id)
    row = ResidenceReport(
        id=report_id,
        person_id=actor.id,
        organisation_id=request.organisation_id,
        state=ResidenceReportState.SUBMITTED,
        submitted_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    try:
        existing, is_new = await create_once(session, row, "person_id")
    except NotFound:
        raise ResidenceReportNotFound(report_id=str(report_id)) from None
    if is_new:
        await _record_event(session, actor, EventName.RESIDENCE_REPORT_SUBMITTED, existing)
    return existing, is_new


async def confirm(session: AsyncSession, actor: Actor, report_id: UUID, based_on: int) -> ResidenceReport:
    """The organisation says that the member lives there; a repetition changes nothing.

    Raises ResidenceReportNotFound, NotPermitted, NotPossible, VersionStale.
    """
    report = await _to_decide(session, actor, report_id)
    if report.state is ResidenceReportState.CONFIRMED:
        return report
    _move(report, Verb.CONFIRM, based_on)
    report.decided_at, report.decided_by = actor.at, actor.id
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_CONFIRMED, report)
    return report


async def return_(session: AsyncSession, actor: Actor, report_id: UUID, reason: str, based_on: int) -> ResidenceReport:
    """The organisation cannot confirm and says why; the same reason again changes nothing.

    Raises ResidenceReportNotFound, NotPermitted, NotPossible, VersionStale.
    """
    report = await _to_decide(session, actor, report_id)
    if (report.state, report.return_reason) == (ResidenceReportState.RETURNED, reason):
        return report
    _move(report, Verb.RETURN, based_on)
    report.decided_at, report.decided_by, report.return_reason = actor.at, actor.id, reason
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_RETURNED, report)
    return report


async def end(session: AsyncSession, actor: Actor, report_id: UUID, reason: str, based_on: int) -> ResidenceReport:
    """The member withdraws or moves away; the same reason again changes nothing.

    Raises ResidenceReportNotFound, NotPermitted for anybody else who sees it, NotPossible, VersionStale.
    """
    report = await _seen(session, actor, report_id)
    if report.person_id != actor.id:
        raise NotPermitted(permission=actor.permission.value)
    if (report.state, report.end_reason) == (ResidenceReportState.ENDED, reason):
        return report
    _move(report, Verb.END, based_on)
    # one that was withdrawn no longer waits for the organisation: the member decided
    report.decided_at, report.decided_by = report.decided_at or actor.at, report.decided_by or actor.id
    report.ended_at, report.end_reason = actor.at, reason
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_ENDED, report)
    return report


async def _one_at_a_time(session: AsyncSession, actor: Actor) -> None:
    """Let one request of a person report at a time, so that a retry overlapping the first finds its row.

    Raises NotPermitted for a system, which lives nowhere.
    """
    # not FOR UPDATE: that would also hold up every other row that refers to the person
    locked = sa.select(col(Person.id)).where(col(Person.id) == actor.id).with_for_update(key_share=True)
    if not scope.sees_own(actor) or await session.scalar(locked) is None:
        raise NotPermitted(permission=actor.permission.value)


async def _must_take_reports(session: AsyncSession, organisation_id: UUID) -> None:
    organisation = (await session.exec(select(Organisation).where(Organisation.id == organisation_id))).first()
    if organisation is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    rules.must_take_reports(organisation.family, organisation.kind, organisation.division_code)
    await scope.must_be_open(session, organisation_id)


async def _must_have_none_that_lives(session: AsyncSession, person_id: UUID) -> None:
    statement = select(ResidenceReport.id).where(
        ResidenceReport.person_id == person_id, col(ResidenceReport.state).in_(rules.LIVE)
    )
    living = (await session.exec(statement)).first()
    if living is not None:
        raise AlreadyReported(report_id=str(living))


async def _seen(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """A report the actor may see, locked until the transaction ends. Raises ResidenceReportNotFound."""
    visible = queries.seen(actor.asking(Permission.RESIDENCE_REPORT_READ))
    report = (await session.exec(visible.where(ResidenceReport.id == report_id).with_for_update())).first()
    if report is None:
        raise ResidenceReportNotFound(report_id=str(report_id))
    return report


async def _to_decide(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """A report the actor may decide, locked. It has two sides: nobody decides on his or her own."""
    report = await _seen(session, actor, report_id)
    if report.person_id == actor.id or not await scope.reaches(session, actor, report.organisation_id):
        raise NotPermitted(permission=actor.permission.value)
    return report


def _move(report: ResidenceReport, verb: Verb, based_on: int) -> None:
    following = rules.move(report.state, verb)
    if report.version != based_on:
        raise VersionStale(current_version=report.version)
    report.state = following
    report.version += 1


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, report: ResidenceReport) -> None:
    await record(
        session,
        name,
        report,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[report.organisation_id],
        persons=[report.person_id],
        payload=ResidenceReportMoved(person_id=report.person_id, state=report.state.value),
    )
