"""Errors of places, fences, fence proposals and readings."""

from schemas.foundation.labels import Labelled, LabelledEnum
from service.foundation.errors import DomainError, Kind


class PlaceNotFound(DomainError):
    """There is no such place, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "place.not_found"
    zh = "没有找到这个走访点，或者您没有查看的权限。请返回列表核对。"


class AreaFault(LabelledEnum):
    """Why an area cannot be a fence. The last seven values are the texts of PostGIS `ST_IsValidReason`."""

    NOT_CLOSED = "the first and the last point differ", "首尾两点不同"
    AT_A_POLE = "it lies at a pole", "位于极区"
    OVER_ANTIMERIDIAN = "it crosses the antimeridian, 180°", "跨越 180° 经线"
    SELF_INTERSECTION = "Self-intersection", "边线自相交"
    RING_SELF_INTERSECTION = "Ring Self-intersection", "边线与自身相接"
    TOO_FEW_POINTS = "Too few points in geometry component", "不同的点太少"
    INVALID_COORDINATE = "Invalid Coordinate", "坐标无效"
    DISCONNECTED = "Interior is disconnected", "内部不连通"
    DUPLICATE_RINGS = "Duplicate Rings", "边线重复"
    REPEATED_POINT = "Repeated Point", "点重复"


def label_area_fault(reason: str) -> str:
    """Add the Chinese label to a reason of PostGIS, such as `Self-intersection[118 32]`.

    An unknown reason gets the label of an invalid area (图形无效).
    """
    name, _, position = reason.partition("[")
    label = next((fault.zh for fault in AreaFault if fault == name), "图形无效")
    return Labelled(reason, f"{label}（{position.rstrip(']')}）" if position else label)


class AreaUnusable(DomainError):
    """The area cannot be used: {reason}. Check its position. A polygon must end where it begins, and its
    sides must not cross.
    """

    kind, code = Kind.INVALID, "fence.area_unusable"
    zh = "围栏区域不可用：{reason}。请检查位置；多边形还要检查各点的次序，首尾两点须相同且边线不相交。"


class AreaTooLarge(DomainError):
    """The fence covers {area_km2} km²; the limit is {limit_km2} km². Make the fence smaller."""

    kind, code = Kind.INVALID, "fence.area_too_large"
    zh = "围栏面积 {area_km2} 平方公里，超过上限 {limit_km2} 平方公里。请缩小围栏。"


class DivisionOfPlaceUnknown(DomainError):
    """The division code does not exist. Import the divisions first, or check the code."""

    kind, code, constraint = Kind.INVALID, "place.division_unknown", "fk_place_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"


class FenceNotFound(DomainError):
    """There is no such fence, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "fence.not_found"
    zh = "没有找到这个围栏，或者您没有查看的权限。请返回列表核对。"


class GridWithoutCommunity(DomainError):
    """A grid needs its community or village as parent; other places have no parent. Check the parent."""

    kind, code, constraint = Kind.INVALID, "place.grid_without_community", "ck_place_grid_has_parent"
    zh = "网格必须注明所属的社区或村，其他走访点不能有上级。请核对。"


class CreditCodeTaken(DomainError):
    """Another place has this unified social credit code. Check the code, or use the existing place."""

    kind, code, constraint = Kind.CONFLICT, "place.credit_code_taken", "uq_place_credit_code"
    zh = "这个统一社会信用代码已登记在另一个走访点。请核对代码，或使用已有的走访点。"


class ReadingNotFound(DomainError):
    """There is no such reading, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "place_reading.not_found"
    zh = "没有找到这份行前材料，或者您没有查看的权限。请返回列表核对。"


class TooManyReadings(DomainError):
    """A place has at most {at_most} readings. Remove a reading that is no longer needed, then try again."""

    kind, code = Kind.CONFLICT, "place_reading.too_many"
    zh = "一个走访点最多放 {at_most} 份行前材料，请先撤下不再需要的。"


class ProposalNotFound(DomainError):
    """There is no such fence proposal, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "fence_proposal.not_found"
    zh = "没有找到这条围栏建议，或者您没有查看的权限。请返回列表核对。"


class ProposalDecided(DomainError):
    """This proposal is already decided ({state}). To change the result, set or retire the fence."""

    kind, code = Kind.CONFLICT, "fence_proposal.decided"
    zh = "这条围栏建议已经决定（{state}）。如需更改，请直接设定或停用围栏。"
