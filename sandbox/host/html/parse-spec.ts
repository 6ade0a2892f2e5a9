import type { RewriterSpec, Wanted } from '../../border/html-event.ts'
import { badCall } from '../arguments.ts'

/** Reads what a rewriter is made of from its JSON. */
export function parseSpec(json: string): RewriterSpec {
  const spec = objectOf(parsed(json))
  const { selectors } = spec
  if (!Array.isArray(selectors)) throw badCall('rewriter')
  return {
    document: wantedIn(objectOf(spec.document)),
    selectors: selectors.map((each) => {
      const { selector, ...wanted } = objectOf(each)
      if (typeof selector !== 'string') throw badCall('selector')
      return { selector, ...wantedIn(wanted) }
    }),
  }
}

function wantedIn(given: Readonly<Record<string, unknown>>): Wanted {
  return {
    element: given.element === true,
    comments: given.comments === true,
    text: given.text === true,
    doctype: given.doctype === true,
    end: given.end === true,
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw badCall('rewriter')
  return value as Record<string, unknown>
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw badCall('rewriter')
  }
}
