const GROUP = /^[0-9a-f]{1,4}$/i
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const ZONE = /%[0-9a-z.:-]+$/i

/** As Node's: 4, 6, or 0 for what is no address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (IPV4.test(text)) return 4
  return isIPv6(text) ? 6 : 0
}

/** As Node's: whether a text is an IPv6 address (RFC 4291, section 2.2), with a zone or without. */
export function isIPv6(text: string): boolean {
  const halves = text.replace(ZONE, '').split('::')
  const [first = '', second] = halves
  if (halves.length > 2) return false
  const front = groupsOf(first, second === undefined ? 'last' : 'inner')
  const back = second === undefined ? 0 : groupsOf(second, 'last')
  if (front === undefined || back === undefined) return false
  return second === undefined ? front === 8 : front + back < 8
}

/** How many groups of 16 bits a part has; undefined where it is none. An IPv4 address may be last. */
function groupsOf(part: string, where: 'inner' | 'last'): number | undefined {
  if (part === '') return 0
  const groups = part.split(':')
  const last = groups.at(-1) as string
  const mixed = where === 'last' && IPV4.test(last)
  const plain = mixed ? groups.slice(0, -1) : groups
  if (!plain.every((group) => GROUP.test(group))) return undefined
  return plain.length + (mixed ? 2 : 0)
}
