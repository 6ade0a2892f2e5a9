import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Compiled } from '../../src/config/compile.ts'
import { compile, formatErrors, pluginUses } from '../../src/config/index.ts'
import { flag } from '../../src/kernel/directive/readers.ts'
import type { LocationPlan, ServerPlan } from '../../src/kernel/phase/plan.ts'
import { type AnyPlugin, definePlugin, type Place } from '../../src/kernel/plugin-record.ts'
import { compileServer, compileText, errorsIn, FILE, readText } from './compile-text.ts'
import { testPlugins } from './plugins.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')

function locationsOf({ origins }: Compiled): Map<string, LocationPlan> {
  const plans = [...origins.keys()].filter((plan): plan is LocationPlan => !('own' in plan))
  return new Map(plans.map((plan) => [plan.name, plan]))
}

function serversOf({ origins }: Compiled): ServerPlan[] {
  return [...origins.keys()].filter((plan): plan is ServerPlan => 'own' in plan)
}

test('places in which nothing differs share their parts', () => {
  const compiled = compileServer(
    'gzip: on\nlocation:\n  /a: {}\n  /b: {}\n  /c: { gzip: off }\n  /d: { client_max_body_size: 1 }',
  )
  const plans = locationsOf(compiled)
  const [a, b, c, d] = ['/a', '/b', '/c', '/d'].map((name) => plans.get(name) as LocationPlan)
  expect(a?.steps).toBe(b?.steps)
  expect(a?.filters).toBe(b?.filters)
  expect(a?.settings).toBe(b?.settings)
  expect(a?.settings).toBe(plans.get('')?.settings)
  expect(c?.filters).toEqual([])
  expect(d?.settings).not.toBe(a?.settings)
  expect(d?.filters).toBe(a?.filters)
})

test('everything in a plan is frozen', () => {
  const compiled = compileServer('add_header: X-A a\nlocation: { /: { return: 200 } }')
  const location = locationsOf(compiled).get('/') as LocationPlan
  const [server] = serversOf(compiled)
  const frozen = [compiled.plan, compiled.plan.listens, server, location, location.settings]
  for (const part of [...frozen, location.steps, location.steps[0], location.filters]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

test('a step leads past the rest of its phase', () => {
  const compiled = compileServer(
    'real_ip_header: x\nlocation: { /: { limit_req: zone=a, deny: all, return: 200 } }',
  )
  const plan = locationsOf(compiled).get('/') as LocationPlan
  expect(plan.steps.map(({ phase, plugin, after }) => `${phase} ${plugin} ${after}`)).toEqual([
    'rewrite return 1',
    'preaccess real-ip 3',
    'preaccess limit 3',
    'access access 4',
    'content static 5',
  ])
  expect(plan.postAccess).toBe(4)
})

test('the server part knows where an internal redirect begins', () => {
  const [server] = serversOf(compileServer('real_ip_header: x\nreturn: 404'))
  expect(server?.steps.map(({ phase }) => phase)).toEqual(['postRead', 'serverRewrite'])
  expect(server?.serverRewrite).toBe(1)
  // As in nginx, the server's own plan has no rewrite phase: it was run at the server already.
  expect(server?.own.steps.map(({ phase }) => phase)).toEqual(['preaccess', 'content'])
})

test('a plugin that is configured nowhere is not in the plan', () => {
  const compiled = compileServer('location: { /: {} }')
  const plan = locationsOf(compiled).get('/') as LocationPlan
  expect(plan.steps.map(({ plugin }) => plugin)).toEqual(['static'])
  expect([...plan.configs.keys()]).toEqual(['static'])
})

test('words that share a directive are one value in the order written', () => {
  const compiled = compileServer(
    'allow: 10.0.0.1\ndeny: 10.0.0.0/8\nallow: all\nlocation: { /: { deny: all } }',
  )
  const plans = locationsOf(compiled)
  const config = (name: string) => plans.get(name)?.configs.get('access')
  expect(config('')).toEqual({
    allow: ['allow 10.0.0.1', 'deny 10.0.0.0/8', 'allow all'],
    deny: ['allow 10.0.0.1', 'deny 10.0.0.0/8', 'allow all'],
  })
  expect(config('/')).toEqual({ allow: ['deny all'], deny: ['deny all'] })
})

test('YAML starts with every registered MIME type, until types is written', () => {
  const plans = locationsOf(compileServer('location:\n  /: {}\n  /t: { types: { text/x: x } }'))
  expect(plans.get('/')?.settings.types.get('json')).toBe('application/json')
  expect(plans.get('/')?.settings.types.size).toBeGreaterThan(800)
  expect([...(plans.get('/t')?.settings.types ?? [])]).toEqual([['x', 'text/x']])
})

test('paths start at the prefix, a final slash stays, a variable is left alone', () => {
  const plans = locationsOf(
    compileServer(
      'location:\n  /: { root: www/ }\n  /v: { root: $document_uri/x }\n  /a: { root: /srv }',
    ),
  )
  const rootOf = (name: string) => plans.get(name)?.settings.root.source
  expect([rootOf('/'), rootOf('/v'), rootOf('/a'), rootOf('')]).toEqual([
    '/prefix/www/',
    '$document_uri/x',
    '/srv',
    '/prefix/html',
  ])
})

test('implicit upstreams are made once for each address, with the default settings', () => {
  const { plan } = compileServer(
    'location:\n  /a: { proxy_pass: http://10.0.0.1:81 }\n  /b: { proxy_pass: http://10.0.0.1:81/x }',
  )
  expect(plan.upstreams.map(({ name, settings }) => [name, settings.keepalive])).toEqual([
    ['10.0.0.1:81', 32],
  ])
})

test('a balancer is made for each upstream that asks for it', () => {
  const asked: string[] = []
  const balancer = (name: string): AnyPlugin =>
    definePlugin({
      name,
      directives: { [name.replace('-', '_')]: flag({ in: ['upstream'], default: false, doc: '' }) },
      balancer: (peers) => {
        asked.push(`${name} for ${peers.upstream}`)
        return () => undefined
      },
    })
  compileText(
    'http: { upstream: { a: { server: 10.0.0.1 }, b: { server: 10.0.0.1, ip_hash: on }, c: { server: 10.0.0.1, ip_hash: off } } }',
    [balancer('round-robin'), balancer('ip-hash')],
  )
  expect(asked).toEqual(['round-robin for a', 'ip-hash for b', 'round-robin for c'])
})

test('prepare sees its place, and is asked once for places it does not look at', () => {
  const seen: string[] = []
  const on = flag({ in: ['http', 'server', 'location'], default: false, doc: '' })
  const blind = definePlugin({
    name: 'blind',
    directives: { blind: on },
    prepare: (config) => {
      seen.push('blind')
      return config
    },
    content: () => 'next',
  })
  const looking = definePlugin({
    name: 'looking',
    directives: { looking: flag({ in: ['http', 'server', 'location'], default: false, doc: '' }) },
    prepare: (config, place: Place) => {
      const line = place.markOf('looking')?.line
      seen.push(
        `${place.scope} ${place.name} ${place.configured('blind')} ${line} ${place.root.source}`,
      )
      return config
    },
    content: () => 'next',
  })
  compileServer(
    'server_name: a.example\nlooking: on\nblind: on\nlocation:\n  /a: { root: /r }\n  /b: {}',
    [blind, looking],
  )
  expect(seen).toEqual([
    'blind',
    'server a.example true 5 /prefix/html',
    'location /a true 5 /r',
    'location /b true 5 /prefix/html',
  ])
})

test('one plugin cannot take a word of another', () => {
  const twin = definePlugin({
    name: 'twin',
    directives: { gzip: flag({ in: ['location'], default: false, doc: '' }) },
  })
  expect(errorsIn(() => compileText('', [...testPlugins, twin]))).toEqual([
    '1:1 plugin "twin" defines "gzip" in scope location, which plugin "gzip" defines',
  ])
})

test('one bad plugin configuration does not call prepare with half of it', () => {
  const calls: unknown[] = []
  const plugin = definePlugin({
    name: 'careful',
    directives: { careful: flag({ in: ['location'], default: false, doc: '' }) },
    prepare: (config) => {
      calls.push(config)
      return config
    },
  })
  const text = 'location: { /: { careful: perhaps } }'
  expect(errorsIn(() => compileServer(text, [plugin]))).toHaveLength(1)
  expect(calls).toEqual([])
})

test('names the plugin files, relative to the file that names them', () => {
  const files = (plugins: string) =>
    pluginUses(readText({ [FILE]: `include: ${HERE}/a.yaml`, [`${HERE}/a.yaml`]: plugins })).files
  const native = { isolation: 'native' }
  const sandboxed = { isolation: 'sandbox' }
  expect(files('plugins: [./plugins.ts, ../config/golden.test.ts]')).toEqual([
    { path: `${HERE}/plugins.ts`, ...native },
    { path: `${HERE}/golden.test.ts`, ...native },
  ])
  expect(files('plugins: [./plugins.ts, ./golden.test.ts isolation=sandbox]')).toEqual([
    { path: `${HERE}/plugins.ts`, ...native },
    { path: `${HERE}/golden.test.ts`, ...sandboxed },
  ])
  const use = '{ use: ./golden.test.ts, isolation: sandbox }'
  expect(files(`plugins: [./plugins.ts, ${use}]`)).toEqual([
    { path: `${HERE}/plugins.ts`, ...native },
    { path: `${HERE}/golden.test.ts`, ...sandboxed },
  ])
  expect(errorsIn(() => files(`plugins: [./golden.test.ts, ${use}]`))).toEqual([
    `1:29 plugin file "${HERE}/golden.test.ts" is named twice`,
  ])
  expect(errorsIn(() => compileText('plugins: { use: a, isolaton: sandbox }'))).toEqual([
    '1:1 plugins: "isolaton=sandbox" is neither use=… nor isolation=…',
  ])
  expect(errorsIn(() => compileText('plugins: ./plugins.ts isolation=none'))).toEqual([
    '1:1 plugins: "isolation=none" is neither isolation=native nor isolation=sandbox',
  ])
  expect(errorsIn(() => files('plugins: [./none.ts, ./plugins.ts]'))).toEqual([
    `1:11 plugin file "${HERE}/none.ts" does not exist`,
  ])
})

test('tells all that is wrong as text, and warnings in the same form', () => {
  const tree = readText('gizp: on\nhttp: { server: { listen: 127.0.0.1:1, server_name: a/b } }')
  expect(() => compile(tree, testPlugins)).toThrow(
    '/conf/gateway.yaml:1:1: unknown directive "gizp"\n  1 | gizp: on\n    | ^\n  hint: did you mean "gzip"?',
  )
  const good = readText('http: { server: { listen: 127.0.0.1:1, server_name: a/b } }')
  const { warnings } = compile(good, testPlugins)
  expect(formatErrors(warnings, good)).toMatch(
    /^\/conf\/gateway\.yaml:1:\d+: server_name: server name "a\/b" has suspicious symbols\n/,
  )
})

test('10,000 locations are few plans and little time', () => {
  const lines = Array.from(
    { length: 10_000 },
    (_, i) => `  /app/${i}/: { return: ${200 + (i % 4)} }`,
  )
  const before = process.cpuUsage()
  const compiled = compileServer(`location:\n${lines.join('\n')}`)
  // About half a second of a processor, reading included.
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(5000)
  const settings = new Set([...locationsOf(compiled).values()].map((plan) => plan.settings))
  expect(settings.size).toBe(1)
})
