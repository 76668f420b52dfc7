"""The negative list (DESIGN §2.1): words for app activity or the comparison of persons."""

import re

# only the plural is forbidden where the singular is harmless: a user may log in, but the system counts no logins
ACTS = r"(log_?ins?|sign_?ins?|check_?ins?|sign_?ups?|reads?|clicks?|views?|launch(es)?|opens?|visits?|posts?|uploads?)"
MEASURES = r"(counts?|numbers?|totals?|times|quotas?|days|rates?|frequency|streaks?)"
PART = re.compile(
    r"(^|[^a-z])("
    r"points|scores?|scored|scoring|scoreboards?|scorecards?|rank(s|ed|ing|ings)?|leaderboards?|league_tables?|streaks?"
    r"|percentiles?|quantiles?|installs?|installed|installations?|downloads?_counts?|rewards?|honou?r_rolls?"
    r"|badges?|medals?|stars?|star_ratings?|troph(y|ies)|grades?|graded|grading|karma|gamification|level_up"
    r"|logins|log_ins|sign_ins|clicks|views|page_?views|app_opens|app_launches|heartbeats"
    r"|(online|screen|active|usage|session|app)_(time|duration|hours|minutes|seconds|days|users|s)"
    r"|(time|hours|minutes|days)_(online|active|on_app|in_app|spent_in_app)|(daily|weekly|monthly)_active|usage"
    r"|last_(active|online|login|log_in)|activ(ity|eness)_(levels?|index|indexes|rates?|counts?|days|hours|minutes)"
    rf"|{ACTS}_{MEASURES}|(count|counts|number|numbers|total|totals)_(of_)?{ACTS}"
    r")($|[^a-z])"
)
"""Matches whole words of a name in which `camelCase`, `-` and spaces were replaced by `_`."""
PART_ZH = re.compile(
    r"积分|分数|得分|打分|评分|计分|排名|排行|名次|榜单|光荣榜|红黑榜|百分位|评星|星级|评级|等次|勋章|奖章|徽章"
    r"|(打卡|签到|登录|登陆|点击|阅读|浏览|访问|启动|打开|发帖|走访)(次数|天数|时长|总数|数量|频次|率|量)|次数统计"
    r"|活跃|在线(时长|时间|天数)|使用(时长|时间|天数|频次)|连续(打卡|签到|登录)|安装(量|率|数)|下载量|日活|月活"
)
"""The same words in Chinese, which has no spaces between words."""
FINE = re.compile(r"contact_points?")
"""A contact point connects a leader with a place; it is no score."""


def is_forbidden(name: str) -> bool:
    """Return whether a name or a heading contains a forbidden word."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s\-]+", "_", name).lower()
    return (PART.search(FINE.sub("tie", words)) or PART_ZH.search(name)) is not None


def found_in(text: str) -> set[str]:
    """Return the forbidden words in a text."""
    words = re.sub(r"[\s\-]+", "_", text).lower()
    latin = {hit[0].strip("_ ") for hit in PART.finditer(FINE.sub("tie", words))}
    return latin | {hit[0] for hit in PART_ZH.finditer(text)}
