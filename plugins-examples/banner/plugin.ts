import {
  type Awaitable,
  definePlugin,
  type Exchange,
  type GatewayError,
  type Head,
  type Sink,
  text,
} from 'gateway/plugin'

/** A filter: puts a line above every HTML page, while the page streams through. */
export default definePlugin({
  name: 'banner',
  doc: 'Puts a banner above HTML pages.',
  directives: {
    banner: text({
      in: ['http', 'server', 'location'],
      default: '',
      doc: 'The line that stands above every page; empty for none.',
    }),
  },
  prepare: ({ banner }) => {
    return banner === '' ? undefined : new TextEncoder().encode(`<p>${banner}</p>\n`)
  },
  filters: {
    edit: (x: Exchange, next: Sink, line: Uint8Array) => {
      const head = x.head as Head
      const isPage = head.status === 200 && head.type?.startsWith('text/html') === true
      // Whoever returns `next` costs nothing from there on.
      if (!isPage || head.fields.get('content-encoding') !== undefined) return next
      if (head.length !== undefined) head.length += line.length
      // These are not the bytes the tag and the ranges speak of.
      head.fields.delete('etag')
      head.ranges = false
      return x.method === 'HEAD' ? next : new Banner(next, line)
    },
  },
})

/** Passes everything on, after its line. */
class Banner implements Sink {
  readonly #next: Sink
  #line: Uint8Array | undefined

  constructor(next: Sink, line: Uint8Array) {
    this.#next = next
    this.#line = line
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    const waits = this.#putLine()
    // A promise means "wait until I am ready": nothing more may be sent before it settles.
    return waits ? waits.then(() => this.#next.data(chunk)) : this.#next.data(chunk)
  }

  end(): Awaitable<void> {
    const waits = this.#putLine()
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }

  #putLine(): Awaitable<void> {
    const line = this.#line
    this.#line = undefined
    return line && this.#next.data(line)
  }
}
