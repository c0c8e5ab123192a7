"""Words of customers, stores and warehouses (P2)."""

from domain.vocabulary import Vocabulary, word


class CustomerKind(Vocabulary):
    """What kind of customer it is."""

    FRANCHISEE = word("Franchisee", "加盟商", "Franchisee (加盟商).")
    DIRECT = word("Direct", "直营", "Direct region or store (直营).")
    JOINT = word("Joint", "联营", "Joint region or store (联营).")
    DISTRIBUTOR = word("Distributor", "经销商", "Distributor (经销商).")
    EXPORT = word("Export customer", "外贸客户")


class CustomerClass(Vocabulary):
    """How a customer is classed; class A ships under its agreement."""

    A = word("Class A", "A类客户")
    B = word("Class B", "B类客户")
    C = word("Class C", "C类客户")


class StoreKind(Vocabulary):
    """Whose store it is."""

    DIRECT = word("Direct", "直营", "Our own.")
    JOINT = word("Joint", "联营", "Run jointly.")


class WarehouseKind(Vocabulary):
    """What a warehouse is for."""

    CENTRAL = word("Central warehouse", "总仓", "Allocated from (总仓).")
    REGION = word("Region's warehouse", "区域仓库", "A region's own.")


class PaymentTerms(Vocabulary):
    """When a customer pays."""

    PREPAID = word("Prepaid", "款到发货", "Before the goods leave.")
    TT_DEPOSIT = word(
        "Deposit by transfer", "T/T（预付定金）", "Deposit by transfer, the rest later."
    )
    LC = word("Letter of credit", "信用证（L/C）", "By letter of credit.")
    OPEN_ACCOUNT = word("Open account", "放账", "On open account.")
    DA = word("Documents against acceptance", "承兑交单")
    COD = word("Cash on delivery", "货到付款", "On delivery.")
    MONTHLY = word("Monthly", "月结", "Month by month.")
