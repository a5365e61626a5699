"""Who acts in the invented past, and on what: the plan's keys as the rows of the realm."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shanzhi.casework.services.acts import acting
from shanzhi.casework.services.phone import PHONE_SOURCE
from shanzhi.casework.snapshot import Acting
from shanzhi.core.journal import Actor, ActorKind
from shanzhi.core.realm.models import Realm
from shanzhi.intake.models import Origin, Source
from shanzhi.intake.services import source_of_origin
from shanzhi.organisation.models import Person
from shanzhi.organisation.selectors import viewer_of
from shanzhi.simulation.furnishing.base import SEED, Names
from shanzhi.simulation.furnishing.pictures import Stills
from shanzhi.simulation.street.organisation import organisation


@dataclass
class Cast:
    """People, units and sources of a furnished realm, read once. Inside that realm's scope.

    The city is recorded as a simulator: no city said these things. What the street's people did is recorded as
    persons with their posts, as in production: the people are as invented as their acts, every screen of the realm
    says 演示数据, and a timeline without people would show nothing of how the platform reads. Rules stay rules.
    """

    realm: Realm
    at: datetime
    """When posts and grants are read."""
    names: Names = field(init=False)
    city: Acting = field(init=False)
    hotline: Source = field(init=False)
    phone: Source = field(init=False)
    stills: Stills = field(default_factory=Stills)
    _posts: dict[str, Acting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(self.realm.id)
        self.hotline = Source.objects.get(realm=self.realm, origin=Origin.HOTLINE, calls_back=True)
        self.phone = source_of_origin(Origin.PHONE, PHONE_SOURCE)
        self.city = Acting(Actor(ActorKind.SIMULATOR, "北京 12345"))

    def post(self, key: str) -> Acting:
        """The holder of a post with the roles and units of that post."""
        if key not in self._posts:
            holder = organisation(SEED).holder[key]
            person = Person.objects.get(id=self.names.id("person", holder.key))
            viewer = viewer_of(person, realm=self.realm, post_id=str(self.names.id("post", key)), moment=self.at)
            self._posts[key] = acting(viewer)
        return self._posts[key]

    def unit(self, key: str) -> UUID:
        return self.names.id("unit", key)

    def category(self, leaf: str) -> UUID:
        return self.names.id("category", leaf)

    def source(self, channel: str) -> Source:
        """Grid members report by telephone until the field application takes their reports."""
        return self.hotline if channel == "hotline" else self.phone
