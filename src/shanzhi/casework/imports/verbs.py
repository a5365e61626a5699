"""What the journal says about an import."""

from shanzhi.core.journal.entry import Payload, verb


@verb("orders.imported", version=1)
class OrdersImported(Payload):
    """A spreadsheet is through: every row of it stands in one of the four counts."""

    file: str
    mode: str
    rows: int
    created: int
    duplicates: int
    supplements: int
    set_aside: int
