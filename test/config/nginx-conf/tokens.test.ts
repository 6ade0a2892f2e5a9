import { describe, expect, test } from 'vitest'
import { TokenReader } from '../../../src/config/nginx-conf/tokens.ts'

/** Each statement as its words and what ends it. */
function read(text: string): string[][] {
  const reader = new TokenReader(text, '/x.conf')
  const found: string[][] = []
  for (let next = reader.next(); next; next = reader.next()) {
    found.push(next === '}' ? ['}'] : [...next.words, next.opens ? '{' : ';'])
  }
  return found
}

describe('splits as nginx does', () => {
  test.each<[text: string, statements: string[][]]>([
    ['', []],
    ['# only a comment', []],
    ['daemon off;', [['daemon', 'off', ';']]],
    ['a\tb\r\nc ;', [['a', 'b', 'c', ';']]],
    [
      'a;b;',
      [
        ['a', ';'],
        ['b', ';'],
      ],
    ],
    ['http{server{}}', [['http', '{'], ['server', '{'], ['}'], ['}']]],
    ['a "b c" \'d;e\';', [['a', 'b c', 'd;e', ';']]],
    ['a "";', [['a', '', ';']]],
    ['a b"c d";', [['a', 'b"c', 'd"', ';']]],
    ['a "x\\"y" \'it\\\'s\' \\\\;', [['a', 'x"y', "it's", '\\', ';']]],
    ['a "\\t\\r\\n" \\d+\\.x;', [['a', '\t\r\n', '\\d+\\.x', ';']]],
    ['a b\\;c d\\ e;', [['a', 'b\\;c', 'd\\ e', ';']]],
    ['a ${b}c $d{', [['a', '${b}c', '$d', '{']]],
    ['a x${b}{', [['a', 'x${b}', '{']]],
    ['a b#c #d\n;', [['a', 'b#c', ';']]],
    ['a b}c;', [['a', 'b}c', ';']]],
    ['if ($a = "b") {', [['if', '($a', '=', 'b', ')', '{']]],
    ['if ($a = "b"){', [['if', '($a', '=', 'b', ')', '{']]],
    ['a "b\nc"\n;', [['a', 'b\nc', ';']]],
    ['a # one\n # two\n b;', [['a', 'b', ';']]],
  ])('%j', (text, statements) => expect(read(text)).toEqual(statements))
})

test('knows where a statement begins, and on which line it ends', () => {
  const reader = new TokenReader('a;\n  b "x\ny"\n  c;\n\td {', '/x.conf')
  expect(reader.next()).toMatchObject({ line: 1, column: 1, ends: 1 })
  expect(reader.next()).toMatchObject({ line: 2, column: 3, ends: 4 })
  expect(reader.next()).toMatchObject({ line: 5, column: 2, ends: 5 })
})

test('keeps comments, with their places', () => {
  const reader = new TokenReader('# one\na; # two\r\n', '/x.conf')
  reader.next()
  reader.next()
  expect(reader.comments).toEqual([
    { text: '# one', line: 1, column: 1 },
    { text: '# two', line: 2, column: 4 },
  ])
})

test('a parameter has to be shorter than 4096 bytes, not characters', () => {
  expect(read(`a ${'b'.repeat(4095)};`)[0]?.[1]).toHaveLength(4095)
  expect(() => read(`a ${'b'.repeat(4096)};`)).toThrow('too long parameter "bbbbbbbbbb..." started')
  expect(read(`a ${'é'.repeat(2047)};`)[0]?.[1]).toHaveLength(2047)
  expect(() => read(`a ${'é'.repeat(2048)};`)).toThrow('too long parameter')
  const open = 'too long parameter, probably missing terminating """ character'
  expect(() => read(`a "${'b '.repeat(2048)}";`)).toThrow(open)
})
