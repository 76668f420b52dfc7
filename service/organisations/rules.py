"""The tree's own rules, on plain values."""

from uuid import UUID

from schemas.organisations import Family
from service.organisations.errors import ParentOfOtherFamily


def path_below(parent_path: str, organisation_id: UUID) -> str:
    """The path of an organisation under a parent: labels are ids in hex, since ltree takes no hyphens."""
    return f"{parent_path}.{organisation_id.hex}" if parent_path else organisation_id.hex


def must_share_tree(parent: Family, child: Family) -> None:
    """Raises ParentOfOtherFamily."""
    if parent is not child:
        raise ParentOfOtherFamily
