"""How little memory the commands keep."""

import os
import subprocess
import sys

import pytest

from cli.memory import FRAMES_SETTINGS, GIVE_BACK_SOON, MATRIX_THREADS, limit_memory


def test_a_setting_of_the_users_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAMES_SETTINGS, "narenas:1")
    limit_memory()
    assert settings_of_a_child() == "narenas:1"


def test_what_is_freed_is_given_back_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set first, so that whatever was there before comes back in the end.
    monkeypatch.setenv(FRAMES_SETTINGS, "")
    del os.environ[FRAMES_SETTINGS]
    limit_memory()
    assert settings_of_a_child() == GIVE_BACK_SOON


def test_one_thread_is_started_for_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are none, and threads that wait for them take time."""
    monkeypatch.setenv(MATRIX_THREADS, "")
    del os.environ[MATRIX_THREADS]
    limit_memory()
    assert os.environ[MATRIX_THREADS] == "1"


def test_it_is_said_before_the_libraries_are_loaded() -> None:
    """They look once, when they are loaded."""
    loaded = "import sys, cli.main; print({'numpy', 'polars'} & set(sys.modules))"
    assert run_python(loaded) == "set()"


def settings_of_a_child() -> str:
    """What a library finds that looks beneath Python."""
    return run_python(f"import os; print(os.environ.get({FRAMES_SETTINGS!r}, ''))")


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
