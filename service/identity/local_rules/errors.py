"""Errors about local rules."""

from service.foundation.errors import DomainError, Kind


class LocalRuleNotFound(DomainError):
    """The local rule does not exist, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "local_rule.not_found"
    zh = "没有找到这项设置，或者您没有查看的权限。请返回列表核对。"


class OutOfRange(DomainError):
    """{key} must be between {at_least} and {at_most} {unit}. Correct the value."""

    kind, code = Kind.INVALID, "local_rule.out_of_range"
    zh = "“{key}”应在 {at_least} 至 {at_most}（{unit}）之间。请改正。"


class BeginsInPast(DomainError):
    """A local rule cannot start before today. Enter today or a later day. An earlier effective date of the
    document belongs in the source.
    """

    kind, code, constraint = Kind.INVALID, "local_rule.begins_in_past", "ck_local_rule_not_backdated"
    zh = "设置不能追溯：生效日期应为今天或以后。文件更早施行的，请写入依据。"


class ForWholeJurisdiction(DomainError):
    """{key} can only be set at the root of the tree, for the whole jurisdiction. Ask the administrator
    there.
    """

    kind, code = Kind.INVALID, "local_rule.for_whole_jurisdiction"
    zh = "“{key}”只能由最上级组织统一设置。请联系最上级组织的管理员。"


class SetMeanwhile(DomainError):
    """Another person has just set the same rule. Read the new value, then send yours again."""

    kind, code, constraint = Kind.CONFLICT, "local_rule.set_meanwhile", "uq_local_rule_number"
    zh = "同一设置刚刚被他人更改。请查看后再提交。"
