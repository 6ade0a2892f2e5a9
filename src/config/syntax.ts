import { extname } from 'node:path'

/** The syntaxes a configuration file may be written in. */
export type Syntax = 'yaml' | 'nginx'

/** What a file is read as, by its name: .yaml, .yml and .json are YAML, all else is nginx's. */
export function syntaxOf(path: string): Syntax {
  return /^\.(ya?ml|json)$/i.test(extname(path)) ? 'yaml' : 'nginx'
}
