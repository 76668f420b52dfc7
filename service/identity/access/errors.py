"""Errors about rights."""

from service.foundation.errors import DomainError, Kind


class NotPermitted(DomainError):
    """Your postings do not allow "{permission}" here. Ask a colleague who is responsible for it. If your
    posting is recorded wrongly, ask the system administrator to correct it.
    """

    kind, code = Kind.FORBIDDEN, "access.not_permitted"
    zh = "您目前的任职不能在此“{permission}”。请由负责此事的同志办理；如任职登记有误，请联系系统管理员更正。"


class OrganisationNotFound(DomainError):
    """The organisation does not exist, or you may not see it. Check the organisation."""

    kind, code = Kind.NOT_FOUND, "organisation.not_found"
    zh = "没有找到这个组织，或者您没有查看的权限。请核对组织。"
