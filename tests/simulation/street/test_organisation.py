"""Units, posts and people, and the catalogue that sends orders to them."""

from collections import Counter
from datetime import date

import pytest

from shanzhi.simulation.street.catalogue import LEAD_BY_PLACE, catalogue
from shanzhi.simulation.street.geography import geography
from shanzhi.simulation.street.handling import lead_unit
from shanzhi.simulation.street.organisation import organisation

STAFF = organisation(1)
ROLES = {"leader", "dispatcher", "handler", "community_secretary", "grid_member", "auditor", "administrator"}


def test_every_post_has_one_holder_one_grant_and_a_unit():
    assert {person.post for person in STAFF.people} == set(STAFF.post)
    assert [grant.post for grant in STAFF.grants] == [post.key for post in STAFF.posts]
    assert all(post.unit in STAFF.unit for post in STAFF.posts)
    assert len({person.name for person in STAFF.people}) == len(STAFF.people)


def test_each_role_has_a_demo_account():
    role = {grant.post: grant.role for grant in STAFF.grants}
    assert {role[person.post] for person in STAFF.accounts} == ROLES
    assert len({person.username for person in STAFF.accounts}) == len(STAFF.accounts)


def test_grants_name_units_and_areas_that_exist():
    street = geography(1)
    areas = {street.code, *street.community, *(grid.code for grid in street.grids)}
    assert all(grant.unit is None or grant.unit in STAFF.unit for grant in STAFF.grants)
    assert all(grant.area is None or grant.area in areas for grant in STAFF.grants)
    of = {grant.post: grant for grant in STAFF.grants}
    secretary = of["secretary-110106016003"]
    assert (secretary.unit, secretary.area) == ("community-110106016003", "110106016003")
    assert sum(grant.role == "grid_member" for grant in STAFF.grants) == len(street.grids)
    assert of["administrator"].area is None


def test_every_unit_can_sign_and_the_desk_is_never_empty():
    assert set(STAFF.handlers) == set(STAFF.unit)
    assert all(2 <= len(posts) <= 4 for posts in STAFF.handlers.values())
    assert all(STAFF.dispatchers(hour) for hour in range(24))


def test_a_leaf_names_units_groups_and_classes_that_exist():
    book = catalogue()
    assert [group.name for group in book.groups] == [
        "物业管理", "环境卫生", "停车与交通", "水电气热", "噪声扰民", "占道与违建", "消防与安全隐患",
        "园林绿化", "其他",
    ]  # fmt: skip
    assert len(book.leaf) == len(book.leaves) >= 55
    for leaf in book.leaves:
        assert leaf.lead in STAFF.unit or leaf.lead in LEAD_BY_PLACE
        assert set(leaf.assist) <= {*STAFF.unit, *LEAD_BY_PLACE}
        assert leaf.urgency in {"danger", "urgent", "normal", "complex"}
        assert leaf.evidence in {"photo", "document", "none"}
        assert leaf.words
        assert set(leaf.kinds) <= {"request", "complaint", "report", "suggestion", "consultation", "praise"}
        assert not leaf.season or leaf.season in book.seasons
        assert lead_unit(leaf, "110106016003", STAFF).key in STAFF.unit


def test_what_the_community_leads_goes_to_the_community_of_the_place():
    dogs = catalogue().leaf["dogs"]
    assert lead_unit(dogs, "110106016009", STAFF).name == "久敬庄社区"


@pytest.mark.parametrize(
    ("leaf", "busy", "quiet"),
    [("heating_cold", 1, 7), ("square_dance", 7, 1), ("pests", 8, 2), ("tree_pests", 4, 12), ("bad_parking", 9, 7)],
)
def test_seasons_turn_the_right_way(leaf, busy, quiet):
    book = catalogue()
    assert book.season(book.leaf[leaf], date(2025, busy, 15)) > 1.3 * book.season(
        book.leaf[leaf], date(2025, quiet, 15)
    )


def test_names_are_varied():
    surnames = Counter(person.name[0] for person in STAFF.people)
    assert len(surnames) > 40
    assert all(2 <= len(person.name) <= 3 for person in STAFF.people)
