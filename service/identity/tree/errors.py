"""Failures of organisations and postings."""

from service.foundation.errors import DomainError, Kind


class ParentOfOtherFamily(DomainError):
    """The parent belongs to the other tree: a Party organisation stands under one, a unit under a unit."""

    kind, code = Kind.INVALID, "organisation.parent_of_other_family"
    zh = "上级组织属于另一棵树：党组织的上级应是党组织，单位的上级应是单位。"


class ParentDoesNotFit(DomainError):
    """A {kind} cannot be below a {parent_kind}.

    Allowed below it: {fits_below}; a {kind} may be below: {fits_under}.
    """

    kind, code = Kind.INVALID, "organisation.parent_does_not_fit"
    zh = "{kind} 不能设在 {parent_kind} 之下。这个上级之下可设：{fits_below}；{kind} 可设在：{fits_under}。"


class ApprovalMissing(DomainError):
    """A {kind} stands below a {parent_kind} only with the superior's approval. Give approval_number and approved_on."""

    kind, code = Kind.INVALID, "organisation.approval_missing"
    zh = "{kind} 经上级批准才能设在 {parent_kind} 之下。请填写批准文号（approval_number）和日期（approved_on）。"


class ApprovalUndated(DomainError):
    """An approval has both a number and a date."""

    kind, code, constraint = Kind.INVALID, "organisation.approval_undated", "ck_organisation_approval_dated"
    zh = "批准文号和批准日期应同时填写。"


class KindOfOtherFamily(DomainError):
    """A {kind} does not belong to this tree."""

    kind, code = Kind.INVALID, "organisation.kind_of_other_family"
    zh = "{kind} 不属于这棵树。"


class RootStays(DomainError):
    """The root of a tree is not moved."""

    kind, code = Kind.INVALID, "organisation.root_stays"
    zh = "根组织不能移到别的组织之下。"


class ParentBelowItself(DomainError):
    """An organisation is not moved below itself or below what stands below it."""

    kind, code = Kind.INVALID, "organisation.parent_below_itself"
    zh = "不能移到自己或自己的下级之下。"


class TooManyBelow(DomainError):
    """It has more than {at_most} organisations with those below. Move the parts below it first."""

    kind, code = Kind.INVALID, "organisation.too_many_below"
    zh = "该组织及其下级超过 {at_most} 个，请先分批移动其下级。"


class ChildrenDoNotFit(DomainError):
    """Below a {kind} these would not fit: {kinds}. Move them first."""

    kind, code = Kind.CONFLICT, "organisation.children_do_not_fit"
    zh = "改为 {kind} 后，下级的 {kinds} 将不符合设置规则。请先移走这些下级。"


class RolesDoNotFit(DomainError):
    """In a {kind} these roles would not fit: {roles}. End those postings first."""

    kind, code = Kind.CONFLICT, "organisation.roles_do_not_fit"
    zh = "改为 {kind} 后，现有角色 {roles} 不能设在这里。请先结束这些任职。"


class OrganisationIsClosed(DomainError):
    """The organisation {organisation_id} was closed. Turn to the one that took over."""

    kind, code = Kind.CONFLICT, "organisation.is_closed"
    zh = "组织 {organisation_id} 已撤销，不能再办理。请改用承接它的组织。"


class LinkNotFound(DomainError):
    """There is no link {link_id}."""

    kind, code = Kind.NOT_FOUND, "organisation_link.not_found"
    zh = "没有找到组织联系 {link_id}。"


class LinkDoesNotFit(DomainError):
    """A link {kind} does not lead from a {from_kind} to a {to_kind}. It leads: {fits}."""

    kind, code = Kind.INVALID, "organisation_link.does_not_fit"
    zh = "“{kind}”不能从 {from_kind} 指向 {to_kind}。可用的组合：{fits}。"


class LinkAgainstTree(DomainError):
    """A link {kind} does not lead to an organisation above the own one."""

    kind, code = Kind.INVALID, "organisation_link.against_tree"
    zh = "“{kind}”不能指向自己的上级组织。"


class LinkToItself(DomainError):
    """A link is between two organisations."""

    kind, code, constraint = Kind.INVALID, "organisation_link.to_itself", "ck_organisation_link_between_two"
    zh = "组织不能与自己建立联系。"


class LinkOverlaps(DomainError):
    """At that time there is a link of this kind between the two already. End that one first, or choose another time."""

    kind, code, constraint = Kind.CONFLICT, "organisation_link.overlaps", "ex_organisation_link_one_at_a_time"
    zh = "这两个组织在这段时间内已有同类联系。请先结束原有联系，或改用别的时间。"


class LinkEndsBeforeItBegins(DomainError):
    """The link would end before it begins."""

    kind, code = Kind.INVALID, "organisation_link.ends_before_it_begins"
    constraint = "ck_organisation_link_until_after_from"
    zh = "联系的结束时间早于开始时间，请核对。"


class LinkEndsInPast(DomainError):
    """A link does not end in the past. Say nothing to end it now."""

    kind, code = Kind.INVALID, "organisation_link.ends_in_past"
    zh = "结束时间不能早于现在。不填即为现在结束。"


class LinkEnded(DomainError):
    """The link ended at {valid_until}. Start a new one instead."""

    kind, code = Kind.CONFLICT, "organisation_link.ended"
    zh = "这项联系已于 {valid_until} 结束。如需恢复，请新建一项。"


class OrganisationCodeTaken(DomainError):
    """Another organisation has this code."""

    kind, code, constraint = Kind.CONFLICT, "organisation.code_taken", "uq_organisation_code"
    zh = "这个组织代码已用于另一个组织。"


class PostingNotFound(DomainError):
    """There is no posting {posting_id}."""

    kind, code = Kind.NOT_FOUND, "posting.not_found"
    zh = "没有找到任职 {posting_id}。"


class PostingEndsBeforeItBegins(DomainError):
    """The posting would end before it begins."""

    kind, code, constraint = Kind.INVALID, "posting.ends_before_it_begins", "ck_posting_until_after_from"
    zh = "任职的结束时间早于开始时间，请核对。"


class DivisionNotFound(DomainError):
    """There is no division {code}. Import the divisions first, or check the code."""

    kind, code = Kind.NOT_FOUND, "division.not_found"
    zh = "没有找到区划 {code}。请先导入区划，或核对代码。"


class DivisionUnknown(DomainError):
    """The division code is not known. Import the divisions first, or check the code."""

    kind, code, constraint = Kind.INVALID, "organisation.division_unknown", "fk_organisation_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"


class PersonOfPostingUnknown(DomainError):
    """There is no such person to post."""

    kind, code, constraint = Kind.NOT_FOUND, "posting.person_not_found", "fk_posting_person_id"
    zh = "没有找到任职的人员。"


class RoleDoesNotFit(DomainError):
    """The role {role} does not fit an organisation of the kind {kind}. Choose another role or organisation."""

    kind, code = Kind.INVALID, "posting.role_does_not_fit"
    zh = "角色“{role}”不能设在这类组织（{kind}）。请换一个角色，或到相应的组织任职。"


class RoleNotGiven(DomainError):
    """You may not give or end the role {role}: the security administrator gives those of the three administrators, the
    system administrator all others.
    """

    kind, code = Kind.FORBIDDEN, "posting.role_not_given"
    zh = "您不能授予或结束角色“{role}”：三类管理员由安全管理员授予，其他角色由系统管理员授予。"


class NotForOneself(DomainError):
    """Nobody gives or ends the own postings. Ask another administrator."""

    kind, code = Kind.FORBIDDEN, "posting.not_for_oneself"
    zh = "不能给自己任职，也不能结束自己的任职。请由另一位管理员办理。"


class DutiesExclude(DomainError):
    """At that time the person holds a role that excludes this one: the three administrators exclude each other and
    roles over others' records. End that one first, or choose somebody else.
    """

    kind, code, constraint = Kind.CONFLICT, "posting.duties_exclude", "ex_posting_duties_apart"
    zh = "这位人员同期已有互斥的任职：系统、安全、审计管理员互斥，也不兼业务角色。请先结束原任职，或另选人员。"


class DelegationUnclear(DomainError):
    """A delegate's posting names one leader (delegate_of) and its end; other roles leave delegate_of out."""

    kind, code, constraint = Kind.INVALID, "posting.delegation_unclear", "ck_posting_delegate_of_one_leader_until"
    zh = "联络员的任职须写明一位领导（delegate_of）和结束时间；其他角色不填 delegate_of。"


class DelegateOfOneself(DomainError):
    """Nobody is the own delegate."""

    kind, code, constraint = Kind.INVALID, "posting.delegate_of_oneself", "ck_posting_delegate_of_another"
    zh = "联络员与领导不能是同一个人。"


class NoSuchLeader(DomainError):
    """Whoever is named holds no leader's posting in that organisation when the delegation begins."""

    kind, code = Kind.INVALID, "posting.no_such_leader"
    zh = "所填的领导届时在该组织没有“领导干部”任职，请核对。"
