"""The HTTP protocol of the server with a limit for headers, which the library does not have."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from routers.middleware.limits import HEAD_LIMIT_BYTES


class LimitedHeaders(HttpToolsProtocol):
    """Close the connection when the headers of a request exceed the limit."""

    is_in_head = False
    waiting_bytes = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head = True

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.waiting_bytes = self.waiting_bytes + len(data) if self.is_in_head else 0
        if self.waiting_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self.send_400_response("Request header fields too large.")
