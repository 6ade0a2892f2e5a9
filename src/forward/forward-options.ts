import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Bind } from '../kernel/upstream/local-address.ts'
import type { TlsTerms } from '../kernel/upstream/tls-terms.ts'
import type { Template } from '../kernel/variable/template.ts'
import type { TempFolder } from '../storage/temp/temp-folder.ts'
import type { Head } from '../wire/head.ts'
import type { NextCondition } from './next-upstream.ts'
import type { Spooling } from './spool.ts'

/** How a location asks its upstream. Settled at configuration time. Times in milliseconds. */
export interface ForwardOptions<C> {
  /** What the protocol needs to know. */
  readonly request: C
  /** What the body of the request becomes: it passes, or stays behind, or this takes its place. */
  readonly requestBody: 'pass' | 'drop' | Template
  /** Undefined leaves it to the system where connections come from. */
  readonly bind: Bind | undefined
  /** Whether the system probes a connection to a peer while it is silent (SO_KEEPALIVE). */
  readonly probed: boolean
  /** How TLS is spoken with peers; it is not, unless this is given. */
  readonly tls?: ((x: Exchange) => TlsTerms) | undefined
  /** Agreeing on TLS included. */
  readonly connectTimeout: number
  /** The longest pause between two writes to a peer. */
  readonly sendTimeout: number
  /** The longest pause between two reads from it. */
  readonly readTimeout: number
  /** When the next peer is asked. */
  readonly next: ReadonlySet<NextCondition>
  /** How many peers one request may ask; 0 for all. */
  readonly nextTries: number
  /** How long another peer may be tried at all; 0 for no limit. */
  readonly nextTimeout: number
  /** The largest response head, in bytes. */
  readonly headLimit: number
  /** False sends every byte on as it comes. */
  readonly buffering: boolean
  /** Where an answer waits for a client that is slow; it does in no case without `buffering`. */
  readonly spooling: Spooling
  /** False streams a request body at once instead of reading all of it before a peer is asked. */
  readonly requestBuffering: boolean
  /** For request bodies that do not fit into memory. */
  readonly bodyFolder: TempFolder
  /** True keeps asking when the client has gone. */
  readonly ignoreClientAbort: boolean
  /**
   * True shows the location's `error_page` for answers from 300 on; `always` the built-in page where
   * there is none, for protocols whose peers have no pages.
   */
  readonly interceptErrors: boolean | 'always'
  /** Fields of an answer, in lower case, that do not tell the gateway what to do. */
  readonly ignored: ReadonlySet<string>
  /** Bytes a second that are read of an answer, unless each is sent on as it comes. */
  readonly limitRate: ((x: Exchange) => number) | undefined
  /** Whether byte ranges of an answer are served, whatever the peer says of them. */
  readonly forceRanges: boolean
  /** Which trailer fields of an answer pass, by names in lower case; undefined passes none. */
  readonly passesTrailer: ((name: string) => boolean) | undefined
  /** Changes the head of an answer before it is sent (redirects, cookies). */
  readonly edit: ((x: Exchange, head: Head) => void) | undefined
}
