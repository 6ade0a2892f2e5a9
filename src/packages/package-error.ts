/** What cannot be done with plugin packages: every reason, one finished text that says the mend. */
export class PackageError extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[], cause?: unknown) {
    super(reasons.join('\n'), cause === undefined ? undefined : { cause })
    this.name = 'PackageError'
    this.reasons = reasons
  }
}

/** A field of a manifest that is not what it has to be. */
export interface Problem {
  /** As written in JSON: `gateway.order.access`; empty for the file itself. */
  readonly field: string
  /** What is wrong, as a fragment. */
  readonly fault: string
  /** What to do about it. */
  readonly mend: string
}

/** A file of a package has fields that are wrong: all of them. */
export function fileRefused(
  plugin: string,
  file: string,
  problems: readonly Problem[],
): PackageError {
  return new PackageError(
    problems.map(({ field, fault, mend }) => {
      const place = field === '' ? file : `${file}, "${field}"`
      return `plugin "${plugin}": ${place}: ${fault}; ${mend}`
    }),
  )
}

/** An archive that holds what no plugin may bring. */
export function archiveRefused(plugin: string, file: string, fault: string, mend: string) {
  return new PackageError([`plugin "${plugin}": ${file}: ${fault}; ${mend}`])
}

/** A source that cannot be fetched. */
export function fetchFailed(source: string, fault: string, mend: string, cause?: unknown) {
  return new PackageError([`plugin source "${source}": ${fault}; ${mend}`], cause)
}

/** esbuild, or what may be imported, refuses the sources of a plugin. */
export function buildFailed(plugin: string, frames: readonly string[]): PackageError {
  return new PackageError([`plugin "${plugin}" cannot be bundled:\n${frames.join('\n')}`])
}

/** The code of a native plugin reaches for what its manifest does not declare. */
export function undeclared(plugin: string, uses: readonly string[]): PackageError {
  return new PackageError(
    uses.map((use) => `plugin "${plugin}": package.json, "gateway.permissions": ${use}`),
  )
}

/** The lock file cannot be understood. */
export function lockBroken(file: string, fault: string): PackageError {
  return new PackageError([
    `${file}: ${fault}; restore it from your version control, or remove it and install the plugins anew`,
  ])
}

/** A plugin of the lock is not as it was installed. */
export function installedBroken(plugin: string, file: string, fault: string): PackageError {
  return new PackageError([
    `plugin "${plugin}": ${file}: ${fault}; "gateway plugin install" without more words restores it`,
  ])
}

/** An installed plugin wants another gateway. */
export function incompatible(plugin: string, file: string, field: string, fault: string) {
  return new PackageError([
    `plugin "${plugin}": ${file}, "${field}": ${fault}; update the plugin ` +
      `("gateway plugin update ${plugin}") or the gateway`,
  ])
}

/** Nothing of this name is installed. */
export function notInstalled(name: string, installed: readonly string[]): PackageError {
  const known = installed.length > 0 ? `installed are ${installed.join(', ')}` : 'none is installed'
  return new PackageError([`plugin "${name}" is not installed; ${known}`])
}

/** Nobody has agreed to what plugins may do. */
export function notGranted(fault: string): PackageError {
  return new PackageError([`nothing was changed: ${fault}`])
}

/** A throw-away gateway does not take up a plugin, or does not answer as its test data say. */
export function trialFailed(plugin: string, reasons: readonly string[]): PackageError {
  return new PackageError(reasons.map((reason) => `plugin "${plugin}": ${reason}`))
}

/** Anything else that stands in the way. */
export function cannot(what: string, mend: string, cause?: unknown): PackageError {
  return new PackageError([`${what}; ${mend}`], cause)
}

/** What was installed cannot be had again. */
export function restoreFailed(plugin: string, source: string, fault: string): PackageError {
  return new PackageError([
    `plugin "${plugin}": ${source}: ${fault}; "gateway plugin update ${plugin}" takes what is there ` +
      'now, after a question',
  ])
}
