"""Failures of assessments."""

from service.foundation.errors import DomainError, Kind


class CycleNotFound(DomainError):
    """There is no assessment cycle {cycle_id}."""

    kind, code = Kind.NOT_FOUND, "assessment_cycle.not_found"
    zh = "没有找到考核周期 {cycle_id}。"


class CycleEndsBeforeItBegins(DomainError):
    """The last day of the cycle lies before its first."""

    kind, code = Kind.INVALID, "assessment_cycle.ends_before_it_begins"
    constraint = "ck_assessment_cycle_days_in_order"
    zh = "考核周期的截止日早于开始日，请核对。"


class CycleNotFrozen(DomainError):
    """The assessment cycle {cycle_id} is not frozen yet; nothing can be handed over."""

    kind, code = Kind.CONFLICT, "assessment_cycle.not_frozen"
    zh = "考核周期 {cycle_id} 尚未定格，材料还不能移交。"


class DossierNotFound(DomainError):
    """There is no dossier of the person {person_id}."""

    kind, code = Kind.NOT_FOUND, "dossier.not_found"
    zh = "没有找到人员 {person_id} 的考核材料。"


class DossierPurged(DomainError):
    """The dossier's time was over and its content is gone; the original is in the cadre's file, SHA-256 {sha256}."""

    kind, code = Kind.NOT_FOUND, "dossier.purged"
    zh = "考核材料保存期满，内容已清除；原件在干部档案中，SHA-256 为 {sha256}。"


class IndicatorNotFound(DomainError):
    """There is no indicator {code}."""

    kind, code = Kind.NOT_FOUND, "indicator.not_found"
    zh = "没有指标“{code}”。"


class ReceiptDiffers(DomainError):
    """What was received is not what was handed over (expected {expected}); no receipt is recorded. Fetch it again."""

    kind, code = Kind.CONFLICT, "receipt.differs"
    zh = "收到的内容与移交的内容不一致（应为 {expected}），回执未登记。请重新下载并核对。"
