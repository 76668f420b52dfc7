"""Errors of assessments."""

from service.foundation.errors import DomainError, Kind


class CycleNotFound(DomainError):
    """There is no such assessment cycle, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "assessment_cycle.not_found"
    zh = "没有找到这个考核周期，或者您没有查看的权限。请返回列表核对。"


class CycleEndsBeforeItBegins(DomainError):
    """The last day of the cycle is before the first day. Correct the dates."""

    kind, code = Kind.INVALID, "assessment_cycle.ends_before_it_begins"
    constraint = "ck_assessment_cycle_days_in_order"
    zh = "考核周期的截止日早于开始日，请核对。"


class CycleNotFrozen(DomainError):
    """This assessment cycle is not frozen yet, so nothing can be handed over. Freeze it first."""

    kind, code = Kind.CONFLICT, "assessment_cycle.not_frozen"
    zh = "这个考核周期尚未定格，材料还不能移交。请先定格。"


class DossierNotFound(DomainError):
    """There is no such dossier, or you may not see it. Check the person and the cycle."""

    kind, code = Kind.NOT_FOUND, "dossier.not_found"
    zh = "没有找到该人员的考核材料，或者您没有查看的权限。请核对人员和考核周期。"


class DossierPurged(DomainError):
    """The content was deleted after its retention. Use the original in the personnel file (SHA-256 {sha256})."""

    kind, code = Kind.NOT_FOUND, "dossier.purged"
    zh = "考核材料保存期满，内容已清除。请查阅干部档案中的原件（校验值 {sha256}）。"


class IndicatorNotFound(DomainError):
    """There is no such indicator. Choose one from the list of indicators."""

    kind, code = Kind.NOT_FOUND, "indicator.not_found"
    zh = "没有这个指标。请从指标列表中选择。"


class ReceiptDiffers(DomainError):
    """The bytes received differ from those handed over (expected SHA-256 {expected}).
    No receipt was recorded. Download the file again.
    """

    kind, code = Kind.CONFLICT, "receipt.differs"
    zh = "收到的内容与移交的内容不一致（校验值应为 {expected}），回执未登记。请重新下载并核对。"
