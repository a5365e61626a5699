"""Scenes of the wall, as the API gives them out."""


def received(client) -> int:
    return client.read("scenes/operations").json()["figures"]["orders_today"]["received"]["value"]


def test_news_a_moment_after_a_reading_are_in_the_next_one(street, sequencer, client_as):
    """Nobody tells a screen twice: bytes of a moment ago would stand on it until something else happens."""
    wall = client_as("leader")
    for count in (1, 2, 3):
        street.order("路灯不亮")
        sequencer.follow()
        assert received(wall) == count
