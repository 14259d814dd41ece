"""Make the files of `instances/hgfrr/` and `instances/overlay/`, with verdicts of two solvers.

    python instances/make_hgfrr.py [--only TEXT]

Broadcasts over the HGFRR overlay under an adversary, with repair and without, by gossip and over
Kademlia, best broadcast trees, and dBFT 2.0 and PBFT on a full mesh and on the overlay. Every
optimum is proven by CP-SAT and by HiGHS, and its run is replayed.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent


def broadcasts() -> Iterator[str]:
    """Yield broadcasts: one contact per ring, several, chosen elections, and repairs."""
    for n, ring in ((12, 4), (100, 16)):
        for faults in (1, 2, 3):
            yield f"hgfrr-n{n}-r{ring}-k2-s0-b{faults}-coverage"
    for faults in (1, 2, 3):
        yield f"hgfrr-n100-r16-k2-s0-src95-b{faults}-coverage"
    yield "hgfrr-n16-r16-k16-s0-src9-ticks"
    for serving in (1, 2, 3):
        for faults in (1, 2, 3):
            w = f"-w{serving}" if serving > 1 else ""
            yield f"hgfrr-n60-r12-k2-c3{w}-s0-b{faults}-coverage"
    yield "hgfrr-n60-r12-k2-c3-w3-s0-b9-faults_half"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-b9-faults_half"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-b2-ticks"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-b2-ticks-crash"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-b2-coverage-crash"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-messages"
    for k in (2, 3, 8):
        yield f"hgfrr-n24-r8-k{k}-s0-ticks-chosen"
    yield "hgfrr-n24-r8-k2-s0-messages-chosen"
    yield "hgfrr-n24-r8-k2-s0-b1-coverage-chosen"
    for n in (12, 24):
        for goal in ("coverage", "ticks", "cost"):
            yield f"hgfrr-n{n}-r8-k2-s0-b2-{goal}-crash-repair20"
    yield from contacts()


def contacts() -> Iterator[str]:
    """Yield what three contacts per ring bear: whoever is elected, with repairs and changes."""
    for w in ("", "-w2", "-w3"):
        yield f"hgfrr-n12-r9-k2-c3{w}-s0-b1-coverage-chosen"
    for goal in ("messages", "ticks"):
        yield f"hgfrr-n12-r9-k2-c3-w3-s0-{goal}-chosen"
    for goal in ("coverage", "ticks", "cost"):
        yield f"hgfrr-n24-r9-k2-c3-s0-b2-{goal}-crash-repair20"
    for goal in ("coverage", "ticks", "cost"):
        yield f"hgfrr-n24-r9-k2-c3-w3-s0-b1-{goal}-crash-repair20"
    for w, faults in (("", 1), ("-c3", 1), ("-c3-w2", 2), ("-c3-w3", 3)):
        for b in sorted({1, faults}):
            yield f"hgfrr-n100-r16-k2{w}-s0-b{b}-coverage-change40"
    yield "hgfrr-n100-r16-k2-s0-b9-faults_half"
    yield "hgfrr-n100-r16-k2-s0-b9-faults_half-change40"


def restarts() -> Iterator[str]:
    """Yield broadcasts during which nodes start again, without memory or with a log."""
    for again in ("reload1", "amnesia1"):
        yield f"hgfrr-n100-r16-k2-s0-coverage-{again}"
        yield f"hgfrr-n60-r12-k2-c3-w2-s0-ticks-{again}"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-ticks"
    yield "hgfrr-n60-r12-k2-c3-s0-coverage-reload1"
    for w in ("w2", "w3"):
        for most in (1, 2, 3):
            yield f"hgfrr-n60-r12-k2-c3-{w}-s0-coverage-reload{most}"
        yield f"hgfrr-n60-r12-k2-c3-{w}-s0-faults_half-reload9"
        yield f"hgfrr-n60-r12-k2-c3-{w}-s0-messages-amnesia1"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-b1-coverage-reload1"
    yield "hgfrr-n60-r12-k2-c3-w2-s0-messages-amnesia2"
    yield "hgfrr-n60-r12-k2-c3-w3-s0-messages"
    yield "hgfrr-n100-r16-k2-s0-faults_half-reload9"
    for again in ("", "-amnesia1"):
        yield f"hgfrr-n60-r12-k2-s0-messages{again}"
    for most in (1, 2):
        yield f"hgfrr-n100-r16-k2-s0-coverage-change40-reload{most}"
    yield "hgfrr-n100-r16-k2-s0-faults_half-change40-reload9"
    for said in ("coverage-reload1", "messages-amnesia1", "ticks-amnesia1", "faults_half-amnesia9"):
        yield f"hgfrr-n12-r4-k2-s0-{said}"
    yield "hgfrr-n12-r9-k2-c3-w3-s0-coverage-chosen-reload1"


def churn() -> Iterator[str]:
    """Yield broadcasts over rings that change under way: who leaves, is found, or is elected."""
    for goal in ("coverage", "messages"):
        yield f"churn-n12-r4-k2-s0-b1-t10-{goal}-leave"
        yield f"churn-n12-r4-k2-s0-b1-t12-{goal}-crash-beat2-again4"
    yield "churn-n12-r6-k2-c2-w2-s0-b1-t10-coverage-leave"
    yield "churn-n12-r6-k2-c2-w2-s0-b1-t10-coverage-crash-beat2"
    yield "churn-n12-r4-k2-s0-b1-t12-ticks-crash-beat2-again4"
    yield "churn-n12-r4-k2-s0-b1-t12-coverage-crash-beat2-again2"
    yield "churn-n10-r6-k2-s0-j1-t10-messages"
    for over in ("", "-handover"):
        yield f"churn-n9-r4-k2-s0-b1-t9-coverage-crash{over}-beat1-period4-again5"
        yield f"churn-n12-r4-k2-s0-t12-coverage{over}-period2"
        yield f"churn-n12-r4-k2-s0-t12-messages{over}-period2"
        for contacts in ("", "-c3", "-c3-w2", "-c3-w3"):
            for faults in ("", "-b1"):
                yield f"churn-n100-r16-k2{contacts}-s0{faults}-t30-coverage{over}-period4"
    yield from newcomers()
    yield from word()


def newcomers() -> Iterator[str]:
    """Yield broadcasts during which a node joins that fails."""
    yield "churn-n10-r6-k2-s0-j1-t10-coverage-newcomer-silent"
    yield "churn-n9-r6-k2-s0-b1-j1-t6-coverage-leave"
    yield "churn-n9-r6-k2-s0-b1-j1-t6-coverage-leave-newcomer-silent"
    yield "churn-n9-r6-k2-s0-j1-t6-coverage-leave-newcomer-leave"
    yield "churn-n9-r6-k2-s0-j1-t6-coverage-crash-beat2-newcomer-crash"


def word() -> Iterator[str]:
    """Yield broadcasts of which word takes a while, and whose relays go by what they know."""
    for said in ("-period4-news1", "-period4-news2", "-present-period4"):
        for contacts in ("", "-c3"):
            yield f"churn-n100-r16-k2{contacts}-s0-t30-coverage{said}"
    yield "churn-n12-r4-k2-s0-t12-coverage-present-period2-news2"
    yield "churn-n12-r4-k2-s0-b1-t10-coverage-leave-news1"
    for said in ("-news2", "-present", "-present-news2"):
        yield f"churn-n10-r6-k2-s0-j1-t10-messages{said}"


def links() -> Iterator[str]:
    """Yield broadcasts whose links are as long as their nodes are apart, or whose ports are few."""
    for said in ("l5", "p1", "l5-p1"):
        yield f"hgfrr-n12-r4-k2-s0-b1-{said}-ticks"
        yield f"hgfrr-n60-r12-k2-s0-{said}-ticks"
    yield "hgfrr-n60-r12-k2-s0-p2-ticks"
    for goal in ("ticks", "ticks-crash"):
        yield f"hgfrr-n24-r8-k2-c2-w2-s0-b1-l5-{goal}"
    yield "hgfrr-n60-r12-k2-s0-src20-b1-p1-t12-coverage"


def trees() -> Iterator[str]:
    """Yield best trees: rings whose members know each other, k-ary trees, and the overlay."""
    for ports in (1, 2, 3):
        yield f"besttree-n10-p{ports}-ticks"
        for k in (2, 3, 4):
            yield f"besttree-n10-p{ports}{f'-k{k}' if k > 2 else ''}-ticks-kary"
    yield "besttree-n16-p1-ticks"
    yield "besttree-n16-p1-ticks-hypercube"
    yield "besttree-n9-p1-ticks-cycle"
    for ports in (1, 2):
        yield f"besttree-n24-p{ports}-r8-ticks-rings"


def disseminations() -> Iterator[str]:
    """Yield gossip and Kademlia, of as many nodes as the overlays that they are compared with."""
    for faults in (1, 2, 3):
        yield f"dissemination-n100-s0-b{faults}-coverage-kademlia"
        for fanout in (2, 3):
            yield f"dissemination-n100-f{fanout}-s0-b{faults}-coverage"


def consensus() -> Iterator[str]:
    """Yield dBFT 2.0 and PBFT on a mesh and on an overlay, synchronous, with doubling timers."""
    for n in (4, 7):
        for delta in (1, 2):
            said = f"dbft2-strict-n{n}-v1-t20-delay_last-gst0-delta{delta}-timer60"
            yield said
            yield f"{said}-overlay-r4k2s0"
    yield "dbft2-strict-n10-v1-t14-delay_last-gst0-delta1-timer60-overlay-r4k2s0"
    yield "dbft2-strict-n4-v2-c1-t14-delay_first-gst0-delta1-timer5"
    yield "dbft2-strict-n4-v2-c1-t20-delay_first-gst0-delta1-timer8-overlay-r4k2s0"
    yield "dbft2-strict-n4-v2-c1-t16-faults_lock-gst0-delta1-timer5"
    yield "dbft2-strict-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0"
    yield "dbft2-strict-n4-v2-c1-t20-steps_lock-gst0-delta1-timer8-overlay-r4k2s0"
    yield "dbft2-strict-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r4k2s0"
    yield "dbft1-strict-n4-v2-c1-t12-forks-gst0-delta1-timer4-overlay-r4k2s0"
    yield "dbft1-strict-n4-v2-c1-t16-forks-gst0-delta1-timer5-overlay-r4k2s0"
    for n in (4, 7):
        yield f"pbft-n{n}-v1-t12-delay_last-gst0-delta1-timer60"
        yield f"pbft-n{n}-v1-t12-delay_last-gst0-delta1-timer60-overlay-r4k2s0"
    yield "pbft-n4-v2-c1-t16-faults_lock-gst0-delta1-timer5"
    yield "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0"
    yield from replaced()


def replaced() -> Iterator[str]:
    """Yield consensus whose relays are replaced, or that has several contacts per ring."""
    lock = "t20-faults_lock-gst0-delta1"
    for beat in ("h2", "h4", "h6"):
        yield f"pbft-n4-v2-c1-{lock}-timer8-overlay-r4k2s0{beat}"
    yield f"dbft2-strict-n4-v2-c1-{lock}-timer8-overlay-r4k2s0h2"
    yield f"pbft-n4-v2-b1-{lock}-timer8"
    for period in ("", "o4"):
        yield f"pbft-n4-v2-b1-{lock}-timer8-overlay-r4k2s0{period}"
    yield f"dbft2-strict-n7-v2-c1-{lock}-timer9-overlay-r6k2s0c2w2"
    yield f"pbft-n7-v2-c1-{lock}-timer9-overlay-r6k2s0c2w2"
    for horizon, rule in ((3, "never"), (6, "own-view")):
        yield f"dbft2-strict-n4-v2-t{horizon}-ticks_lock-{rule}-overlay-r4k2s0"
    for protocol, seed in product(("pbft", "linear"), (45, 60)):
        yield f"{protocol}-n4-v2-b1-t4-ticks_lock-overlay-g2s{seed}"


CARRIED = {"": 5, "r4k2s0": 7, "r6k2s0c2w2": 7, "r9k2s0c3": 9, "r9k2s0c3w2": 8, "r9k2s0c3w3": 7,
           "g2s0": 13, "g3s0": 7}  # fmt: skip
"""By what carries messages, a full mesh first: the shortest cycle in which a round succeeds."""


def rounds() -> Iterator[str]:
    """Yield rounds of Proof of Vote over a mesh, overlays and gossips, and who stops them."""
    for word, cycle in CARRIED.items():
        over = f"-overlay-{word}" if word else ""
        for short in (cycle - 1, cycle):
            yield f"povround-nc9-nb2-tb{short}-t{2 * short - 1}-cycles-delta1{over}"
        yield f"povround-nc9-nb2-tb16-t31-bc9-faults_stop-delta1{over}"


SLOW = frozenset({
    *(name for name in replaced() if "ticks_lock" in name and "b1" in name),
    "dbft2-strict-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h2",
    "dbft2-strict-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r6k2s0c2w2",
    *(name for name in churn() if "n100" in name or "c2-w2" in name or "j1-t6" in name),
    "hgfrr-n100-r16-k2-c3-w2-s0-b1-coverage-change40",
    "hgfrr-n100-r16-k2-c3-w2-s0-b2-coverage-change40",
    "hgfrr-n100-r16-k2-c3-w3-s0-b1-coverage-change40",
    "hgfrr-n100-r16-k2-c3-w3-s0-b3-coverage-change40",
    "hgfrr-n12-r9-k2-c3-w2-s0-b1-coverage-chosen",
    "hgfrr-n12-r9-k2-c3-w3-s0-b1-coverage-chosen",
    *(name for name in restarts() if "-c3-w3" in name or ("-c3" in name and "-amnesia" in name)),
    "hgfrr-n12-r9-k2-c3-w3-s0-coverage-chosen-reload1",
    "hgfrr-n12-r9-k2-c3-w3-s0-ticks-chosen",
    "hgfrr-n24-r9-k2-c3-s0-b2-coverage-crash-repair20",
    "hgfrr-n24-r9-k2-c3-w3-s0-b1-cost-crash-repair20",
    "hgfrr-n24-r9-k2-c3-w3-s0-b1-coverage-crash-repair20",
    "hgfrr-n24-r9-k2-c3-w3-s0-b1-ticks-crash-repair20",
    "pbft-n4-v2-b1-t20-faults_lock-gst0-delta1-timer8",
    "pbft-n4-v2-b1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0",
    "pbft-n4-v2-b1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0o4",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h2",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h4",
    "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h6",
    "pbft-n7-v2-c1-t20-faults_lock-gst0-delta1-timer9-overlay-r6k2s0c2w2",
})  # fmt: skip
"""What CP-SAT alone proves: HiGHS takes minutes, or was not waited for."""


def places() -> Iterator[tuple[Path, str]]:
    """Yield the folder and the name of every file."""
    for name in (*broadcasts(), *restarts(), *churn(), *links(), *trees(), *disseminations()):
        yield FOLDER / "hgfrr", name
    for name in (*consensus(), *rounds()):
        yield FOLDER / "overlay", name


if __name__ == "__main__":
    make(places(), __doc__, first=SLOW)
