"""The reasons of a presence in words, for the person who is shown them first (DESIGN §2.2)."""

from schemas.fieldwork.visits import PresenceReason, PresenceRule, PresenceRules
from service.fieldwork.visits.rules import MEASURE_DESCRIPTIONS, RULES

R = PresenceReason
WORDS: dict[PresenceReason, tuple[str, str]] = {
    R.POSITION_MISSING: (
        "没有附上位置。位置可附可不附，不影响任何事。",
        "No position came with it. You may always leave it out; nothing follows from it.",
    ),
    R.PLACE_NOT_LOCATED: (
        "这个走访点还没有围栏，无从核对，不必理会。",
        "This place has no fence yet, so there is nothing to compare with. You need not do anything.",
    ),
    R.OUTSIDE_FENCE: (
        "手机给出的位置不在走访点的围栏内。可能是定位漂移，也可能围栏画得不准；可请走访点确认您到过。",
        "The phone's position lies outside the place's fence. It may have drifted, or the fence may be wrong; the place"
        " can acknowledge that you were there.",
    ),
    R.FENCE_EDGE: (
        "定位误差较大，只有一部分落在围栏内。到开阔处再签到会更准，不改也可以。",
        "The position is so rough that only part of its circle lies inside. Open sky helps; it is fine as it is.",
    ),
    R.SPEED_IMPOSSIBLE: (
        "与您另一次保存的位置相比，速度不可能这么快，其中一个位置有误。",
        "Compared with another position you keep, nobody travels so fast: one of the two is wrong.",
    ),
    R.POSITION_STALE: (
        "位置是五分钟以前（或以后）取得的，说明不了签到的那一刻。",
        "The position was taken more than five minutes before or after, and tells nothing of that moment.",
    ),
    R.CLOCK_SKEW: (
        "手机时钟与服务器相差五分钟以上，请打开自动校时。",
        "The phone's clock and ours differ by more than five minutes. Let the phone set its time automatically.",
    ),
    R.POSITION_MOCKED: (
        "手机说位置是模拟的；外接定位设备也会这样，所以只记下来，不作判断。",
        "The phone says the position was simulated. So do external receivers: it is noted and decides nothing.",
    ),
    R.SITE_CODE_MATCHED: (
        "现场码相符，说明到过现场。",
        "The code shown at the place fits: somebody read it off there.",
    ),
    R.SITE_CODE_WRONG: (
        "现场码不符，可能抄错或过了时段；只记下来，不作判断。",
        "The code does not fit: mistyped, or of another hour. It is noted and decides nothing.",
    ),
    R.ACKNOWLEDGED_BY_PLACE: (
        "走访点确认有人来过，以走访点的话为准。",
        "The place acknowledged that somebody was there, and its word stands.",
    ),
}


def presence_rules() -> PresenceRules:
    """Every reason with its words and its rule, in the order of the table; what has no rule comes last."""
    known = {rule.reason: rule for rule in RULES}
    reasons = [*known, *(reason for reason in PresenceReason if reason not in known)]
    return PresenceRules(items=[_explained(reason) for reason in reasons])


def _explained(reason: PresenceReason) -> PresenceRule:
    rule = next((one for one in RULES if one.reason is reason), None)
    zh, en = WORDS[reason]
    return PresenceRule(
        reason=reason,
        zh=zh,
        en=en,
        effect=rule.effect if rule else None,
        condition=f"{rule.measure} {rule.operator} {rule.threshold:g}" if rule else None,
        measured=MEASURE_DESCRIPTIONS[rule.measure] if rule else None,
        source=rule.source if rule else None,
    )
