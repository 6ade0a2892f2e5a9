import { declareZone, directive, type SharedZone } from 'gateway/plugin'

/** A row takes half a kilobyte beside its key; `script_status` reads it. */
const KIND = { use: 'script_zone', keeps: 'records', overhead: 512 } as const

/** `script_zone`: where all workers count what scripts do. */
export const scriptZone = directive<SharedZone | undefined>({
  in: ['http', 'server', 'location'],
  default: undefined,
  doc: 'Counts runs, failures and fuel of each script below, of all workers, in a zone that script_status shows. 1m keeps about 1,500 scripts; when it is full, the one goes that was idle for longest.',
  usage: 'zone=name:size',
  min: 1,
  max: 1,
  kind: 'params',
  words: ['zone'],
  read: (entry) => declareZone(entry, entry.args[0] ?? '', KIND),
})
