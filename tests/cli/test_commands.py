"""`apportion commands`, and the page that keeps what it prints."""

from pathlib import Path

from cli.commands import table

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-table.md"


def test_the_page_is_what_the_command_prints() -> None:
    """Print it again: apportion commands > docs/reference/command-table.md."""
    assert PAGE.read_text(encoding="utf-8") == table()


def test_a_row_says_who_may_when_and_what_a_customer_sees() -> None:
    rows = dict(line[2:].split(" | ", 1) for line in table().splitlines() if line.startswith("| `"))
    assert rows["`orderConfirmationReturn`"].startswith("SALES, SALES_SUPERVISOR, SALES_MANAGER,")
    assert "| AWAITING_CONFIRMATION | the same | defects |" in rows["`orderConfirmationReturn`"]
    assert rows["`orderApprove`"].endswith(
        "| no | Approve the order / 销售审批 | Order approved by sales / 销售主管审批通过 |"
    )
    assert rows["`orderMaterialsSign`"].startswith("all but ANALYST, CUSTOMER |")
