"""A real server process: started, set up by its link, stopped in the middle of everything."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.database import open_database
from server.migrate import upgrade
from tests.databases import free_port
from tests.served import LEGWORK, LINK, STARTS_WITHIN_S, Server

FORM = "application/x-www-form-urlencoded"
# All that `legwork demo` does, except for making up the company, which takes long; then a server reads a file of it.
DEMO = """
import os, signal, sys
from server.cli import demo
from server.files.store import open_store

def serve(settings, workers, to_tell):
    kept = next((settings.data_dir / "files" / "files").glob("*/*"))
    if os.fork() == 0:
        signal.alarm(20)
        os._exit(open_store(settings).get(f"files/{kept.parent.name}/{kept.name}") != kept.read_bytes())
    sys.exit(os.wait()[1] != 0)

demo._seeded, demo._told, demo.serve = lambda *_: [], lambda *_: "", serve
demo.require_port = lambda *_: None
demo.demo.callback()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    database = open_database(f"sqlite:///{tmp_path / 'legwork.db'}")
    upgrade(database)
    database.close()
    for name in ("server", "sync"):  # other packages of these names, in the folder where it is started
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('not ours')")
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


def test_the_printed_link_sets_it_up_and_the_next_start_prints_none(server: Server, tmp_path: Path) -> None:
    browser = server.set_up()
    assert browser.get("/today").status_code == 200
    assert server.stop() == 0
    again = Server(tmp_path)
    try:
        assert LINK.search(again.log.read_text()) is None
        browser.base_url = httpx.URL(again.url)
        assert browser.get("/today").status_code == 200, "a restart signs nobody out"
    finally:
        again.stop()


def test_the_link_is_printed_when_it_can_be_opened(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'legwork.db'}")
    upgrade(database)
    database.close()
    environment = {**os.environ, "LEGWORK_DATA_DIR": str(tmp_path), "LEGWORK_PORT": str(free_port())}
    with subprocess.Popen([LEGWORK, "run"], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            link = next(found for line in process.stdout if (found := LINK.search(line)))
            assert httpx.get(link[0], timeout=30).status_code == 200
        finally:
            process.terminate()


def test_stopping_ends_open_event_streams_by_itself(server: Server) -> None:
    browser = server.set_up()
    with browser.stream("GET", "/sync/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        server.process.send_signal(signal.SIGTERM)
        assert ": goodbye" in list(lines), "told, and not cut off"
    assert server.process.wait(30) == 0
    assert "Killing" not in server.log.read_text(), "nobody had to be forced within the two seconds they have"


def test_too_large_a_body_is_answered_and_the_server_goes_on(server: Server) -> None:
    browser = server.set_up()
    headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
    answer = browser.post("/visits", data={"note": "x" * 10_000_000}, headers=headers)
    assert answer.status_code == 413
    assert browser.get("/today").status_code == 200


def test_a_line_that_goes_in_the_middle_of_a_body_is_no_fault_of_the_server(server: Server) -> None:
    browser = server.set_up()
    for path in ("/visits", "/sync/push", "/files"):
        assert half_a_post(browser, server.port, path).startswith(b"HTTP/1.1 400 ")
    logged = server.log.read_text()
    assert "status=400" in logged
    assert "status=500" not in logged
    assert "broke" not in logged
    assert browser.get("/today").status_code == 200


def half_a_post(browser: httpx.Client, port: int, path: str) -> bytes:
    """What is answered to whoever sends no more than nine bytes of a thousand."""
    headers = {"X-CSRFToken": browser.cookies["csrftoken"], "Content-Type": FORM}
    request = browser.build_request("POST", path, content=b"x" * 1000, headers=headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\nnote=half".encode())
        line.shutdown(socket.SHUT_WR)
        return line.recv(10_000)


def test_lines_on_which_nothing_comes_keep_nobody_out(server: Server) -> None:
    """Clients that say nothing from the beginning, or stop in the middle of a body. The server ends both after a while,
    for which this test does not wait."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4000, most) if most > 0 else 4000, most))
    here = "127.0.0.1", server.port
    lines: list[socket.socket] = []
    try:
        lines += (socket.create_connection(here, timeout=30) for _ in range(1200))
        for line in lines[::2]:
            line.sendall(f"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n".encode())
            line.sendall(b"Content-Length: 1000\r\n\r\nemail=half")
        assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
    finally:
        for line in lines:
            line.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def test_the_server_of_the_demo_gives_the_first_file_that_it_is_asked_for(tmp_path: Path) -> None:
    environment = {**os.environ, "LEGWORK_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", DEMO], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_collector_spares_what_a_server_is_made_of(tmp_path: Path) -> None:
    code = "import gc; from server.process import from_environment; from_environment(); print(gc.get_freeze_count())"
    environment = {**os.environ, "LEGWORK_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > 100_000


def test_killing_the_main_process_leaves_no_other_on_the_port(server: Server) -> None:
    server.process.kill()
    server.process.wait(30)
    deadline = time.monotonic() + STARTS_WITHIN_S
    while listens(server.port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not listens(server.port)


def test_a_second_server_does_not_share_the_port_and_the_link_of_the_first_stays(
    server: Server, tmp_path: Path
) -> None:
    done = started(DATA_DIR=str(tmp_path), PORT=str(server.port))
    assert done.returncode == 1
    assert (
        f"Another program listens on 127.0.0.1:{server.port} already. Stop it, or set LEGWORK_PORT"
        in done.stderr
    ), done.stderr
    assert LINK.search(done.stdout) is None
    assert server.set_up().get("/today").status_code == 200


def test_an_address_that_is_not_this_machines_is_said_in_a_sentence(server: Server, tmp_path: Path) -> None:
    done = started(DATA_DIR=str(tmp_path), PORT=str(server.port), HOST="192.0.2.1")
    assert done.returncode == 1
    assert f"Legwork cannot listen on 192.0.2.1:{server.port}: " in done.stderr


def started(**settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **{f"LEGWORK_{name}": value for name, value in settings.items()}}
    return subprocess.run(
        [LEGWORK, "run"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
