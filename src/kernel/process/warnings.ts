import type { Plan } from '../phase/plan.ts'
import { isRoot } from './account.ts'
import { hasTaskset } from './affinity.ts'
import { openFileLimit, usableConnections } from './open-files.ts'

/** What a configuration asks of processes and will not get on this machine. */
export function warningsOf({ main, events }: Plan): readonly string[] {
  return [
    ...warnOfOpenFiles(events.worker_connections),
    ...(main.user && !isRoot()
      ? ['the "user" directive has an effect only if the master runs as root, ignored']
      : []),
    ...warnOfAffinity(main.worker_cpu_affinity, main.worker_processes),
  ]
}

function warnOfOpenFiles(wanted: number): readonly string[] {
  const limit = openFileLimit()
  const usable = usableConnections(wanted, limit)
  if (usable >= wanted) return []
  return [`${wanted} worker_connections exceed the open file limit of ${limit}: ${usable} are used`]
}

function warnOfAffinity(masks: readonly string[], workers: number | 'auto'): readonly string[] {
  if (masks.length === 0) return []
  if (!hasTaskset()) {
    return ['worker_cpu_affinity has no effect: taskset (of util-linux) is not installed']
  }
  if (masks[0] === 'auto' || masks.length === workers) return []
  return ['worker_cpu_affinity has not one mask for each worker; the last one counts for the rest']
}
