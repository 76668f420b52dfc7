"""Failures of organisations and postings."""

from service.core.errors import DomainError, Kind


class ParentOfOtherFamily(DomainError):
    """The Party tree and the unit tree do not mix."""

    kind, code = Kind.INVALID, "organisation.parent_of_other_family"
    zh = "上级组织属于另一棵树：党组织的上级应是党组织，单位的上级应是单位。"
    en = "The parent belongs to the other tree: a Party organisation stands under one, a unit under a unit."


class PostingNotFound(DomainError):
    """There is no such posting, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "posting.not_found"
    zh = "没有找到任职 {posting_id}。"
    en = "There is no posting {posting_id}."


class PostingEndsBeforeItBegins(DomainError):
    """A posting cannot end before it began."""

    kind, code, constraint = Kind.INVALID, "posting.ends_before_it_begins", "ck_posting_until_after_from"
    zh = "任职的结束时间早于开始时间，请核对。"
    en = "The posting would end before it begins."


class DivisionNotFound(DomainError):
    """There is no such division among the imported ones."""

    kind, code = Kind.NOT_FOUND, "division.not_found"
    zh = "没有找到区划 {code}。请先导入区划，或核对代码。"
    en = "There is no division {code}. Import the divisions first, or check the code."


class DivisionUnknown(DomainError):
    """Something refers to a division that was not imported."""

    kind, code, constraint = Kind.INVALID, "organisation.division_unknown", "fk_organisation_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"
    en = "The division code is not known. Import the divisions first, or check the code."


class PersonOfPostingUnknown(DomainError):
    """A posting is for somebody the system does not know."""

    kind, code, constraint = Kind.NOT_FOUND, "posting.person_not_found", "fk_posting_person_id"
    zh = "没有找到任职的人员。"
    en = "There is no such person to post."
