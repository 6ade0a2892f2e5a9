import { type Diagnostic, formatDiagnostic } from './diagnostic.ts'

/** Why there is no bundle. */
export type BundleErrorCode =
  /** The script's files say something that cannot be: see `diagnostics`. */
  | 'SCRIPT_BROKEN'
  | 'SCRIPT_NOT_FOUND'
  | 'SCRIPT_SIZE'
  | 'SCRIPT_COMPILE'
  | 'SCRIPT_COMPILE_MEMORY'
  /** What builds has died, or cannot be started. */
  | 'BUILDER_FAILED'
  | 'BUILDER_CLOSED'
  | 'CACHE_UNSAFE'
  | 'OPTION_INVALID'

/** A script that cannot be bundled. Made only by the functions of this file. */
export class BundleError extends Error {
  readonly code: BundleErrorCode
  /** The places that are wrong, the first ones where there are very many. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(code: BundleErrorCode, message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message)
    this.name = 'BundleError'
    this.code = code
    this.diagnostics = diagnostics
  }
}

/** All places that are wrong, with their lines; `more` are left out. */
export function scriptBroken(diagnostics: readonly Diagnostic[], more: number): BundleError {
  const lines = diagnostics.map(formatDiagnostic)
  if (more > 0) lines.push(`… and ${more} more`)
  return new BundleError('SCRIPT_BROKEN', lines.join('\n'), diagnostics)
}

/** `why` is a fragment: "is not there". */
export function scriptNotFound(file: string, why: string): BundleError {
  return new BundleError('SCRIPT_NOT_FOUND', `script "${file}" ${why}`)
}

/** The bundle is over `script_size`. */
export function scriptTooLarge(file: string, bytes: number, limit: number): BundleError {
  const text = `script "${file}" is ${bytes} bytes as a bundle, more than script_size ${limit}`
  return new BundleError('SCRIPT_SIZE', text)
}

/** The build was ended at its `compile` limit. */
export function compileTookTooLong(file: string, limit: number): BundleError {
  const text = `script "${file}" needs more than compile ${limit}ms to be bundled`
  return new BundleError('SCRIPT_COMPILE', text)
}

/** The build was ended at its memory limit. */
export function compileTookTooMuchMemory(file: string, limit: number): BundleError {
  const text = `script "${file}" needs more than ${limit} bytes of memory to be bundled`
  return new BundleError('SCRIPT_COMPILE_MEMORY', text)
}

/** Not the fault of the script, as far as anybody knows. */
export function builderFailed(file: string, why: string): BundleError {
  return new BundleError('BUILDER_FAILED', `bundling script "${file}" failed: ${why}`)
}

/** Closed while it was being built, or waited for it. */
export function builderClosed(file: string): BundleError {
  return new BundleError('BUILDER_CLOSED', `bundling script "${file}" was given up: closed`)
}

/** What lies there is run: it must be nobody else's. */
export function cacheUnsafe(folder: string, why: string): BundleError {
  return new BundleError('CACHE_UNSAFE', `bundle cache "${folder}" ${why}`)
}

/** An option no script could be built with. */
export function invalidOption(name: string, why: string): BundleError {
  return new BundleError('OPTION_INVALID', `option "${name}" ${why}`)
}
