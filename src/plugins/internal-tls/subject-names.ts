import { isIP } from 'node:net'

/** A name in a certificate (RFC 5280, section 4.2.1.6). */
export interface SubjectName {
  readonly type: 'dns' | 'ip'
  readonly value: string
}

/** For a server that has no names to certify. */
const USUAL: readonly SubjectName[] = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
]
/** Labels, of which the first may be an asterisk. */
const NAME = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/

/** What of a server's names a certificate can have: no patterns, and nothing that ends in `.*`. */
export function namesIn(written: readonly string[]): readonly SubjectName[] {
  const names = written.flatMap((name): SubjectName[] => {
    if (isIP(name)) return [{ type: 'ip', value: name }]
    // A name with a dot before it is that name and all below it.
    const each = name.startsWith('.') ? [name.slice(1), `*${name}`] : [name]
    return each.filter((one) => NAME.test(one)).map((value) => ({ type: 'dns', value }))
  })
  return names.length > 0 ? names : USUAL
}
