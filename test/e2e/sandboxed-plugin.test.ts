import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

const WILD = `
import { type AnyPlugin, definePlugin, type Exchange, Head, requestValue, type Sink, text } from 'gateway/plugin'

let visits = 0
const kept = requestValue('kept')
const forever = () => { for (;;); }
const headed = (name: string, value: string) => { const h = new Head(200); h.fields.add(name, value); return h }

const HANDLERS: Record<string, (x: Exchange) => unknown> = {
  fine: (x) => x.respond(200, 'fine ' + ++visits),
  spin: forever,
  regex: () => /^(a+)+$/.test('a'.repeat(40) + 'b'),
  throw: () => { throw new RangeError('oh no') },
  'later-throw': async () => { await null; throw new RangeError('too late') },
  memory: () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20)) },
  deep: function deep(x: Exchange): unknown { return [deep(x)] },
  silent: () => 'done',
  junk: () => 'jump',
  getter: () => ({ then: (resolve: (v: string) => void) => resolve('next') }),
  rerun: () => 'rerun',
  low: () => 99,
  high: () => 700,
  fraction: () => 200.5,
  'bad-status': (x) => x.respond(new Head(1e9), ''),
  'bad-name': (x) => x.respond(headed('a b', 'c'), ''),
  split: (x) => x.respond(headed('X-A', 'b\\r\\nX-Injected: yes'), ''),
  'split-twice': (x) => x.respond(headed('X-A', 'b\\nx-injected\\nyes'), ''),
  nul: (x) => x.respond(headed('X-A', 'b\\0'), ''),
  wide: (x) => x.respond(headed('X-A', '\\u{1F600}'), ''),
  'bad-type': (x) => { const h = new Head(200); h.type = 'a\\r\\nX-Injected: yes'; return x.respond(h, 'x') },
  'bad-length': (x) => { const h = new Head(200); h.length = -1; return x.respond(h, 'x') },
  many: (x) => { const h = new Head(200); for (let i = 0; i < 101; i++) h.fields.add('X-' + i, 'x'); return x.respond(h, '') },
  long: (x) => x.respond(headed('X-A', 'x'.repeat(40_000)), ''),
  framing: (x) => { const h = headed('Transfer-Encoding', 'chunked'); h.fields.add('Content-Length', '99'); h.fields.add('Connection', 'upgrade'); return x.respond(h, 'abc') },
  twice: (x) => { x.respond(200, 'one'); return x.respond(200, 'two') },
  later: async (x) => { await null; return x.respond(200, 'later') },
  echo: async (x) => x.respond(200, await x.body.bytes()),
  stream: async (x) => { const sink = x.send(new Head(200)); for (const word of ['a', 'b', 'c']) await sink.data(new TextEncoder().encode(word)); await sink.end(); return 'done' },
  endless: async (x) => { const sink = x.send(new Head(200)); for (;;) await sink.data(new Uint8Array(1 << 20)) },
  headless: (x) => { const sink = x.send(new Head(200)); sink.end(); return sink.end() },
  world: (x) => x.respond(200, JSON.stringify([typeof process, typeof module, ['subrequest', 'rest', 'background', 'carrier', 'redirect'].map((name) => { try { return typeof (x as never)[name] } catch (error) { return (error as Error).name } })])),
  settings: (x) => x.respond(200, JSON.stringify([x.location.settings.satisfy, (() => { try { return x.location.settings.root } catch (error) { return String(error) } })()])),
  keep: (x) => { kept.set(x, 'x'.repeat(20_000)); return 'next' },
}

const sinkOf = (next: Sink, data: (chunk: Uint8Array) => unknown, head = (h: Head): void => next.head(h)): Sink =>
  ({ head, data: data as Sink['data'], end: () => next.end(), fail: (error) => next.fail(error) })

const FILTERS: Record<string, (x: Exchange, next: Sink) => Sink> = {
  spin: forever as never,
  throw: () => { throw new RangeError('oh no') },
  none: () => undefined as never,
  promise: (async () => {}) as never,
  split: (x, next) => { x.head?.fields.add('X-A', 'b\\r\\nc'); return next },
  status: (x, next) => { (x.head as Head).status = 42; return next },
  swallow: (_, next) => sinkOf(next, () => undefined, () => undefined),
  pass: (_, next) => sinkOf(next, (chunk) => next.data(chunk)),
  early: (_, next) => { next.data(new Uint8Array(3)); return next },
  upper: (_, next) => sinkOf(next, (chunk) => next.data(chunk.map((byte) => (byte > 96 && byte < 123 ? byte - 32 : byte)))),
  'spin-late': (_, next) => { let seen = 0; return sinkOf(next, (chunk) => { if (++seen === 3) forever(); return next.data(chunk) }) },
  'throw-late': (_, next) => { let seen = 0; return sinkOf(next, (chunk) => { if (++seen === 3) throw new RangeError('late'); return next.data(chunk) }) },
  double: (_, next) => sinkOf(next, (chunk) => next.data(chunk), (head) => { next.head(head); next.head(head) }),
}

export default definePlugin({
  name: 'wild',
  directives: {
    wild: text({ in: ['location'], default: '', doc: 'What its handler does.', inherits: 'never', claims: 'content' }),
    wild_access: text({ in: ['location'], default: '', doc: 'What its access handler does.' }),
    wild_filter: text({ in: ['location'], default: '', doc: 'What its filter does.' }),
    wild_log: text({ in: ['location'], default: '', doc: 'What its log handler does.' }),
  },
  prepare: (config) => config,
  access: (x, { wild_access }) => (wild_access === '' ? 'next' : (HANDLERS[wild_access]?.(x) as 'next')),
  content: (x, { wild }) => (wild === '' ? 'next' : (HANDLERS[wild]?.(x) as 'next')),
  log: (x, { wild_log }) => (wild_log === '' ? 'next' : (HANDLERS[wild_log]?.(x) as 'next')),
  filters: { edit: (x, next, { wild_filter }) => FILTERS[wild_filter]?.(x, next) ?? (wild_filter === '' ? next : (undefined as never)) },
  variables: {
    wild_good: { doc: 'Fine.', get: (x) => 'good ' + x.uri },
    wild_spin: { doc: 'Never.', get: forever },
    wild_throw: { doc: 'Throws.', get: () => { throw new Error('no value') } },
    wild_early: { doc: 'Waits for nothing.', get: (x) => { void x.body.bytes(); return 'early' } },
  },
  families: { wild_of_: { doc: 'Names.', make: (rest) => (x) => rest + ' of ' + x.method } },
} satisfies AnyPlugin)
`

const CHOICE = `
import { definePlugin, text } from 'gateway/plugin'
export default definePlugin({
  name: 'choice',
  directives: { choice: text({ in: ['upstream'], default: '', doc: 'How it chooses.' }) },
  balancer: (peers, { choice }) => (x, tried) => {
    if (choice === 'spin') for (;;);
    if (choice === 'other') return { number: 77, name: 'x' } as never
    if (choice === 'later') return Promise.resolve(peers.list[1])
    return peers.list.find((peer) => peers.usable(peer, tried))
  },
})
`

const BODY = 'a'.repeat(300_000)

let gateway: Gateway
let port: number

beforeAll(async () => {
  const content = [...WILD.slice(0, WILD.indexOf('const sinkOf')).matchAll(/^ {2}'?([\w-]+)'?: /gm)]
  const filters = [
    ...WILD.slice(WILD.indexOf('const FILTERS'), WILD.indexOf('export default')).matchAll(
      /^ {2}'?([\w-]+)'?: .*,$/gm,
    ),
  ]
  gateway = await startGateway({
    files: {
      'wild.ts': WILD,
      'choice.ts': CHOICE,
      'body.txt': BODY,
      'big.txt': 'b'.repeat(24 << 20),
    },
    yaml: `
worker_processes: 1
plugins: ./wild.ts ./choice.ts isolation=sandbox
http:
  root: "%%DIR%%"
  client_max_body_size: 4m
  log_format: "used '$request_uri $status $script_error $script_fuel'"
  upstream:
    ${['spin', 'other', 'later', 'first'].map((choice) => `${choice}: { choice: ${choice}, server: [127.0.0.1:%%PORT_1%%, 127.0.0.1:%%PORT_2%%] }`).join('\n    ')}
  server:
    - listen: 127.0.0.1:%%PORT%%
      access_log: used.log used
      location:
        ${content.map(([, name]) => `= /${name}: { wild: ${name} }`).join('\n        ')}
        ${filters.map(([, name]) => `/filter/${name}/: { wild_filter: ${name}, try_files: /body.txt =404 }`).join('\n        ')}
        /big/: { wild_filter: pass, try_files: /big.txt =404 }
        = /access: { wild_access: spin, return: 200 in }
        /access/spin/: { wild_access: spin, try_files: /body.txt =404 }
        /log/: { wild_log: throw, try_files: /body.txt =404 }
        /keep/: { wild_access: keep, try_files: /body.txt =404 }
        /values/: { return: '200 "$wild_good|$wild_spin|$wild_throw|$wild_early|$wild_of_name"' }
        /pretty: { wild: spin, error_page: 503 = /fine }
        ${['spin', 'other', 'later', 'first'].map((choice) => `/choice/${choice}: { proxy_pass: 'http://${choice}' }`).join('\n        ')}
    - { listen: 127.0.0.1:%%PORT_1%%, return: 200 one }
    - { listen: 127.0.0.1:%%PORT_2%%, return: 200 two }
`,
    expected: ['script "', /plugin "?script"?/, /wild/],
  })
  port = gateway.port()
}, 60_000)

/** The record is as it was, whatever came before. */
async function expectFine(): Promise<void> {
  expect((await get(port, '/fine')).text).toBe('fine 1')
}

describe('a handler of a plugin in the sandbox', () => {
  test.each([
    ['spin', 503, 'script_cpu'],
    ['regex', 503, 'script_cpu'],
    ['memory', 503, 'script_memory'],
    ['deep', 503, 'script_stack'],
    ['throw', 500, 'script_error'],
    ['later-throw', 500, 'script_error'],
    ['silent', 500, 'script_no_answer'],
    ['headless', 500, 'script_error'],
    ['junk', 502, 'script_bad_status'],
    ['getter', 502, 'script_bad_status'],
    ['rerun', 502, 'script_bad_status'],
    ['low', 502, 'script_bad_status'],
    ['high', 502, 'script_bad_status'],
    ['fraction', 502, 'script_bad_status'],
    ['bad-status', 502, 'script_bad_status'],
    ['bad-name', 502, 'script_bad_header'],
    ['split', 502, 'script_bad_header'],
    ['split-twice', 502, 'script_bad_header'],
    ['nul', 502, 'script_bad_header'],
    ['wide', 502, 'script_bad_header'],
    ['bad-type', 502, 'script_bad_header'],
    ['bad-length', 502, 'script_bad_header'],
    ['many', 502, 'script_headers_limit'],
    ['long', 502, 'script_headers_limit'],
    ['twice', 502, 'script_second_answer'],
  ])('is held: %s', async (name, status, code) => {
    const answer = await get(port, `/${name}`)
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([status, code])
    expect(JSON.parse(answer.text)).toMatchObject({ status, code })
    await expectFine()
  })

  test('answers, now or later, whole or in pieces', async () => {
    expect((await get(port, '/later')).text).toBe('later')
    expect((await get(port, '/stream')).text).toBe('abc')
    expect((await once(port, request('POST /echo', {}, 'abc'))).text).toBe('abc')
  })

  test('does not frame its answer itself', async () => {
    const { headers, text } = await get(port, '/framing')
    expect([text, headers.get('transfer-encoding'), headers.get('content-length')]).toEqual([
      'abc',
      undefined,
      '3',
    ])
  })

  test('gets no more of a body than a script does', async () => {
    const answer = await once(port, request('POST /echo', {}, 'x'.repeat(1024 * 1024 + 1)))
    expect(answer.headers.get('gateway-error') ?? answer.status).toBe('script_error')
    await expectFine()
  })

  test('sends no more than a script may', async () => {
    const client = await connect(port)
    await client.send(request('GET /endless'))
    await expect(client.response()).rejects.toThrow()
    await until('its line', () => lineOf('/endless'))
    expect(lineOf('/endless')).toMatch(/ 200 script_(?:response_body_limit|cpu) /)
    await expectFine()
  })

  test('sees nothing of the process, nor of what is not its own', async () => {
    const [node, ...rest] = JSON.parse((await get(port, '/world')).text)
    expect([node, ...rest]).toEqual([
      'undefined',
      'undefined',
      // A subrequest is refused when it is made: that is a permission of installed plugins.
      ['function', 'TypeError', 'TypeError', 'TypeError', 'TypeError'],
    ])
    expect(JSON.parse((await get(port, '/settings')).text)).toEqual([
      'all',
      expect.stringContaining('setting "root" is not there in the sandbox'),
    ])
    expect((await get(port, '/keep/')).headers.get('gateway-error')).toBe('script_error')
  })

  test('is held in every phase, and shown as the location wants it', async () => {
    const refused = await get(port, '/access/spin/')
    expect([refused.status, refused.headers.get('gateway-error')]).toEqual([503, 'script_cpu'])
    await expectFine()
    expect((await get(port, '/pretty')).text).toMatch(/^fine /)
    expect((await get(port, '/log/')).text).toBe(BODY)
    await until('its line', () => /oh no/.test(gateway.workspace.read('error.log')) || undefined)
    await expectFine()
  })
})

describe('a filter of a plugin in the sandbox', () => {
  test.each([
    ['spin', 503, 'script_cpu'],
    ['throw', 500, 'script_error'],
    ['none', 500, 'script_error'],
    ['promise', 500, 'script_error'],
    ['split', 502, 'script_bad_header'],
    ['status', 502, 'script_bad_status'],
    ['swallow', 500, 'script_error'],
    ['early', 500, 'script_error'],
    ['double', 502, 'script_second_answer'],
  ])('is held before the head is sent: %s', async (name, status, code) => {
    const answer = await get(port, `/filter/${name}/`)
    expect([answer.status, answer.headers.get('gateway-error')]).toEqual([status, code])
    expect(JSON.parse(answer.text)).toMatchObject({ status, code })
    await expectFine()
  })

  test('changes a body chunk by chunk', async () => {
    expect((await get(port, '/filter/upper/')).text).toBe(BODY.toUpperCase())
  })

  test('is not to blame for clients that go away', async () => {
    for (let i = 0; i < 4; i++) {
      const client = await connect(port)
      await client.send(request(`GET /big/${i}`))
      await client.incoming.until('\r\n\r\n')
      client.destroy()
      await until('its line', () => lineOf(`/big/${i}`))
      expect(lineOf(`/big/${i}`)).toMatch(/ 200 - /)
    }
    await expectFine()
  })

  test.each([
    ['spin-late', 'script_cpu'],
    ['throw-late', 'script_error'],
  ])('that fails in the middle leaves a body that is visibly short: %s', async (name, code) => {
    const client = await connect(port)
    await client.send(request(`GET /filter/${name}/`))
    await expect(client.response()).rejects.toThrow()
    await until('its line', () => lineOf(`/filter/${name}/`))
    expect(lineOf(`/filter/${name}/`)).toContain(` 200 ${code} `)
    await expectFine()
  })
})

test('a variable of a plugin in the sandbox has no value where it fails', async () => {
  const before = gateway.workspace.read('error.log').length
  expect((await get(port, '/values/x')).text).toBe('good /values/x|||early|name of GET')
  const told = gateway.workspace.read('error.log').slice(before)
  expect(told).toContain('script_cpu')
  expect(told).toContain('no value')
  await expectFine()
})

test('a balancer in the sandbox that fails leaves the choice to the default one', async () => {
  for (const choice of ['spin', 'other']) {
    const texts = [await get(port, `/choice/${choice}`), await get(port, `/choice/${choice}`)]
    expect(texts.map(({ text }) => text).sort()).toEqual(['one', 'two'])
    expect((await get(port, '/choice/first')).text).toBe('one')
  }
  expect((await get(port, '/choice/later')).text).toBe('two')
})

test('the same request burns the same fuel', async () => {
  const fuel = async () => {
    const count = linesOf('/fine').length
    await expectFine()
    await until('its line', () => linesOf('/fine')[count])
    return linesOf('/fine').at(-1)?.split(' ')[3]
  }
  expect(await fuel()).toBe(await fuel())
})

describe('a plugin that cannot run in the sandbox', () => {
  test.each([
    [
      'imports what is not there',
      "import { definePlugin, forward } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', content: (x) => forward(x, 1, 2, 3) })",
      'plugin.ts:1:24: "forward" of gateway/plugin is not there in the sandbox: a record asks no upstreams; a script can, with fetch and a binding',
    ],
    [
      'imports a module of Node',
      "import { readFileSync } from 'node:fs'\nexport default { name: readFileSync('/etc/passwd') }",
      'plugin.ts:1:30: node:fs is not there: scripts have no file system',
    ],
    ['is none', 'export default { fetch: () => new Response() }', 'a plugin file ends in'],
    [
      'makes itself ready',
      "import { definePlugin } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', ready: async () => undefined })",
      'has ready, which is not there in the sandbox',
    ],
    [
      'chooses certificates',
      "import { definePlugin } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', certificate: () => undefined })",
      'has certificate, which is not there in the sandbox',
    ],
    [
      'has no name',
      "import { definePlugin } from 'gateway/plugin'\nexport default definePlugin({ name: 'A b' })",
      'declares as name "A b", which is no name there',
    ],
    [
      'spins',
      "import { definePlugin } from 'gateway/plugin'\nfor (;;);\nexport default definePlugin({ name: 'a' })",
      'cpu',
    ],
    [
      'takes a word of somebody else',
      "import { definePlugin, flag } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', directives: { gzip: flag({ in: ['http'], default: false, doc: '' }) } })",
      'plugin "a" defines "gzip" in scope http',
    ],
    [
      'wants to be asked of processes',
      "import { definePlugin, flag } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', directives: { a: flag({ in: ['main'], default: false, doc: '' }) } })",
      'declares as directives.scopes "main", not one of http, upstream,',
    ],
    [
      'computes a variable of the gateway',
      "import { definePlugin } from 'gateway/plugin'\nexport default definePlugin({ name: 'a', variables: { http_cookie: { doc: '', get: () => 'mine' } } })",
      'defines the variable "$http_cookie", which the gateway itself has; call it otherwise',
    ],
  ])('is refused where it %s', async (_, source, text) => {
    const { output, status } = await check(source, '')
    expect(output).toContain(text)
    expect(status).toBe(1)
  })
})

/** What `gateway -t` says of a configuration with a plugin in the sandbox. */
async function check(source: string, location: string) {
  const workspace = new Workspace('check')
  workspace.write('plugin.ts', source)
  workspace.write(
    'gateway.yaml',
    `plugins: ./plugin.ts isolation=sandbox\nhttp: { server: { listen: 127.0.0.1:1, location: { /: { ${location} } } } }\n`,
  )
  const { code, stderr, stdout } = await runCommand(['-t', '-c', 'gateway.yaml'], {
    cwd: workspace.dir,
  })
  workspace.remove()
  return { status: code, output: stdout + stderr }
}

function linesOf(uri: string): string[] {
  return gateway.workspace
    .read('used.log')
    .split('\n')
    .filter((line) => line.startsWith(`${uri} `))
}

function lineOf(uri: string): string | undefined {
  return linesOf(uri).at(-1)
}
