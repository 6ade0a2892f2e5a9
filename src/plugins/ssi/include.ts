import {
  type Exchange,
  escapePath,
  foreignTarget,
  GatewayError,
  type Sink,
  type Subrequest,
} from 'gateway/plugin'
import type { Values } from './commands.ts'
import { evaluate } from './evaluate.ts'
import type { Page } from './page.ts'
import { SsiError } from './ssi-error.ts'

/** The answer of another place of the server, on its way into a page. */
export interface Inclusion {
  readonly asked: Subrequest
  /** Whether it leaves as it comes, or has to be poured when it is its turn. */
  readonly leaving: 'by itself' | 'in turn'
  /** What stands in the place of an empty answer or a failure: a block's text. */
  readonly stub: string | undefined
  /** The variable whose value it becomes, instead of standing in the page. */
  readonly set: string | undefined
  /** Whether the page goes on before it is there. */
  readonly wait: 'yes' | 'no'
}

/** Where an answer goes at once; undefined while something stands before it. */
export type Into = Pick<Sink, 'data'> | undefined

/** Starts what an `include` asks for. */
export function include(page: Page, values: Values, into: Into): Inclusion {
  const { file, set, stub, virtual, wait } = values
  const path = virtual ?? file
  if (path === undefined) throw new SsiError('no parameter in "include" SSI command')
  if (virtual !== undefined && file !== undefined) {
    throw new SsiError(`inclusion may be either virtual="${virtual}" or file="${file}"`)
  }
  if (set !== undefined && stub !== undefined) {
    throw new SsiError('"set" and "stub" cannot be used together in "include" SSI command')
  }
  if (wait !== undefined && file !== undefined) {
    throw new SsiError(`"wait" cannot be used with file="${file}"`)
  }
  const waits = file !== undefined || (wait !== undefined && readWait(wait))
  const block = stub === undefined ? undefined : page.shared.block(stub)
  if (stub !== undefined && block === undefined) {
    throw new SsiError(`"stub"="${stub}" for "include" not found`)
  }
  const leaving = into && set === undefined && stub === undefined ? 'by itself' : 'in turn'
  const asked = ask(page, path, leaving === 'by itself' ? into : undefined)
  return { asked, leaving, stub: block, set, wait: waits ? 'yes' : 'no' }
}

function readWait(word: string): boolean {
  const lower = word.toLowerCase()
  if (lower === 'yes' || lower === 'no') return lower === 'yes'
  throw new SsiError(`invalid value "${word}" in the "wait" parameter`)
}

function ask(page: Page, path: string, into: Into): Subrequest {
  const { shared, x } = page
  const evaluated = evaluate(path, page.read)
  const target = foreignTarget(x, evaluated.startsWith('/') ? evaluated : besides(x, evaluated))
  if (!target) throw new SsiError(`"${evaluated}" cannot be included`)
  shared.countInclude()
  try {
    return x.subrequest(target, into ? { into } : {})
  } catch (error) {
    // They are too deep.
    if (error instanceof GatewayError) throw new SsiError(error.message)
    throw error
  }
}

/** In the folder of the page. */
function besides({ uri }: Exchange, path: string): string {
  return escapePath(uri.slice(0, uri.lastIndexOf('/') + 1)) + path
}
