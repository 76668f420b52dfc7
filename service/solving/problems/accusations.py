"""Conflict of interest: which organisations are barred from an accusation (DOMAIN §7.1).

Barred are the accused organisations and the organisation of the place, with all persons who have a posting there or
below, also when they act by another posting. The person who raised the accusation always sees it. A unit and the
Party organisations linked to it count as one side, so naming one bars both.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation
from service.solving.problems.errors import AccusationOfRoot, DispatchToAccused
from service.solving.problems.tables import Problem, ProblemBarredOrganisation

BARRED = sa.orm.aliased(Organisation)


def barred_problem_ids(actor: Actor) -> sa.Select[UUID]:
    """The ids of the accusations barred from the actor, except those that the actor raised."""
    barred, side = BARRED, scope.conflict_paths(scope.own_organisations(actor)).subquery()
    return (
        sa.select(col(ProblemBarredOrganisation.problem_id))
        .join(barred, col(barred.id) == col(ProblemBarredOrganisation.organisation_id))
        .join(side, col(barred.path).op("@>", is_comparison=True)(side.c.path))
        .join(Problem, col(Problem.id) == col(ProblemBarredOrganisation.problem_id))
        .where(_was_linked(side), col(Problem.raised_by) != actor.id)
    )


def _was_linked(side: sa.Subquery) -> sa.ColumnElement[bool]:
    """A link counts unless it ended before the accusation was raised."""
    return sa.or_(side.c.until.is_(None), side.c.until > col(Problem.raised_at))


def is_barred(actor: Actor) -> sa.ColumnElement[bool]:
    """SQL condition: the row of `problem` is barred from the actor. Cheap for rows that are no accusation."""
    return sa.and_(col(Problem.is_accusation), col(Problem.id).in_(barred_problem_ids(actor)))


async def bar_organisations(session: AsyncSession, problem: Problem, accused: Iterable[UUID], host_id: UUID) -> None:
    """Bar a new accusation from the accused organisations and the organisation of the place.

    Raises: OrganisationNotFound, AccusationOfRoot.
    """
    accused_ids = set(accused)
    for organisation_id in accused_ids:
        await scope.must_exist(session, organisation_id)
    roots = select(Organisation.id).where(col(Organisation.id).in_(accused_ids), col(Organisation.parent_id).is_(None))
    if (await session.exec(roots)).first() is not None:
        raise AccusationOfRoot
    session.add_all(
        ProblemBarredOrganisation(problem_id=problem.id, organisation_id=barred_id, is_accused=barred_id in accused_ids)
        for barred_id in accused_ids | {host_id}
    )
    await session.flush()


async def barred_among(session: AsyncSession, problem: Problem, organisations: Iterable[UUID]) -> set[UUID]:
    """Which of the organisations are barred from the problem."""
    if not problem.is_accusation:
        return set()
    organisation_ids = sa.select(col(Organisation.id)).where(col(Organisation.id).in_(set(organisations)))
    barred, side = BARRED, scope.conflict_paths(organisation_ids).subquery()
    statement = (
        sa.select(side.c.id)
        .join(barred, col(barred.path).op("@>", is_comparison=True)(side.c.path))
        .join(ProblemBarredOrganisation, col(ProblemBarredOrganisation.organisation_id) == col(barred.id))
        .join(Problem, col(Problem.id) == col(ProblemBarredOrganisation.problem_id))
        .where(col(Problem.id) == problem.id, _was_linked(side))
    )
    return set((await (await session.connection()).execute(statement)).scalars())


async def require_not_barred(session: AsyncSession, problem: Problem, organisation_id: UUID) -> None:
    """Raises DispatchToAccused."""
    if await barred_among(session, problem, [organisation_id]):
        raise DispatchToAccused


async def accused_by_problem(session: AsyncSession, rows: Sequence[Problem]) -> dict[UUID, list[UUID]]:
    """Map each problem id to its accused organisations, for readers who may see the problem."""
    accusation_ids = [row.id for row in rows if row.is_accusation]
    if not accusation_ids:
        return {}
    statement = select(ProblemBarredOrganisation).where(
        col(ProblemBarredOrganisation.problem_id).in_(accusation_ids), col(ProblemBarredOrganisation.is_accused)
    )
    accused_ids: dict[UUID, list[UUID]] = {}
    for row in (await session.exec(statement.order_by(col(ProblemBarredOrganisation.organisation_id)))).all():
        accused_ids.setdefault(row.problem_id, []).append(row.organisation_id)
    return accused_ids


async def bar_successor(session: AsyncSession, closed_id: UUID, successor_id: UUID, actor: Actor) -> None:
    """Bar the successor of a closed organisation too, because its staff move there."""
    rows_of_closed = sa.select(
        col(ProblemBarredOrganisation.problem_id),
        sa.literal(successor_id, sa.Uuid()),
        col(ProblemBarredOrganisation.is_accused),
    ).where(col(ProblemBarredOrganisation.organisation_id) == closed_id)
    columns = ["problem_id", "organisation_id", "is_accused"]
    statement = insert(ProblemBarredOrganisation).from_select(columns, rows_of_closed).on_conflict_do_nothing()
    await (await session.connection()).execute(statement)
