"""Whom a plan's criteria fit: computed from facts, in no order of merit; whoever was decided about stays listed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import PageQuery
from schemas.ground.placements import CandidateOut, Criteria, PlacementKind
from service.foundation.paging import Key, Slice, newest_first, sliced
from service.foundation.workdays import day_of
from service.ground.placements import selections
from service.ground.placements.tables import PersonBackground, Placement, PlacementSelection, SelectionDecisionMade
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting

AT_THE_GRASSROOTS = (
    PlacementKind.WORK_PRACTICE,
    PlacementKind.SECONDMENT,
    PlacementKind.VILLAGE_POSTING,
    PlacementKind.TEACHING,
)
"""Placements whose months count as experience; a study or an hour of volunteering does not."""
DAYS_A_MONTH = 30.4375


async def page(session: AsyncSession, actor: Actor, selection_id: UUID, query: PageQuery) -> Slice[CandidateOut]:
    """Whom the criteria fit now and who was decided about, newest on record first. Raises SelectionNotFound."""
    selection = await selections.one(session, actor, selection_id)
    ordered = newest_first(_listed(actor, selection), col(Person.created_at), col(Person.id), query)
    rows = (await (await session.connection()).execute(ordered)).all()
    found = sliced(rows, query, lambda row: Key(row.created_at, row.person_id))
    return Slice([CandidateOut.model_validate(row) for row in found.rows], found.next_cursor)


async def is_listed(session: AsyncSession, actor: Actor, selection: PlacementSelection, person_id: UUID) -> bool:
    """Whether people may decide about the person: the criteria fit, or somebody has decided before."""
    statement = _listed(actor, selection).where(col(Person.id) == person_id)
    return (await (await session.connection()).execute(statement)).first() is not None


def _listed(actor: Actor, selection: PlacementSelection) -> sa.Select[*tuple[Any, ...]]:
    """Persons posted at or below the plan's organisation whom the criteria do not exclude, and all decided about."""
    months = _months(actor)
    fits = sa.and_(_posted_below(actor, selection.organisation_id), *_met(selection, months))
    decided = sa.and_(
        col(SelectionDecisionMade.person_id) == col(Person.id), col(SelectionDecisionMade.selection_id) == selection.id
    )
    return (
        sa.select(
            col(Person.id).label("person_id"),
            col(Person.name),
            col(Person.created_at),
            col(PersonBackground.birth_year),
            months.label("grassroots_months"),
            fits.label("fits_criteria"),
            col(SelectionDecisionMade.decision),
            col(SelectionDecisionMade.reason),
            col(SelectionDecisionMade.version).label("decision_version"),
        )
        .outerjoin(PersonBackground, col(PersonBackground.id) == col(Person.id))
        .outerjoin(SelectionDecisionMade, decided)
        .where(sa.or_(fits, col(SelectionDecisionMade.id).is_not(None)))
    )


def _met(selection: PlacementSelection, months: sa.ColumnElement[int]) -> Sequence[sa.ColumnElement[bool]]:
    """The criteria; somebody about whom nothing is known stays on the list for people to look at."""
    criteria = Criteria.model_validate(selection.criteria)
    wanted: list[sa.ColumnElement[bool]] = []
    if criteria.born_in_or_after:
        born = col(PersonBackground.birth_year)
        wanted.append(sa.or_(born.is_(None), born >= criteria.born_in_or_after))
    if criteria.grassroots_months_below:
        wanted.append(sa.or_(months.is_(None), months < criteria.grassroots_months_below))
    return wanted


def _months(actor: Actor) -> sa.ColumnElement[int]:
    """Months known before plus those of placements up to today; null when nobody has said the former.

    A day at two placements at once is one day: the ranges are joined before they are counted.
    """
    today = day_of(actor.at)
    ended_on = sa.cast(sa.func.timezone("Asia/Shanghai", col(Placement.ended_at)), sa.Date)
    last = sa.func.least(col(Placement.ends_on), ended_on, today)
    joined = (
        sa.select(sa.func.range_agg(sa.func.daterange(col(Placement.begins_on), last, "[]")))
        .where(
            col(Placement.person_id) == col(Person.id),
            col(Placement.kind).in_(AT_THE_GRASSROOTS),
            last >= col(Placement.begins_on),
        )
        .correlate(Person)
        .scalar_subquery()
    )
    stretch = sa.func.unnest(joined).column_valued("stretch")
    days = sa.select(
        sa.func.coalesce(sa.func.sum(sa.func.upper(stretch) - sa.func.lower(stretch)), 0)
    ).scalar_subquery()
    return col(PersonBackground.grassroots_months) + sa.cast(sa.func.floor(days / DAYS_A_MONTH), sa.Integer)


def _posted_below(actor: Actor, organisation_id: UUID) -> sa.ColumnElement[bool]:
    above = sa.orm.aliased(Organisation)
    below = col(above.path).op("@>", is_comparison=True)(col(Organisation.path))
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(Posting)
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .join(above, below)
        .where(
            col(above.id) == organisation_id,
            col(Posting.person_id) == col(Person.id),
            scope.is_in_force(Posting, actor.at),
        )
        .correlate(Person)
    )
