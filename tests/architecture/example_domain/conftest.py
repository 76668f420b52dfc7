"""The files of the example are tested by `test_adding_a_domain.py`; pytest does not run them here."""

collect_ignore_glob = ["*"]
