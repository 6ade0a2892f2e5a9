import type { Place, SharedZone } from 'gateway/plugin'
import { Deployment } from '../deployment.ts'
import type { ScriptSettings } from '../settings.ts'
import { Tally } from '../tally.ts'
import { CalledScript } from './called-script.ts'
import { Reach } from './reach.ts'

/** What the master hands to workers: JSON. */
interface Handed {
  readonly reach: string
  readonly script: string
}

/** A location's script, and beside it those it calls: they have its settings, but for the file. */
export function deploy(
  settings: ScriptSettings,
  place: Place,
  zone: SharedZone | undefined,
): Deployment {
  const tallyOf = (file: string) => zone && new Tally(zone, { file, tenant: settings.tenant })
  const mark = place.markOf('script') ?? place.mark
  const reach = new Reach(settings, place.bodyFolder, (own, { file, mark: written }) => {
    return new CalledScript(new Deployment({ ...settings, file }, written, own, tallyOf(file)))
  })
  return new Deployment(settings, mark, reach, tallyOf(settings.file))
}

/** Makes a script ready with all it reaches; returns what other processes are handed. */
export async function makeReady(
  deployment: Deployment,
  handed: string | undefined,
): Promise<string> {
  const known = handed === undefined ? undefined : (JSON.parse(handed) as Handed)
  const reach = await deployment.reach.open(known?.reach)
  const script = await deployment.open(known?.script)
  return JSON.stringify({ reach, script } satisfies Handed)
}
