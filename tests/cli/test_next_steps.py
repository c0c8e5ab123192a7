"""What is printed to be pasted leads to the same database, from where it was printed."""

import sys
from pathlib import Path

import pytest

from cli.demo import next_steps
from cli.language import LanguageCode, Speaker
from services.settings import Settings


def steps(settings: Settings, language: LanguageCode = "en") -> list[str]:
    lines = next_steps.next_steps(settings, "EX 1", Speaker(language))
    return [line.strip() for line in lines if not line.startswith("      ")]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Makefile").write_text("")
    monkeypatch.setattr(next_steps, "SOURCE", tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / ".venv" / "bin" / "apportion")])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_in_the_checkout_make_does(checkout: Path) -> None:
    shown = steps(Settings(home=checkout / ".apportion"))
    assert shown[:2] == ["make serve", "make token ROLE=ADMIN"]
    assert shown[3] == ".venv/bin/apportion explain 'EX 1'"


def test_in_another_folder_make_is_given_the_place(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "docs").mkdir()
    monkeypatch.chdir(checkout / "docs")
    shown = steps(Settings(home=checkout / ".apportion"), "zh")
    assert shown[:2] == [f"make -C {checkout} serve", f"make -C {checkout} token ROLE=ADMIN"]
    assert shown[3] == (
        f"APPORTION_HOME={checkout}/.apportion {checkout}/.venv/bin/apportion"
        " explain 'EX 1' --lang zh"
    )


def test_another_home_is_named(checkout: Path) -> None:
    shown = steps(Settings(home=Path("/srv/my goods")))
    command = "APPORTION_HOME='/srv/my goods' .venv/bin/apportion"
    assert shown[:2] == [f"{command} serve --with-worker", f"{command} token --role ADMIN"]


def test_of_an_outside_database_no_address_is_printed(checkout: Path) -> None:
    """It may hold a password; what has to be the same is said."""
    shown = steps(Settings(database_url="postgresql://me:hunter2@db/a"))
    assert shown[0].startswith("With the same APPORTION_DATABASE_URL")
    assert shown[1:3] == [
        ".venv/bin/apportion serve --with-worker",
        ".venv/bin/apportion token --role ADMIN",
    ]
    assert "hunter2" not in "\n".join(shown)
