"""No test depends on how fast the machine is: what is waited for is a condition, with patience."""

import ast
import re
from pathlib import Path

# Measures of time in which a test could fail on a busy machine, and naps that hope for the best.
HASTE = re.compile(
    r"process_time|perf_counter|thread_time|assert .*(monotonic|time\.time).* < "
    r"|asyncio\.sleep\((?!0(\.0\d*)?\))|wait_for\(.*, \d+\)"
)
# Here patience itself ends; and here silence is what is tested, which only time shows: how long a
# network is cut, and within what the product promises to notice, thirty seconds in which a machine
# has to answer a few packets.
TIMED = ("tests/waiting.py", "tests/end_to_end/test_cut_off.py")


def test_no_test_measures_time() -> None:
    root = Path(__file__).parents[1]
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in sorted((root / "tests").rglob("*.py"))
        if path != Path(__file__) and str(path.relative_to(root)) not in TIMED
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if HASTE.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_test_has_a_client_s_few_seconds() -> None:
    """A request waits five seconds for a server that is asked over a network, unless it is said."""
    tests = Path(__file__).parent
    found = [
        f"{path.relative_to(tests.parent)}:{node.lineno}"
        for path in sorted(tests.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("httpx.")
        and ast.unparse(node.func).partition(".")[2] in {"get", "post", "Client", "AsyncClient"}
        and not {"timeout", "transport"} & {keyword.arg for keyword in node.keywords}
    ]
    assert not found, "\n".join(found)
