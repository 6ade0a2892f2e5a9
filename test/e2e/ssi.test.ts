import { beforeAll, describe, expect, test } from 'vitest'
import { MOST_INCLUDES } from '../../src/plugins/ssi/limits.ts'
import { besideNginx, type Pair } from '../harness/beside-nginx.ts'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { origin } from '../harness/origin.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

const FAILED = '[an error occurred while processing the directive]'

/** What a page says, and what comes of it, with nginx as here. */
const PAGES: readonly (readonly [name: string, page: string, expected: string])[] = [
  ['text without commands', 'a < b <!-- c --> <! <!- <!--x', 'a < b <!-- c --> <! <!- <!--x'],
  ['an echo', 'X<!--# echo var="arg_a" -->Y', 'X&lt;b&gt;&quot;Y'],
  ['a value that is not there', '<!--#echo var="none_such" -->', '(none)'],
  ['a default', '<!--#echo var="arg_none" default="d" -->', 'd'],
  ['an empty default', '[<!--#echo var="arg_none" default="" -->]', '[]'],
  ['a value as it is', '<!--#echo var="arg_a" encoding="none" -->', '<b>"'],
  ['a value for a URL', '<!--#echo var="arg_u" encoding="url" -->', 'a+b/c?d%2525%27'],
  [
    'an encoding that stays',
    '<!--#echo var="arg_a" encoding="none" --><!--#echo var="arg_a" -->',
    '<b>"<b>"',
  ],
  ['an encoding nobody knows', '<!--#echo var="arg_a" encoding="rot13" -->', '&lt;b&gt;&quot;'],
  ['set', '<!--#set var="V" value="1$arg_n-${arg_n}x" --><!--#echo var="v" -->', '142-42x'],
  [
    'escapes',
    '<!--#set var="v" value="\\$a \\" \\\\ \\n" --><!--#echo var="v" encoding="none" -->',
    '$a " \\ \\n',
  ],
  [
    'single quotes',
    "<!--#set var='v' value='\"x\"' --><!--#echo var='v' encoding='none' -->",
    '"x"',
  ],
  ['blanks everywhere', '<!--#\t set \n var = "v"  value\r=\n"1" --><!--# echo var="v"-->', '1'],
  ['if', '<!--#if expr="$arg_n" -->yes<!--#else -->no<!--#endif -->.', 'yes.'],
  ['if not', '<!--#if expr="$arg_none" -->yes<!--#else -->no<!--#endif -->.', 'no.'],
  [
    'elif',
    '<!--#if expr="$arg_n = 1" -->1<!--#elif expr="$arg_n = 42" -->42<!--#elif expr="$arg_n" -->3<!--#else -->4<!--#endif -->',
    '42',
  ],
  ['unequal', '<!--#if expr="$arg_n != 41" -->yes<!--#endif -->', 'yes'],
  [
    'the left side in lower case',
    '<!--#if expr="ABC = abc" -->yes<!--#else -->no<!--#endif -->',
    'yes',
  ],
  [
    'a regex',
    '<!--#if expr="$arg_n = /^(4)(?P<last>.)\\$/" --><!--#echo var="1" -->-<!--#echo var="last" -->-<!--#echo var="0" --><!--#endif -->',
    '4-2-42',
  ],
  ['a regex that does not match', '<!--#if expr="$arg_n != /^x/" -->yes<!--#endif -->', 'yes'],
  ['a slash that begins no regex', '<!--#if expr="$arg_p = \\/x" -->yes<!--#endif -->', 'yes'],
  ['an open regex', '<!--#if expr="$arg_n = /4" -->yes<!--#endif -->', `${FAILED}yes${FAILED}`],
  ['a broken regex', '<!--#if expr="$arg_n = /(/" -->yes', `${FAILED}yes`],
  [
    'what is hidden is not done',
    '<!--#if expr="$arg_none" --><!--#set var="v" value="1" --><!--#nonsense --><!--#endif --><!--#echo var="v" -->',
    '(none)',
  ],
  [
    'an if in an if',
    '<!--#if expr="a" --><!--#if expr="b" -->x<!--#endif -->y<!--#endif -->',
    `${FAILED}xy${FAILED}`,
  ],
  ['endif alone', 'a<!--#endif -->b', `a${FAILED}b`],
  [
    'else after else',
    '<!--#if expr="a" -->1<!--#else -->2<!--#else -->3<!--#endif -->',
    `1${FAILED}`,
  ],
  ['an unknown command', 'a<!--#exec cmd="ls" -->b', `a${FAILED}b`],
  ['an unknown parameter', '<!--#echo vara="x" -->', FAILED],
  ['a parameter twice', '<!--#echo var="a" var="b" -->', FAILED],
  ['no parameter', '<!--#echo -->', FAILED],
  ['another message', '<!--#config errmsg="oh" --><!--#x -->', 'oh'],
  ['a name that is too long', `a<!--#${'x'.repeat(40)} -->b`, `a${FAILED}b`],
  ['a value that is too long', `a<!--#set var="v" value="${'x'.repeat(300)}" -->b`, `a${FAILED}b`],
  ['too many parameters', `a<!--#set ${'var="v" '.repeat(20)}-->b`, `a${FAILED}b`],
  ['no quotes', 'a<!--#echo var=x -->b', `a${FAILED}b`],
  ['a strange symbol', 'a<!--#echo var="x"; -->b', `a${FAILED}b`],
  ['three dashes', 'a<!--#echo var="x" --->b-->c', `a${FAILED}c`],
  [
    'an opening before an opening',
    '<<!--#echo var="arg_n" --><!-<!--#echo var="arg_n" -->',
    '<42<!-42',
  ],
  ['a bracket that stays open', '<!--#set var="v" value="${x" -->.', `${FAILED}.`],
  ['a dollar alone', '<!--#set var="v" value="$" -->.', `${FAILED}.`],
  ['an unfinished command', 'a<!--#echo var="x"', 'a'],
  ['an include', 'a<!--#include virtual="/part" -->b', 'a[part]b'],
  [
    'several, in their order',
    '<!--#include virtual="/slow/part" -->-<!--#include virtual="/part" -->-<!--#include virtual="/slow/part" -->',
    '[part]-[part]-[part]',
  ],
  ['a file besides', '<!--#include file="part" -->', '[part]'],
  ['arguments', '<!--#include virtual="/args?a=1&b=$arg_n" -->', 'a=1&b=42'],
  ['escapes in a path', '<!--#include virtual="/%70art" -->', '[part]'],
  ['an include in an include', '<!--#include virtual="/nested.html?n=7" -->', '(7)[part]'],
  [
    'what an include sets',
    '<!--#include virtual="/sets.html" wait="yes" --><!--#echo var="v" -->',
    'of it',
  ],
  [
    'what an include is told',
    '<!--#set var="v" value="told" --><!--#include virtual="/tells.html" -->',
    'told',
  ],
  ['a page that is missing', '<!--#include virtual="/missing" -->', 'page 404'],
  ['a path that leaves the root', 'a<!--#include virtual="/../part" -->b', `a${FAILED}b`],
  ['the same, escaped', 'a<!--#include virtual="/%2e%2e/part" -->b', `a${FAILED}b`],
  ['a path with NUL', 'a<!--#include virtual="/x%00" -->b', `a${FAILED}b`],
  ['an include of nothing', '<!--#include -->', FAILED],
  ['an include of two', '<!--#include virtual="/part" file="part" -->', FAILED],
  ['a file that waits', '<!--#include file="part" wait="yes" -->', FAILED],
  ['a wait nobody knows', '<!--#include virtual="/part" wait="maybe" -->', FAILED],
  [
    'an answer as a variable',
    '<!--#include virtual="/part" set="v" -->(<!--#echo var="v" -->)',
    '([part])',
  ],
  [
    'one that is missing',
    '<!--#set var="v" value="x" --><!--#include virtual="/missing" set="v" -->(<!--#echo var="v" -->)',
    '(x)',
  ],
  [
    'a stub for a failure',
    '<!--#block name="b" -->stub <!--#echo var="arg_n" --><!--#endblock --><!--#include virtual="/fails" stub="b" -->',
    'stub (none)',
  ],
  [
    'a stub for nothing',
    '<!--#block name="b" -->stub<!--#endblock --><!--#include virtual="/empty" stub="b" -->',
    'stub',
  ],
  [
    'no stub where there is something',
    '<!--#block name="b" -->stub<!--#endblock --><!--#include virtual="/part" stub="b" -->',
    '[part]',
  ],
  ['a stub that is none', '<!--#include virtual="/part" stub="x" -->', FAILED],
  ['a stub and a variable', '<!--#include virtual="/part" stub="x" set="y" -->', FAILED],
  ['a date', '<!--#config timefmt="%%-%n-%Q" --><!--#echo var="date_gmt" -->', '%-\n-%Q'],
]

const SERVERS = (root: string) => [
  `root ${root}; ssi on; error_page 404 /404.html; default_type text/html;
   location = /404.html { return 200 "page 404"; }
   location /part { ssi off; return 200 "[part]"; }
   location /slow/ { proxy_pass http://127.0.0.1:%%PORT_1%%/; }
   location /args { return 200 $args; }
   location /fails { return 503; }
   location /empty { return 200 ""; }
   location /large { root ${root}; }
   location = /last-modified.html { ssi_last_modified on; }
   location = /silent.html { ssi_silent_errors on; }
   location = /other.txt { default_type text/plain; }
   location = /typed.txt { ssi_types text/plain; default_type text/plain; }
   location = /long.html { ssi_value_length 1000; }`,
  `default_type text/html; location / { return 200 "[part]"; }`,
]

describe.skipIf(nginxMissing())('ssi', () => {
  let pair: Pair
  let root: string

  beforeAll(async () => {
    const workspace = new Workspace('ssi')
    onCleanup(() => workspace.remove())
    root = workspace.dir
    for (const [i, [, page]] of PAGES.entries()) workspace.write(`${i}.html`, page)
    workspace.write('nested.html', '(<!--#echo var="arg_n" -->)<!--#include virtual="part" -->')
    workspace.write('sets.html', '<!--#set var="v" value="of it" -->')
    workspace.write('tells.html', '<!--#echo var="v" -->')
    const plain = '<!--#echo var="arg_n" -->'
    for (const name of ['typed.txt', 'other.txt', 'last-modified.html'])
      workspace.write(name, plain)
    workspace.write('silent.html', 'a<!--#nonsense -->b')
    workspace.write(
      'long.html',
      `<!--#set var="v" value="${'x'.repeat(300)}" --><!--#echo var="v" -->`,
    )
    workspace.write('large', 'x'.repeat(10_000))
    const servers = SERVERS(root)
    pair = await besideNginx(servers)
  })

  test.each(PAGES.map(([name, , expected], i) => [name, i, expected] as const))(
    '%s',
    async (_, i, expected) => {
      const target = `/${i}.html?a=<b>"&u=a+b/c?d%25'&n=42&p=/x`
      const { ours, theirs } = await pair.ask(target)
      expect([ours.text, theirs.text]).toEqual([expected, expected])
    },
  )

  test.each([
    ['/typed.txt?n=1', '1'],
    ['/other.txt?n=1', '<!--#echo var="arg_n" -->'],
    ['/silent.html', 'ab'],
    ['/long.html', 'x'.repeat(300)],
  ])('%s is as its directives say', async (target, expected) => {
    const { ours, theirs } = await pair.ask(target)
    expect([ours.text, theirs.text]).toEqual([expected, expected])
  })
})

describe('includes', () => {
  /** Targets in the order they were asked for and answered. */
  const told: string[] = []
  let asked: (() => void) | undefined
  let gateway: Gateway

  beforeAll(async () => {
    const { address } = await httpOrigin(async ({ target }) => {
      told.push(`asked ${target}`)
      // The first one is answered when the second one was asked for.
      if (target === '/first') await new Promise<void>((resolve) => (asked = resolve))
      if (target === '/second') asked?.()
      told.push(`answered ${target}`)
      return { body: target }
    })
    gateway = await startGateway({
      files: {
        'www/together.html':
          '<!--#include virtual="/o/first" -->,<!--#include virtual="/o/second" -->',
        'www/waiting.html':
          '<!--#include virtual="/o/a" wait="yes" -->,<!--#include virtual="/o/b" -->',
        'www/self.html':
          '(<!--#include virtual="/self.html" --><!--#include virtual="/self.html" -->)',
        'www/slow.html': '<!--#if expr="$http_x = /^(a+)+\\$/" -->yes<!--#else -->no<!--#endif -->',
        'www/large.html': `a<!--#include virtual="/large.txt" -->b${'x'.repeat(200_000)}<!--#include virtual="/large.txt" -->c`,
        'www/large.txt': 'y'.repeat(300_000),
        'www/set.html': '<!--#include virtual="/large.txt" set="v" -->(<!--#echo var="v" -->)',
        'www/broken.html': 'a<!--#include virtual="/broken" -->b',
        'www/date.html': '<!--#config timefmt="%s" --><!--#echo var="date_local" -->',
      },
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: www
      ssi: on
      location:
        /o/: { proxy_pass: "http://${address}/" }
        /broken: { proxy_pass: "http://127.0.0.1:${await brokenOrigin()}/" }
`,
      expected: [/nested deeper|more than \d+ (includes|ms)|invalid context|too big|closed/],
    })
  })

  const page = (name: string, headers = {}) => get(gateway.port(), `/${name}.html`, headers)

  test('are under way together, and come in their order', async () => {
    expect((await page('together')).text).toBe('/first,/second')
  })

  test('come one after the other where the page waits', async () => {
    told.length = 0
    expect((await page('waiting')).text).toBe('/a,/b')
    expect(told).toEqual(['asked /a', 'answered /a', 'asked /b', 'answered /b'])
  })

  test('of a page in itself end', async () => {
    const { text } = await page('self')
    expect(text.split('(').length).toBe(text.split(')').length)
    const pages = text.split('(').length - 1
    expect(pages).toBeGreaterThan(50)
    expect(pages).toBeLessThanOrEqual(MOST_INCLUDES + 1)
    expect(gateway.errorLog()).toContain('subrequests nested deeper than 50 at "/self.html"')
    expect(gateway.errorLog()).toContain(`more than ${MOST_INCLUDES} includes`)
  })

  test('of large files stream, and what stands behind them waits', async () => {
    const large = 'y'.repeat(300_000)
    const { text } = await page('large')
    expect(text === `a${large}b${'x'.repeat(200_000)}${large}c`).toBe(true)
  })

  test('that are too large for a variable leave it empty', async () => {
    expect((await page('set')).text).toBe('()')
  })

  test('that break off break the page off', async () => {
    await expect(page('broken')).rejects.toThrow('ended')
  })

  test('an expression that takes for ever on what a client sends is given up', async () => {
    expect((await page('slow', { X: `${'a'.repeat(64)}!` })).text).toContain('an error occurred')
    expect((await page('slow', { X: 'aaa' })).text).toBe('yes')
  })

  test('a date is of now', async () => {
    const before = Math.floor(Date.now() / 1000)
    const date = Number((await page('date')).text)
    expect(date).toBeGreaterThanOrEqual(before)
    expect(date).toBeLessThanOrEqual(Date.now() / 1000)
  })
})

/** Announces more than it sends. */
async function brokenOrigin(): Promise<number> {
  const { port } = await origin(async (peer) => {
    await peer.request()
    await peer.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
  })
  return port
}
