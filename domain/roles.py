"""Who may do what: one table, role x action (P1)."""

from collections.abc import Collection, Iterable

from domain.errors import NotAllowed
from domain.limits import NAME
from domain.messages import Message, msg
from domain.objections import Objection
from domain.principals import SYSTEM, Principal
from domain.vocabulary import Vocabulary, word


class Role(Vocabulary):
    """What a person is in the company.

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


class Action(Vocabulary):
    """One thing that a role may or may not do; the words complete "none of your roles may ..."."""

    VIEW_SELF = word("See who they are", "查看本人信息")
    VIEW_ORDERS = word("View orders", "查看订单")
    VIEW_MILESTONES = word("View milestones", "查看节点")
    VIEW_SHIPMENTS = word("View shipments", "查看发货")
    VIEW_CUSTOMERS = word("View customers", "查看客户")
    VIEW_CATALOG = word("View products", "查看产品")
    VIEW_FUNDS = word("View funds", "查看资金")
    VIEW_SUPPLY = word("View goods receipts and stock", "查看收货和库存")
    VIEW_ALLOCATION = word("View allocation runs", "查看分货批次")
    VIEW_RESERVATIONS = word("View reservations", "查看占用锁定")
    VIEW_SCENARIOS = word("View scenarios", "查看模拟方案")
    VIEW_KPIS = word("View KPIs", "查看绩效指标")
    VIEW_AUDIT_LOG = word("Read the audit log", "查看操作日志")
    VIEW_JOBS = word("View background jobs", "查看后台任务")
    RECEIVE_GOODS = word("Record a goods receipt", "登记收货")
    REQUEST_ALLOCATION = word("Request an allocation", "申请分货")
    CANCEL_ALLOCATION = word("Cancel an allocation", "取消分货")
    PLAN_SCENARIOS = word("Create and run scenarios", "建立和运行模拟方案")
    PLACE_ORDERS = word("Place orders", "下单")
    VIEW_ORDER_WORK = word("See how an order is worked on", "查看订单办理情况")
    CHECK_ORDERS = word("Check orders", "核对订单")
    RELEASE_DOUBTS = word("Answer doubts about prices", "答复价格疑问")
    APPROVE_FINANCES = word("Approve prices and payment terms", "审核价格和付款条件")
    APPROVE_ORDERS = word("Approve orders", "审批订单")
    OPEN_REVIEWS = word("Open order reviews", "发起订单评审")
    REVIEW_ORDERS = word("Take part in order reviews", "参加订单评审")
    DECIDE_REVIEWS = word("Decide order reviews", "决定订单评审")
    SPEAK_FOR_CUSTOMERS = word("Record what a customer agreed to", "登记客户的意见")
    AGREE_TO_TERMS = word("Agree to conditions and changes of orders", "同意订单的条件和变更")
    SEND_BACK_CONFIRMATIONS = word("Send confirmations back", "回传订单确认书")
    SEND_CONFIRMATIONS = word("Send and take back confirmations", "发送和收回订单确认书")
    CONFIRM_ORDERS = word("Confirm orders", "确认订单")
    REQUEST_CHANGES = word("Request changes of orders", "申请订单变更")
    SIGN_PAPERS = word("Sign papers of orders", "签署订单文件")
    RECORD_GATES = word("Record papers towards production", "登记投产资料")
    RELEASE_PRODUCTION = word("Release orders to production", "准予下达生产")
    RECORD_DEPOSITS = word("Record deposits", "登记定金")
    RECORD_STOCK_IN = word("Record the stock-in of an order", "登记订单入库")
    RECORD_PICKUPS = word("Record pick-ups", "登记提货")
    SHIP_ORDERS = word("Ship orders", "发货")
    DELIVER_ORDERS = word("Record deliveries", "登记送达")
    SIGN_RECEIPTS = word("Sign for what was delivered", "签收到货")
    SETTLE_ORDERS = word("Find orders paid in full", "登记货款结清")
    HANDLE_COMPLAINTS = word("Handle complaints", "处理投诉")
    CLOSE_ORDERS = word("Close orders", "办理订单结案")
    CANCEL_ORDERS = word("Cancel orders", "取消订单")
    VIEW_POLICY = word("View the policy", "查看政策")
    CHANGE_POLICY = word("Change the policy", "更改政策")
    SET_LAUNCH_PLAN = word("Set the launch plan and product ranks", "设定产品上市计划和上市优先级")
    SET_CHANNEL_RANKS = word(
        "Set the order of regions and the tiers of stores", "设定区域顺序和店铺级别"
    )
    SET_CUSTOMER_RANKS = word("Set the ranks of franchisees", "设定加盟商优先级")
    SET_CREDIT = word("Set credit limits and payment terms", "设定信用额度和付款条件")
    SET_GUARANTEE_QUOTAS = word("Set the quotas of guarantees", "设定担保额度")
    CONFIRM_FUNDS = word("Confirm funds", "核实资金")
    RECORD_PAYMENTS = word("Record payments", "登记付款")
    SET_STOCK_TARGETS = word("Set safety stock and regional reserves", "设定安全库存和区域备货")
    SET_PRICES = word("Set prices", "设定价格")
    VIEW_PRICES = word("View prices", "查看价格")
    VIEW_MASTER_DATA = word("View changes of master data", "查看主数据变更")
    KEEP_CALENDAR = word("Change the business calendar", "更改工作日历")
    KEEP_CUSTOMERS = word("Enter and change customers", "录入和更改客户")
    CLASS_CUSTOMERS = word("Class customers", "评定客户类别")
    ERASE_CONTACTS = word("Erase a contact's personal data", "删除联系人个人信息")
    VIEW_PENALTIES = word("View penalties", "查看扣款")
    WAIVE_PENALTIES = word("Waive a penalty", "免除扣款")
    VIEW_PEOPLE = word("View people and their roles", "查看人员和岗位")
    MANAGE_PEOPLE = word("Add people and change their roles", "新增人员和更改岗位")
    WORK_MILESTONES = word("Work on milestones", "办理节点")
    WORK_ANY_MILESTONE = word("Work on milestones of other departments", "办理其他部门的节点")
    OVERRIDE_MILESTONES = word(
        "Close a milestone before those it waits for", "越过前置步骤关闭节点"
    )
    CLOSE_MANY_MILESTONES = word("Close many milestones at once", "批量关闭节点")
    MANAGE_TEMPLATES = word("Change milestone templates", "更改节点模板")
    VIEW_TASKS = word("View tasks", "查看待办")
    WORK_TASKS = word("Work on tasks", "办理待办")
    VIEW_CLOCKS = word("View clocks", "查看时限")
    WORK_CLOCKS = word("Start, pause and stop clocks", "启动、暂停和停止时限")
    VIEW_PROGRESS = word("View purchases and production", "查看采购和生产")
    RECORD_PURCHASES = word("Record material purchases", "登记物料采购")
    RECORD_PRODUCTION = word("Record production progress", "登记生产进度")
    BOOK_INSPECTIONS = word("Book inspections", "预约检验")
    RECORD_INSPECTIONS = word("Record inspections", "登记检验结果")


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
    # Which of them signs what is policy; the command asks for the role it is signed in.
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
    """A person has at least one role that there is; a customer's login CUSTOMER and no other (P1).

    of_customer: whether it is a customer's login.
    """
    if not roles:
        return Objection(msg("roles.NONE"), msg("roles.AT_LEAST_ONE"))
    if (Role.CUSTOMER in roles) != of_customer:
        return Objection(
            msg("roles.NOT_WITH_CUSTOMER"),
            msg("roles.CUSTOMER_AND_ROLE"),
        )
    if of_customer and len(set(roles)) > 1:
        return Objection(msg("roles.BESIDE_CUSTOMER"), msg("roles.CUSTOMER_ALONE"))
    return None


def object_to_subject(subject: str) -> Objection | None:
    """Who a person is for the tokens: a text that is no service user's (P1)."""
    if not 1 <= len(subject) <= NAME or subject.startswith("service:"):
        return Objection(
            msg("roles.NO_SUBJECT"),
            msg("roles.SUBJECT_LENGTH", most=NAME),
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
        raise NotAllowed(action)


def require_department(principal: Principal, owner_role: str, doing: Message) -> None:
    """Refuse who neither is the owner, nor stands in for it, nor may work on anything.

    doing: what is refused, as in "None of your roles may ...". Raises NotAllowed.
    """
    require_a_department(principal, (owner_role,), doing)


def require_a_department(principal: Principal, owner_roles: Iterable[str], doing: Message) -> None:
    """Refuse who is none of the owners, nor stands in for one, nor may work on anything."""
    if not may(principal, Action.WORK_ANY_MILESTONE) and not any(
        may_act_as(principal, role) for role in owner_roles
    ):
        raise NotAllowed(doing)
