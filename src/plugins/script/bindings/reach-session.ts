import type { Exchange } from 'gateway/plugin'
import type { Crossing } from '../../../../sandbox/border/crossing.ts'
import { CryptoOp, FetchOp, HtmlOp, KvOp } from '../../../../sandbox/border/ops.ts'
import type { GuestError } from '../../../../sandbox/engine/verdict.ts'
import { COMPRESSION_LIMITS } from '../../../../sandbox/host/compression/compression-limits.ts'
import { CompressionSession } from '../../../../sandbox/host/compression/compression-session.ts'
import { compressionOps } from '../../../../sandbox/host/compression-ops.ts'
import { CRYPTO_LIMITS } from '../../../../sandbox/host/crypto/crypto-limits.ts'
import { CryptoSession } from '../../../../sandbox/host/crypto/crypto-session.ts'
import { cryptoOps } from '../../../../sandbox/host/crypto-ops.ts'
import { FetchSession } from '../../../../sandbox/host/fetch/fetch-session.ts'
import { fetchOps } from '../../../../sandbox/host/fetch-ops.ts'
import { HTML_LIMITS } from '../../../../sandbox/host/html/html-limits.ts'
import { RewriterSession } from '../../../../sandbox/host/html/rewriter-session.ts'
import { htmlOps } from '../../../../sandbox/host/html-ops.ts'
import { KV_LIMITS } from '../../../../sandbox/host/kv/kv-limits.ts'
import { KvSession } from '../../../../sandbox/host/kv/kv-session.ts'
import { kvOps } from '../../../../sandbox/host/kv-ops.ts'
import type { MessageBody } from '../../../../sandbox/host/message-view.ts'
import type { OpHandler } from '../../../../sandbox/host/op-handler.ts'
import { HostRefusal } from '../../../../sandbox/host/refusal.ts'
import type { LogLevel } from '../../../../sandbox/host/run-events.ts'
import type { Spend } from '../../../../sandbox/host/spend.ts'
import type { SubrequestCount } from '../../../../sandbox/host/subrequest-count.ts'
import type { Reach } from './reach.ts'

/** So many refusals of a run are explained in the log. */
const MOST_TOLD = 5

/** Whose a session is. */
export interface SessionOwner {
  /** On whose behalf it asks inside. */
  readonly x: Exchange
  readonly reach: Reach
  /** How many scripts have called each other before. */
  readonly depth: number
  /** Gives the body of a message of the run away. */
  take(message: number): MessageBody | undefined
  /** Writes a line to the log, for the operator. */
  tell(level: LogLevel, text: string): void
}

/** What one run asks beside its request: the sessions of all families, each made when it is used. */
export class ReachSession {
  readonly count: SubrequestCount
  readonly #spend: Spend
  readonly #owner: SessionOwner
  readonly #sessions: { close(): void }[] = []
  #compression: OpHandler | undefined
  #crypto: OpHandler | undefined
  #fetch: OpHandler | undefined
  #kv: OpHandler | undefined
  #html: OpHandler | undefined
  #fetches: FetchSession | undefined
  #told = 0

  constructor(owner: SessionOwner) {
    const { budget, count } = owner.reach.allowances.of(owner.x)
    this.#owner = owner
    this.count = count
    this.#spend = budget.spend
  }

  /** Answers an op of these families. */
  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    try {
      const answer = this.#family(op)(op, a, b, c)
      if (answer instanceof Promise) answer.catch(this.#explain)
      return answer
    } catch (error) {
      this.#explain(error)
      throw error
    }
  }

  /** The body of an answer to a fetch. */
  fetched(id: number): MessageBody | undefined {
    return this.#fetches?.body(id)
  }

  /** Of an error that nobody caught: the limit it tells of, where it is one. */
  limitBehind(error: GuestError | undefined): 'script_subrequests' | undefined {
    const isIt = this.count.isExceeded && error?.message.includes('(subrequests_limit)')
    return isIt ? 'script_subrequests' : undefined
  }

  /** Ends all that is under way: the run is over. */
  close(): void {
    for (const session of this.#sessions) session.close()
  }

  /** Ends it behind an answer, which may be made of what is under way; or when nobody wants that. */
  closeBehind(answered: Promise<void> | undefined): void {
    const { x } = this.#owner
    if (!answered) {
      this.close()
      return
    }
    const before = x.onAbort
    x.onAbort = (error) => {
      before?.(error)
      this.close()
    }
    void answered.then(() => this.close())
  }

  #family(op: number): OpHandler {
    if (op < CryptoOp.randomBytes) {
      this.#compression ??= this.#openCompression()
      return this.#compression
    }
    if (op < FetchOp.open) {
      this.#crypto ??= this.#openCrypto()
      return this.#crypto
    }
    if (op < KvOp.get) {
      this.#fetch ??= this.#openFetch()
      return this.#fetch
    }
    if (op < HtmlOp.open) {
      this.#kv ??= this.#openKv()
      return this.#kv
    }
    this.#html ??= htmlOps(new RewriterSession(HTML_LIMITS, this.#spend))
    return this.#html
  }

  /** Of a refusal, what the script is not told: a host that cannot be reached, a broken disk. */
  readonly #explain = (error: unknown): void => {
    if (!(error instanceof HostRefusal) || error.detail === undefined) return
    if (++this.#told > MOST_TOLD) return
    const { code, detail } = error
    const text = detail instanceof Error ? detail.message : String(detail)
    this.#owner.tell(code === 'kv_unavailable' ? 'error' : 'info', `${code}: ${text}`)
  }

  #openCompression(): OpHandler {
    const session = new CompressionSession(COMPRESSION_LIMITS, this.#spend)
    this.#sessions.push(session)
    return compressionOps(session)
  }

  #openCrypto(): OpHandler {
    const { owner } = this.#owner.reach
    const session = new CryptoSession({ limits: CRYPTO_LIMITS, spend: this.#spend, owner })
    this.#sessions.push(session)
    return cryptoOps(session)
  }

  #openFetch(): OpHandler {
    const { depth, reach, take, x } = this.#owner
    const fetchers = reach.fetchers({ x, depth, spend: this.#spend })
    this.#fetches = new FetchSession(fetchers, reach.limits, this.count)
    this.#sessions.push(this.#fetches)
    return fetchOps(this.#fetches, reach.limits, take)
  }

  #openKv(): OpHandler {
    return kvOps(new KvSession(this.#owner.reach.namespaces, KV_LIMITS, this.#spend))
  }
}
