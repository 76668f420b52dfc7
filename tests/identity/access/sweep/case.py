"""One call that the permission sweep sends. A domain lists its cases in `tests/<floor>/<word>/sweep_cases.py`.

Each route and each id parameter has at least one case. `{word}` stands for a word of the target (see
`county.Targets`); a path parameter is a word too. Changes are sent with a stale If-Match, so a permitted one is
answered 412 and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from schemas.identity.organisations import Role
from service.identity.access.permissions import Permission


class Who(Enum):
    """Which actors the route lets in."""

    PERMISSIONS = "holders of the permission, within its reach"
    """The target must be in the reach that `service/identity/access/permissions.py` gives the role."""
    HOLDER = "holders of the permission, for any target"
    POSTED = "holders of the permission, for the organisation of their posting"
    PERSON = "every person, for own records"
    NOBODY = "none of these actors: the record is another person's or the whole jurisdiction's"


@dataclass(frozen=True)
class Case:
    """One call of a route for a target."""

    route: str
    """Method and path template."""
    body: Any = None
    who: Who = Who.PERMISSIONS
    new_id: str | None = None
    """The path parameter with an id that the client makes; each call gets a new one."""
    listed: str | None = None
    """For a list: the word of the target whose id the list contains when the target is visible."""
    key: str = "id"
    """The field of the list items that holds this id."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Path parameters that take another word of the target than their own name."""
    only: tuple[Role, ...] | None = None
    """The roles that the action lets in too, of those with the permission; None: all."""
    needs: Permission | None = None
    """The permission that decides for a person, where the permission of the route is not enough."""
    note: str = ""
    is_once: bool = False
    """Whether the call names no organisation; it is sent once for all four."""

    @property
    def name(self) -> str:
        """The heading of the case in the recorded answers."""
        return " · ".join(part for part in (self.route, *(f"?{name}" for name in self.query), self.note) if part)


SOON = "2026-11-23T09:00:00Z"
SYSTEM, SECURITY = (Role.SYSTEM_ADMINISTRATOR,), (Role.SECURITY_ADMINISTRATOR,)
TERM = {"begins_on": "2026-11-01", "ends_on": "2027-10-31"}
