"""One claim of each form that is decided, sound and broken, on automata that can be read at once.

In `RELAY`, T + 1 who are asked or two echoes make everybody echo, and N - T echoes accept; the rest
says by which change each form is violated. A prover that takes a form for nothing finds both alike.
"""

from milpbft.automaton.ta.reader import read_ta

RELAY = """skel relay {{
  shared echoes; parameters N, T, F;
  assumptions (3) {{ N > 3 * T; T >= F; T >= 1; }}
  locations (4) {{ idle: [0]; asked: [1]; echoed: [2]; accepted: [3]; }}
  inits (1) {{ idle + asked == N - F; }}
  rules (3) {{
    0: asked -> echoed when (true) do {{ echoes' == echoes + 1; }};
    1: idle -> echoed when (echoes + F >= {join}) do {{ echoes' == echoes + 1; }};
    2: echoed -> accepted when (echoes + F >= {accept}) do {{ }};
  }}
  specifications (1) {{ s: {claim}; }}
}}"""
SOUND = {"join": "T + 1", "accept": "N - T"}
FAIR = "<>[](asked == 0 && (echoes < T + 1 || idle == 0) && (echoes < N - T || echoed == 0))"
DONE = "idle == 0 && asked == 0 && echoed == 0"

# name: (claim, what is changed so that it is violated: thresholds, or the claim itself)
FORMS = {
    "last: <>[]p": (f"{FAIR} -> <>[]({DONE} || accepted == 0)", {"claim": f"<>[]({DONE})"}),
    "last: []<>p": (f"{FAIR} -> []<>({DONE} || accepted == 0)", {"claim": f"[]<>({DONE})"}),
    "eventually": (f"{FAIR} && idle == 0 -> <>(accepted > 0)",
                   {"claim": f"{FAIR} && asked > 0 -> <>(accepted > 0)"}),
    "nested <>": (f"{FAIR} -> [](accepted > 0 -> <>({DONE}))", {"accept": "T + 1"}),
    "a time and a later one": ("!(<>(echoed > 0 && <>(asked + idle == N - F)))",
                               {"claim": "!(<>(echoed > 0 && <>(asked + idle == 1)))"}),
    "three times": ("!(<>(asked > 1 && <>(echoes == 1 && <>(asked == N - F))))",
                    {"claim": "!(<>(asked > 1 && <>(echoes == 1 && <>(asked == 0))))"}),
    "nobody there, for ever": ("[](accepted == 0) -> <>[](echoes < N - T || echoed > 0)",
                               {"claim": "[](accepted == 0) -> [](echoes < N - T)"}),
    "somebody there, for ever": (f"{FAIR} && idle == 0 -> !([](asked + echoed > 0))",
                                 {"claim": "!([](asked + idle > 0))"}),
    "rises and falls": ("[](echoed <= 2) -> [](echoed < 3)",
                        {"claim": "[](echoed <= 2) -> [](echoed < 2)"}),
    "always or always": ("[](echoes == 0) || [](echoes <= N)",
                         {"claim": "[](echoes == 0) || [](accepted == 0)"}),
    "always then always": ("[](echoes == 0) -> [](accepted == 0)",
                           {"claim": "[](echoes <= 3) -> [](accepted == 0)"}),
    "nested [], unstable": ("[](asked == 0 -> [](asked == 0))",
                            {"claim": "[](echoed > 0 -> [](echoed > 0))"}),
    "until": (f"{FAIR} && idle == 0 -> (accepted == 0 U accepted > 0)",
              {"claim": "accepted == 0 U accepted > 0"}),
    "weak until": ("accepted == 0 W echoes >= 1", {"claim": "accepted == 0 W echoes >= N"}),
    "release": ("echoes >= 1 R accepted == 0", {"claim": "echoes >= N R accepted == 0"}),
    "always, or from some time on": ("[](echoes == 0 || [](echoes > 0))",
                                     {"claim": "[](echoed == 0 || [](echoed > 0))"}),
    "fairness of alternatives": (f"{FAIR} -> <>(accepted > 0 || echoes < N - T)",
                                 {"claim": f"{FAIR} -> <>(accepted > 0)"}),
}  # fmt: skip


def read(form, *, broken=False):
    """The automaton of a form, and its specification."""
    claim, change = FORMS[form]
    changed = change if broken else {}
    automaton = read_ta(RELAY.format(**{**SOUND, "claim": claim, **changed}))
    return automaton, automaton.specification("s")
