import fc from 'fast-check'
import { ConfigError, type Entry, type Exchange, Fields, Head } from 'gateway/plugin'
import { beforeAll, describe, expect, test } from 'vitest'
import { RecordOp } from '../../../../sandbox/border/ops.ts'
import { Deployment } from '../../../../src/plugins/script/deployment.ts'
import { declaredPlugin } from '../../../../src/plugins/script/record/declared-plugin.ts'
import { RecordSource } from '../../../../src/plugins/script/record/record-source.ts'
import { type Runtime, runtime } from '../../../../src/plugins/script/runtime.ts'
import { bareSettings, DEFAULT_LIMITS } from '../../../../src/plugins/script/settings.ts'

// Scripts that hold an adapter of their own: they say to the host whatever they like.

let running: Runtime

beforeAll(async () => {
  running = await runtime()
}, 60_000)

const DECLARATION = {
  name: 'hostile',
  directives: [
    {
      words: ['hostile'],
      doc: '',
      scopes: ['location'],
      shape: { kind: 'text', min: 0, max: 9, usage: '' },
      repeat: false,
      inherits: 'never',
    },
  ],
  phases: ['content'],
  stages: ['edit'],
  variables: { hostile: '' },
  families: {},
  balances: true,
  always: false,
  wraps: false,
  unportable: [],
}

/** The plugin of a script whose adapter does `work`, with `declaration` as what it declares. */
function pluginOf(work: string, declaration: unknown = DECLARATION) {
  const file = '/none/hostile.ts'
  const map = '{"version":3,"sources":[],"names":[],"mappings":""}'
  const deployment = Deployment.adopting(bareSettings(file, '/none'), running, map)
  const told = typeof declaration === 'string' ? declaration : JSON.stringify(declaration)
  const source = `({ default: { [Symbol.for('gateway.adapter')]: (channel) => {
    const given = JSON.parse(channel.ask(${RecordOp.given}))
    channel.ask(${RecordOp.described}, given.kind === 'declaration' ? ${JSON.stringify(told)} : 'present')
    const ask = (...args) => { try { return channel.ask(...args) } catch (error) { return error } }
    return (task, detail) => { ${work} }
  } } })`
  return declaredPlugin(
    new RecordSource(
      { name: 'hostile.ts', source, bindings: {}, size: DEFAULT_LIMITS },
      running,
      deployment,
    ),
  )
}

const lines: string[] = []
const MARK = { file: '/secret/place.yaml', line: 3, column: 5 }

function entry(args: readonly string[] = ['a (b+) $c']): Entry {
  const one: Partial<Entry> = {
    name: 'hostile',
    args,
    mark: MARK,
    scope: 'location',
    template: (text) => ({ source: text, constant: undefined, render: () => `<${text}>` }),
    variable: (name) => () => name,
    define: (name) => void lines.push(`defined ${name}`),
    regex: (source, flags) => new RegExp(source, flags),
    warn: (text) => void lines.push(`warned ${text}`),
    fail: (text) => {
      throw new ConfigError(MARK, text)
    },
    at: () => one as Entry,
  }
  return one as Entry
}

function exchange(): Exchange & { answered: unknown[] } {
  const answered: unknown[] = []
  const x = {
    answered,
    method: 'GET',
    uri: '/',
    target: '/',
    version: 11,
    host: 'localhost',
    headers: new Fields(['Host', 'localhost']),
    body: { empty: true, length: 0 },
    client: {
      address: '127.0.0.1',
      port: 1,
      localAddress: '127.0.0.1',
      localPort: 1,
      secure: false,
    },
    server: { name: '', settings: {} },
    location: { name: '/', settings: { satisfy: 'all', error_page: new Map() } },
    carrier: { hold: () => () => {} },
    head: new Head(200),
    aborted: false,
    log: (_: string, text: string) => void lines.push(text),
    atEnd: () => {},
    respond: (head: Head | number) => {
      answered.push(head)
      return 'done'
    },
    finish: (status: number) => {
      answered.push(status)
      return 'done'
    },
    send: (head: Head) => {
      answered.push(head)
      return { head() {}, data() {}, end() {}, fail() {} }
    },
  }
  return x as unknown as Exchange & { answered: unknown[] }
}

describe('what a script declares', () => {
  const directive = DECLARATION.directives[0]
  test.each<[what: string, declaration: unknown, text: string]>([
    ['no object', '"no object"', 'declares as plugin no object'],
    ['no JSON', '{', 'no JSON'],
    ['a name that is a path', { name: '../x' }, 'declares as name "../x"'],
    ['a closed phase', { phases: ['findConfig'] }, 'declares as phases "findConfig"'],
    ['an unknown stage', { stages: ['first'] }, 'declares as stages "first"'],
    ['a variable that is none', { variables: { 'a b': '' } }, 'declares as variables "a b"'],
    [
      'a prototype',
      JSON.stringify(DECLARATION).replace('"hostile":""', '"__proto__":""'),
      'declares as variables "__proto__"',
    ],
    ['half a directive', { directives: [{ words: ['x'] }] }, 'declares as directives.shape'],
    [
      'a directive of processes',
      { directives: [{ ...directive, scopes: ['main'] }] },
      'declares as directives.scopes "main"',
    ],
    ['a novel', { doc: 'x'.repeat(300_000) }, 'more than 262144 characters'],
    ['what needs Node', { unportable: ['ready'] }, 'has ready'],
  ])('is refused: %s', (_, declared, text) => {
    const whole = typeof declared === 'string' ? declared : { ...DECLARATION, ...Object(declared) }
    expect(() => pluginOf('', whole)).toThrow(text)
  })
})

describe('while directives are read', () => {
  const read = (work: string, args?: readonly string[]) =>
    pluginOf(work).directives.hostile.read(entry(args), undefined)

  test('expressions and variables are those of the configuration', () => {
    const probe = (op: number, b: string) =>
      `const found = ask(${op}, '0', ${JSON.stringify(b)}, 'remembered')
       if (!(found instanceof Error)) return 'initial'`
    const words = ['x (b+)$ y', '$mine']
    const taken = (op: number, b: string) => {
      const value = read(probe(op, b), words) as readonly Entry[]
      return value.length === 0
    }
    expect(taken(RecordOp.regex, '(b+)$')).toBe(true)
    expect(taken(RecordOp.regex, '((a?){1000}){1000}')).toBe(false)
    expect(taken(RecordOp.define, 'mine')).toBe(true)
    expect(taken(RecordOp.define, 'remote_user')).toBe(false)
  })

  test('a refusal is the configuration’s, at its place', () => {
    const refusing = `ask(${RecordOp.refuse}, '0', 'not so')`
    expect(() => read(refusing)).toThrow(new ConfigError(MARK, 'not so'))
  })

  test('no path of a file is told', () => {
    expect(() => read('throw new TypeError(detail)')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('/secret/') }),
    )
  })

  test('nothing lasts for ever', () => {
    expect(() => read('for (;;);')).toThrow('reading the directive ended with "cpu"')
  })
})

const argument = fc.oneof(
  fc.constantFrom('0', '0:1', '7', '', '__proto__', 'constructor', 'fields', 'x'.repeat(100)),
  fc.constantFrom('{}', '[]', '[1]', '["a","b"]', 'null', '[', JSON.stringify(new Head(200))),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constant(undefined),
)
const call = fc.tuple(fc.integer({ min: 319, max: 384 }), argument, argument, argument)

test('whatever is asked, a request ends with an answer and nothing is thrown', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 6 }), async (calls) => {
      const asked = calls
        .map((args) => `ask(${args.map((each) => literal(each)).join()})`)
        .join(';')
      const plugin = pluginOf(`${asked}; return 'next'`)
      const place = { scope: 'location', name: '/' } as never
      const image = plugin.prepare?.({ hostile: [entry()] }, place)
      const x = exchange()
      const verdict = await plugin.content?.(x, image)
      expect(['next', 'done']).toContain(verdict)
      if (verdict === 'done') expect(x.answered).toHaveLength(1)
      plugin.variables?.hostile?.get(exchange())
      const poured: unknown[] = []
      const next = {
        head: (head: Head) => void poured.push(head),
        data: (chunk: Uint8Array) => void poured.push(chunk),
        end: () => {},
        fail: (error: Error) => void poured.push(error),
      }
      const y = exchange()
      const sink = plugin.filters?.edit?.(y, next, image)
      if (sink !== next) {
        sink?.head(y.head as Head)
        await sink?.end()
        expect(poured.length).toBeGreaterThan(0)
      }
    }),
    { numRuns: 300 },
  )
}, 120_000)

test('it is told what it may know, and of no other setting', () => {
  const plugin = pluginOf(
    `return String(ask(${RecordOp.setting}, 'error_page')) + ask(${RecordOp.fact}, 'carrier')`,
  )
  expect(plugin.variables?.hostile?.get(exchange())).toBe(
    'TypeError: setting "error_page" is not there in the sandboxTypeError: host call with a wrong fact (bad_call)',
  )
})

test('what it keeps for a request has an end', () => {
  const plugin = pluginOf(
    `for (let i = 0; i < 40; i++) { const found = ask(${RecordOp.remember}, 'n' + i, 'x'); if (found) return i + ' ' + found }`,
  )
  expect(plugin.variables?.hostile?.get(exchange())).toMatch(/^32 RangeError: more than/)
})

function literal(value: unknown): string {
  return value === undefined || typeof value === 'number' ? String(value) : JSON.stringify(value)
}
