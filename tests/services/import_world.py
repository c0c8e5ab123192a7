"""A tiny company in the files of the import: two franchisees, one store, one style in two sizes."""

from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import text

from domain.principals import SYSTEM
from services.bootstrap import Dependencies
from services.imports import Dataset, Examined, Fault, ImportReport, Reader, import_data

FILES = {
    "regions": "region_id,name,name_zh\nairport,Airport,机场\nShenzhen,Shenzhen,深圳\n",
    "warehouses": "warehouse_id,name,kind,region_id\nCENTRAL,Central,CENTRAL,\n",
    "products": "product_id,name,season,launch_rank\nTEE,Tee,SPRING_SUMMER,1\n",
    "skus": (
        "sku_id,product_id,size,pack,list_price,currency\n"
        "TEE-40,TEE,40,2,10.00,CNY\nTEE-41,TEE,41,1,10.00,CNY\n"
    ),
    "customers": (
        "customer_id,name,kind,class,region_id,payment_terms,currency,rank,credit_limit,balance,"
        "guarantee,confirmed_on\n"
        "F1,First,FRANCHISEE,A,airport,PREPAID,CNY,1,50.00,100.00,25.00,2026-03-01\n"
        "F2,Second,FRANCHISEE,B,Shenzhen,PREPAID,CNY,2,,0.00,,2026-03-01\n"
    ),
    "stores": "store_id,name,region_id,tier,kind\nS1,Store one,airport,A,DIRECT\n",
    "store_stock": "store_id,sku_id,safety_stock,on_hand,in_transit,pack\nS1,TEE-40,3,1,0,1\n",
    "region_reserves": "region_id,sku_id,target,current,pack\nairport,TEE-40,5,0,\n",
    "orders": (
        "order_id,customer_id,placed_on,required_on,status,currency,note\n"
        "O1,F1,2026-02-01,2026-03-20,OPEN,CNY,=2+3\n"
        "O2,F2,2026-02-02,,OPEN,CNY,\n"
        "O3,F2,2026-01-05,,DELIVERED,CNY,\n"
    ),
    "order_lines": (
        "order_id,line_no,sku_id,quantity,unit_price,discount_pct,shipped_quantity\n"
        "O1,1,TEE-40,4,10.00,0,0\n"
        "O1,2,TEE-41,3,9.99,33.3333,1\n"
        "O2,1,TEE-40,2,10.00,0,0\n"
        "O3,1,TEE-41,5,8.00,25,5\n"
    ),
    "stock": "warehouse_id,sku_id,on_hand\nCENTRAL,TEE-41,7\n",
    "arrivals": (
        "receipt_id,warehouse_id,sku_id,units\nR1,CENTRAL,TEE-40,12\nR1,CENTRAL,TEE-41,0\n"
    ),
    "milestones": (
        "order_id,number,estimated_on,closed_on,closed_by\n"
        "O1,3,2026-02-10,2026-02-12,chen\nO3,17,2026-01-20,,\n"
    ),
    "shipments": (
        "shipment_id,order_id,status,carrier,tracking_number,shipped_on,delivered_on\n"
        "SH1,O3,DELIVERED,Express,T1,2026-01-15,2026-01-18\n"
    ),
    "people": (
        "user,name,roles,customer_id\nwang,Wang,PRODUCT; PLANNING,\nfirst,First,CUSTOMER,F1\n"
    ),
}


def write_company(folder: Path, **changes: str | bytes | None) -> Path:
    """The tiny company as CSV; a change replaces a whole file, None leaves it out."""
    folder.mkdir(exist_ok=True)
    for name, content in {**FILES, **changes}.items():
        if isinstance(content, bytes):
            (folder / f"{name}.csv").write_bytes(content)
        elif content is not None:
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def write_workbook(file: Path, **changes: str) -> Path:
    """The tiny company as one workbook, with numbers where a person would type them."""
    book = xlsxwriter.Workbook(
        str(file), {"strings_to_numbers": True, "strings_to_formulas": False}
    )
    for name, content in {**FILES, **changes}.items():
        sheet = book.add_worksheet(name)
        for row, line in enumerate(content.splitlines()):
            for column, cell in enumerate(line.split(",")):
                sheet.write(row, column, cell)
    book.close()
    return file


def with_row(table: str, row: str) -> dict[str, str]:
    """One more row at the end of a file."""
    return {table: f"{FILES[table]}{row}\n"}


def replaced(table: str, old: str, new: str) -> dict[str, str]:
    """A file in which a piece of text is another."""
    assert old in FILES[table], f"{old!r} is not in {table}"
    return {table: FILES[table].replace(old, new)}


def examine(path: Path, map_file: Path | None = None) -> Examined:
    return Reader.open(path, map_file).examine()


def faults_of(path: Path, map_file: Path | None = None) -> tuple[Fault, ...]:
    return examine(path, map_file).faults()


def data_of(path: Path, map_file: Path | None = None) -> Dataset:
    return examine(path, map_file).alone()


async def load(deps: Dependencies, examined: Examined) -> ImportReport:
    """Import a data set that was examined."""
    async with deps.unit_of_work(SYSTEM) as uow:
        return await import_data(examined, uow)


async def ask(deps: Dependencies, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    async with deps.unit_of_work(SYSTEM) as uow:
        return [tuple(row) for row in await uow.session.execute(text(query))]
