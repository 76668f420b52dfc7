"""Changing the tree and who stands in it. Here, above the tables of the tree, because each change needs a right."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import PostingMoved
from schemas.identity.organisations import OrganisationCreate, OrganisationUpdate, PostingCreate, PostingEnd, Role
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.access.roles import fits, may_give
from service.identity.organisations import queries
from service.identity.tree import rules
from service.identity.tree.errors import (
    NoSuchLeader,
    NotForOneself,
    PostingEndsBeforeItBegins,
    PostingNotFound,
    RoleDoesNotFit,
    RoleNotGiven,
)
from service.identity.tree.shape_lock import lock_tree_shared
from service.identity.tree.tables import Organisation, OrganisationFormerName, Posting


async def create_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationCreate, request_fingerprint: bytes
) -> tuple[Organisation, bool]:
    """Create below a parent in reach.

    Raises OrganisationNotFound, NotPermitted, ParentOfOtherFamily, ParentDoesNotFit, ApprovalMissing, ContentDiffers.
    """
    await lock_tree_shared(session)
    await scope.must_reach(session, actor, request.parent_id)
    parent = (await session.exec(select(Organisation).where(Organisation.id == request.parent_id))).one()
    rules.must_share_tree(parent.family, request.family)
    rules.must_fit(parent.kind, request.kind, is_approved=request.approval_number is not None)
    row = Organisation(
        id=organisation_id,
        family=request.family,
        kind=request.kind,
        name=request.name,
        parent_id=request.parent_id,
        path=rules.path_below(parent.path, organisation_id),
        division_code=request.division_code,
        approval_number=request.approval_number,
        approved_on=request.approved_on,
        code=request.code,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    existing, is_new = await create_once(session, row, "parent_id")
    if is_new:
        await scope.must_be_open(session, request.parent_id)
        await _record_event(session, actor, EventName.ORGANISATION_CREATED, existing)
    return existing, is_new


async def change_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationUpdate, based_on: int
) -> Organisation:
    """Change name, division or code. Raises OrganisationNotFound, NotPermitted, VersionStale."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    row = (await session.exec(statement)).one()
    code = request.code or row.code
    if (row.name, row.division_code, row.code) == (request.name, request.division_code, code):
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    if row.name != request.name:
        session.add(OrganisationFormerName(id=new_id(), organisation_id=row.id, name=row.name, until_at=actor.at))
    row.name, row.division_code, row.code = request.name, request.division_code, code
    row.version += 1
    await _record_event(session, actor, EventName.ORGANISATION_CHANGED, row)
    return row


async def start_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, request: PostingCreate, request_fingerprint: bytes
) -> tuple[Posting, bool]:
    """Give a person a role; the database keeps duties apart that exclude each other, even in a race.

    Raises OrganisationNotFound, NotPermitted, RoleNotGiven, NotForOneself, RoleDoesNotFit, NoSuchLeader,
    ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    await _must_give(session, actor, request.organisation_id, request.person_id, request.role)
    await _must_fit(session, request)
    row = Posting(id=posting_id, request_fingerprint=request_fingerprint, **request.model_dump())
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, request.organisation_id)
        await _record_posting_event(session, actor, EventName.POSTING_STARTED, existing)
    return existing, is_new


async def end_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, request: PostingEnd, based_on: int
) -> Posting:
    """Say when a posting ends.

    Raises PostingNotFound, NotPermitted, RoleNotGiven, NotForOneself, VersionStale, PostingEndsBeforeItBegins.
    """
    row = (await session.exec(select(Posting).where(Posting.id == posting_id).with_for_update(key_share=True))).first()
    if row is None:
        raise PostingNotFound(posting_id=str(posting_id))
    if not await scope.reaches(session, actor, row.organisation_id):
        seen = await queries.posting_is_seen(session, actor.asking(Permission.POSTING_READ), row)
        raise NotPermitted(permission=actor.permission.value) if seen else PostingNotFound(posting_id=str(posting_id))
    await _must_give(session, actor, row.organisation_id, row.person_id, row.role)
    if row.valid_until == request.valid_until:
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    if request.valid_until < row.valid_from:
        raise PostingEndsBeforeItBegins
    row.valid_until = request.valid_until
    row.version += 1
    await _record_posting_event(session, actor, EventName.POSTING_ENDED, row)
    return row


async def _must_give(session: AsyncSession, actor: Actor, organisation_id: UUID, person_id: UUID, role: Role) -> None:
    """Raises RoleNotGiven, NotForOneself."""
    if not may_give(await scope.roles_over(session, actor, organisation_id), role):
        raise RoleNotGiven(role=role.value)
    if person_id == actor.id:
        raise NotForOneself


async def _must_fit(session: AsyncSession, request: PostingCreate) -> None:
    """Raises RoleDoesNotFit, NoSuchLeader."""
    organisation = (await session.exec(select(Organisation).where(Organisation.id == request.organisation_id))).one()
    if not fits(request.role, organisation.family, organisation.kind):
        raise RoleDoesNotFit(role=request.role.value, kind=organisation.kind.value)
    if request.delegate_of:
        leader = scope.is_led(request.delegate_of, request.organisation_id, request.valid_from)
        if await session.scalar(leader.limit(1)) is None:
            raise NoSuchLeader


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, organisation: Organisation) -> None:
    concerned = [organisation.id, *([organisation.parent_id] if organisation.parent_id else [])]
    await record(session, name, organisation, actor_id=actor.id, occurred_at=actor.at, organisations=concerned)


async def _record_posting_event(session: AsyncSession, actor: Actor, name: EventName, posting: Posting) -> None:
    await record(
        session,
        name,
        posting,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[posting.organisation_id],
        persons=[posting.person_id, *([posting.delegate_of] if posting.delegate_of else [])],
        payload=PostingMoved(
            person_id=posting.person_id, organisation_id=posting.organisation_id, role=posting.role.value
        ),
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=posting.person_id)
