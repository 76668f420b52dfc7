"""Create, end and list links between organisations."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationLinkStartedOrEnded
from schemas.identity.organisation_links import (
    OrganisationLinkCreate,
    OrganisationLinkEnd,
    OrganisationLinkQuery,
)
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.tree import rules
from service.identity.tree.errors import LinkAgainstTree, LinkEnded, LinkEndsInPast, LinkNotFound
from service.identity.tree.tables import Organisation, OrganisationLink


async def start_link(
    session: AsyncSession, actor: Actor, link_id: UUID, request: OrganisationLinkCreate, request_fingerprint: bytes
) -> tuple[OrganisationLink, bool]:
    """Link two organisations; the flag says whether this request did it.

    The actor must reach both: a link gives one side rights at the other, and may be a conflict of interest.
    Raises OrganisationNotFound, NotPermitted, LinkDoesNotFit, LinkAgainstTree, ContentDiffers; through constraints of
    the database LinkToItself, LinkOverlaps, LinkEndsBeforeItBegins.
    """
    for organisation_id in (request.from_id, request.to_id):
        await scope.must_reach(session, actor, organisation_id)
    await _must_fit(session, request)
    row = OrganisationLink(id=link_id, request_fingerprint=request_fingerprint, **request.model_dump())
    existing, is_new = await create_once(session, row, "from_id", "to_id")
    if is_new:
        # sorted: two requests that lock the same rows in different orders would deadlock
        for organisation_id in sorted((request.from_id, request.to_id)):
            await scope.must_be_open(session, organisation_id)
        await _record_event(session, actor, EventName.ORGANISATION_LINK_STARTED, existing)
    return existing, is_new


async def end_link(
    session: AsyncSession, actor: Actor, link_id: UUID, request: OrganisationLinkEnd, expected_version: int
) -> OrganisationLink:
    """Set the end of a link: now, or later.

    Raises LinkNotFound, OrganisationNotFound, NotPermitted, LinkEnded, LinkEndsInPast, VersionStale.
    """

    async def check(link: OrganisationLink) -> None:
        for organisation_id in (link.from_id, link.to_id):
            await scope.must_reach(session, actor, organisation_id)

    statement = select(OrganisationLink).where(OrganisationLink.id == link_id)
    row = await locked(session, statement, LinkNotFound(link_id=str(link_id)), check=check)
    until = request.valid_until or actor.at
    if row.valid_until == until:
        return row
    require_version(row, expected_version)
    if row.valid_until and row.valid_until <= actor.at:
        raise LinkEnded(valid_until=row.valid_until)
    if until < actor.at:
        raise LinkEndsInPast
    row.valid_until, row.version = until, row.version + 1
    await _record_event(session, actor, EventName.ORGANISATION_LINK_ENDED, row)
    return row


async def links(session: AsyncSession, actor: Actor, query: OrganisationLinkQuery) -> Slice[OrganisationLink]:
    """Links of organisations in reach, including ended ones, latest `valid_from` first."""
    reachable = scope.reachable(actor)
    statement = select(OrganisationLink).where(
        sa.or_(col(OrganisationLink.from_id).in_(reachable), col(OrganisationLink.to_id).in_(reachable))
    )
    if query.organisation_id:
        ends = (col(OrganisationLink.from_id), col(OrganisationLink.to_id))
        statement = statement.where(sa.or_(*(end == query.organisation_id for end in ends)))
    statement = filter_equal(statement, OrganisationLink, query, "kind")
    return await page_newest_first(
        session, statement, col(OrganisationLink.valid_from), col(OrganisationLink.id), query
    )


async def _must_fit(session: AsyncSession, request: OrganisationLinkCreate) -> None:
    """Check the kinds at both ends and their places in the tree. Raises LinkDoesNotFit, LinkAgainstTree."""
    statement = select(Organisation).where(col(Organisation.id).in_((request.from_id, request.to_id)))
    organisations = {row.id: row for row in (await session.exec(statement)).all()}
    start, end = organisations[request.from_id], organisations[request.to_id]
    rules.must_fit_link(request.kind, start.kind, end.kind)
    if request.kind in rules.DOWNWARD and start.path.startswith(f"{end.path}."):
        raise LinkAgainstTree(kind=request.kind)


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, link: OrganisationLink) -> None:
    payload = OrganisationLinkStartedOrEnded(kind=link.kind.value, from_id=link.from_id, to_id=link.to_id)
    await record(
        session,
        name,
        link,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[link.from_id, link.to_id],
        payload=payload,
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=link.id)
