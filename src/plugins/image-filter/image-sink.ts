import { Buffer } from 'node:buffer'
import {
  type Awaitable,
  type Exchange,
  finishInstead,
  type GatewayError,
  type Head,
  type Sink,
  weakenEtag,
} from 'gateway/plugin'
import { type Dimensions, dimensionsOf } from './dimensions.ts'
import { type Format, formatOf, MAGIC_LENGTH } from './formats.ts'
import { fits, layoutOf } from './layout.ts'
import type { ImageSettings } from './settings.ts'
import { MOST_PIXELS, type Source, transform } from './transform.ts'
import { endTurn, takeTurn } from './turns.ts'

/** How many redirects a request had when its image was refused: there its answer is ours. */
const refusals = new WeakMap<Exchange, number>()

/** Whether the head that passes is that of a page which is sent instead of an image. */
export function isRefusal(x: Exchange): boolean {
  return refusals.get(x) === x.redirects
}

/** More application data than this part of a file is worth writing it anew for. */
const MOST_EXTRA = 1 / 20

/** Keeps an image until it is whole, and sends what becomes of it. */
export class ImageSink implements Sink {
  readonly #x: Exchange
  readonly #next: Sink
  readonly #settings: ImageSettings
  #head: Head | undefined
  #chunks: Uint8Array[] = []
  #length = 0
  #format: Format | undefined
  /** Of no image, `size` tells once all of it has passed. */
  #state: 'collects' | 'passes' | 'no image' | 'refused' | 'over'

  constructor(
    x: Exchange,
    next: Sink,
    settings: ImageSettings,
    state: 'collects' | 'refused' = 'collects',
  ) {
    this.#x = x
    this.#next = next
    this.#settings = settings
    this.#state = state
  }

  head(head: Head): void {
    this.#head = head
  }

  data(chunk: Uint8Array): Awaitable<void> {
    if (this.#state === 'passes') return this.#next.data(chunk)
    if (this.#state === 'collects') return this.#collect(chunk)
    if (this.#state === 'refused') this.#refuse()
  }

  end(): Awaitable<void> {
    switch (this.#state) {
      case 'passes':
        return this.#next.end()
      case 'collects':
        return this.#whole(Buffer.concat(this.#chunks))
      case 'no image':
        return this.#describe(undefined)
      case 'refused':
        return this.#refuse()
      case 'over':
        return undefined
    }
  }

  fail(error: GatewayError): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#chunks = []
    this.#next.fail(error)
  }

  #collect(chunk: Uint8Array): Awaitable<void> {
    this.#length += chunk.length
    if (this.#length > this.#settings.most) {
      this.#x.log('error', 'image filter: too big response')
      return this.#refuse()
    }
    this.#chunks.push(chunk)
    if (this.#format || this.#length < MAGIC_LENGTH) return undefined
    return this.#recognise(Buffer.concat(this.#chunks))
  }

  #recognise(bytes: Buffer): Awaitable<void> {
    this.#format = formatOf(bytes)
    const { task } = this.#settings
    if (!this.#format) {
      if (task !== 'size') return this.#refuse()
      this.#state = 'no image'
      this.#chunks = []
      return undefined
    }
    if (task !== 'test') return undefined
    this.#state = 'passes'
    this.#chunks = []
    this.#announce(`image/${this.#format}`, this.#head?.length)
    return this.#next.data(bytes)
  }

  #whole(bytes: Buffer): Awaitable<void> {
    this.#chunks = []
    const format = this.#format
    const dimensions = format && dimensionsOf(bytes, format)
    if (this.#settings.task === 'size') return this.#describe(dimensions)
    if (!format || !dimensions) return this.#refuse()
    return this.#change({ bytes, format, dimensions })
  }

  #describe(dimensions: Dimensions | undefined): Awaitable<void> {
    const head = this.#head as Head
    head.status = 200
    head.reason = undefined
    head.modified = undefined
    // As in nginx, which clears all that was said of the image.
    for (const name of namesOf(head)) head.fields.delete(name)
    return this.#send(Buffer.from(json(dimensions, this.#format)), 'application/json')
  }

  #change(source: Source): Awaitable<void> {
    const wanted = this.#settings.wanted(this.#x)
    if (!wanted) return this.#refuse()
    const { bytes, dimensions, format } = source
    const light = dimensions.extra <= bytes.length * MOST_EXTRA
    if (light && wanted.angle === 0 && fits(dimensions, wanted.bounds)) {
      return this.#send(bytes, `image/${format}`)
    }
    const output = this.#settings.output(this.#x)
    if (!output) return this.#refuse()
    const { height, width } = dimensions
    if (width * height > MOST_PIXELS) {
      this.#x.log('error', `image filter: too many pixels: ${width} x ${height}`)
      return this.#refuse()
    }
    return this.#work(() => transform(source, layoutOf(dimensions, wanted), output), format)
  }

  #work(make: () => Promise<Buffer>, format: Format): Awaitable<void> {
    const turn = takeTurn()
    if (turn === 'too many') {
      this.#x.log('error', 'image filter: too many images are waiting')
      return this.#refuse(503)
    }
    const x = this.#x
    const gone = () => {}
    // Somebody is told then that the client has left, and `aborted` says so.
    x.onAbort ??= gone
    return turn
      .then(() => (x.aborted ? undefined : make()))
      .catch((error: Error) => {
        x.log('error', `image filter: ${error.message.split('\n', 1)[0]}`)
        return 'bad' as const
      })
      .then((made) => {
        endTurn()
        if (made === undefined || x.aborted) return undefined
        if (x.onAbort === gone) x.onAbort = undefined
        if (made === 'bad') return this.#refuse()
        weakenEtag(this.#head as Head)
        return this.#send(made, `image/${format}`)
      })
  }

  #announce(type: string, length: number | undefined): void {
    const head = this.#head as Head
    head.type = type
    head.length = length
    head.memo = undefined
    this.#next.head(head)
  }

  #send(body: Buffer, type: string): Awaitable<void> {
    this.#state = 'over'
    this.#announce(type, body.length)
    const waits = this.#next.data(body)
    return waits ? waits.then(() => this.#next.end()) : this.#next.end()
  }

  #refuse(status = 415): void {
    this.#state = 'over'
    this.#chunks = []
    refusals.set(this.#x, this.#x.redirects)
    finishInstead(this.#x, status)
  }
}

function namesOf({ fields }: Head): readonly string[] {
  return [...fields].map(([name]) => name.toLowerCase())
}

function json(dimensions: Dimensions | undefined, format: Format | undefined): string {
  if (!dimensions) return '{}\r\n'
  const { height, width } = dimensions
  return `{ "img" : { "width": ${width}, "height": ${height}, "type": "${format}" } }\r\n`
}
