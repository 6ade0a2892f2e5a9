import { createRequire } from 'node:module'
import type { TraceMap } from '@jridgewell/trace-mapping'

/** A place in a file of a script. Line and column from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** What a bundle is called where it is evaluated, unless said otherwise. */
export const BUNDLE_NAME = 'script.js'

/** A stack is the script's own text: it may be anything, and as long as it likes. */
const MAX_STACK = 16_384
/** Files of the gateway's own that are part of every bundle. */
const OURS = /^entry$/

/** Leads from places in a bundle to those in its sources. Decoded when first asked. */
export class BundleMap {
  /** The source map (version 3), as JSON. */
  readonly json: string
  #map: TraceMap | undefined

  constructor(json: string) {
    this.json = json
  }

  /** Where a place of the bundle comes from; undefined where it is esbuild's own code. */
  positionOf(line: number, column: number): Position | undefined {
    if (!Number.isInteger(line) || line < 1) return undefined
    const { GREATEST_LOWER_BOUND, LEAST_UPPER_BOUND, originalPositionFor, TraceMap } = mapping()
    this.#map ??= new TraceMap(this.json)
    const needle = { line, column: Number.isInteger(column) ? Math.max(0, column - 1) : 0 }
    // The engine says column 1 where it knows the line only: then its first place is the nearest.
    const before = originalPositionFor(this.#map, { ...needle, bias: GREATEST_LOWER_BOUND })
    const found =
      before.source === null
        ? originalPositionFor(this.#map, { ...needle, bias: LEAST_UPPER_BOUND })
        : before
    if (found.source === null || OURS.test(found.source)) return undefined
    return { file: found.source, line: found.line, column: found.column + 1 }
  }

  /**
   * An engine's stack (`at name (script.js:1:2)`, `at script.js:1:2`) with the places of the
   * sources. What is not of the bundle stays; very long texts are cut.
   */
  mapStack(stack: string, name: string = BUNDLE_NAME): string {
    const place = new RegExp(
      `(^|[\\s(])${escapeRegExp(name)}:(\\d{1,9})(?::(\\d{1,9}))?(?=[\\s)]|$)`,
      'g',
    )
    return stack
      .slice(0, MAX_STACK)
      .replace(place, (whole, before: string, line: string, column: string | undefined) => {
        const found = this.positionOf(Number(line), Number(column ?? 1))
        return found ? `${before}${found.file}:${found.line}:${found.column}` : whole
      })
  }
}

/** Loaded when the first place is asked for: most processes never do. */
function mapping(): typeof import('@jridgewell/trace-mapping') {
  return createRequire(import.meta.url)('@jridgewell/trace-mapping')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
