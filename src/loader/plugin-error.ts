import type { Taken } from './variable-owners.ts'

/** Plugins that cannot be loaded: every reason, each one finished text that names the file. */
export class PluginError extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[], cause?: unknown) {
    super(reasons.join('\n'), cause === undefined ? undefined : { cause })
    this.name = 'PluginError'
    this.reasons = reasons
  }
}

/** esbuild refuses the sources; a frame is `file:line:column` and the code there. */
export function bundleFailed(source: string, frames: readonly string[]): PluginError {
  return new PluginError([`plugin "${source}" cannot be built:\n${frames.join('\n')}`])
}

/** The module throws while it is imported. */
export function importFailed(source: string, cause: unknown): PluginError {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return new PluginError([`plugin "${source}" cannot be imported: ${text}`], cause)
}

/** The default export is no plugin. */
export function notAPlugin(source: string, problem: string): PluginError {
  return new PluginError([
    `plugin "${source}" ${problem}; a plugin file ends in "export default definePlugin({ … })"`,
  ])
}

/** A plugin cannot run apart from the gateway; the text is for people. */
export function isolationFailed(source: string, cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  return new PluginError([`plugin "${source}" cannot run in the sandbox: ${text}`], cause)
}

/** No built-in plugin of this program keeps others apart. */
export function nothingIsolates(source: string): PluginError {
  return new PluginError([`plugin "${source}" cannot run in the sandbox: there is none`])
}

export function duplicatePlugin(source: string, name: string, other: string): PluginError {
  return new PluginError([`plugin "${source}" is named "${name}", as is ${other}`])
}

/** A variable has one owner, as a directive has. */
export function variableTaken(source: string, { name, owner }: Taken): PluginError {
  return new PluginError([
    `plugin "${source}" defines the variable "$${name}", which ${owner} has; call it otherwise`,
  ])
}

/** The bundle of an installed package is not what the lock says. */
export function bundleChanged(source: string, fault: string): PluginError {
  return new PluginError([
    `plugin "${source}": its bundle ${fault}; ` +
      '"gateway plugin install" without more words puts the locked one there again',
  ])
}

/** An installed plugin calls itself otherwise than its package has said. */
export function otherName(source: string, name: string, told: string): PluginError {
  return new PluginError([
    `plugin "${source}" is named "${name}", and the schema of its package says "${told}"; ` +
      '"gateway plugin describe" writes the schema anew',
  ])
}

/** Several at once; anything that is not a `PluginError` counts for itself. */
export function joinFailures(errors: readonly unknown[]): unknown {
  const own = errors.filter((each) => each instanceof PluginError)
  if (own.length < errors.length) return errors.find((each) => !(each instanceof PluginError))
  return new PluginError(own.flatMap((each) => each.reasons))
}
