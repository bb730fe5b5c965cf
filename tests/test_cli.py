"""The commands of `legwork`, run as one types them."""

import sqlite3
import stat
from importlib import import_module
from pathlib import Path

import pytest
from alembic.command import downgrade
from click.testing import CliRunner, Result
from sqlmodel import select

from server import passwords
from server.cli import main
from server.config import Settings
from server.database import open_database
from server.migrate import alembic_config, changing_tables, newest_version, upgrade, version_of
from server.models import account, workspace
from server.models.user import Role, User
from server.secret_key import secret_key

ALICE = ["--email", "Alice@example.test", "--name", "Alice", "--role", "rep", "--password", "three taps and"]
DORA = ["--email", "dora@example.test", "--name", "Dora", "--role", "admin", "--password", "three taps and"]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "PORT"):
        monkeypatch.delenv(f"LEGWORK_{name}", raising=False)
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def legwork(*args: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, args, input=typed)


def ok(*args: str, typed: str = "") -> str:
    result = legwork(*args, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*args: str) -> str:
    result = legwork(*args)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


def person(data_dir: Path, email: str) -> User:
    database = open_database(f"sqlite:///{data_dir / 'legwork.db'}")
    with database.reading() as session:
        found = account.by_email(session, email)
    database.close()
    assert found is not None
    return found


def test_every_command_explains_itself() -> None:
    for command in (
        [],
        ["run"],
        ["demo"],
        ["db"],
        ["user"],
        ["user", "create"],
        ["customers", "import"],
        ["doctor"],
    ):
        assert len(ok(*command, "--help").splitlines()) > 3


@pytest.mark.parametrize(
    "group", [[], ["user"], ["customers"], ["db"], ["outbox"], ["reminders"], ["secrets"]]
)
def test_a_list_of_commands_ends_its_sentences(group: list[str]) -> None:
    assert "...\n" not in ok(*group, "--help").partition("Commands:")[2]


def test_the_tables_are_made_and_making_them_again_does_nothing(data_dir: Path) -> None:
    assert newest_version() in ok("db", "upgrade")
    assert newest_version() in ok("db", "upgrade")


def test_an_upgrade_tells_each_step_that_is_done(data_dir: Path) -> None:
    assert len(ok("db", "upgrade").splitlines()) == 1
    database = open_database(f"sqlite:///{data_dir / 'legwork.db'}")
    with changing_tables(database) as connection:
        downgrade(alembic_config(connection), "0029")
    database.close()
    begun, *steps, done = ok("db", "upgrade").splitlines()
    assert begun.startswith(f"Upgrading from 0029 to {newest_version()}.")
    assert [step.split()[0] for step in steps][:2] == ["0030", "0031"]
    assert steps[0].startswith("0030 A customer's lifecycle moves")
    assert done == f"Upgraded from 0029 to {newest_version()}."


def test_nothing_works_without_tables_and_says_what_to_do() -> None:
    for command in (["run"], ["user", "list"]):
        assert "legwork db upgrade" in refused(*command)


def test_a_person_is_made_listed_and_ended(data_dir: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *DORA)
    ok("user", "create", *ALICE, "--territory", "North")
    listed = ok("user", "list")
    assert "alice@example.test" in listed
    assert "North" in listed
    assert passwords.is_right("three taps and", person(data_dir, "alice@example.test").password_hash)
    ok("user", "deactivate", "alice@example.test")
    assert person(data_dir, "alice@example.test").deactivated_at is not None
    assert "last admin" in refused("user", "deactivate", "dora@example.test")


def test_a_list_that_goes_into_a_file_has_every_address_whole(data_dir: Path) -> None:
    ok("db", "upgrade")
    address, name = f"{'a' * 60}@example.test", "N" * 60
    ok("user", "create", *ALICE, "--email", address, "--name", name)
    (line,) = (line for line in ok("user", "list").splitlines() if name in line)
    assert address in line


def test_a_new_password_is_printed_once_and_works(data_dir: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *ALICE)
    printed = ok("user", "reset-password", "ALICE@example.test").split()[-1]
    assert passwords.is_right(printed, person(data_dir, "alice@example.test").password_hash)


def test_a_new_password_of_who_left_says_that_it_opens_nothing(data_dir: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *ALICE)
    assert "cannot sign in" not in ok("user", "reset-password", "alice@example.test")
    ok("user", "deactivate", "alice@example.test")
    assert "They cannot sign in with it yet" in ok("user", "reset-password", "alice@example.test")


def test_what_is_wrong_with_an_account_is_said(data_dir: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *ALICE)
    assert "already" in refused("user", "create", *ALICE)
    assert "legwork user list" in refused("user", "deactivate", "nobody@example.test")
    assert "at least 10" in refused("user", "create", *ALICE[:-1], "short")
    assert "not an email" in refused("user", "create", "--email", "alice", *ALICE[2:])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--name", " ", "needed"),
        ("--name", "x" * 201, "At most 200"),
        ("--email", f"{'x' * 300}@example.test", "At most"),
        ("--email", "alice,mei@example.test", "not an email"),
        ("--territory", " ", "needed"),
        ("--territory", "x" * 201, "At most 200"),
        ("--department", "service", "only the role support"),
    ],
)
def test_an_account_is_checked_as_on_the_page(data_dir: Path, option: str, value: str, said: str) -> None:
    ok("db", "upgrade")
    assert said in refused("user", "create", *ALICE, option, value)
    assert "alice" not in ok("user", "list")


def test_an_admin_from_the_command_line_sets_the_instance_up(data_dir: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *DORA)
    assert person(data_dir, "dora@example.test").role == Role.ADMIN
    database = open_database(f"sqlite:///{data_dir / 'legwork.db'}")
    with database.reading() as session:
        assert workspace.is_set_up(session)
    database.close()


def test_customers_are_imported(data_dir: Path, tmp_path: Path) -> None:
    ok("db", "upgrade")
    ok("user", "create", *DORA)
    file = tmp_path / "customers.csv"
    file.write_text("Name,Phone\n北京远景贸易,010 1234567\nHarbour Café,\n")
    assert "2" in ok("customers", "import", "--yes", str(file))


def test_a_team_is_in_one_territory_and_no_other_may_be_named() -> None:
    ok("db", "upgrade")
    ok("user", "create", *DORA, "--territory", "North", "--team", "Harbour")
    assert "the team Harbour is in North" in refused(
        "user", "create", *ALICE, "--territory", "South", "--team", "harbour"
    )
    ok("user", "create", *ALICE, "--territory", "north", "--team", "Harbour")


def test_the_doctor_finds_everything_in_order(data_dir: Path) -> None:
    ok("db", "upgrade")
    found = ok("doctor")
    assert "fail" not in found
    assert f"tables are at {newest_version()}" in found
    assert "there is no admin yet" in found


def test_the_doctor_says_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "legwork db upgrade" in refused("doctor")
    ok("db", "upgrade")
    monkeypatch.setenv("LEGWORK_TIME_ZONE", "Atlantis")
    for command in (["doctor"], ["run"], ["worker"]):  # no page could be shown
        assert "LEGWORK_TIME_ZONE: Use a name such as Europe/Berlin" in refused(*command)
    monkeypatch.delenv("LEGWORK_TIME_ZONE")
    monkeypatch.setenv("LEGWORK_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    assert "does not answer" in refused("doctor")


def test_the_doctor_names_what_is_set_and_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    ok("db", "upgrade")
    for name in ("DATABSE_URL", "XYZZY", "SMTP_PASSWORD_FILE"):
        monkeypatch.setenv(f"LEGWORK_{name}", "/dev/null")
    found = ok("doctor")
    assert "LEGWORK_DATABSE_URL is not a setting\n     → Perhaps LEGWORK_DATABASE_URL is meant." in found
    assert "LEGWORK_XYZZY is not a setting\n     → README.md lists" in found
    assert "LEGWORK_SMTP_PASSWORD_FILE is not a setting" not in found


def test_where_nothing_can_be_kept_every_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path / "file" / "data"))
    found = refused("doctor")
    assert f"fail {tmp_path / 'file' / 'data'}: Not a directory" in found
    assert "clock" in found, "and looks at all the rest"
    for command in (["db", "upgrade"], ["user", "list"], ["demo"], ["worker"]):
        assert "or set LEGWORK_DATA_DIR to another one" in refused(*command)


def test_the_doctor_makes_no_database_where_a_name_is_wrong(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere' / 'legwork.db'}")
    for command in ("doctor", "run"):
        assert f"here is no database {tmp_path / 'nowhere' / 'legwork.db'}" in refused(command)
    assert not (tmp_path / "nowhere").exists()


def test_the_doctor_says_why_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", "postgresql://x:geheim@127.0.0.1:1/x")
    found = refused("doctor")
    assert "the database does not answer: connection failed" in found
    assert "geheim" not in found


def test_a_data_directory_is_made_for_us_alone_and_the_doctor_warns_of_another(data_dir: Path) -> None:
    ok("db", "upgrade")
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "legwork.db").stat().st_mode) == 0o600, "whatever folder it is put into"
    assert "chmod 700" not in ok("doctor")
    data_dir.chmod(0o755)
    assert f"Run: chmod 700 {data_dir}" in ok("doctor")


def test_the_doctor_warns_of_a_key_that_others_can_read(data_dir: Path) -> None:
    ok("db", "upgrade")
    key = data_dir / "secret_key"
    key.write_text("k" * 40)
    key.chmod(0o644)
    assert "chmod 600" in ok("doctor")
    key.chmod(0o600)
    assert "chmod" not in ok("doctor")


def test_the_doctor_keeps_secrets(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ok("db", "upgrade")
    monkeypatch.setenv("LEGWORK_SECRET_KEY", "a very long secret that nobody may see")
    assert "nobody may see" not in ok("doctor")


def test_without_assets_the_doctor_says_how_to_make_them(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("db", "upgrade")
    for module in ("server.cli.doctor", "server.cli.serving"):
        monkeypatch.setattr(import_module(module), "BUILD", tmp_path / "no_build")
    assert "make build" in refused("doctor")
    assert "make build" in refused("run")


def test_a_file_that_is_no_database_is_said_to_be_none(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "legwork.db").write_bytes(bytes(range(1, 256)) * 100)
    for command in (["run"], ["user", "list"], ["db", "upgrade"]):
        assert "restore FILE --replace" in refused(*command)


def by_hand(data_dir: Path, *statements: str) -> None:
    """Changes the file as another program would, which does not check foreign keys."""
    connection = sqlite3.connect(data_dir / "legwork.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_tables_of_a_newer_version_are_said_to_be_newer(data_dir: Path) -> None:
    ok("db", "upgrade")
    by_hand(data_dir, "UPDATE alembic_version SET version_num = '9999'")
    for command in (["db", "upgrade"], ["run"], ["doctor"], ["user", "list"]):
        said = refused(*command)
        assert "tables are at 9999, which this version does not know" in said
        assert "Run: legwork db upgrade" not in said


def test_rows_that_point_at_nothing_stop_an_upgrade_with_a_sentence(data_dir: Path) -> None:
    ok("db", "upgrade")
    database = open_database(f"sqlite:///{data_dir}/legwork.db")
    with changing_tables(database) as connection:
        downgrade(alembic_config(connection), "-1")
    database.close()
    by_hand(data_dir, "INSERT INTO customer_tags VALUES ('0199f2a0-0000-7000-8000-000000000000', 'gone')")
    assert "1 rows would point at nothing, first in customer_tags" in refused("db", "upgrade")


def test_settings_that_cannot_be_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff" * 40)
    monkeypatch.setenv("LEGWORK_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert "cannot be read" in refused("doctor"), "what /dev/urandom gives is no text"
    monkeypatch.delenv("LEGWORK_SECRET_KEY_FILE")
    monkeypatch.setenv("LEGWORK_PORT", "99999")
    assert "LEGWORK_PORT" in refused("doctor")
    monkeypatch.delenv("LEGWORK_PORT")
    monkeypatch.setenv("LEGWORK_FILES_URL", "ftp://files.example.com/legwork")
    for command in (["run"], ["doctor"], ["backup", str(tmp_path / "a.zip")]):
        assert "LEGWORK_FILES_URL: Write it as s3://bucket/folder" in refused(*command)


def test_a_push_key_that_is_none_keeps_the_server_from_starting(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("db", "upgrade")
    monkeypatch.setenv("LEGWORK_PUSH_KEY", "x" * 50)
    for command in ("doctor", "run", "demo"):
        assert "legwork secrets generate prints one" in refused(command)


@pytest.mark.parametrize("held", ["", "short\n"])
def test_a_secret_that_anybody_could_guess_keeps_the_server_from_starting(data_dir: Path, held: str) -> None:
    ok("db", "upgrade")
    (data_dir / "secret_key").write_text(held)
    (data_dir / "secret_key").chmod(0o600)
    for command in ("doctor", "run"):
        assert f"{data_dir / 'secret_key'} holds no secret key" in refused(command)


def test_a_key_that_cannot_be_read_is_said_to_be_so(data_dir: Path) -> None:
    ok("db", "upgrade")
    for name, commands in {"secret_key": ["run", "doctor"], "push_key": ["run", "worker", "doctor"]}.items():
        (data_dir / name).unlink(missing_ok=True)
        (data_dir / name).mkdir(0o700)
        for command in commands:
            assert f"{data_dir / name}: Is a directory" in refused(command)
        (data_dir / name).rmdir()


def test_a_folder_for_files_that_is_not_there_keeps_the_server_from_starting(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ok("db", "upgrade")
    folder = tmp_path / "my photos"
    monkeypatch.setenv("LEGWORK_FILES_URL", folder.as_uri())
    for command in (["doctor"], ["run"], ["demo"], ["backup", str(tmp_path / "a.zip")]):
        said = " ".join(refused(*command).split())
        assert f"there is no folder {folder}" in said, command
    assert "Make it, or correct LEGWORK_FILES_URL." in " ".join(refused("doctor").split())
    folder.mkdir()
    said = " ".join(legwork("doctor").output.split())
    assert f"files can be written, read and removed in {folder.as_uri()}" in said


def test_generated_secrets_are_long_and_never_the_same() -> None:
    one, other = ok("secrets", "generate"), ok("secrets", "generate")
    assert one != other
    assert len(one.strip().partition("=")[2]) >= 43


def test_the_healthcheck_fails_where_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_PORT", "1")
    assert "does not answer" in refused("healthcheck")


def test_the_demo_stays_away_from_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", "postgresql://127.0.0.1:1/real")
    assert "LEGWORK_DATABASE_URL" in refused("demo")


def test_a_made_key_is_for_us_alone(data_dir: Path) -> None:
    key = secret_key(Settings())
    assert key == secret_key(Settings())
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600


def test_upgrade_is_all_there_is_to_an_older_database(data_dir: Path) -> None:
    database = open_database(f"sqlite:///{data_dir / 'legwork.db'}")
    assert version_of(database) is None
    upgrade(database)
    with database.reading() as session:
        assert session.exec(select(workspace.Workspace)).one().rev == 0
    database.close()
