"""How a unit handles an order: a plan with the delays, answers and judgements of a middling street.

The figures aimed at: 98 % to the right unit, 99 % contacted in time, about 93 % resolved at the last revisit, 2 to 3 %
answered late, quarrels over noise and stalls harder than burst pipes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from .answers import Answers
from .catalogue import Leaf
from .matters import Call
from .organisation import Organisation, Unit
from .plan import Close, Contact, Dispatch, Note, Plan, Reply, Revisit, Round, Sign
from .seeds import Weighted
from .terms import FIRST_HOUR, LAST_HOUR, at_hour, due, hour_of, minutes, on_duty, reply_moment, working_day_after
from .wording import Said

LATE = {"danger": 0.02, "urgent": 0.02, "normal": 0.022, "complex": 0.035}
WRONG_KEPT, WRONG_TAKEN_BACK = 0.018, 0.012
FLEETING = frozenset(
    {
        "street_vending",
        "square_dance",
        "shop_noise",
        "bad_parking",
        "ebike_charging",
        "thrown_objects",
        "dogs",
        "fire_lane",
        "fume",
        "site_noise",
        "neighbour_noise",
        "decorating_noise",
        "gas_smell",
    }
)
"""What may be gone when somebody comes: 未发现 is possible."""
BEYOND = frozenset(
    {
        "parking_space",
        "property_fee",
        "renovation",
        "relocation",
        "equipment_noise",
        "traffic_facility",
        "ground_lock",
        "consumer",
        "neighbour_noise",
        "pension",
    }
)
"""Where the law may not allow what is asked."""
LAST_REDO = 2
"""After so many redos the caller takes it as it is."""
QUESTIONS = frozenset({"consultation", "praise", "suggestion"})
JUDGED = {"dated_plan": 0.88, "handed_over": 0.8, "lawfully_cannot": 0.55, "not_found": 0.7, "made_safe": 0.95}
"""How an outcome changes the chance of a good judgement."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a plan needs to know of the order."""

    call: Call
    said: Said
    kind: str
    channel: str
    urgency: str
    number: str

    @property
    def leaf(self) -> Leaf:
        return self.call.leaf


def lead_unit(leaf: Leaf, community: str, organisation: Organisation) -> Unit:
    """The unit that the catalogue names for this place: the rules are resolved here."""
    if leaf.lead == "community":
        return organisation.community_unit[community]
    return organisation.unit[leaf.lead]


def assisting_unit(leaf: Leaf, community: str, organisation: Organisation, rng: Random) -> Unit:
    """Who does the work beside the lead."""
    key = rng.choice(leaf.assist) if leaf.assist else leaf.lead
    return organisation.community_unit[community] if key == "community" else organisation.unit[key]


def plan(order: Order, organisation: Organisation, rng: Random) -> Plan:
    """What happens to the order, up to its close."""
    leaf, received = order.leaf, order.call.at
    right = lead_unit(leaf, order.call.spot.community, organisation)
    crew = assisting_unit(leaf, order.call.spot.community, organisation, rng)
    slip, dispatch = _dispatch(order, right, organisation, rng)
    unit = organisation.unit[dispatch.unit]
    answers = Answers(leaf, order.kind, order.said, unit, crew)
    if rng.random() < 0.35:
        dispatch = replace(dispatch, note=answers.dispatch(order.call.matter is not None, rng))
    handler = rng.choice(organisation.handlers[unit.key])
    sign = Sign(_signed(dispatch.at, order.urgency, rng), handler)
    contacts = _contacts(order, sign, answers, rng)
    desk = _Desk(order, answers, handler, sign.at, contacts[-1].at, dispatch.right)

    quick = order.kind in QUESTIONS or leaf.lead == "request_centre"
    late = rng.random() < LATE[order.urgency] * (4 if not dispatch.right else 1)
    at = reply_moment(received, contacts[-1].at, order.urgency, quick, late, rng)
    first = desk.round(contacts[-1].at, at, late, redo=0, rng=rng)
    rounds = [first]
    if order.channel == "hotline" and order.kind not in ("consultation", "praise"):
        rounds = desk.called_back(first, late, rng)
    return Plan(slip, dispatch, sign, contacts, tuple(rounds), _close(rounds, desk, rng))


def _dispatch(order: Order, right: Unit, organisation: Organisation, rng: Random) -> tuple[Dispatch | None, Dispatch]:
    received = order.call.at
    if order.urgency == "danger":
        at = received + minutes(rng, 3, 0.4, 9)
    elif order.urgency == "urgent":
        at = received + minutes(rng, 8, 0.6, 24)
    elif not 7 <= received.hour < 21 and rng.random() < 0.9:
        morning = received.date() + timedelta(days=received.hour >= 21)
        at = at_hour(morning, rng.uniform(7.6, 9.6))
    else:
        at = received + minutes(rng, 80, 0.6, 240)
    post = rng.choice(organisation.dispatchers(at.hour))
    good = Dispatch(at, post, right.key, order.urgency, order.leaf.key, rng.random() < 0.9)
    slip = rng.random()
    if slip > WRONG_KEPT + WRONG_TAKEN_BACK or order.urgency == "danger" or order.kind == "praise":
        return None, good
    others = [u for u in organisation.units if u.kind in ("office", "team", "centre") and u.key != right.key]
    wrong = replace(good, unit=rng.choice(others).key, accepts_proposal=False, right=False)
    if slip < WRONG_KEPT:
        return None, wrong
    seen = at + timedelta(seconds=rng.randint(40, 150))
    if post not in organisation.dispatchers(seen.hour):  # the shift is over before anybody sees it
        return None, good
    return wrong, replace(good, at=seen, accepts_proposal=True)


def _signed(dispatched: datetime, urgency: str, rng: Random) -> datetime:
    if urgency == "danger":
        return dispatched + minutes(rng, 4, 0.4, 12)
    if urgency == "urgent":
        return dispatched + minutes(rng, 13, 0.6, 40)
    return on_duty(dispatched + minutes(rng, 50, 0.8, 280), rng)


def _contacts(order: Order, sign: Sign, answers: Answers, rng: Random) -> tuple[Contact, ...]:
    """One to three tries, the last of which reaches the caller; in time but for one in a hundred."""
    received, soon = order.call.at, order.urgency in ("danger", "urgent")
    late = rng.random() < 0.009
    if soon:
        at = sign.at + (minutes(rng, 9, 0.5, 25) if order.urgency == "danger" else minutes(rng, 28, 0.6, 50))
        at = received + timedelta(minutes=rng.uniform(128, 260)) if late else at
    else:
        at = on_duty(sign.at + minutes(rng, 75, 0.8, 300), rng)
        at = on_duty(received + timedelta(hours=rng.uniform(24.5, 38)), rng) if late else at
    visit = order.kind not in QUESTIONS and rng.random() < (0.4 if order.urgency == "danger" else 0.1)
    how = "visit" if visit else "phone"
    tries = []
    if rng.random() < 0.08:
        first = sign.at + (at - sign.at) * 0.6
        tries.append(Contact(first, sign.post, "phone", answers.contact("not_reached", rng), False))
    if rng.random() < 0.03:  # a message left; whoever is not reached is tried again, for only that stops the clock
        tries.append(Contact(at, sign.post, "message", answers.contact("not_reached", rng), False))
        at = at + minutes(rng, 8, 0.4, 20) if soon else on_duty(at + minutes(rng, 50, 0.5, 150), rng)
    return (*tries, Contact(at, sign.post, how, answers.contact("visit" if how == "visit" else "reached", rng), True))


@dataclass(frozen=True, slots=True)
class _Desk:
    """The unit at work on one order."""

    order: Order
    answers: Answers
    handler: str
    signed: datetime
    contacted: datetime
    right: bool

    def round(self, after: datetime, at: datetime, late: bool, redo: int, rng: Random) -> Round:
        """Notes and reply between `after` and `at`."""
        order, leaf = self.order, self.order.leaf
        outcome = "handed_over" if not self.right and not redo else _outcome(order, redo, rng)
        promised = None
        if outcome in ("dated_plan", "handed_over", "made_safe"):
            promised = working_day_after(at.date(), rng.randint(3, 15))
        quality = _quality(order, redo, self.right, rng)
        notes = tuple(self._notes(after, at, rng))
        done = after + (at - after) * rng.uniform(0.6, 0.97)
        if order.urgency in ("normal", "complex") and not FIRST_HOUR <= hour_of(done) < LAST_HOUR:
            done = min(on_duty(done, rng), at - (at - after) * 0.02)
        text = self.answers.reply(
            outcome=outcome,
            quality=quality,
            late=late,
            redo=redo > 0,
            signed=self.signed,
            contacted=self.contacted,
            done=done,
            promised=promised,
            rng=rng,
        )
        shown = outcome in ("fixed", "made_safe", "fixed_on_the_spot", "not_found") and order.kind not in QUESTIONS
        evidence: tuple[str, ...] = ()
        if leaf.evidence == "photo" and shown and quality != "off_topic":
            evidence = ("before",) * (rng.random() < 0.5) + ("after",) * rng.choice((1, 1, 2, 3))
            if quality == "thin" and rng.random() < 0.5:
                evidence = evidence[-1:]
        elif leaf.evidence == "document" and outcome not in ("withdrawn", "fixed_on_the_spot"):
            evidence = ("document",)
        reply = Reply(at, self.handler, outcome, text, evidence, promised if outcome == "dated_plan" else None, quality)
        return Round(notes, reply, None, ())

    def _notes(self, after: datetime, at: datetime, rng: Random) -> Sequence[Note]:
        order = self.order
        if order.kind in ("consultation", "praise"):
            return []
        count = {
            "danger": 1,
            "urgent": rng.choice((0, 1, 1, 2)),
            "normal": rng.choice((0, 1, 1, 1, 2)),
            "complex": rng.choice((1, 2, 2, 3, 4)),
        }[order.urgency]
        shares = sorted(rng.uniform(0.08, 0.9) for _ in range(count))
        found = []
        for share in shares:
            moment = after + (at - after) * share
            if order.urgency in ("normal", "complex"):
                moment = min(on_duty(moment, rng), at)
            photos = rng.choice((0, 0, 1, 2, 3)) if order.leaf.evidence == "photo" else 0
            found.append(Note(moment, self.handler, self.answers.note(order.urgency == "danger", rng), photos))
        return sorted(found, key=lambda note: note.at)

    def called_back(self, first: Round, late: bool, rng: Random) -> list[Round]:
        """The city's calls after each reply; "not resolved" reopens and the unit answers anew, at most twice more."""
        rounds: list[Round] = []
        one = first
        for redo in range(LAST_REDO + 1):
            early = self._early(one, late, rng) if not redo else None
            revisits = tuple(self._revisits(one, redo, late, rng))
            rounds.append(replace(one, early=early, revisits=revisits))
            if not revisits[-1].reopens:
                break
            again = revisits[-1].at
            at = reply_moment(again, again + timedelta(minutes=30), self.order.urgency, False, rng.random() < 0.03, rng)
            one = self.round(again, at, False, redo + 1, rng)
        return rounds

    def _early(self, one: Round, late: bool, rng: Random) -> Revisit | None:
        deadline = due(self.order.call.at, self.order.urgency)
        at = deadline + timedelta(hours=rng.uniform(0.3, 6))
        if not late or not self.contacted < at < one.reply.at or rng.random() < 0.5:
            return None
        remark = self.answers.remark("before_reply", rng)
        return Revisit(f"{self.order.number}-R0", at, True, "no", "no", remark)

    def _revisits(self, one: Round, redo: int, late: bool, rng: Random) -> list[Revisit]:
        at = _call_back(one.reply.at, rng)
        number = f"{self.order.number}-R{redo + 1}"
        if rng.random() < 0.17:
            first = Revisit(number, at, False, remark=self.answers.remark("unanswered", rng))
            if rng.random() < 0.55:
                return [first]
            return [first, self._judged(f"{number}b", _call_back(at, rng), one.reply, redo, late, rng)]
        return [self._judged(number, at, one.reply, redo, late, rng)]

    def _judged(self, number: str, at: datetime, reply: Reply, redo: int, late: bool, rng: Random) -> Revisit:
        good = self.order.leaf.resolved - 0.025
        good *= {"good": 1.0, "thin": 0.62, "off_topic": 0.3}[reply.quality] * JUDGED.get(reply.outcome, 1.0)
        if late:
            good *= 0.9
        if not self.right and not redo:
            good *= 0.6
        if rng.random() < min(good, 0.995):
            resolved, satisfied = "yes", Weighted(("yes", "mostly", "fair", "no"), (84, 11, 4, 1)).draw(rng)
        elif rng.random() < 0.5:
            resolved, satisfied = "partly", Weighted(("mostly", "fair", "no"), (3, 5, 2)).draw(rng)
        else:
            resolved, satisfied = "no", Weighted(("fair", "no"), (1, 6)).draw(rng)
        if redo == LAST_REDO and "no" in (resolved, satisfied):
            resolved, satisfied = "partly", "fair"  # told at length what can be done and what cannot
        remark = self.answers.remark(f"{resolved}_{satisfied}", rng)
        return Revisit(number, at, True, resolved, satisfied, remark)


def _call_back(after: datetime, rng: Random) -> datetime:
    """The city calls in the daytime of the next days."""
    return at_hour((after + timedelta(days=rng.choice((1, 1, 1, 1, 2)))).date(), rng.uniform(9, 19.8))


def _outcome(order: Order, redo: int, rng: Random) -> str:
    if order.kind in ("consultation", "praise"):
        return "fixed_on_the_spot"
    key, soon = order.leaf.key, order.urgency in ("danger", "urgent")
    weights = {
        "fixed": 66.0,
        "fixed_on_the_spot": 14 if soon else 7,
        "made_safe": 7 if soon and order.leaf.group in ("safety", "utilities", "greening") else 0,
        "dated_plan": 22 if order.urgency == "complex" else 4 if soon else 8,
        "handed_over": 3,
        "lawfully_cannot": 6 if key in BEYOND else 0,
        "not_found": 5 if key in FLEETING and not redo else 0,
        "withdrawn": 0.8 if not redo else 0,
    }
    return rng.choices(list(weights), list(weights.values()))[0]


def _quality(order: Order, redo: int, right: bool, rng: Random) -> str:
    if order.kind in ("consultation", "praise"):
        return "good"
    thin = 0.45 if not right and not redo else 0.04 if redo else 0.1
    chance = rng.random()
    return "off_topic" if chance < 0.012 else "thin" if chance < thin else "good"


def _close(rounds: Sequence[Round], desk: _Desk, rng: Random) -> Close | None:
    """The unit closes what no revisit closes: never called back, unanswered, or partly resolved and left."""
    last = rounds[-1]
    if not last.revisits:
        quick = desk.order.kind in ("consultation", "praise")
        at = last.reply.at + (minutes(rng, 20, 0.8, 240) if quick else minutes(rng, 600, 0.8, 2800))
        return Close(at if quick else on_duty(at, rng), desk.handler, desk.answers.close("notes", rng))
    judged = last.revisits[-1]
    if judged.answered and judged.resolved == "yes" and judged.satisfied != "no":
        return None
    note = desk.answers.close("partly" if judged.answered else "unanswered", rng)
    return Close(on_duty(judged.at + timedelta(hours=rng.uniform(3, 36)), rng), desk.handler, note)
