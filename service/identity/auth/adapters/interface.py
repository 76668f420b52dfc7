"""The interface of all provider adapters: a page to open, and a code that identifies a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in at a provider. The client keeps it encrypted and cannot read it."""

    id: UUID
    provider: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    """PKCE's `code_verifier` (RFC 7636)."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """The result of the provider's redirect or phone client: the code, and the issuer if named."""

    code: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """The account that the provider identified, by its permanent identifier there."""

    provider: str
    subject: str
    has_second_factor: bool = False
    """Whether the provider confirmed a second factor, by a method that its settings name."""


class Adapter(Protocol):
    """One provider.

    It makes its own HTTP calls with limits on time and size, and does not use the database.
    """

    async def page(self, attempt: Attempt) -> str | None:
        """The page where the person signs in; None when the provider's own client gives the code.

        Raises: ProviderUnavailable.
        """
        ...

    async def identify(self, attempt: Attempt, response: AuthorizationResponse) -> ProviderIdentity:
        """Exchange the code for the person's account. Raises: SignInRefused, NotAMember, ProviderUnavailable."""
        ...
