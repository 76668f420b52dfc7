"""SQL of the retention rule that masks closed problems."""

NUMBERS = (
    r"(?<![0-9])(\+?86[- ]?)?1[3-9][0-9]([- ]?[0-9]{4}){2}(?![0-9])"
    r"|(?<![0-9])0[0-9]{2,3}[- ]?[0-9]{7,8}(?![0-9])|(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])"
)
"""Matches mobile numbers, landline numbers and identity numbers in free texts."""

# columns and pattern are constants of our own code; every value is bound
MASKED = ", ".join(
    f"{column} = regexp_replace({column}, '{NUMBERS}', '***', 'g')"
    for column in ("description", "answer", "satisfaction_reason")
)
MASK_PROBLEMS = f"""
WITH due AS (
    SELECT id FROM problem WHERE closed_at < :before AND masked_at IS NULL
    ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED
), contact AS (DELETE FROM problem_contact USING due WHERE problem_id = due.id),
link AS (DELETE FROM problem_link USING due WHERE problem_id = due.id)
UPDATE problem SET masked_at = :now, {MASKED} FROM due WHERE problem.id = due.id RETURNING problem.id
"""  # noqa: S608 - see above
