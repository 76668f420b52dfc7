"""Problems: carried to the end. Which way they can move: `rules.py`; the resident's private link: `links.py`."""
