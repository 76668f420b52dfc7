"""The resident's private link: 160 random bits, of which the database keeps only the hash."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.local_rules import RuleKey
from service.local_rules.resolving import figure
from service.problems.errors import LinkUnknown
from service.problems.tables import Problem, ProblemLink

TOKEN_BYTES = 20


async def new_link(session: AsyncSession, problem: Problem, now: datetime) -> tuple[str, ProblemLink]:
    """A token for the person, and the row that will recognise it as long as the local rule of that moment says."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    days = await figure(session, RuleKey.PROBLEM_LINK_DAYS, problem.organisation_id, now)
    expires_at = now + timedelta(days=days)
    return token, ProblemLink(token_hash=hash_of(token), problem_id=problem.id, expires_at=expires_at)


def hash_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def problem_of(session: AsyncSession, token: str, now: datetime, *, is_locked: bool = False) -> Problem:
    """The problem behind a link. Raises LinkUnknown for a guessed and an expired one alike."""
    statement = (
        select(Problem)
        .join(ProblemLink, col(ProblemLink.problem_id) == col(Problem.id))
        .where(ProblemLink.token_hash == hash_of(token), col(ProblemLink.expires_at) > now)
    )
    found = (await session.exec(statement.with_for_update(of=Problem) if is_locked else statement)).first()
    if found is None:
        raise LinkUnknown
    return found
