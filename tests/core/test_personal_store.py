"""Law 10: personal values are kept under keys that last, and what is compared tells nothing without them."""

import hashlib

import pytest

from shanzhi.core.crypto import KeyRing
from shanzhi.core.ids import new_id
from shanzhi.core.personal import store
from shanzhi.core.personal.models import DataClass, DataKey, PersonalValue
from shanzhi.core.personal.store import NewValue, keep, read
from shanzhi.core.time import real_now
from shanzhi.intake.models import Report
from support.django_database import forget


def kept(text: str, field: str = "caller_phone", data_class: DataClass = DataClass.CONTACT):
    value = NewValue.of(new_id(), field, data_class, text)
    keep([value])
    return value.id


def test_a_value_comes_back_and_stands_nowhere_in_clear(street, superuser):
    with street.scope():
        id = kept("13800138000")
        assert read(id) == "13800138000"
    (row,) = superuser.execute("select t::text from core_personalvalue t").fetchone()
    assert "13800138000" not in row
    assert b"13800138000".hex() not in row


def test_the_first_key_outlives_an_act_that_failed(street):
    """The very first intake fails: its key must not go with it, because this process goes on writing with it."""
    with pytest.raises(ZeroDivisionError), street.scope():
        kept("13800138000")
        raise ZeroDivisionError
    with street.scope():
        assert PersonalValue.objects.count() == 0
        id = kept("13900139000")
    forget()  # as after a restart
    with street.scope():
        assert read(id) == "13900139000"


def test_a_newer_key_of_another_process_is_read(street):
    with street.scope():
        old = kept("13800138000")
        assert read(old) == "13800138000"
        ring = KeyRing(store._ring()._folder)
        name, wrapped = ring.new_data_key("contact-2")
        DataKey.objects.create(key_id=name, data_class=DataClass.CONTACT, wrapped=wrapped, created_at=real_now())
        store._writing_key.cache_clear()  # the other process

        new = kept("13800138000")
        assert (read(new), read(old)) == ("13800138000", "13800138000")
        blinds = set(PersonalValue.objects.values_list("blind", flat=True))
        assert len({bytes(blind) for blind in blinds}) == 1, "indexes stay comparable under a new key"


def test_an_erased_value_is_gone_and_its_reference_stays(street, owner):
    with street.scope():
        id = kept("13800138000")
    owner.execute(
        "update core_personalvalue set salt = null, ciphertext = null, blind = null, erased_at = '2025-05-30'"
    )
    with street.scope():
        assert read(id) is None


def test_the_hash_of_what_was_said_cannot_be_tried_out(street):
    """Of a phone all but four digits are shown: a bare hash would give them to whoever reads the journal."""
    order = street.order("路灯不亮", caller_name="王建国", caller_phone="13800138000")
    with street.scope():
        stored = bytes(Report.objects.get().content_hash)
    assert stored != order.said.content()
    assert hashlib.sha256(order.said.content()).digest() != stored
    assert stored.hex() in order.entries()[0].payload["content"]
