/**
 * What a plugin may do besides looking at requests and answering them. A list of `*` is everything
 * of the kind; what is left out is nothing.
 */
export interface Permissions {
  /** Hosts it connects to: `api.example.com`, `10.0.0.1:8080`, `*`. */
  readonly net?: readonly string[]
  /** Files and folders it reads or writes. */
  readonly fs?: readonly string[]
  /** Environment variables it reads. */
  readonly env?: readonly string[]
  /** Namespaces of keys and values. */
  readonly kv?: readonly string[]
  /** Asks the gateway itself. */
  readonly subrequest?: boolean
  /** Starts programs or threads, loads machine code, and whatever else Node can. */
  readonly native?: boolean
}

/** Permissions that name what they are for. */
export const LISTED = ['net', 'fs', 'env', 'kv'] as const
/** Permissions that are given or not. */
export const PLAIN = ['subrequest', 'native'] as const
export type PermissionName = (typeof LISTED)[number] | (typeof PLAIN)[number]

/** What one of a list may be: it is shown to whoever grants it, who has to see all of it. */
export const LISTED_TEXT = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u

const MEANING: Readonly<Record<PermissionName, string>> = {
  net: 'connect to',
  fs: 'read and write files',
  env: 'read environment variables',
  kv: 'keep keys and values',
  subrequest: 'send requests through the gateway itself',
  native: 'start programs and threads, load machine code',
}

/** What is granted, a line for each permission, for people. */
export function permissionLines(permissions: Permissions): string[] {
  const listed = LISTED.filter((name) => permissions[name] !== undefined).map((name) => {
    return `${name.padEnd(10)} ${MEANING[name]}: ${permissions[name]?.join(', ')}`
  })
  const plain = PLAIN.filter((name) => permissions[name]).map((name) => {
    return `${name.padEnd(10)} ${MEANING[name]}`
  })
  return [...listed, ...plain]
}

/** What `wanted` allows and `granted` does not; nothing where it asks for no more. */
export function addedPermissions(granted: Permissions, wanted: Permissions): Permissions {
  const added: { -readonly [K in keyof Permissions]: Permissions[K] } = {}
  for (const name of LISTED) {
    const before = new Set(granted[name] ?? [])
    const more = before.has('*') ? [] : (wanted[name] ?? []).filter((each) => !before.has(each))
    if (more.length > 0) added[name] = more
  }
  for (const name of PLAIN) if (wanted[name] && !granted[name]) added[name] = true
  return added
}

/** In one order and without doubles, as the lock keeps them. */
export function sortedPermissions(permissions: Permissions): Permissions {
  const sorted: { -readonly [K in keyof Permissions]: Permissions[K] } = {}
  for (const name of LISTED) {
    const list = permissions[name]
    if (list && list.length > 0) sorted[name] = [...new Set(list)].sort()
  }
  for (const name of PLAIN) if (permissions[name]) sorted[name] = true
  return sorted
}
