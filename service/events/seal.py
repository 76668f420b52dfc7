"""Sealing: each closed stretch is hashed into a chain, so that a quiet edit, removal or insertion shows.

Without an anchor outside, a chain stops no database administrator: its signed head leaves daily (DESIGN §5.1).
Two chains by the same means: the feed of events, and the access log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.core.crypto import Keys
from service.events.tables import Seal

STRETCH = 10_000
"""At most this many rows in one seal, so that sealing stays a short transaction."""
NOTHING = bytes(32)


@dataclass(frozen=True)
class Chain:
    """A sealed sequence of rows: `rows` gives key parts and hash of those after a key, in order."""

    name: str
    first_key: tuple[str, ...]
    rows: sa.TextClause
    kept: timedelta | None = None
    """How long its rows are kept at least; None: for ever. Older seals are taken as given once their rows are gone."""


FEED = Chain(
    "feed",
    ("0",),
    sa.text(
        "SELECT ARRAY[feed.position::text] AS key, sha256(convert_to(jsonb_build_array(feed.position, event.id,"
        " event.name, event.subject_id, event.organisation_ids, event.person_ids, event.actor_id,"
        " extract(epoch FROM event.occurred_at), extract(epoch FROM event.recorded_at), event.payload,"
        " encode(event.digest, 'hex'))::text, 'UTF8')) AS hash"
        " FROM feed LEFT JOIN event ON event.id = feed.event_id"
        " WHERE feed.position > CAST((CAST(:after AS text[]))[1] AS bigint) ORDER BY feed.position LIMIT :at_most"
    ),
)
ACCESS_LOG = Chain(
    "access_log",
    ("1", "0", "00000000-0000-0000-0000-000000000000"),
    sa.text(
        "SELECT ARRAY[timeline::text, transaction_id::text, id::text] AS key, hash FROM access_log_hashes("
        " CAST((CAST(:after AS text[]))[1] AS integer), CAST((CAST(:after AS text[]))[2] AS xid8),"
        " CAST((CAST(:after AS text[]))[3] AS uuid), :at_most)"
    ),
    timedelta(days=360),
)
CHAINS = (FEED, ACCESS_LOG)


async def extend(session: AsyncSession, chain: Chain, now: datetime) -> int:
    """Seal what came since the last seal, at most one stretch; how many rows."""
    last = await _last(session, chain)
    after = tuple(last.last_key) if last else chain.first_key
    keys, digest = await _hashed(session, chain, last.hash if last else NOTHING, after, STRETCH)
    if keys:
        seal = Seal(
            chain=chain.name,
            number=last.number + 1 if last else 1,
            first_key=keys[0],
            last_key=keys[-1],
            rows=len(keys),
            hash=digest,
            sealed_at=now,
        )
        session.add(seal)
        await session.flush()
    return len(keys)


@dataclass(frozen=True)
class Verified:
    """How far a chain holds: the seals checked, and the number of the first that does not (None: all hold)."""

    seals: int
    broken: int | None


async def verify(session: AsyncSession, chain: Chain, now: datetime, from_number: int = 1) -> Verified:
    """Hash everything again that is still kept, from a seal on, and compare."""
    statement = select(Seal).where(Seal.chain == chain.name, col(Seal.number) >= from_number - 1)
    seals = list((await session.exec(statement.order_by(col(Seal.number)))).all())
    before = seals.pop(0) if from_number > 1 and seals else None
    digest, after = (before.hash, tuple(before.last_key)) if before else (NOTHING, chain.first_key)
    for checked, seal in enumerate(seals):
        keys, digest = await _hashed(session, chain, digest, after, seal.rows)
        holds = digest == seal.hash and keys and keys[-1] == seal.last_key
        if not holds and not (chain.kept and seal.sealed_at < now - chain.kept):
            return Verified(checked, seal.number)
        digest = seal.hash
        after = tuple(seal.last_key)
    return Verified(len(seals), None)


async def signed_head(session: AsyncSession, chain: Chain, keys: Keys, now: datetime) -> str | None:
    """The newest seal as a compact JWS (ES256); None when nothing has been sealed."""
    last = await _last(session, chain)
    if last is None:
        return None
    claims = {"chain": chain.name, "number": last.number, "hash": last.hash.hex(), "last_key": last.last_key}
    return jwt.encode({**claims, "iat": now}, keys.seal, "ES256", headers={"typ": "seal+jwt"})


async def head_holds(session: AsyncSession, head: str, keys: Keys) -> bool:
    """Whether a head exported earlier is ours and still part of the chain it names. Raises jwt.InvalidTokenError."""
    claims: dict[str, Any] = jwt.decode(
        head, keys.seal.public_key(), algorithms=["ES256"], options={"verify_iat": False}
    )
    seal = await session.get(Seal, (claims["chain"], claims["number"]))
    return seal is not None and seal.hash.hex() == claims["hash"] and seal.last_key == claims["last_key"]


def write_head(directory: Path, chain: Chain, head: str, now: datetime) -> Path:
    """Put the head into a file named by chain and day."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{chain.name}-{now:%Y-%m-%d}.jws"
    path.write_text(head + "\n")
    return path


async def _last(session: AsyncSession, chain: Chain) -> Seal | None:
    statement = select(Seal).where(Seal.chain == chain.name).order_by(col(Seal.number).desc()).limit(1)
    return (await session.exec(statement)).first()


async def _hashed(
    session: AsyncSession, chain: Chain, before: bytes, after: tuple[str, ...], at_most: int
) -> tuple[list[list[str]], bytes]:
    """The keys of the next rows, and the chain's hash after them."""
    rows = (await (await session.connection()).execute(chain.rows, {"after": list(after), "at_most": at_most})).all()
    digest = before
    for row in rows:
        digest = sha256(digest + bytes(row.hash)).digest()
    return [list(row.key) for row in rows], digest
