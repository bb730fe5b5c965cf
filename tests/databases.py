"""Real databases for tests: SQLite files, and a PostgreSQL server that is started for the tests and removed after them.

Migrating is slow and copying is not, so Alembic migrates one template of each kind, and every test gets a copy.
"""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg

# Commits do not wait for the disk: a crash of the machine may cost a test database. Tests of crashes set other options.
UNSAFE_AND_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")

END_OTHER_CONNECTIONS: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# The tables, constraints, triggers, functions and schemas of a database, by their numbers.
SHAPE: Final = """
    SELECT 'r', oid, relnatts FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'c', oid, 0 FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 't', oid, 0 FROM pg_trigger
    UNION ALL SELECT 'p', oid, 0 FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'n', oid, 0 FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'
    ORDER BY 1, 2
"""
RESET_SEQUENCES: Final = """
    SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences
    WHERE schemaname = 'public'
"""
# Without autovacuum deleted rows stay, and every query reads past them. TRUNCATE removes more bytes of them than this.
MOST_DEAD_BYTES: Final = 4_000_000
Connection = psycopg.Connection[tuple[Any, ...]]
MEMORY: Final = Path("/dev/shm")
ROOM: Final = 1 << 30  # free bytes to ask of MEMORY; in containers it is often smaller


def folder_in_memory(prefix: str) -> Path:
    """A new folder in memory, where a commit waits for no disk; on the disk where memory has no ROOM."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if has_room else None))


class SqliteFiles:
    """Hands out the URLs of migrated SQLite files. The URL of one that comes back is used again, with a new copy."""

    def __init__(self, migrate: Callable[[str], None]) -> None:
        self.folder, self.numbers = folder_in_memory("legwork-sqlite-"), itertools.count(1)
        self.template = self.folder / "template.db"
        self.spare: list[str] = []
        migrate(f"sqlite:///{self.template}")

    def fresh(self) -> str:
        url = self.spare.pop() if self.spare else f"sqlite:///{self.folder / f'test-{next(self.numbers)}.db'}"
        shutil.copyfile(self.template, path_of(url))
        return url

    def drop(self, url: str) -> None:
        path = path_of(url)
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        self.spare.append(url)

    def close(self) -> None:
        shutil.rmtree(self.folder)


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


class PostgresDatabases:
    """Hands out the URLs of migrated databases of one PostgreSQL cluster. A database that comes back is emptied and
    used again, because making a new one takes many times as long. One whose tables a test has changed is dropped.
    """

    def __init__(self, cluster: "PostgresCluster", migrate: Callable[[str], None]) -> None:
        self.cluster, self.numbers = cluster, itertools.count(1)
        self.spare: list[str] = []
        cluster.execute("CREATE DATABASE template_migrated")
        migrate(cluster.url("template_migrated"))
        with psycopg.connect(cluster.url("template_migrated")) as connection:
            self.shape, self.tables = shape_of(connection), tables_of(connection)
            self.rows = {table: copied_out(connection, table) for table in filled(connection, self.tables)}

    def fresh(self) -> str:
        if self.spare:
            return self.spare.pop()
        name = f"test_{next(self.numbers)}"
        self.cluster.execute(f"CREATE DATABASE {name} TEMPLATE template_migrated")
        return self.cluster.url(name)

    def drop(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(END_OTHER_CONNECTIONS)
            is_as_migrated = shape_of(connection) == self.shape
            if is_as_migrated:
                self._empty(connection)
        if is_as_migrated:
            self.spare.append(url)
        else:
            self.cluster.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _empty(self, connection: Connection) -> None:
        tables = filled(connection, self.tables)
        if tables and size_of(connection, tables) > MOST_DEAD_BYTES:
            connection.execute(f"TRUNCATE {', '.join(tables)} CASCADE")  # type: ignore[arg-type]
        else:
            # For a few rows this takes a thirtieth of the time, because TRUNCATE makes new files. Without the checks of
            # foreign keys, which this role does not run, the order of the tables does not matter.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in tables:
                connection.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
        connection.execute(RESET_SEQUENCES)
        for table, rows in self.rows.items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[arg-type]
                copy.write(rows)


def shape_of(connection: Connection) -> Any:
    """The numbers (oids) of all that a migration makes. A copy has those of its template until a test changes it."""
    return connection.execute(SHAPE).fetchall()


def tables_of(connection: Connection) -> list[str]:
    query = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return [name for (name,) in connection.execute(query)]


def filled(connection: Connection, tables: list[str]) -> list[str]:
    """Those of `tables` that have rows."""
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
    return [name for (name,) in connection.execute(asked)]  # type: ignore[arg-type]


def size_of(connection: Connection, tables: list[str]) -> int:
    asked = "SELECT coalesce(sum(pg_relation_size(name::regclass)), 0) FROM unnest(%s::text[]) AS name"
    return int(connection.execute(asked, [tables]).fetchall()[0][0])


def copied_out(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:  # type: ignore[arg-type]
        return b"".join(bytes(part) for part in copy)


class PostgresCluster:
    """A PostgreSQL server on loopback and a socket. It refuses to run as root, and runs as `nobody` then."""

    def __init__(self, options: tuple[str, ...] = UNSAFE_AND_FAST) -> None:
        self.options, self.binaries = options, postgres_binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="legwork-postgres-"))
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self._make_data()

    def _make_data(self) -> None:
        initdb = [f"{self.binaries}/initdb", "--pgdata", f"{self.folder}/data", "--username", "legwork"]
        initdb += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        # As most installations do, it sorts text as a language does: "anna" comes between "Ann" and "Anne".
        initdb += ["--locale-provider", "icu", "--icu-locale", "en-US"]
        self._run(initdb)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run([*self._as_ordinary_user(), *command], cwd="/", capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")

    def _as_ordinary_user(self) -> list[str]:
        # The server is told to stop when its parent dies, so that a test run that is killed leaves none behind.
        prefix = ["setpriv", "--pdeathsig", "INT"]
        if self.user:
            prefix += [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"]
        return prefix

    def start(self) -> "PostgresCluster":
        self.port = free_port()
        settings = (
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
            "listen_addresses=127.0.0.1",
        )
        flags = [
            part for setting in (*settings, "max_connections=200", *self.options) for part in ("-c", setting)
        ]
        command = [
            *self._as_ordinary_user(),
            f"{self.binaries}/postgres",
            "-D",
            f"{self.folder}/data",
            *flags,
        ]
        # A child of this process and not of pg_ctl, so that it can be waited for when it ends. Otherwise that is up to
        # PID 1, which in a container often does not.
        with Path(f"{self.folder}/log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=subprocess.STDOUT)
        self._wait_until_it_answers()
        return self

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {self.log()}") from None
            time.sleep(0.05)

    def log(self) -> str:
        return Path(f"{self.folder}/log").read_text(errors="replace")[-2000:]

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://legwork@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(), autocommit=True, connect_timeout=10) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def kill(self) -> None:
        """Ends the server at once, as when a machine loses power. `start()` recovers."""
        self.process.kill()
        self.process.wait(30)

    def remove(self) -> None:
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)


class Standby(PostgresCluster):
    """A copy of a running cluster that follows it. Once it is started, the primary confirms a commit only when both
    have it on the disk."""

    def __init__(self, primary: PostgresCluster) -> None:
        self.primary = primary
        super().__init__(options=())

    def _make_data(self) -> None:
        copy = [f"{self.binaries}/pg_basebackup", "--pgdata", f"{self.folder}/data", "--write-recovery-conf"]
        self._run([*copy, "--checkpoint=fast", "--no-sync", "--dbname", self.primary.url()])

    def start(self) -> "Standby":
        super().start()
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.execute("SELECT pg_reload_conf()")
        self._wait_until_primary_waits()
        return self

    def _wait_until_primary_waits(self) -> None:
        deadline = time.monotonic() + 30
        while self.primary.ask("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the standby does not follow: {self.log()}")
            time.sleep(0.05)

    def promote(self) -> None:
        """Takes over; the primary must be dead."""
        assert self.ask("SELECT pg_promote(true, 30)") == [(True,)], self.log()


def postgres_binaries() -> Path:
    """The folder of the newest PostgreSQL's programs, 15 or later; Debian does not put them on the PATH. RuntimeError
    where there is none."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    versions = {int(path.parts[4]): path.parent for path in installed}
    on_path = shutil.which("postgres")
    if versions and max(versions) >= 15:
        return versions[max(versions)]
    if on_path:
        return Path(on_path).resolve().parent
    raise RuntimeError("PostgreSQL 15 or newer is not installed. Run: python -m tests.system_parts")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
