"""A real `legwork run` process, which a test can set up, stop and kill."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.databases import free_port
from tests.routes.doorstep import token_in

STARTS_WITHIN_S = 60
LEGWORK = Path(sys.executable).with_name("legwork")
LINK = re.compile(r"http://\S+/setup/\S+")


class Server:
    def __init__(self, folder: Path, **settings: str) -> None:
        """Returns when the server answers and has said so; RuntimeError with its log if it does not. `settings`: more
        settings than the folder and the port, named without `LEGWORK_`, such as `DATABASE_URL="postgresql://…"`."""
        self.port, self.log = free_port(), folder / "log"
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGWORK_")}
        settings |= {"DATA_DIR": str(folder), "PORT": str(self.port)}
        environment |= {f"LEGWORK_{name}": value for name, value in settings.items()}
        command = ["setpriv", "--pdeathsig", "TERM", LEGWORK, "run"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                httpx.get(f"{self.url}/readyz").raise_for_status()
                if "Legwork serves on" in self.log.read_text():
                    return
            except httpx.HTTPError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.log.read_text()) from None
            time.sleep(0.05)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    @property
    def pids(self) -> list[int]:
        """The process that was started, and its children."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, own.read_text().split())]

    def kill(self) -> None:
        """Ends the processes at once, as when a machine loses power."""
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    def set_up(self) -> httpx.Client:
        """Makes Dora the admin by the link in the log; the client is her browser, signed in."""
        link = LINK.search(self.log.read_text())
        assert link is not None
        browser = httpx.Client(base_url=self.url, timeout=30)
        data = {"company": "Acme", "name": "Dora", "email": "dora@example.test", "password": "three taps and"}
        token = token_in(browser.get(link[0]))
        answer = browser.post(link[0], data={**data, "locale": "en", "_csrf": token})
        assert answer.headers["location"] == "/people", answer.text
        return browser
