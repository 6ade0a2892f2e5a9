import { readFileSync } from 'node:fs'
import { ConfigError, codeOf } from 'gateway/plugin'
import type { SecretSource } from './reach-settings.ts'

/** A secret has so many characters at most. */
const LONGEST = 64 * 1024
/** What is shorter stands in many a text by chance. */
const SHORTEST_REDACTED = 4

/** The secrets of a script: its master reads them, its workers are handed them, and no log has them. */
export class Secrets {
  readonly #values: ReadonlyMap<string, string>

  private constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values))
  }

  /** Reads all of them. One that is missing is an error of the configuration. */
  static read(sources: readonly SecretSource[]): Secrets {
    return new Secrets(Object.fromEntries(sources.map((each) => [each.name, secretAt(each)])))
  }

  /** Takes what `read` has found in another process. */
  static handed(values: Readonly<Record<string, string>>): Secrets {
    return new Secrets(values)
  }

  /** By name, to be handed on. */
  get values(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#values)
  }

  /** A text without any of them. */
  redact(text: string): string {
    let redacted = text
    for (const [name, value] of this.#values) {
      if (value.length < SHORTEST_REDACTED) continue
      redacted = redacted.replaceAll(value, `[secret ${name}]`)
    }
    return redacted
  }
}

function secretAt(source: SecretSource): string {
  const value = source.from === 'env' ? ofVariable(source) : ofFile(source)
  if (value === '') throw missing(source, 'is empty')
  if (value.length > LONGEST) throw missing(source, `is longer than ${LONGEST} characters`)
  return value
}

function ofVariable(source: SecretSource): string {
  return process.env[source.of] ?? fail(source, 'is not set')
}

/** Editors end a file with a line feed; it is none of the secret. */
function ofFile(source: SecretSource): string {
  try {
    return readFileSync(source.of, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    return fail(source, `cannot be read (${codeOf(error) ?? 'unknown'})`)
  }
}

function fail(source: SecretSource, fault: string): never {
  throw missing(source, fault)
}

function missing({ from, mark, name, of }: SecretSource, fault: string): ConfigError {
  const what = from === 'env' ? `variable ${of} of the environment` : `file ${of}`
  return new ConfigError(mark, `script: secret "${name}": ${what} ${fault}`)
}
