"""Failures of placements and selections."""

from service.core.errors import DomainError, Kind


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


class PlacementAlreadyEnded(DomainError):
    """What has ended stays as it is."""

    kind, code = Kind.CONFLICT, "placement.already_ended"
    zh = "锻炼已于 {ended_at} 结束。"
    en = "The placement ended at {ended_at}."


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
    zh = "该单位这一年度已有选派计划。"
    en = "This organisation has a plan for that year already."


class NotOnTheList(DomainError):
    """The person does not fit the criteria of the plan."""

    kind, code = Kind.NOT_FOUND, "placement_selection.not_on_the_list"
    zh = "{person_id} 不在这份选派名单中。"
    en = "{person_id} is not on this list."
