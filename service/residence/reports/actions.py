"""Submit and end residence reports (the member); confirm and return them (the organisation)."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.reports import ResidenceReportPayload
from schemas.residence.reports import ResidenceReportCreate, ResidenceReportState
from service.foundation.creation import create_once
from service.foundation.errors import NotFound
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
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


async def submit_report(
    session: AsyncSession, actor: Actor, report_id: UUID, request: ResidenceReportCreate, request_fingerprint: bytes
) -> tuple[ResidenceReport, bool]:
    """Report to the Party organisation of the member's home; return the report and whether it is new.

    Raises: NotPermitted for a service client, OrganisationNotFound, NotAPartyOrganisation, NotACommunity,
    AlreadyReported, ContentDiffers; ResidenceReportNotFound for the id of another member's report.
    """
    await _lock_person(session, actor)
    if await session.get(ResidenceReport, report_id) is None:
        await _must_receive_reports(session, request.organisation_id)
        await _must_have_no_live_report(session, actor.id)
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


async def confirm_report(
    session: AsyncSession, actor: Actor, report_id: UUID, expected_version: int
) -> ResidenceReport:
    """Confirm for the organisation that the member lives there; a repeated request changes nothing.

    Raises: ResidenceReportNotFound, NotPermitted, NotPossible, VersionStale.
    """
    report = await _lock_for_decision(session, actor, report_id)
    if report.state is ResidenceReportState.CONFIRMED:
        return report
    _change_state(report, Verb.CONFIRM, expected_version)
    report.decided_at, report.decided_by = actor.at, actor.id
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_CONFIRMED, report)
    return report


async def return_report(
    session: AsyncSession, actor: Actor, report_id: UUID, reason: str, expected_version: int
) -> ResidenceReport:
    """Return a report that the organisation cannot confirm; repeating the same reason changes nothing.

    Raises: ResidenceReportNotFound, NotPermitted, NotPossible, VersionStale.
    """
    report = await _lock_for_decision(session, actor, report_id)
    if (report.state, report.return_reason) == (ResidenceReportState.RETURNED, reason):
        return report
    _change_state(report, Verb.RETURN, expected_version)
    report.decided_at, report.decided_by, report.return_reason = actor.at, actor.id, reason
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_RETURNED, report)
    return report


async def end_report(
    session: AsyncSession, actor: Actor, report_id: UUID, reason: str, expected_version: int
) -> ResidenceReport:
    """End the actor's own report, for example after a move; repeating the same reason changes nothing.

    Raises: ResidenceReportNotFound, NotPermitted for other people who may see it, NotPossible, VersionStale.
    """
    report = await _lock_visible(session, actor, report_id)
    if report.person_id != actor.id:
        raise NotPermitted(permission=actor.permission)
    if (report.state, report.end_reason) == (ResidenceReportState.ENDED, reason):
        return report
    _change_state(report, Verb.END, expected_version)
    # a submitted report that the member ends counts as decided by the member
    report.decided_at, report.decided_by = report.decided_at or actor.at, report.decided_by or actor.id
    report.ended_at, report.end_reason = actor.at, reason
    await _record_event(session, actor, EventName.RESIDENCE_REPORT_ENDED, report)
    return report


async def _lock_person(session: AsyncSession, actor: Actor) -> None:
    """Lock the actor's person row, so that a retry that overlaps the first request finds its report.

    Raises: NotPermitted for a service client, which has no home.
    """
    # FOR NO KEY UPDATE: a full FOR UPDATE would block inserts of other rows that refer to the person
    statement = sa.select(col(Person.id)).where(col(Person.id) == actor.id).with_for_update(key_share=True)
    if not scope.sees_own(actor) or await session.scalar(statement) is None:
        raise NotPermitted(permission=actor.permission)


async def _must_receive_reports(session: AsyncSession, organisation_id: UUID) -> None:
    organisation = (await session.exec(select(Organisation).where(Organisation.id == organisation_id))).first()
    if organisation is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    rules.must_receive_reports(organisation.family, organisation.kind, organisation.division_code)
    await scope.must_be_open(session, organisation_id)


async def _must_have_no_live_report(session: AsyncSession, person_id: UUID) -> None:
    statement = select(ResidenceReport.id).where(
        ResidenceReport.person_id == person_id, col(ResidenceReport.state).in_(rules.LIVE)
    )
    live_id = (await session.exec(statement)).first()
    if live_id is not None:
        raise AlreadyReported(report_id=str(live_id))


async def _lock_visible(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """Load and lock a report that the actor may see. Raises: ResidenceReportNotFound."""
    visible = queries.visible_reports(actor.asking(Permission.RESIDENCE_REPORT_READ))
    not_found = ResidenceReportNotFound(report_id=str(report_id))
    return await locked(session, visible.where(ResidenceReport.id == report_id), not_found)


async def _lock_for_decision(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """Load and lock a report that the actor may decide. A member may not decide their own report.

    Raises: ResidenceReportNotFound, NotPermitted.
    """
    report = await _lock_visible(session, actor, report_id)
    if report.person_id == actor.id or not await scope.reaches(session, actor, report.organisation_id):
        raise NotPermitted(permission=actor.permission)
    return report


def _change_state(report: ResidenceReport, verb: Verb, expected_version: int) -> None:
    next_state = rules.next_state(report.state, verb)
    require_version(report, expected_version)
    report.state = next_state
    report.version += 1


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, report: ResidenceReport) -> None:
    await record(
        session,
        name,
        report,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[report.organisation_id],
        persons=[report.person_id],
        payload=ResidenceReportPayload(person_id=report.person_id, state=report.state.value),
    )
