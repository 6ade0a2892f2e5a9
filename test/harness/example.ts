import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './build.ts'
import type { Gateway } from './gateway.ts'
import { type GatewayOptions, startGateway } from './start-gateway.ts'

/** Where the examples are. */
export const EXAMPLES = join(ROOT, 'plugins-examples')

/** What a test adds to an example. */
export interface ExampleOptions extends Pick<GatewayOptions, 'files' | 'expected'> {
  /** Changes its configuration. */
  readonly edit?: (yaml: string) => string
}

/** Runs an example as it is, but for its ports: 8080 is the gateway's first, 8081 its second… */
export function startExample(name: string, options: ExampleOptions = {}): Promise<Gateway> {
  const { edit = (yaml: string) => yaml, expected = [], files = {} } = options
  return startGateway({
    yaml: edit(readExample(name, 'gateway.yaml')).replace(/\b808(\d)\b/g, (_, digit) =>
      digit === '0' ? '%%PORT%%' : `%%PORT_${digit}%%`,
    ),
    files: { ...filesOfExample(name), ...files },
    expected,
  })
}

/** The files of an example beside its configuration, and the package it needs. */
export function filesOfExample(name: string): Record<string, string> {
  const names = readdirSync(join(EXAMPLES, name), { withFileTypes: true })
    .filter((each) => each.isFile() && !/gateway.yaml|README/.test(each.name))
    .map((each) => each.name)
  const own = Object.fromEntries(names.map((file) => [file, readExample(name, file)]))
  const needsJose = Object.values(own).some((text) => text.includes("from 'jose'"))
  return needsJose ? { ...own, ...josePackage() } : own
}

function readExample(name: string, file: string): string {
  return readFileSync(join(EXAMPLES, name, file), 'utf8')
}

/** jose as `npm install` would put it beside a plugin. */
function josePackage(): Record<string, string> {
  const folder = join(ROOT, 'node_modules', 'jose')
  const code = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
  const names = code.filter((each) => each.endsWith('.js')).map((each) => `dist/${each}`)
  return Object.fromEntries(
    ['package.json', ...names].map((file) => [
      `node_modules/jose/${file}`,
      readFileSync(join(folder, file), 'utf8'),
    ]),
  )
}
