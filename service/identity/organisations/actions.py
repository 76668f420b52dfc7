"""Changing the tree and who stands in it. Here, above the tables of the tree, because each change needs a right."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import PostingMoved
from schemas.identity.organisations import OrganisationAsked, OrganisationChanged, PostingAsked, PostingEnded, Role
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
from service.identity.tree.shape_lock import hold_shape
from service.identity.tree.tables import Organisation, OrganisationFormerName, Posting


async def create_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, asked: OrganisationAsked, sameness: bytes
) -> tuple[Organisation, bool]:
    """Create below a parent in reach.

    Raises OrganisationNotFound, NotPermitted, ParentOfOtherFamily, ParentDoesNotFit, ApprovalMissing, ContentDiffers.
    """
    await hold_shape(session)
    await scope.must_reach(session, actor, asked.parent_id)
    parent = (await session.exec(select(Organisation).where(Organisation.id == asked.parent_id))).one()
    rules.must_share_tree(parent.family, asked.family)
    rules.must_fit(parent.kind, asked.kind, is_approved=asked.approval_number is not None)
    row = Organisation(
        id=organisation_id,
        family=asked.family,
        kind=asked.kind,
        name=asked.name,
        parent_id=asked.parent_id,
        path=rules.path_below(parent.path, organisation_id),
        division_code=asked.division_code,
        approval_number=asked.approval_number,
        approved_on=asked.approved_on,
        code=asked.code,
        created_at=actor.at,
        sameness=sameness,
    )
    kept, is_new = await create_once(session, row, "parent_id")
    if is_new:
        await scope.must_be_open(session, asked.parent_id)
        await _tell(session, actor, EventName.ORGANISATION_CREATED, kept)
    return kept, is_new


async def change_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, asked: OrganisationChanged, based_on: int
) -> Organisation:
    """Change name, division or code. Raises OrganisationNotFound, NotPermitted, VersionStale."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    kept = (await session.exec(statement)).one()
    code = asked.code or kept.code
    if (kept.name, kept.division_code, kept.code) == (asked.name, asked.division_code, code):
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    if kept.name != asked.name:
        session.add(OrganisationFormerName(id=new_id(), organisation_id=kept.id, name=kept.name, until_at=actor.at))
    kept.name, kept.division_code, kept.code = asked.name, asked.division_code, code
    kept.version += 1
    await _tell(session, actor, EventName.ORGANISATION_CHANGED, kept)
    return kept


async def start_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, asked: PostingAsked, sameness: bytes
) -> tuple[Posting, bool]:
    """Give a person a role; the database keeps duties apart that exclude each other, even in a race.

    Raises OrganisationNotFound, NotPermitted, RoleNotGiven, NotForOneself, RoleDoesNotFit, NoSuchLeader,
    ContentDiffers.
    """
    await scope.must_reach(session, actor, asked.organisation_id)
    await _must_give(session, actor, asked.organisation_id, asked.person_id, asked.role)
    await _must_fit(session, asked)
    row = Posting(id=posting_id, sameness=sameness, **asked.model_dump())
    kept, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, asked.organisation_id)
        await _tell_posting(session, actor, EventName.POSTING_STARTED, kept)
    return kept, is_new


async def end_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, asked: PostingEnded, based_on: int
) -> Posting:
    """Say when a posting ends.

    Raises PostingNotFound, NotPermitted, RoleNotGiven, NotForOneself, VersionStale, PostingEndsBeforeItBegins.
    """
    kept = (await session.exec(select(Posting).where(Posting.id == posting_id).with_for_update(key_share=True))).first()
    if kept is None:
        raise PostingNotFound(posting_id=str(posting_id))
    if not await scope.reaches(session, actor, kept.organisation_id):
        seen = await queries.posting_is_seen(session, actor.asking(Permission.POSTING_READ), kept)
        raise NotPermitted(permission=actor.permission.value) if seen else PostingNotFound(posting_id=str(posting_id))
    await _must_give(session, actor, kept.organisation_id, kept.person_id, kept.role)
    if kept.valid_until == asked.valid_until:
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    if asked.valid_until < kept.valid_from:
        raise PostingEndsBeforeItBegins
    kept.valid_until = asked.valid_until
    kept.version += 1
    await _tell_posting(session, actor, EventName.POSTING_ENDED, kept)
    return kept


async def _must_give(session: AsyncSession, actor: Actor, organisation_id: UUID, person_id: UUID, role: Role) -> None:
    """Raises RoleNotGiven, NotForOneself."""
    if not may_give(await scope.roles_over(session, actor, organisation_id), role):
        raise RoleNotGiven(role=role.value)
    if person_id == actor.id:
        raise NotForOneself


async def _must_fit(session: AsyncSession, asked: PostingAsked) -> None:
    """Raises RoleDoesNotFit, NoSuchLeader."""
    organisation = (await session.exec(select(Organisation).where(Organisation.id == asked.organisation_id))).one()
    if not fits(asked.role, organisation.family, organisation.kind):
        raise RoleDoesNotFit(role=asked.role.value, kind=organisation.kind.value)
    if asked.delegate_of:
        leader = scope.is_led(asked.delegate_of, asked.organisation_id, asked.valid_from)
        if await session.scalar(leader.limit(1)) is None:
            raise NoSuchLeader


async def _tell(session: AsyncSession, actor: Actor, name: EventName, organisation: Organisation) -> None:
    concerned = [organisation.id, *([organisation.parent_id] if organisation.parent_id else [])]
    await record(session, name, organisation, actor_id=actor.id, occurred_at=actor.at, organisations=concerned)


async def _tell_posting(session: AsyncSession, actor: Actor, name: EventName, posting: Posting) -> None:
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
