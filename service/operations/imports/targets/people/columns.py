"""The columns of a file of people, and conversions between days and timestamps of a posting."""

from datetime import date, datetime, time, timedelta

from schemas.identity.organisations import Role
from service.foundation.workdays import BEIJING
from service.operations.imports import cells, synonyms
from service.operations.imports.cells import Column
from service.operations.imports.issues import ImportIssue, IssueCode


def staff_number(cell: cells.Cell) -> str:
    """Parse a staff number. Raises ImportIssue."""
    number = cells.parse_code(cell)
    if cells.is_identity_number(number):
        raise ImportIssue(IssueCode.IDENTITY_NUMBER_AS_KEY)
    return number


COLUMNS = (
    Column("staff_number", ("工号", "人员编号", "职工号", "编号"), staff_number, is_required=True),
    Column("name", ("姓名", "名字"), cells.parse_text, is_required=True),
    Column("organisation_code", ("单位代码", "组织代码", "所在单位代码"), cells.parse_code, is_required=True),
    Column("role", ("角色", "人员角色"), cells.choice_parser(synonyms.ROLES, Role), is_required=True),
    Column("from", ("起始日期", "任职日期", "任职时间", "开始日期"), cells.parse_day),
    Column("until", ("截止日期", "结束日期", "离任日期"), cells.parse_day),
)


def start_of_day(day: date) -> datetime:
    """The timestamp at which a day starts in Beijing."""
    return datetime.combine(day, time(), BEIJING)


def end_after(day: date) -> datetime:
    """The exclusive end of a posting with this last day."""
    return start_of_day(day) + timedelta(days=1)


def iso_day(timestamp: datetime) -> str:
    """The day of a timestamp in Beijing, in ISO 8601."""
    return timestamp.astimezone(BEIJING).date().isoformat()


def last_day(until: datetime | None) -> str | None:
    """The last day of a posting in ISO 8601; None without an end."""
    return iso_day(until - timedelta(microseconds=1)) if until else None
