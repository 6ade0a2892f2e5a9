import type { RewriterSpec } from '../../border/html-event.ts'
import { htmlExceeded, unknownHandle } from '../errors.ts'
import { type Spend, spendNothing } from '../spend.ts'
import type { HtmlLimits } from './html-limits.ts'
import { HtmlRewriter } from './rewriter.ts'

/** The rewriters of one run, by numbers that the script gets. */
export class RewriterSession {
  readonly #limits: HtmlLimits
  readonly #spend: Spend
  readonly #open = new Map<number, HtmlRewriter>()
  #last = 0

  constructor(limits: HtmlLimits, spend: Spend = spendNothing) {
    this.#limits = limits
    this.#spend = spend
  }

  open(spec: RewriterSpec): number {
    const { rewriters } = this.#limits
    if (this.#open.size >= rewriters) throw htmlExceeded('rewriters at once', rewriters)
    this.#open.set(
      ++this.#last,
      new HtmlRewriter({ spec, limits: this.#limits, spend: this.#spend }),
    )
    return this.#last
  }

  rewriter(id: number): HtmlRewriter {
    const rewriter = this.#open.get(id)
    if (rewriter === undefined) throw unknownHandle('rewriter')
    return rewriter
  }

  /** One that has ended, or is not wanted any more. */
  close(id: number): void {
    this.#open.delete(id)
  }
}
