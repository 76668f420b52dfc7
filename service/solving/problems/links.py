"""The resident's private link: a random token of 160 bits. The database stores only its SHA-256.

The token is in one response only, which may be lost. So until the page is opened, a repeated request creates a new
token, and the old one stops working.
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
    """Create a token and its row. The local rule `problem_link_days` sets how long it is valid."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    days = await rule_value(session, RuleKey.PROBLEM_LINK_DAYS, problem.organisation_id, now)
    expires_at = now + timedelta(days=days)
    return token, ProblemLink(token_hash=hash_of(token), problem_id=problem.id, expires_at=expires_at)


async def renew_unopened_link(session: AsyncSession, problem: Problem, now: datetime) -> str | None:
    """Replace a link that was not opened yet; the expiry stays. Returns the new token or None.

    Of several requests at the same time, the token of the last one works.
    """
    await session.exec(select(Problem.id).where(Problem.id == problem.id).with_for_update())
    delete_unopened = (
        sa.delete(ProblemLink)
        .where(
            col(ProblemLink.problem_id) == problem.id,
            col(ProblemLink.opened_at).is_(None),
            col(ProblemLink.expires_at) > now,
        )
        .returning(col(ProblemLink.expires_at))
    )
    expires_at = (await (await session.connection()).execute(delete_unopened)).scalar()
    if expires_at is None:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(ProblemLink(token_hash=hash_of(token), problem_id=problem.id, expires_at=expires_at))
    await session.flush()
    return token


def hash_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def open_link(session: AsyncSession, token: str, now: datetime, *, is_locked: bool = False) -> Problem:
    """Load the problem of a link and mark the link as opened. Raises LinkUnknown."""
    statement = (
        select(Problem)
        .join(ProblemLink, col(ProblemLink.problem_id) == col(Problem.id))
        .where(ProblemLink.token_hash == hash_of(token), col(ProblemLink.expires_at) > now)
    )
    problem = (await session.exec(statement.with_for_update(of=Problem) if is_locked else statement)).first()
    if problem is None:
        raise LinkUnknown
    await _mark_opened(session, hash_of(token), now)
    return problem


async def _mark_opened(session: AsyncSession, token_hash: bytes, now: datetime) -> None:
    """Set `opened_at`. Raises LinkUnknown if the link was replaced at the same time."""
    link = await session.get(ProblemLink, token_hash, with_for_update=True)
    if link is None:
        raise LinkUnknown
    if link.opened_at is None:
        link.opened_at = now
