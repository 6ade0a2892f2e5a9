/** What Node itself reads, and what says where temporary files go. */
const NODE_NEEDS = /^(?:NODE_\w+|SSL_CERT_(?:FILE|DIR)|LD_LIBRARY_PATH|TMPDIR)$/

/** The variable by which this program's processes know their part. */
export const ROLE = 'GATEWAY_ROLE'

/**
 * The environment of a worker: TZ, what Node needs, and what `env` lists: kept (undefined), or set.
 */
export function workerEnvironment(
  listed: ReadonlyMap<string, string | undefined>,
  own: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(own)) {
    if (name === 'TZ' || NODE_NEEDS.test(name)) kept[name] = value
  }
  for (const [name, value] of listed) {
    const given = value ?? own[name]
    if (given !== undefined) kept[name] = given
  }
  return kept
}
