"""What stops an import as a whole."""

from service.foundation.errors import DomainError, Kind


class ImportNotFound(DomainError):
    """There is no import {import_id}."""

    kind, code = Kind.NOT_FOUND, "import.not_found"
    zh = "没有找到导入 {import_id}。"


class ImportNotYours(DomainError):
    """Somebody else opened this import, and only that person may send its file. Open one of your own."""

    kind, code = Kind.FORBIDDEN, "import.not_yours"
    zh = "这个导入是别人创建的，只有创建人可以上传文件。请另建一个导入。"


class DayTooFar(DomainError):
    """as_of is more than {days} days from today. Give the day the file describes, usually today; days of rows stand in
    the file.
    """

    kind, code = Kind.INVALID, "import.day_too_far"
    zh = "as_of 与今天相差超过 {days} 天。请填写文件所反映的日期，通常是今天；每行的起止日期请写在文件里。"


class ImportNotPossible(DomainError):
    """The import is {state}, which does not allow this. Read it again; for another file open another import."""

    kind, code = Kind.CONFLICT, "import.not_possible"
    zh = "导入目前的状态是“{state}”，不能这样做。请重新读取；要换文件，请另建一个导入。"


class LeaversNotNamed(DomainError):
    """This file would end the postings of {leavers} of {covered} persons, more than {limit_percent} %. If that is
    meant, say leavers: {leavers}.
    """

    kind, code = Kind.CONFLICT, "import.leavers_not_named"
    zh = "这个文件将使 {leavers} 人（共 {covered} 人）的任职结束，超过 {limit_percent}%。属实请填 leavers = {leavers}。"


class ImportWaits(DomainError):
    """Another import is being merged; this one changed nothing. It is tried again afterwards, or try again later."""

    kind, code = Kind.CONFLICT, "import.waits"
    zh = "另一个导入正在合并，本次未做任何改动；等它结束后会再试，或请稍后重试。"


class FileTooLarge(DomainError):
    """The file has more than {limit_bytes} bytes. Split it, or save it as plain CSV."""

    kind, code = Kind.INVALID, "import.file_too_large"
    zh = "文件超过 {limit_bytes} 字节。请拆成几个文件，或另存为不带格式的 CSV。"


class FileEmpty(DomainError):
    """The file is empty. Choose one with headings and content."""

    kind, code = Kind.INVALID, "import.file_empty"
    zh = "文件是空的。请选择有表头和内容的文件。"
