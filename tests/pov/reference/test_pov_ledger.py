"""Roles, deposits, letters, the fund and pay: every conversion of figure 2."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.pov.reference.blocks import Block, Content, Draft, Header
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.rules import VACANT, Rules
from milpbft.pov.reference.transactions import (
    Apply,
    Deposit,
    Letter,
    Record,
    Register,
    Resign,
    Supplement,
    Transaction,
)
from tests.pov.reference.povworld import KEYS, perform, refusal

RULES = Rules(3, 2, others=3, ordinary=2, pay=7, deposit=10, wealth=100)
USER = 6
FIRST = Ledger.first(RULES)


def letter(candidate: int = USER, commissioner: int = 1, serial: int = 0) -> Letter:
    return Letter.signed(commissioner, candidate, serial, KEYS)


def candidate(ledger: Ledger = FIRST, node: int = USER) -> Ledger:
    return perform(ledger, node, Register(), Apply(letter(node)), Deposit(10))


def block(ledger: Ledger, height: int, producer: int = 3, content: Content | None = None) -> Block:
    """Return a block as far as the ledger reads it."""
    content = content or Content()
    header = Header(height, bytes(32), 1, producer, content.digest)
    return Block(Draft(header, content), (), 0, b"", 0)


def test_from_user_to_candidate():
    """Registration, letter, deposit, in this order; a role comes with the last step only."""
    assert FIRST.roles(USER) == {"user"}
    assert refusal(FIRST, USER, Apply(letter())) == "not registered"
    registered = perform(FIRST, USER, Register())
    assert refusal(registered, USER, Register()) == "registered already"
    assert refusal(registered, USER, Deposit(10)) == "no application"
    applied = perform(registered, USER, Apply(letter()))
    assert applied.roles(USER) == {"user"}
    assert refusal(applied, USER, Apply(letter(serial=1))) == "applied already"
    assert refusal(applied, USER, Deposit(9)) == "not the deposit"
    done = perform(applied, USER, Deposit(10))
    assert done.roles(USER) == {"candidate"}
    assert (done.accounts[USER].balance, done.accounts[USER].deposit) == (90, 10)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (letter(commissioner=3), "letter of no commissioner"),
        (replace(letter(), signature=bytes(64)), "forged letter"),
        (replace(letter(), serial=5), "forged letter"),
        (letter(candidate=7), "letter for another"),
    ],
)
def test_letters_are_refused_with_a_reason(bad: Letter, reason: str):
    assert refusal(perform(FIRST, USER, Register()), USER, Apply(bad)) == reason


def test_a_letter_is_used_once():
    """Who left has to be recommended anew."""
    gone = perform(candidate(), USER, Resign())
    assert refusal(gone, USER, Apply(letter())) == "letter used before"
    assert refusal(gone, USER, Apply(letter(serial=1))) is None


def test_a_candidate_leaves_with_its_deposit():
    gone = perform(candidate(), USER, Resign())
    assert gone.roles(USER) == {"user"}
    assert (gone.accounts[USER].balance, gone.fund) == (100, FIRST.fund)
    assert refusal(gone, USER, Resign()) == "nothing to resign"


def test_a_butler_who_leaves_forfeits_its_deposit():
    """Its seat stays vacant, and the bad record costs the next deposit too."""
    gone = perform(FIRST, 4, Resign())
    assert gone.team == (3, VACANT)
    assert gone.roles(4) == {"user"}
    assert (gone.accounts[4].balance, gone.fund) == (90, FIRST.fund + 10)
    back = perform(gone, 4, Apply(letter(4)), Deposit(10), Resign())
    assert (back.accounts[4].balance, back.fund) == (80, FIRST.fund + 20)


def test_a_commissioner_may_be_candidate_too():
    """It recommends itself; an election then gives it a seat beside its vote."""
    both = perform(FIRST, 1, Apply(letter(1, commissioner=1)), Deposit(10))
    assert both.roles(1) == {"commissioner", "candidate"}
    special = block(both, 3, content=Content(elected=(1, 3)))
    assert both.after(special, KEYS).roles(1) == {"commissioner", "butler"}


def test_an_election_turns_over_the_team():
    """Winners become butlers, losers stay candidates, and the tenure is counted."""
    ledger = candidate()
    after = ledger.after(block(ledger, 3, content=Content(elected=(USER, 3))), KEYS)
    assert after.roles(USER) == {"butler"}
    assert after.roles(4) == {"candidate"}
    assert (after.tenure, after.produced) == (2, {})


def test_pay_per_valid_block():
    """Two blocks of one butler and the special one of another, from the fund."""
    ledger = FIRST
    for height, producer in ((1, 3), (2, 3)):
        ledger = ledger.after(block(ledger, height, producer), KEYS)
    assert ledger.fund == 100
    ledger = ledger.after(block(ledger, 3, 4, Content(elected=(3, 4))), KEYS)
    assert ledger.fund == 100 - 21
    assert [ledger.accounts[i].balance for i in (3, 4)] == [90 + 14, 90 + 7]


def test_what_the_fund_lacks_stays_owed():
    poor = replace(FIRST, fund=3)
    ledger = poor.after(block(poor, 3, 4, Content(elected=(3, 4))), KEYS)
    assert (ledger.fund, ledger.owed) == (0, {4: 4})
    rich = perform(ledger, 0, Supplement(50))
    later = rich.after(block(rich, 6, 3, Content(elected=(3, 4))), KEYS)
    assert (later.fund, later.owed) == (50 - 4 - 7, {})


def test_only_commissioners_supplement_the_fund():
    assert refusal(FIRST, 3, Supplement(1)) == "not a commissioner"
    assert refusal(FIRST, 0, Supplement(101)) == "amount out of range"
    assert refusal(FIRST, 0, Supplement(0)) == "amount out of range"


def test_forged_and_repeated_transactions():
    made = Transaction.signed(3, 0, Record(b"a"), KEYS)
    assert FIRST.refuse(replace(made, author=4), KEYS) == "forged transaction"
    assert FIRST.refuse(replace(made, action=Record(b"b")), KEYS) == "forged transaction"
    assert FIRST.execute(made).refuse(made, KEYS) == "out of sequence"
    assert refusal(FIRST, RULES.server, Record(b"")) == "no such author"


def test_illegal_transactions_have_no_effect():
    """Votes make a block valid; they make no money."""
    theft = Transaction(0, 0, Supplement(50), bytes(64))
    after = FIRST.after(block(FIRST, 1, content=Content((theft,))), KEYS)
    assert (after.illegal, after.fund) == (1, FIRST.fund)


ACTIONS = st.one_of(
    st.just(Register()),
    st.just(Resign()),
    st.builds(Deposit, st.integers(0, 20)),
    st.builds(Supplement, st.integers(0, 120)),
    st.builds(
        lambda c, n, s: Apply(letter(n, c, s)),
        st.integers(0, 3), st.integers(0, 8), st.integers(0, 2),
    ),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 8), ACTIONS), max_size=40))
@settings(max_examples=60, deadline=None)
def test_money_is_neither_made_nor_lost(steps):
    """Whatever is done in whatever order, and with an election now and then."""
    ledger = FIRST
    for height, (author, action) in enumerate(steps, start=1):
        if refusal(ledger, author, action) is None:
            ledger = perform(ledger, author, action)
        elected = (*sorted(ledger.eligible), VACANT, VACANT)[:2]
        content = Content(elected=elected) if RULES.special(height) else Content()
        ledger = ledger.after(block(ledger, height, content=content), KEYS)
        assert ledger.money == FIRST.money
        assert ledger.fund >= 0
        assert all(a.balance >= 0 and a.deposit in (0, 10) for a in ledger.accounts.values())
        assert all(account.candidate == (account.deposit > 0)
                   for account in ledger.accounts.values())  # fmt: skip
