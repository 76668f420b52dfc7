"""The resident's private link: 160 random bits, of which the database keeps only the hash.

Its token stands in one answer only, which may get lost on its way. So until somebody opened the page, whoever raised
the problem is given another one by asking again, and the one before stops working.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.identity.local_rules.effective_rules import rule_value
from service.solving.problems.errors import LinkUnknown
from service.solving.problems.tables import Problem, ProblemLink

TOKEN_BYTES = 20


async def new_link(session: AsyncSession, problem: Problem, now: datetime) -> tuple[str, ProblemLink]:
    """A token for the person, and the row that will recognise it as long as the local rule of that moment says."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    days = await rule_value(session, RuleKey.PROBLEM_LINK_DAYS, problem.organisation_id, now)
    expires_at = now + timedelta(days=days)
    return token, ProblemLink(token_hash=hash_of(token), problem_id=problem.id, expires_at=expires_at)


async def renewed(session: AsyncSession, problem: Problem, now: datetime) -> str | None:
    """Another token instead of the link that nobody opened yet, for the rest of its time; None without such a link.

    Of several at once the last one's link works.
    """
    await session.exec(select(Problem.id).where(Problem.id == problem.id).with_for_update())
    unopened = (
        sa.delete(ProblemLink)
        .where(
            col(ProblemLink.problem_id) == problem.id,
            col(ProblemLink.opened_at).is_(None),
            col(ProblemLink.expires_at) > now,
        )
        .returning(col(ProblemLink.expires_at))
    )
    expires_at = (await (await session.connection()).execute(unopened)).scalar()
    if expires_at is None:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(ProblemLink(token_hash=hash_of(token), problem_id=problem.id, expires_at=expires_at))
    await session.flush()
    return token


def hash_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def problem_of(session: AsyncSession, token: str, now: datetime, *, is_locked: bool = False) -> Problem:
    """The problem behind a link, which is opened by this. Raises LinkUnknown for a guessed and an expired one alike."""
    statement = (
        select(Problem)
        .join(ProblemLink, col(ProblemLink.problem_id) == col(Problem.id))
        .where(ProblemLink.token_hash == hash_of(token), col(ProblemLink.expires_at) > now)
    )
    found = (await session.exec(statement.with_for_update(of=Problem) if is_locked else statement)).first()
    if found is None:
        raise LinkUnknown
    await _open(session, hash_of(token), now)
    return found


async def _open(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    """Raises LinkUnknown for one that is replaced at this instant."""
    link = await session.get(ProblemLink, token_hash, with_for_update=True)
    if link is None:
        raise LinkUnknown
    if link.opened_at is None:
        link.opened_at = now
