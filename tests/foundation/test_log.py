"""Names, phones, positions and secrets are masked in logs."""

import io
import json
import logging
import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.log import MAY_HOLD, WITHIN, configure_logs, logger, mask
from service.foundation.settings import Settings


@pytest.mark.parametrize(
    "text",
    [
        "call 13912345678 now",
        "+86 13912345678",
        "id 32010219900307451X",
        "Bearer eyJhbGciOi.eyJzdWIi.c2ln",
        "secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ],
)
def test_phone_identity_number_and_token_in_a_text_are_masked(text: str) -> None:
    assert "***" in mask(text)
    assert not any(part in mask(text) for part in ("13912345678", "19900307", "eyJhb", "MfKQ"))


@pytest.mark.parametrize(
    "text",
    [
        'NotNullViolation: null value in column "x"\nDETAIL:  Failing row contains (1, 王\n小明, null).\n[SQL: INSERT]',
        "UniqueViolation: duplicate key\nDETAIL:  Key (login)=(王\n小明) already exists.",
        'invalid input syntax for type json: "王\n小明"\nCONTEXT:  JSON data, line 1: 王小明',
        "1 validation error for SignIn\nlogin\n  wrong [type=x, input_value={'a': '王', 'b': '小明'}, input_type=dict]",
        "cannot connect to postgresql://service:王小明@db/grassroots",
        "GET https://grassroots.test/p/王小明Qm9vCg1234",
    ],
)
def test_value_quoted_by_a_library_is_masked(text: str) -> None:
    result = mask(text)

    assert "***" in result
    assert "小明" not in result
    assert result.split()[0] == text.split(maxsplit=1)[0]


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in WITHIN], ids=lambda pattern: pattern.pattern[:20])
@given(data=st.data())
def test_quick_pattern_matches_every_text_that_a_mask_matches(pattern: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern))

    assert MAY_HOLD.search(text)


def test_field_with_a_secret_name_is_masked_completely() -> None:
    result = mask({"name": "张三", "longitude_deg": 118.8, "heard_text": "x", "facts": [{"phone": "1"}], "count": 3})

    assert result == {
        "name": "***",
        "longitude_deg": "***",
        "heard_text": "***",
        "facts": [{"phone": "***"}],
        "count": 3,
    }


def test_other_numbers_are_not_masked() -> None:
    assert mask("visit 01936f5e-7c00-7000-8000-139123456789 took 13912 ms") == (
        "visit 01936f5e-7c00-7000-8000-139123456789 took 13912 ms"
    )


def test_log_line_of_a_library_is_json_and_masked() -> None:
    stream = io.StringIO()
    before = logging.getLogger().handlers
    configure_logs(stream=stream)

    logger.info("notified", phone="13912345678")
    logging.getLogger("a.library").warning("cannot reach %s", "13912345678")

    logging.getLogger().handlers = before
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert "13912345678" not in stream.getvalue()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("log_parameter_max_length", "0"), ("log_parameter_max_length_on_error", "0"), ("log_error_verbosity", "terse")],
)
def test_database_logs_no_values(admin_url: str, template: str, setting: str, value: str) -> None:
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase WHERE datname = %s",
            [template],
        ).fetchone()

    assert row is not None
    assert f"{setting}={value}" in row[0]


def test_database_timeouts_of_the_service_are_two_seconds(settings: Settings) -> None:
    from service.foundation.db import connection_options

    with psycopg.connect(
        settings.database_url, options=connection_options(settings.statement_timeout_ms)
    ) as connection:
        timeouts = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
        ]

    assert timeouts == [("2s",)] * 3
