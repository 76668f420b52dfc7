"""Read the inbox: items of the actor, and of organisations where the actor has the permission."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import LATEST
from schemas.foundation.manifest import InboxKind
from schemas.outward.inbox import InboxItemOut, InboxOrder, InboxQuery
from service.foundation.manifest.inbox_rules import InboxRule
from service.foundation.paging import (
    Key,
    Slice,
    decode_key,
    filter_equal,
    page_newest_first,
    slice_page,
)
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission, roles_with
from service.outward.inbox.errors import InboxItemNotFound
from service.outward.inbox.tables import InboxItem

Rules = Mapping[InboxKind, InboxRule]
Ids = sa.Select[UUID]


def _kinds_by_permission(rules: Rules) -> dict[Permission, list[InboxKind]]:
    permissions = {Permission(rule.permission) for rule in rules.values() if rule.permission}
    return {
        permission: [kind for kind, rule in rules.items() if rule.permission is permission]
        for permission in permissions
    }


async def visible_item_ids(session: AsyncSession, actor: Actor, rules: Rules, barred_ids: Ids) -> Ids:
    """The ids of the items of the actor, without those about `barred_ids`.

    A UNION with one part for each permission of the actor, so that each part uses an index.
    """
    roles = await scope.roles_now(session, actor)
    item = sa.select(col(InboxItem.id))
    if actor.is_person:
        parts = [item.where(col(InboxItem.person_id) == actor.id)]
        parts += [
            item.where(
                col(InboxItem.kind).in_(kinds),
                col(InboxItem.organisation_id).in_(scope.reachable(actor.asking(permission))),
            )
            for permission, kinds in _kinds_by_permission(rules).items()
            if roles.intersection(roles_with(permission))
        ]
    else:
        parts = [item.where(col(InboxItem.organisation_id).in_(scope.reachable(actor)))]
    items = sa.union_all(*parts).subquery()
    is_barred = sa.exists().where(col(InboxItem.id) == items.c.id, col(InboxItem.about_id).in_(barred_ids))
    return sa.select(items.c.id).where(~is_barred)


async def list_items(
    session: AsyncSession, actor: Actor, rules: Rules, barred_ids: Ids, query: InboxQuery
) -> Slice[InboxItem]:
    """List the open items, by due date or newest first."""
    statement = select(InboxItem).where(
        col(InboxItem.id).in_(await visible_item_ids(session, actor, rules, barred_ids)),
        col(InboxItem.closed_at).is_(None),
    )
    statement = filter_equal(statement, InboxItem, query, "kind", "organisation_id")
    if query.order is InboxOrder.NEWEST:
        return await page_newest_first(session, statement, col(InboxItem.opened_at), col(InboxItem.id), query)
    due = sa.func.coalesce(col(InboxItem.due_at), LATEST)
    if key := decode_key(query.cursor):
        after = sa.tuple_(sa.literal(key.timestamp), sa.literal(key.id))
        statement = statement.where(sa.tuple_(due, col(InboxItem.id)) > after)
    rows = (await session.exec(statement.order_by(due, col(InboxItem.id)).limit(query.limit + 1))).all()
    return slice_page(rows, query, lambda row: Key(row.due_at or LATEST, row.id))


async def read_item(session: AsyncSession, actor: Actor, rules: Rules, barred_ids: Ids, item_id: UUID) -> InboxItem:
    """Read an item of the actor, also a closed one. Raises InboxItemNotFound."""
    statement = select(InboxItem).where(
        InboxItem.id == item_id, col(InboxItem.id).in_(await visible_item_ids(session, actor, rules, barred_ids))
    )
    item = (await session.exec(statement)).first()
    if item is None:
        raise InboxItemNotFound(item_id=str(item_id))
    return item


def item_out(item: InboxItem, rules: Rules, public_url: str) -> InboxItemOut:
    """Build the response: the sentences of the rule and the link to the record."""
    rule = rules[item.kind]
    path = rule.path.format(about=item.about_id, person=item.person_id)
    return InboxItemOut.model_validate(
        {
            **item.model_dump(),
            "what_zh": rule.zh,
            "what_en": rule.en,
            "link": f"{public_url.rstrip('/')}/v1/{path}",
        }
    )
