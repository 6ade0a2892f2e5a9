import {
  codeOf,
  describeSystemError,
  type Exchange,
  filePath,
  lookAt,
  type Template,
  type Verdict,
} from 'gateway/plugin'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])
/** Names are the owner's, but a variable in one may be the client's. */
const CLIMBS = /(^|\/)\.\.(\/|$)|\0/

/** Goes on with the first index file that exists, where the URI names a folder. */
export function findIndex(x: Exchange, config: { readonly index: readonly Template[] }): Verdict {
  if (!x.uri.endsWith('/') || !METHODS.has(x.method)) return 'next'
  const folder = filePath(x)
  let folderTested = false
  for (const template of config.index) {
    const name = template.render(x)
    if (template.constant === undefined && CLIMBS.test(name)) return unsafe(x, name)
    if (name.startsWith('/')) return goTo(x, name)
    const path = folder + name
    try {
      if (lookAt(x, path)) return goTo(x, x.uri + name)
    } catch (error) {
      return refuse(x, path, error)
    }
    // The file first, the folder only where it is missing: requests that succeed come first.
    if (!folderTested && !exists(x, folder)) return notFound(x, path)
    folderTested = true
  }
  return 'next'
}

/** An internal redirect to a path that is decoded already; the arguments stay. */
function goTo(x: Exchange, uri: string): Verdict {
  const { args } = x
  const verdict = x.redirect('/')
  // A question mark in a file name does not begin arguments.
  x.uri = uri
  x.args = args
  return verdict
}

/** Whether the folder is there, or at least cannot be told to be missing. */
function exists(x: Exchange, folder: string): boolean {
  try {
    return lookAt(x, folder) !== undefined
  } catch {
    return true
  }
}

function refuse(x: Exchange, path: string, error: unknown): number {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'ELOOP':
      x.log('error', `"${path}" is forbidden ${describeSystemError(error)}`)
      return 403
    case 'ENAMETOOLONG':
    case 'ENOTDIR':
      return notFound(x, path, describeSystemError(error))
    default:
      x.log('crit', `stat() "${path}" failed ${describeSystemError(error)}`)
      return 500
  }
}

function unsafe(x: Exchange, name: string): number {
  x.log('error', `index "${name}" would leave its folder`)
  return 403
}

function notFound(x: Exchange, path: string, why = '(2: No such file or directory)'): number {
  if (x.location.settings.log_not_found) x.log('error', `"${path}" is not found ${why}`)
  return 404
}
