import { type Fields, sameName } from './fields.ts'
import { trimBlanks } from './tokens.ts'

/** The head of a response as a peer sent it, sorted into what passes and what does not. */
export class ResponseHead {
  /** The whole head, one character a byte; what `$upstream_http_*` reads. */
  readonly text: string
  status = 0
  /** The reason phrase, where it is another one than the registered. */
  reason: string | undefined = undefined
  /** 10 or 11. */
  version = 11
  /** The fields that pass, in order: name, value, name, value… */
  readonly fields: string[] = []
  type: string | undefined = undefined
  /** Content-Length; undefined for none. */
  length: number | undefined = undefined
  chunked = false
  /** Whether there are fields that tell the gateway what to do with the answer. */
  steers = false
  /** Whether the peer closes the connection after this response. */
  close = false
  /** Trailer fields, set by whoever has read the body. */
  trailers: Fields | undefined = undefined
  /** Options of Connection fields other than the usual `keep-alive`, each followed by a comma. */
  connection = ''

  constructor(text: string) {
    this.text = text
  }

  /** Bytes of the head, with the empty line. */
  get size(): number {
    return this.text.length
  }

  /** All values of a field as sent, whether it passes or not; `name` in lower case. */
  original(name: string): string[] {
    const values: string[] = []
    for (const line of this.text.split('\n')) {
      const colon = line.indexOf(':')
      if (colon === name.length && sameName(line.slice(0, colon), name)) {
        const value = line.slice(colon + 1, line.endsWith('\r') ? -1 : undefined)
        values.push(trimBlanks(value))
      }
    }
    return values
  }
}
