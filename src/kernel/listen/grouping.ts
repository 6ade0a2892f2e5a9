import type { ListenPlan } from '../phase/plan.ts'
import type { Handle, PeerName } from '../socket/binding.ts'

/**
 * One socket to bind and the listens it serves. As in nginx, a wildcard address also serves the
 * addresses of its family and port that other servers name: the system would not let both listen.
 */
export interface ListenGroup {
  /** Whose address is bound, and who serves connections to every other address. */
  readonly plan: ListenPlan
  /** By local IP address; undefined when the socket serves one listen only. */
  readonly within: ReadonlyMap<string, ListenPlan> | undefined
}

/** The sockets that serve these listens. */
export function groupListens(plans: readonly ListenPlan[]): readonly ListenGroup[] {
  const wildcards = new Map<string, Map<string, ListenPlan>>()
  for (const { listen } of plans) {
    const key = wildcardKey(listen.address)
    if (key === listen.key) wildcards.set(key, new Map())
  }
  const groups: ListenGroup[] = []
  for (const plan of plans) {
    const { address, key } = plan.listen
    const wildcard = wildcardKey(address)
    const within = wildcard === undefined ? undefined : wildcards.get(wildcard)
    if (within && wildcard !== key && address.kind === 'tcp') within.set(address.host, plan)
    else groups.push({ plan, within })
  }
  return groups.map((each) => (each.within?.size === 0 ? { ...each, within: undefined } : each))
}

/** The listen a connection belongs to. */
export function planOf(group: ListenGroup, client: Handle): ListenPlan {
  if (!group.within) return group.plan
  const local: PeerName = {}
  client.getsockname?.(local)
  return group.within.get(local.address ?? '') ?? group.plan
}

function wildcardKey(address: ListenPlan['listen']['address']): string | undefined {
  if (address.kind === 'unix') return undefined
  return address.family === 4 ? `0.0.0.0:${address.port}` : `[::]:${address.port}`
}
