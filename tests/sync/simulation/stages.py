"""Where a history is played: a fresh database and file store, and last night's copies of them."""

import shutil
from pathlib import Path
from typing import Protocol

import psycopg
from obstore.store import LocalStore

from server.database import open_database
from server.files.store import FileStore
from server.migrate import upgrade
from tests.databases import PostgresCluster, folder_in_memory
from tests.sync.simulation.cast import found_company, open_workspace
from tests.sync.simulation.ledger import EFFECTS


class Stage(Protocol):
    files: FileStore

    def begin(self) -> str:
        """Brings the database back to the beginning. Returns its address."""

    def back_up(self) -> None:
        """Called while nobody is connected."""

    def restore(self) -> None: ...

    def is_anybody_blocked(self) -> bool:
        """Whether a statement waits for another transaction."""

    def close(self) -> None: ...


def open_stage(kind: str) -> Stage:
    return {"sqlite": SqliteStage, "postgresql": PostgresStage}[kind]()


def prepare(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    with database.writing() as session:
        open_workspace(session)
    with database.writing() as session:
        EFFECTS.create(session.connection())
        found_company(session)
    database.close()


class Folder:
    """The file store. A backup holds files that are complete, and no pieces of uploads."""

    def __init__(self) -> None:
        self.folder = folder_in_memory("legwork-simulation-")
        self.live, self.copy = self.folder / "live-files", self.folder / "copied-files"
        self.files = FileStore(LocalStore(self.live, mkdir=True))

    def empty(self) -> None:
        for name in ("files", "uploads"):
            shutil.rmtree(self.live / name, ignore_errors=True)

    def back_up(self) -> None:
        self._bring(self.live, self.copy)

    def restore(self) -> None:
        self.empty()
        self._bring(self.copy, self.live)

    def _bring(self, source: Path, target: Path) -> None:
        shutil.rmtree(target / "files", ignore_errors=True)
        if (source / "files").is_dir():
            shutil.copytree(source / "files", target / "files")

    def close(self) -> None:
        shutil.rmtree(self.folder)


class SqliteStage:
    def __init__(self) -> None:
        self.beside = Folder()
        self.folder, self.files = self.beside.folder, self.beside.files
        self.template, self.live, self.copy = (self.folder / name for name in ("template", "live", "copy"))
        prepare(f"sqlite:///{self.template}")

    def begin(self) -> str:
        self.beside.empty()
        self._bring(self.template)
        return f"sqlite:///{self.live}"

    def back_up(self) -> None:
        shutil.copyfile(self.live, self.copy)
        self.beside.back_up()

    def restore(self) -> None:
        self._bring(self.copy)
        self.beside.restore()

    def _bring(self, source: Path) -> None:
        for name in ("live", "live-wal", "live-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copyfile(source, self.live)

    def is_anybody_blocked(self) -> bool:
        return False  # they queue in the process, see Turn

    def close(self) -> None:
        self.beside.close()


class PostgresStage:
    """One database. Its beginning and last night's copy are schemas in it, because making a database takes a second."""

    def __init__(self) -> None:
        self.beside = Folder()
        self.files = self.beside.files
        self.cluster = PostgresCluster().start()
        self.cluster.execute("CREATE DATABASE live")
        self.url = self.cluster.url("live")
        prepare(self.url)
        self.admin = psycopg.connect(self.url, autocommit=True)
        self.admin.execute("SET session_replication_role = replica")  # no foreign keys: any table comes first
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        self.tables = [name for [name] in self.admin.execute(named).fetchall()]
        for schema in ("beginning", "copy"):
            self.admin.execute(f"CREATE SCHEMA {schema}")
            self._for_each("CREATE TABLE {schema}.{table} AS TABLE public.{table}", schema)

    def begin(self) -> str:
        self.beside.empty()
        self._pour("beginning", "public")
        return self.url

    def back_up(self) -> None:
        self._pour("public", "copy")
        self.beside.back_up()

    def restore(self) -> None:
        self._pour("copy", "public")
        self.beside.restore()

    def _pour(self, source: str, target: str) -> None:
        with self.admin.transaction():
            self.admin.execute("TRUNCATE " + ", ".join(f"{target}.{table}" for table in self.tables))  # type: ignore[arg-type]
            self._for_each(f"INSERT INTO {{schema}}.{{table}} SELECT * FROM {source}.{{table}}", target)

    def _for_each(self, statement: str, schema: str) -> None:
        statements = (statement.format(schema=schema, table=table) for table in self.tables)
        self.admin.execute("; ".join(statements))  # type: ignore[arg-type]

    def is_anybody_blocked(self) -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'live' AND wait_event_type = 'Lock'"
        [[count]] = self.admin.execute(waiting).fetchall()
        return bool(count)

    def close(self) -> None:
        self.admin.close()
        self.cluster.remove()
        self.beside.close()
