"""The permission sweep: every route × every role × own, subordinate, sister and superior organisation, over HTTP.

Each domain describes the calls of its routes in `tests/<floor>/<word>/sweep_cases.py`, as `case.py` says; `cases.py`
collects them. `county.py` and `rows.py` create the records, `calls.py` sends the calls, `check.py` compares the answers
with the permissions and with the recorded answers.
"""
