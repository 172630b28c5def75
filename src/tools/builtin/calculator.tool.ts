import * as z from 'zod';
import { Failure } from '../../kernel/failure.js';
import { Tool } from '../tool.decorator.js';
import { ToolHandler } from '../tool-handler.js';
import { evaluateExpression } from './expression/evaluate.js';
import { ExpressionError } from './expression/expression-error.js';

const Input = z.object({
  expression: z.string().min(1).max(1_000).describe('For example "15 * 23", "(2 + 3) ** 2" or "sqrt(2) * pi"'),
});

/** Exact for whole numbers of any reasonable size; nothing is ever evaluated as code. */
@Tool({
  name: 'calculator',
  description: 'Evaluates one arithmetic expression. Operators: + - * / % ** and parentheses. Functions: sqrt sin cos tan log '
    + '(natural) log10 exp abs round floor ceil min max sum pow. Constants: pi e. Whole numbers are exact.',
  input: Input,
  criticality: 'critical',
  sideEffect: 'none',
})
export class CalculatorTool extends ToolHandler<z.infer<typeof Input>> {
  override async run({ expression }: z.infer<typeof Input>): Promise<string> {
    try {
      return evaluateExpression(expression);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new Failure('expression_refused', { errorType: 'validation', publicMessage: error.message, cause: error });
    }
  }
}
