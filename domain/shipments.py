"""Where a shipment stands, and what its carrier says of it."""

from domain.vocabulary import Vocabulary, word


class ShipmentStatus(Vocabulary):
    """Where a shipment stands."""

    PICKING = word("Picking", "拣货中", "Being picked in its warehouse.")
    DISPATCHED = word("Dispatched", "已发货", "On its way.")
    DELIVERED = word("Delivered", "已送达", "Arrived.")
    CANCELLED = word("Cancelled", "已取消", "Called off.")


class TrackingCode(Vocabulary):
    """What carriers say of a shipment, in the words most of them use."""

    LABEL_CREATED = word("Announced to the carrier", "运单已生成，待揽收")
    PICKED_UP = word("Picked up", "已揽收")
    DEPARTED = word("Departed", "已发出")
    IN_TRANSIT = word("In transit", "运输中")
    ARRIVED = word("Arrived at a depot", "已到达网点")
    EXPORT_CUSTOMS = word("In export customs", "出口报关中")
    IMPORT_CUSTOMS = word("In import customs", "进口清关中")
    CUSTOMS_CLEARED = word("Cleared by customs", "清关完成")
    CUSTOMS_HELD = word("Held by customs", "海关扣留")
    LOADED = word("Loaded", "已装运")
    UNLOADED = word("Unloaded", "已卸货")
    OUT_FOR_DELIVERY = word("Out for delivery", "派送中")
    DELIVERY_FAILED = word("Delivery failed", "派送失败")
    AVAILABLE_FOR_PICKUP = word("Ready to be picked up", "待自提")
    DELIVERED = word("Delivered", "已送达")
    SIGNED = word("Signed for", "已签收")
    DELAYED = word("Delayed", "运输延误")
    EXCEPTION = word("Exception", "运输异常")
    DAMAGED = word("Damaged", "货物破损")
    LOST = word("Lost", "货物遗失")
    REFUSED = word("Refused by the receiver", "收货方拒收")
    RETURNING = word("On its way back", "退回途中")
    RETURNED = word("Returned", "已退回")
