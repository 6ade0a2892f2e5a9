import { expect, test } from 'vitest'
import { trimBlanks } from '../../src/wire/http1/tokens.ts'

test.each([
  ['', ''],
  [' \t ', ''],
  ['a', 'a'],
  [' \ta b\t ', 'a b'],
  // One byte is one character here: these are the ends of letters, not spaces.
  ['\xc3\xa0', '\xc3\xa0'],
  ['\x0ba\x0c', '\x0ba\x0c'],
])('%j is %j without blanks around it', (text, trimmed) => {
  expect(trimBlanks(text)).toBe(trimmed)
})
