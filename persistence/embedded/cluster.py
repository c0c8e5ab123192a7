"""The cluster in a home folder: made, started, asked, stopped."""

import errno
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import structlog

from domain.messages import Message, msg
from persistence.dsn import APPLICATION_ROLE, OWNER_ROLE
from persistence.embedded.account import (
    Account,
    open_the_programs,
    open_the_way,
    server_account,
)
from persistence.embedded.data_folder import DATA
from persistence.embedded.errors import EmbeddedDatabaseError
from persistence.embedded.programs import (
    MAJOR_VERSION,
    environment,
    find_binaries,
    is_a_running_postgres,
    reason_in,
)

DATABASE = "apportion"
SUPERUSER = "postgres"

# Crash recovery replays at most `max_wal_size` or so; ten minutes is far beyond that.
RECOVERY_LIMIT_S = 600.0
# A launch that left no server behind after this time is tried again, LAUNCHES times in all.
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

_RESTORE = msg("operating.RESTORE")
_NO_ROOM = "No space left on device"

_log = structlog.get_logger(__name__)


class Cluster:
    """The data folder and the server on it. Whoever calls holds the lock that makes it alone."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / DATA
        self.binaries = find_binaries()
        self.socket_folder = self.data
        self._account: Account | None = None

    def prepare_home(self) -> None:
        # As root, the server's account has to pass through.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        self.home.mkdir(mode=mode, parents=True, exist_ok=True)
        self._account = server_account(self.data)
        if self._account is None:
            owner = self.data.stat().st_uid if self.data.exists() else os.geteuid()
            if owner != os.geteuid():
                raise EmbeddedDatabaseError(msg("operating.NOT_YOURS", data=self.data))
        else:
            open_the_way(self.data.parent, self._account)
            open_the_way(self.binaries, self._account)
            open_the_programs(self.binaries)
        self.socket_folder = self._choose_socket_folder()

    def why_not_here(self, error: OSError) -> Message:
        """What the system says of the home folder, with what to do."""
        place = os.fsdecode(error.filename or self.home)
        elsewhere = msg("operating.OWN_HOME")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _no_room(self.home)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return msg("operating.NO_PERMISSION", place=place, remedy=elsewhere)
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            return msg("operating.FILE_FOR_FOLDER", place=place, remedy=elsewhere)
        return msg("operating.CANNOT_BE_USED", place=place, error=error.strerror, remedy=elsewhere)

    def ensure_made(self) -> None:
        version_file = self.data / "PG_VERSION"
        if self.data.exists() and (version_file.exists() or any(self.data.iterdir())):
            version = version_file.read_text().strip() if version_file.exists() else ""
            if not version.isdigit():
                raise EmbeddedDatabaseError(
                    msg("operating.DAMAGED", data=self.data, remedy=_RESTORE)
                )
            if version != str(MAJOR_VERSION):
                raise EmbeddedDatabaseError(
                    msg(
                        "operating.OTHER_MAJOR",
                        data=self.data,
                        written=version,
                        brought=MAJOR_VERSION,
                    )
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

    def ensure_running(self) -> None:
        if self._postmaster() is None:
            self._launch()
        started = time.monotonic()
        launches, warned = 1, False
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
                    msg(
                        "operating.STILL_RECOVERING",
                        seconds=round(RECOVERY_LIMIT_S),
                        log=self.data / "log",
                    )
                )
            if waited > 5 and not warned:
                _log.warning("embedded database is recovering", waited_s=round(waited))
                warned = True
            time.sleep(0.02 if waited < 2 else 0.2)

    def ensure_roles(self) -> None:
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

    def stop(self) -> None:
        if self._postmaster() is not None:
            self._run(
                "pg_ctl", "stop", "-s", "-m", "fast", "-w", "-t", str(STOP_LIMIT_S),
                "-D", str(self.data),
            )  # fmt: skip

    def is_ready(self) -> bool:
        """Whether the cluster takes connections now."""
        probe = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.socket_folder)]
        # S603: our own program, arguments as a list
        return subprocess.run(probe, env=environment(), check=False).returncode == 0  # noqa: S603

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
            raise EmbeddedDatabaseError(msg("operating.FOLDER_NOT_OURS", folder=folder))
        return folder

    def _launch(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**SERVER_SETTINGS, "unix_socket_directories": f'"{self.socket_folder}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # -W: the wait is ours, since recovery may take longer than pg_ctl has patience for.
        self._run(
            "pg_ctl", "start", "-W", "-s",
            "-D", str(self.data), "-l", str(self.data / "start.log"), "-o", shlex.join(options),
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
        return pid if is_a_running_postgres(pid) else None

    def _why_not_started(self) -> Message:
        files = [self.data / "start.log", *sorted((self.data / "log").glob("*.log"))]
        present = [file for file in files if file.is_file()]
        newest = sorted(present, key=lambda file: file.stat().st_mtime)[-2:]
        text = "".join(file.read_text(errors="replace") for file in newest)
        reason = reason_in(text)
        if isinstance(reason, str) and _NO_ROOM in reason:
            return _no_room(self.home)
        return msg(
            "operating.NOT_STARTED",
            data=self.data,
            reason=reason,
            remedy=_RESTORE,
            log=self.data / "log",
        )

    def _run(self, program: str, *arguments: str, given: str | None = None) -> None:
        with tempfile.TemporaryFile() as output:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            # S603: our own program, arguments as a list
            done = subprocess.run(  # noqa: S603
                [str(self.binaries / program), *arguments],
                check=False,
                cwd="/",
                env=environment(),
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
            reason = reason_in(said)
            if _NO_ROOM in said:
                raise EmbeddedDatabaseError(_no_room(self.home))
            if not said and self.data.exists():
                raise EmbeddedDatabaseError(self._why_not_started())
            raise EmbeddedDatabaseError(
                msg("operating.PROGRAM_FAILED", program=program, reason=reason)
            )


def _no_room(home: Path) -> Message:
    return msg("operating.NO_ROOM", home=home)
