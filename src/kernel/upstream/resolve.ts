import { lookup } from 'node:dns/promises'
import type { PeerAddress } from './peer.ts'
import type { PeerTarget } from './peer-target.ts'

/** A name server that does not answer must not keep a worker from starting. */
const PATIENCE = 10_000

/** All addresses of a target, IPv4 first as in nginx; empty when the name has none. */
export async function resolveTarget(target: PeerTarget): Promise<PeerAddress[]> {
  const known = literalAddress(target)
  if (known) return [known]
  const { host, port } = target as Extract<PeerTarget, { kind: 'tcp' }>
  const found = await withinPatience(
    lookup(host, { all: true, order: 'ipv4first' }).catch(() => []),
  )
  const seen = new Set<string>()
  const addresses: PeerAddress[] = []
  for (const { address } of found) {
    if (seen.has(address)) continue
    seen.add(address)
    addresses.push({ kind: 'tcp', host: address, port })
  }
  return addresses
}

/** The address of a target that needs no name server. */
export function literalAddress(target: PeerTarget): PeerAddress | undefined {
  if (target.kind === 'unix') return target
  return target.literal ? { kind: 'tcp', host: target.host, port: target.port } : undefined
}

async function withinPatience<T>(answer: Promise<T[]>): Promise<T[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T[]>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, [])
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
