"""Failures of rights."""

from service.foundation.errors import DomainError, Kind


class NotPermitted(DomainError):
    """Your present postings do not allow {permission} here. Ask whoever is responsible for it; if your posting is
    recorded wrongly, the system administrator can mend it.
    """

    kind, code = Kind.FORBIDDEN, "access.not_permitted"
    zh = "您目前的任职不能在此“{permission}”。请由负责此事的同志办理；如任职登记有误，请联系系统管理员更正。"


class OrganisationNotFound(DomainError):
    """There is no organisation {organisation_id}."""

    kind, code = Kind.NOT_FOUND, "organisation.not_found"
    zh = "没有找到组织 {organisation_id}。"
