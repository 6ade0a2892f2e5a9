import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { AnyPlugin, InstalledPlugin, Isolated } from 'gateway/plugin'
import { BundleError } from '../../../../sandbox/bundle/errors.ts'
import { bundleScript } from '../bundle-script.ts'
import { Deployment } from '../deployment.ts'
import { runtime } from '../runtime.ts'
import { bareSettings, type ScriptSettings } from '../settings.ts'
import { declaredPlugin } from './declared-plugin.ts'
import { egressOf, environment } from './granted.ts'
import { installedScript } from './installed-bundle.ts'
import { readPortable } from './read-portable.ts'
import { notAPlugin } from './record-error.ts'
import { RecordSource } from './record-source.ts'

/** A bundle, as the master hands it to the workers: JSON. */
interface Handed {
  /** A script whose value is the module. */
  readonly source: string
  readonly map: string
}

/** Makes a plugin of a file, or of an installed bundle, whose record runs in the sandbox. */
export async function isolate(
  file: string,
  cache: string,
  handed: string | undefined,
  installed?: InstalledPlugin,
): Promise<Isolated> {
  const made = () =>
    installed ? installedScript(readFileSync(file, 'utf8')) : bundled(file, cache)
  const bundle = handed === undefined ? await made() : (JSON.parse(handed) as Handed)
  const running = await runtime()
  const settings = settingsOf(file, cache, installed)
  const deployment = Deployment.adopting(settings, running, bundle.map)
  const { limits: size } = settings
  const name = basename(settings.file)
  const library = await readPortable()
  // What the environment holds is this process's own: `env` directives are for workers.
  const before = installed ? environment(bundle.source, installed.granted) : ''
  const loading = { name, source: before + bundle.source, bindings: {}, size, library }
  const source = new RecordSource(loading, running, deployment, installed?.granted)
  const plugin: AnyPlugin = declaredPlugin(source)
  return { plugin, handed: handed ?? JSON.stringify(bundle) }
}

/** Those of a bare script; an installed one is known by its name, and may reach what was granted. */
function settingsOf(file: string, cache: string, installed?: InstalledPlugin): ScriptSettings {
  const bare = bareSettings(installed?.name ?? file, cache)
  if (!installed) return bare
  return { ...bare, reach: { ...bare.reach, egress: egressOf(installed.granted) } }
}

async function bundled(file: string, cache: string): Promise<Handed> {
  try {
    const { code, global, map } = await bundleScript(file, `${cache}/scripts`)
    return { source: `${code}\n;${global}`, map: map.json }
  } catch (error) {
    throw error instanceof BundleError ? notAPlugin(error.message) : error
  }
}
