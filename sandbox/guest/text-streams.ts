import {
  type ReadableStream,
  TransformStream,
  type TransformStreamDefaultController,
  type WritableStream,
} from 'web-streams-polyfill'
import { PlainString } from './primordials.ts'
import { TextDecoder, type TextDecoderOptions } from './text-decoder.ts'
import { isHighSurrogate } from './text-encoder.ts'
import { encodeUtf8 } from './utf8.ts'

/** Text in, UTF-8 out (Encoding Standard, "TextEncoderStream"). */
export class TextEncoderStream {
  readonly #stream = new TransformStream<string, Uint8Array>({
    transform: (chunk, controller) => this.#encode(PlainString(chunk), controller),
    flush: (controller) => {
      if (this.#high !== '') controller.enqueue(encodeUtf8(this.#high))
    },
  })
  /** The first half of a pair whose second may come with the next chunk. */
  #high = ''

  get encoding(): string {
    return 'utf-8'
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#stream.readable
  }

  get writable(): WritableStream<string> {
    return this.#stream.writable
  }

  #encode(chunk: string, controller: TransformStreamDefaultController<Uint8Array>): void {
    const text = this.#high + chunk
    const isHalf = isHighSurrogate(text.charCodeAt(text.length - 1))
    this.#high = isHalf ? text.slice(-1) : ''
    const whole = isHalf ? text.slice(0, -1) : text
    if (whole !== '') controller.enqueue(encodeUtf8(whole))
  }
}

/** Bytes in, text out (Encoding Standard, "TextDecoderStream"). */
export class TextDecoderStream {
  readonly #decoder: TextDecoder
  readonly #stream: TransformStream<Uint8Array, string>

  constructor(label = 'utf-8', options: TextDecoderOptions = {}) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#stream = new TransformStream<Uint8Array, string>({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush(controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      },
    })
  }

  get encoding(): string {
    return this.#decoder.encoding
  }

  get fatal(): boolean {
    return this.#decoder.fatal
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM
  }

  get readable(): ReadableStream<string> {
    return this.#stream.readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#stream.writable
  }
}
