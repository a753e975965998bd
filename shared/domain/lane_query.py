"""What may be asked of one lane."""

from shared.domain.fields import Field
from shared.domain.kinds import Whole
from shared.domain.queries import Query

PLACES_LIMIT = 100

GET_LANE = Query(
    (
        Field(
            "places",
            Whole(0, PLACES_LIMIT),
            "Places",
            "How many runs of its backlog to name, the first ones.",
            50,
            default=0,
        ),
    )
)
