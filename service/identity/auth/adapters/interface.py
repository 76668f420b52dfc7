"""What every way in through somebody else's login has in common: a page to go to, and a code that names a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attempt:
    """One person's way to the provider and back. The client holds it encrypted and cannot read it."""

    id: UUID
    provider: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    """PKCE's `code_verifier` (RFC 7636)."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CameBack:
    """What the provider's redirect, or its client on the phone, gave: the code, and the issuer where it says so."""

    code: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom the provider names, by the identifier that never changes there."""

    provider: str
    subject: str
    has_second_factor: bool = False
    """Whether the provider vouches for one, in a way its settings name."""


class Adapter(Protocol):
    """One provider. Makes its own calls, under time and byte limits; knows no database."""

    async def page(self, attempt: Attempt) -> str | None:
        """Where the person signs in; None when the provider's own client gives the code without a page.

        Raises ProviderUnavailable.
        """
        ...

    async def identify(self, attempt: Attempt, came_back: CameBack) -> Identified:
        """Whom the code names. Raises SignInRefused, NotAMember, ProviderUnavailable."""
        ...
