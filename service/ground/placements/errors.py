"""Errors of placements and selection plans."""

from service.foundation.errors import DomainError, Kind


class PlacementNotFound(DomainError):
    """There is no such placement, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "placement.not_found"
    zh = "没有找到这项锻炼安排，或者您没有查看的权限。请返回列表核对。"


class HostIsSender(DomainError):
    """The sending and the host organisation are the same. Choose two different organisations."""

    kind, code, constraint = Kind.INVALID, "placement.host_is_sender", "ck_placement_two_organisations"
    zh = "派出单位与接收单位不能是同一个。请核对两个单位。"


class PersonNotPosted(DomainError):
    """This person has no posting in the sending organisation now. Check the person and the organisation."""

    kind, code = Kind.INVALID, "placement.person_not_posted"
    zh = "这位同志目前在派出单位没有任职，请核对人员或单位。"


class OwnCase(DomainError):
    """This decision is about you, so you may not take it. Ask a colleague who has the same duty."""

    kind, code = Kind.FORBIDDEN, "placement.own_case"
    zh = "事情关系本人，不能由本人决定。请由本单位另一位有此职责的同志办理。"


class PlacementAlreadyEnded(DomainError):
    """The placement ended at {ended_at} and cannot be changed. Start a new one to continue."""

    kind, code = Kind.CONFLICT, "placement.already_ended"
    zh = "锻炼已于 {ended_at} 结束，不能再改。如需继续，请新建锻炼安排。"


class PlacementNotBegun(DomainError):
    """The placement begins on {begins_on}. Write the appraisal after it has begun."""

    kind, code = Kind.CONFLICT, "placement.not_begun"
    zh = "锻炼从 {begins_on} 开始，现在还不能评价。请在开始之后再填写。"


class AppraisalAlreadyGiven(DomainError):
    """The appraisal was given at {appraised_at} and cannot be changed. If it is wrong, inform the sending unit."""

    kind, code = Kind.CONFLICT, "placement.appraisal_already_given"
    zh = "评价已于 {appraised_at} 给出，不能再改，原文未改动。如有误，请向派出单位说明。"


class ReportMissing(DomainError):
    """There is no report yet. Decide on its adoption after it is submitted."""

    kind, code = Kind.CONFLICT, "placement.report_missing"
    zh = "还没有报告，不能决定是否采纳。请在报告提交后再办理。"


class ReportDecided(DomainError):
    """The adoption of the report is already decided, so it cannot be changed. Report new facts separately."""

    kind, code = Kind.CONFLICT, "placement.report_decided"
    zh = "报告已作出采纳与否的决定，不能再改。如有新的情况，请另行报告。"


class SelectionNotFound(DomainError):
    """There is no such selection plan, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_found"
    zh = "没有找到这份选派计划，或者您没有查看的权限。请返回列表核对。"


class SelectionExists(DomainError):
    """This organisation already has a plan for that year. Search the plans by organisation and year."""

    kind, code, constraint = Kind.CONFLICT, "placement_selection.exists", "uq_placement_selection_organisation_id_year"
    zh = "该单位这一年度已有选派计划。请在选派计划列表中按单位和年度查找。"


class PersonNotListed(DomainError):
    """This person is not a candidate of this selection plan. Check the list of candidates."""

    kind, code = Kind.NOT_FOUND, "placement_selection.person_not_listed"
    zh = "该人员不在这份选派名单中。请核对名单。"


class DecisionNotFound(DomainError):
    """This selection plan has no decision about this person yet. Decide first."""

    kind, code = Kind.NOT_FOUND, "selection_decision.not_found"
    zh = "这份选派计划还没有对该人员作出决定。请先作出决定。"


class BackgroundNotFound(DomainError):
    """The year of birth and earlier grassroots months are not recorded for this person. Record them first."""

    kind, code = Kind.NOT_FOUND, "person_background.not_found"
    zh = "还没有登记该人员的出生年份和此前的基层工作月数。请先登记。"


class BirthYearInFuture(DomainError):
    """The year of birth {birth_year} is in the future. Check the year."""

    kind, code = Kind.INVALID, "person_background.birth_year_in_future"
    zh = "出生年份 {birth_year} 还没有到。请核对。"
