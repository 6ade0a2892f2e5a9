import { stat } from 'node:fs/promises'
import {
  definePlugin,
  directive,
  type Exchange,
  Head,
  type IPNetwork,
  isInNetwork,
  parseIP,
  parseIPNetwork,
  steadyTime,
  time,
  type Verdict,
} from 'gateway/plugin'

/** How often the file is looked for, in milliseconds. */
const LOOK_EVERY = 1000

/** A check before all others: everything is closed while a file exists. */
export default definePlugin({
  name: 'maintenance',
  doc: 'Answers with 503 while a file exists.',
  directives: {
    maintenance: directive<string | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'While this file exists, requests are answered with 503 and its error_page.',
      usage: 'file',
      min: 1,
      max: 1,
      read: (entry) => entry.path(entry.args[0] as string, 'file'),
    }),
    maintenance_retry: time({
      in: ['http', 'server', 'location'],
      default: 300_000,
      doc: 'When clients are told to come back (Retry-After).',
    }),
    maintenance_except: directive<readonly IPNetwork[]>({
      in: ['http', 'server', 'location'],
      default: [],
      doc: 'Addresses and networks that are served all the same.',
      usage: 'address | CIDR ...',
      min: 1,
      max: Number.POSITIVE_INFINITY,
      read: (entry) =>
        entry.args.map((word) => parseIPNetwork(word) ?? entry.fail(`"${word}" is no network`)),
    }),
  },
  prepare: ({ maintenance, maintenance_except: except, maintenance_retry: retry }) =>
    maintenance === undefined ? undefined : { sign: new Sign(maintenance), except, retry },
  preaccess: (x, place: Place) => {
    // An error page is shown to those who are turned away.
    if (x.internal) return 'next'
    const closed = place.sign.isThere()
    return closed instanceof Promise
      ? closed.then((there) => decide(x, place, there))
      : decide(x, place, closed)
  },
})

interface Place {
  readonly sign: Sign
  readonly except: readonly IPNetwork[]
  readonly retry: number
}

function decide(x: Exchange, { except, retry }: Place, closed: boolean): Verdict {
  if (!closed) return 'next'
  const address = parseIP(x.client.address)
  if (address && except.some((network) => isInNetwork(network, address))) return 'next'
  const head = new Head(503)
  head.fields.add('Retry-After', `${Math.ceil(retry / 1000)}`)
  head.fields.add('Cache-Control', 'no-store')
  return x.finish(503, head)
}

/** A file that says "closed" by being there; looked for once a second, however many ask. */
class Sign {
  readonly #path: string
  #there: boolean | Promise<boolean> = false
  #until = 0

  constructor(path: string) {
    this.#path = path
  }

  isThere(): boolean | Promise<boolean> {
    const now = steadyTime()
    if (now < this.#until) return this.#there
    this.#until = now + LOOK_EVERY
    this.#there = stat(this.#path).then(
      () => true,
      () => false,
    )
    void this.#there.then((there) => {
      this.#there = there
    })
    return this.#there
  }
}
