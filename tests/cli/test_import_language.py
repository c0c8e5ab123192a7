"""What language `apportion import` speaks once the input has named the company's (O15)."""

from pathlib import Path

from cli.language import choose_language
from services.settings import Settings
from tests.cli.command import typed
from tests.services.import_world import write_company


async def test_the_first_import_speaks_the_language_that_its_company_names(
    settings: Settings, tmp_path: Path
) -> None:
    folder = write_company(tmp_path / "tiny")
    regions = '["airport", "Shenzhen"]'
    (folder / "company.toml").write_text(
        'language = "zh"\n'
        f"region_order = {{SPRING_SUMMER = {regions}, AUTUMN_WINTER = {regions}}}\n"
    )
    printed = await typed(settings, "import", str(folder))
    choose_language(None)
    assert printed.status == 0, printed.err
    assert "订单（orders）：新增3" in printed.lines
