"""Sentences that explain the presence reasons to the visitor (DESIGN §2.2)."""

from schemas.fieldwork.visits import PresenceReason, PresenceRuleOut, PresenceRules
from service.fieldwork.visits.rules import MEASURE_DESCRIPTIONS, RULES

R = PresenceReason
SENTENCES: dict[PresenceReason, tuple[str, str]] = {
    R.POSITION_MISSING: (
        "没有附上位置。位置可附可不附，不影响任何事。",
        "The check-in had no position. A position is always optional and has no consequence.",
    ),
    R.PLACE_NOT_LOCATED: (
        "这个走访点还没有围栏，无从核对，不必理会。",
        "This place has no fence yet, so the position cannot be checked. You need not do anything.",
    ),
    R.OUTSIDE_FENCE: (
        "手机给出的位置不在走访点的围栏内。可能是定位漂移，也可能围栏画得不准；可请走访点确认您到过。",
        "The phone's position is outside the fence of the place. The position or the fence may be wrong. The place can"
        " acknowledge that you were there.",
    ),
    R.FENCE_EDGE: (
        "定位误差较大，只有一部分落在围栏内。到开阔处再签到会更准，不改也可以。",
        "The position is inaccurate: only part of its circle is inside the fence. Check in under open sky for a better"
        " position; you need not do anything.",
    ),
    R.SPEED_IMPOSSIBLE: (
        "与您另一次保存的位置相比，速度不可能这么快，其中一个位置有误。",
        "The speed from or to another position you stored is impossible. One of the two positions is wrong.",
    ),
    R.POSITION_STALE: (
        "位置是五分钟以前（或以后）取得的，说明不了签到的那一刻。",
        "The position was measured more than five minutes before or after the check-in, so it proves nothing.",
    ),
    R.CLOCK_SKEW: (
        "手机时钟与服务器相差五分钟以上，请打开自动校时。",
        "The phone's clock and the server's clock differ by more than five minutes. Turn on automatic time.",
    ),
    R.POSITION_MOCKED: (
        "手机说位置是模拟的；外接定位设备也会这样，所以只记下来，不作判断。",
        "The phone reports a simulated position. External receivers cause this too, so it decides nothing.",
    ),
    R.SITE_CODE_MATCHED: (
        "现场码相符，说明到过现场。",
        "The site code is right, so you were at the place.",
    ),
    R.SITE_CODE_WRONG: (
        "现场码不符，可能抄错或过了时段；只记下来，不作判断。",
        "The site code is wrong or has expired. It is noted and decides nothing.",
    ),
    R.ACKNOWLEDGED_BY_PLACE: (
        "走访点已确认您来过，以走访点的确认为准。",
        "The place acknowledged the visit. Its confirmation decides.",
    ),
}


def presence_rules() -> PresenceRules:
    """List every reason with its sentences and its rule.

    Order: as in `RULES`; reasons without a rule come last.
    """
    with_rule = {rule.reason: rule for rule in RULES}
    reasons = [*with_rule, *(reason for reason in PresenceReason if reason not in with_rule)]
    return PresenceRules(items=[_build_explanation(reason) for reason in reasons])


def _build_explanation(reason: PresenceReason) -> PresenceRuleOut:
    rule = next((rule for rule in RULES if rule.reason is reason), None)
    zh, en = SENTENCES[reason]
    return PresenceRuleOut(
        reason=reason,
        zh=zh,
        en=en,
        effect=rule.effect if rule else None,
        condition=f"{rule.measure} {rule.operator} {rule.threshold:g}" if rule else None,
        measured=MEASURE_DESCRIPTIONS[rule.measure] if rule else None,
        source=rule.source if rule else None,
    )
