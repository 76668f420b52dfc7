"""Errors of visits."""

from service.foundation.errors import DomainError, Kind


class VisitNotFound(DomainError):
    """There is no such visit, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "visit.not_found"
    zh = "没有找到这次走访，或者您没有查看的权限。请返回列表核对。"


class VisitAlreadyEnded(DomainError):
    """This visit ended at {checked_out_at}. If that is wrong, request a correction."""

    kind, code = Kind.CONFLICT, "visit.already_ended"
    zh = "这次走访已于 {checked_out_at} 结束。如有误，请申请更正。"


class CheckOutBeforeCheckIn(DomainError):
    """The check-out is before the check-in ({checked_in_at}). Check the times."""

    kind, code = Kind.INVALID, "visit.check_out_before_check_in"
    zh = "离开时间早于到达时间 {checked_in_at}，请核对。"


class RecordClosed(DomainError):
    """The visit ended more than {days} days ago. If something is wrong, request a correction; the
    original is kept.
    """

    kind, code = Kind.CONFLICT, "visit.record_closed"
    zh = "走访结束已超过 {days} 天，记录不再直接修改。如有误，请申请更正，原文会保留。"


class RecordCorrected(DomainError):
    """A correction of this visit was requested or accepted, so its record is not changed directly. Wait
    for the decision, or request another correction.
    """

    kind, code = Kind.CONFLICT, "visit.record_corrected"
    zh = "这次走访已有更正申请，记录不再直接修改。请等待决定，或另行申请更正。"


class CheckOutInFuture(DomainError):
    """The check-out time {checked_out_at} is in the future. Check in when you are there, or plan the
    visit.
    """

    kind, code = Kind.INVALID, "visit.check_out_in_future"
    zh = "离开时间 {checked_out_at} 还没有到。尚未结束的走访，请到场后签到，或先列入计划。"


class PurposeUnknown(DomainError):
    """There is no such purpose. Choose one from the list of visit purposes."""

    kind, code, constraint = Kind.INVALID, "visit.purpose_unknown", "fk_visit_purpose"
    zh = "没有这个走访目的。请从走访目的列表中选择。"


class CompanionUnknown(DomainError):
    """A companion has no valid posting, or is the visitor. Check the list of companions."""

    kind, code = Kind.INVALID, "visit.companion_unknown"
    zh = "有一位同行人不是本系统在职人员，或就是走访人本人。请核对同行人名单。"


class NotACompanion(DomainError):
    """You are not named as a companion of this visit. Check which visit it is."""

    kind, code = Kind.NOT_FOUND, "visit.not_a_companion"
    zh = "您不是这次走访的同行人。请核对是哪一次走访。"


class TooLateToDecline(DomainError):
    """More than {days} days have passed; the companions are not changed. If you were not there, request
    a correction of your personal data and name the visit. The request and its answer are kept.
    """

    kind, code = Kind.CONFLICT, "visit.too_late_to_decline"
    zh = (
        "已超过 {days} 天，同行情况不再更改。"
        "如您确未同行，请提出个人信息更正申请，写明是哪一次走访；申请和答复都会留存。"
    )


class CorrectionNotFound(DomainError):
    """There is no such correction request, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "visit_correction.not_found"
    zh = "没有找到这份更正申请，或者您没有查看的权限。请返回列表核对。"


class CorrectionOpen(DomainError):
    """A correction of this visit is not decided yet. Wait for the decision before you request another one."""

    kind, code, constraint = Kind.CONFLICT, "visit_correction.open", "uq_visit_correction_open"
    zh = "这次走访已有一份待决定的更正申请，请等待决定后再申请。"


class NothingToCorrect(DomainError):
    """The correction has the same values as the record. Check what you want to correct."""

    kind, code = Kind.INVALID, "visit_correction.nothing_to_correct"
    zh = "更正内容与现有记录相同，没有需要更正的。请核对要更正的内容。"


class CorrectionDecided(DomainError):
    """This correction request was decided ({state}). Request another correction if one is needed."""

    kind, code = Kind.CONFLICT, "visit_correction.decided"
    zh = "这份更正申请已作出决定（{state}）。如仍需更正，请重新申请。"


class CorrectionOutdated(DomainError):
    """The visit changed after the request. Refuse the correction, and ask the visitor to request it again."""

    kind, code = Kind.CONFLICT, "visit_correction.outdated"
    zh = "申请之后，这次走访又有变化，不能按原申请更正。请不予采纳，由申请人重新申请。"


class CorrectedTimeInFuture(DomainError):
    """The corrected time {time} is in the future. Check it."""

    kind, code = Kind.INVALID, "visit_correction.time_in_future"
    zh = "更正后的时间 {time} 还没有到，请核对。"


class NotEnded(DomainError):
    """The visit has not ended. Try again after the check-out."""

    kind, code = Kind.CONFLICT, "visit.not_ended"
    zh = "走访还没有结束。请在登记离开之后再办理。"


class NotTheirDelegate(DomainError):
    """You are not a delegate of this leader now. Ask your system administrator to check the posting."""

    kind, code = Kind.FORBIDDEN, "visit_draft.not_their_delegate"
    zh = "您目前不是这位领导的联络员，不能代为记录。请联系系统管理员核对任职。"


class DraftNotFound(DomainError):
    """Your delegate wrote no record of this visit. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "visit_draft.not_found"
    zh = "没有找到联络员为您代写的这次走访记录。请返回列表核对。"


class DraftConfirmed(DomainError):
    """The leader confirmed or wrote this record, so a delegate cannot change it. Ask the leader to
    change it.
    """

    kind, code = Kind.CONFLICT, "visit_draft.confirmed"
    zh = "这次走访的记录已由领导本人确认或填写，联络员不能再改。如需更改，请由领导本人办理。"
