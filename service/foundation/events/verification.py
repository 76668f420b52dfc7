"""Looking for tampering: every sealed row is hashed again; what was changed, removed or slipped in is named.

The seals' hashes prove that something was touched, the marks beside them say which row. Nothing here is trusted that
the chain does not hold; against a chain rewritten from end to end stands only a head exported before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.chains import MARK_BYTES, NOTHING, STRETCH, Chain, Hashed, chained, hashes
from service.foundation.events.tables import Seal


class What(StrEnum):
    """What was done to a sealed row, or to the seal itself."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    SEAL_CHANGED = "seal changed"
    SEAL_MISSING = "seal missing"
    TOUCHED = "touched"
    """Something within the stretch; it was sealed without marks, so nobody can say what."""


@dataclass(frozen=True)
class Flaw:
    """One thing that does not hold. `position` counts the rows of the seal from 1, `row` is the id or feed position.

    For a removed row `row` is the one before it, None at the beginning.
    """

    seal: int
    what: What
    position: int | None = None
    row: str | None = None

    @property
    def sentence(self) -> str:
        """In one line, for the auditor."""
        where = "" if self.position is None else f", row {self.position}"
        which = {What.REMOVED: " after "}.get(self.what, " ") + (self.row or "the beginning") if where else ""
        return f"seal {self.seal}{where}: {self.what}{which}"


@dataclass(frozen=True)
class Verified:
    """How many seals were checked, and what does not hold."""

    seals: int
    flaws: tuple[Flaw, ...]

    @property
    def broken(self) -> int | None:
        """The first seal that does not hold; None: all do."""
        return self.flaws[0].seal if self.flaws else None


async def verify(session: AsyncSession, chain: Chain, now: datetime, from_number: int = 1) -> Verified:
    """Hash everything again that is still kept, from a seal on. What retention has removed is taken as given."""
    statement = select(Seal).where(Seal.chain == chain.name, col(Seal.number) >= from_number - 1)
    seals = list((await session.exec(statement.order_by(col(Seal.number)))).all())
    before = seals.pop(0) if from_number > 1 and seals else None
    digest, after = (before.hash, before.last_key) if before else (NOTHING, list(chain.first_key))
    flaws: list[Flaw] = []
    expected = from_number
    for seal in seals:
        flaws += [Flaw(number, What.SEAL_MISSING) for number in range(expected, seal.number)]
        is_next = seal.number == expected
        rows = await _rows(session, chain, after, seal)
        found = list(_flaws(seal, rows, digest if is_next else None))
        is_over = bool(chain.kept and seal.sealed_at < now - chain.kept)
        flaws += [flaw for flaw in found if not (is_over and flaw.what in {What.REMOVED, What.TOUCHED})]
        digest, after, expected = seal.hash, seal.last_key, seal.number + 1
    return Verified(len(seals), tuple(flaws))


async def _rows(session: AsyncSession, chain: Chain, after: Sequence[str], seal: Seal) -> list[Hashed]:
    """What lies between the seal before and the last key of this one, however many they are now."""
    found: list[Hashed] = []
    last = _order(seal.last_key)
    while page := await hashes(session, chain, after, STRETCH):
        found += [row for row in page if _order(row[0]) <= last]
        if _order(page[-1][0]) >= last:
            break
        after = page[-1][0]
    return found


def _order(key: Sequence[str]) -> tuple[int, ...]:
    """A key as the database orders it: numbers, and ids as numbers of 128 bits."""
    return tuple(UUID(part).int if "-" in part else int(part) for part in key)


def _flaws(seal: Seal, rows: Sequence[Hashed], before: bytes | None) -> Iterator[Flaw]:
    """`before`: the chain's hash before this seal; None when that one is missing and only marks can tell."""
    marks = [seal.marks[at : at + MARK_BYTES] for at in range(0, len(seal.marks), MARK_BYTES)]
    if before is None:
        rows = [row for row in rows if _order(row[0]) >= _order(seal.first_key)]
    elif chained(before, rows) == seal.hash and len(rows) == seal.rows:
        return
    if not marks:
        yield Flaw(seal.number, What.TOUCHED)
    elif marks != [row_hash[:MARK_BYTES] for _, row_hash in rows]:
        yield from _differences(seal.number, marks, rows)
    elif before is not None:
        yield Flaw(seal.number, What.SEAL_CHANGED)


def _differences(number: int, marks: Sequence[bytes], rows: Sequence[Hashed]) -> Iterator[Flaw]:
    now = [row_hash[:MARK_BYTES] for _, row_hash in rows]
    for _, was, was_end, is_, is_end in SequenceMatcher(None, marks, now, autojunk=False).get_opcodes():
        if marks[was:was_end] == now[is_:is_end]:
            continue
        both = min(was_end - was, is_end - is_)
        for at in range(both):
            yield Flaw(number, What.CHANGED, was + at + 1, rows[is_ + at][0][-1])
        for at in range(was + both, was_end):
            yield Flaw(number, What.REMOVED, at + 1, rows[is_ + both - 1][0][-1] if is_ + both else None)
        for at in range(is_ + both, is_end):
            yield Flaw(number, What.INSERTED, at + 1, rows[at][0][-1])
