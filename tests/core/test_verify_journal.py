"""Law 3: whoever edits the journal behind the house's back is found, at the first entry that he touched.

What no check from inside can find, a cut tail and a chain rebuilt from scratch, is found against an anchor kept
outside.
"""

import json
import random

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from shanzhi.core.crypto import Signer
from shanzhi.core.journal.verify import Anchor, make_anchor, verify, verify_anchor
from support.mutants import Forger


@pytest.fixture
def journal(street, sequencer):
    """A hundred entries or so in a dozen blocks: orders that came and what became of them."""
    orders = []
    for text in ("路灯不亮", "楼道堆物，挡住消防通道", "井盖松动，晚上有响声"):
        orders.append(street.order(text, place="东三 11 号楼", caller_name="王建国", caller_phone="13800138000"))
        sequencer.seal()
    for order in orders:
        order.dispatched(to="城市管理办公室").signed()
        order.revealed()
        sequencer.seal()
        order.contacted().progressed()
        sequencer.seal()
        order.replied().revisited()
        sequencer.seal()
    street.receive(*[street.received(f"第 {n} 户没水") for n in range(25)])
    sequencer.seal()
    return orders


@pytest.fixture
def forger(journal, superuser):
    return Forger(superuser)


def escaped(mutant, connection):
    """How verify failed on a mutant, or None where it named the entry."""
    findings = list(verify(connection))
    named = min((f.position for f in findings if f.position), default=None)
    if findings and named == mutant.position:
        return None
    return f"{mutant.said}: expected {mutant.position}, named {named}: {[f.code for f in findings]}"


def test_a_whole_journal_is_whole(journal, app):
    assert list(verify(app)) == []
    (size,) = app.execute("select count(*) from core_journalorder").fetchone()
    assert size > 50


def test_a_byte_of_any_column_is_found(forger, app):
    """Every column of every journal table, in a row that chance picks."""
    rng, escapes = random.Random(7), []
    for column in forger.columns():
        mutant = forger.byte_changed(rng, column)
        escapes += filter(None, [escaped(mutant, app)])
        forger.restore()
    assert not escapes, "\n".join(escapes)


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 220), marks=pytest.mark.soak)], ids=["20", "200"])
def test_mutants_in_place_are_named_at_their_first_entry(forger, app, seeds):
    escapes = []
    for seed in seeds:
        mutant = forger.in_place(seed)
        if found := escaped(mutant, app):
            escapes.append(f"seed {seed}: {found}")
        forger.restore()
    assert not escapes, "\n".join(escapes)


def test_an_entry_that_was_never_ordered_is_found(forger, superuser, app, journal):
    journal[0].street.order("路灯不亮")
    assert list(verify(app)) == []  # it waits for its place
    superuser.execute("delete from core_journalpending")

    assert [finding.code for finding in verify(app)] == ["entry_unordered"]


def test_an_entry_ordered_twice_is_found(forger, superuser, app):
    superuser.execute("insert into core_journalpending select entry_id, 1 from core_journalorder where position = 5")

    assert [finding.code for finding in verify(app)] == ["entry_twice"]


def test_an_empty_journal_is_whole_and_anchored(street, app):
    signer = Signer(settings.KEYS_FOLDER)
    anchor = make_anchor(app, signer)

    assert list(verify(app)) == []
    assert (anchor.size, list(verify_anchor(app, anchor, signer.public_key()))) == (0, [])


# --- against an anchor ---


@pytest.fixture
def signer():
    return Signer(settings.KEYS_FOLDER)


def test_a_cut_tail_is_found_by_the_anchor_only(forger, app, signer):
    anchor = make_anchor(app, signer)
    forger.tail_cut(blocks=2)
    (size,) = app.execute("select max(position) from core_journalorder").fetchone()

    assert list(verify(app)) == []
    (finding,) = verify_anchor(app, anchor, signer.public_key())
    assert (finding.code, finding.position) == ("anchor_size", size + 1)


def test_a_rebuilt_chain_is_found_by_the_anchor_only(forger, app, signer):
    anchor = make_anchor(app, signer)
    for block in (1, 4, 10):
        forger.chain_rebuilt(block)

        assert list(verify(app)) == []
        assert [finding.code for finding in verify_anchor(app, anchor, signer.public_key())] == ["anchor_root"]
        forger.restore()


def test_an_anchor_answers_for_what_came_before_it(forger, journal, sequencer, app, signer):
    """Back to the anchor, and no further: what came after it may have been rewritten."""
    anchor = make_anchor(app, signer)
    journal[0].street.order("路灯不亮")
    sequencer.seal()
    (last,) = app.execute("select max(number) from core_journalblock").fetchone()
    forger.chain_rebuilt(last)

    assert [*verify(app), *verify_anchor(app, anchor, signer.public_key())] == []


def test_an_anchor_must_be_ours_and_unchanged(journal, app, signer, tmp_path):
    anchor = make_anchor(app, signer)
    stranger = Signer(tmp_path / "keys")
    other_size = Anchor(anchor.size - 1, anchor.root, anchor.time, anchor.signature, anchor.key)

    for forged in (make_anchor(app, stranger), other_size):
        assert [f.code for f in verify_anchor(app, forged, signer.public_key())] == ["anchor_signature"]


# --- the command ---


def test_the_command_says_whole_and_writes_an_anchor(journal, tmp_path, capsys):
    file = tmp_path / "anchor.json"
    call_command("verify-journal", "--write-anchor", str(file))
    call_command("verify-journal", "--anchor", str(file))

    assert "journal whole" in capsys.readouterr().out
    assert json.loads(file.read_text())["size"] > 50


def test_the_command_names_the_first_broken_entry(forger, superuser):
    superuser.execute(
        "update core_journalentry set payload = payload || '{\"x\": 1}'"
        " where id in (select entry_id from core_journalorder where position in (17, 30))"
    )
    with pytest.raises(CommandError, match=r"first broken entry: 17$"):
        call_command("verify-journal")


def test_the_command_refuses_what_is_no_anchor(street, tmp_path):
    file = tmp_path / "anchor.json"
    for content in ("", "{}", "[1]", '{"size": 1}', "\0"):
        file.write_text(content)
        with pytest.raises(CommandError, match="anchor"):
            call_command("verify-journal", "--anchor", str(file))
