"""Which home a command finds by itself: the checkout's, a running server's, the user's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.bootstrap import NoDatabase, open_databases
from services.homes import find_home, known_to_run, running_homes
from services.settings import Settings
from tests.conftest import REPOSITORY

OWN = ("your own folder", "用户目录")
CHECKOUT = ("this checkout", "当前代码目录")


@pytest.fixture(autouse=True)
def a_user_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def a_home(folder: Path) -> Path:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("18\n")
    return folder


def test_in_a_checkout_and_below_it_the_checkouts_home_is_found(tmp_path: Path) -> None:
    """The same that `make` uses, also where there is no database in it yet."""
    (tmp_path / "code" / "docs" / "how-to").mkdir(parents=True)
    (tmp_path / "code" / "pyproject.toml").write_text('[project]\nname = "apportion"\n')
    for folder in ("code", "code/docs/how-to"):
        found = find_home(tmp_path / folder)
        assert (found.folder, found.why) == (tmp_path / "code" / ".apportion", CHECKOUT)


def test_another_project_is_no_checkout(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert find_home(tmp_path).folder == tmp_path / "data" / "apportion"
    (tmp_path / "pyproject.toml").write_text("not = = toml")
    assert find_home(tmp_path).why == OWN


def test_a_folder_that_holds_a_database_is_found_from_below(tmp_path: Path) -> None:
    a_home(tmp_path / "shop" / ".apportion")
    (tmp_path / "shop" / "files").mkdir()
    assert find_home(tmp_path / "shop" / "files").folder == tmp_path / "shop" / ".apportion"


def test_what_another_user_put_there_is_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else anybody could lead our commands into a database of his."""
    a_home(tmp_path / ".apportion")
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert find_home(tmp_path).why == OWN


def test_the_home_of_the_one_running_server_is_found_and_forgotten(tmp_path: Path) -> None:
    home, other = tmp_path / "there", tmp_path / "elsewhere"
    with known_to_run(home):
        assert find_home(tmp_path).folder == home
        assert find_home(tmp_path).why == ("where your server runs", "正在运行的服务")
        with known_to_run(home):
            assert running_homes() == [home]
        with known_to_run(other):
            # Nobody can say which one is meant.
            assert find_home(tmp_path).why == OWN
    assert running_homes() == []
    assert find_home(tmp_path).why == OWN


def test_a_server_that_was_killed_is_not_found(tmp_path: Path) -> None:
    """The kernel lets go of its note."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom services.homes import known_to_run\n"
        f"with known_to_run(Path({str(tmp_path / 'there')!r})):\n"
        "    print('runs', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n"
        assert running_homes() == [tmp_path / "there"]
        process.kill()
        process.wait()
        assert running_homes() == []


def test_a_state_folder_that_cannot_be_written_stops_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with known_to_run(tmp_path / "there"):
        assert running_homes() == []


def test_a_database_is_made_only_where_that_is_asked_for(tmp_path: Path) -> None:
    """The sentence names the folder and what to do; nothing is made."""
    settings = Settings(home=tmp_path / "home")
    with (
        pytest.raises(NoDatabase, match=f"no database in {settings.home}.*apportion serve"),
        open_databases(settings),
    ):
        pass
    with (
        known_to_run(tmp_path / "there"),
        pytest.raises(NoDatabase) as refused,
        open_databases(settings),
    ):
        pass
    assert str(refused.value) == (
        f"There is no database in {settings.home}. A server or worker of yours runs elsewhere: set"
        f" APPORTION_HOME={tmp_path / 'there'}."
    )
    assert not settings.home.exists()
