"""A real server in a thread of its own, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from routers.middleware.protocol import LimitedHeaders


@contextmanager
def listening(app: FastAPI, host: str = "127.0.0.1") -> Iterator[int]:
    """The port; bound as `grassroots serve` binds it."""
    config = uvicorn.Config(
        app, host=host, port=0, http=LimitedHeaders, log_config=None, access_log=False, ws="none", server_header=False
    )
    bound = config.bind_socket()
    bound.listen()  # so that nobody is turned away while the thread begins
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
