"""`Requires(permission)`: the only way an endpoint gets an Actor.

It says who asks and for what. How far the permission reaches is decided where the rows are, by
`service/identity/access/scope.py`, from postings as they stand at that moment.
"""

from datetime import datetime
from typing import Any

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from routers.deps import Resources, resources
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth.errors import TokenMissing
from service.identity.auth.tokens import Principal


class Guard(SecurityBase):
    """Reads the bearer token. The documentation shows it as HTTP bearer."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.model = HTTPBearerModel(bearerFormat="JWT")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> Actor:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenMissing
        app_state = resources(request)
        now = app_state.clock()
        principal = app_state.tokens.verify(token.strip(), now)
        return self.counted(app_state, principal, now)

    def counted(self, app_state: Resources, principal: Principal, now: datetime) -> Actor:
        """The actor, one request nearer to the limit. Raises AskedTooOften."""
        app_state.limits.count(principal)
        return Actor(principal.id, principal.organisation_id, self.permission, now, principal.device_id)


def Requires(permission: Permission) -> Any:  # noqa: N802 - reads as a declaration in a signature, like Depends
    """The actor, asking for this one permission. Raises TokenMissing, TokenInvalid, TokenExpired, AskedTooOften."""
    return Depends(Guard(permission))
