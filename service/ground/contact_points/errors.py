"""Failures of contact points."""

from service.foundation.errors import DomainError, Kind


class ContactPointNotFound(DomainError):
    """There is no contact point {contact_point_id}."""

    kind, code = Kind.NOT_FOUND, "contact_point.not_found"
    zh = "没有找到联系点 {contact_point_id}。"


class LeaderNotPosted(DomainError):
    """This leader has no posting in that organisation now. Check the person or the organisation."""

    kind, code = Kind.INVALID, "contact_point.leader_not_posted"
    zh = "这位领导目前在该单位没有任职，不能以该单位的名义建立联系点。请核对人员或单位。"


class AlreadyInContact(DomainError):
    """This leader has a contact point there that has not ended. End it, or continue it with succeeds_id."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_in_contact", "uq_contact_point_live"
    zh = "这位领导在该走访点已有一个未结束的联系点。请先结束它，或用 succeeds_id 续任。"


class AlreadyHandedOver(DomainError):
    """This contact point has been handed over to somebody already."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_handed_over", "uq_contact_point_succeeds_id"
    zh = "这个联系点已经交接给他人，不能再次交接。"


class OtherPlaceSucceeded(DomainError):
    """The contact point to be handed over is at another place or of another organisation."""

    kind, code = Kind.INVALID, "contact_point.other_place_succeeded"
    zh = "交接的联系点不在同一走访点或不属于同一单位。"


class AlreadyEnded(DomainError):
    """The contact point ended at {ended_at}."""

    kind, code = Kind.CONFLICT, "contact_point.already_ended"
    zh = "联系点已于 {ended_at} 结束。"


class TooEarlyForOpinion(DomainError):
    """An opinion can be given from {from_on}, the last {days} days of the term."""

    kind, code = Kind.CONFLICT, "contact_point.too_early_for_opinion"
    zh = "联系任期最后 {days} 天起才可填写意见（{from_on} 起）。"


class TooLateForOpinion(DomainError):
    """An opinion can be given up to {days} days after the end, until {until_on}."""

    kind, code = Kind.CONFLICT, "contact_point.too_late_for_opinion"
    zh = "联系点结束后 {days} 天内可填写意见，已于 {until_on} 截止。"


class OpinionStays(DomainError):
    """The place gave its opinion on {opinion_on}; it stays as it was given."""

    kind, code = Kind.CONFLICT, "contact_point.opinion_stays"
    zh = "走访点已于 {opinion_on} 填写意见，填写后不能修改或删除。"


class AgreedLater(DomainError):
    """The household is said to agree on {agreed_on}, after today ({today}). Give the day on which it agreed."""

    kind, code = Kind.INVALID, "contact_household.agreed_later"
    zh = "联系户同意日期 {agreed_on} 晚于今天（{today}）。请填写对方实际同意的日期。"


class HouseholdNotFound(DomainError):
    """There is no household {household_id}."""

    kind, code = Kind.NOT_FOUND, "contact_household.not_found"
    zh = "没有找到联系户 {household_id}。"
