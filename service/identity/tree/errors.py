"""Errors about organisations, links between them and postings."""

from service.foundation.errors import DomainError, Kind


class ParentOfOtherFamily(DomainError):
    """The parent belongs to the other tree. The parent of a Party organisation is a Party organisation,
    that of a unit is a unit. Choose another parent.
    """

    kind, code = Kind.INVALID, "organisation.parent_of_other_family"
    zh = "上级的类别不符：党组织的上级应是党组织，单位的上级应是单位。请另选上级。"


class ParentDoesNotFit(DomainError):
    """A {kind} cannot be below a {parent_kind}. Allowed below a {parent_kind}: {fits_below}. A {kind} may
    be below: {fits_under}. Choose another parent.
    """

    kind, code = Kind.INVALID, "organisation.parent_does_not_fit"
    zh = "{kind}不能设在{parent_kind}之下。这个上级之下可设：{fits_below}。{kind}可设在：{fits_under}。请另选上级。"


class ApprovalMissing(DomainError):
    """A {kind} below a {parent_kind} needs the superior's approval. Enter the number and the date of the
    approval.
    """

    kind, code = Kind.INVALID, "organisation.approval_missing"
    zh = "{kind}经上级批准才能设在{parent_kind}之下。请填写批准文号和批准日期。"


class ApprovalUndated(DomainError):
    """An approval needs both a number and a date. Enter both."""

    kind, code, constraint = Kind.INVALID, "organisation.approval_undated", "ck_organisation_approval_dated"
    zh = "批准文号和批准日期应同时填写，请补齐。"


class KindOfOtherFamily(DomainError):
    """The kind {kind} does not belong to this tree. Choose another kind, or use the other tree."""

    kind, code = Kind.INVALID, "organisation.kind_of_other_family"
    zh = "类型“{kind}”与类别不符：党组织和单位各有自己的类型。请另选类型，或改在另一类别下建立。"


class RootStays(DomainError):
    """The root of a tree cannot be moved or closed. Choose an organisation below it."""

    kind, code = Kind.INVALID, "organisation.root_stays"
    zh = "最上级组织不能移动或撤销。请选择其下级组织。"


class ParentBelowItself(DomainError):
    """An organisation cannot be moved below itself or below its own children. Choose another parent."""

    kind, code = Kind.INVALID, "organisation.parent_below_itself"
    zh = "不能移到自己或自己的下级之下。请另选上级。"


class TooManyBelow(DomainError):
    """The organisation and those below it are more than {at_most}. Move the organisations below it first."""

    kind, code = Kind.INVALID, "organisation.too_many_below"
    zh = "该组织及其下级超过 {at_most} 个，请先分批移动其下级。"


class ChildrenDoNotFit(DomainError):
    """These organisations below it do not fit below a {kind}: {kinds}. Move them first."""

    kind, code = Kind.CONFLICT, "organisation.children_do_not_fit"
    zh = "改为{kind}后，下级的{kinds}将不符合设置规则。请先移走这些下级。"


class RolesDoNotFit(DomainError):
    """These roles held in it do not fit a {kind}: {roles}. End those postings first."""

    kind, code = Kind.CONFLICT, "organisation.roles_do_not_fit"
    zh = "改为{kind}后，现有角色（{roles}）不能设在这里。请先结束这些任职。"


class OrganisationIsClosed(DomainError):
    """The organisation is closed. Use its successor instead."""

    kind, code = Kind.CONFLICT, "organisation.is_closed"
    zh = "该组织已撤销，不能再办理。请改用承接它的组织。"


class LinkNotFound(DomainError):
    """The link between organisations does not exist, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "organisation_link.not_found"
    zh = "没有找到这项组织联系，或者您没有查看的权限。请返回列表核对。"


class LinkDoesNotFit(DomainError):
    """A link {kind} cannot lead from a {from_kind} to a {to_kind}. Allowed: {fits}. Choose other
    organisations.
    """

    kind, code = Kind.INVALID, "organisation_link.does_not_fit"
    zh = "“{kind}”不能从{from_kind}指向{to_kind}。可用的组合：{fits}。请改正。"


class LinkAgainstTree(DomainError):
    """A link {kind} cannot lead to a superior organisation. Check both organisations."""

    kind, code = Kind.INVALID, "organisation_link.against_tree"
    zh = "“{kind}”不能指向自己的上级组织。请核对两端的组织。"


class LinkToItself(DomainError):
    """An organisation cannot have a link to itself. Choose another organisation."""

    kind, code, constraint = Kind.INVALID, "organisation_link.to_itself", "ck_organisation_link_between_two"
    zh = "组织不能与自己建立联系。请另选一个组织。"


class LinkOverlaps(DomainError):
    """The two organisations already have a link of this kind at that time. End it first, or choose another
    time.
    """

    kind, code, constraint = Kind.CONFLICT, "organisation_link.overlaps", "ex_organisation_link_one_at_a_time"
    zh = "这两个组织在这段时间内已有同类联系。请先结束原有联系，或改用别的时间。"


class LinkEndsBeforeItBegins(DomainError):
    """The end of the link is before its start. Check both times."""

    kind, code = Kind.INVALID, "organisation_link.ends_before_it_begins"
    constraint = "ck_organisation_link_until_after_from"
    zh = "联系的结束时间早于开始时间，请核对。"


class LinkEndsInPast(DomainError):
    """A link cannot end in the past. Correct the time, or leave it out to end the link now."""

    kind, code = Kind.INVALID, "organisation_link.ends_in_past"
    zh = "结束时间不能早于现在。请改正；不填即为现在结束。"


class LinkEnded(DomainError):
    """The link ended at {valid_until}. Create a new link instead."""

    kind, code = Kind.CONFLICT, "organisation_link.ended"
    zh = "这项联系已于 {valid_until} 结束。如需恢复，请新建一项。"


class OrganisationCodeTaken(DomainError):
    """Another organisation already has this code. Check the code."""

    kind, code, constraint = Kind.CONFLICT, "organisation.code_taken", "uq_organisation_code"
    zh = "这个组织代码已用于另一个组织。请核对代码。"


class PostingNotFound(DomainError):
    """The posting does not exist, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "posting.not_found"
    zh = "没有找到这项任职，或者您没有查看的权限。请返回列表核对。"


class PostingEndsBeforeItBegins(DomainError):
    """The end of the posting is before its start. Check both times."""

    kind, code, constraint = Kind.INVALID, "posting.ends_before_it_begins", "ck_posting_until_after_from"
    zh = "任职的结束时间早于开始时间，请核对。"


class DivisionNotFound(DomainError):
    """The division {code} does not exist. Import the divisions first, or check the code."""

    kind, code = Kind.NOT_FOUND, "division.not_found"
    zh = "没有找到区划 {code}。请先导入区划，或核对代码。"


class DivisionUnknown(DomainError):
    """The division code does not exist. Import the divisions first, or check the code."""

    kind, code, constraint = Kind.INVALID, "organisation.division_unknown", "fk_organisation_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"


class PersonOfPostingUnknown(DomainError):
    """The person to post does not exist. Check the person."""

    kind, code, constraint = Kind.NOT_FOUND, "posting.person_not_found", "fk_posting_person_id"
    zh = "没有找到要任职的人员。请核对人员。"


class RoleDoesNotFit(DomainError):
    """The role {role} cannot be held in an organisation of the kind {kind}. Choose another role or
    organisation.
    """

    kind, code = Kind.INVALID, "posting.role_does_not_fit"
    zh = "角色“{role}”不能设在这类组织（{kind}）。请换一个角色，或到相应的组织任职。"


class RoleNotGrantable(DomainError):
    """You cannot grant or end the role {role}. The security administrator grants the roles of the three
    administrators, the system administrator grants all others. Ask that administrator.
    """

    kind, code = Kind.FORBIDDEN, "posting.role_not_grantable"
    zh = "您不能授予或结束角色“{role}”：三类管理员由安全管理员授予，其他角色由系统管理员授予。请由相应的管理员办理。"


class OwnPosting(DomainError):
    """You cannot grant or end your own postings. Ask another administrator."""

    kind, code = Kind.FORBIDDEN, "posting.own_posting"
    zh = "不能给自己任职，也不能结束自己的任职。请由另一位管理员办理。"


class DutiesExclude(DomainError):
    """The person holds a role at that time that excludes this one. The three administrators exclude each
    other and all roles that read or decide on records of others. End that posting first, or choose
    another person.
    """

    kind, code, constraint = Kind.CONFLICT, "posting.duties_exclude", "ex_posting_duties_apart"
    zh = "这位人员同期已有互斥的任职：系统、安全、审计管理员互斥，也不兼业务角色。请先结束原任职，或另选人员。"


class DelegationUnclear(DomainError):
    """A delegate's posting needs one leader and an end; a posting with another role has no leader. Correct
    it.
    """

    kind, code, constraint = Kind.INVALID, "posting.delegation_unclear", "ck_posting_delegate_of_one_leader_until"
    zh = "联络员的任职须写明一位领导和结束时间；其他角色不填领导。请改正。"


class DelegateIsLeader(DomainError):
    """The delegate and the leader are the same person. Choose another delegate or leader."""

    kind, code, constraint = Kind.INVALID, "posting.delegate_is_leader", "ck_posting_delegate_of_another"
    zh = "联络员与领导不能是同一个人。请核对。"


class NoSuchLeader(DomainError):
    """The person named as leader does not hold the role leader in that organisation when the delegation
    begins. Check the person.
    """

    kind, code = Kind.INVALID, "posting.no_such_leader"
    zh = "所填的领导届时在该组织没有“领导干部”任职，请核对。"
