"""Problems of residents, from raising to closing. State machine: `rules.py`. Private link: `links.py`."""
