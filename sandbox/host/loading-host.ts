import type { Bindings } from '../border/bindings.ts'
import type { Crossing, GuestHost } from '../border/crossing.ts'
import { HOOKS, type Hook } from '../border/hooks.ts'
import { HtmlOp, Op, RECORD_OPS, TextOp, UrlOp } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { textOf } from './arguments.ts'
import { checkSelector } from './html-ops.ts'
import { textOp } from './text-ops.ts'
import { urlOp } from './url-ops.ts'

/** What a script needs while it is loaded. */
export interface LoadingOptions {
  readonly bindings?: Bindings
  /** Gives the source of a part of the web API that is not in the base. */
  part?(name: string): string
  logged?(level: string, text: string): void
  /** Answers the ops of a plugin record; without it there can be none. */
  record?(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Answers a script while it is loaded: there is no request yet, so all it has is texts and URLs. */
export class LoadingHost implements GuestHost {
  /** The hooks the script has, once it is loaded. */
  hooks: readonly Hook[] = []
  /** The names of its variables. */
  variables: readonly string[] = []
  readonly #options: LoadingOptions

  constructor(options: LoadingOptions = {}) {
    this.#options = options
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing {
    const { bindings = {}, part, logged, record = noRecord } = this.#options
    if (op === Op.bindings) return JSON.stringify(bindings)
    if (op === Op.hooks) return this.#found(textOf(a, 'hooks'), textOf(b, 'variables'))
    if (op === Op.part && part) return part(textOf(a, 'part'))
    if (op === Op.log) {
      logged?.(textOf(a, 'level'), textOf(b, 'text'))
      return undefined
    }
    if (op === UrlOp.parse || op === UrlOp.set) return urlOp(op, a, b, c)
    if (op === HtmlOp.checkSelector) return checkSelector(a)
    if (op >= TextOp.encode && op <= TextOp.badField) return textOp(op, a, b, c)
    if (op >= RECORD_OPS.first && op <= RECORD_OPS.last) return record(op, a, b, c)
    throw refusal('NotSupportedError', 'this needs a request; do it in a hook')
  }

  #found(hooks: string, variables: string): undefined {
    const found = hooks.split(',')
    this.variables = variables.split(',').filter((name) => VARIABLE.test(name))
    this.hooks = HOOKS.filter((hook) => found.includes(hook))
  }
}

function noRecord(): never {
  throw refusal(
    'NotSupportedError',
    'this is a plugin: write plugins: its-file.ts isolation=sandbox, and its directives',
  )
}
