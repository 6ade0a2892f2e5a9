import type { Exchange, Protocol } from 'gateway/plugin'
import { GetCall } from './get-call.ts'

/** What one location asks for. */
export interface Get {
  /** Escaped: without blanks and controls, so that it is one word of one command. */
  key(x: Exchange): string
  /** The bit that says that a value is compressed; 0 for none. */
  readonly gzipFlag: number
}

/** The text protocol of memcached, as far as `get` goes. */
export const memcached: Protocol<Get> = {
  scheme: 'memcached://',
  target: (x, { key }) => key(x),
  needsLength: () => false,
  ask: (asking, connection) => new GetCall(asking, connection).start(),
}
