import { isBusy } from './open-database.ts'
import { recordStore } from './record-store.ts'
import type { SharedZone } from './shared-zone.ts'

let opened: readonly SharedZone[] = []

/**
 * Makes the zones of a configuration ready in this worker, before it accepts. Throws where they
 * cannot be shared: limits that do not hold are no limits.
 */
export function openZones(zones: readonly SharedZone[]): void {
  opened = zones
  if (zones.length === 0) return
  const store = recordStore()
  store.patiently(() => {
    for (const zone of zones) zone.open()
    store.dropUnused()
  })
}

/** A worker has gone: what it held is given back, and zones that it alone used are emptied. */
export function tidyZones(): void {
  if (opened.length === 0) return
  for (const zone of opened) zone.buryDead()
  try {
    recordStore().dropUnused()
  } catch (error) {
    // Whoever goes next is another occasion.
    if (!isBusy(error)) throw error
  }
}

/** The zones of the configuration that this worker serves. */
export function sharedZones(): readonly SharedZone[] {
  return opened
}
