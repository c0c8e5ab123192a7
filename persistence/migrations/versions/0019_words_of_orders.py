"""An order's kind of customer and terms of payment are words of their vocabularies."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE order_lives
          ADD CONSTRAINT ck_order_lives_customer_kind CHECK (customer_kind IN
            ('FRANCHISEE', 'DIRECT', 'JOINT', 'DISTRIBUTOR', 'EXPORT')),
          ADD CONSTRAINT ck_order_lives_payment_terms CHECK (payment_terms IN
            ('PREPAID', 'TT_DEPOSIT', 'LC', 'OPEN_ACCOUNT', 'DA', 'COD', 'MONTHLY'))
        """
    )
