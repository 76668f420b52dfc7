"""The columns of a file of people, and the days of a posting."""

from datetime import date, datetime, time, timedelta

from schemas.identity.organisations import Role
from service.foundation.workdays import BEIJING
from service.operations.imports import cells, words
from service.operations.imports.cells import Column
from service.operations.imports.issues import ImportIssue, IssueCode


def staff_number(cell: cells.Cell) -> str:
    """A staff number. Raises an issue."""
    number = cells.code(cell)
    if cells.is_identity_number(number):
        raise ImportIssue(IssueCode.IDENTITY_NUMBER_AS_KEY)
    return number


COLUMNS = (
    Column("staff_number", ("工号", "人员编号", "职工号", "编号"), staff_number, is_required=True),
    Column("name", ("姓名", "名字"), cells.text, is_required=True),
    Column("organisation_code", ("单位代码", "组织代码", "所在单位代码"), cells.code, is_required=True),
    Column("role", ("角色", "人员角色"), cells.choice(words.ROLES, Role), is_required=True),
    Column("from", ("起始日期", "任职日期", "任职时间", "开始日期"), cells.day),
    Column("until", ("截止日期", "结束日期", "离任日期"), cells.day),
)


def begin_of(day: date) -> datetime:
    """The moment a day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING)


def after(last: date) -> datetime:
    """The first moment that is no longer part of a posting with this last day."""
    return begin_of(last) + timedelta(days=1)


def day_of(moment: datetime) -> str:
    """The day on which a moment falls in Beijing."""
    return moment.astimezone(BEIJING).date().isoformat()


def last_day(until: datetime | None) -> str | None:
    """The last day of a posting; None for one without an end."""
    return day_of(until - timedelta(microseconds=1)) if until else None
