"""A real server in its own thread, on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from routers.middleware.protocol import LimitedHeaders


@contextmanager
def listening(app: FastAPI, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve the app and yield its port. The socket is bound as in `grassroots serve`."""
    config = uvicorn.Config(
        app, host=host, port=0, http=LimitedHeaders, log_config=None, access_log=False, ws="none", server_header=False
    )
    server_socket = config.bind_socket()
    server_socket.listen()  # so that no connection is refused while the thread starts
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [server_socket]})
    thread.start()
    try:
        yield server_socket.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        server_socket.close()
