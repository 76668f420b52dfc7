"""The rules of imports, on plain values."""


def must_name_leavers(leavers: int, covered: int, limit_percent: int) -> bool:
    """Whether so many of the covered persons leave that the confirmation has to say how many."""
    return leavers * 100 > covered * limit_percent
