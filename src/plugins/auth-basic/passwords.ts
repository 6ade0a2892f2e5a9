import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Awaitable } from 'gateway/plugin'
import { crypting } from './crypt/crypting.ts'

/** What came of comparing a password: `broken` where its file has a scheme nobody knows. */
export type Comparison = 'right' | 'wrong' | 'broken' | 'too many'

const SHA1_BYTES = 20

/** Compares a password with what a file has stored for its user; both are byte strings. */
export function compare(password: string, stored: string): Awaitable<Comparison> {
  if (stored.startsWith('{PLAIN}')) return said(sameText(password, stored.slice(7)))
  if (stored.startsWith('{SHA}')) {
    return said(sameText(sha1(password).toString('base64'), stored.slice(5)))
  }
  if (stored.startsWith('{SSHA}')) return said(salted(password, stored.slice(6)))
  const made = crypting(password, stored)
  if (made === 'too many') return made
  return made.then((text) => (text === undefined ? 'broken' : said(sameText(text, stored))))
}

function said(same: boolean): 'right' | 'wrong' {
  return same ? 'right' : 'wrong'
}

/** The digest, and behind it the salt it was made with. */
function salted(password: string, stored: string): boolean {
  const bytes = Buffer.from(stored, 'base64')
  if (bytes.length < SHA1_BYTES) return false
  const salt = bytes.subarray(SHA1_BYTES).toString('latin1')
  return timingSafeEqual(sha1(password + salt), bytes.subarray(0, SHA1_BYTES))
}

function sha1(text: string): Buffer {
  return createHash('sha1').update(text, 'latin1').digest()
}

/** Takes a time that tells nothing of where they differ, nor how long the stored one is. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest()
  return timingSafeEqual(digest(a), digest(b))
}
