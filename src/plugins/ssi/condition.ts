import { evaluate, type ReadVariable } from './evaluate.ts'
import { matchWithin } from './match-within.ts'
import type { Shared } from './shared.ts'
import { SsiError } from './ssi-error.ts'

const EXPRESSION = /^([\w${}"']*) *(?:(!?=) *(.*))?$/s

/** Whether what `if` or `elif` asks holds: `$a`, `$a = text`, `$a != text`, `$a = /regex/`. */
export function holds(expression: string, read: ReadVariable, shared: Shared): boolean {
  const parts = EXPRESSION.exec(expression)
  if (!parts) throw invalid(expression)
  const [, subject = '', operator, operand = ''] = parts
  // As in nginx, what stands left is in lower case.
  const left = evaluate(subject.toLowerCase(), read)
  if (operator === undefined) return left !== ''
  return isEqual(left, operand, expression, read, shared) === (operator === '=')
}

function isEqual(
  left: string,
  operand: string,
  expression: string,
  read: ReadVariable,
  shared: Shared,
): boolean {
  if (operand.length < 2 || !operand.startsWith('/')) {
    // A backslash before the first slash tells that no expression follows.
    const plain = operand.length > 2 && operand.startsWith('\\/') ? operand.slice(1) : operand
    return left === evaluate(plain, read)
  }
  if (!operand.endsWith('/')) throw invalid(expression)
  const match = matchWithin(evaluate(operand.slice(1, -1), read), left)
  if (!match) return false
  shared.captures = match
  for (const [name, value = ''] of Object.entries(match.groups ?? {})) shared.set(name, value)
  return true
}

function invalid(expression: string): SsiError {
  return new SsiError(`invalid expression in "${expression}"`)
}
