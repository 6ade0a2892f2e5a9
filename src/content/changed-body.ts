import type { Head } from '../wire/head.ts'

/** What becomes of Last-Modified and ETag where a filter changes a body. */
export type Validators = 'kept' | 'dropped'

/**
 * Makes the head one of a body that is changed on its way: of unknown length, without ranges. Its
 * validators are dropped, or a strong ETag becomes a weak one (as in nginx).
 */
export function describeChangedBody(head: Head, validators: Validators): void {
  head.length = undefined
  head.ranges = false
  head.fields.delete('accept-ranges')
  if (validators === 'kept') {
    weakenEtag(head)
    return
  }
  head.modified = undefined
  head.fields.delete('last-modified')
  head.fields.delete('etag')
}

/** The bytes change, so a strong entity tag becomes a weak one, and a strange one goes. */
export function weakenEtag({ fields }: Head): void {
  const etag = fields.get('etag')
  if (etag === undefined || etag.startsWith('W/')) return
  if (etag.startsWith('"')) fields.set('ETag', `W/${etag}`)
  else fields.delete('etag')
}
