import { builtinModules } from 'node:module'
import { NAME } from '../manifest/manifest.ts'
import { cannot } from '../package-error.ts'

/** What a project's name comes to. */
export interface ProjectNames {
  /** The package's: `@acme/rate-limit`. */
  readonly name: string
  /** The folder's: `rate-limit`. */
  readonly folder: string
  /** The plugin's own: `rate-limit`. */
  readonly plugin: string
  /** Its directive or variable: `rate_limit`. */
  readonly word: string
}

/** As npm has it. */
const LONGEST = 214
/** What npm publishes nothing under. */
const RESERVED: ReadonlySet<string> = new Set(['node_modules', 'favicon.ico', ...builtinModules])

/** Reads the name of a new project. Throws `PackageError` where npm would not take it. */
export function namesOf(name: string): ProjectNames {
  if (!NAME.test(name)) {
    const mend = 'write lower-case letters, digits, dashes, dots and underscores: "my-plugin"'
    throw cannot(`"${name}" is no name of a package`, mend)
  }
  if (name.length > LONGEST) {
    throw cannot(`the name has ${name.length} characters`, `write at most ${LONGEST}`)
  }
  if (RESERVED.has(name)) throw cannot(`"${name}" is no name npm publishes`, 'choose another one')
  const folder = name.slice(name.indexOf('/') + 1)
  // Names of plugins and directives begin with a letter, and have no dots.
  const letters = folder.replace(/[._]/g, '-')
  const plugin = /^[a-z]/.test(letters) ? letters : `plugin-${letters}`
  return { name, folder, plugin, word: plugin.replaceAll('-', '_') }
}
