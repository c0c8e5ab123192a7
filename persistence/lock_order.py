"""The one order in which transactions lock rows, so that no two ever wait in a circle.

Whoever changes rows of several of these tables locks them table by table in the order of `ORDER`,
and within a table by ascending key (of two columns: by both, in the order of the primary key).

    allocation_runs      the run that is committed, by its own worker alone
    orders               first the orders
    order_lines          then their lines
    reservations
    customer_funds
    stock
    store_stock, region_reserves
    lock_matching        who brings goods or demand then looks whether they match, one at a time
    allocation_runs      last of all the run that waits, which what was done may ask for
    lock_taking          after the row of a run that begins or ends; see `allocation.claiming`

Rows are locked by what changes: FOR NO KEY UPDATE, which is what an UPDATE takes that leaves keys
alone. FOR UPDATE would also wait for, and keep waiting, every transaction that only writes a row
that refers to the locked one, such as a line of a plan or of a shipment.
Time limits, milestones, tasks and all that follows from a command come after these, each in the
order of its keys, and a time limit before the tasks about it.
"""

ORDER = (
    "orders",
    "order_lines",
    "reservations",
    "customer_funds",
    "stock",
    "store_stock",
    "region_reserves",
)
