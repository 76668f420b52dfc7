"""Starting, ending and listing links beside the tree."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationLinkMoved
from schemas.identity.organisation_links import LinkKind, OrganisationLinkCreate, OrganisationLinkEnd
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.paging import PageQuery, Slice, newest_first
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.tree import rules
from service.identity.tree.errors import LinkAgainstTree, LinkEnded, LinkEndsInPast, LinkNotFound
from service.identity.tree.tables import Organisation, OrganisationLink


async def start_link(
    session: AsyncSession, actor: Actor, link_id: UUID, request: OrganisationLinkCreate, request_fingerprint: bytes
) -> tuple[OrganisationLink, bool]:
    """Link two organisations, both in reach: a link opens the one side, and keeps accusations from the other.

    Raises OrganisationNotFound, NotPermitted, LinkDoesNotFit, LinkAgainstTree, ContentDiffers; through the database
    LinkToItself, LinkOverlaps, LinkEndsBeforeItBegins.
    """
    for organisation_id in (request.from_id, request.to_id):
        await scope.must_reach(session, actor, organisation_id)
    await _must_fit(session, request)
    row = OrganisationLink(id=link_id, request_fingerprint=request_fingerprint, **request.model_dump())
    existing, is_new = await create_once(session, row, "from_id", "to_id")
    if is_new:
        for organisation_id in sorted(
            (request.from_id, request.to_id)
        ):  # in one order, so that two at once do not lock up
            await scope.must_be_open(session, organisation_id)
        await _record_event(session, actor, EventName.ORGANISATION_LINK_STARTED, existing)
    return existing, is_new


async def end_link(
    session: AsyncSession, actor: Actor, link_id: UUID, request: OrganisationLinkEnd, based_on: int
) -> OrganisationLink:
    """End a link, now or later; what it gave until now it gave.

    Raises LinkNotFound, OrganisationNotFound, NotPermitted, LinkEnded, LinkEndsInPast, VersionStale.
    """
    row = (await session.exec(select(OrganisationLink).where(OrganisationLink.id == link_id).with_for_update())).first()
    if row is None:
        raise LinkNotFound(link_id=str(link_id))
    for organisation_id in (row.from_id, row.to_id):
        await scope.must_reach(session, actor, organisation_id)
    until = request.valid_until or actor.at
    if row.valid_until == until:
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    if row.valid_until and row.valid_until <= actor.at:
        raise LinkEnded(valid_until=row.valid_until.isoformat())
    if until < actor.at:
        raise LinkEndsInPast
    row.valid_until, row.version = until, row.version + 1
    await _record_event(session, actor, EventName.ORGANISATION_LINK_ENDED, row)
    return row


async def links(
    session: AsyncSession, actor: Actor, page: PageQuery, *, organisation_id: UUID | None, kind: LinkKind | None
) -> Slice[OrganisationLink]:
    """Links of organisations in reach, ended ones too, latest beginning first."""
    reached = scope.reachable(actor)
    statement = select(OrganisationLink).where(
        sa.or_(col(OrganisationLink.from_id).in_(reached), col(OrganisationLink.to_id).in_(reached))
    )
    if organisation_id:
        ends = (col(OrganisationLink.from_id), col(OrganisationLink.to_id))
        statement = statement.where(sa.or_(*(end == organisation_id for end in ends)))
    if kind:
        statement = statement.where(OrganisationLink.kind == kind)
    return await newest_first(session, statement, col(OrganisationLink.valid_from), col(OrganisationLink.id), page)


async def _must_fit(session: AsyncSession, request: OrganisationLinkCreate) -> None:
    """Raises LinkDoesNotFit, LinkAgainstTree."""
    ends = select(Organisation).where(col(Organisation.id).in_((request.from_id, request.to_id)))
    found = {one.id: one for one in (await session.exec(ends)).all()}
    start, end = found[request.from_id], found[request.to_id]
    rules.must_link(request.kind, start.kind, end.kind)
    if request.kind in rules.DOWNWARD and start.path.startswith(f"{end.path}."):
        raise LinkAgainstTree(kind=request.kind.value)


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, link: OrganisationLink) -> None:
    moved = OrganisationLinkMoved(kind=link.kind.value, from_id=link.from_id, to_id=link.to_id)
    await record(
        session,
        name,
        link,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[link.from_id, link.to_id],
        payload=moved,
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=link.id)
