"""An order's way through the house, as the people of the street would tell it."""


def test_an_order_goes_from_the_call_to_closed(street):
    order = street.order("路灯不亮", place="东三 11 号楼")
    order.dispatched(to="城市管理办公室").signed()
    assert order.lead == "城市管理办公室"
    order.contacted().progressed().replied().revisited()
    assert order.state == "closed"


def test_the_desk_sees_it(street, client_as, hotline_client, sequencer):
    answer = hotline_client.send(hotline_client.order(address="东三 11 号楼"))
    assert answer.status_code == 201, answer.content
    sequencer.follow()
    page = client_as("dispatcher").read("cases", queue="to_dispatch").json()
    assert [row["number"] for row in page["items"]] == [answer.json()["reference"]]


def test_served(server, hotline_client):
    answer = server.hotline(hotline_client.order())
    assert answer.status_code == 201
