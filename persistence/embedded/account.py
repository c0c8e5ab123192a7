"""The system account that the server runs as under root, and its way to data and programs."""

import fcntl
import os
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.messages import msg
from persistence.embedded.errors import EmbeddedDatabaseError

# As root, PostgreSQL refuses to run: the cluster then belongs to this account.
SYSTEM_ACCOUNT = "pgserver"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as, when it is not our own."""

    uid: int
    gid: int


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


def server_account(data: Path) -> Account | None:
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
            msg("operating.NO_ACCOUNT", account=SYSTEM_ACCOUNT, error=error)
        ) from error
    finally:
        os.close(lock)
    _log.warning("added a system account for the embedded database", account=SYSTEM_ACCOUNT)


def _may_enter(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
