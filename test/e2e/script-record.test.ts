import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { answersOf, type Pair } from '../harness/parity.ts'
import { get } from '../harness/raw-client.ts'
import { requestTable } from '../harness/request-table.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

// A plugin record that a location names as its script.

const EXAMPLES = join(import.meta.dirname, '..', '..', 'plugins-examples')
const NAMES = ['api-key', 'banner', 'canary', 'greeting', 'json-redaction'] as const
const FILES = Object.fromEntries(
  NAMES.map((name) => [`${name}.ts`, readFileSync(join(EXAMPLES, name, 'plugin.ts'), 'utf8')]),
)

const NATIVE = {
  '/hello/': '{ greet: $arg_name }',
  '/api/': `{ api_key: [ann s3cret-of-ann, bob s3cret-of-bob], proxy_set_header: X-Client $api_client, proxy_pass: '%%ECHO%%' }`,
  '/page': `{ banner: '"Closed on Sundays."', return: 200 "<h1>Our shop</h1>" }`,
  '/json': `{ default_type: application/json, redact: [password, ssn], redact_max_size: 64k, return: '200 ''{"name":"Ann","password":"s3cret"}''' }`,
  '/canary': `{ canary: 30% cookie=version, proxy_set_header: X-Client $canary, proxy_pass: '%%ECHO%%' }`,
}
const scripted = (file: string, directives: string, more = '') =>
  `script: { file: ${file}.ts, directives: ${directives}${more} }`
const SCRIPTED = {
  '/hello/': `{ ${scripted('greeting', '{ greet: $arg_name }')} }`,
  '/api/': `{ ${scripted('api-key', '[{ api_key: ann s3cret-of-ann }, { api_key: bob s3cret-of-bob }]', ', variables: api_client')}, proxy_set_header: X-Client $api_client, proxy_pass: '%%ECHO%%' }`,
  '/page': `{ ${scripted('banner', `{ banner: '"Closed on Sundays."' }`)}, return: 200 "<h1>Our shop</h1>" }`,
  '/json': `{ ${scripted('json-redaction', '{ redact: [password, ssn], redact_max_size: 64k }')}, default_type: application/json, return: '200 ''{"name":"Ann","password":"s3cret"}''' }`,
  '/canary': `{ ${scripted('canary', '{ canary: 30% cookie=version }', ', variables: canary')}, proxy_set_header: X-Client $canary, proxy_pass: '%%ECHO%%' }`,
}

async function served(locations: Record<string, string>, plugins: string): Promise<Gateway> {
  const echo = await httpOrigin(({ headers }) => ({ body: `hello ${headers.get('x-client')}` }))
  const lines = Object.entries(locations).map(([path, what]) => {
    return `        ${path}: ${what.replace('%%ECHO%%', `http://${echo.address}`)}`
  })
  return startGateway({
    files: FILES,
    yaml: `
worker_processes: 1
${plugins}
http:
  default_type: text/html
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
${lines.join('\n')}
`,
  })
}

describe('a plugin record as a script answers the same bytes as natively', () => {
  let pair: Pair

  beforeAll(async () => {
    const plugins = `plugins: [${NAMES.map((name) => `./${name}.ts`).join(', ')}]`
    pair = { native: await served(NATIVE, plugins), sandboxed: await served(SCRIPTED, '') }
  }, 60_000)

  test('with its handlers, filters, variables and what its directives say', async () => {
    const requests = requestTable(120, {
      methods: ['GET', 'GET', 'HEAD', 'POST', 'PUT'],
      targets: ['/hello/you?name=Ann', '/hello/', '/api/', '/api/x', '/page', '/json', '/canary'],
      fields: {
        'X-Api-Key': ['s3cret-of-ann', 's3cret-of-bob', 'none'],
        Cookie: ['version=canary', 'version=stable'],
      },
      bodies: ['', 'a=b'],
    })
    for (const request of requests) {
      // Who has no cookie is drawn for.
      if (request.includes(' /canary') && !request.includes('version=')) continue
      const [native, sandboxed] = await answersOf(pair, request)
      expect(sandboxed, request).toBe(native)
    }
    const { text } = await get(pair.sandboxed.port(), '/api/', { 'X-Api-Key': 's3cret-of-bob' })
    expect(text).toBe('hello bob')
  })
})

const WORKS = `
import { definePlugin, type Exchange, Head, type Sink, text } from 'gateway/plugin'
const burn = (rounds: number) => { let sum = 0; for (let i = 0; i < rounds; i++) sum += i; return sum }
const MORE_THAN_A_SLICE = 60_000
export default definePlugin({
  name: 'works',
  directives: { works: text({ in: ['location'], default: 'by default', doc: 'What it says.' }) },
  rewrite: (x) => { x.log('warn', 'rewrite of ' + x.uri); return 'next' },
  content: async (x, { works }) => {
    if (x.uri === '/page') return 'next'
    if (x.uri === '/fails') throw new Error('no')
    const body = Buffer_of(await x.body.bytes())
    if (x.uri === '/spins') for (;;);
    return x.respond(200, [works, burn(MORE_THAN_A_SLICE), body, typeof fetch].join())
  },
  filters: {
    edit: (x: Exchange, next: Sink) => {
      ;(x.head as Head).fields.add('X-Sum', String(burn(MORE_THAN_A_SLICE)))
      return next
    },
  },
  balancer: (peers) => () => peers.list[burn(MORE_THAN_A_SLICE) > 0 ? 1 : 0],
  log: (x) => { x.log('warn', 'log of ' + x.uri); return 'next' },
})
function Buffer_of(bytes: Uint8Array) { return new TextDecoder().decode(bytes) }
`

test('all of a record acts in its location, its long turns included', async () => {
  const origins = await Promise.all(
    ['a', 'b'].map((name) => httpOrigin(() => ({ body: `from ${name}` }))),
  )
  const gateway = await startGateway({
    files: { 'works.ts': WORKS },
    yaml: `
worker_processes: 1
http:
  upstream:
    pages: { server: [${origins.map(({ address }) => `"${address}"`).join(', ')}] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { script: { file: works.ts, tenant: acme, server_timing: on }, proxy_pass: 'http://pages' }
        /fails: { script: { file: works.ts, on_error: open }, return: 200 open }
        /spins: { script: { file: works.ts, cpu: 5ms } }
        /mine: { script: { file: works.ts, directives: { works: mine } } }
`,
    expected: [/script_error/, /script_cpu/, /(rewrite|log) of/],
  })
  const port = gateway.port()
  const own = await get(port, '/own')
  const sum = (60_000 * 59_999) / 2
  expect(own.text).toBe(`by default,${sum},,function`)
  expect(own.headers.get('x-sum')).toBe(`${sum}`)
  expect(own.headers.get('server-timing')).toMatch(/script;dur=\d+\.\d+;desc="content"/)
  // Its balancer has always the second one.
  for (let i = 0; i < 3; i++) expect((await get(port, '/page')).text).toBe('from b')
  expect((await get(port, '/mine')).text).toContain('mine,')
  expect((await get(port, '/fails')).text).toBe('open')
  const spins = await get(port, '/spins')
  expect([spins.status, spins.headers.get('gateway-error')]).toEqual([503, 'script_cpu'])
  await gateway.logged(/script "works\.ts" of tenant "acme": log of \/page/)
})

describe('a configuration is refused, with what to do instead', () => {
  async function refused(script: string, record: string): Promise<string> {
    const workspace = new Workspace('record')
    workspace.write('record.ts', `import { definePlugin, text } from 'gateway/plugin'\n${record}`)
    workspace.write(
      'gateway.yaml',
      `http: { server: [{ listen: 127.0.0.1:1, location: { /: { script: ${script} } } }] }`,
    )
    const { code, stderr } = await runCommand(['-t', '-p', workspace.dir, '-c', 'gateway.yaml'])
    expect(code).toBe(1)
    return stderr
  }
  const plugin = (body: string) => `export default definePlugin({ name: 'p', ${body} })`
  const NEEDY = plugin(`
    directives: { word: text({ in: ['location'], default: '', doc: '.' }), top: text({ in: ['http'], default: '', doc: '.' }) },
    prepare: ({ word }) => (word === '' ? undefined : word), content: (x, word) => x.respond(200, word)`)
  const written = (directives: string, more = '') =>
    `{ file: record.ts, directives: ${directives}${more} }`

  test('where a record does nothing without its directives, or has no such', async () => {
    expect(await refused('record.ts', NEEDY)).toMatch(
      /script: plugin "p" does nothing here as its directives stand \(word, top\)/,
    )
    expect(await refused(written('{ wrod: x }'), NEEDY)).toMatch(
      /gateway\.yaml:1:\d+.*wrod: is no directive of this plugin/,
    )
    expect(await refused(written('{ top: x }'), NEEDY)).toContain(
      'top: does not stand in a location',
    )
    expect(await refused(written('{ word: [a, b] }'), NEEDY)).toContain(
      'word: is written in another',
    )
    expect(await refused(written('[{ word: a }, { word: b }]'), NEEDY)).toContain('is set twice')
    expect(await refused(written('{ word: x }', ', variables: v'), NEEDY)).toContain(
      'it has no variable "v"',
    )
    expect(await refused(written('{ word: x }', ', cron: "@daily"'), NEEDY)).toContain(
      'no "scheduled"',
    )
  })

  test('where a variable in a directive is unknown', async () => {
    const record = `import { template } from 'gateway/plugin'\n${plugin(`
      directives: { word: template({ in: ['location'], default: undefined, usage: 'w', doc: '.' }) },
      content: (x, { word }) => x.respond(200, word?.render(x) ?? '')`)}`
    expect(await refused(written('{ word: $arg_a$nothing }'), record)).toContain(
      'unknown variable "$nothing"',
    )
  })

  test('where it acts too early, cannot be had here, or is no plugin at all', async () => {
    const early = plugin(`postRead: () => 'next'`)
    expect(await refused('record.ts', early)).toMatch(
      /acts before a location is found: name it under/,
    )
    const native = plugin(`ready: async () => undefined, content: () => 'next'`)
    expect(await refused('record.ts', native)).toContain('has ready, which is not there')
    const files = `import { AppendingFile } from 'gateway/plugin'\n${plugin(`content: () => String(AppendingFile) as never`)}`
    expect(await refused('record.ts', files)).toContain('there is no file system in the sandbox')
    const script = 'export default { fetch: () => new Response() }'
    expect(await refused(written('{ word: x }'), script)).toContain(
      'word: is a directive, and the script is no plugin',
    )
  })
})
