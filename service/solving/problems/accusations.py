"""Accusations never reach the accused: from whom one is withheld, and to whom it may not go (DOMAIN §7.1).

Withheld from whoever holds any posting in an accused organisation or below it, and from the place's own side: by the
person, not by the posting, so that a second posting elsewhere opens no way round. Whoever raised it goes on seeing it.
A unit and the Party organisations that belong to it are one side: named is whichever one knows, meant are both.
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
from service.solving.problems.tables import Problem, ProblemWithheld

KEPT_FROM = sa.orm.aliased(Organisation)


def withheld_ids(actor: Actor) -> sa.Select[UUID]:
    """The ids of the accusations that the actor must not learn of; what the actor raised is not among them."""
    kept_from, side = KEPT_FROM, scope.conflict_paths(scope.own_organisations(actor)).subquery()
    return (
        sa.select(col(ProblemWithheld.problem_id))
        .join(kept_from, col(kept_from.id) == col(ProblemWithheld.organisation_id))
        .join(side, col(kept_from.path).op("@>", is_comparison=True)(side.c.path))
        .join(Problem, col(Problem.id) == col(ProblemWithheld.problem_id))
        .where(_was_one_side(side), col(Problem.raised_by) != actor.id)
    )


def _was_one_side(side: sa.Subquery) -> sa.ColumnElement[bool]:
    """A link that ended before the accusation was raised does not count; one ended since goes on withholding it."""
    return sa.or_(side.c.until.is_(None), side.c.until > col(Problem.raised_at))


def is_withheld(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a row of `problem` is withheld from the actor; cheap for what is no accusation."""
    return sa.and_(col(Problem.is_accusation), col(Problem.id).in_(withheld_ids(actor)))


async def withhold(session: AsyncSession, problem: Problem, accused: Iterable[UUID], host_id: UUID) -> None:
    """Keep a new accusation from the accused and from the place's own side.

    Raises OrganisationNotFound, AccusationOfRoot.
    """
    named = set(accused)
    for organisation_id in named:
        await scope.must_exist(session, organisation_id)
    roots = select(Organisation.id).where(col(Organisation.id).in_(named), col(Organisation.parent_id).is_(None))
    if (await session.exec(roots)).first() is not None:
        raise AccusationOfRoot
    session.add_all(
        ProblemWithheld(problem_id=problem.id, organisation_id=one, is_accused=one in named)
        for one in named | {host_id}
    )
    await session.flush()


async def among_accused(session: AsyncSession, problem: Problem, organisations: Iterable[UUID]) -> set[UUID]:
    """Which of the organisations must not learn of the problem: on the side of an accused, or of the place."""
    if not problem.is_accusation:
        return set()
    request = sa.select(col(Organisation.id)).where(col(Organisation.id).in_(set(organisations)))
    kept_from, side = KEPT_FROM, scope.conflict_paths(request).subquery()
    statement = (
        sa.select(side.c.id)
        .join(kept_from, col(kept_from.path).op("@>", is_comparison=True)(side.c.path))
        .join(ProblemWithheld, col(ProblemWithheld.organisation_id) == col(kept_from.id))
        .join(Problem, col(Problem.id) == col(ProblemWithheld.problem_id))
        .where(col(Problem.id) == problem.id, _was_one_side(side))
    )
    return set((await (await session.connection()).execute(statement)).scalars())


async def must_not_reach_accused(session: AsyncSession, problem: Problem, organisation_id: UUID) -> None:
    """Raises DispatchToAccused."""
    if await among_accused(session, problem, [organisation_id]):
        raise DispatchToAccused


async def accused_of(session: AsyncSession, rows: Sequence[Problem]) -> dict[UUID, list[UUID]]:
    """problem id → the accused organisations, for those who see the problem."""
    accusations = [row.id for row in rows if row.is_accusation]
    if not accusations:
        return {}
    statement = select(ProblemWithheld).where(
        col(ProblemWithheld.problem_id).in_(accusations), col(ProblemWithheld.is_accused)
    )
    found: dict[UUID, list[UUID]] = {}
    for row in (await session.exec(statement.order_by(col(ProblemWithheld.organisation_id)))).all():
        found.setdefault(row.problem_id, []).append(row.organisation_id)
    return found


async def take_over(session: AsyncSession, closed_id: UUID, successor_id: UUID, actor: Actor) -> None:
    """What is kept from an organisation that closes is kept from its successor too: its people go there."""
    kept_from_closed = sa.select(
        col(ProblemWithheld.problem_id), sa.literal(successor_id, sa.Uuid()), col(ProblemWithheld.is_accused)
    ).where(col(ProblemWithheld.organisation_id) == closed_id)
    columns = ["problem_id", "organisation_id", "is_accused"]
    statement = insert(ProblemWithheld).from_select(columns, kept_from_closed).on_conflict_do_nothing()
    await (await session.connection()).execute(statement)
