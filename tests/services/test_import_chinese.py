"""Files in Chinese: names, headings and words are taken as they are, without a mapping."""

import datetime as dt
import re
from itertools import chain
from pathlib import Path

import pytest

from domain.languages import Language
from services.imports import Fault
from services.imports.columns import Column, Kind, Table
from services.imports.receipts import read_receipt
from services.imports.tables import TABLES
from tests.services.import_world import data_of, faults_of
from tests.workbooks import write_sheets

FILES = {
    "区域": "区域编号,区域名称\n机场,机场\n深圳,深圳\n",
    "仓库": "仓库编号,仓库名称,仓库类型,所属区域\n总仓,总仓,总仓,\nSZ,深圳仓,区域仓库,深圳\n",
    "产品": "产品编号,产品名称,季节,上市优先级\nT恤,圆领T恤,春夏季,1\n",
    "货号": "货号,产品编号,尺码,包装数,吊牌价\nT恤-40,T恤,40,2,10.00\nT恤-41,T恤,41,1,10.00\n",
    "客户": (
        "客户编号,客户名称,客户类型,客户类别,区域,付款方式,优先级,信用额度,账户余额,暂停发货,"
        "资金核实日期\n"
        "F1,罗湖,加盟商,A类客户,机场,款到发货,1,50.00,100.00,否,2026年3月1日\n"
        "F2,佛山,经销商,B类,深圳,月结,2,,0.00,是,2026/3/1\n"
    ),
    "门店": "门店编号,门店名称,所属区域,门店级别,门店类型\nS1,一店,机场,A,联营\n",
    "店铺库存": "门店,货号,安全库存,现有库存\nS1,T恤-40,3,1\n",
    "区域备货": "区域,货号,备货目标\n机场,T恤-40,5\n",
    "订单": (
        "订单号,客户,下单日期,要求交期,状态,整单发货,备注\n"
        "O1,F1,2026年2月1日,2026年03月20日,未结,是,\n"
        "O2,F2,2026-02-02,,待补充信息,否,缺银行水单\n"
    ),
    "订单明细": "订单号,行号,货号,数量,单价,优惠百分比\nO1,1,T恤-40,4,10.00,15\n",
    "库存": "仓库,货号,库存数量\n总仓,T恤-41,7\n",
    "到货": "收货单号,仓库,货号,到货数量\nR1,总仓,T恤-40,12\n",
    "人员": "账号,姓名,岗位,所属客户\nwang,王,品牌产品科；计划部,\nluohu,罗湖,客户,F1\n",
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in {**FILES, **changes}.items():
        if isinstance(content, bytes):
            (folder / f"{name}.csv").write_bytes(content)
        elif content is not None:
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def replaced(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file]
    return {file: FILES[file].replace(old, new)}


def in_chinese(fault: Fault) -> str:
    return fault.sentence(Language.ZH_HANS)


def test_files_headings_and_words_are_taken_as_they_are(tmp_path: Path) -> None:
    """P2 P3 O1: the words of vocabularies, yes and no, and days as they are written in China."""
    data = data_of(write(tmp_path / "公司"))
    customers = data.frames["customers"].to_dicts()
    assert [c["kind"] for c in customers] == ["FRANCHISEE", "DISTRIBUTOR"]
    assert [c["class"] for c in customers] == ["A", "B"]
    assert [c["payment_terms"] for c in customers] == ["PREPAID", "MONTHLY"]
    assert [c["blocked"] for c in customers] == [False, True]
    assert {c["confirmed_on"] for c in customers} == {dt.date(2026, 3, 1)}
    orders = data.frames["orders"].to_dicts()
    assert [o["status"] for o in orders] == ["OPEN", "HELD"]
    assert [o["placed_on"] for o in orders] == [dt.date(2026, 2, 1), dt.date(2026, 2, 2)]
    assert orders[0]["required_on"] == dt.date(2026, 3, 20)
    assert [o["ship_complete"] for o in orders] == [True, False]
    assert data.frames["warehouses"]["kind"].to_list() == ["CENTRAL", "REGION"]
    assert data.frames["products"]["season"].to_list() == ["SPRING_SUMMER"]
    assert data.frames["stores"]["kind"].to_list() == ["JOINT"]
    assert data.frames["people"]["roles"].to_list() == ["PRODUCT;PLANNING", "CUSTOMER"]
    assert data.frames["store_stock"]["on_hand"].to_list() == [1]
    assert data.frames["stock"]["on_hand"].to_list() == [7]
    assert [arrival.units_by_sku for arrival in data.arrivals] == [{"T恤-40": 12}]
    assert data.said == ()


def test_the_same_company_in_english_is_the_same_input(tmp_path: Path) -> None:
    """Chinese files sent again under English names change nothing."""
    english = {
        "区域": None,
        "regions": "region_id,name\n机场,机场\n深圳,深圳\n",
        "产品": None,
        "products": ("product_id,name,season,launch_rank\nT恤,圆领T恤,SPRING_SUMMER,1\n"),
        "订单": FILES["订单"].replace("未结", "OPEN").replace("2026年2月1日", "2026-02-01"),
    }
    mixed = data_of(write(tmp_path / "mixed", **english))
    assert mixed.fingerprint() == data_of(write(tmp_path / "zh")).fingerprint()


def test_sheets_of_a_workbook_may_have_chinese_names(tmp_path: Path) -> None:
    sheets = {
        name: [line.split(",") for line in content.splitlines()] for name, content in FILES.items()
    }
    book = write_sheets(tmp_path / "公司.xlsx", sheets)
    assert data_of(book).counts == data_of(write(tmp_path / "csv")).counts
    sheets["订单"][1][2] = "2026年2月30日"
    [fault] = faults_of(write_sheets(tmp_path / "错.xlsx", sheets))
    assert (fault.file, fault.row, fault.column) == ("错.xlsx/订单", 2, "下单日期")


FAULTS = {
    "a misspelt word": (
        replaced("客户", "F1,罗湖,加盟商,", "F1,罗湖,加盟,"),
        "客户.csv第2行“客户类型”列：“加盟”不是有效的客户类型（kind）。是否应为“加盟商”？可用："
        "加盟商（FRANCHISEE）、直营（DIRECT）、联营（JOINT）、经销商（DISTRIBUTOR）、"
        "外贸客户（EXPORT）。",
    ),
    "an unknown name": (
        replaced("订单明细", "T恤-40,4", "T恤-49,4"),
        "订单明细.csv第2行“货号”列：“T恤-49”没有这个货号。是否应为“T恤-41”？",
    ),
    "no day": (
        replaced("订单", "2026年2月1日", "2026年2月30日"),
        "订单.csv第2行“下单日期”列：“2026年2月30日”不是按“年-月-日”书写的有效日期，"
        "如2026-03-31或2026年3月31日。请更正，或在映射文件中写明其格式。",
    ),
    "neither yes nor no": (
        replaced("订单", "未结,是", "未结,对"),
        "订单.csv第2行“整单发货”列：“对”既不是1（是）也不是0（否）。请填写是或否（1或0）；或为其值"
        "建立映射。",
    ),
    "full-width digits": (
        replaced("订单明细", "T恤-40,4,", "T恤-40,４,"),
        "订单明细.csv第2行“数量”列：“４”不是整数。请用半角数字0至9。",
    ),
    "no role": (
        replaced("人员", "计划部", "计划科"),
        "人员.csv第2行“岗位”列：“品牌产品科；计划科”其中“计划科”不是岗位。是否应为“计划部”？",
    ),
    "a missing column": (
        replaced("订单明细", "数量", "说明"),
        "订单明细.csv“数量”列：缺少这一列。请增加数量列。请填写整数。",
    ),
    "a misspelt heading": (
        replaced("客户", "信用额度", "信用额"),
        "客户.csv第1行“信用额”列：不是客户（customers）的列。是否应为“信用额度”？"
        "如不是，请删去这一列。",
    ),
    "a heading of two meanings": (
        replaced("订单明细", "优惠百分比", "折扣"),
        "订单明细.csv第1行“折扣”列：可以指减去的部分，也可以指减后的部分。请用“优惠百分比”"
        "（`discount_pct`）作标题，填写减去的百分数：八五折填15。",
    ),
    "two headings of a column": (
        replaced("订单明细", "优惠百分比", "订购数量"),
        "订单明细.csv第1行“订购数量”列：与“数量”是同一列。请删去其中一列。",
    ),
    "two files of a table": (
        {"customers": "customer_id,name\nF1,罗湖\n"},
        "客户.csv：与customers.csv是同一张表。请把各行合并到其中一个文件。",
    ),
    "a misspelt file": (
        {"订单明细": None, "订单明细表": FILES["订单明细"]},
        "订单明细表.csv：不是导入的表。是否应为“订单明细”？",
    ),
    "another encoding": (
        {"订单": FILES["订单"].encode("gb18030")},
        "订单.csv第1行：“0xB6”不是UTF-8编码：文件第1字节无法读取。请另存为UTF-8，或在映射文件的"
        '`[reading]`或其`[sources]`下写明编码，例如`encoding = "gb18030"`。',
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_names_file_and_heading_as_they_stand(kind: str, tmp_path: Path) -> None:
    """P2 P3 O1: in the reader's language."""
    changes, sentence = FAULTS[kind]
    found = [in_chinese(fault) for fault in faults_of(write(tmp_path / "公司", **changes))]
    assert sentence in found, "\n".join(found)


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    """Files and headings that resemble none of the import."""
    more = {"会议纪要": "标题\n周会\n", **replaced("订单", "备注", "跟单员")}
    said = [each.text(Language.ZH_HANS) for each in data_of(write(tmp_path / "公司", **more)).said]
    assert said == [
        "未读取：会议纪要.csv不是可导入的表。",
        "未读取：订单.csv的这些列：跟单员。",
    ]


def test_a_heading_of_two_meanings_is_left_where_the_clear_one_is_given(tmp_path: Path) -> None:
    lines = FILES["订单明细"].replace("优惠百分比", "优惠百分比,折扣").replace(",15", ",15,85")
    data = data_of(write(tmp_path / "公司", 订单明细=lines))
    assert data.frames["order_lines"]["discount_pct"].to_list() == [15]
    assert [each.text(Language.ZH_HANS) for each in data.said] == [
        "未读取：订单明细.csv的这些列：折扣。"
    ]


def test_a_heading_that_is_near_another_may_be_deleted(tmp_path: Path) -> None:
    """What has not been shipped is no misspelling of what has."""
    lines = FILES["订单明细"].replace("优惠百分比", "未发数量")
    [fault] = faults_of(write(tmp_path / "公司", 订单明细=lines))
    assert in_chinese(fault) == (
        "订单明细.csv第1行“未发数量”列：不是订单明细（order_lines）的列。是否应为“已发数量”？"
        "如不是，请删去这一列。"
    )


def test_marks_and_blanks_of_spreadsheets_are_no_part_of_names(tmp_path: Path) -> None:
    """A byte order mark before the first heading, ideographic spaces around headings and cells."""
    orders = FILES["订单"].replace("订单号", "\ufeff订单号").replace("客户,", "\u3000客户 ,")
    data = data_of(write(tmp_path / "公司", 订单=orders.replace("O1,F1", "O1,F1\u3000")))
    assert data.frames["orders"]["customer_id"].to_list() == ["F1", "F2"]


def test_a_goods_receipt_may_be_headed_in_chinese(tmp_path: Path) -> None:
    receipt = tmp_path / "到货.csv"
    receipt.write_text("仓库,货号,数量\n总仓,T恤-40,3\n", encoding="utf-8")
    arrival = read_receipt(receipt, "R9")
    assert (arrival.warehouse_id, arrival.units_by_sku) == ("总仓", {"T恤-40": 3})


def test_a_mapping_may_say_only_how_the_files_are_written(tmp_path: Path) -> None:
    """P2: names, headings, words and company.toml stay as they are without a mapping."""
    folder = tmp_path / "公司"
    write(folder, **{name: text.encode("gb18030") for name, text in FILES.items()})
    orders = FILES["订单"].replace(",", ";").replace("2026年2月1日", "01.02.2026")
    orders = re.sub("2026年03月20日|2026-02-02", "02.02.2026", orders)
    (folder / "订单.csv").write_text(orders, encoding="utf-8")
    regions = (
        'region_order = {SPRING_SUMMER = ["机场", "深圳"], AUTUMN_WINTER = ["机场", "深圳"]}\n'
    )
    (folder / "company.toml").write_text('language = "zh"\n' + regions, encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[reading]\nencoding = "gb18030"\n'
        '[sources."订单"]\nencoding = "utf-8"\ndelimiter = ";"\ndate = "%d.%m.%Y"\n',
        encoding="utf-8",
    )
    data = data_of(folder, mapping)
    assert data.counts == data_of(write(tmp_path / "utf8")).counts
    assert data.frames["orders"]["placed_on"][0] == dt.date(2026, 2, 1)
    assert data.frames["customers"]["confirmed_on"][0] == dt.date(2026, 3, 1)
    assert data.policy is not None
    assert data.policy.language is Language.ZH_HANS
    # A policy of the mapping's own comes before that beside the files.
    with mapping.open("a", encoding="utf-8") as file:
        file.write("[company]\n" + regions)
    policy = data_of(folder, mapping).policy
    assert policy is not None
    assert policy.language is None


def columns() -> list[tuple[Table, Column]]:
    return [(table, column) for table in TABLES.values() for column in table.columns]


def test_every_file_and_column_has_a_chinese_name_of_its_own() -> None:
    """No heading of a file stands for two of its columns, and no name for two files."""
    files = [*chain.from_iterable((table.name, *table.chinese) for table in TABLES.values())]
    assert len(set(files)) == len(files)
    for table in TABLES.values():
        headings = [h for c in table.columns for h in (c.name, *c.chinese, *c.unclear)]
        assert len({heading.casefold() for heading in headings}) == len(headings), table.name
    for named in (*TABLES.values(), *(column for _, column in columns())):
        assert re.search("[\u4e00-\u9fff]", named.chinese[0]), named.name
        assert all(word == word.strip() and "," not in word for word in named.chinese)


def test_what_stands_for_a_word_stands_for_one_of_the_column() -> None:
    for table, column in columns():
        words = {"0", "1"} if column.kind is Kind.FLAG else {*column.choices, *column.list_of}
        assert set(column.codes.values()) <= words, (table.name, column.name)
        assert not set(column.codes) & words, (table.name, column.name)
