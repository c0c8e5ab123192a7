"""Where the embedded database is when nobody names a place.

1. In the checkout that the command is called in: its `.apportion`, as `make` has it.
2. Where the one server or worker of this user runs.
3. In the folder where this user's programs keep their data.

A server or worker leaves a note of its home, which holds as long as the process has it locked: the
kernel lets go of the lock in whatever way the process ends.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from persistence.embedded.data_folder import has_cluster

CHECKOUT = ".apportion"
LONGEST_NOTE = 4096
LOOKS = 3


@dataclass(frozen=True)
class Home:
    """A folder for the embedded database, and why it is this one, in English and Chinese."""

    folder: Path
    why: tuple[str, str]


def find_home(called_in: Path | None = None) -> Home:
    """The home of a command that is called in this folder, or in the current one."""
    checkout = _checkout_around(called_in or _current_folder())
    if checkout is not None:
        return Home(checkout / CHECKOUT, ("this checkout", "当前代码目录"))
    running = running_homes()
    if len(running) == 1:
        return Home(running[0], ("where your server runs", "正在运行的服务"))
    return Home(
        platformdirs.user_data_path("apportion", appauthor=False), ("your own folder", "用户目录")
    )


def running_homes() -> list[Path]:
    """The homes of this user's servers and workers that run on an embedded database."""
    found = []
    try:
        notes = sorted(_notes().iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    for note in notes:
        folder = _home_of(note)
        if folder is not None:
            found.append(folder)
    return found


@contextmanager
def known_to_run(home: Path) -> Iterator[None]:
    """While the block lasts, other commands of this user find `home` by themselves."""
    try:
        held = _leave_note(home)
    except OSError as error:
        # Loaded here: every command asks for its home, and few have something to say.
        import structlog

        structlog.get_logger(__name__).info(
            "other commands do not find this home by themselves", why=str(error)
        )
        yield
        return
    try:
        yield
    finally:
        os.close(held)


def _checkout_around(folder: Path | None) -> Path | None:
    """The nearest folder above that is a checkout or holds a database; only one of our own."""
    if folder is None:
        return None
    for each in (folder, *folder.parents):
        home = each / CHECKOUT
        if _is_ours(home) and has_cluster(home):
            return each
        if _is_ours(each) and _is_a_checkout(each):
            return each
    return None


def _is_ours(folder: Path) -> bool:
    """What another user put there must not lead us into his database."""
    try:
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _is_a_checkout(folder: Path) -> bool:
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    import tomllib

    try:
        project = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    about = project.get("project")
    return isinstance(about, dict) and about.get("name") == "apportion"


def _current_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:
        # Another process removed it meanwhile.
        return None


def _notes() -> Path:
    return platformdirs.user_state_path("apportion", appauthor=False) / "running"


def _leave_note(home: Path) -> int:
    """Write the note and lock it; the lock's file. Raises OSError where it cannot be written."""
    folder = _notes()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = folder / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    while True:
        held = os.open(note, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_SH)
        try:
            # Whoever found it left behind may have removed it before we had the lock.
            if note.stat().st_ino == os.fstat(held).st_ino:
                os.pwrite(held, os.fsencode(home), 0)
                return held
        except FileNotFoundError:
            pass
        os.close(held)


def _home_of(note: Path) -> Path | None:
    """The home of a note that is locked; one that nobody has locked any more is removed."""
    try:
        found = os.open(note, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _is_locked(found):
            text = os.read(found, LONGEST_NOTE)
            return Path(os.fsdecode(text)) if text else None
        note.unlink(missing_ok=True)
        return None
    finally:
        os.close(found)


def _is_locked(file: int) -> bool:
    for _ in range(LOOKS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # It may be another command that looks, as we do: it is soon done.
            time.sleep(0.002)
        else:
            return False
    return True
