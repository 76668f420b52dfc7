"""The permission sweep: every route × every role × own, subordinate, sister and superior organisation, over HTTP.

`cases.py` describes the call of each route, `county.py` and `rows.py` create the records, `calls.py` sends the calls,
`check.py` compares the answers with the permissions and with the recorded answers.
"""
