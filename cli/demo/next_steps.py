"""What to do after the demonstration: commands that can be pasted as they are."""

import os
import shlex
import sys
from pathlib import Path

from cli.language import Speaker
from services.homes import CHECKOUT
from services.settings import Settings

SOURCE = Path(__file__).parents[2]


def next_steps(settings: Settings, order_number: str | None, say: Speaker) -> list[str]:
    """Lines of commands, each followed by what it is for."""
    steps = [
        (_serve(settings), say("GraphiQL on", "浏览器打开") + " http://127.0.0.1:8000/graphql"),
        (
            _token(settings),
            say("a token for the field at its top", "令牌，粘贴到页面顶部"),
        ),
        (
            "{ orders(first: 5) { nodes { orderNumber status total { amount currency } } } }",
            say("a first query", "第一个查询"),
        ),
    ]
    language = " --lang zh" if say.chinese else ""
    if order_number is not None:
        steps.append(
            (
                f"{_program(settings)} explain {shlex.quote(order_number)}{language}",
                say(
                    "what this order was given, why not more, and what would change it",
                    "该订单分得多少、为何未满足、如何改变",
                ),
            )
        )
    lines = []
    if settings.database_url is not None:
        lines.append(
            say(
                "With the same APPORTION_DATABASE_URL, and an APPORTION_SECRET for both:",
                "须使用相同的 APPORTION_DATABASE_URL，并为两者设置 APPORTION_SECRET：",
            )
        )
    for command, purpose in steps:
        lines += [f"  {command}", f"      {purpose}"]
    return lines


def _serve(settings: Settings) -> str:
    return _make("serve") if _by_make(settings) else f"{_program(settings)} serve --with-worker"


def _token(settings: Settings) -> str:
    if _by_make(settings):
        return _make("token ROLE=ADMIN")
    return f"{_program(settings)} token --role ADMIN"


def _by_make(settings: Settings) -> bool:
    """Whether `make` in the checkout leads to the same database."""
    return (
        settings.database_url is None
        and settings.home == SOURCE / CHECKOUT
        and (SOURCE / "Makefile").exists()
    )


def _make(target: str) -> str:
    return (
        f"make {target}" if Path.cwd() == SOURCE else f"make -C {shlex.quote(str(SOURCE))} {target}"
    )


def _program(settings: Settings) -> str:
    """The command by its path, with what it needs to find the same database from here."""
    if Path(sys.argv[0]).name == "apportion":
        path = Path(os.path.abspath(sys.argv[0]))
        inside = Path.cwd() == SOURCE and path.is_relative_to(SOURCE)
        program = shlex.quote(str(path.relative_to(SOURCE) if inside else path))
    else:
        program = f"{shlex.quote(sys.executable)} -m cli"
    if settings.database_url is not None or (_by_make(settings) and Path.cwd() == SOURCE):
        return program
    return f"APPORTION_HOME={shlex.quote(str(settings.home))} {program}"
