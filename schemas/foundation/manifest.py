"""Enums that manifests and the API share: kinds of inbox items, what a purge does."""

from enum import StrEnum


class PurgeVerb(StrEnum):
    """What a purge does with data whose retention period has ended."""

    REMOVED = "removed"
    MASKED = "masked"
    """The row is kept; personal data in it is removed."""


class InboxKind(StrEnum):
    """The kind of an inbox item: what has to be done."""

    PROBLEM_TO_DISPATCH = "problem_to_dispatch"
    PROBLEM_TO_ACCEPT = "problem_to_accept"
    PROBLEM_TO_ANSWER = "problem_to_answer"
    PROBLEM_TO_REDO = "problem_to_redo"
    PROBLEM_TO_CLOSE = "problem_to_close"
    PROMISE_TO_KEEP = "promise_to_keep"
    INSIGHT_TO_DECIDE = "insight_to_decide"
    VISIT_TO_COMPLETE = "visit_to_complete"
    COMPANION_MAY_DECLINE = "companion_may_decline"
    VISIT_DRAFT_TO_CONFIRM = "visit_draft_to_confirm"
    FENCE_PROPOSAL_TO_DECIDE = "fence_proposal_to_decide"
    VISIT_CORRECTION_TO_DECIDE = "visit_correction_to_decide"
    RESIDENCE_REPORT_TO_CONFIRM = "residence_report_to_confirm"
    RESIDENCE_REPORT_RETURNED = "residence_report_returned"
    PLACEMENT_TO_REPORT = "placement_to_report"
    PLACEMENT_REPORT_TO_DECIDE = "placement_report_to_decide"
    PLACEMENT_TO_APPRAISE = "placement_to_appraise"
    CONTACT_POINT_OPINION = "contact_point_opinion"
    DOSSIER_TO_REVIEW = "dossier_to_review"
    CORRECTION_REQUEST_TO_DECIDE = "correction_request_to_decide"
    CONSENT_TO_RENEW = "consent_to_renew"
    ENDPOINT_STOPPED = "endpoint_stopped"
