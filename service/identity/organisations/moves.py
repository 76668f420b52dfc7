"""Mending the tree: an organisation goes below another parent, or becomes another kind, with all that hangs on it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationMoved
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import (
    ApprovalFields,
    OrganisationKind,
    OrganisationKindUpdate,
    OrganisationParentUpdate,
    Role,
)
from service.foundation.columns import TreePath
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.access.roles import fits
from service.identity.tree import rules
from service.identity.tree.errors import (
    ChildrenDoNotFit,
    LinkAgainstTree,
    ParentBelowItself,
    RolesDoNotFit,
    RootStays,
    TooManyBelow,
)
from service.identity.tree.shape_lock import lock_tree_exclusively
from service.identity.tree.tables import Organisation, OrganisationLink, Posting

MOVED_AT_MOST = 20_000
"""Organisations moved in one step: about a second, and no writing transaction outlives two."""
MOVE = sa.text(
    "UPDATE organisation SET path = CAST(:above AS ltree) || subpath(path, nlevel(CAST(:old AS ltree)) - 1)"
    " WHERE path <@ CAST(:old AS ltree)"
)


async def move_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationParentUpdate, based_on: int
) -> Organisation:
    """Put an organisation with all below it under another parent; rights follow at once, being computed from paths.

    Raises OrganisationNotFound, NotPermitted, RootStays, VersionStale, ParentBelowItself, ParentOfOtherFamily,
    ParentDoesNotFit, ApprovalMissing, LinkAgainstTree, TooManyBelow.
    """
    await lock_tree_exclusively(session)
    row = await in_reach(session, actor, organisation_id)
    parent = await in_reach(session, actor, request.parent_id)
    if row.parent_id is None:
        raise RootStays
    await scope.must_be_open(session, parent.id)
    left = await in_reach(session, actor, row.parent_id)
    if left.id == parent.id and not _adds_approval(row, request):
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    await _must_go(session, row, parent, request, actor.at)
    await _move_paths(session, row, parent)
    row.parent_id, row.version = parent.id, row.version + 1
    _approve(row, request)
    moved = OrganisationMoved(from_id=left.id, to_id=parent.id)
    await record(
        session,
        EventName.ORGANISATION_MOVED,
        row,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[row.id, left.id, parent.id],
        payload=moved,
    )
    await log_access(session, EventName.ORGANISATION_MOVED.value, actor_id=actor.id, subject_id=row.id)
    return row


async def change_kind(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationKindUpdate, based_on: int
) -> Organisation:
    """Make an organisation what it is; what fitted before must go on fitting.

    Raises OrganisationNotFound, NotPermitted, VersionStale, KindOfOtherFamily, ParentDoesNotFit, ApprovalMissing,
    ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit.
    """
    await lock_tree_exclusively(session)
    row = await in_reach(session, actor, organisation_id)
    if row.kind is request.kind and not _adds_approval(row, request):
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    rules.must_be_kind_of(row.family, request.kind)
    if row.parent_id:
        parent = await session.get_one(Organisation, row.parent_id)
        rules.must_fit(parent.kind, request.kind, is_approved=_is_approved(row, request))
    await _must_go_on_fitting(session, actor.at, row, request.kind)
    row.kind, row.version = request.kind, row.version + 1
    _approve(row, request)
    told = [row.id, *([row.parent_id] if row.parent_id else [])]
    name = EventName.ORGANISATION_CHANGED
    await record(session, name, row, actor_id=actor.id, occurred_at=actor.at, organisations=told)
    return row


async def in_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> Organisation:
    """The row as it stands now, locked against other changes of it."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    found = (await session.exec(statement.execution_options(populate_existing=True))).first()
    if found is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    return found


def _is_approved(row: Organisation, request: ApprovalFields) -> bool:
    return (request.approval_number or row.approval_number) is not None


def _adds_approval(row: Organisation, request: ApprovalFields) -> bool:
    said = (request.approval_number, request.approved_on)
    return said not in {(None, None), (row.approval_number, row.approved_on)}


def _approve(row: Organisation, request: ApprovalFields) -> None:
    if request.approval_number or request.approved_on:
        row.approval_number, row.approved_on = request.approval_number, request.approved_on


async def _must_go(
    session: AsyncSession, row: Organisation, parent: Organisation, request: OrganisationParentUpdate, at: datetime
) -> None:
    """Raises ParentBelowItself, ParentOfOtherFamily, ParentDoesNotFit, ApprovalMissing, LinkAgainstTree."""
    if parent.path == row.path or parent.path.startswith(f"{row.path}."):
        raise ParentBelowItself
    rules.must_share_tree(parent.family, row.family)
    rules.must_fit(parent.kind, row.kind, is_approved=_is_approved(row, request))
    below, above = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    against = (
        select(OrganisationLink.kind)
        .join(below, col(below.id) == col(OrganisationLink.from_id))
        .join(above, col(above.id) == col(OrganisationLink.to_id))
        .where(
            col(OrganisationLink.kind).in_(rules.DOWNWARD),
            scope.has_not_ended(OrganisationLink, at),
            col(below.path).op("<@", is_comparison=True)(sa.cast(row.path, TreePath)),
            col(above.path).op("@>", is_comparison=True)(sa.cast(parent.path, TreePath)),
        )
    )
    kind = (await session.exec(against.limit(1))).first()
    if kind:
        raise LinkAgainstTree(kind=LinkKind(kind).value)


async def _move_paths(session: AsyncSession, row: Organisation, parent: Organisation) -> None:
    """Raises TooManyBelow."""
    subtree = col(Organisation.path).op("<@", is_comparison=True)(sa.cast(row.path, TreePath))
    first = sa.select(col(Organisation.id)).where(subtree).limit(MOVED_AT_MOST + 1).subquery()
    if (await session.scalar(sa.select(sa.func.count()).select_from(first)) or 0) > MOVED_AT_MOST:
        raise TooManyBelow(at_most=MOVED_AT_MOST)
    await (await session.connection()).execute(MOVE, {"above": parent.path, "old": row.path})
    await session.refresh(row, ["path"])


async def _must_go_on_fitting(session: AsyncSession, at: datetime, row: Organisation, new: OrganisationKind) -> None:
    """Raises ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit."""
    children = select(Organisation.kind).where(Organisation.parent_id == row.id).distinct()
    kinds = [OrganisationKind(kind) for kind in (await session.exec(children)).all()]
    odd = [kind for kind in kinds if rules.fit(row.kind, kind) > rules.fit(new, kind)]
    if odd:
        raise ChildrenDoNotFit(kind=new.value, kinds=_listed(odd))
    posted = select(Posting.role).where(Posting.organisation_id == row.id, scope.has_not_ended(Posting, at)).distinct()
    roles = [Role(role) for role in (await session.exec(posted)).all()]
    unfit = [role for role in roles if fits(role, row.family, row.kind) and not fits(role, row.family, new)]
    if unfit:
        raise RolesDoNotFit(kind=new.value, roles=_listed(unfit))
    for link, start, end in await _links_of(session, row.id, at):
        rules.must_link(link.kind, *(new if one.id == row.id else one.kind for one in (start, end)))


async def _links_of(
    session: AsyncSession, organisation_id: UUID, at: datetime
) -> Sequence[tuple[OrganisationLink, Organisation, Organisation]]:
    start, end = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    statement = (
        select(OrganisationLink, start, end)
        .join(start, col(start.id) == col(OrganisationLink.from_id))
        .join(end, col(end.id) == col(OrganisationLink.to_id))
        .where(
            sa.or_(col(start.id) == organisation_id, col(end.id) == organisation_id),
            scope.has_not_ended(OrganisationLink, at),
        )
    )
    return (await session.exec(statement)).all()


def _listed(words: Iterable[StrEnum]) -> str:
    return ", ".join(sorted(words))
