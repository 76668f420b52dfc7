"""Failures of rights."""

from service.core.errors import DomainError, Kind


class NotPermitted(DomainError):
    """The caller sees the thing but may not do this."""

    kind, code = Kind.FORBIDDEN, "access.not_permitted"
    zh = "您目前的任职没有“{permission}”权限。如需办理，请联系本组织的系统管理员。"
    en = "Your present postings do not allow {permission}. Ask your organisation's system administrator."


class OrganisationNotFound(DomainError):
    """There is no such organisation, or it is none of the caller's."""

    kind, code = Kind.NOT_FOUND, "organisation.not_found"
    zh = "没有找到组织 {organisation_id}。"
    en = "There is no organisation {organisation_id}."
