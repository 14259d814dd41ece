"""Instances of the market: best matchings, worst instances, orders of requests, stability."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_serializer, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.named import RESTARTS, NamedQuestion, Sense
from milpbft.v2v.catalogue import market_of
from milpbft.v2v.market import MarketData  # noqa: TC001  (the type of a field)

_MARKET = r"[a-z][a-z0-9]*"
NO_NODE = "a market has no node that could start again; questions with replicas are v2vorder's"
NO_STATE = (
    "f backups that start again change no order: the timers of f + 1 others bind the primary, and "
    "what is executed is kept; forks and locks by restarts are questions of pbft, linear and sbft"
)
"""Why no question of the market has nodes that start again."""


class MarketQuestion(NamedQuestion):
    """A question about one market.

    Parameters
    ----------
    market
        Name of a market of :mod:`milpbft.v2v.catalogue`, or a table of one's own.
    """

    market: MarketData
    encoding: Literal["compact"] = "compact"

    texts: ClassVar[dict[str, tuple[str, str]]] = {"market": ("", _MARKET)}
    refused: ClassVar[dict[str, str]] = {RESTARTS: NO_NODE}

    @field_validator("market", mode="before")
    @classmethod
    def _find(cls, value: object) -> object:
        return market_of(value) if isinstance(value, str) else value

    @field_serializer("market")
    def _name_market(self, value: MarketData) -> object:
        """Write a market of the catalogue as its name."""
        try:
            if market_of(value.name) == value:
                return value.name
        except InputError:
            pass
        return value.model_dump(exclude_defaults=True)


class MatchInstance(MarketQuestion):
    """The best matching of all orders at once.

    Parameters
    ----------
    market
        Of the class.
    pairs
        So many pairs are matched; by default as many as can be, which must be said where funds or
        capacities decide it.
    objective
        ``matched``: most pairs. ``cost``: least travel. ``consumer``: least that consumers pay.
        ``welfare``: most value less energy and travel, of any number of pairs.
    """

    pairs: int | None = Field(default=None, ge=0, le=1000)

    numbers: ClassVar[dict[str, str]] = {"k": "pairs"}
    objectives: ClassVar[dict[str, Sense]] = {
        "matched": "max", "cost": "min", "consumer": "min", "welfare": "max"
    }  # fmt: skip
    example: ClassVar[str] = "v2vmatch-cost-a1"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _refuse_secrets(self.market)
        if self.pairs is not None and self.objective.name in {"matched", "welfare"}:
            raise InputError("pairs", self.pairs, "given where cost or consumer is asked for")
        return self


class StableInstance(MarketQuestion):
    """The best matching that no pair would leave for each other.

    Parameters
    ----------
    market
        Of the class.
    objective
        ``cost``, ``welfare``: of stable matchings. ``pairs``: fewest blocking pairs at the largest
        number matched. ``envy``: fewest buyers that would rather have another's match, likewise.
    """

    objectives: ClassVar[dict[str, Sense]] = {
        "cost": "min", "welfare": "max", "pairs": "min", "envy": "min"
    }  # fmt: skip
    example: ClassVar[str] = "v2vstable-cost-d2"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _refuse_secrets(self.market)
        if self.market.capacities:
            raise InputError("capacities", self.market.capacities, "none where stability counts")
        return self


class OrderInstance(MarketQuestion):
    """A Byzantine primary that chooses the order of requests, one per slot.

    Parameters
    ----------
    market
        Of the class.
    patience
        P: a request that all replicas know is executed within so many further slots, or the view
        changes.
    timer
        ``oldest``: of the oldest request, started anew for the next, as replicas do. ``each``: of
        every request.
    seat
        Whether the primary may lose its view; its successor serves first come, first served.
    change
        Slots that a view change takes.
    batch, rule
        Matching at every so many slots, see :class:`milpbft.v2v.reference.genesis.Genesis`.
    of
        The order that ``victim`` or ``gain`` is about; by default the only buy, or the secret one.
    objective
        ``victim``: most that a buyer pays; unmatched it pays its value. ``gain``: most profit of a
        seller. ``consumers``: most that all buyers pay. ``matched``: fewest pairs. ``welfare``:
        least. ``blocking``: most pairs that would leave for each other.
    """

    patience: int = Field(default=0, ge=0, le=100)
    timer: Literal["oldest", "each"] = "oldest"
    seat: bool = False
    change: int = Field(default=1, ge=1, le=20)
    batch: int = Field(default=0, ge=0, le=100)
    rule: Literal["key", "best"] = "key"
    of: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9]*)?$")

    sizes: ClassVar[dict[str, str]] = {"p": "patience"}
    always: ClassVar[frozenset[str]] = frozenset({"patience"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "each": ("timer", "each"), "seat": ("seat", True), "best": ("rule", "best")
    }  # fmt: skip
    numbers: ClassVar[dict[str, str]] = {"change": "change", "batch": "batch"}
    texts: ClassVar[dict[str, tuple[str, str]]] = {
        "of": ("of_", r"[A-Za-z][A-Za-z0-9]*"), "market": ("", _MARKET)
    }  # fmt: skip
    objectives: ClassVar[dict[str, Sense]] = {
        "victim": "max", "gain": "max", "consumers": "max", "matched": "min", "welfare": "min",
        "blocking": "max",
    }  # fmt: skip
    refused: ClassVar[dict[str, str]] = {RESTARTS: NO_STATE}
    example: ClassVar[str] = "v2vorder-p3-victim-c1"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.seat and self.timer == "each":
            raise InputError("timer", self.timer, "oldest where the view may be lost")
        if self.change != 1 and not self.seat:
            raise InputError("change", self.change, "given where the view may be lost")
        # Boundaries are sequence numbers, and while the view changes none is executed.
        if self.seat and self.batch:
            raise InputError("seat", self.seat, "no view that may be lost where orders are batched")
        if self.rule == "best" and not self.batch:
            raise InputError("rule", self.rule, "key where orders are matched as they arrive")
        if self.market.capacities:
            raise InputError("capacities", self.market.capacities, "none on the state machine")
        if self.market.funds:
            raise InputError("funds", self.market.funds, "ample where the order is chosen")
        # A later request of a client makes its earlier ones stale: it has one outstanding.
        known = [order.client for order in self.market.orders if not order.secret]
        if len(set(known)) < len(known):
            raise InputError("owner", known, "a client per order where their order is chosen")
        self._about()
        return self

    def _about(self) -> None:
        """Refuse what `of` cannot be."""
        sides = {"victim": self.market.buys, "gain": self.market.sells}
        orders = sides.get(self.objective.name, ())
        if self.of and self.of not in [order.name for order in orders]:
            names = ", ".join(order.name for order in orders) or "nothing"
            raise InputError("of", self.of, f"one of {names}")
        if orders or self.objective.name in sides:
            _ = self.about

    @property
    def about(self) -> tuple[str, ...]:
        """Names of the order that is asked about, in all its versions.

        Raises
        ------
        InputError
            Where that is not said.
        """
        market = self.market
        versions = tuple(order.name for order in market.orders if order.secret)
        if self.of:
            return versions if self.of in versions else (self.of,)
        orders = market.buys if self.objective.name == "victim" else market.sells
        chosen = [order.name for order in orders if order.secret] or [o.name for o in orders]
        secret = any(order.secret for order in orders)
        if not chosen or (len(chosen) > 1 and not secret):
            raise InputError("of", self.of, f"one of {', '.join(o.name for o in orders)}")
        return tuple(chosen)

    @property
    def slots(self) -> int:
        """K: slots until the last request is executed, however long each is held."""
        market = self.market
        known = [order for order in market.orders if not order.secret]
        last = max(market.heard(order) for order in market.orders)
        slots = (
            last
            + len(known) * (self.patience + 1)
            + (self.change + len(known) + 1 if self.seat else 0)
        )
        slots += any(order.secret for order in market.orders)
        return slots + (-slots % self.batch if self.batch else 0)


class WorstInstance(NamedQuestion):
    """The market that first come, first served makes least of.

    n sells arrive, then n buys in the order of their ids.

    Parameters
    ----------
    n
        Sells, and buys, 1 to 8.
    length
        L: sites are 0 to L km on a line, and a kilometre costs one.
    setting
        ``line``: meeting points everywhere, prices that keep sellers at home, quantities of 1.
        ``lots``: one point, quantities 1 and 2, prices 10 and 20, and no travel. ``ends``: points
        at both ends, the price `length`. ``prices``: the same with prices 1 to `length` + 1.
    pair
        V: what a matched pair is worth, beside its travel; 2L where nothing is said.
    most
        K of ``worst``: what the best matching costs, at most.
    objective
        ``gap``: most by which the travel of the best matching is less, or its worth is more.
        ``worst``: most travel of first come, first served, where `most` would do. ``pairs``: most
        pairs lost.
    encoding
        ``distance``: sites are integers; for ``line``. ``types``: each order has one of a list.
    """

    n: int = Field(ge=1, le=8)
    length: int = Field(default=0, ge=0, le=64)
    setting: Literal["line", "lots", "ends", "prices"] = "line"
    pair: int = Field(default=0, ge=0, le=10**6)
    most: int | None = Field(default=None, ge=0, le=1000)
    encoding: Literal["distance", "types"] = "distance"

    sizes: ClassVar[dict[str, str]] = {"n": "n", "l": "length"}
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        word: ("setting", word) for word in ("lots", "ends", "prices")
    }
    numbers: ClassVar[dict[str, str]] = {"v": "pair", "k": "most"}
    objectives: ClassVar[dict[str, Sense]] = {"gap": "max", "worst": "max", "pairs": "max"}
    refused: ClassVar[dict[str, str]] = {RESTARTS: NO_NODE}
    example: ClassVar[str] = "v2vworst-n3-l4-worst-k1"

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, fields: Any) -> Any:  # noqa: ANN401
        """Only sites on a line can be integers."""
        if isinstance(fields, dict) and fields.get("setting", "line") != "line":
            return {"encoding": "types"} | fields
        return fields

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.encoding == "distance" and self.setting != "line":
            raise InputError("encoding", self.encoding, "types but on the line")
        if (self.most is not None) != (self.objective.name == "worst"):
            raise InputError("most", self.most, "given where worst is asked for")
        if (self.setting == "lots") != (self.objective.name == "pairs"):
            raise InputError("objective", self.objective.name, "pairs with lots, and there alone")
        if (self.length == 0) != (self.setting == "lots"):
            raise InputError("length", self.length, "1 or more, and 0 with lots")
        if self.pair and self.setting not in {"ends", "prices"}:
            raise InputError("pair", self.pair, "given with ends or prices")
        return self

    @property
    def worth(self) -> int:
        """What a pair is worth: `pair`, or where that is not said, more than any travel."""
        return self.pair or 2 * self.length


def _refuse_secrets(market: MarketData) -> None:
    if any(order.secret for order in market.orders):
        raise InputError("market", market.name, "a market without secret orders")
