/**
 * Longest expression, in UTF-16 units. Guards the linear work of reading: 20,000 minus signs are refused unread.
 * 1,000 leaves room for the sum of a long receipt; what people and models really send is below 200.
 */
export const MAX_EXPRESSION_CHARACTERS = 1_000;

/**
 * Deepest nesting, in levels. A bracket, a function call, a sign and a right operand of a power are one level each.
 * Guards the call stack: the parser recurses per level and nowhere else.
 */
export const MAX_NESTING_LEVELS = 64;

/**
 * Largest integer, in bits (4,932 decimal digits), of every result and every value on the way to it. Guards memory and
 * time: `9**9**9` has 1.2 billion bits and is refused from the sizes of its operands, before anything is allocated.
 */
export const MAX_INTEGER_BITS = 16_384;

/** Most arguments of one call. Guards the spread of arguments onto the call stack. */
export const MAX_ARGUMENTS = 100;

/** Longest piece of the input repeated in a message, in characters. Guards the message against a flood of input. */
export const MAX_QUOTED_CHARACTERS = 24;

/** Longest message, in characters. Guards the model's context, which every refusal is written into. */
export const MAX_MESSAGE_CHARACTERS = 200;
