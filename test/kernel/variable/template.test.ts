import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/kernel/exchange/exchange.ts'
import { parseTemplate } from '../../../src/kernel/variable/template.ts'
import { compileServer, errorsIn } from '../../config/compile-text.ts'

const x = {} as Exchange
const values: Readonly<Record<string, string | undefined>> = {
  a: 'A',
  a_b: 'AB',
  1: 'one',
  none: undefined,
}

function render(text: string): string {
  return parseTemplate(text, (name) => () => values[name]).render(x)
}

describe('renders', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['$a', 'A'],
    ['x$a', 'xA'],
    ['$a$a', 'AA'],
    ['$a_b-$a.b', 'AB-A.b'],
    ['${a}_b', 'A_b'],
    ['$1x$12', 'onexone2'],
    ['<$none>', '<>'],
    ['$none', ''],
  ])('%j as %j', (text, expected) => expect(render(text)).toBe(expected))
})

test('a text without variables is known when the configuration is read', () => {
  const getter = () => () => undefined
  expect(parseTemplate('plain', getter)).toMatchObject({ source: 'plain', constant: 'plain' })
  expect(parseTemplate('$a', getter)).toMatchObject({ source: '$a', constant: undefined })
})

test.each([
  ['${a', 'the closing bracket in "a" variable is missing'],
  ['${', 'the closing bracket in "" variable is missing'],
  ['${}', 'invalid variable name'],
  ['a$', 'invalid variable name'],
  ['$-', 'invalid variable name'],
  ['$nothing', 'unknown variable "$nothing"'],
  ['$0', 'invalid variable name'],
])('%s is refused where it stands', (text, message) => {
  const quoted = JSON.stringify(JSON.stringify(text))
  expect(errorsIn(() => compileServer(`return: [200, ${quoted}]`))).toEqual([
    expect.stringContaining(message),
  ])
})
