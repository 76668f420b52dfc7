"""Create and change organisations, start and end postings."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import PostingStartedOrEnded
from schemas.identity.organisations import OrganisationCreate, OrganisationUpdate, PostingCreate, PostingEnd, Role
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound
from service.identity.access.permissions import Permission
from service.identity.access.roles import fits, may_grant
from service.identity.organisations import queries
from service.identity.tree import rules
from service.identity.tree.errors import (
    NoSuchLeader,
    OwnPosting,
    PostingEndsBeforeItBegins,
    PostingNotFound,
    RoleDoesNotFit,
    RoleNotGrantable,
)
from service.identity.tree.locks import lock_tree_shared
from service.identity.tree.tables import Organisation, OrganisationFormerName, Posting


async def create_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationCreate, request_fingerprint: bytes
) -> tuple[Organisation, bool]:
    """Create an organisation below a parent in reach; the flag says whether this request created it.

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
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationUpdate, expected_version: int
) -> Organisation:
    """Change name, division or code. Raises OrganisationNotFound, NotPermitted, VersionStale."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id)
    row = await locked(session, statement, OrganisationNotFound(organisation_id=str(organisation_id)), key_share=True)
    code = request.code or row.code
    if (row.name, row.division_code, row.code) == (request.name, request.division_code, code):
        return row
    require_version(row, expected_version)
    if row.name != request.name:
        session.add(OrganisationFormerName(id=new_id(), organisation_id=row.id, name=row.name, until_at=actor.at))
    row.name, row.division_code, row.code = request.name, request.division_code, code
    row.version += 1
    await _record_event(session, actor, EventName.ORGANISATION_CHANGED, row)
    return row


async def start_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, request: PostingCreate, request_fingerprint: bytes
) -> tuple[Posting, bool]:
    """Grant a person a role; the flag says whether this request did it.

    Raises OrganisationNotFound, NotPermitted, RoleNotGrantable, OwnPosting, RoleDoesNotFit, NoSuchLeader,
    ContentDiffers; through constraints of the database DutiesExclude, DelegationUnclear, DelegateIsLeader.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    await _must_be_grantable(session, actor, request.organisation_id, request.person_id, request.role)
    await _must_fit(session, request)
    row = Posting(id=posting_id, request_fingerprint=request_fingerprint, **request.model_dump())
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, request.organisation_id)
        await _record_posting_event(session, actor, EventName.POSTING_STARTED, existing)
    return existing, is_new


async def end_posting(
    session: AsyncSession, actor: Actor, posting_id: UUID, request: PostingEnd, expected_version: int
) -> Posting:
    """Set the end of a posting.

    Raises PostingNotFound, NotPermitted, RoleNotGrantable, OwnPosting, VersionStale, PostingEndsBeforeItBegins.
    """
    not_found = PostingNotFound(posting_id=str(posting_id))

    async def check(posting: Posting) -> None:
        if not await scope.reaches(session, actor, posting.organisation_id):
            is_readable = await queries.can_read_posting(session, actor.asking(Permission.POSTING_READ), posting)
            raise NotPermitted(permission=actor.permission) if is_readable else not_found
        await _must_be_grantable(session, actor, posting.organisation_id, posting.person_id, posting.role)

    statement = select(Posting).where(Posting.id == posting_id)
    row = await locked(session, statement, not_found, check=check, key_share=True)
    if row.valid_until == request.valid_until:
        return row
    require_version(row, expected_version)
    if request.valid_until < row.valid_from:
        raise PostingEndsBeforeItBegins
    row.valid_until = request.valid_until
    row.version += 1
    await _record_posting_event(session, actor, EventName.POSTING_ENDED, row)
    return row


async def _must_be_grantable(
    session: AsyncSession, actor: Actor, organisation_id: UUID, person_id: UUID, role: Role
) -> None:
    """Check that the actor may grant and end this role. Raises RoleNotGrantable, OwnPosting."""
    if not may_grant(await scope.roles_over(session, actor, organisation_id), role):
        raise RoleNotGrantable(role=role)
    if person_id == actor.id:
        raise OwnPosting


async def _must_fit(session: AsyncSession, request: PostingCreate) -> None:
    """Check the organisation and the leader of a delegate. Raises RoleDoesNotFit, NoSuchLeader."""
    organisation = (await session.exec(select(Organisation).where(Organisation.id == request.organisation_id))).one()
    if not fits(request.role, organisation.family, organisation.kind):
        raise RoleDoesNotFit(role=request.role, kind=organisation.kind)
    if request.delegate_of:
        leader = scope.leader_posting(request.delegate_of, request.organisation_id, request.valid_from)
        if await session.scalar(leader.limit(1)) is None:
            raise NoSuchLeader


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, organisation: Organisation) -> None:
    ids = [organisation.id, *([organisation.parent_id] if organisation.parent_id else [])]
    await record(session, name, organisation, actor=actor.event_actor, occurred_at=actor.at, organisations=ids)


async def _record_posting_event(session: AsyncSession, actor: Actor, name: EventName, posting: Posting) -> None:
    await record(
        session,
        name,
        posting,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[posting.organisation_id],
        persons=[posting.person_id, *([posting.delegate_of] if posting.delegate_of else [])],
        payload=PostingStartedOrEnded(
            person_id=posting.person_id, organisation_id=posting.organisation_id, role=posting.role.value
        ),
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=posting.person_id)
