import { randomBytes, randomUUID } from 'node:crypto'
import { buildSync } from 'esbuild'
import type { Bindings } from '../../../sandbox/border/bindings.ts'
import type { Crossing, GuestHost } from '../../../sandbox/border/crossing.ts'
import { CryptoOp } from '../../../sandbox/border/ops.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import { SCRIPT_GLOBAL } from '../../../sandbox/border/script-global.ts'
import { createEngine } from '../../../sandbox/engine/engine.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../sandbox/engine/limits.ts'
import type { Pool } from '../../../sandbox/engine/pool.ts'
import type { Script } from '../../../sandbox/engine/script.ts'
import { bootstrap, partSource } from '../../../sandbox/guest/build.ts'
import { PARTS } from '../../../sandbox/guest/part-names.ts'
import type { Answer } from '../../../sandbox/host/answer.ts'
import type { AnswerError } from '../../../sandbox/host/answer-error.ts'
import { LoadingHost } from '../../../sandbox/host/loading-host.ts'
import type { MessageBody, RequestView, ResponseView } from '../../../sandbox/host/message-view.ts'
import {
  DEFAULT_REQUEST_LIMITS,
  RequestHost,
  type RequestHostOptions,
} from '../../../sandbox/host/request-host.ts'
import type { OutgoingRequest, ScriptError } from '../../../sandbox/host/run-events.ts'

const parts = new Map<string, string>()
for (const name of PARTS) parts.set(name, await partSource(name))

/** The source of a part of the web API, and nothing for any other name. */
export const part = (name: string): string => parts.get(name) ?? ''

export const engine = createEngine()
/** Images of the web API alone, and with all its parts. */
export const bases = {
  core: engine.base(await bootstrap()),
  full: engine.base(await bootstrap(PARTS)),
}

/** What came of one run. */
export interface Outcome {
  status: number
  fields: readonly string[]
  /** Streamed ones are put together. */
  body: string
  bytes: Uint8Array
  kind: 'none' | 'answered' | 'passed' | 'found' | 'rewritten' | 'failed' | 'broken'
  streamed: string[]
  value: string | undefined
  rewritten: OutgoingRequest | undefined
  error: ScriptError | AnswerError | undefined
  reported: ScriptError[]
  logs: string[]
  over: number
  ops: number[]
  upstream: string | undefined
  passThrough: boolean
  verdict: string
  fuel: number
}

/** A request as tests write it. */
export interface TestRequest {
  method?: string
  url?: string
  headers?: Record<string, string>
  body?: string | Uint8Array | MessageBody
}

export interface TestOptions
  extends Partial<Omit<RequestHostOptions, 'request' | 'events' | 'limits'>> {
  limits?: Partial<RequestHostOptions['limits'] & Limits>
  request?: TestRequest
  bindings?: Record<string, unknown>
  image?: 'core' | 'full'
  entry?: Crossing[]
  state?: 'fresh' | 'reuse'
}

/** A script in an image of its own. */
export class TestScript {
  readonly script: Script
  readonly pool: Pool
  readonly hooks: readonly string[]
  readonly variables: readonly string[]

  constructor(source: string, { bindings = {}, image = 'full' }: TestOptions = {}) {
    this.pool = engine.pool(1)
    const host = new LoadingHost({
      bindings: bindings as Bindings,
      part,
    })
    this.script = bases[image].script(bundled(source), { name: 'script.ts', host })
    this.hooks = host.hooks
    this.variables = host.variables
  }

  async run(options: TestOptions = {}): Promise<Outcome> {
    const outcome = emptyOutcome()
    const gone = new AbortController()
    const host = new RequestHost({
      part,
      call: randomOps,
      ...options,
      limits: { ...DEFAULT_REQUEST_LIMITS, ...options.limits },
      request: requestView(options.request ?? {}),
      events: eventsOf(outcome, () => setImmediate(() => gone.abort())),
    })
    const counted: GuestHost = {
      call: (op, a, b, c) => {
        outcome.ops.push(op)
        return host.call(op, a, b, c)
      },
    }
    const [hook = 'fetch', ...values] = options.entry ?? []
    const { limits = LIMITS, state = 'fresh' } = options
    const signal = gone.signal
    const result = await this.pool.run(this.script, hook as string, values, counted, {
      limits: { ...LIMITS, ...limits } as Limits,
      state,
      signal,
    })
    host.close()
    if (result.cause) throw result.cause
    outcome.verdict = result.verdict
    outcome.fuel = result.fuel
    outcome.error ??= result.error
    if (result.verdict === 'error') outcome.kind = 'failed'
    await finish(outcome)
    return outcome
  }
}

function randomOps(op: number, a: Crossing): Crossing {
  if (op === CryptoOp.randomBytes) return randomBytes(a as number)
  if (op === CryptoOp.randomUuid) return randomUUID()
  throw refusal('TypeError', `no op ${op}`)
}

/** Roomy: these tests are about what a script sees. */
const LIMITS: Limits = { ...DEFAULT_LIMITS, cpu: 1000, request: 2000 }

/** Runs `fetch` of a module once. */
export function get(source: string, options: TestOptions = {}): Promise<Outcome> {
  return new TestScript(source, options).run(options)
}

/** What an expression is in a guest, by way of JSON; it may await. */
export async function evaluate(code: string, options: TestOptions = {}): Promise<unknown> {
  const source = `export default { async fetch(request, env, ctx) {
    const value = await (async () => { ${code} })()
    return new Response(JSON.stringify(value === undefined ? null : value))
  } }`
  const outcome = await get(source, options)
  if (outcome.kind !== 'answered')
    throw new Error(`${outcome.error?.name}: ${outcome.error?.message}\n${outcome.error?.stack}`)
  return JSON.parse(outcome.body)
}

/** What `response` handlers answer, for `next` and fetches. */
export function responseView(
  status: number,
  fields: readonly string[],
  body: string | undefined,
): ResponseView {
  return { status, statusText: 'Reason', ...headView(fields), body: bodyOf(body) }
}

/** A body that comes in these chunks, each a turn later. */
export function chunks(...texts: string[]): MessageBody {
  const rest = texts.map((text) => Buffer.from(text))
  return {
    read: () => new Promise((resolve) => setImmediate(() => resolve(rest.shift()))),
    cancel: () => {
      rest.length = 0
    },
  }
}

function bundled(source: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir: '.', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: SCRIPT_GLOBAL,
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
  })
  return outputFiles[0]?.text ?? ''
}

export function requestView({ method = 'GET', url, headers, body }: TestRequest): RequestView {
  const fields = Object.entries({ host: 'shop.example', ...headers }).flat()
  return {
    method,
    url: url ?? 'https://shop.example/path?a=1',
    gateway: (field) => `the ${field}`,
    ...headView(fields),
    body: bodyOf(body),
  }
}

function headView(fields: readonly string[]) {
  return {
    header(name: string): string | undefined {
      const found = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
      return found.length > 0 ? found.join(', ') : undefined
    },
    fields: () => fields,
  }
}

function bodyOf(body: TestRequest['body']): MessageBody | undefined {
  if (body === undefined || (typeof body === 'object' && 'read' in body)) return body
  const rest: (Uint8Array | undefined)[] = [Buffer.from(body)]
  return { read: () => rest.shift(), cancel: () => rest.splice(0) }
}

export function emptyOutcome(): Outcome {
  return {
    status: 0,
    fields: [],
    body: '',
    bytes: new Uint8Array(0),
    kind: 'none',
    streamed: [],
    value: undefined,
    rewritten: undefined,
    error: undefined,
    reported: [],
    logs: [],
    over: 0,
    ops: [],
    upstream: undefined,
    passThrough: false,
    verdict: '',
    fuel: 0,
  }
}

export function eventsOf(outcome: Outcome, over: () => void): RequestHostOptions['events'] {
  return {
    answered(answer: Answer) {
      outcome.kind = 'answered'
      outcome.status = answer.status
      outcome.fields = answer.fields
      pending.set(outcome, answer.body)
      return {
        write(bytes) {
          outcome.streamed.push(Buffer.from(bytes).toString())
          return new Promise((resolve) => setImmediate(resolve))
        },
        end: () => outcome.streamed.push('<end>'),
        fail: (error) => {
          outcome.error = error
        },
      }
    },
    broken(error) {
      outcome.kind = 'broken'
      outcome.error = error
    },
    passed: () => {
      outcome.kind = 'passed'
    },
    found: (value) => {
      outcome.kind = 'found'
      outcome.value = value
    },
    rewritten: (request) => {
      outcome.kind = 'rewritten'
      outcome.rewritten = request
    },
    reported: (error) => outcome.reported.push(error),
    logged: (level, text) => outcome.logs.push(`${level}: ${text}`),
    passThrough: () => {
      outcome.passThrough = true
    },
    upstream: (name) => {
      outcome.upstream = name
    },
    over() {
      outcome.over += 1
      over()
    },
  }
}

const pending = new WeakMap<Outcome, Answer['body']>()

async function finish(outcome: Outcome): Promise<void> {
  const body = pending.get(outcome)
  outcome.bytes = await wholeOf(outcome, body)
  outcome.body = Buffer.from(outcome.bytes).toString()
}

async function wholeOf(outcome: Outcome, body: Answer['body']): Promise<Uint8Array> {
  if (body === 'streamed')
    return Buffer.from(outcome.streamed.filter((each) => each !== '<end>').join(''))
  if (body === undefined || typeof body === 'string') return Buffer.from(body ?? '')
  if (body instanceof Uint8Array) return body
  const pieces: Uint8Array[] = []
  for (let piece = await body.read(); piece; piece = await body.read()) pieces.push(piece)
  return Buffer.concat(pieces)
}
