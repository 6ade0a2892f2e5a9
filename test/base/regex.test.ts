import { describe, expect, test } from 'vitest'
import { compileRegex } from '../../src/base/regex.ts'

describe('takes the spelling of PCRE', () => {
  test.each<[source: string, yes: string, no: string | undefined]>([
    ['^/a\\.php$', '/a.php', '/aXphp'],
    ['(?P<name>\\d+)', '12', 'x'],
    ['(?<name>\\d+)\\k<name>', '1212', '12'],
    ['^(?P<c>.)(?P=c)$', 'aa', 'ab'],
    ['(?i)^ABC$', 'abc', 'abcd'],
    ['(?s)^a.b$', 'a\nb', 'ab'],
    ['\\Aab\\z', 'ab', 'aab'],
    ['a\\hb', 'a\tb', 'a\nb'],
    ['^[[:alpha:]_]+$', 'a_b', 'a1'],
    ['^[^[:digit:]]+$', 'ab', 'a1'],
    ['^[]a]+$', ']a', 'b'],
    ['^[^]a]+$', 'b', ']'],
    ['^[a[]+$', '[a', 'b'],
    ['^[\\]\\h]+$', '] \t', 'a'],
    ['^\\(x\\)[(?P<]$', '(x)P', '(x)x'],
    ['^/x{1,2}$', '/xx', '/xxx'],
    ['^\\x{41}[\\x{9}\\x42]$', 'A\t', 'x'],
    ['^a{,2}$', 'a{,2}', 'aa'],
    ['^(?=a)(?!ab)(?<=^)a', 'ac', 'ab'],
    ['^www\\p{N}+\\.x$', 'www01.x', 'wwwa.x'],
    ['^\\pL[\\p{Nd}.-]\\P{L}$', 'a.1', 'a_1'],
    ['^[^\\p{L}]\\p{^L}\\P{^L}$', '12a', '123'],
    ['^\\p{L&}\\p{Latin}\\p{P}$', 'aB!', '1B!'],
    ['^\\p{N}$', '\xb2', '\xe9'],
  ])('%s', (source, yes, no) => {
    const regex = compileRegex(source)
    expect(regex.test(yes)).toBe(true)
    if (no !== undefined) expect(regex.test(no)).toBe(false)
  })

  test('matches bytes', () => {
    expect(compileRegex('^é$').test(Buffer.from('é').toString('latin1'))).toBe(true)
    expect(compileRegex('^..$').test(Buffer.from('é').toString('latin1'))).toBe(true)
  })

  test('case does not count where told', () => {
    expect(compileRegex('^a$', 'i').test('A')).toBe(true)
    expect(compileRegex('^a$').test('A')).toBe(false)
  })
})

describe('refuses what would mean something else', () => {
  test.each([
    ['a(', /unterminated group/],
    ['a)', /unmatched/],
    ['a++', /nothing to repeat/],
    ['(?>a)', /invalid group/],
    ['(?R)', /option \(\?R\) is not supported/],
    ['a(?R)', /invalid group/],
    ['[a', /missing terminating \]/],
    ['\\Ka', /\\K is not supported/],
    ['[\\Qa\\E]', /\\Q is not supported/],
    ['\\p{Nothing}', /unknown property name \\p\{Nothing\}/],
    ['\\p{L', /malformed \\p/],
    ['\\px', /malformed \\p/],
    ['[\\P{}]', /malformed \\P/],
    ['\\x{100}', /beyond a byte is not supported/],
    ['[\\A]', /\\A is not supported/],
    ['[[:^alpha:]]', /class \[:\^alpha:\] is not supported/],
    ['[[:nothing:]]', /class \[:nothing:\] is not supported/],
    ['(?x)a b', /option \(\?x\) is not supported/],
    ['a\\', /\\ at the end/],
    ['(?P<a>x)(?P<a>y)', /duplicate capture group name/],
  ])('%s', (source, message) => expect(() => compileRegex(source)).toThrow(message))
})

test('what stands between \\Q and \\E means itself', () => {
  const regex = compileRegex('^(?P<name>[a-z]+)\\Q.a+(b)\\E$')
  expect(regex.exec('x.a+(b)')?.groups?.name).toBe('x')
  expect(regex.test('xya+(b)')).toBe(false)
  expect(compileRegex('^\\Qa.b').test('a.bc')).toBe(true)
  expect(compileRegex('^\\Qa.b').test('aXb')).toBe(false)
})
