import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { cryptBase64 } from './base64-of-crypt.ts'

const ROUNDS = 1000
const LONGEST_SALT = 8
const SIZE = 16
const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

/** `$1$salt$…` of crypt(3), and `$apr1$salt$…` of Apache, which are the same but for the name. */
export function md5Crypt(password: Buffer, stored: string): string | undefined {
  const parts = /^(\$(?:1|apr1)\$)([^$]*)/.exec(stored)
  if (!parts) return undefined
  const [, magic = '', written = ''] = parts
  const salt = Buffer.from(written.slice(0, LONGEST_SALT), 'latin1')
  const inner = md5([password, salt, password])
  const first = [password, Buffer.from(magic, 'latin1'), salt]
  for (let left = password.length; left > 0; left -= SIZE) first.push(inner.subarray(0, left))
  for (let bits = password.length; bits > 0; bits >>= 1) {
    first.push(bits & 1 ? Buffer.alloc(1) : password.subarray(0, 1))
  }
  let digest = md5(first)
  for (let round = 0; round < ROUNDS; round++) digest = md5(roundOf(round, password, salt, digest))
  return `${magic}${salt.toString('latin1')}$${cryptBase64(digest, GROUPS)}`
}

function roundOf(round: number, password: Buffer, salt: Buffer, digest: Buffer): Buffer[] {
  const odd = round % 2 === 1
  return [
    odd ? password : digest,
    ...(round % 3 === 0 ? [] : [salt]),
    ...(round % 7 === 0 ? [] : [password]),
    odd ? digest : password,
  ]
}

function md5(parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
