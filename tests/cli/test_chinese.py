"""Help and usage errors in Chinese, where a line asks for it; in English nothing more is loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer

from cli.chinese.help import HELP
from cli.main import COMMANDS, build
from tests.conftest import REPOSITORY


def texts() -> Iterator[str]:
    """Every text that help prints, of all commands and options."""
    for name in (None, *COMMANDS):
        group = typer.main.get_command(build(name))
        for each in (group, *group.commands.values()):  # type: ignore[attr-defined]  # a group
            for param in (*each.params, each.get_help_option(typer.Context(each))):
                yield getattr(param, "help", None) or ""
            yield each.help or ""


def typed(*words: str, **environment: str) -> tuple[int, str]:
    """What a command line says, and its exit status."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APPORTION_")}
    # S603: our own program
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**kept, "COLUMNS": "100", "NO_COLOR": "1", **environment},
    )
    said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
    return done.returncode, said


def test_every_text_of_help_has_its_chinese() -> None:
    """And none is kept for a text that is gone."""
    assert {text for text in texts() if text} == set(HELP)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--help --lang zh", 0, "solve 对文件夹中的货物进行分货。"),
        ("solve --lang zh --help", 0, "[必填] ╰"),
        ("orders --nope --lang zh", 2, "没有选项--nope。"),
        ("orders --first 0 --lang=zh", 2, "'--first'的值无效：不能小于1。"),
        ("orders --first x --lang zh", 2, "'--first'的值无效：必须是整数。"),
        ("--lang zh explain", 2, "缺少参数'order'。"),
        ("explain a b --lang zh", 2, "多余的参数：b。"),
        ("solve . --lang zh", 2, "缺少选项'--out'"),
        ("solve . --out", 2, "Option '--out' requires an argument."),
        ("solve . --out x --method y --lang zh", 2, "'--method'的值无效：'y'不是以下之一"),
        ("policy nope --lang zh", 2, "'act'的值无效：'nope'不是以下之一：'show', 'set'。"),
        ("nope --lang zh", 2, "没有命令'nope'。"),
        ("token --role ADMIN --ttl x --lang zh", 2, "值无效：“x”不是时长"),
        ("token --role KING --lang zh", 2, "没有岗位“KING”"),
        ("--version --lang zh", 0, "apportion "),
    ],
)
def test_a_line_is_answered_in_chinese(words: str, status: int, said: str) -> None:
    found = typed(*words.split())
    assert found[0] == status
    assert said in found[1]


def test_settings_are_refused_in_chinese() -> None:
    """Before the command begins, wherever `--lang` stands."""
    for variable, said in (
        ("APPORTION_BROKER_URL", "APPORTION_BROKER_URL: 必须以`postgresql://`、`redis://`"),
        ("APPORTION_NONSENSE", "APPORTION_NONSENSE不是本版本的设置"),
    ):
        status, found = typed("orders", "--lang", "zh", **{variable: "kafka://x"})
        assert (status, said in found) == (2, True), found


def test_the_variable_asks_for_chinese_too() -> None:
    status, said = typed("--help", APPORTION_LANG="zh")
    assert (status, "登记到货。" in said, "用法：" in said) == (0, True, True)
    assert "登记" not in typed("--help", "--lang", "en", APPORTION_LANG="zh")[1]
