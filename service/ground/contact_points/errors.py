"""Errors of contact points and their households."""

from service.foundation.errors import DomainError, Kind


class ContactPointNotFound(DomainError):
    """There is no such contact point, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "contact_point.not_found"
    zh = "没有找到这个联系点，或者您没有查看的权限。请返回列表核对。"


class LeaderNotPosted(DomainError):
    """This leader has no posting in that organisation now. Check the person and the organisation."""

    kind, code = Kind.INVALID, "contact_point.leader_not_posted"
    zh = "这位领导目前在该单位没有任职，不能以该单位的名义建立联系点。请核对人员或单位。"


class AlreadyInContact(DomainError):
    """This leader already has an active contact point at this place. End it first, or start its next term."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_in_contact", "uq_contact_point_live"
    zh = "这位领导在该走访点已有一个未结束的联系点。请先结束它，或办理续任。"


class AlreadyHandedOver(DomainError):
    """This contact point is already handed over. Open its successor instead."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_handed_over", "uq_contact_point_succeeds_id"
    zh = "这个联系点已经交接，不能再次交接。请查看现在的联系点。"


class PredecessorMismatch(DomainError):
    """The predecessor is at another place or of another organisation. Check which one to continue."""

    kind, code = Kind.INVALID, "contact_point.predecessor_mismatch"
    zh = "交接的联系点不在同一走访点或不属于同一单位。请核对要续任的联系点。"


class AlreadyEnded(DomainError):
    """The contact point ended at {ended_at} and cannot be changed. Start a new one to continue."""

    kind, code = Kind.CONFLICT, "contact_point.already_ended"
    zh = "联系点已于 {ended_at} 结束，不能再改。如需继续联系，请新建联系点。"


class TooEarlyForOpinion(DomainError):
    """The opinion can only be given in the last {days} days of the term. Give it on {from_on} or later."""

    kind, code = Kind.CONFLICT, "contact_point.too_early_for_opinion"
    zh = "联系任期最后 {days} 天起才可填写意见。请在 {from_on} 以后填写。"


class TooLateForOpinion(DomainError):
    """The opinion was due by {until_on}, {days} days after the end. Contact the leader's organisation."""

    kind, code = Kind.CONFLICT, "contact_point.too_late_for_opinion"
    zh = "联系点结束后 {days} 天内可填写意见，已于 {until_on} 截止。如有意见，请直接向派出单位反映。"


class OpinionAlreadyGiven(DomainError):
    """The place gave its opinion on {opinion_on}; it cannot be changed. Contact the leader's organisation
    to add something.
    """

    kind, code = Kind.CONFLICT, "contact_point.opinion_already_given"
    zh = "走访点已于 {opinion_on} 填写意见，填写后不能修改或删除。如有补充，请直接向派出单位反映。"


class AgreementInFuture(DomainError):
    """The date of agreement {agreed_on} is after today ({today}). Enter the day the household agreed."""

    kind, code = Kind.INVALID, "contact_household.agreement_in_future"
    zh = "联系户同意日期 {agreed_on} 晚于今天（{today}）。请填写对方实际同意的日期。"


class HouseholdNotFound(DomainError):
    """There is no such household, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "contact_household.not_found"
    zh = "没有找到这户联系户，或者您没有查看的权限。请返回列表核对。"
