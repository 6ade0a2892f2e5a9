import {
  type Awaitable,
  type Client,
  type Exchange,
  Fields,
  Head,
  type ReadonlyFields,
  type Sink,
  type SubrequestOptions,
} from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import type { Fact } from '../facts.ts'
import { headOf, headText } from '../head-text.ts'
import { ask, askLater, log } from './channel.ts'
import { notPortable } from './not-portable.ts'
import { Outlet } from './outlet.ts'
import { GuestSubrequest } from './subrequest.ts'

/** The one exchange there is in a run. Facts are asked for as they are looked at. */
class RecordExchange {
  readonly client = client
  readonly body = {
    get empty(): boolean {
      return fact('bodyEmpty') === '1'
    },
    get length(): number | undefined {
      return fact('bodyLength') as number | undefined
    },
    bytes: () => askLater<Uint8Array>(RecordOp.body),
  }
  readonly server = {
    get name(): string {
      return fact('serverName') as string
    },
  }
  readonly location = {
    get name(): string {
      return fact('locationName') as string
    },
    settings: new Proxy(
      {},
      { get: (_, name) => JSON.parse(ask(RecordOp.setting, String(name)) as string) },
    ),
  }
  #headers: Fields | undefined
  #head: Head | undefined

  get method(): string {
    return fact('method') as string
  }

  get askedMethod(): string {
    return fact('askedMethod') as string
  }

  get target(): string {
    return fact('target') as string
  }

  get version(): number {
    return fact('version') as number
  }

  get host(): string {
    return fact('host') as string
  }

  get uri(): string {
    return fact('uri') as string
  }

  get args(): string | undefined {
    return fact('args') as string | undefined
  }

  get internal(): boolean {
    return fact('internal') === '1'
  }

  get redirects(): number {
    return fact('redirects') as number
  }

  get startedAt(): number {
    return fact('startedAt') as number
  }

  get errorStatus(): number {
    return fact('errorStatus') as number
  }

  get sent(): number {
    return fact('sent') as number
  }

  get bodySent(): number {
    return fact('bodySent') as number
  }

  /** Of a subrequest, something: whose it is stays with the host. */
  get parent(): object | undefined {
    return fact('isSubrequest') === '1' ? {} : undefined
  }

  /** How many there were: what became of them stays with the host. */
  get attempts(): readonly object[] | undefined {
    const count = fact('attempts') as number | undefined
    return count === undefined ? undefined : Array.from({ length: count }, () => ({}))
  }

  get headers(): ReadonlyFields {
    const lines = this.#headers ? '' : (ask(RecordOp.headers) as string)
    this.#headers ??= new Fields(lines === '' ? [] : lines.split('\n'))
    return this.#headers
  }

  get head(): Head | undefined {
    const text = this.#head ? undefined : (ask(RecordOp.head) as string | undefined)
    if (text !== undefined) this.#head = headOf(text, (list) => new Fields(list))
    return this.#head
  }

  set head(head: Head | undefined) {
    this.#head = head
  }

  respond(answer: number | Head, body: string | Uint8Array = ''): Awaitable<'done'> {
    const head = typeof answer === 'number' ? new Head(answer) : answer
    ask(RecordOp.respond, headText(head), body)
    return 'done'
  }

  finish(status: number, head?: Head): 'done' {
    ask(RecordOp.finish, status, head && headText(head))
    return 'done'
  }

  send(head: Head): Sink {
    const outlet = new Outlet()
    outlet.head(head)
    return outlet
  }

  subrequest(to: string, options: SubrequestOptions = {}): GuestSubrequest {
    return new GuestSubrequest(to, options)
  }

  log(level: string, text: string): void {
    log(level, text)
  }
}

const client = {
  get address() {
    return fact('clientAddress') as string
  },
  get port() {
    return fact('clientPort') as number
  },
  get localAddress() {
    return fact('localAddress') as string
  },
  get localPort() {
    return fact('localPort') as number
  },
  get secure() {
    return fact('secure') === '1'
  },
} satisfies Partial<Client>

function fact(name: Fact): unknown {
  return ask(RecordOp.fact, name)
}

/** What exchanges have besides: it would let a record act beyond its own request. */
const ABSENT = ['redirect', 'rest', 'background', 'absolute', 'atEnd', 'report', 'cut', 'carrier']

for (const name of ABSENT) {
  Object.defineProperty(RecordExchange.prototype, name, {
    get() {
      throw notPortable(`x.${name}`, 'a record answers its own request, and nothing else')
    },
  })
}

/** The exchange of the run. */
export const x = new RecordExchange() as unknown as Exchange
