import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** A plugin that leaves a trace in each phase and can be told to misbehave in any. */
const TRACE = `
import { definePlugin, Head, flag, text } from 'gateway/plugin'
import { appendFileSync } from 'node:fs'

const traces = new WeakMap()

function note(phase) {
  return (x, { trace, act }) => {
    if (!trace) return 'next'
    const seen = traces.get(x) ?? []
    seen.push(phase)
    traces.set(x, seen)
    const [where, what] = act.split('/')
    if (where !== phase) return 'next'
    switch (what) {
      case 'throw': throw new Error('thrown on purpose')
      case 'reject': return Promise.reject(new Error('rejected on purpose'))
      case 'wait': return new Promise((resolve) => setTimeout(resolve, 20, 'next'))
      case 'done': return x.respond(200, 'done in ' + phase)
      case 'loop': return x.redirect(x.uri)
      case 'named': return x.redirect('@named')
      case 'inside': return x.redirect('/inside?from=' + phase)
      default: return /^\\d+$/.test(what) ? Number(what) : what
    }
  }
}

export default definePlugin({
  name: 'trace',
  directives: {
    trace: flag({ in: ['http', 'server', 'location'], default: false, doc: 'Trace.' }),
    act: text({ in: ['http', 'server', 'location'], default: '', doc: 'PHASE/WHAT.', inherits: 'never' }),
    gather: text({ in: ['location'], default: '', doc: 'URIs to gather.', inherits: 'never' }),
    log_to: text({ in: ['http', 'server'], default: '', doc: 'Trace file.' }),
  },
  postRead: note('postRead'),
  serverRewrite: note('serverRewrite'),
  rewrite: note('rewrite'),
  preaccess: note('preaccess'),
  access: note('access'),
  precontent: note('precontent'),
  content: async (x, { gather }) => {
    if (!gather) return 'next'
    const parts = gather.split(',').map((uri) => x.subrequest(uri))
    const head = new Head(200)
    head.type = 'text/plain'
    const sink = x.send(head)
    for (const part of parts) {
      const answer = await part.answered
      await sink.data(Buffer.from('[' + (answer?.status ?? 'none') + ' '))
      await part.pour(sink)
      await sink.data(Buffer.from(']'))
    }
    await sink.end()
    return 'done'
  },
  filters: {
    edit: (x, next, { trace }) => {
      if (trace) x.head.fields.add('X-Trace', (traces.get(x) ?? []).join(' '))
      return next
    },
  },
  log: (x, { log_to }) => {
    if (log_to) appendFileSync(log_to, x.method + ' ' + x.uri + ' ' + (x.head?.status ?? 0) + ' ' + x.sent + '\\n')
    return 'next'
  },
})
`

const ALL = 'postRead serverRewrite rewrite preaccess access precontent'

let gateway: Gateway

beforeAll(async () => {
  const slow = await httpOrigin(async ({ target }) => {
    await new Promise((resolve) => setTimeout(resolve, Number(/\d+/.exec(target)?.[0] ?? 0)))
    return { body: `slow ${target}`, chunks: ['slow ', target] }
  })
  gateway = await startGateway({
    files: { 'trace.ts': TRACE },
    yaml: `
plugins: ./trace.ts
http:
  trace: on
  log_to: "%%DIR%%/trace.log"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 ok }
        /plain: { proxy_pass: "http://${slow.address}" }
${['preaccess', 'access', 'precontent', 'rewrite']
  .flatMap((phase) =>
    ['throw', 'reject', 'wait', 'done', '403', 'named', 'inside', 'loop'].map(
      (what) =>
        `        /${phase}-${what}: { act: ${phase}/${what}, proxy_pass: "http://${slow.address}" }`,
    ),
  )
  .join('\n')}
        '@named': { return: 200 "named for $uri" }
        /inside: { return: 200 "inside $args" }
        /gather: { gather: "/slow/60,/text,/slow/10,/missing-uri,/slow/30" }
        /empty: { gather: "/nothing" }
        /nothing: { return: 204 }
        /deep: { gather: "/gather,/text" }
        /text: { return: 200 text }
        /slow/: { proxy_pass: "http://${slow.address}" }
        /missing-uri: { return: 404 }
        /recursive: { gather: "/recursive" }
`,
    expected: ['on purpose', 'cycle', 'subrequest'],
  })
}, 30_000)

describe('the phases', () => {
  test('are walked in their order', async () => {
    expect((await get(gateway.port(), '/plain/1')).headers.get('x-trace')).toBe(ALL)
  })

  test('go on after a handler that waits', async () => {
    const response = await get(gateway.port(), '/preaccess-wait')
    expect(response.headers.get('x-trace')).toBe(ALL)
    expect(response.text).toBe('slow /preaccess-wait')
  })

  test.each(['rewrite', 'preaccess', 'access', 'precontent'])(
    'end where a handler of %s answers, refuses or fails',
    async (phase) => {
      const names = ALL.split(' ')
      const upTo = names.slice(0, names.indexOf(phase) + 1).join(' ')
      const done = await get(gateway.port(), `/${phase}-done`)
      expect(done).toMatchObject({ status: 200, text: `done in ${phase}` })
      expect(done.headers.get('x-trace')).toBe(upTo)
      expect((await get(gateway.port(), `/${phase}-403`)).status).toBe(403)
      expect((await get(gateway.port(), `/${phase}-throw`)).status).toBe(500)
      expect((await get(gateway.port(), `/${phase}-reject`)).status).toBe(500)
      await gateway.logged(/plugin "trace" failed.*thrown on purpose/s)
    },
  )

  test.each(['rewrite', 'preaccess', 'access', 'precontent'])(
    'begin again after an internal redirect from %s',
    async (phase) => {
      expect((await get(gateway.port(), `/${phase}-inside`)).text).toBe(`inside from=${phase}`)
      expect((await get(gateway.port(), `/${phase}-named`)).text).toBe(`named for /${phase}-named`)
    },
  )

  test('end with 500 after ten internal redirects', async () => {
    expect((await get(gateway.port(), '/preaccess-loop')).status).toBe(500)
    await gateway.logged(/cycle/)
  })

  test('end with log, after the last byte', async () => {
    const client = await connect(gateway.port())
    const response = await client.exchange(request('GET /text?logged', { Connection: 'close' }))
    await client.ending()
    const total = response.body.length
    const line = gateway
      .accessLog('trace.log')
      .split('\n')
      .find((each) => each.startsWith('GET /text 200'))
    expect(Number(line?.split(' ')[3])).toBeGreaterThan(total)
  })
})

describe('subrequests', () => {
  test('are poured in order, whatever each of them takes', async () => {
    const { text } = await get(gateway.port(), '/gather')
    expect(text).toMatch(
      /^\[200 slow \/slow\/60\]\[200 text\]\[200 slow \/slow\/10\]\[404 .*\]\[200 slow \/slow\/30\]$/s,
    )
  })

  test('may be empty, or gather themselves', async () => {
    expect((await get(gateway.port(), '/empty')).text).toBe('[204 ]')
    expect((await get(gateway.port(), '/deep')).text).toMatch(/^\[200 \[200 slow.*\]\[200 text\]$/s)
  })

  test('that make themselves end at a depth', async () => {
    expect((await get(gateway.port(), '/recursive')).status).toBe(200)
    expect((await get(gateway.port(), '/text')).text).toBe('text')
  })

  test('leave nothing open when the client goes', async () => {
    const client = await connect(gateway.port())
    await client.send(request('GET /gather'))
    client.reset()
    expect((await get(gateway.port(), '/text')).text).toBe('text')
  })
})
