"""Who may do what: one table, role x action (P1)."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from domain.errors import NotAllowed
from domain.limits import NAME
from domain.objections import Objection
from domain.principals import SYSTEM, Principal
from domain.vocabulary import Vocabulary, word


class Role(Vocabulary):
    """What somebody is in the company.

    A person may hold several.
    """

    SALES = word("Sales", "销售员", "Salesperson.")
    SALES_SUPERVISOR = word("Sales supervisor", "销售主管", "Sales supervisor (销售主管).")
    SALES_MANAGER = word("Sales manager", "销售经理")
    SALES_DIRECTOR = word("Sales director", "销售总监")
    SALES_ASSISTANT = word("Sales assistant", "销售助理")
    ORDER_CLERK = word("Order clerk", "接单员", "Order clerk (接单员).")
    SALES_ADMIN = word("Sales administration", "销售内勤", "Sales administration (销售内勤).")
    DOCUMENT_CLERK = word("Document clerk", "单证员", "Document clerk (单证员).")
    CUSTOMER_SERVICE = word("Customer service", "客服部")
    SERVICE_SUPERVISOR = word("Service supervisor", "客服主管", "Supervisor of customer service.")
    PURCHASING = word("Purchasing", "采购部")
    PURCHASING_MANAGER = word("Purchasing manager", "采购经理")
    PRODUCTION = word("Production", "生产部")
    PLANNING = word("Planning", "计划部", "Planning (PMC).")
    ENGINEERING = word("Engineering", "技术部", "Engineering (技术部).")
    QUALITY = word("Quality", "品质部")
    LOGISTICS = word("Logistics", "物流部")
    DISPATCHER = word("Dispatcher", "发货员", "Dispatcher (发货员).")
    WAREHOUSE = word("Warehouse", "仓储部")
    FINANCE = word("Finance", "财务部")
    ACCOUNTING_MANAGER = word("Accounting manager", "财务经理")
    PRODUCT = word("Product department", "品牌产品科", "Product department (品牌产品科).")
    CHANNEL = word("Channel department", "渠道业务", "Channel department (渠道业务).")
    REGION_MANAGER = word("Region manager", "区域经理")
    MARKETING_DIRECTOR = word("Marketing director", "营销总监", "Marketing director (营销总监).")
    LEGAL = word("Legal", "法务部")
    AFTER_SALES = word("After sales", "售后部")
    DEPUTY_GM = word("Deputy general manager", "副总经理")
    GENERAL_MANAGER = word("General manager", "总经理")
    ANALYST = word("Analyst", "数据分析员")
    ADMIN = word("Administrator", "系统管理员", "Administrator of the installation.")
    CUSTOMER = word(
        "Customer", "客户", "A customer's own login; sees its own rows and nothing else."
    )


class Action(StrEnum):
    """One thing that a role may or may not do; the words complete "none of your roles may ..."."""

    VIEW_SELF = "see who they are"
    VIEW_ORDERS = "view orders"
    VIEW_MILESTONES = "view milestones"
    VIEW_SHIPMENTS = "view shipments"
    VIEW_CUSTOMERS = "view customers"
    VIEW_CATALOG = "view products"
    VIEW_FUNDS = "view funds"
    VIEW_SUPPLY = "view goods receipts and stock"
    VIEW_ALLOCATION = "view allocation runs"
    VIEW_RESERVATIONS = "view reservations"
    VIEW_SCENARIOS = "view scenarios"
    VIEW_KPIS = "view KPIs"
    VIEW_AUDIT_LOG = "read the audit log"
    VIEW_JOBS = "view background jobs"
    RECEIVE_GOODS = "record a goods receipt"
    REQUEST_ALLOCATION = "request an allocation"
    CANCEL_ALLOCATION = "cancel an allocation"
    PLAN_SCENARIOS = "create and run scenarios"
    PLACE_ORDERS = "place orders"
    VIEW_ORDER_WORK = "see how an order is worked on"
    CHECK_ORDERS = "check orders"
    RELEASE_DOUBTS = "answer doubts about prices"
    APPROVE_FINANCES = "approve prices and payment terms"
    APPROVE_ORDERS = "approve orders"
    OPEN_REVIEWS = "open order reviews"
    REVIEW_ORDERS = "take part in order reviews"
    DECIDE_REVIEWS = "decide order reviews"
    SPEAK_FOR_CUSTOMERS = "record what a customer agreed to"
    AGREE_TO_TERMS = "agree to conditions and changes of orders"
    SEND_BACK_CONFIRMATIONS = "send confirmations back"
    SEND_CONFIRMATIONS = "send and take back confirmations"
    CONFIRM_ORDERS = "confirm orders"
    REQUEST_CHANGES = "request changes of orders"
    SIGN_PAPERS = "sign papers of orders"
    RECORD_GATES = "record papers towards production"
    RELEASE_PRODUCTION = "release orders to production"
    RECORD_DEPOSITS = "record deposits"
    RECORD_STOCK_IN = "record the stock-in of an order"
    RECORD_PICKUPS = "record pick-ups"
    SHIP_ORDERS = "ship orders"
    DELIVER_ORDERS = "record deliveries"
    SIGN_RECEIPTS = "sign for what was delivered"
    SETTLE_ORDERS = "find orders paid in full"
    HANDLE_COMPLAINTS = "handle complaints"
    CLOSE_ORDERS = "close orders"
    CANCEL_ORDERS = "cancel orders"
    VIEW_POLICY = "view the policy"
    CHANGE_POLICY = "change the policy"
    SET_LAUNCH_PLAN = "set the launch plan and product ranks"
    SET_CHANNEL_RANKS = "set the order of regions and the tiers of stores"
    SET_CUSTOMER_RANKS = "set the ranks of franchisees"
    SET_CREDIT = "set credit limits and payment terms"
    SET_GUARANTEE_QUOTAS = "set the quotas of guarantees"
    CONFIRM_FUNDS = "confirm funds"
    RECORD_PAYMENTS = "record payments"
    SET_STOCK_TARGETS = "set safety stock and regional reserves"
    SET_PRICES = "set prices"
    VIEW_PRICES = "view prices"
    VIEW_MASTER_DATA = "view changes of master data"
    KEEP_CALENDAR = "change the business calendar"
    KEEP_CUSTOMERS = "enter and change customers"
    CLASS_CUSTOMERS = "class customers"
    ERASE_CONTACTS = "erase a contact's personal data"
    VIEW_PENALTIES = "view penalties"
    WAIVE_PENALTIES = "waive a penalty"
    VIEW_PEOPLE = "view people and their roles"
    MANAGE_PEOPLE = "add people and change their roles"
    WORK_MILESTONES = "work on milestones"
    WORK_ANY_MILESTONE = "work on milestones of other departments"
    OVERRIDE_MILESTONES = "close a milestone before those it waits for"
    CLOSE_MANY_MILESTONES = "close many milestones at once"
    MANAGE_TEMPLATES = "change milestone templates"
    VIEW_TASKS = "view tasks"
    WORK_TASKS = "work on tasks"
    VIEW_CLOCKS = "view clocks"
    WORK_CLOCKS = "start, pause and stop clocks"
    VIEW_PROGRESS = "view purchases and production"
    RECORD_PURCHASES = "record material purchases"
    RECORD_PRODUCTION = "record production progress"
    BOOK_INSPECTIONS = "book inspections"
    RECORD_INSPECTIONS = "record inspections"


_STAFF = frozenset(Role) - {Role.CUSTOMER}
_ANYONE = frozenset(Role)
_LEADERS = frozenset({Role.DEPUTY_GM, Role.GENERAL_MANAGER})
_PLANNERS = frozenset({Role.PLANNING, Role.PRODUCT})
_MONEY = frozenset({Role.FINANCE, Role.ACCOUNTING_MANAGER})
_SALES = frozenset(
    {
        Role.SALES,
        Role.SALES_SUPERVISOR,
        Role.SALES_MANAGER,
        Role.SALES_DIRECTOR,
        Role.SALES_ASSISTANT,
        Role.SALES_ADMIN,
        Role.ORDER_CLERK,
    }
)
_GOODS = frozenset({Role.WAREHOUSE, Role.LOGISTICS, Role.DISPATCHER})
_DELIVERERS = _GOODS | {Role.SALES_ADMIN, Role.CUSTOMER_SERVICE}
# Those who talk with customers about their orders.
_INTAKE = _SALES | {Role.CUSTOMER_SERVICE}
_WORKS = frozenset({Role.ENGINEERING, Role.QUALITY, Role.PRODUCTION, Role.PURCHASING})

# What P7 gives to named departments: nobody else has it, ADMIN and the general manager included.
EXACTLY: dict[Action, frozenset[Role]] = {
    Action.SET_LAUNCH_PLAN: frozenset({Role.PRODUCT}),
    Action.SET_CHANNEL_RANKS: frozenset({Role.PRODUCT, Role.CHANNEL}),
    Action.SET_CUSTOMER_RANKS: frozenset({Role.CHANNEL}),
    Action.SET_CREDIT: frozenset({Role.FINANCE}),
    Action.SET_GUARANTEE_QUOTAS: frozenset({Role.FINANCE}),
    Action.CONFIRM_FUNDS: frozenset({Role.FINANCE}),
}

_MANAGERS = frozenset({Role.SALES_MANAGER, Role.SALES_DIRECTOR, Role.PURCHASING_MANAGER}) | _LEADERS
_WORKERS = _STAFF - {Role.ANALYST}
_MAKERS = frozenset({Role.PRODUCTION, Role.PLANNING, Role.ENGINEERING, Role.QUALITY})
_BUYERS = frozenset({Role.PURCHASING, Role.PURCHASING_MANAGER})

# Whose steps and tasks a role may do beside its own.
STANDS_IN: dict[Role, frozenset[Role]] = {
    Role.SALES: _SALES,
    Role.CUSTOMER_SERVICE: frozenset({Role.SERVICE_SUPERVISOR}),
    Role.PURCHASING: frozenset({Role.PURCHASING_MANAGER}),
    Role.FINANCE: frozenset({Role.ACCOUNTING_MANAGER}),
    Role.LOGISTICS: frozenset({Role.DISPATCHER, Role.DOCUMENT_CLERK}),
    Role.WAREHOUSE: frozenset({Role.DISPATCHER, Role.LOGISTICS}),
    Role.PLANNING: frozenset({Role.PRODUCT}),
    Role.AFTER_SALES: frozenset({Role.CUSTOMER_SERVICE, Role.SERVICE_SUPERVISOR}),
}

# ADMIN may do everything else; it is added below and not repeated in each line.
_TABLE: dict[Action, frozenset[Role]] = {
    Action.VIEW_SELF: _ANYONE,
    Action.VIEW_ORDERS: _ANYONE,
    Action.VIEW_MILESTONES: _ANYONE,
    Action.VIEW_SHIPMENTS: _ANYONE,
    Action.VIEW_CUSTOMERS: _ANYONE,
    Action.VIEW_CATALOG: _ANYONE,
    Action.VIEW_RESERVATIONS: _ANYONE,
    # Salespeople answer for their customers' slips and guarantees (F2, F3).
    Action.VIEW_FUNDS: _MONEY
    | _SALES
    | _LEADERS
    | _PLANNERS
    | {Role.CHANNEL, Role.MARKETING_DIRECTOR, Role.ANALYST, Role.CUSTOMER},
    Action.VIEW_SUPPLY: _STAFF,
    Action.VIEW_ALLOCATION: _STAFF,
    Action.VIEW_SCENARIOS: _PLANNERS | _LEADERS | {Role.CHANNEL, Role.ANALYST},
    Action.VIEW_KPIS: _STAFF,
    Action.VIEW_AUDIT_LOG: _LEADERS | {Role.ANALYST, Role.LEGAL},
    Action.VIEW_JOBS: _PLANNERS,
    Action.RECEIVE_GOODS: _GOODS,
    Action.REQUEST_ALLOCATION: _PLANNERS | {Role.CHANNEL},
    Action.CANCEL_ALLOCATION: _PLANNERS,
    Action.PLAN_SCENARIOS: _PLANNERS | {Role.CHANNEL},
    Action.PLACE_ORDERS: _INTAKE | {Role.CHANNEL},
    Action.VIEW_ORDER_WORK: _STAFF,
    Action.CHECK_ORDERS: _INTAKE,
    Action.RELEASE_DOUBTS: frozenset(
        {Role.SALES_MANAGER, Role.SALES_SUPERVISOR, Role.GENERAL_MANAGER}
    ),
    Action.APPROVE_FINANCES: _MONEY,
    Action.APPROVE_ORDERS: frozenset({Role.SALES_SUPERVISOR, Role.SALES_MANAGER}),
    Action.OPEN_REVIEWS: frozenset({Role.PLANNING, Role.ORDER_CLERK, Role.SALES_ADMIN}),
    Action.REVIEW_ORDERS: _WORKS | {Role.LOGISTICS, Role.PLANNING, Role.ORDER_CLERK},
    Action.DECIDE_REVIEWS: _LEADERS | {Role.PLANNING},
    Action.SPEAK_FOR_CUSTOMERS: _INTAKE,
    # A customer's own login agrees for itself, our people with its paper in hand.
    Action.AGREE_TO_TERMS: _INTAKE | {Role.CUSTOMER},
    Action.SEND_BACK_CONFIRMATIONS: _INTAKE | {Role.CUSTOMER},
    Action.SEND_CONFIRMATIONS: _INTAKE,
    Action.CONFIRM_ORDERS: frozenset(
        {Role.ORDER_CLERK, Role.SALES_ADMIN, Role.SALES_SUPERVISOR, Role.SALES_MANAGER}
    ),
    # A customer's own login asks for itself; what comes of it is for our people.
    Action.REQUEST_CHANGES: _INTAKE | _WORKS | {Role.PLANNING, Role.CUSTOMER},
    # Which of them signs what is policy; the act asks for the role it is signed in.
    Action.SIGN_PAPERS: _STAFF - {Role.ANALYST},
    Action.RECORD_GATES: _SALES | _MONEY | _LEADERS | {Role.DOCUMENT_CLERK},
    Action.RELEASE_PRODUCTION: frozenset(
        {Role.SALES_ADMIN, Role.ORDER_CLERK, Role.PLANNING, Role.SALES_MANAGER}
    ),
    Action.RECORD_DEPOSITS: _MONEY,
    Action.RECORD_PAYMENTS: _MONEY,
    Action.RECORD_STOCK_IN: _GOODS | {Role.PRODUCTION},
    Action.RECORD_PICKUPS: _GOODS | {Role.SALES_ADMIN},
    Action.SHIP_ORDERS: _GOODS,
    Action.DELIVER_ORDERS: _DELIVERERS,
    Action.SIGN_RECEIPTS: _DELIVERERS | {Role.CUSTOMER},
    Action.SETTLE_ORDERS: _MONEY,
    Action.HANDLE_COMPLAINTS: _INTAKE | {Role.AFTER_SALES, Role.SERVICE_SUPERVISOR, Role.QUALITY},
    Action.CLOSE_ORDERS: frozenset({Role.SALES_MANAGER, Role.SALES_SUPERVISOR, Role.SALES_ADMIN}),
    Action.CANCEL_ORDERS: _LEADERS | {Role.SALES_MANAGER, Role.SALES_DIRECTOR},
    Action.VIEW_POLICY: _STAFF,
    Action.CHANGE_POLICY: frozenset(),
    Action.SET_STOCK_TARGETS: _PLANNERS,
    Action.SET_PRICES: frozenset({Role.PRODUCT}),
    Action.VIEW_PRICES: _ANYONE,
    Action.VIEW_MASTER_DATA: _STAFF,
    Action.KEEP_CALENDAR: frozenset({Role.PLANNING}),
    Action.KEEP_CUSTOMERS: _SALES | {Role.CHANNEL, Role.CUSTOMER_SERVICE},
    Action.CLASS_CUSTOMERS: frozenset({Role.SALES_MANAGER, Role.SALES_DIRECTOR, Role.CHANNEL}),
    Action.ERASE_CONTACTS: frozenset({Role.LEGAL}),
    Action.VIEW_PENALTIES: _STAFF,
    Action.WAIVE_PENALTIES: _LEADERS,
    # FINANCE sets and reads the quotas of guarantors.
    Action.VIEW_PEOPLE: _LEADERS | _MONEY,
    Action.MANAGE_PEOPLE: frozenset(),
    Action.WORK_MILESTONES: _WORKERS,
    Action.WORK_ANY_MILESTONE: _MANAGERS | {Role.SALES_ADMIN},
    Action.OVERRIDE_MILESTONES: _MANAGERS,
    Action.CLOSE_MANY_MILESTONES: _WORKERS,
    Action.MANAGE_TEMPLATES: _LEADERS | {Role.SALES_DIRECTOR},
    Action.VIEW_TASKS: _STAFF,
    Action.WORK_TASKS: _WORKERS,
    Action.VIEW_CLOCKS: _STAFF,
    Action.WORK_CLOCKS: _WORKERS,
    Action.VIEW_PROGRESS: _STAFF,
    Action.RECORD_PURCHASES: _BUYERS | {Role.PLANNING, Role.WAREHOUSE},
    Action.RECORD_PRODUCTION: _MAKERS | {Role.PURCHASING},
    Action.BOOK_INSPECTIONS: _MAKERS | _SALES | {Role.DOCUMENT_CLERK},
    Action.RECORD_INSPECTIONS: frozenset({Role.QUALITY}),
}

MAY: dict[Action, frozenset[Role]] = {
    **{action: roles | {Role.ADMIN} for action, roles in _TABLE.items()},
    **EXACTLY,
}


def object_to_roles(roles: Collection[str], *, of_customer: bool) -> Objection | None:
    """Somebody has at least one role that there is; a customer's login CUSTOMER and no other (P1).

    of_customer: whether it is a customer's login.
    """
    if not roles:
        return Objection("are none.", "A person needs at least one role.")
    if (Role.CUSTOMER in roles) != of_customer:
        return Objection(
            "do not go with the customer.",
            "A customer's login has the role CUSTOMER and a customer, anyone else neither.",
        )
    if of_customer and len(set(roles)) > 1:
        return Objection("stand beside CUSTOMER.", "The role CUSTOMER stands alone.")
    return None


def object_to_subject(subject: str) -> Objection | None:
    """Who somebody is for the tokens: a text that is no service user's (P1)."""
    if not 1 <= len(subject) <= NAME or subject.startswith("service:"):
        return Objection(
            "is no person's subject.",
            f"Give 1 to {NAME} characters that do not begin with `service:`.",
        )
    return None


def may(principal: Principal, action: Action) -> bool:
    """Whether one of the principal's roles allows the action.

    A customer's login gets what CUSTOMER may, whatever other roles stand beside it. Our own jobs
    and the shell may everything: by being SYSTEM itself, which no token can become.
    """
    if principal is SYSTEM:
        return True
    roles: Iterable[str] = principal.roles
    if Role.CUSTOMER in principal.roles:
        roles = (Role.CUSTOMER,)
    return not MAY[action].isdisjoint(roles)


def may_act_as(principal: Principal, owner_role: str) -> bool:
    """Whether the principal holds a role, or one that stands in for it."""
    standing_in = STANDS_IN.get(Role(owner_role), frozenset())
    return owner_role in principal.roles or not standing_in.isdisjoint(principal.roles)


def require(principal: Principal, action: Action) -> None:
    """Refuse an action that none of the principal's roles allows."""
    if not may(principal, action):
        raise NotAllowed(action.value)


def require_department(principal: Principal, owner_role: str, doing: str) -> None:
    """Refuse who neither is the owner, nor stands in for it, nor may work on anything.

    doing: what is refused, as in "None of your roles may ...". Raises NotAllowed.
    """
    require_a_department(principal, (owner_role,), doing)


def require_a_department(principal: Principal, owner_roles: Iterable[str], doing: str) -> None:
    """Refuse who is none of the owners, nor stands in for one, nor may work on anything."""
    if not may(principal, Action.WORK_ANY_MILESTONE) and not any(
        may_act_as(principal, role) for role in owner_roles
    ):
        raise NotAllowed(doing)
