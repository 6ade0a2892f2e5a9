import { isIP } from 'node:net'
import type { Entry } from '../directive/directive.ts'
import type { Exchange } from '../exchange/exchange.ts'

/** Where a connection to a peer comes from. */
export interface LocalAddress {
  /** As written, for the error log. */
  readonly name: string
  /** An IP address. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** What the connections of one request come from; undefined leaves it to the system. */
export type Bind = (x: Exchange) => LocalAddress | undefined

/** Reads `address [transparent]` or `off` of `proxy_bind` and its like; undefined for `off`. */
export function readBind(entry: Entry): Bind | undefined {
  const [text = '', word] = entry.args
  if (word !== undefined && word !== 'transparent') {
    return entry.fail(`"${word}" is not "transparent"`)
  }
  if (word !== undefined) {
    return entry.fail('"transparent" is not supported', 'Node cannot set IP_TRANSPARENT')
  }
  if (text === 'off') return undefined
  const template = entry.template(text)
  if (template.constant === undefined) return (x) => localAddressOf(x, template.render(x))
  const address = parseLocalAddress(text)
  if (!address) return entry.fail(`invalid address "${text}"`, 'write an IP address, or off')
  return () => address
}

/** As in nginx, what is no address leaves the choice to the system, and so does an empty text. */
function localAddressOf(x: Exchange, text: string): LocalAddress | undefined {
  if (text === '') return undefined
  const address = parseLocalAddress(text)
  if (!address) x.log('error', `invalid local address "${text}"`)
  return address
}

/** Reads an address, `v4:port` or `[v6]:port`; undefined for anything else. */
export function parseLocalAddress(text: string): LocalAddress | undefined {
  if (isIP(text)) return { name: text, host: text, port: 0 }
  const parts = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text)
  const [, v6, host = v6 ?? ''] = parts ?? []
  const port = Number(parts?.[3])
  const valid = isIP(host) === (v6 === undefined ? 4 : 6) && port >= 1 && port <= 65_535
  return valid ? { name: text, host, port } : undefined
}
