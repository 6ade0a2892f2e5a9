import { directive, type Entry, type Exchange } from 'gateway/plugin'
import { Hosts } from './hosts.ts'

/** Which referers are valid in a place. */
export interface Referers {
  readonly none: boolean
  readonly blocked: boolean
  /** The names of the server count, too. */
  readonly serverNames: boolean
  readonly hosts: Hosts
  /** Tried on what follows the scheme. */
  readonly regexes: readonly RegExp[]
}

export const validReferers = directive<Referers | undefined>({
  in: ['server', 'location'],
  default: undefined,
  doc: 'The Referer fields for which $invalid_referer is empty: none at all, one that a firewall has blocked (without http:// or https://), the names of the server, hosts with a wildcard at one end and maybe the beginning of a path, or a regular expression for what follows the scheme.',
  usage: 'none | blocked | server_names | string ...',
  min: 1,
  max: 4096,
  repeat: true,
  read: (entry, before = EMPTY) => {
    const hosts = before === EMPTY ? new Hosts() : before.hosts
    const read = entry.args.reduce((referers, word) => withWord(entry, referers, word), {
      ...before,
      hosts,
    })
    if ((read.none || read.blocked) && hosts.size === 0 && !read.serverNames) {
      const regexes = read.regexes.length > 0 ? ' besides regular expressions' : ''
      entry.warn(`"none" and "blocked" are specified without any valid referer${regexes}`)
    }
    return read
  },
})

const EMPTY: Referers = {
  none: false,
  blocked: false,
  serverNames: false,
  hosts: new Hosts(),
  regexes: [],
}

function withWord(entry: Entry, referers: Referers, word: string): Referers {
  switch (word) {
    case '':
      return entry.fail('invalid referer ""')
    case 'none':
      return { ...referers, none: true }
    case 'blocked':
      return { ...referers, blocked: true }
    case 'server_names':
      return { ...referers, serverNames: true }
  }
  if (word.startsWith('~')) {
    if (word === '~') return entry.fail('empty regex in "~"')
    return { ...referers, regexes: [...referers.regexes, entry.regex(word.slice(1), 'i')] }
  }
  const slash = word.indexOf('/')
  const host = slash < 0 ? word : word.slice(0, slash)
  referers.hosts.add(entry, host.toLowerCase(), slash < 0 ? '' : word.slice(slash))
  return referers
}

/** Shorter ones name no host, as nginx sees it. */
const SHORTEST = 'http://i.ru'.length
const LONGEST_HOST = 256

/** Whether the Referer of a request is valid by nginx's rules. */
export function isValid(x: Exchange, referers: Referers): boolean {
  const field = x.headers.get('referer')
  if (field === undefined) return referers.none
  const rest = field.length >= SHORTEST ? /^https?:\/\/(.*)$/is.exec(field)?.[1] : undefined
  if (rest === undefined) return referers.blocked
  const host = (/^[^/:]*/.exec(rest)?.[0] ?? '').toLowerCase()
  if (host.length > LONGEST_HOST) return false
  const path = referers.hosts.find(host)
  if (path !== undefined) {
    const slash = rest.indexOf('/')
    return (slash < 0 ? '' : rest.slice(slash)).startsWith(path)
  }
  if (referers.serverNames && isServerName(x, host)) return true
  return referers.regexes.some((regex) => regex.test(rest))
}

function isServerName({ server }: Exchange, host: string): boolean {
  return server.names.some((name) => fits(name, host))
}

function fits(name: Exchange['server']['names'][number], host: string): boolean {
  switch (name.kind) {
    case 'exact':
      return host !== '' && name.text === host
    case 'suffix':
      return host.endsWith(name.text) && host.length > name.text.length
    case 'domain':
      return host === name.text.slice(1) || host.endsWith(name.text)
    case 'prefix':
      return host.startsWith(name.text) && host.length > name.text.length
    case 'regex':
      return name.regex.test(host)
  }
}
