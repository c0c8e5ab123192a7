"""The schema: root types assembled from the areas, scalars, and what stands before execution."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from gql.allocation.mutations import AllocationMutations
from gql.allocation.queries import AllocationQueries
from gql.audit import AuditQueries
from gql.calendar import BusinessDayMutations, BusinessDayQueries
from gql.execution import Admission, ApportionSchema
from gql.funding import FundingMutations, FundingQueries
from gql.input_limits import hold_limits
from gql.kpis import KpiQueries
from gql.master_data.mutations import MasterDataMutations
from gql.master_data.queries import MasterDataQueries
from gql.milestones.mutations import MilestoneMutations
from gql.milestones.queries import MilestoneQueries
from gql.mutations import USER_ERRORS
from gql.orders.mutations import OrderMutations
from gql.orders.queries import OrderQueries
from gql.outbox import OutboxQueries
from gql.parties.customers import CustomerMutations
from gql.parties.people import PeopleMutations, PeopleQueries
from gql.parties.types import PartyQueries
from gql.penalties import PenaltyMutations, PenaltyQueries
from gql.policy import PolicyMutations, PolicyQueries
from gql.pricing import PricingMutations, PricingQueries
from gql.production.mutations import ProductionMutations
from gql.scalars import SCALARS
from gql.scenarios import ScenarioMutations, ScenarioQueries
from gql.shipments import ShipmentQueries
from gql.subscriptions import Subscription
from gql.supply import SupplyMutations, SupplyQueries
from gql.tasks.mutations import TaskMutations
from gql.tasks.queries import TaskQueries
from gql.viewer import ViewerQueries
from gql.vocabulary_queries import VocabularyQueries


@strawberry.type(description="What can be read.")
class Query(
    ViewerQueries,
    OrderQueries,
    MilestoneQueries,
    TaskQueries,
    ShipmentQueries,
    PartyQueries,
    SupplyQueries,
    FundingQueries,
    AllocationQueries,
    ScenarioQueries,
    KpiQueries,
    AuditQueries,
    OutboxQueries,
    PolicyQueries,
    BusinessDayQueries,
    MasterDataQueries,
    PricingQueries,
    PenaltyQueries,
    PeopleQueries,
    VocabularyQueries,
):
    """All root fields that read."""


@strawberry.type(description="What can be done; each acts once per idempotency key.")
class Mutation(
    OrderMutations,
    SupplyMutations,
    FundingMutations,
    AllocationMutations,
    ScenarioMutations,
    PolicyMutations,
    BusinessDayMutations,
    MasterDataMutations,
    PricingMutations,
    PenaltyMutations,
    PeopleMutations,
    CustomerMutations,
    MilestoneMutations,
    TaskMutations,
    ProductionMutations,
):
    """All root fields that change something."""


hold_limits(Mutation)

schema = ApportionSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=USER_ERRORS,
    extensions=[Admission],
    config=StrawberryConfig(scalar_map=SCALARS),
)
