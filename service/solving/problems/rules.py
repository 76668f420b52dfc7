"""The state machine of problems, on plain values."""

from schemas.solving.problems import ProblemState, ProblemVerb, Rating, Satisfaction
from service.solving.problems.errors import MoveNotPossible, ProblemOver, ReasonMissing

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
"""(state, verb) → next state. A problem closes only after an answer and the rating of the resident (DESIGN §2.4)."""


def possible_moves(state: ProblemState) -> list[ProblemVerb]:
    """The verbs that are possible in this state."""
    return [verb for (from_state, verb) in TRANSITIONS if from_state is state]


def next_state(state: ProblemState, verb: ProblemVerb) -> ProblemState:
    """The state after the verb. Raises MoveNotPossible; ProblemOver if no verb is possible."""
    next_ = TRANSITIONS.get((state, verb))
    if next_ is None:
        if verbs := possible_moves(state):
            raise MoveNotPossible(state=state, verb=verb, possible=verbs)
        raise ProblemOver(state=state, verb=verb)
    return next_


def rating_verb(rating: Rating) -> ProblemVerb:
    """The verb of a rating. Raises ReasonMissing for "not satisfied" without a reason."""
    if rating.satisfaction is Satisfaction.SATISFIED:
        return V.SATISFIED
    if not rating.reason.strip():
        raise ReasonMissing
    return V.NOT_SATISFIED
