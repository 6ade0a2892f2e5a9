import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/map/index.ts'
import { errorsIn } from '../config/compile-text.ts'
import { rendering } from './rendering.ts'

/** The value of `$v`, a map of `$arg_x` with these lines, for a value of that. */
const mapped = (lines: string, x: string, source = '$arg_x') => {
  const http = `map:\n  ${source} $v:\n${lines.trim().replace(/^ */gm, '    ')}`
  return rendering(plugin, http, '$v').of({ target: `/?x=${x}` })
}

describe('map', () => {
  it.each([
    ['one', '1'],
    ['ONE', '1'],
    ['tWo', '2'],
    ['other', 'rest'],
    ['', 'empty'],
    ['two words', 'words'],
    ['default', 'literal'],
    ['~x', 'tilde'],
    ['\\back', 'slash'],
  ])('finds %j in any case', (x, value) => {
    const lines = `
      default: rest
      One: 1
      two: 2
      "": empty
      "two words": words
      \\default: literal
      \\~x: tilde
      \\\\\\back: slash`
    expect(mapped(lines, x)).toBe(value)
  })

  it('is empty where nothing fits and no default is written', () => {
    expect(mapped('a: b', 'c')).toBe('')
  })

  it.each([
    ['example.com', 'exact'],
    ['www.example.com', 'head'],
    ['a.b.example.com', 'head'],
    ['a.deep.example.com', 'deeper'],
    ['deep.example.com', 'head'],
    ['site.org', 'domain'],
    ['www.site.org', 'domain'],
    ['WWW.SITE.ORG.', 'domain'],
    ['mail.net', 'tail'],
    ['mail.co.uk', 'tail'],
    ['mail.example.com', 'head'],
    ['mail.', ''],
    ['xsite.org', ''],
    ['.example.com', 'head'],
    ['~literal', ''],
  ])('takes %s for a host name', (x, value) => {
    const lines = `
      hostnames: on
      example.com: exact
      "*.example.com": head
      "*.deep.example.com": deeper
      .site.org: domain
      mail.*: tail`
    expect(mapped(lines, x)).toBe(value)
  })

  it('takes wildcards as they are without hostnames before them', () => {
    const lines = `
      "*.a": 1
      hostnames:
      "*.b": 2`
    expect(['*.a', 'x.a', 'x.b'].map((x) => mapped(lines, x))).toEqual(['1', '', '2'])
  })

  it('asks regular expressions in order, after the exact text', () => {
    const lines = `
      "~^a": first
      "~*^AB": second
      ab: exact
      "~": "never empty"
      default: none`
    const values = ['ab', 'abc', 'Abc', 'x', ''].map((x) => mapped(lines, x))
    expect(values).toEqual(['exact', 'first', 'second', 'never empty', 'none'])
  })

  it('gives values the groups of the expression', () => {
    const lines = `
      "~^/(?<user>[^/]+)/(.*)$": "$user has $2"
      "~^x": "<$1>"`
    expect(mapped(lines, '/ann/b/c')).toBe('ann has b/c')
    expect(mapped(lines, 'xy')).toBe('<>')
  })

  it('looks up several variables together', () => {
    const http = `
map:
  "$request_method:$arg_x $v":
    GET:1: "get one"
    "~^HEAD:": head`
    const { of } = rendering(plugin, http, '$v')
    expect(of({ target: '/?x=1' })).toBe('get one')
    expect(of({ method: 'HEAD', target: '/?x=1' })).toBe('head')
    expect(of({ target: '/?x=2' })).toBe('')
  })

  it('uses variables of other maps, whatever their order', () => {
    const http = `
map:
  $outer $v: { "a-1": yes }
  $arg_x $outer: { 1: "a-$inner" }
  $arg_x $inner: { 1: 1 }`
    expect(rendering(plugin, http, '$v').of({ target: '/?x=1' })).toBe('yes')
  })

  it('computes once for a request, volatile ones each time', () => {
    const http = `
map:
  $uri $kept: { "~^/(.*)": $1 }
  $uri $fresh: { volatile: on, "~^/(.*)": $1 }`
    const { exchange, template } = rendering(plugin, http, '$kept $fresh')
    const x = exchange({ target: '/a' })
    expect(template.render(x)).toBe('a a')
    x.uri = '/b'
    expect(template.render(x)).toBe('a b')
    expect(template.render(exchange({ target: '/c' }))).toBe('c c')
  })

  it('is empty inside of itself, and says so', () => {
    const http = `
map:
  "x$b $a": { "~(.*)": "a<$1>" }
  "y$a $b": { "~(.*)": "b<$1>" }`
    const { exchange, template } = rendering(plugin, http, '$a')
    const x = exchange()
    const lines: string[] = []
    x.log = (level, text) => void lines.push(`${level}: ${text}`)
    expect(template.render(x)).toBe('a<xb<y>>')
    expect(lines).toEqual(['error: cycle while evaluating variable "a"'])
  })

  it('compares bytes, of which ASCII letters count in any case', () => {
    const http = `
map:
  $cookie_x $v: { é: small, É: large, default: none }`
    const { of } = rendering(plugin, http, '$v')
    const value = (text: string) => {
      return of({ headers: { Cookie: `x=${Buffer.from(text).toString('latin1')}` } })
    }
    expect(['é', 'É', 'e'].map(value)).toEqual(['small', 'large', 'none'])
  })

  it('includes files', () => {
    const http = `
map:
  $arg_x $v: { include: more.yaml, default: none }`
    const files = { '/conf/more.yaml': 'a: 1\n"~^b": 2\n' }
    const { of } = rendering(plugin, http, '$v', files)
    expect(['a', 'bc', 'c'].map((x) => of({ target: `/?x=${x}` }))).toEqual(['1', '2', 'none'])
  })

  it('stays quick with texts of many dots', () => {
    const lines = `
      hostnames: on
      "*.example.com": head
      mail.*: tail`
    const before = process.cpuUsage()
    expect(mapped(lines, 'a.'.repeat(100_000))).toBe('')
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  })

  it.each([
    ['a: [b, c]', '4:7 map: invalid number of the map parameters'],
    ['a:', '4:7 map: invalid number of the map parameters'],
    ['a: { b: c }', '4:7 map: invalid number of the map parameters'],
    ['A: b\n    a: c', '5:7 map: conflicting parameter "a"'],
    ['default: b\n    default: c', '5:7 map: duplicate default map parameter'],
    ['hostnames:\n    a.*.b: c', '5:7 map: invalid hostname or wildcard "a.*.b"'],
    ['hostnames:\n    a..b: c', '5:7 map: invalid hostname or wildcard "a..b"'],
    ['hostnames:\n    "*.b": c\n    .b: d', '6:7 map: conflicting parameter ".b"'],
    ['"~(": c', '4:7 map: regular expression "(" is not valid: unterminated group'],
    ['a: $none_such', '4:7 unknown variable "$none_such"'],
  ])('refuses %s', (lines, error) => {
    const http = `map:\n  $uri $v:\n    ${lines}`
    expect(errorsIn(() => rendering(plugin, http, '$v'))).toEqual([error])
  })

  it.each([
    ['$uri v', '3:5 map: invalid variable name "v"'],
    ['$uri $host', '3:5 map: the duplicate "host" variable'],
    [
      '$uri',
      '3:5 invalid number of arguments in "map" directive (usage: map string $variable { ... })',
    ],
  ])('refuses map %s', (args, error) => {
    expect(errorsIn(() => rendering(plugin, `map:\n  ${args}: { a: b }`, 'x'))).toEqual([error])
  })
})
