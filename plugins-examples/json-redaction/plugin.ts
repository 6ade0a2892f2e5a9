import {
  type Awaitable,
  definePlugin,
  directive,
  type GatewayError,
  type Head,
  pluginFailed,
  type Sink,
  size,
} from 'gateway/plugin'

/** What is taken out, and from how much at most. */
interface Redaction {
  readonly names: ReadonlySet<string>
  readonly most: number
}

/** What stands where something stood. */
const REDACTED = '[redacted]'

/** A filter: takes fields out of JSON, wherever they stand in it. */
export default definePlugin({
  name: 'json-redaction',
  doc: 'Takes fields out of JSON responses.',
  directives: {
    redact: directive<readonly string[]>({
      in: ['http', 'server', 'location'],
      default: [],
      doc: 'Names of members whose values are replaced in JSON responses, at any depth.',
      usage: 'name ...',
      min: 1,
      max: Number.POSITIVE_INFINITY,
      read: (entry) => entry.args,
    }),
    redact_max_size: size({
      in: ['http', 'server', 'location'],
      default: 1_048_576,
      doc: 'The longest response that is looked through; longer ones are not let out.',
    }),
  },
  prepare: ({ redact, redact_max_size: most }) =>
    redact.length > 0 ? { names: new Set(redact), most } : undefined,
  filters: {
    edit: (x, next, redaction: Redaction) => {
      const head = x.head as Head
      if (!/^application\/([\w.-]+\+)?json\b/.test(head.type ?? '')) return next
      // What is compressed already cannot be looked into: ask the backend for it as it is.
      if (head.fields.get('content-encoding') !== undefined) {
        throw new Error('the response is compressed; say proxy_set_header: Accept-Encoding ""')
      }
      head.length = undefined
      head.ranges = false
      head.fields.delete('etag')
      return x.method === 'HEAD' ? next : new Redactor(next, redaction)
    },
  },
})

/** Keeps the whole body, since a member may span any number of chunks, and sends what is left. */
class Redactor implements Sink {
  readonly #next: Sink
  readonly #redaction: Redaction
  #chunks: Uint8Array[] = []
  #size = 0

  constructor(next: Sink, redaction: Redaction) {
    this.#next = next
    this.#redaction = redaction
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size > this.#redaction.most) this.#chunks = []
    // Chunks are only lent: their memory is used again.
    else this.#chunks.push(new Uint8Array(chunk))
  }

  end(): Awaitable<void> {
    const { most, names } = this.#redaction
    if (this.#size > most) return this.#refuse(`a response of more than ${most} bytes`)
    let text: string
    try {
      const replace = (name: string, value: unknown) => (names.has(name) ? REDACTED : value)
      text = JSON.stringify(JSON.parse(decode(this.#chunks), replace))
    } catch {
      return this.#refuse('a response that is no JSON')
    }
    const waits = this.#next.data(new TextEncoder().encode(text))
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  /** Nothing gets out that was not looked through. */
  #refuse(what: string): void {
    this.#next.fail(pluginFailed('json-redaction', new Error(`${what} is not let out`)))
  }
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
