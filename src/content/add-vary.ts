import type { Head } from '../wire/head.ts'

/** Tells caches that a field of the request decides what the response is; once, whoever says it. */
export function addVary({ fields }: Head, name: string): void {
  if (!fields.all('vary').includes(name)) fields.add('Vary', name)
}
