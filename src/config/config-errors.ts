import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { excerpt } from './excerpt.ts'
import { syntaxOf } from './syntax.ts'
import { COMMAND_LINE, type Source } from './tree.ts'

/** Everything that is wrong in a configuration, at once. The message is the text for people. */
export class ConfigErrors extends Error {
  readonly errors: readonly ConfigError[]
  /** Each error as text for people. */
  readonly reasons: readonly string[]

  constructor(errors: readonly ConfigError[], sources: readonly Source[]) {
    super(formatAll(errors, sources))
    this.name = 'ConfigErrors'
    this.errors = errors
    this.reasons = errors.map((error) => formatAll([error], sources))
  }
}

/** Collects errors and warnings while a configuration is read, so that all can be told. */
export class Problems {
  readonly errors: ConfigError[] = []
  readonly warnings: ConfigError[] = []

  error(mark: Mark, text: string, hint?: string): void {
    this.errors.push(new ConfigError(mark, text, hint))
  }

  warn(mark: Mark, text: string): void {
    this.warnings.push(new ConfigError(mark, text))
  }

  /** Runs `work`; its error is kept, and undefined is the result. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.errors.push(error)
      return undefined
    }
  }

  /** As `attempt`, for code of a plugin: whatever it throws becomes an error at this place. */
  attemptPlugin<T>(mark: Mark, plugin: string, work: () => T): T | undefined {
    return this.attempt(() => {
      try {
        return work()
      } catch (error) {
        if (error instanceof ConfigError) throw error
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        throw new ConfigError(mark, `plugin "${plugin}" failed: ${text}`)
      }
    })
  }

  /** Throws all errors, in the order of their places; identical ones once. */
  throwIfAny(sources: readonly Source[]): void {
    if (this.errors.length > 0) throw new ConfigErrors(inOrder(this.errors, sources), sources)
  }
}

/** Each as `file:line:column: message`, an excerpt with a caret, and a hint where there is one. */
export function formatAll(errors: readonly ConfigError[], sources: readonly Source[]): string {
  return errors.map((error) => format(error, sources)).join('\n')
}

function format({ mark, message, hint }: ConfigError, sources: readonly Source[]): string {
  const lines = [`${mark.file}:${mark.line}:${mark.column}: ${message}`]
  const source = sources.find((each) => each.path === mark.file)
  if (source) lines.push(...excerpt(source.text, mark))
  if (hint !== undefined) lines.push(`  hint: ${hint}`)
  if (isSpokenByNginx(mark, sources)) lines.push(inNginxWords(mark, message))
  return lines.join('\n')
}

/** Whether it is of a file in nginx's syntax; of the main file nothing may have been read. */
function isSpokenByNginx({ file }: Mark, sources: readonly Source[]): boolean {
  const [main] = sources
  const path = file === COMMAND_LINE && main ? main.path : file
  const isRead = !main || sources.some((each) => each.path === path)
  return isRead && syntaxOf(path) === 'nginx'
}

/** What nginx prints; there are those who look for it. */
function inNginxWords({ file, line, ends = line }: Mark, message: string): string {
  const place = file === COMMAND_LINE ? 'command line' : `${file}:${ends}`
  return `nginx: [emerg] ${message} in ${place}`
}

function inOrder(errors: readonly ConfigError[], sources: readonly Source[]): ConfigError[] {
  const order = new Map(sources.map((source, index) => [source.path, index]))
  const seen = new Set<string>()
  const place = (mark: Mark): number => order.get(mark.file) ?? sources.length
  return [...errors]
    .sort(
      ({ mark: a }, { mark: b }) => place(a) - place(b) || a.line - b.line || a.column - b.column,
    )
    .filter(({ mark, message }) => {
      const key = `${mark.file}:${mark.line}:${mark.column}:${message}`
      return !seen.has(key) && seen.add(key)
    })
}
