import type { Exchange, Place, SharedZone } from 'gateway/plugin'
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

const deployed = new WeakMap<ScriptSettings, Deployment>()

/**
 * A location's script, one for it and every `if` in it; and beside it those it calls, which have its
 * settings, but for the file.
 */
export function deploy(
  settings: ScriptSettings,
  place: Place,
  zone: SharedZone | undefined,
): Deployment {
  const known = deployed.get(settings)
  known?.upstreams.standsIn(place)
  if (known) return known
  const tallyOf = (file: string) => zone && new Tally(zone, { file, tenant: settings.tenant })
  const mark = place.markOf('script') ?? place.mark
  const reach = new Reach(settings, place.bodyFolder, (own, { file, mark: written }) => {
    const called = { ...settings, file, variables: [], directives: [], schedule: undefined }
    const service = { mark: written, reach: own, tally: tallyOf(file), place: undefined }
    return new CalledScript(new Deployment(called, service))
  })
  const tally = tallyOf(settings.file)
  const deployment = new Deployment(settings, { mark, reach, tally, place })
  deployment.upstreams.standsIn(place)
  deployed.set(settings, deployment)
  return deployment
}

/** The script of a location; undefined where it has none. */
export function deploymentIn({ configs }: Exchange['location']): Deployment | undefined {
  const values = configs.get('script') as { readonly script?: ScriptSettings } | undefined
  return values?.script && deployed.get(values.script)
}

const readied = new WeakMap<Deployment, Promise<string>>()

/** Makes a script ready with all it reaches, once; returns what other processes are handed. */
export function makeReady(deployment: Deployment, handed: string | undefined): Promise<string> {
  const made = readied.get(deployment) ?? ready(deployment, handed)
  readied.set(deployment, made)
  return made
}

async function ready(deployment: Deployment, handed: string | undefined): Promise<string> {
  const known = handed === undefined ? undefined : (JSON.parse(handed) as Handed)
  const reach = await deployment.reach.open(known?.reach)
  const script = await deployment.open(known?.script)
  return JSON.stringify({ reach, script } satisfies Handed)
}
