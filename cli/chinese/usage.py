"""What Typer says of itself and of a wrong command line, in Chinese: its sentences are English."""

import re
from collections.abc import Mapping
from typing import Any

# Words that Typer looks up by their English.
OF_TYPER: Mapping[str, str] = {
    "Arguments": "参数",
    "Options": "选项",
    "Commands": "命令",
    "Error": "错误",
    "required": "必填",
    "[required]": "[必填]",
    "(dynamic)": "（自动）",
    "default: {default}": "默认：{default}",
    "[default: {}]": "[默认：{}]",
    "env var: {var}": "环境变量：{var}",
    "[env var: {}]": "[环境变量：{}]",
    "Aborted!": "已中止！",
    "Aborted.": "已中止。",
    "Missing command.": "缺少命令。",
    "No such command {name!r}.": "没有命令{name!r}。",
    "Try [blue]'{command_path} {help_option}'[/] for help.": (
        "用法见[blue]'{command_path} {help_option}'[/]。"
    ),
}

# Sentences that it makes itself; what none of these fits stays as it is.
_SENTENCES = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"多余的参数：\1。"),
        (r"No such option: (\S+) \(Possible options: (.*)\)", r"没有选项\1；相近的有：\2。"),
        (r"No such option: (\S+) Did you mean (\S+)\?", r"没有选项\1；是否指\2？"),
        (r"No such option: (\S+)", r"没有选项\1。"),
        (r"没有命令(\S+)。?\.? Did you mean (.*)\?", r"没有命令\1；是否指\2？"),
        (r"Missing argument (.*?)\.(.*)", r"缺少参数\1。\2"),
        (r"Missing option (.*?)\.(.*)", r"缺少选项\1。\2"),
        (r"Option (.*) does not take a value\.", r"选项\1不带值。"),
        (r"Option (.*) requires an argument\.", r"选项\1需要一个值。"),
        (r"Option (.*) requires (\d+) arguments\.", r"选项\1需要\2个值。"),
        (r"Invalid value for (.*?): (.*)", r"\1的值无效：\2"),
        (r"Invalid value: (.*)", r"值无效：\1"),
    )
)
_VALUES = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"(?:Value error, )?(.*) is not one of (.*?)\.?", r"\1不是以下之一：\2。"),
        (r"Input should be greater than or equal to (.*)", r"不能小于\1。"),
        (r"Input should be less than or equal to (.*)", r"不能大于\1。"),
        (r"Input should be a valid integer.*", r"必须是整数。"),
        (r"Input should be a valid number.*", r"必须是数字。"),
        (r"Input should be a valid boolean.*", r"必须是是或否。"),
        (r"(?:Value error, )?(.*) does not match the formats? (.*?)\.?", r"\1不符合格式\2。"),
        (r"(?:File|Directory|Path) (.*) does not exist\.", r"\1不存在。"),
    )
)


def in_chinese(error: Any) -> str:
    """What is wrong with a command line, from an error of Typer's."""
    said = error.format_message()
    for pattern, chinese in _SENTENCES:
        found = pattern.fullmatch(said)
        if found is None:
            continue
        return found.expand(chinese).replace(_value(found), _said_of(_value(found)))
    return _said_of(said)


def _value(found: re.Match[str]) -> str:
    """What is said of a value, the last of a sentence."""
    return found[found.re.groups] or ""


def _said_of(value: str) -> str:
    for pattern, chinese in _VALUES:
        found = pattern.fullmatch(value)
        if found is not None:
            return found.expand(chinese)
    return value
