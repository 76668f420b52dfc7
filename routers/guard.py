"""`Requires(permission)` creates the Actor; `refuse_unknown_parameters` checks query strings.

The Actor contains the caller and the permission. `service/identity/access/scope.py` decides which rows the permission
covers, from the current postings of the caller.
"""

from datetime import datetime
from typing import Any

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.params import Cookie, Header, Path
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from routers.deps import Resources, resources
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth.errors import TokenMissing
from service.identity.auth.tokens import Principal


class Guard(SecurityBase):
    """Authenticate by bearer token. The OpenAPI document shows it as HTTP bearer."""

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
        return self.count_request(app_state, principal, now)

    def count_request(self, app_state: Resources, principal: Principal, now: datetime) -> Actor:
        """Count the request for the rate limit and return the actor. Raises: TooManyRequests."""
        app_state.limits.count(principal)
        return Actor(principal.id, principal.organisation_id, self.permission, now, principal.device_id)


def Requires(permission: Permission) -> Any:  # noqa: N802 - reads as a declaration in a signature, like Depends
    """Return the actor with this permission.

    Raises: TokenMissing, TokenInvalid, TokenExpired, TooManyRequests.
    """
    return Depends(Guard(permission))


UNKNOWN_PARAMETER = "This parameter does not exist here. Remove it."
REPEATED_PARAMETER = "This parameter was given more than once. Give it once."
PAGES = ("/pages", "/p/")
"""Path prefixes of pages. Pages ignore unknown parameters, because messenger apps append their own to a link."""


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not declare, or one given twice. Raises: RequestValidationError.

    All routes depend on it. For a request without a query string it only checks the scope.
    """
    if not request.scope["query_string"] or request.scope["path"].startswith(PAGES):
        return
    declared = _declared_parameters(request.scope["route"])
    names = [name for name, _ in request.query_params.multi_items()]
    errors: list[dict[str, Any]] = []
    for name in dict.fromkeys(names):
        if name not in declared:
            errors.append({"type": "extra_forbidden", "loc": ("query", name), "msg": UNKNOWN_PARAMETER})
        elif names.count(name) > 1:
            errors.append({"type": "repeated_parameter", "loc": ("query", name), "msg": REPEATED_PARAMETER})
    if errors:
        raise RequestValidationError(errors)


def _declared_parameters(route: APIRoute) -> set[str]:
    fields = get_flat_params(route.dependant)
    # the fields of a query model have a plain FieldInfo
    return {field.alias for field in fields if not isinstance(field.field_info, Path | Header | Cookie)}
