import { basename } from 'node:path'
import type { AnyPlugin, Isolated } from 'gateway/plugin'
import { BundleError } from '../../../../sandbox/bundle/errors.ts'
import { bundleScript } from '../bundle-script.ts'
import { Deployment } from '../deployment.ts'
import { runtime } from '../runtime.ts'
import { bareSettings } from '../settings.ts'
import { declaredPlugin } from './declared-plugin.ts'
import { readPortable } from './read-portable.ts'
import { notAPlugin } from './record-error.ts'
import { RecordSource } from './record-source.ts'

/** A bundle, as the master hands it to the workers: JSON. */
interface Handed {
  readonly code: string
  readonly global: string
  readonly map: string
}

/** Makes a plugin of a file whose record runs in the sandbox. */
export async function isolate(
  file: string,
  cache: string,
  handed: string | undefined,
): Promise<Isolated> {
  const bundle = handed === undefined ? await bundled(file, cache) : (JSON.parse(handed) as Handed)
  const running = await runtime()
  const deployment = Deployment.adopting(bareSettings(file, cache), running, bundle.map)
  const name = basename(file)
  const code = `${bundle.code}\n;${bundle.global}`
  const size = deployment.settings.limits
  const loading = { name, source: code, bindings: {}, size, library: await readPortable() }
  const source = new RecordSource(loading, running, deployment)
  const plugin: AnyPlugin = declaredPlugin(source)
  return { plugin, handed: handed ?? JSON.stringify(bundle) }
}

async function bundled(file: string, cache: string): Promise<Handed> {
  try {
    const { code, global, map } = await bundleScript(file, `${cache}/scripts`)
    return { code, global, map: map.json }
  } catch (error) {
    throw error instanceof BundleError ? notAPlugin(error.message) : error
  }
}
