import {
  type Awaitable,
  definePlugin,
  type GatewayError,
  type Head,
  type Sink,
  text,
} from 'gateway/plugin'

/** A filter: puts a line below every page, while it streams through. */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Puts a line below text.',
  directives: {
    my_plugin: text({
      in: ['http', 'server', 'location'],
      default: '',
      doc: 'The line that stands below every text; empty for none.',
    }),
  },
  prepare: ({ my_plugin: line }) =>
    line === '' ? undefined : new TextEncoder().encode(`${line}\n`),
  filters: {
    edit: (x, next, line: Uint8Array) => {
      const head = x.head as Head
      const isText = head.status === 200 && head.type?.startsWith('text/') === true
      // Whoever returns `next` costs nothing from there on.
      if (!isText || head.fields.get('content-encoding') !== undefined) return next
      if (head.length !== undefined) head.length += line.length
      // These are not the bytes the tag and the ranges speak of.
      head.fields.delete('etag')
      head.ranges = false
      return x.method === 'HEAD' ? next : new Line(next, line)
    },
  },
})

/** Passes everything on, and its line at the end. */
class Line implements Sink {
  readonly #next: Sink
  readonly #line: Uint8Array

  constructor(next: Sink, line: Uint8Array) {
    this.#next = next
    this.#line = line
  }

  head(head: Head): void {
    this.#next.head(head)
  }

  data(chunk: Uint8Array): Awaitable<void> {
    // A promise means "wait until I am ready": it is passed on, too.
    return this.#next.data(chunk)
  }

  end(): Awaitable<void> {
    const waits = this.#next.data(this.#line)
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  fail(error: GatewayError): void {
    this.#next.fail(error)
  }
}
