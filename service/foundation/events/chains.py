"""Sealing: each closed stretch is hashed into a chain, so that a quiet edit, removal or insertion shows.

Without an anchor outside, a chain stops no database administrator: its signed head leaves daily (DESIGN §5.1).
Two chains by the same means: the feed of events, and the access log.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.crypto import Keys
from service.foundation.events.tables import Seal

STRETCH = 10_000
"""At most this many rows in one seal, so that sealing stays a short transaction."""
NOTHING = bytes(32)
HEAD_TYPE = "seal+jwt"
MARK_BYTES = 8
"""Of each row's hash, kept beside the seal to find the row when the seal does not hold; they prove nothing."""
Hashed = tuple[list[str], bytes]
"""A row's key and hash."""


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
        "SELECT ARRAY[epoch::text, transaction_id::text, id::text] AS key, hash FROM access_log_hashes("
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
    rows = await hashes(session, chain, after, STRETCH)
    if rows:
        seal = Seal(
            chain=chain.name,
            number=last.number + 1 if last else 1,
            first_key=rows[0][0],
            last_key=rows[-1][0],
            rows=len(rows),
            hash=chained(last.hash if last else NOTHING, rows),
            marks=b"".join(row_hash[:MARK_BYTES] for _, row_hash in rows),
            sealed_at=now,
        )
        session.add(seal)
        await session.flush()
    return len(rows)


async def signed_head(session: AsyncSession, chain: Chain, keys: Keys, now: datetime) -> str | None:
    """The newest seal as a compact JWS (ES256); None when nothing has been sealed."""
    last = await _last(session, chain)
    if last is None:
        return None
    claims = {"chain": chain.name, "number": last.number, "hash": last.hash.hex(), "last_key": last.last_key}
    return jwt.encode({**claims, "iat": now}, keys.seal, "ES256", headers={"typ": HEAD_TYPE})


async def head_holds(session: AsyncSession, head: str, keys: Keys) -> bool:
    """Whether a head exported earlier is ours and still part of the chain it names. Raises jwt.InvalidTokenError."""
    return await _is_part(session, _claims(head, keys.seal.public_key()))


async def published_head_holds(session: AsyncSession, head: str, jwks: str) -> bool:
    """The same with the published keys alone, for whoever holds no secret. Raises jwt.PyJWTError, ValueError."""
    for one in jwt.PyJWKSet.from_json(jwks).keys:
        try:
            return await _is_part(session, _claims(head, one.key))
        except jwt.InvalidSignatureError:
            continue
    return False


def _claims(head: str, key: Any) -> dict[str, Any]:
    if jwt.get_unverified_header(head).get("typ") != HEAD_TYPE:
        raise jwt.InvalidTokenError("not the head of a chain")
    claims: dict[str, Any] = jwt.decode(head, key, algorithms=["ES256"], options={"verify_iat": False})
    return claims


async def _is_part(session: AsyncSession, claims: dict[str, Any]) -> bool:
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


async def hashes(session: AsyncSession, chain: Chain, after: Sequence[str], at_most: int) -> list[Hashed]:
    """Key and hash of the next rows."""
    rows = (await (await session.connection()).execute(chain.rows, {"after": list(after), "at_most": at_most})).all()
    return [(list(row.key), bytes(row.hash)) for row in rows]


def chained(before: bytes, rows: Iterable[Hashed]) -> bytes:
    """The chain's hash after these rows."""
    digest = before
    for _, row_hash in rows:
        digest = sha256(digest + row_hash).digest()
    return digest
