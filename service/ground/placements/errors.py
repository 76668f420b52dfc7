"""Failures of placements and selections."""

from service.foundation.errors import DomainError, Kind


class PlacementNotFound(DomainError):
    """There is no placement {placement_id}."""

    kind, code = Kind.NOT_FOUND, "placement.not_found"
    zh = "没有找到锻炼安排 {placement_id}。"


class SentNowhere(DomainError):
    """The sending and the host organisation must be two."""

    kind, code, constraint = Kind.INVALID, "placement.sent_nowhere", "ck_placement_two_organisations"
    zh = "派出单位与接收单位不能是同一个。"


class PersonNotPosted(DomainError):
    """This person has no posting in the sending organisation now. Check the person or the organisation."""

    kind, code = Kind.INVALID, "placement.person_not_posted"
    zh = "这位同志目前在派出单位没有任职，请核对人员或单位。"


class NotForOneself(DomainError):
    """This is about yourself and is not yours to decide. Ask a colleague with the same duty."""

    kind, code = Kind.FORBIDDEN, "placement.not_for_oneself"
    zh = "事情关系本人，不能由本人决定。请由本单位另一位有此职责的同志办理。"


class PlacementAlreadyEnded(DomainError):
    """The placement ended at {ended_at}."""

    kind, code = Kind.CONFLICT, "placement.already_ended"
    zh = "锻炼已于 {ended_at} 结束。"


class PlacementNotBegun(DomainError):
    """The placement begins on {begins_on} and cannot be appraised yet. Come back once it has begun."""

    kind, code = Kind.CONFLICT, "placement.not_begun"
    zh = "锻炼从 {begins_on} 开始，现在还不能评价。请在开始之后再填写。"


class AppraisalGiven(DomainError):
    """The appraisal was given at {appraised_at} and stays as it is. Nothing was changed."""

    kind, code = Kind.CONFLICT, "placement.appraisal_given"
    zh = "评价已于 {appraised_at} 给出，不能再改，原文未改动。"


class NothingReported(DomainError):
    """There is no report yet that could be adopted."""

    kind, code = Kind.CONFLICT, "placement.nothing_reported"
    zh = "还没有报告，不能决定是否采纳。"


class ReportDecided(DomainError):
    """The report has been decided on and stays as it is."""

    kind, code = Kind.CONFLICT, "placement.report_decided"
    zh = "报告已作出采纳与否的决定，不能再改。"


class SelectionNotFound(DomainError):
    """There is no plan of selection {selection_id}."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_found"
    zh = "没有找到选派计划 {selection_id}。"


class SelectionExists(DomainError):
    """This organisation has a plan for that year already. Find it in the list of plans by organisation and year."""

    kind, code, constraint = Kind.CONFLICT, "placement_selection.exists", "uq_placement_selection_organisation_id_year"
    zh = "该单位这一年度已有选派计划。请在选派计划列表中按单位和年度查找。"


class NotOnTheList(DomainError):
    """{person_id} is not on this list."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_on_the_list"
    zh = "{person_id} 不在这份选派名单中。"


class DecisionNotFound(DomainError):
    """Nothing has been decided about {person_id} in this plan yet."""

    kind, code = Kind.NOT_FOUND, "selection_decision.not_found"
    zh = "这份选派计划还没有对人员 {person_id} 作出决定。"


class BackgroundNotFound(DomainError):
    """The year of birth and earlier months at the grassroots of {person_id} are not noted yet."""

    kind, code = Kind.NOT_FOUND, "person_background.not_found"
    zh = "还没有登记人员 {person_id} 的出生年份和此前的基层工作月数。"


class BornInTheFuture(DomainError):
    """The year of birth {birth_year} has not come yet. Check it."""

    kind, code = Kind.INVALID, "person_background.born_in_the_future"
    zh = "出生年份 {birth_year} 还没有到。请核对。"
