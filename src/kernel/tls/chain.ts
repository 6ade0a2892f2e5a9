import type { ShownCertificate } from '../socket/tls-handle.ts'

/** The most authorities that are counted. */
const LONGEST_CHAIN = 100

/** How many authorities stand between a certificate and one that has signed itself. */
export function authoritiesBetween(shown: ShownCertificate): number {
  let steps = 0
  let each = shown
  while (each.issuerCertificate && each.issuerCertificate !== each && steps < LONGEST_CHAIN) {
    each = each.issuerCertificate
    steps++
  }
  return Math.max(0, steps - 1)
}
