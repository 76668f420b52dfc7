"""Which way a problem can move: one table. What may be asked of a move, on plain values."""

from schemas.solving.problems import Judgement, ProblemState, ProblemVerb, Satisfaction
from service.solving.problems.errors import NotPossible, ProblemOver, ReasonMissing

S, V = ProblemState, ProblemVerb

TRANSITIONS: dict[tuple[ProblemState, ProblemVerb], ProblemState] = {
    (S.RAISED, V.DISPATCH): S.DISPATCHED,
    (S.DISPATCHED, V.DISPATCH): S.DISPATCHED,  # the first dispatch was wrong
    (S.DISPATCHED, V.ACCEPT): S.ACCEPTED,
    (S.ACCEPTED, V.ANSWER): S.ANSWERED,
    (S.ANSWERED, V.SATISFIED): S.CONFIRMED,
    (S.ANSWERED, V.NOT_SATISFIED): S.REOPENED,
    (S.REOPENED, V.ANSWER): S.ANSWERED,  # redone by the same owner (DOMAIN §5.3)
    (S.CONFIRMED, V.CLOSE): S.CLOSED,
}
"""(state, verb) → state. A problem closes only after an outcome, an answer and the person's own word (DESIGN §2.4)."""


def possible(state: ProblemState) -> list[ProblemVerb]:
    """What can be done to a problem in this state."""
    return [verb for (known, verb) in TRANSITIONS if known is state]


def move(state: ProblemState, verb: ProblemVerb) -> ProblemState:
    """The state after the move. Raises NotPossible, naming what is; ProblemOver when nothing is."""
    following = TRANSITIONS.get((state, verb))
    if following is None:
        if others := possible(state):
            raise NotPossible(state=state, verb=verb, possible=others)
        raise ProblemOver(state=state, verb=verb)
    return following


def verb_of(judgement: Judgement) -> ProblemVerb:
    """The move a word means. Raises ReasonMissing for a no without a reason."""
    if judgement.satisfaction is Satisfaction.SATISFIED:
        return V.SATISFIED
    if not judgement.reason.strip():
        raise ReasonMissing
    return V.NOT_SATISFIED
