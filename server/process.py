"""What a server process does beside answering: it sends reminders, and it ends when its parent process ends."""

import asyncio
import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from litestar import Litestar
from litestar.concurrency import set_asyncio_executor

from server.app import create_app
from server.config import Settings
from server.reminders.worker import Worker

THREADS: Final = 40  # fewer than connections in the pool of server/database.py


def from_environment() -> Litestar:
    """The app, with settings from the environment."""
    set_asyncio_executor(ThreadPoolExecutor(THREADS, "legwork"))
    app = create_app(Settings())
    app.on_startup += [end_streams_at_signal, stay_with_parent, send_reminders]
    app.on_shutdown.append(stop_sending)
    spare_what_stays()
    return app


def spare_what_stays() -> None:
    """Tells the garbage collector not to look at modules and routes again each time a page reads thousands of rows."""
    gc.collect()
    gc.freeze()


def end_streams_at_signal(app: Litestar) -> None:
    """Ends event streams at once when the process is told to stop: Granian announces the shutdown only when all
    connections have ended, and event streams would wait for that."""
    loop, events = asyncio.get_running_loop(), app.state.sync_events
    for number in (signal.SIGTERM, signal.SIGINT):
        # Granian's own handler still runs, because it hears of signals by the loop's pipe.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(events.close))


def send_reminders(app: Litestar) -> None:
    settings: Settings = app.state.settings
    if settings.embedded_worker:
        worker = Worker(app.state.database, settings, settings.address)
        app.state.sending = asyncio.create_task(worker.run())


async def stop_sending(app: Litestar) -> None:
    sending: asyncio.Task[None] | None = app.state.get("sending")
    if sending is not None:
        sending.cancel()
        await asyncio.wait([sending])


def stay_with_parent(app: Litestar) -> None:
    """Ends this process when its parent was killed: nobody could stop it then, and it would hold the port."""
    app.state.watch = asyncio.create_task(_leave_with_parent(os.getppid()))


async def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(1)
    signal.raise_signal(signal.SIGTERM)
