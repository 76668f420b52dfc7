"""Hash chains: each chain head hashes a segment of rows.

An edited, removed or inserted row is detected. A database administrator could rewrite a whole chain. Therefore the
signed head is exported every day (DESIGN §5.1).
There are two chains: the feed of events, and the access log.
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
from service.foundation.events.tables import ChainHead

SEGMENT = 10_000
"""Rows per chain head, at most; so that its transaction stays short."""
NOTHING = bytes(32)
HEAD_TYPE = "chain-head+jwt"
MARK_BYTES = 8
"""The first bytes of each row's hash, stored in the chain head. They locate a changed row but prove nothing."""
HashedRow = tuple[list[str], bytes]
"""Key and hash of a row."""


@dataclass(frozen=True)
class Chain:
    """The rows of a hash chain.

    `rows` selects the key parts and the hash of the rows after a key, in order.
    """

    name: str
    first_key: tuple[str, ...]
    rows: sa.TextClause
    min_retention: timedelta | None = None
    """Minimum time its rows are kept (None: for ever). For older chain heads, missing rows are accepted."""


FEED = Chain(
    "feed",
    ("0",),
    sa.text(
        "SELECT ARRAY[feed.position::text] AS key, sha256(convert_to(jsonb_build_array(feed.position, event.id,"
        " event.name, event.subject_id, event.organisation_ids, event.person_ids, event.actor_kind,"
        " event.actor_id, extract(epoch FROM event.occurred_at), extract(epoch FROM event.recorded_at), event.payload,"
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


async def append_head(session: AsyncSession, chain: Chain, now: datetime) -> int:
    """Add a chain head for the rows after the last head, at most one segment. Return the number of rows."""
    last = await _last(session, chain)
    after = tuple(last.last_key) if last else chain.first_key
    rows = await read_hashes(session, chain, after, SEGMENT)
    if rows:
        head = ChainHead(
            chain=chain.name,
            number=last.number + 1 if last else 1,
            first_key=rows[0][0],
            last_key=rows[-1][0],
            rows=len(rows),
            hash=chain_hash(last.hash if last else NOTHING, rows),
            marks=b"".join(row_hash[:MARK_BYTES] for _, row_hash in rows),
            created_at=now,
        )
        session.add(head)
        await session.flush()
    return len(rows)


async def signed_head(session: AsyncSession, chain: Chain, keys: Keys, now: datetime) -> str | None:
    """Return the newest chain head as a compact JWS (ES256); None when there is none."""
    last = await _last(session, chain)
    if last is None:
        return None
    claims = {"chain": chain.name, "number": last.number, "hash": last.hash.hex(), "last_key": last.last_key}
    return jwt.encode({**claims, "iat": now}, keys.signing, "ES256", headers={"typ": HEAD_TYPE})


async def head_holds(session: AsyncSession, head: str, keys: Keys) -> bool:
    """Return whether an exported head has our signature and is still part of its chain.

    Raises: jwt.InvalidTokenError.
    """
    return await _is_part(session, _claims(head, keys.signing.public_key()))


async def published_head_holds(session: AsyncSession, head: str, jwks: str) -> bool:
    """Check a head like `head_holds`, with the published keys only (a JWKS document as text).

    Raises: jwt.PyJWTError, ValueError.
    """
    for jwk in jwt.PyJWKSet.from_json(jwks).keys:
        try:
            return await _is_part(session, _claims(head, jwk.key))
        except jwt.InvalidSignatureError:
            continue
    return False


def _claims(head: str, key: Any) -> dict[str, Any]:
    if jwt.get_unverified_header(head).get("typ") != HEAD_TYPE:
        raise jwt.InvalidTokenError("not a chain head")
    claims: dict[str, Any] = jwt.decode(head, key, algorithms=["ES256"], options={"verify_iat": False})
    return claims


async def _is_part(session: AsyncSession, claims: dict[str, Any]) -> bool:
    head = await session.get(ChainHead, (claims["chain"], claims["number"]))
    return head is not None and head.hash.hex() == claims["hash"] and head.last_key == claims["last_key"]


def write_head(directory: Path, chain: Chain, head: str, now: datetime) -> Path:
    """Write the head to a file named after chain and day. Return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{chain.name}-{now:%Y-%m-%d}.jws"
    path.write_text(head + "\n")
    return path


async def _last(session: AsyncSession, chain: Chain) -> ChainHead | None:
    statement = select(ChainHead).where(ChainHead.chain == chain.name).order_by(col(ChainHead.number).desc()).limit(1)
    return (await session.exec(statement)).first()


async def read_hashes(session: AsyncSession, chain: Chain, after: Sequence[str], at_most: int) -> list[HashedRow]:
    """Return key and hash of the next rows after a key, at most `at_most`."""
    rows = (await (await session.connection()).execute(chain.rows, {"after": list(after), "at_most": at_most})).all()
    return [(list(row.key), bytes(row.hash)) for row in rows]


def chain_hash(previous: bytes, rows: Iterable[HashedRow]) -> bytes:
    """Return the hash of the chain after these rows; `previous` is the hash before them."""
    digest = previous
    for _, row_hash in rows:
        digest = sha256(digest + row_hash).digest()
    return digest
