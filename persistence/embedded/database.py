"""One process's hold on the embedded cluster, by locks that end with the process."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from persistence.dsn import APPLICATION_ROLE, OWNER_ROLE, DatabaseAddress, socket_address
from persistence.embedded.cluster import DATABASE, SUPERUSER, Cluster
from persistence.embedded.errors import EmbeddedDatabaseError, InUse


class EmbeddedDatabase:
    """One process's hold on the cluster in `home`; use it as a context manager.

    Entering starts the cluster or finds the running one, also one that is still recovering from a
    crash. Leaving stops it if no other process holds it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._cluster = Cluster(home)
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
    def data(self) -> Path:
        """The folder of the cluster's files."""
        return self._cluster.data

    @property
    def binaries(self) -> Path:
        """Where PostgreSQL's programs are."""
        return self._cluster.binaries

    @property
    def socket_folder(self) -> Path:
        """Where the Unix socket is: the only way in."""
        return self._cluster.socket_folder

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
            raise EmbeddedDatabaseError(self._cluster.why_not_here(error)) from error

    def _start(self) -> None:
        self._cluster.prepare_home()
        with self._exclusively():
            hold = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(hold, fcntl.LOCK_SH)
                self._cluster.ensure_made()
                self._cluster.ensure_running()
                self._cluster.ensure_roles()
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
            self._cluster.ensure_running()

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
                self._cluster.stop()
            finally:
                os.close(hold)

    def is_ready(self) -> bool:
        """Whether the cluster takes connections now."""
        return self._cluster.is_ready()

    def _address(self, role: str) -> DatabaseAddress:
        return socket_address(str(self.socket_folder), user=role, database=DATABASE)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One process at a time creates, starts or stops."""
        lock = os.open(self.home / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
