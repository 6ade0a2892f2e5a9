/** nginx's page and what it keeps besides of each, in bytes. */
const PAGE = 4096
const PAGE_ENTRY = 24
/** The smallest piece nginx's slab allocator gives, and what rounding it up stops at. */
const SMALLEST = 8
/** The least size of a zone, nginx's eight pages. */
export const SMALLEST_ZONE = 8 * PAGE

/** How many bytes of records a zone of this size takes; one page is the allocator's own. */
export function capacityOf(size: number): number {
  return Math.max(1, Math.floor(size / (PAGE + PAGE_ENTRY)) - 1) * PAGE
}

/** What a record counts for: as in nginx, memory comes in powers of two, then in pages. */
export function chargeOf(bytes: number): number {
  if (bytes > PAGE / 2) return Math.ceil(bytes / PAGE) * PAGE
  let charge = SMALLEST
  while (charge < bytes) charge *= 2
  return charge
}
