import {
  declareZone,
  definePlugin,
  directive,
  type Exchange,
  Head,
  parseTime,
  type SharedZone,
  steadyTime,
  type Template,
} from 'gateway/plugin'
import { TokenCounter } from './counter.ts'
import { Tokens } from './tokens.ts'

/** What everyone may use. */
interface Budget {
  readonly key: Template
  readonly zone: SharedZone
  readonly tokens: number
  /** In milliseconds. */
  readonly per: number
}

const KIND = { use: 'llm_budget', keeps: 'records', overhead: 80 } as const

/** Counts the tokens that a language model has answered with, and refuses who has used theirs up. */
export default definePlugin({
  name: 'llm-budget',
  doc: 'Counts the tokens of language models against a budget.',
  directives: {
    llm_budget: directive<Budget | undefined>({
      in: ['server', 'location'],
      default: undefined,
      doc: 'How many tokens each value of the key may use in a time. All workers count together; requests with an empty key are refused.',
      usage: 'key zone=name:size tokens=number per=time',
      min: 4,
      max: 4,
      read: (entry) => {
        const [key = '', zone = '', tokens = '', per = ''] = entry.args
        const [, digits] = /^tokens=(\d{1,12})$/.exec(tokens) ?? []
        const time = parseTime(per.replace(/^per=/, ''))
        if (digits === undefined) entry.fail(`invalid "${tokens}"`, 'write tokens=100000')
        if (!time) return entry.fail(`invalid "${per}"`, 'write per=1h')
        return {
          key: entry.template(key),
          zone: declareZone(entry, zone, KIND),
          tokens: Number(digits),
          per: time,
        }
      },
    }),
  },
  prepare: ({ llm_budget }) => llm_budget,
  // After `access`: who is not let in has no budget.
  precontent: (x, budget: Budget) => {
    if (x.parent) return 'next'
    const key = budget.key.render(x)
    if (key === '') return 403
    const used = Number(budget.zone.get(recordOf(key, budget)) ?? 0)
    return used < budget.tokens ? 'next' : refuse(x, budget)
  },
  filters: {
    // Nearest to the backend: before anybody compresses or changes what it says.
    receive: (x, next, budget: Budget) => {
      const head = x.head as Head
      if (x.parent || head.status !== 200 || x.method === 'HEAD') return next
      if (head.fields.get('content-encoding') !== undefined) {
        throw new Error('the response is compressed; say proxy_set_header: Accept-Encoding ""')
      }
      const tokens = new Tokens(x.body.length ?? 0)
      const record = recordOf(budget.key.render(x), budget)
      // However it ends: who hangs up in the middle has used what was streamed until then.
      x.atEnd(() => charge(x, budget, record, tokens.count))
      return new TokenCounter(next, tokens, head.type ?? '')
    },
  },
})

/** Each span of time has a record of its own; the one of before expires. */
function recordOf(key: string, { per }: Budget): string {
  return `${Math.floor(steadyTime() / per)} ${key}`
}

function charge(x: Exchange, { per, zone }: Budget, record: string, tokens: number): void {
  const counted = zone.whenFree(() => {
    const sum = zone.add(record, tokens, 2 * per)
    return sum === 'busy' ? 'busy' : sum
  })
  const tell = (sum: number | string) => {
    if (typeof sum === 'string') x.log('error', `${tokens} tokens are not counted: zone is ${sum}`)
  }
  if (counted instanceof Promise) void counted.then(tell)
  else tell(counted)
}

function refuse(x: Exchange, { per }: Budget) {
  const head = new Head(429)
  head.type = 'application/json'
  head.fields.add('Retry-After', String(Math.ceil((per - (steadyTime() % per)) / 1000)))
  const error = { message: 'The token budget is used up.', type: 'insufficient_quota', code: 429 }
  return x.respond(head, JSON.stringify({ error }))
}
