import type { Head } from 'gateway/plugin'

const FIELD = 'Accept-Encoding'

/** Tells caches that what a client accepts decides (`gzip_vary`); once. */
export function vary({ fields }: Head): void {
  if (!fields.all('vary').includes(FIELD)) fields.add('Vary', FIELD)
}
