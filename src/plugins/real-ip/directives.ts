import { directive, type Entry, flag, isToken } from 'gateway/plugin'
import { lookUp } from './look-up.ts'
import { parseTrusted } from './proxies.ts'

const scopes = ['http', 'server', 'location'] as const

export const directives = {
  set_real_ip_from: directive<readonly string[]>({
    in: scopes,
    default: [],
    doc: 'A proxy that is believed what it says of the client’s address: its address, a network, a name (whose addresses are looked up when the configuration is read), or unix: for all connections over unix sockets.',
    usage: 'address | CIDR | name | unix:',
    min: 1,
    max: 1,
    repeat: true,
    read: (entry, before = []) => [...before, ...readTrusted(entry)],
  }),
  real_ip_header: directive<string>({
    in: scopes,
    default: 'X-Real-IP',
    doc: 'The request field that has the client’s address, with its port or without; of X-Forwarded-For the last address counts, of any other field the first line. proxy_protocol: the address of the PROXY protocol.',
    usage: 'field | X-Real-IP | X-Forwarded-For | proxy_protocol',
    min: 1,
    max: 1,
    read: (entry) => readField(entry),
  }),
  real_ip_recursive: flag({
    in: scopes,
    default: false,
    doc: 'Whether the client is the last address of the field that is no trusted proxy, instead of the last one.',
  }),
}

/** Words that `parseTrusted` knows: a name stands for its addresses. */
function readTrusted(entry: Entry): readonly string[] {
  const word = entry.args[0] ?? ''
  const trusted = parseTrusted(word)
  if (!trusted) return readName(entry, word)
  if (trusted.kind === 'network' && trusted.meaningless) {
    entry.warn(`low address bits of ${word} are meaningless`)
  }
  return [word]
}

function readName(entry: Entry, name: string): readonly string[] {
  const found = lookUp(name).filter((address) => parseTrusted(address) !== undefined)
  return found.length > 0 ? found : entry.fail(`host not found in "${name}"`)
}

function readField(entry: Entry): string {
  const word = entry.args[0] ?? ''
  return isToken(word) ? word : entry.fail(`"${word}" is not a field name`)
}
