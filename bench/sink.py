"""A fast webhook receiver, a separate process: it answers 204 to each POST and prints its port."""

import asyncio
from typing import cast

import uvloop

END = b"\r\n\r\n"


class Sink(asyncio.Protocol):
    """Reads requests by their Content-Length and answers each."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(END)) >= 0:
            length = int(self.buffer[:head].lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(self.buffer) < head + len(END) + length:
                return
            self.buffer = self.buffer[head + len(END) + length :]
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def main() -> None:
    """Listen on the loopback until killed."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
