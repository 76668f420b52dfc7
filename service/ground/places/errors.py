"""Failures of places."""

from service.foundation.errors import DomainError, Kind


class PlaceNotFound(DomainError):
    """There is no place {place_id}."""

    kind, code = Kind.NOT_FOUND, "place.not_found"
    zh = "没有找到走访点 {place_id}。"


class AreaUnusable(DomainError):
    """The area cannot be used: {reason}. Check where it lies; of a polygon, first and last corner must agree and edges
    must not cross.
    """

    kind, code = Kind.INVALID, "fence.area_unusable"
    zh = "围栏区域不可用：{reason}。请检查位置；多边形还要检查各点的次序，首尾两点须相同且边线不相交。"


class AreaTooLarge(DomainError):
    """The fence covers {area_km2} km²; at most {limit_km2} km²."""

    kind, code = Kind.INVALID, "fence.area_too_large"
    zh = "围栏面积 {area_km2} 平方公里，超过上限 {limit_km2} 平方公里。"


class DivisionOfPlaceUnknown(DomainError):
    """The division code is not known. Import the divisions first, or check the code."""

    kind, code, constraint = Kind.INVALID, "place.division_unknown", "fk_place_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"


class FenceNotFound(DomainError):
    """There is no fence {fence_id}."""

    kind, code = Kind.NOT_FOUND, "fence.not_found"
    zh = "没有找到围栏 {fence_id}。"


class GridWithoutCommunity(DomainError):
    """A grid names its community or village as parent_id; no other place has a parent."""

    kind, code, constraint = Kind.INVALID, "place.grid_without_community", "ck_place_grid_has_parent"
    zh = "网格必须注明所属的社区或村（parent_id），其他走访点不能有上级。"


class CreditCodeTaken(DomainError):
    """Another place is registered with this unified social credit code."""

    kind, code, constraint = Kind.CONFLICT, "place.credit_code_taken", "uq_place_credit_code"
    zh = "这个统一社会信用代码已登记在另一个走访点。"


class ReadingNotFound(DomainError):
    """There is no reading {reading_id}."""

    kind, code = Kind.NOT_FOUND, "place_reading.not_found"
    zh = "没有找到行前材料 {reading_id}。"


class TooManyReadings(DomainError):
    """A place has at most {at_most} readings. Take down what is no longer needed first."""

    kind, code = Kind.CONFLICT, "place_reading.too_many"
    zh = "一个走访点最多放 {at_most} 份行前材料，请先撤下不再需要的。"


class ProposalNotFound(DomainError):
    """There is no proposal of a fence {proposal_id}."""

    kind, code = Kind.NOT_FOUND, "fence_proposal.not_found"
    zh = "没有找到围栏建议 {proposal_id}。"


class ProposalDecided(DomainError):
    """This proposal was decided before ({state}). Set or retire the fence itself."""

    kind, code = Kind.CONFLICT, "fence_proposal.decided"
    zh = "这条围栏建议已经决定（{state}）。如需更改，请直接设定或停用围栏。"
