"""Errors that stop a whole import."""

from collections.abc import Sequence

from service.foundation.errors import DomainError, Kind
from service.operations.imports.issues import ImportIssue


class ImportNotFound(DomainError):
    """There is no such import, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "import.not_found"
    zh = "没有找到这个导入，或者您没有查看的权限。请返回列表核对。"


class NoSuchOrganisation(DomainError):
    """There is no organisation '{value}'. Give the code or the id of an organisation."""

    kind, code = Kind.NOT_FOUND, "import.no_such_organisation"
    zh = "没有组织“{value}”。请给出组织的代码或编号。"


class ImportNotYours(DomainError):
    """Another person opened this import; only that person may upload its file. Open your own import."""

    kind, code = Kind.FORBIDDEN, "import.not_yours"
    zh = "这个导入是别人创建的，只有创建人可以上传文件。请另建一个导入。"


class DayTooFar(DomainError):
    """The file's date is more than {days} days from today. Give the day it describes, usually today."""

    kind, code = Kind.INVALID, "import.day_too_far"
    zh = "文件所反映的日期与今天相差超过 {days} 天。请填写文件所反映的日期，通常是今天；每行的起止日期请写在文件里。"


class ImportNotPossible(DomainError):
    """The import is {state}, which does not allow this. Read it again; for another file open a new one."""

    kind, code = Kind.CONFLICT, "import.not_possible"
    zh = "导入目前的状态是“{state}”，不能这样做。请重新读取；要换文件，请另建一个导入。"


class LeaverCountRequired(DomainError):
    """{leavers} of {covered} persons leave, over {limit_percent} %. If that is right, send leavers: {leavers}."""

    kind, code = Kind.CONFLICT, "import.leaver_count_required"
    zh = "这个文件将使 {leavers} 人（共 {covered} 人）的任职结束，超过 {limit_percent}%。属实请填写离任人数 {leavers}。"


class ImportBusy(DomainError):
    """Another import is being merged; this one changed nothing. Try again when the other has ended."""

    kind, code = Kind.CONFLICT, "import.busy"
    zh = "另一个导入正在合并，本次未做任何改动；请等它结束后再试。"


class FileTooLarge(DomainError):
    """The file has more than {limit_bytes} bytes. Split it, or save it as CSV."""

    kind, code = Kind.INVALID, "import.file_too_large"
    zh = "文件超过 {limit_bytes} 字节。请拆成几个文件，或另存为不带格式的 CSV。"


class FileEmpty(DomainError):
    """The file is empty. Choose a file with headings and at least one row."""

    kind, code = Kind.INVALID, "import.file_empty"
    zh = "文件是空的。请选择有表头和内容的文件。"


class DivisionsRefused(DomainError):
    """There are {total} issues in {source}; no division was imported. Correct the file and import again."""

    kind, code = Kind.INVALID, "division.files_refused"
    zh = "{source} 有 {total} 处错误，未导入任何区划。请改正后重新导入。"

    def __init__(self, source: str, issues: Sequence[ImportIssue], total: int) -> None:
        super().__init__(source=source, total=total)
        self.issues, self.total = issues, total


class DivisionImportRunning(DomainError):
    """Another import of divisions is running; this one changed nothing. Import again when it has ended."""

    kind, code = Kind.CONFLICT, "division.import_running"
    zh = "另一个区划导入正在进行，本次未做任何改动。请等它结束后再导入。"
