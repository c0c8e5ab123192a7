"""Every wave of the data, one after another, each on an emptied database with its own stock."""

from rich.console import Console
from rich.progress import track

from cli.demo.show import percent
from cli.demo.steps import DemoFailed, record_arrivals
from cli.language import Speaker
from cli.tables import Column, figures, print_table
from domain.kpis import KpiGroup
from domain.messages import msg
from domain.policy import Policy
from domain.principals import SYSTEM
from services import kpis
from services.allocation.run import run_allocation
from services.bootstrap import Databases, open_dependencies, reset_database
from services.imports import Examined, Reader, import_data
from services.policy import install
from services.settings import Settings


async def replay(
    settings: Settings, databases: Databases, reader: Reader, out: Console, say: Speaker
) -> None:
    """Import, receive and allocate wave by wave, and print the fill of each.

    The same use cases as ever; only that the run is carried out here, since a worker would lose the
    database that is emptied between waves.
    """
    waves = reader.choices("wave")
    if not waves:
        raise DemoFailed(say.text(msg("cli.NO_WAVES")))
    columns = (
        Column(say("wave", "到货日期")),
        figures(say("arrived", "到货数量")),
        figures(say("wanted", "需求数量")),
        figures(say("given", "分得数量")),
        figures(say("fill", "满足率")),
        figures(say("fill, value", "金额满足率")),
    )
    rows: list[tuple[str, ...]] = []
    wanted = given = 0
    for wave in track(waves, description=say("Replaying", "正在重放"), console=out, transient=True):
        examined = reader.examine({"wave": wave}, only_open=True)
        reset_database(databases)
        arrived, fills = await _one_wave(settings, examined)
        units_wanted = sum(fill.units_wanted for fill in fills)
        units_given = sum(fill.units_given for fill in fills)
        value = [percent(fill.value_rate) for fill in fills]
        rows.append(
            (
                str(wave),
                f"{arrived:,}",
                f"{units_wanted:,}",
                f"{units_given:,}",
                percent(kpis.share(units_given, units_wanted)),
                " / ".join(value),
            )
        )
        wanted, given = wanted + units_wanted, given + units_given
    fill = percent(kpis.share(given, wanted))
    rows.append((say("all", "合计"), "", f"{wanted:,}", f"{given:,}", fill, ""))
    print_table(out, columns, rows)


async def _one_wave(
    settings: Settings, examined: Examined
) -> tuple[int, tuple[kpis.FillRate, ...]]:
    data = examined.alone()
    async with open_dependencies(settings, purpose="command") as deps:
        async with deps.unit_of_work(SYSTEM) as uow:
            await install(uow, "DEMO", data.policy or Policy())
        async with deps.unit_of_work(SYSTEM) as uow:
            await import_data(examined, uow)
        for run_id in await record_arrivals(deps, data.arrivals):
            await run_allocation(run_id, deps)
        async with deps.unit_of_work(SYSTEM) as uow:
            fills = (await kpis.fill_rates(uow, KpiGroup.MONTH)).rows
    return sum(sum(a.units_by_sku.values()) for a in data.arrivals), fills
