import { alternativeTo, isBuiltin } from './alternatives.ts'
import type { Refusal } from './diagnostic.ts'

const URL_LIKE = /^([a-z][a-z0-9+.-]*):/i

/** Why an import can never work, as far as its name alone tells. */
export function refusalOfName(
  specifier: string,
  provided: ReadonlySet<string>,
): Refusal | undefined {
  if (specifier === '' || specifier.includes('\0')) {
    return { code: 'import-missing', text: 'an import names nothing' }
  }
  if (specifier.startsWith('/')) {
    const hint = "write a path relative to this file, or a package's name"
    return { code: 'import-absolute', text: `absolute path "${specifier}"`, hint }
  }
  if (specifier.startsWith('gateway/')) return noSuchModule(specifier, provided)
  const scheme = URL_LIKE.exec(specifier)?.[1]?.toLowerCase()
  return scheme === undefined ? undefined : refuseScheme(scheme, specifier)
}

/** A package's name, and which part of it is meant: `.` or `./part`. */
export function splitPackage(specifier: string): { name: string; part: string } {
  const parts = specifier.split('/')
  const name = parts.splice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  return { name, part: parts.length > 0 ? `./${parts.join('/')}` : '.' }
}

/** Neither a path nor something hidden. */
export function isPackageName(name: string): boolean {
  return /^(?:@[^./\\@][^/\\]*\/)?[^./\\@][^/\\]*$/.test(name)
}

/** Nothing of this name was found. */
export function notInstalled(specifier: string, name: string): Refusal {
  if (isBuiltin(specifier)) return noBuiltin(specifier, specifier)
  const hint = `install it in the script's folder (npm install ${name})`
  const text = `package "${name}" is not installed`
  return { code: 'import-missing', text, ...(isPackageName(name) ? { hint } : {}) }
}

function noSuchModule(specifier: string, provided: ReadonlySet<string>): Refusal {
  const there = [...provided].join(', ')
  const hint = there === '' ? 'leave it out' : `there is ${there}`
  return { code: 'import-gateway', text: `${specifier} is not there`, hint }
}

function refuseScheme(scheme: string, specifier: string): Refusal {
  if (scheme === 'node') return noBuiltin(specifier, specifier.slice('node:'.length))
  if (scheme === 'file') {
    const hint = 'write a path relative to this file'
    return { code: 'import-absolute', text: 'a file: URL cannot be imported', hint }
  }
  const text = `"${shorten(specifier)}" cannot be imported`
  const hint = /^(?:npm|jsr)$/.test(scheme)
    ? 'install the package with npm, and import it by its name'
    : 'a bundle is made of files: download it into the folder, or install its package'
  return { code: 'import-remote', text, hint }
}

function noBuiltin(shown: string, name: string): Refusal {
  return { code: 'import-builtin', text: `${shown} is not there`, hint: alternativeTo(name) }
}

const MAX_SHOWN = 80

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
