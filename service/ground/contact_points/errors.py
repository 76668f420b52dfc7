"""Failures of contact points."""

from service.foundation.errors import DomainError, Kind


class ContactPointNotFound(DomainError):
    """There is no such contact point, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "contact_point.not_found"
    zh = "没有找到联系点 {contact_point_id}。"
    en = "There is no contact point {contact_point_id}."


class LeaderNotPosted(DomainError):
    """The leader has no posting in the organisation that keeps the contact."""

    kind, code = Kind.INVALID, "contact_point.leader_not_posted"
    zh = "这位领导目前在该单位没有任职，不能以该单位的名义建立联系点。请核对人员或单位。"
    en = "This leader has no posting in that organisation now. Check the person or the organisation."


class AlreadyInContact(DomainError):
    """The leader has a contact point at the place that lives."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_in_contact", "uq_contact_point_live"
    zh = "这位领导在该走访点已有一个未结束的联系点。请先结束它，或用 succeeds_id 续任。"
    en = "This leader has a contact point there that has not ended. End it, or continue it with succeeds_id."


class AlreadyHandedOver(DomainError):
    """A contact point is handed over once."""

    kind, code, constraint = Kind.CONFLICT, "contact_point.already_handed_over", "uq_contact_point_succeeds_id"
    zh = "这个联系点已经交接给他人，不能再次交接。"
    en = "This contact point has been handed over to somebody already."


class OtherPlaceSucceeded(DomainError):
    """A handover stays at its place and in its organisation."""

    kind, code = Kind.INVALID, "contact_point.other_place_succeeded"
    zh = "交接的联系点不在同一走访点或不属于同一单位。"
    en = "The contact point to be handed over is at another place or of another organisation."


class AlreadyEnded(DomainError):
    """What has ended stays as it is."""

    kind, code = Kind.CONFLICT, "contact_point.already_ended"
    zh = "联系点已于 {ended_at} 结束。"
    en = "The contact point ended at {ended_at}."


class TooEarlyForOpinion(DomainError):
    """The place speaks at the end of the term, not during it."""

    kind, code = Kind.CONFLICT, "contact_point.too_early_for_opinion"
    zh = "联系任期最后 {days} 天起才可填写意见（{from_on} 起）。"
    en = "An opinion can be given from {from_on}, the last {days} days of the term."


class TooLateForOpinion(DomainError):
    """A year after the end nobody waits for it any more."""

    kind, code = Kind.CONFLICT, "contact_point.too_late_for_opinion"
    zh = "联系点结束后 {days} 天内可填写意见，已于 {until_on} 截止。"
    en = "An opinion can be given up to {days} days after the end, until {until_on}."


class OpinionStays(DomainError):
    """What the place said stays as it was said."""

    kind, code = Kind.CONFLICT, "contact_point.opinion_stays"
    zh = "走访点已于 {opinion_on} 填写意见，填写后不能修改或删除。"
    en = "The place gave its opinion on {opinion_on}; it stays as it was given."


class AgreedLater(DomainError):
    """A household agrees before it is noted down."""

    kind, code = Kind.INVALID, "contact_household.agreed_later"
    zh = "联系户同意日期 {agreed_on} 晚于今天（{today}）。请填写对方实际同意的日期。"
    en = "The household is said to agree on {agreed_on}, after today ({today}). Give the day on which it agreed."


class HouseholdNotFound(DomainError):
    """The contact point has no such household."""

    kind, code = Kind.NOT_FOUND, "contact_household.not_found"
    zh = "没有找到联系户 {household_id}。"
    en = "There is no household {household_id}."
