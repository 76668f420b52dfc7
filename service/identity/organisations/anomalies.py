"""List anomalies of organisations: wrong parents, missing approvals, unusual numbers of members.

Anomalies are computed on each request and never stored. A page inspects at most `INSPECTED` organisations, so it costs
the same in a county and in a province. So a page may have few items and still have a next page.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_anomalies import (
    AnomalyOut,
    OrganisationAnomaly,
    OrganisationAnomalyOut,
    OrganisationAnomalyQuery,
)
from schemas.identity.organisations import Role
from service.foundation.paging import Key, Slice, encode_key, newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.rules import SIZES, OrganisationFacts, find_anomalies
from service.identity.tree.tables import Organisation, Posting

INSPECTED = 1000
COUNTED = 500
"""The most members that are counted; every threshold is lower."""
MEMBERS = (Role.MEMBER, Role.BRANCH_SECRETARY)
A = OrganisationAnomaly
SOURCES = {
    A.PARENT_OF_OTHER_FAMILY: "党组织与单位各成一树 · Party organisations and units have separate trees",
    A.KIND_OF_OTHER_FAMILY: "党组织与单位各成一树 · Party organisations and units have separate trees",
    A.PARENT_DOES_NOT_FIT: "组织隶属关系 · which kind may be below which (DOMAIN §2.2)",
    A.APPROVAL_MISSING: "下属单位设党委须经上级批准 · a committee below a committee needs approval (DOMAIN §2.2)",
    A.PARENT_CLOSED: "撤销的组织之下不再有组织 · a closed organisation has no organisations below it",
    A.TOO_FEW_MEMBERS: "党员人数的一般标准 · usual number of members (DOMAIN §2.1)",
    A.TOO_MANY_MEMBERS: "党员人数的一般标准 · usual number of members (DOMAIN §2.1)",
}


def member_count(at: datetime) -> sa.ScalarSelect[int]:
    """The number of Party members in an organisation and below it, counted up to COUNTED."""
    below = sa.orm.aliased(Organisation)
    member_ids = (
        sa.select(col(Posting.person_id))
        .join(below, col(below.id) == col(Posting.organisation_id))
        .where(
            col(Organisation.path).op("@>", is_comparison=True)(col(below.path)),
            col(Posting.role).in_(MEMBERS),
            scope.is_in_force(Posting, at),
        )
        .distinct()
        .limit(COUNTED)
        .correlate(Organisation)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(member_ids).scalar_subquery()


async def organisation_anomalies(
    session: AsyncSession, actor: Actor, query: OrganisationAnomalyQuery
) -> Slice[OrganisationAnomalyOut]:
    """Organisations in reach that have an anomaly, newest first."""
    rows = await _organisations_to_inspect(session, actor, query)
    matches = [(row, anomalies) for row in rows if (anomalies := _anomalies_of_row(row))]
    if query.anomaly is not None:
        matches = [(row, anomalies) for row, anomalies in matches if query.anomaly in anomalies]
    page = matches[: query.limit]
    last_inspected = rows[-1] if len(rows) == INSPECTED else None
    last = page[-1][0] if len(matches) > query.limit else last_inspected
    items = [_anomaly_out(row, anomalies) for row, anomalies in page]
    return Slice(items, encode_key(Key(last.created_at, last.id)) if last else None)


async def _organisations_to_inspect(
    session: AsyncSession, actor: Actor, query: OrganisationAnomalyQuery
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
            sa.case((col(Organisation.kind).in_(list(SIZES)), member_count(actor.at))).label("members"),
        )
        .outerjoin(parent, col(parent.id) == col(Organisation.parent_id))
        .where(identifier.in_(scope.reachable(actor)))
    )
    if query.organisation_id:
        statement = statement.where(identifier == query.organisation_id)
    connection = await session.connection()
    ordered = newest_first(statement, created, identifier, query)
    return (await connection.execute(ordered.limit(INSPECTED))).all()


def _anomalies_of_row(row: Any) -> list[A]:
    values = {field.name: getattr(row, field.name) for field in fields(OrganisationFacts)}
    return find_anomalies(OrganisationFacts(**values))


def _anomaly_out(row: Any, anomalies: list[A]) -> OrganisationAnomalyOut:
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
        anomalies=[AnomalyOut(anomaly=anomaly, source=SOURCES[anomaly]) for anomaly in anomalies],
    )
