"""A push service that accepts every message after 20 ms: `python -m tests.bench.push_sink`.

Prints its port, and ends when its standard input is closed.
"""

import asyncio
import sys
from typing import Final

from aiohttp import web

ANSWERS_AFTER_S: Final = 0.02


async def take(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(ANSWERS_AFTER_S)
    return web.Response(status=201)


async def main() -> None:
    app = web.Application()
    app.add_routes([web.post("/{subscription}", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
