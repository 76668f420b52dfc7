"""Rules of imports, on plain values."""


def must_confirm_leavers(leavers: int, covered: int, limit_percent: int) -> bool:
    """Whether so many of the covered persons leave that the confirmation must give their number."""
    return leavers * 100 > covered * limit_percent
