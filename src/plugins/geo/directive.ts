import {
  type Definition,
  defineVariable,
  directive,
  type Entry,
  type Exchange,
  forwardedFor,
  type Getter,
  parseIP,
} from 'gateway/plugin'
import { readTable, type Table } from './table.ts'

/** A variable by the network of an address. */
export const geo = directive<true | undefined>({
  in: ['http'],
  default: undefined,
  doc: 'Defines a variable by an IP address: that of the client, or the value of another variable. Each line is an address or network (IPv4 or IPv6) and its value, which is plain text; the longest network counts, and `default` is everything else. With `ranges` as the first line, lines are ranges of IPv4 addresses, `10.0.0.0-10.0.0.255`. `delete` takes a network out again. From the networks of `proxy`, the last address of X-Forwarded-For counts, with `proxy_recursive` the last that is none of them. `volatile` computes it each time it is used.',
  usage: '[$address] $variable { ... }',
  min: 1,
  max: 2,
  kind: 'block',
  lines: 'pairs',
  repeat: true,
  read: (entry) => {
    const [first = '', second] = entry.args
    const address = second === undefined ? clientAddress : variableNamed(entry, first)
    defineVariable(entry, second ?? first, () => lookup(address, readTable(entry)))
    return true
  },
})

function lookup(address: Getter, { find, trust, memory }: Table): Definition {
  const get = (x: Exchange) => {
    const words = parseIP(address(x) ?? '')
    if (!words || !trust) return find(words)
    return find(forwardedFor(words, x.headers.all('x-forwarded-for'), trust, parseIP))
  }
  return { get, memory }
}

function clientAddress(x: Exchange): string {
  return x.client.address
}

function variableNamed(entry: Entry, word: string): Getter {
  if (!word.startsWith('$')) entry.fail(`invalid variable name "${word}"`)
  return entry.variable(word.slice(1))
}
