"""Before anybody has signed in, the page says whose platform it is, and nothing more."""

from django.test import Client


def test_anybody_may_know_the_street(street):
    answer = Client().get("/api/v1/street")
    assert answer.status_code == 200
    assert answer.json() == {"name": street.realm.name, "furnished": street.realm.furnished}


def test_an_exercise_is_no_second_street(street):
    street.exercise()
    assert Client().get("/api/v1/street").json()["name"] == street.realm.name


def test_of_two_streets_none_is_named(street):
    street.neighbour()
    assert Client().get("/api/v1/street").status_code == 404
