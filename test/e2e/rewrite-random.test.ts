import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { besideNginx } from '../harness/beside-nginx.ts'
import { nginxMissing } from '../harness/nginx.ts'

// Random sequences over a small vocabulary, so that rules meet each other in every way.

const LOCATIONS = ['/a', '/b', '/c', '= /a/b', '~ ^/c/(.)', '~ (b+)$']
const SHOW = 'return 200 "$uri|$args|$v|$w|$1|$2";'

const name = fc.constantFrom('$v', '$w')
const value = fc.constantFrom('0', '""', 'x', '$1', '$v$1', '"$w-$2"', '$uri', '$arg_q', '"a b"')
const pattern = fc.constantFrom(
  '^',
  '^/a',
  '^/a(.*)$',
  '^/(.)/(.*)$',
  'b',
  '(b)(.?)',
  '^/c/?(.*)',
  '^/$',
)
const target = fc.constantFrom(
  '/a',
  '/b',
  '/c/d',
  '/b$1',
  '/c/$1$2',
  '/a?q=$1',
  '/b?$v',
  '/c/$2?',
  '/a/b?w=1&$args',
)
const flag = fc.constantFrom('', '', 'last', 'break', 'redirect', 'permanent')
const operator = fc.constantFrom('=', '!=', '~', '!~', '~*', '!~*')
const operand = fc.constantFrom('x', '/a', 'b', '"^/(.)(.)"', '0')

const rewrite = fc.tuple(pattern, target, flag).map((words) => `rewrite ${words.join(' ')};`)
const set = fc.tuple(name, value).map((words) => `set ${words.join(' ')};`)
const args = value.map((each) => `set $args q=${each.startsWith('"') ? 'z' : each};`)
const ends = fc.constantFrom('break;', 'return 204;', 'return 402;', 'return 302 /r$uri;', SHOW)
const simple = fc.oneof(
  { weight: 5, arbitrary: rewrite },
  { weight: 3, arbitrary: set },
  { weight: 1, arbitrary: args },
  { weight: 1, arbitrary: ends },
)
const condition = fc.oneof(
  name,
  fc
    .tuple(fc.constantFrom('$v', '$w', '$uri', '$arg_q'), operator, operand)
    .map((words) => words.join(' ')),
)
const inner = fc.array(simple, { maxLength: 3 }).map((all) => all.join(' '))
const header = fc.constantFrom(
  '',
  'add_header X-Echo "if $uri $v" always;',
  'error_page 402 = /c/sorry;',
)
const inServer = fc.tuple(condition, inner).map(([holds, all]) => `if (${holds}) { ${all} }`)
const inLocation = fc
  .tuple(condition, inner, header)
  .map(([holds, all, more]) => `if (${holds}) { ${more} ${all} }`)
const sequenceOf = (branch: fc.Arbitrary<string>, maxLength: number) => {
  const one = fc.oneof({ weight: 2, arbitrary: simple }, { weight: 1, arbitrary: branch })
  return fc.array(one, { maxLength }).map((all) => all.join('\n  '))
}
const server = fc
  .tuple(
    sequenceOf(inServer, 3),
    fc.array(sequenceOf(inLocation, 5), { minLength: 6, maxLength: 6 }),
  )
  .map(([before, inside]) => {
    const locations = LOCATIONS.map((each, i) => `location ${each} { ${inside[i]} ${SHOW} }`)
    const echo = 'add_header X-Echo "$uri|$args|$v|$w" always; set $v ""; set $w "";'
    return `${echo}\n${before}\n${locations.join('\n')}\nlocation / { ${SHOW} }`
  })

const TARGETS = [
  '/',
  '/a',
  '/a/b',
  '/a/b?q=1',
  '/abb',
  '/b',
  '/b%20b?q=x',
  '/c/d',
  '/c/%62',
  '/c?q=0',
]
const CONFIGURATIONS = Number(process.env.GATEWAY_REWRITES ?? 20)

test.skipIf(nginxMissing())(
  'any sequence answers as nginx does',
  async () => {
    const seed = process.env.GATEWAY_REWRITES ? Date.now() : 1
    const servers = fc.sample(server, { numRuns: CONFIGURATIONS, seed })
    const pair = await besideNginx(servers)
    for (const [number, each] of servers.entries()) {
      for (const target of TARGETS) {
        const { ours, theirs } = await pair.ask(target, number)
        if (isDeepStrictEqual(ours, theirs)) continue
        expect({ each, target, ...ours }).toEqual({ each, target, ...theirs })
      }
    }
  },
  20_000 + CONFIGURATIONS * 1000,
)
