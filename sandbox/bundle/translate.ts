import type { Message } from 'esbuild'
import type { Diagnostic, DiagnosticCode, Refusal } from './diagnostic.ts'
import { type Caught, COMPUTED, caughtKey, ENTRY, NAMESPACE } from './esbuild-plugin.ts'
import type { BuildOrder } from './messages.ts'
import type { Absent } from './options.ts'

/** Warnings of esbuild that stand for an import whose path is computed. */
const COMPUTED_IDS: ReadonlySet<string> = new Set([
  'unsupported-dynamic-import',
  'unsupported-require-call',
  'empty-glob',
])
const UNRESOLVED = /^Could not resolve (?:"(.*)"|(?:import|require)\(".*"\))$/s
const NO_DEFAULT_EXPORT = /^No matching export in "[^"]*" for import "default"/
const NO_EXPORT = /^No matching export in "provided:([^"]*)" for import "([^"]*)"/
const TOP_LEVEL_AWAIT = /^Top-level await is currently not supported/

/** A script that offers the gateway nothing. */
export const NO_DEFAULT: Refusal = {
  code: 'no-default',
  text: 'there is no default export',
  hint: 'end it with "export default { … }"',
}

/** The place of what is wrong with a file as a whole. */
export function startOf(file: string): Pick<Diagnostic, 'file' | 'line' | 'column' | 'lineText'> {
  return { file, line: 1, column: 1, lineText: '' }
}

/** What esbuild has to say, in our words: errors and warnings. */
export interface Findings {
  readonly errors: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
}

/** Translates esbuild's messages; what belongs to no file of the script is left out. */
export class Translator {
  readonly #entry: string
  readonly #absent: Absent
  readonly #caught: Caught

  constructor({ absent, entry }: Pick<BuildOrder, 'absent' | 'entry'>, caught: Caught) {
    this.#entry = entry
    this.#absent = absent
    this.#caught = caught
  }

  findings(errors: readonly Message[], warnings: readonly Message[]): Findings {
    // A package may have a way around what it cannot import; the script is told of its own.
    const fatal = warnings.filter((each) => isComputed(each) && !isOfPackage(each))
    const rest = warnings.filter((each) => !isComputed(each) && !isOfPackage(each))
    return {
      errors: unique([...errors, ...fatal].flatMap((each) => this.#diagnostic(each))),
      warnings: unique(rest.flatMap((each) => this.#diagnostic(each))),
    }
  }

  #diagnostic(message: Message): readonly Diagnostic[] {
    const { location } = message
    // Without a place, or of a file esbuild has found by itself.
    if (!location || !NAMESPACE.test(location.file)) return []
    const refusal = this.#refusal(message)
    if (isOfEntry(message)) {
      return [{ ...refusal, ...startOf(this.#entry) }]
    }
    const { line, column, lineText } = location
    return [
      {
        ...refusal,
        file: location.file.replace(NAMESPACE, ''),
        line,
        // esbuild counts bytes from 0.
        column: Buffer.from(lineText).subarray(0, column).toString().length + 1,
        lineText,
      },
    ]
  }

  #refusal(message: Message): Refusal {
    const { text, location, detail } = message
    if (isRefusal(detail)) return detail
    if (isComputed(message)) return COMPUTED
    const unresolved = UNRESOLVED.exec(text)
    if (unresolved) {
      const [, specifier] = unresolved
      if (specifier === undefined) return COMPUTED
      const known = this.#caught.get(caughtKey(location?.file ?? '', specifier))
      return known ?? refusal('import-missing', `"${specifier}" is not there`)
    }
    const [, module, name] = NO_EXPORT.exec(text) ?? []
    if (module !== undefined && name !== undefined) return this.#noExport(module, name)
    if (isOfEntry(message) && NO_DEFAULT_EXPORT.test(text)) return NO_DEFAULT
    if (TOP_LEVEL_AWAIT.test(text)) {
      const hint = 'await in a hook, and keep the promise in a variable'
      return refusal('syntax', 'a script cannot await outside of functions', hint)
    }
    return refusal('syntax', text)
  }

  #noExport(module: string, name: string): Refusal {
    const absent = Object.hasOwn(this.#absent, module) ? this.#absent[module] : undefined
    const why = absent && Object.hasOwn(absent, name) ? absent[name] : undefined
    const text = why === undefined ? 'is not there' : 'is not there in the sandbox'
    return refusal('import-gateway', `"${name}" of ${module} ${text}`, why)
  }
}

function isOfEntry({ location }: Message): boolean {
  return location?.file === `${ENTRY}:${ENTRY}`
}

function isComputed({ id }: Message): boolean {
  return COMPUTED_IDS.has(id)
}

function isOfPackage({ location }: Message): boolean {
  const file = location?.file.replace(NAMESPACE, '') ?? ''
  return file.startsWith('node_modules/') || file.includes('/node_modules/')
}

function isRefusal(detail: unknown): detail is Refusal {
  return typeof detail === 'object' && detail !== null && 'code' in detail && 'text' in detail
}

function refusal(code: DiagnosticCode, text: string, hint?: string): Refusal {
  return hint === undefined ? { code, text } : { code, text, hint }
}

/** In order, and one thing a place once: a computed import may have found a thousand files. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byPlace = new Map(
    diagnostics.map((each) => [`${each.file}:${each.line}:${each.column}:${each.text}`, each]),
  )
  return [...byPlace.values()].sort((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || a.column - b.column
  })
}
