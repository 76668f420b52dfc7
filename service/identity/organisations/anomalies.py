"""What is odd about organisations in reach: wrong parents, approvals that are missing, unusual sizes.

Nothing is stored: an anomaly is there as long as it is true. A page inspects at most INSPECTED organisations, so that
it costs the same in a county and in a province; it may hold few items and still have a next page.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_anomalies import AnomalyFound, OrganisationAnomaly, OrganisationAnomalyOut
from schemas.identity.organisations import Role
from service.foundation.paging import Key, PageQuery, Slice, after
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.rules import SIZES, Standing, anomalies_of
from service.identity.tree.tables import Organisation, Posting

INSPECTED = 1000
COUNTED = 500
"""Members counted at most: no threshold lies above."""
MEMBERS = (Role.MEMBER, Role.BRANCH_SECRETARY)
A = OrganisationAnomaly
SOURCES = {
    A.PARENT_OF_OTHER_FAMILY: "党组织与单位各成一树 · the Party tree and the unit tree are two",
    A.KIND_OF_OTHER_FAMILY: "党组织与单位各成一树 · the Party tree and the unit tree are two",
    A.PARENT_DOES_NOT_FIT: "组织隶属关系 · which kind stands below which (DOMAIN §2.2)",
    A.APPROVAL_MISSING: "下属单位设党委须经上级批准 · a committee below a committee is approved (DOMAIN §2.2)",
    A.PARENT_CLOSED: "撤销的组织之下不再有组织 · nothing stands below what was closed",
    A.TOO_FEW_MEMBERS: "党员人数的一般标准 · usual number of members (DOMAIN §2.1)",
    A.TOO_MANY_MEMBERS: "党员人数的一般标准 · usual number of members (DOMAIN §2.1)",
}


def members(at: datetime) -> sa.ScalarSelect[int]:
    """How many persons are Party members in an organisation and below it, counted up to COUNTED."""
    below = sa.orm.aliased(Organisation)
    found = (
        sa.select(col(Posting.person_id))
        .join(below, col(below.id) == col(Posting.organisation_id))
        .where(
            col(Organisation.path).op("@>", is_comparison=True)(col(below.path)),
            col(Posting.role).in_(MEMBERS),
            scope.holds(Posting, at),
        )
        .distinct()
        .limit(COUNTED)
        .correlate(Organisation)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


async def organisation_anomalies(
    session: AsyncSession, actor: Actor, page: PageQuery, *, organisation_id: UUID | None, anomaly: A | None
) -> Slice[OrganisationAnomalyOut]:
    """Organisations in reach about which something is odd, newest first; one of them, or those with one anomaly."""
    rows = await _inspected(session, actor, page, organisation_id)
    odd = [(row, found) for row in rows if (found := _anomalies(row)) and (anomaly is None or anomaly in found)]
    shown = odd[: page.limit]
    inspected_last = rows[-1] if len(rows) == INSPECTED else None
    last = shown[-1][0] if len(odd) > page.limit else inspected_last
    return Slice([_shown(*one) for one in shown], Key(last.created_at, last.id) if last else None)


async def _inspected(
    session: AsyncSession, actor: Actor, page: PageQuery, organisation_id: UUID | None
) -> Sequence[Any]:
    parent, created, identifier = sa.orm.aliased(Organisation), col(Organisation.created_at), col(Organisation.id)
    statement = (
        sa.select(
            *(getattr(Organisation, name) for name in ("id", "name", "family", "kind", "parent_id", "created_at")),
            col(Organisation.approved_on).is_not(None).label("is_approved"),
            col(Organisation.valid_until).is_not(None).label("is_closed"),
            sa.func.coalesce(col(parent.valid_until).is_not(None), sa.false()).label("parent_is_closed"),
            col(parent.family).label("parent_family"),
            col(parent.kind).label("parent_kind"),
            sa.case((col(Organisation.kind).in_(list(SIZES)), members(actor.at))).label("members"),
        )
        .outerjoin(parent, col(parent.id) == col(Organisation.parent_id))
        .where(identifier.in_(scope.reachable(actor)))
    )
    if organisation_id:
        statement = statement.where(identifier == organisation_id)
    if page.after:
        statement = statement.where(after(created, identifier, page.after))
    connection = await session.connection()
    return (await connection.execute(statement.order_by(created.desc(), identifier.desc()).limit(INSPECTED))).all()


def _anomalies(row: Any) -> list[A]:
    return anomalies_of(Standing(**{field.name: getattr(row, field.name) for field in fields(Standing)}))


def _shown(row: Any, found: list[A]) -> OrganisationAnomalyOut:
    size = SIZES.get(row.kind)
    return OrganisationAnomalyOut(
        organisation_id=row.id,
        name=row.name,
        family=row.family,
        kind=row.kind,
        parent_id=row.parent_id,
        parent_kind=row.parent_kind,
        members=row.members,
        usual_fewest=size.fewest if size else None,
        usual_most=size.most if size else None,
        anomalies=[AnomalyFound(anomaly=one, source=SOURCES[one]) for one in found],
    )
