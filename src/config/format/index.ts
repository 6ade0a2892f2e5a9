import { extname } from 'node:path'
import { ConfigError } from '../../kernel/directive/mark.ts'
import { ConfigErrors } from '../config-errors.ts'
import { loadFile } from '../load-file.ts'
import { syntaxOf } from '../syntax.ts'
import { formatYaml, UnsafeFormat } from './format-yaml.ts'

/**
 * The text of a file, and the same formatted. Throws `ConfigErrors` for what cannot be read,
 * `UnsafeFormat` for what had better stay as it is.
 */
export function formatFile(path: string): { readonly before: string; readonly after: string } {
  const before = attempt(path, '', () => {
    const start = { file: path, line: 1, column: 1 }
    if (syntaxOf(path) === 'yaml') return loadFile(path, start)
    throw new ConfigError(start, `"${path}" is not YAML`, 'name it .yaml, .yml or .json')
  })
  if (extname(path).toLowerCase() === '.json') throw new UnsafeFormat('JSON is not formatted')
  return { before, after: formatText(path, before) }
}

/** The same for a text that is in no file; errors name it so. */
export function formatText(name: string, text: string): string {
  return attempt(name, text, () => formatYaml(text, name))
}

function attempt<T>(path: string, text: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigErrors([error], [{ path, text, pairs: [] }])
  }
}
