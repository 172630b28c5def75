"""Computes cases.json: what arithmetic expressions are worth.

Run it as `python3 cases.py` (3.11 or later); it writes cases.json beside itself, the same file every time. A row is
  {"group", "expression", "expected": "123"}             this text exactly: integers, and decimals worked out by hand
  {"group", "expression", "expected": 1.5}               this number within 1e-12 of its size
  {"group", "expression", "refused": true, "because"}    an error; its message holds the words of "because"
The values come from reference.py, the expressions that people wrote from rows.py, the random ones from a fixed seed.
"""
import ast
import json
import pathlib
import random
import re
import sys

sys.dont_write_bytecode = True

from reference import FUNCTIONS, Evaluator, ExactEvaluator, Refused, decimal_text  # noqa: E402
from rows import (AT_THE_LIMIT, DOUBLES, EXACT, FUNCTION_ROWS, HOSTILE, MONEY, NO_VALUE, PRECEDENCE,  # noqa: E402
                  REMAINDER, ROUNDING, TOO_LARGE, WIDER_IN_PYTHON)


def computed(group, expressions):
    for expression in expressions:
        value = Evaluator().value_of(expression)
        yield {"group": group, "expression": expression, "expected": str(value) if isinstance(value, int) else value}


def by_hand(group, expressions):
    """Decimals as a person works them out: fractions of the written digits, so 0.1 + 0.2 is 0.3 and nothing else."""
    for expression in expressions:
        exact = ExactEvaluator().visit(ast.parse(expression, mode="eval").body)
        yield {"group": group, "expression": expression, "expected": decimal_text(exact)}


def refused(group, expressions_by_reason):
    """Declares refusals, and makes sure that Python refuses as well, except where its language is known to be wider."""
    for because, expressions in expressions_by_reason.items():
        for expression in expressions:
            try:
                value = Evaluator().value_of(expression)
            except Refused:
                value = None
            if (value is not None) != (expression in WIDER_IN_PYTHON):
                raise ValueError(f"{expression!r} is worth {str(value)[:40]} to Python")
            yield {"group": group, "expression": expression, "refused": True, "because": because}


def random_number(rng):
    kind = rng.random()
    if kind < 0.5:
        return str(rng.randint(0, 20))
    if kind < 0.65:
        return str(rng.randint(10 ** 3, 10 ** rng.randint(4, 22)))
    if kind < 0.9:
        return f"{rng.randint(0, 99)}.{rng.randint(0, 999)}"
    return rng.choice(["pi", "e", ".5", "1e3", "2.5e-3", "1E2", "7."])


def random_call(rng, depth):
    name = rng.choice(sorted(FUNCTIONS))
    count = {"pow": 2, "round": rng.choice((1, 1, 2)), "min": rng.randint(1, 4), "max": rng.randint(1, 4),
             "sum": rng.randint(1, 4)}.get(name, 1)
    arguments = [random_expression(rng, depth - 1) for _ in range(count)]
    if name == "pow":
        arguments[1] = str(rng.randint(0, 6))
    if name == "round" and count == 2:
        arguments[1] = str(rng.randint(-2, 6))
    return f"{name}({rng.choice((',', ', ')).join(arguments)})"


def random_binary(rng, depth):
    sign = rng.choice(["+", "-", "*", "/", "%", "+", "-", "*", "/", "**", "^", "\u00d7", "\u00f7", "\u2212"])
    right = random_expression(rng, depth - 1)
    if sign in ("**", "^"):
        right = rng.choice(["2", "3", "-1", "-2", "0", "1", "0.5", "2 ** 2", "(1 + 2)", "-1 ** 2"])
    space = rng.choice(("", " ", " "))
    return f"{random_expression(rng, depth - 1)}{space}{sign}{space}{right}"


def random_expression(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.1:
        return random_number(rng)
    if kind < 0.55:
        return random_binary(rng, depth)
    if kind < 0.75:
        return random_call(rng, depth)
    if kind < 0.85:
        return rng.choice("-+-") + random_expression(rng, depth - 1)
    return f"({random_binary(rng, depth)})"


def stable(expression, value):
    """True when rounding errors of a few units in the last place do not show: only then may a test compare doubles."""
    for seed in range(24):
        try:
            moved = Evaluator(random.Random(seed)).value_of(expression)
        except Refused:
            return False
        if type(moved) is not type(value) or (moved != value if isinstance(value, int) else abs(moved - value) > 1e-13 * abs(value)):
            return False
    return True


def operations_in(expression):
    return len(re.findall(r"[-+*/%^\u00d7\u00f7\u2212]+|[a-z0-9]+\(", expression))


def random_expressions(seed, count):
    rng = random.Random(seed)
    found = []
    while len(found) < count:
        expression = random_expression(rng, rng.randint(2, 5))
        try:
            value = Evaluator().value_of(expression)
        except Refused:
            continue
        telling = len(expression) <= 200 and len(str(value)) <= 120 and operations_in(expression) >= 3
        if telling and expression not in found and stable(expression, value):
            found.append(expression)
    return found


def listed(block):
    return [part.strip(" ") for line in block.strip("\n").split("\n") for part in line.split(" | ")]


def all_rows():
    yield from computed("precedence", [*listed(PRECEDENCE), "1+1\n", "\r\n 2 * 2", "\t2 \t- 1 "])
    yield from computed("exact integers", listed(EXACT))
    yield from by_hand("decimals as worked out by hand", listed(MONEY))
    yield from computed("doubles", listed(DOUBLES))
    yield from computed("functions", listed(FUNCTION_ROWS))
    yield from computed("rounding", listed(ROUNDING))
    yield from computed("remainder", listed(REMAINDER))
    yield from computed("random", random_expressions(20_250_301, 240))
    yield from computed("at the limit", AT_THE_LIMIT)
    yield from refused("no real value", NO_VALUE)
    yield from refused("too large", TOO_LARGE)
    yield from refused("hostile", HOSTILE)


def main():
    rows = list(all_rows())
    lines = ",\n".join(json.dumps(row) for row in rows)
    pathlib.Path(__file__).with_name("cases.json").write_text(f"[\n{lines}\n]\n", encoding="ascii")
    repeated = len(rows) - len({row["expression"] for row in rows})
    print(f"{len(rows)} rows, {sum('refused' in row for row in rows)} refused, {repeated} repeated")


if __name__ == "__main__":
    main()
