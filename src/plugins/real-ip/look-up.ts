import { spawnSync } from 'node:child_process'

/** A name server that does not answer must not hold the configuration up for long; milliseconds. */
const PATIENCE = 10_000

/**
 * The addresses a host name has now, as the system finds them; none for an unknown one. The
 * configuration waits for it, as nginx does: nobody may be trusted later than the first request.
 */
export function lookUp(name: string): readonly string[] {
  if (!/^[\w.-]{1,253}$/.test(name) || name.startsWith('-')) return []
  const options = { encoding: 'utf8', timeout: PATIENCE } as const
  const { stdout } = spawnSync('getent', ['ahosts', name], options)
  // Each line begins with an address; there is one for each type of socket.
  return [...new Set((stdout ?? '').split('\n').flatMap((line) => line.match(/^\S+/) ?? []))]
}
