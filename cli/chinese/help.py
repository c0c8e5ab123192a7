"""The help of commands and options in Chinese, by its English; a test holds the two together."""

from collections.abc import Mapping

HELP: Mapping[str, str] = {
    "Answer as JSON.": "以JSON格式回答。",
    "Mapping file for a company's own headings.": "公司自有表头的映射文件。",
    "How many at most.": "最多列出多少个。",
    "Folder of CSV files, or an XLSX workbook.": "CSV文件的文件夹，或XLSX工作簿。",
    "show: the policy of that day.": "show：当天的政策。",
    "show prints it; set changes it from FILE.": "show显示；set按FILE修改。",
    "set: why.": "set：原因。",
    "set: the first day; without it, now.": "set：生效首日；不写则立即生效。",
    "auto: the fast path; program: the integer program alone.": (
        "auto：快速算法；program：只用整数规划。"
    ),
    "Written when the worker takes jobs.": "作业进程开始接收作业时写入的文件。",
    "Work per search of the program, about seconds; cut at the same place everywhere.": (
        "每次规划搜索的工作量，约合秒数；在任何机器上都在同一处停止。"
    ),
    "Whose login it is, by code.": "属于哪个客户的登录账号（客户代码）。",
    "Where the embedded database lives.": "内置数据库所在的文件夹。",
    "What to call the scenario.": "模拟方案的名称。",
    "What the person is answered in; none: as the company.": (
        "用何种语言回答此人；none：与公司相同。"
    ),
    "The receipt's number; default: the file's name.": "收货单号；默认为文件名。",
    "The person's lasting name, such as an e-mail.": "人员的固定名称，例如电子邮件。",
    "The order's number.": "订单号。",
    "The name for people.": "显示姓名。",
    "The language of the answer; default: APPORTION_LANG, or the company's.": (
        "回答所用的语言；默认为APPORTION_LANG，或公司的语言。"
    ),
    "The day of another wave, YYYY-MM-DD.": "另一批到货的日期，YYYY-MM-DD。",
    "The customer, by code, for the role CUSTOMER.": "角色CUSTOMER所属的客户（代码）。",
    "TOML or JSON with the settings to change; the others stay.": (
        "含有要修改的设置的TOML或JSON；其余不变。"
    ),
    "Stop when the starting process, which has this number, is gone.": (
        "启动它的进程（此编号）结束时停止。"
    ),
    "Seconds; a plan cut short says so.": "秒数；提前停止的方案会注明。",
    "Say the version.": "显示版本。",
    "SPRING_SUMMER or AUTUMN_WINTER.": "SPRING_SUMMER（春夏季）或AUTUMN_WINTER（秋冬季）。",
    "SKU=UNITS that there are to give; repeatable.": "SKU=UNITS：可分的件数；可重复。",
    "Run every wave of the data and print fill by wave.": (
        "依次运行数据中的每批到货，并列出各批的满足率。"
    ),
    "Run a worker beside the server.": "在服务器旁同时运行作业进程。",
    "Prove the plan by the program, level by level.": "用整数规划逐层证明方案。",
    "Part of an order's number or customer's name.": "订单号或客户名称的一部分。",
    "PRODUCT=RANK in the launch plan; repeatable.": (
        "PRODUCT=RANK：产品上市计划中的优先级；可重复。"
    ),
    "Only those with an overdue step.": "只列有逾期节点的订单。",
    "Only those of this status; repeatable.": "只列此状态的订单；可重复。",
    "Only this customer's, by code.": "只列此客户的订单（客户代码）。",
    "Only report; write nothing.": "只报告，不写入。",
    "Let in, or shut out.": "允许登录，或停用。",
    "Jobs at a time in this process.": "此进程同时处理的作业数。",
    "How long it holds, such as 30m, 8h or 7d.": "有效时长，例如30m、8h或7d。",
    "Folder or workbook; default: the shipped example.": "文件夹或工作簿；默认为自带示例。",
    "Folder for the plan.": "存放方案的文件夹。",
    "CUSTOMER=RANK among franchisees; repeatable.": "CUSTOMER=RANK：加盟商中的优先级；可重复。",
    "CUSTOMER=AMOUNT of available funds; repeatable.": (
        "CUSTOMER=AMOUNT：可用资金及信用；可重复。"
    ),
    "CSV file: warehouse_id, sku_id, units.": "CSV文件：warehouse_id、sku_id、units。",
    "At most this many.": "最多使用多少个。",
    "Answer as JSON, with all faults.": "以JSON格式回答，列出全部错误。",
    "Address to listen on.": "监听的地址。",
    "A printed schema; fails with the difference, if any.": (
        "已输出的schema文件；有差异则报错并列出。"
    ),
    "A person; without it the token is a service's.": "人员；不写则为服务的令牌。",
    "A past run to start from; default: what competes today.": (
        "作为起点的历史分货批次；默认为当前参与分货的需求。"
    ),
    "A parameter of the mapping, as NAME=VALUE; repeatable.": (
        "映射文件的参数，写作NAME=VALUE；可重复。"
    ),
    "A service's role; repeatable.": "服务的角色；可重复。",
    "A role; repeatable; replaces the roles held so far.": "角色；可重复；取代现有角色。",
    "Share out goods that arrive, and show each order's story.": (
        "分配到货，并讲述每张订单的来龙去脉。"
    ),
    "Goods arrive and are shared out: the whole job, on the shipped example or on your data.": (
        "到货并分货：在自带示例或您的数据上完成全过程。"
    ),
    "Read, check and write a company's data.": "读取、检查并写入公司数据。",
    "Record goods that arrived. At a central warehouse they are allocated to who wants them.": (
        "登记到货。到达总仓的货物会分给需要的订单。"
    ),
    "Record goods that arrived.": "登记到货。",
    "Share out a folder's supply.": "对文件夹中的货物进行分货。",
    "What would happen if?": "如果……会怎样？",
    "What became of an order's goods: shipped, being picked, reserved or not given, and why.": (
        "订单货物的去向：已发货、拣货中、已锁定或未分得，以及原因。"
    ),
    "List orders, the newest first, each with what is overdue or comes next.": (
        "列出订单，最新的在前，并注明逾期或下一节点。"
    ),
    "List allocation runs, the newest first: what asked for each, and what it gave.": (
        "列出分货批次，最新的在前：由何触发，分得多少。"
    ),
    "Serve GraphQL at /graphql, with GraphiQL for browsers, until stopped.": (
        "在/graphql提供GraphQL服务（浏览器可用GraphiQL），直到停止。"
    ),
    "Do the jobs that others asked for.": "处理他人提交的作业。",
    "Bring the database to this version's schema.": "将数据库升级到本版本的结构。",
    "Check database, disk, broker, clocks, policy, runs and books.": (
        "检查数据库、磁盘、消息队列、时钟、政策、分货批次和账目。"
    ),
    "Print a bearer token.": "输出访问令牌。",
    "Add a person, or change one.": "新增或修改人员。",
    "Show the policy as JSON, or change some of its settings.": (
        "以JSON显示政策，或修改其中的设置。"
    ),
    "Print the table of business commands.": "输出业务命令表。",
    "Print schema.graphql.": "输出schema.graphql。",
    "Read, check and write a company's data. With one fault or more nothing is written.": (
        "读取、检查并写入公司数据；有任何错误则不写入。"
    ),
    "Share out a folder's supply. Ends with 0 when all is proven, 3 when not, 2 on bad input.": (
        "对文件夹中的货物进行分货。全部证明最优时退出状态为0，否则为3，输入有误为2。"
    ),
    "What would happen if? The live solver on changed figures; nothing live is touched.": (
        "如果……会怎样？用实际的求解程序计算改动后的数据，不影响实际数据。"
    ),
    "Do the jobs that others asked for. Any number of workers, on any number of machines.": (
        "处理他人提交的作业。作业进程和机器的数量不限。"
    ),
    "Bring the database to this version's schema; a new one gets its first policy.": (
        "将数据库升级到本版本的结构；新数据库会得到第一版政策。"
    ),
    "Check database, disk, broker, clocks, policy, runs and books; status 1 for what is wrong.": (
        "检查数据库、磁盘、消息队列、时钟、政策、分货批次和账目；有异常时退出状态为1。"
    ),
    "Show the policy as JSON, or change some of its settings from a day on.": (
        "以JSON显示政策，或从某日起修改其中的设置。"
    ),
    "Show this message and exit.": "显示此帮助。",
}
