import { Buffer } from 'node:buffer'
import { md5Crypt } from './md5-crypt.ts'
import { shaCrypt } from './sha-crypt.ts'

/**
 * What a password comes to by the scheme and salt of a stored one: equal where it is right; undefined
 * where the scheme is none that is known. Both are byte strings.
 */
export async function crypt(password: string, stored: string): Promise<string | undefined> {
  const bytes = Buffer.from(password, 'latin1')
  if (/^\$(?:1|apr1)\$/.test(stored)) return md5Crypt(bytes, stored)
  if (/^\$[56]\$/.test(stored)) return shaCrypt(bytes, stored)
  if (/^\$2[abxy]\$/.test(stored)) return bcrypt(bytes, stored)
  return /^[./A-Za-z0-9]{13}$/.test(stored) ? des(bytes, stored) : undefined
}

/** A cost of more takes longer than a client waits. */
const MOST_COST = 17

async function bcrypt(password: Buffer, stored: string): Promise<string | undefined> {
  const parts = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(stored)
  if (!parts || Number(parts[1]) > MOST_COST) return undefined
  const { default: library } = await import('bcryptjs')
  // The library takes text; browsers send UTF-8, and so did those who made the file.
  const text = password.toString('utf8')
  const name = stored.slice(0, 4)
  const made = library.hashSync(text, `$2b$${stored.slice(4, 29)}`)
  return name + made.slice(4)
}

async function des(password: Buffer, stored: string): Promise<string> {
  const { default: library } = await import('unix-crypt-td-js')
  return library([...password], stored.slice(0, 2))
}
