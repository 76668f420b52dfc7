"""Nobody's name, phone, position or secret reaches a log."""

import io
import json
import logging
import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.log import MAY_HOLD, WITHIN, configure_logs, logger, masked
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
def test_phones_identity_numbers_and_tokens_are_masked_inside_a_text(text: str) -> None:
    assert "***" in masked(text)
    assert not any(part in masked(text) for part in ("13912345678", "19900307", "eyJhb", "MfKQ"))


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
def test_what_a_library_quotes_is_masked(text: str) -> None:
    shown = masked(text)

    assert "***" in shown
    assert "小明" not in shown
    assert shown.split()[0] == text.split(maxsplit=1)[0]


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in WITHIN], ids=lambda pattern: pattern.pattern[:20])
@given(data=st.data())
def test_the_first_look_misses_nothing_that_the_masks_would_find(pattern: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern))

    assert MAY_HOLD.search(text)


def test_whole_fields_are_masked_by_their_name() -> None:
    shown = masked({"name": "张三", "longitude_deg": 118.8, "heard_text": "x", "facts": [{"phone": "1"}], "count": 3})

    assert shown == {
        "name": "***",
        "longitude_deg": "***",
        "heard_text": "***",
        "facts": [{"phone": "***"}],
        "count": 3,
    }


def test_ordinary_numbers_stay() -> None:
    assert masked("visit 01936f5e-7c00-7000-8000-139123456789 took 13912 ms") == (
        "visit 01936f5e-7c00-7000-8000-139123456789 took 13912 ms"
    )


def test_a_log_line_is_json_and_masked_for_libraries_too() -> None:
    stream = io.StringIO()
    before = logging.getLogger().handlers
    configure_logs(stream=stream)

    logger.info("told", phone="13912345678")
    logging.getLogger("a.library").warning("cannot reach %s", "13912345678")

    logging.getLogger().handlers = before
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2
    assert "13912345678" not in stream.getvalue()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("log_parameter_max_length", "0"), ("log_parameter_max_length_on_error", "0"), ("log_error_verbosity", "terse")],
)
def test_the_database_logs_no_values(admin_url: str, template: str, setting: str, value: str) -> None:
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase WHERE datname = %s",
            [template],
        ).fetchone()

    assert row is not None
    assert f"{setting}={value}" in row[0]


def test_no_transaction_of_the_service_outlives_two_seconds(settings: Settings) -> None:
    from service.foundation.db import connection_options

    with psycopg.connect(settings.database_url, options=connection_options(settings.statement_timeout_ms)) as one:
        shown = [
            one.execute(f"SHOW {name}").fetchone()
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
        ]

    assert shown == [("2s",)] * 3
