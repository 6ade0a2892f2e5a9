import { freePort } from './ports.ts'

const PLACEHOLDER = /%%(DIR|PORT(?:_(\d+))?)%%/g

/** The ports a configuration's placeholders stand for: `%%PORT%%` is number 0. */
export type Ports = Map<number, number>

/** Picks a free port for each placeholder of the texts that has none yet. */
export async function assignPorts(texts: Iterable<string>, ports: Ports = new Map()) {
  for (const text of texts) {
    for (const match of text.matchAll(PLACEHOLDER)) {
      if (match[1] === 'DIR') continue
      const number = Number(match[2] ?? 0)
      if (!ports.has(number)) ports.set(number, await freePort())
    }
  }
  return ports
}

/** Replaces `%%PORT%%`, `%%PORT_1%%`… and `%%DIR%%`. */
export function fill(text: string, dir: string, ports: Ports): string {
  return text.replace(PLACEHOLDER, (_, what: string, number?: string) =>
    what === 'DIR' ? dir : String(ports.get(Number(number ?? 0))),
  )
}
