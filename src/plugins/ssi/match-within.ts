import { type Context, createContext, Script } from 'node:vm'
import { compileRegex, RegexError } from 'gateway/plugin'
import { MOST_MATCHING } from './limits.ts'
import { SsiError } from './ssi-error.ts'

/** Expressions kept, of those used last. */
const KEPT = 128
const kept = new Map<string, RegExp>()

/** What can be repeated without end: two of these may take exponential time. */
const UNBOUNDED = /[*+]|\{\d+,\}/g

/**
 * Matches an expression of a page, in which variables may stand, and thus a client's text: it is given
 * up where it takes too long.
 */
export function matchWithin(source: string, text: string): RegExpExecArray | null {
  const regex = compiled(source)
  if ((source.match(UNBOUNDED)?.length ?? 0) < 2) return regex.exec(text)
  context ??= createContext(Object.create(null))
  Object.assign(context, { regex, text })
  try {
    return run.runInContext(context, { timeout: MOST_MATCHING }) as RegExpExecArray | null
  } catch {
    throw new SsiError(`regular expression "${source}" takes more than ${MOST_MATCHING} ms`)
  } finally {
    Object.assign(context, { regex: undefined, text: undefined })
  }
}

const run = new Script('regex.exec(text)')
let context: Context | undefined

function compiled(source: string): RegExp {
  const known = kept.get(source)
  kept.delete(source)
  const regex = known ?? compile(source)
  kept.set(source, regex)
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break
    kept.delete(oldest)
  }
  return regex
}

function compile(source: string): RegExp {
  try {
    return compileRegex(source)
  } catch (error) {
    if (!(error instanceof RegexError)) throw error
    throw new SsiError(`regular expression "${source}" is not valid: ${error.message}`)
  }
}
