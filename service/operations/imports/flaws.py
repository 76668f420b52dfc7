"""What can be wrong with a file or one of its rows: one class a flaw, saying what is wrong and what to do."""

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

from service.foundation.errors import DomainError, Kind
from service.identity.organisations.divisions.errors import shown


class Flaw(DomainError):
    """One thing wrong. Facts name codes, days and lines, never what a person is called."""

    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(self, **facts: Any) -> None:
        super().__init__(**{name: shown(value) if isinstance(value, str) else value for name, value in facts.items()})


def as_json(field: str | None, flaw: DomainError) -> dict[str, Any]:
    """How a flaw is kept: its code and facts; the sentence is made when somebody reads it."""
    return {"field": field, "code": flaw.code, "facts": flaw.facts}


def sentence(row: dict[str, Any], language: str) -> str:
    """The kept flaw as a sentence. One of a later version that this process does not know shows its code."""
    known = _by_code().get(row["code"])
    return known(**row["facts"]).sentence(language) if known else row["code"]


@cache
def _by_code() -> dict[str, type[DomainError]]:
    return {one.code: one for one in _below(DomainError) if hasattr(one, "code")}


def _below(failure: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in failure.__subclasses__():
        yield one
        yield from _below(one)


# the file as a whole


class NotATable(Flaw):
    """This is neither CSV nor XLSX. Open it with a spreadsheet and save it as `CSV UTF-8` or .xlsx."""

    code = "import.not_a_table"
    zh = "这不是 CSV 或 XLSX 文件。请用 Excel 或 WPS 打开后另存为“CSV UTF-8”或 .xlsx。"


class OldWorkbook(Flaw):
    """This is an old .xls workbook, or one with a password. Save it as .xlsx or `CSV UTF-8`, without a password."""

    code = "import.old_workbook"
    zh = "这是旧格式的 .xls（或加密的）工作簿。请去掉密码，另存为 .xlsx 或“CSV UTF-8”。"


class EncodingUnknown(Flaw):
    """The text is neither UTF-8 nor GB18030. Save the file as `CSV UTF-8`."""

    code = "import.encoding_unknown"
    zh = "文件的文字编码既不是 UTF-8 也不是 GB18030。请另存为“CSV UTF-8”。"


class FileUnreadable(Flaw):
    """The file cannot be read from line {line} on ({reason}). See that quotes come in pairs, or export it again."""

    code = "import.file_unreadable"
    zh = "文件从第 {line} 行起无法读取（{reason}）。请检查引号是否成对，或重新导出。"


class WorkbookTooLarge(Flaw):
    """Unpacked the workbook has more than {limit_bytes} bytes. Keep the one sheet that is needed, or save it as CSV."""

    code = "import.workbook_too_large"
    zh = "工作簿解压后超过 {limit_bytes} 字节。请只保留需要的工作表，或另存为 CSV。"


class TooManyColumns(Flaw):
    """The table has more than {limit} columns. Keep those that are needed."""

    code = "import.too_many_columns"
    zh = "表格超过 {limit} 列。请只保留需要的列。"


class TooManyLines(Flaw):
    """The table has more than {limit} lines. Split it by organisation and import the parts."""

    code = "import.too_many_lines"
    zh = "表格超过 {limit} 行。请按组织拆成几个文件，分别导入。"


class NoLines(Flaw):
    """The table holds nothing. The first line is the headings, each further line one row."""

    code = "import.no_lines"
    zh = "表格里没有内容。第一行应是表头，其后每行一条。"


class ColumnMissing(Flaw):
    """The column '{en_heading}' (in Chinese {zh_heading}) is missing. Add it to the first line."""

    code = "import.column_missing"
    zh = "缺少“{zh_heading}”列（英文表头 {en_heading}）。请在第一行补上。"


class ColumnRepeated(Flaw):
    """The column '{heading}' stands there more than once (columns {first} and {second}). Keep one."""

    code = "import.column_repeated"
    zh = "“{heading}”列出现了不止一次（第 {first}、{second} 列）。请只保留一列。"


class IdentityNumbers(Flaw):
    """Line {line}, column {column} holds an identity number. They are not needed here and not kept: remove the column
    and upload again; people are known by their staff number.
    """

    code = "import.identity_numbers"
    zh = "第 {line} 行第 {column} 列是身份证号码。本系统不需要也不保存身份证号码：人员以工号识别，请删去该列再上传。"


class WorldMoved(Flaw):
    """Before it was confirmed, records were changed elsewhere and the diff no longer held; nothing was merged. Look at
    the new diff and confirm again.
    """

    code = "import.world_moved"
    zh = "确认之前，相关记录已被别处修改，原来的比对结果不再成立，尚未合并任何内容。请查看新的比对结果，再次确认。"


class RightEnded(Flaw):
    """Whoever asked for or confirmed the import may no longer administer the organisation; nothing was merged. Ask its
    administrator to import.
    """

    code = "import.right_ended"
    zh = "提出或确认导入的人员已没有该组织的管理权限，未合并任何内容。请由现任管理员重新导入。"


class RowsRefused(Flaw):
    """Rows to mend: {refused}. The mode is all or nothing, so nothing is imported. Mend them and upload again, or
    choose good_rows.
    """

    code = "import.rows_refused"
    zh = "有 {refused} 行需要改正；按“全部或不导入”的方式，未导入任何内容。请改正后重新上传，或改用“导入正确的行”。"


class LeaversUnknown(Flaw):
    """Of {lines} lines it cannot be told whose they are, so no posting is ended this time. Complete them and import
    again.
    """

    code = "import.leavers_unknown"
    zh = "有 {lines} 行看不出是谁，因此本次不结束任何人的任职。请补全这些行后重新导入。"


# a row


class ValueMissing(Flaw):
    """This may not be empty. Fill it in."""

    code = "import.value_missing"
    zh = "此项不能为空。请填写。"


class ValueTooLong(Flaw):
    """This has more than {limit} characters. Shorten it."""

    code = "import.value_too_long"
    zh = "此项超过 {limit} 个字符。请缩短。"


class ControlCharacter(Flaw):
    """This holds a control character such as NUL or a line break, or bytes of another encoding. Type it again."""

    code = "import.control_character"
    zh = "此项含有控制字符（如 NUL 或换行），或无法识别的文字编码。请重新输入。"


class SecrecyMark(Flaw):
    """This carries a mark of classified documents. This system may not hold state secrets."""

    code = "import.secrecy_mark"
    zh = "此项含有密级标志。本系统不是涉密系统，严禁录入国家秘密。"


class FormulaNotTaken(Flaw):
    """The cell holds a formula. Copy the column and paste it as values."""

    code = "import.formula_not_taken"
    zh = "此格是公式。请复制整列，用“选择性粘贴—数值”粘贴后再导入。"


class DigitsLost(Flaw):
    """A number of more than 15 digits or in scientific notation has lost its last digits. Format the column as text
    and type it again.
    """

    code = "import.digits_lost"
    zh = "此格是超过 15 位的数字或科学计数法，末几位已丢失。请把整列设为“文本”格式后重新输入。"


class CodeMalformed(Flaw):
    """The code '{value}' holds blanks or signs it cannot have. Write it without blanks."""

    code = "import.code_malformed"
    zh = "编号“{value}”含有空格或不能用的符号。请改为不含空格的编号。"


class IdentityNumberAsKey(Flaw):
    """A staff number may not be an identity number (least data). Use the unit's own number."""

    code = "import.identity_number_as_key"
    zh = "工号不能用身份证号码（最小必要）。请改用单位的人员编号。"


class DayUnreadable(Flaw):
    """'{value}' is not a day between 1900 and 2200. Write it like 2026-01-02."""

    code = "import.day_unreadable"
    zh = "“{value}”不是日期，或不在 1900–2200 年之间。请写成 2026-01-02。"


class ChoiceUnknown(Flaw):
    """'{value}' is none of: {known}."""

    code = "import.choice_unknown"
    zh = "“{value}”不在可选范围：{known}。"

    def __init__(self, *, value: str, known: str) -> None:
        super().__init__(value=value)
        self.facts["known"] = known  # our own words, shown whole


class KeyRepeated(Flaw):
    """The same stands on line {other_line}. Keep one of the two."""

    code = "import.key_repeated"
    zh = "与第 {other_line} 行重复。请只保留一行。"


class DivisionNotKnown(Flaw):
    """There is no division '{value}' in force. Check the code, or import the divisions first."""

    code = "import.division_unknown"
    zh = "区划代码“{value}”不存在或已停用。请核对，或先导入区划。"


class MovedMeanwhile(Flaw):
    """While the row was being merged its record was changed elsewhere; the row was left out. Import once more."""

    code = "import.moved_meanwhile"
    zh = "合并这一行时，记录刚被别处修改，此行未合并。请再导入一次。"


class ConflictAtMerge(Flaw):
    """The row conflicts with what was just written and was left out. Import once more and look at the new diff."""

    code = "import.conflict_at_merge"
    zh = "这一行与刚写入的记录冲突，未合并。请再导入一次，查看新的比对结果。"


# organisations


class ParentUnknown(Flaw):
    """The parent '{value}' is neither in the file nor below the organisation of this import. Add it or mend it."""

    code = "import.parent_unknown"
    zh = "上级“{value}”既不在文件里，也不在本次导入的组织及其下级之中。请补上该上级，或改正代码。"


class ParentRefused(Flaw):
    """The parent on line {parent_line} is refused, and so is this row. Mend the parent."""

    code = "import.parent_refused"
    zh = "上级在第 {parent_line} 行，该行有误，故此行也不能导入。请先改正上级。"


class ParentsInCircle(Flaw):
    """The parents go in a circle (lines {lines}). Mend the parent of one of them."""

    code = "import.parents_in_circle"
    zh = "上级互相循环（第 {lines} 行）。请改正其中一行的上级。"


class FamilyDiffers(Flaw):
    """The kind {kind} does not belong to this family: Party organisations are `party`, all others `unit`."""

    code = "import.family_differs"
    zh = "类型“{kind}”与所填的系统不符：党组织填“党组织”，单位填“单位”。"


class FamilyMixed(Flaw):
    """A Party organisation stands under one, a unit under a unit. Mend the parent, or import the two trees apart."""

    code = "import.family_mixed"
    zh = "党组织的上级应是党组织，单位的上级应是单位。请改正上级，或分成两个文件导入。"


class ParentUnusual(Flaw):
    """Taken over as it is: a {kind} does not usually stand below a {parent_kind}; it is listed among the anomalies."""

    code = "import.parent_unusual"
    zh = "已按原样导入：{kind} 一般不设在 {parent_kind} 之下，将列入组织异常清单，请核实处理。"


class KindChanged(Flaw):
    """On record this code is of the kind {recorded}, which does not change. Check the code; a new organisation takes a
    new one.
    """

    code = "import.kind_changed"
    zh = "该代码已登记为“{recorded}”，类型不能修改。请核对代码，新组织请用新代码。"


class ParentChanged(Flaw):
    """On record its parent is '{recorded}'. An import moves no organisation; check it, or have it moved by hand."""

    code = "import.parent_changed"
    zh = "该组织现在的上级是“{recorded}”，与文件不同。导入不调整隶属关系，请核对，或由管理员单独办理。"


class CodeElsewhere(Flaw):
    """The code is used outside the organisation of this import. Check it, or have the administrator above both import
    it.
    """

    code = "import.code_elsewhere"
    zh = "该编号已用于本次导入范围以外的记录。请核对编号，或由管理两边的上级管理员导入。"


# people


class OrganisationUnknown(Flaw):
    """There is no organisation '{value}' below that of the import. Check the code, or import organisations first."""

    code = "import.organisation_unknown"
    zh = "本次导入的组织及其下级中没有代码为“{value}”的组织。请核对代码，或先导入组织。"


class NamesDiffer(Flaw):
    """Line {other_line} has the same staff number and another name. See whether it is the same person."""

    code = "import.names_differ"
    zh = "与第 {other_line} 行工号相同而姓名不同。请核对是不是同一个人。"


class PersonElsewhere(Flaw):
    """The staff number belongs to somebody outside the organisation of this import. Check it; for somebody who moved
    in, have the administrator above both import it.
    """

    code = "import.person_elsewhere"
    zh = "该工号已用于本次导入范围以外的人员。请核对；确是调入的，请由管理两边的上级管理员导入。"


class NameNotYours(Flaw):
    """On record the name differs, and the person also stands elsewhere, so it is not changed here. Check the number,
    or ask the administrator of the person's own organisation.
    """

    code = "import.name_not_yours"
    zh = "登记的姓名与文件不同，而此人还在别处任职，姓名不能在这里改。请核对工号，或由其所属组织的管理员更改。"


class DelegateByHand(Flaw):
    """A delegate's posting names one leader and its end: enter it by hand and take the line out of the file."""

    code = "import.delegate_by_hand"
    zh = "联络员须指明一位领导和截止日期，请由管理员单独办理，并从文件中删去此行。"


class BeginsOtherwise(Flaw):
    """On record the posting began on {recorded}. A file does not change that: mend the cell or leave it empty."""

    code = "import.begins_otherwise"
    zh = "该任职登记的起始日期是 {recorded}，与文件不同。已登记的起始日期不由导入修改，请改正或留空此格。"


class BeginsTooEarly(Flaw):
    """The same role there ended on {recorded}. For a new term give a beginning on that day or later."""

    code = "import.begins_too_early"
    zh = "同一组织、同一角色的任职已于 {recorded} 结束。再次任职的，请填写不早于该日的起始日期。"


# enterprises


class CreditCodeWrong(Flaw):
    """'{value}' is no unified social credit code: eighteen signs, the last a check. Look it up again."""

    code = "import.credit_code_wrong"
    zh = "“{value}”不是统一社会信用代码：应为 18 位，且末位校验码正确。请核对。"


class PlaceIsOther(Flaw):
    """The code is on record for a place of the kind {recorded}, not an enterprise. Check it, or take the line out."""

    code = "import.place_is_other"
    zh = "该信用代码已登记为“{recorded}”类走访点，不是企业。请核对，或从文件中删去此行。"


class ResponsibleChanged(Flaw):
    """On record another organisation is responsible. A file does not change that; check the code."""

    code = "import.responsible_changed"
    zh = "登记的责任单位与文件不同。责任单位不由导入调整，请核对。"


class NumberUnreadable(Flaw):
    """'{value}' is not a number. Write it like 118.80637."""

    code = "import.number_unreadable"
    zh = "“{value}”不是数字。请填写十进制数，如 118.80637。"


class PositionIncomplete(Flaw):
    """Longitude, latitude and datum belong together. The datum is wgs84, gcj02 or bd09."""

    code = "import.position_incomplete"
    zh = "经度、纬度、坐标系须同时填写。坐标系填 WGS84、GCJ02（高德、腾讯）或 BD09（百度）。"


class PositionImpossible(Flaw):
    """The position lies outside its datum; longitude and latitude may be exchanged. Check them."""

    code = "import.position_impossible"
    zh = "这个位置不在该坐标系的范围内，经纬度可能填反了。请核对。"


class RadiusOutOfRange(Flaw):
    """The radius of the fence lies between {least} and {most} metres."""

    code = "import.radius_out_of_range"
    zh = "围栏半径应在 {least}–{most} 米之间。"


class RadiusWithoutPosition(Flaw):
    """There is a radius and no position, so no fence is set. Add longitude, latitude and datum, or leave it out."""

    code = "import.radius_without_position"
    zh = "只填了半径、没有位置，围栏未设定。请同时填写经度、纬度、坐标系，或删去半径。"


class FenceStands(Flaw):
    """The enterprise has a fence that differs from this position or radius; a file does not move it. If it should
    move, retire the fence of the place and set another.
    """

    code = "import.fence_stands"
    zh = "该企业已有围栏，与此行的位置或半径不同；导入不改动已有围栏。确需更改，请在走访点中停用原围栏、另设新围栏。"
