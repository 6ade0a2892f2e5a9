import type { Head } from '../../wire/head.ts'
import { Fields } from '../../wire/http1/fields.ts'
import type { Exchange } from './exchange.ts'

const CHALLENGE = 'WWW-Authenticate'

/** What the client is told of an answer that was given up for another one. */
export interface Carried {
  readonly fields: Fields
  /** Content-Type, where what answers would go by the extension of its URI. */
  readonly type: string | undefined
  /** The charset that the type then gets. */
  readonly charset: string | undefined
}

/** Carries this on, beside what is carried already. */
export function carry(x: Exchange, next: Carried): void {
  const before = x.carried
  x.carried = {
    fields: new Fields([...(before?.fields.list ?? []), ...next.fields.list]),
    type: next.type,
    charset: next.charset ?? before?.charset,
  }
}

/** Carries the WWW-Authenticate of a refusal on: without it, no client could answer a 401. */
export function carryChallenges(x: Exchange, challenges: readonly string[]): void {
  carryFields(x, new Fields(challenges.flatMap((each) => [CHALLENGE, each])))
}

/** Carries on what is said of a refusal. */
export function carryFields(x: Exchange, fields: Fields): void {
  carry(x, { fields, type: undefined, charset: undefined })
}

/** Somebody else has let the request in. */
export function forgetChallenges({ carried }: Exchange): void {
  carried?.fields.delete('www-authenticate')
}

/** Makes it part of the head that is sent; that may lead somewhere else itself. */
export function carryInto(head: Head, { fields, charset }: Carried): void {
  if (head.fields.has('location')) fields.delete('location')
  head.fields.list.unshift(...fields.list)
  if (charset !== undefined) addCharset(head, charset)
}

/** A type that names its charset keeps it: nothing is converted. */
export function addCharset(head: Head, charset: string): void {
  if (head.type === undefined || /;\s*charset=/i.test(head.type)) return
  head.type += `; charset=${charset}`
}
