"""Failures of placements and selections."""

from service.foundation.errors import DomainError, Kind


class PlacementNotFound(DomainError):
    """There is no such placement, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "placement.not_found"
    zh = "没有找到锻炼安排 {placement_id}。"
    en = "There is no placement {placement_id}."


class SentNowhere(DomainError):
    """An organisation cannot send somebody to itself."""

    kind, code, constraint = Kind.INVALID, "placement.sent_nowhere", "ck_placement_two_organisations"
    zh = "派出单位与接收单位不能是同一个。"
    en = "The sending and the host organisation must be two."


class PersonNotPosted(DomainError):
    """The person has no posting in the organisation that sends."""

    kind, code = Kind.INVALID, "placement.person_not_posted"
    zh = "这位同志目前在派出单位没有任职，请核对人员或单位。"
    en = "This person has no posting in the sending organisation now. Check the person or the organisation."


class NotForOneself(DomainError):
    """Nobody sends, ends, adopts, appraises, chooses or describes for oneself."""

    kind, code = Kind.FORBIDDEN, "placement.not_for_oneself"
    zh = "事情关系本人，不能由本人决定。请由本单位另一位有此职责的同志办理。"
    en = "This is about yourself and is not yours to decide. Ask a colleague with the same duty."


class PlacementAlreadyEnded(DomainError):
    """What has ended stays as it is."""

    kind, code = Kind.CONFLICT, "placement.already_ended"
    zh = "锻炼已于 {ended_at} 结束。"
    en = "The placement ended at {ended_at}."


class PlacementNotBegun(DomainError):
    """Nobody can be appraised for what has not begun."""

    kind, code = Kind.CONFLICT, "placement.not_begun"
    zh = "锻炼从 {begins_on} 开始，现在还不能评价。请在开始之后再填写。"
    en = "The placement begins on {begins_on} and cannot be appraised yet. Come back once it has begun."


class AppraisalGiven(DomainError):
    """An appraisal once given stays."""

    kind, code = Kind.CONFLICT, "placement.appraisal_given"
    zh = "评价已于 {appraised_at} 给出，不能再改，原文未改动。"
    en = "The appraisal was given at {appraised_at} and stays as it is. Nothing was changed."


class NothingReported(DomainError):
    """There is no report to adopt."""

    kind, code = Kind.CONFLICT, "placement.nothing_reported"
    zh = "还没有报告，不能决定是否采纳。"
    en = "There is no report yet that could be adopted."


class ReportDecided(DomainError):
    """The report was decided on; it stays as it was then."""

    kind, code = Kind.CONFLICT, "placement.report_decided"
    zh = "报告已作出采纳与否的决定，不能再改。"
    en = "The report has been decided on and stays as it is."


class SelectionNotFound(DomainError):
    """There is no such plan, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_found"
    zh = "没有找到选派计划 {selection_id}。"
    en = "There is no plan of selection {selection_id}."


class SelectionExists(DomainError):
    """One plan a year and organisation."""

    kind, code, constraint = Kind.CONFLICT, "placement_selection.exists", "uq_placement_selection_organisation_id_year"
    zh = "该单位这一年度已有选派计划。请在选派计划列表中按单位和年度查找。"
    en = "This organisation has a plan for that year already. Find it in the list of plans by organisation and year."


class NotOnTheList(DomainError):
    """The criteria of the plan do not fit the person, and nobody has decided about that one before."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_on_the_list"
    zh = "{person_id} 不在这份选派名单中。"
    en = "{person_id} is not on this list."


class DecisionNotFound(DomainError):
    """Nobody has decided about this person yet."""

    kind, code = Kind.NOT_FOUND, "selection_decision.not_found"
    zh = "这份选派计划还没有对人员 {person_id} 作出决定。"
    en = "Nothing has been decided about {person_id} in this plan yet."


class BackgroundNotFound(DomainError):
    """Nobody has noted anything of this person yet."""

    kind, code = Kind.NOT_FOUND, "person_background.not_found"
    zh = "还没有登记人员 {person_id} 的出生年份和此前的基层工作月数。"
    en = "The year of birth and earlier months at the grassroots of {person_id} are not noted yet."


class BornInTheFuture(DomainError):
    """Nobody is born next year."""

    kind, code = Kind.INVALID, "person_background.born_in_the_future"
    zh = "出生年份 {birth_year} 还没有到。请核对。"
    en = "The year of birth {birth_year} has not come yet. Check it."
