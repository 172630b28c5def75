"""The calculator's arithmetic once more, by Python's own parser, integers and math library; nothing is shared with it.

Where the calculator differs from Python on purpose it is mapped here: `^` and the printed signs, `/` that stays an
integer when it divides, variadic sum, and the limits below.
"""
import ast
import math
import operator
import sys
from fractions import Fraction

MAX_INTEGER_BITS = 16_384
MAX_CHARACTERS = 1_000
PRINTED_SIGNS = {"^": "**", "\u00d7": "*", "\u00f7": "/", "\u2212": "-"}
CONSTANTS = {"pi": math.pi, "e": math.e}
sys.set_int_max_str_digits(0)


class Refused(Exception):
    """Python too finds no finite real value, or the expression is outside the calculator's language."""


def integers(*values):
    return all(isinstance(value, int) for value in values)


def divide(left, right):
    return left // right if integers(left, right) and right != 0 and left % right == 0 else left / right


def power(base, exponent):
    if integers(base, exponent) and abs(base) > 1 and exponent > 0:
        if (base.bit_length() - 1) * exponent >= MAX_INTEGER_BITS:
            raise Refused("too large")
    if integers(base) and abs(base) <= 1 and integers(exponent) and exponent >= 0:
        return 1 if exponent == 0 else base if exponent % 2 else base * base
    return base ** exponent


def total(first, *rest):
    for value in rest:
        first = first + value
    return first


def one_argument(function):
    return lambda value: function(value)


BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: divide, ast.Mod: operator.mod,
          ast.Pow: power}
UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg}
FUNCTIONS = {
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tan": math.tan, "log": one_argument(math.log),
    "log10": math.log10, "exp": math.exp, "abs": abs, "floor": math.floor, "ceil": math.ceil, "pow": lambda x, y: power(x, y),
    "round": lambda *values: round(*values), "min": lambda first, *rest: min((first, *rest)),
    "max": lambda first, *rest: max((first, *rest)), "sum": total,
}


class Evaluator:
    """Walks Python's syntax tree. `jitter` moves every double a little, to find expressions that magnify an error."""

    def __init__(self, jitter=None):
        self.jitter = jitter

    def value_of(self, expression):
        if len(expression) > MAX_CHARACTERS:
            raise Refused("too long")
        for sign, ours in PRINTED_SIGNS.items():
            expression = expression.replace(sign, ours)
        try:
            return self.visit(ast.parse(expression.strip(" \t\r\n"), mode="eval").body)
        except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError, MemoryError) as error:
            raise Refused(str(error)) from error

    def visit(self, node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return self.checked(node.value, exact=True)
        if isinstance(node, ast.Name) and node.id in CONSTANTS:
            return CONSTANTS[node.id]
        if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
            return UNARY[type(node.op)](self.visit(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
            return self.checked(BINARY[type(node.op)](self.visit(node.left), self.visit(node.right)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
            return self.checked(FUNCTIONS[node.func.id](*[self.visit(value) for value in node.args]))
        raise Refused(f"{type(node).__name__} is not arithmetic")

    def checked(self, value, exact=False):
        if type(value) not in (int, float):
            raise Refused("not a real number")
        if isinstance(value, int):
            if value.bit_length() > MAX_INTEGER_BITS:
                raise Refused("too large")
            return value
        if not math.isfinite(value):
            raise Refused("overflow")
        return value if exact or self.jitter is None else value * (1 + self.jitter.choice((-4e-16, 0, 4e-16)))


class ExactEvaluator(Evaluator):
    def visit(self, node):
        if isinstance(node, ast.Constant):
            return Fraction(repr(node.value))
        if isinstance(node, ast.Call):
            return total(*[self.visit(value) for value in node.args])
        if isinstance(node, ast.UnaryOp):
            return -self.visit(node.operand)
        exact = {ast.Div: operator.truediv, ast.Pow: operator.pow}
        return exact.get(type(node.op), BINARY[type(node.op)])(self.visit(node.left), self.visit(node.right))


def decimal_text(value):
    for places in range(14):
        scaled = abs(value) * 10 ** places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            text = digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}"
            return f"-{text}" if value < 0 else text
    raise ValueError(f"{value} does not end within 13 places")
