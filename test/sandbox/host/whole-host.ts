import type { Crossing, GuestHost } from '../../../sandbox/border/crossing.ts'
import { CompressionOp, CryptoOp, FetchOp, HtmlOp, KvOp } from '../../../sandbox/border/ops.ts'
import { badCall } from '../../../sandbox/host/arguments.ts'
import { COMPRESSION_LIMITS } from '../../../sandbox/host/compression/compression-limits.ts'
import { CompressionSession } from '../../../sandbox/host/compression/compression-session.ts'
import { compressionOps } from '../../../sandbox/host/compression-ops.ts'
import { CRYPTO_LIMITS } from '../../../sandbox/host/crypto/crypto-limits.ts'
import { CryptoSession } from '../../../sandbox/host/crypto/crypto-session.ts'
import { cryptoOps } from '../../../sandbox/host/crypto-ops.ts'
import type { Egress } from '../../../sandbox/host/fetch/egress.ts'
import { FETCH_LIMITS } from '../../../sandbox/host/fetch/fetch-limits.ts'
import { FetchSession } from '../../../sandbox/host/fetch/fetch-session.ts'
import { fetchOps } from '../../../sandbox/host/fetch-ops.ts'
import { HTML_LIMITS } from '../../../sandbox/host/html/html-limits.ts'
import { RewriterSession } from '../../../sandbox/host/html/rewriter-session.ts'
import { htmlOps } from '../../../sandbox/host/html-ops.ts'
import { KV_LIMITS } from '../../../sandbox/host/kv/kv-limits.ts'
import type { KvNamespace } from '../../../sandbox/host/kv/kv-namespace.ts'
import { KvSession } from '../../../sandbox/host/kv/kv-session.ts'
import { kvOps } from '../../../sandbox/host/kv-ops.ts'
import { RequestBudget } from '../../../sandbox/host/request-budget.ts'
import { DEFAULT_REQUEST_LIMITS, RequestHost } from '../../../sandbox/host/request-host.ts'
import {
  chunks,
  emptyOutcome,
  eventsOf,
  type Outcome,
  part,
  requestView,
  responseView,
  type TestRequest,
} from '../web-api/harness.ts'

/** An answer may be smaller than by default: what is too large shall fit into a guest. */
const LIMITS = { ...DEFAULT_REQUEST_LIMITS, responseBody: 2 ** 20 }

/** What a script of a test is given beside a request. */
export interface WholeHostOptions {
  readonly request?: TestRequest
  readonly egress?: Egress
  /** What the request may use of the processor; as by default. */
  readonly milliseconds?: number
  readonly namespaces?: readonly (() => KvNamespace)[]
  /** Told once the run has answered and nothing holds it. */
  readonly over?: () => void
}

/** A host with everything a script can be given: the real sessions of every family of ops. */
export class WholeHost implements GuestHost {
  readonly outcome: Outcome = emptyOutcome()
  readonly #host: RequestHost
  readonly budget: RequestBudget
  readonly #fetches: FetchSession
  readonly #crypto: CryptoSession
  readonly #compression: CompressionSession

  constructor(options: WholeHostOptions = {}) {
    const { request = {}, egress, milliseconds = 50, namespaces = [], over = () => {} } = options
    const budget = new RequestBudget(milliseconds)
    this.budget = budget
    this.#crypto = new CryptoSession({ limits: CRYPTO_LIMITS, spend: budget.spend })
    this.#compression = new CompressionSession(COMPRESSION_LIMITS, budget.spend)
    const fetches = new FetchSession(egress ? [egress] : [], FETCH_LIMITS)
    const ofFetch = fetchOps(fetches, FETCH_LIMITS, (message) => this.#host.take(message))
    const ofCrypto = cryptoOps(this.#crypto)
    const ofCompression = compressionOps(this.#compression)
    const ofKv = kvOps(new KvSession(namespaces, KV_LIMITS, budget.spend))
    const ofHtml = htmlOps(new RewriterSession(HTML_LIMITS, budget.spend))
    this.#fetches = fetches
    this.#host = new RequestHost({
      request: requestView(request),
      response: responseView(200, ['content-type', 'text/plain'], 'a response'),
      events: eventsOf(this.outcome, over),
      limits: LIMITS,
      next: async () => ({ ...responseView(200, ['x-inner', '1'], ''), body: chunks('in', 'ner') }),
      fetched: (id) => fetches.body(id),
      part,
      call(op, a, b, c) {
        if (op < CompressionOp.open) throw badCall('op')
        if (op < CryptoOp.randomBytes) return ofCompression(op, a, b, c)
        if (op < FetchOp.open) return ofCrypto(op, a, b, c)
        if (op < KvOp.get) return ofFetch(op, a, b, c)
        if (op < HtmlOp.open) return ofKv(op, a, b, c)
        return ofHtml(op, a, b, c)
      },
    })
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    return this.#host.call(op, a, b, c)
  }

  /** The run is over, however it ended. */
  close(): void {
    this.#host.close()
    this.#fetches.close()
    this.#crypto.close()
    this.#compression.close()
  }
}
