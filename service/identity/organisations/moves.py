"""Move an organisation below another parent, or change its kind."""

from collections.abc import Sequence
from datetime import datetime
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
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
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
from service.identity.tree.locks import lock_tree_exclusively
from service.identity.tree.tables import Organisation, OrganisationLink, Posting

MOVED_AT_MOST = 20_000
"""The most organisations in one move: it takes about 1 s, and a writing transaction may last 2 s."""
MOVE_PATHS = sa.text(
    "UPDATE organisation SET path = CAST(:above AS ltree) || subpath(path, nlevel(CAST(:old AS ltree)) - 1)"
    " WHERE path <@ CAST(:old AS ltree)"
)


async def move_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationParentUpdate, expected_version: int
) -> Organisation:
    """Move an organisation, with all organisations below it, below another parent.

    Rights follow at once, because they are computed from paths.

    Raises OrganisationNotFound, NotPermitted, RootStays, VersionStale, ParentBelowItself, ParentOfOtherFamily,
    ParentDoesNotFit, ApprovalMissing, LinkAgainstTree, TooManyBelow.
    """
    await lock_tree_exclusively(session)
    row = await lock_organisation_in_reach(session, actor, organisation_id)
    parent = await lock_organisation_in_reach(session, actor, request.parent_id)
    if row.parent_id is None:
        raise RootStays
    await scope.must_be_open(session, parent.id)
    old_parent = await lock_organisation_in_reach(session, actor, row.parent_id)
    if old_parent.id == parent.id and not _has_new_approval(row, request):
        return row
    require_version(row, expected_version)
    await _must_be_movable(session, row, parent, request, actor.at)
    await _move_paths(session, row, parent)
    row.parent_id, row.version = parent.id, row.version + 1
    _set_approval(row, request)
    await record(
        session,
        EventName.ORGANISATION_MOVED,
        row,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[row.id, old_parent.id, parent.id],
        payload=OrganisationMoved(from_id=old_parent.id, to_id=parent.id),
    )
    await log_access(session, EventName.ORGANISATION_MOVED.value, actor_id=actor.id, subject_id=row.id)
    return row


async def change_kind(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationKindUpdate, expected_version: int
) -> Organisation:
    """Change the kind of an organisation. Its parent, children, postings and links must fit the new kind.

    A child or posting that did not fit the old kind either is no obstacle.

    Raises OrganisationNotFound, NotPermitted, VersionStale, KindOfOtherFamily, ParentDoesNotFit, ApprovalMissing,
    ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit.
    """
    await lock_tree_exclusively(session)
    row = await lock_organisation_in_reach(session, actor, organisation_id)
    if row.kind is request.kind and not _has_new_approval(row, request):
        return row
    require_version(row, expected_version)
    rules.must_be_kind_of(row.family, request.kind)
    if row.parent_id:
        parent = await session.get_one(Organisation, row.parent_id)
        rules.must_fit(parent.kind, request.kind, is_approved=_is_approved(row, request))
    await _must_fit_new_kind(session, actor.at, row, request.kind)
    row.kind, row.version = request.kind, row.version + 1
    _set_approval(row, request)
    ids = [row.id, *([row.parent_id] if row.parent_id else [])]
    name = EventName.ORGANISATION_CHANGED
    await record(session, name, row, actor=actor.event_actor, occurred_at=actor.at, organisations=ids)
    return row


async def lock_organisation_in_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> Organisation:
    """Lock an organisation against other changes. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id)
    not_found = OrganisationNotFound(organisation_id=str(organisation_id))
    return await locked(session, statement, not_found, key_share=True)


def _is_approved(row: Organisation, request: ApprovalFields) -> bool:
    return (request.approval_number or row.approval_number) is not None


def _has_new_approval(row: Organisation, request: ApprovalFields) -> bool:
    approval = (request.approval_number, request.approved_on)
    return approval not in {(None, None), (row.approval_number, row.approved_on)}


def _set_approval(row: Organisation, request: ApprovalFields) -> None:
    if request.approval_number or request.approved_on:
        row.approval_number, row.approved_on = request.approval_number, request.approved_on


async def _must_be_movable(
    session: AsyncSession, row: Organisation, parent: Organisation, request: OrganisationParentUpdate, at: datetime
) -> None:
    """Check the new parent.

    Raises ParentBelowItself, ParentOfOtherFamily, ParentDoesNotFit, ApprovalMissing, LinkAgainstTree.
    """
    if parent.path == row.path or parent.path.startswith(f"{row.path}."):
        raise ParentBelowItself
    rules.must_share_tree(parent.family, row.family)
    rules.must_fit(parent.kind, row.kind, is_approved=_is_approved(row, request))
    below, above = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    links_against_tree = (
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
    kind = (await session.exec(links_against_tree.limit(1))).first()
    if kind:
        raise LinkAgainstTree(kind=LinkKind(kind))


async def _move_paths(session: AsyncSession, row: Organisation, parent: Organisation) -> None:
    """Rewrite the paths of the organisation and of all below it. Raises TooManyBelow."""
    is_in_subtree = col(Organisation.path).op("<@", is_comparison=True)(sa.cast(row.path, TreePath))
    ids = sa.select(col(Organisation.id)).where(is_in_subtree).limit(MOVED_AT_MOST + 1).subquery()
    if (await session.scalar(sa.select(sa.func.count()).select_from(ids)) or 0) > MOVED_AT_MOST:
        raise TooManyBelow(at_most=MOVED_AT_MOST)
    await (await session.connection()).execute(MOVE_PATHS, {"above": parent.path, "old": row.path})
    await session.refresh(row, ["path"])


async def _must_fit_new_kind(session: AsyncSession, at: datetime, row: Organisation, new: OrganisationKind) -> None:
    """Check children, roles and links against the new kind.

    Raises ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit.
    """
    child_kinds = select(Organisation.kind).where(Organisation.parent_id == row.id).distinct()
    kinds = [OrganisationKind(kind) for kind in (await session.exec(child_kinds)).all()]
    unfit_kinds = [kind for kind in kinds if rules.fit(row.kind, kind) > rules.fit(new, kind)]
    if unfit_kinds:
        raise ChildrenDoNotFit(kind=new, kinds=sorted(unfit_kinds))
    is_open = scope.has_not_ended(Posting, at)
    held_roles = select(Posting.role).where(Posting.organisation_id == row.id, is_open).distinct()
    roles = [Role(role) for role in (await session.exec(held_roles)).all()]
    unfit_roles = [role for role in roles if fits(role, row.family, row.kind) and not fits(role, row.family, new)]
    if unfit_roles:
        raise RolesDoNotFit(kind=new, roles=sorted(unfit_roles))
    for link, start, end in await _links_with_ends(session, row.id, at):
        start_kind, end_kind = (new if node.id == row.id else node.kind for node in (start, end))
        rules.must_fit_link(link.kind, start_kind, end_kind)


async def _links_with_ends(
    session: AsyncSession, organisation_id: UUID, at: datetime
) -> Sequence[tuple[OrganisationLink, Organisation, Organisation]]:
    """Links of an organisation that have not ended, with the organisations at their start and end."""
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
