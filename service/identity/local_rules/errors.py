"""Failures of local rules."""

from service.foundation.errors import DomainError, Kind


class LocalRuleNotFound(DomainError):
    """There is no local rule {rule_id}."""

    kind, code = Kind.NOT_FOUND, "local_rule.not_found"
    zh = "没有找到设置 {rule_id}。"


class OutOfRange(DomainError):
    """{key} lies between {at_least} and {at_most} {unit}."""

    kind, code = Kind.INVALID, "local_rule.out_of_range"
    zh = "“{key}”应在 {at_least} 至 {at_most}（{unit}）之间。"


class BeginsInPast(DomainError):
    """A local rule begins today or later. If its document took effect earlier, say so in the source."""

    kind, code, constraint = Kind.INVALID, "local_rule.begins_in_past", "ck_local_rule_not_backdated"
    zh = "设置不能追溯：生效日期应为今天或以后。文件更早施行的，请写入依据。"


class ForWholeJurisdiction(DomainError):
    """{key} is set for the whole jurisdiction, at the top of the tree."""

    kind, code = Kind.INVALID, "local_rule.for_whole_jurisdiction"
    zh = "{key} 只能由组织树的最上级统一设置。"


class SetMeanwhile(DomainError):
    """Somebody set the same figure at this very moment. Look at it, then send yours again."""

    kind, code, constraint = Kind.CONFLICT, "local_rule.set_meanwhile", "uq_local_rule_number"
    zh = "同一设置刚刚被他人更改。请查看后再提交。"
