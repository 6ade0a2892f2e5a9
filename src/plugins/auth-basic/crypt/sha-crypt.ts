import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { cryptBase64 } from './base64-of-crypt.ts'

/** What tells SHA-256 of crypt(3), `$5$`, from SHA-512, `$6$`. */
interface Scheme {
  readonly name: '5' | '6'
  readonly hash: 'sha256' | 'sha512'
  readonly size: number
  readonly groups: readonly (readonly number[])[]
}

const LONGEST_SALT = 16
const DEFAULT_ROUNDS = 5000
const LEAST_ROUNDS = 1000
/** More than crypt(3) takes would keep a thread busy for a minute. */
const MOST_ROUNDS = 1_000_000

const SCHEMES: readonly Scheme[] = [
  { name: '5', hash: 'sha256', size: 32, groups: [...turning(10, 21, 10), [31, 30]] },
  { name: '6', hash: 'sha512', size: 64, groups: [...turning(21, 22, 21), [63]] },
]

/** Groups of three places that turn round by one with each. */
function turning(count: number, step: number, apart: number): readonly (readonly number[])[] {
  const total = count * 3
  let group = [0, apart, apart * 2]
  return Array.from({ length: count }, () => {
    const now = group
    group = group.map((place) => (place + step) % total)
    return now
  })
}

/** `$5$` and `$6$` of crypt(3), with or without `rounds=`; undefined for anything else. */
export function shaCrypt(password: Buffer, stored: string): string | undefined {
  const parts = /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]*)/.exec(stored)
  const scheme = SCHEMES.find(({ name }) => name === parts?.[1])
  if (!parts || !scheme) return undefined
  const written = parts[2] === undefined ? undefined : Number(parts[2])
  if (written !== undefined && written > MOST_ROUNDS) return undefined
  const rounds = Math.max(written ?? DEFAULT_ROUNDS, LEAST_ROUNDS)
  const salt = Buffer.from((parts[3] ?? '').slice(0, LONGEST_SALT), 'latin1')
  const digest = digestOf(scheme, password, salt, rounds)
  const told = written === undefined ? '' : `rounds=${rounds}$`
  const text = cryptBase64(digest, scheme.groups)
  return `$${scheme.name}$${told}${salt.toString('latin1')}$${text}`
}

function digestOf(scheme: Scheme, password: Buffer, salt: Buffer, rounds: number): Buffer {
  const sum = (parts: readonly Buffer[]) => {
    const hash = createHash(scheme.hash)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const { size } = scheme
  const inner = sum([password, salt, password])
  const first = [password, salt, filled(inner, password.length, size)]
  for (let bits = password.length; bits > 0; bits >>= 1) first.push(bits & 1 ? inner : password)
  let digest = sum(first)
  const p = filled(sum(Array(password.length).fill(password)), password.length, size)
  const s = filled(sum(Array(16 + (digest[0] as number)).fill(salt)), salt.length, size)
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    digest = sum([
      odd ? p : digest,
      ...(round % 3 === 0 ? [] : [s]),
      ...(round % 7 === 0 ? [] : [p]),
      odd ? digest : p,
    ])
  }
  return digest
}

/** A digest again and again, up to a length. */
function filled(digest: Buffer, length: number, size: number): Buffer {
  const out = Buffer.alloc(length)
  for (let at = 0; at < length; at += size) digest.copy(out, at)
  return out
}
