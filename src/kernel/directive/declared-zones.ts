import { SharedZone, type ZoneKind } from '../../storage/zone/shared-zone.ts'
import type { Mark } from './mark.ts'

/** The zones one configuration names. */
export class DeclaredZones {
  readonly #found = new Map<string, { readonly zone: SharedZone; readonly mark: Mark }>()

  get all(): readonly SharedZone[] {
    return [...this.#found.values()].map(({ zone }) => zone)
  }

  /** Declares a zone, or with size 0 speaks of it; a text is what is wrong with that. */
  zone(name: string, kind: ZoneKind, size: number, mark: Mark): SharedZone | string {
    const zone = this.#found.get(name)?.zone ?? new SharedZone(name, kind)
    if (zone.kind.use !== kind.use) {
      return `the shared memory zone "${name}" is already declared for a different use`
    }
    if (size > 0 && zone.size > 0 && zone.size !== size) {
      return `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${zone.size}`
    }
    if (!this.#found.has(name)) this.#found.set(name, { zone, mark })
    if (size > 0) zone.size = size
    return zone
  }

  /** Zones that were spoken of and never declared are errors. */
  settle(error: (mark: Mark, text: string) => void): void {
    for (const [name, { zone, mark }] of this.#found) {
      if (zone.size === 0) error(mark, `zero size shared memory zone "${name}"`)
    }
  }
}
