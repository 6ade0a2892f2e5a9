import type { Namespace } from './token.ts'

/** Elements of SVG and MathML inside of which is HTML again (HTML, 13.2.6.5). */
const INTEGRATION: ReadonlySet<string> = new Set([
  ...['foreignobject', 'desc', 'title', 'mi', 'mo', 'mn', 'ms', 'mtext', 'annotation-xml'],
])

interface Context {
  readonly name: string
  readonly inside: Namespace
}

/** Whether what comes next is HTML, SVG or MathML: only the elements that change it are kept. */
export class ForeignContent {
  readonly #open: Context[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get namespace(): Namespace {
    return this.#open.at(-1)?.inside ?? 'html'
  }

  /** An element begins; gives its namespace. */
  start(name: string, isSelfClosing: boolean): Namespace {
    const outside = this.namespace
    const own = name === 'svg' ? 'svg' : name === 'math' ? 'mathml' : outside
    if (own === 'html' || isSelfClosing || this.#open.length >= this.#limit) return own
    if (own !== outside || name === 'svg' || name === 'math') this.#open.push({ name, inside: own })
    else if (INTEGRATION.has(name)) this.#open.push({ name, inside: 'html' })
    return own
  }

  end(name: string): void {
    const found = this.#open.findLastIndex((each) => each.name === name)
    if (found >= 0) this.#open.length = found
  }
}
