import type { PackageFiles } from '../archive/archive.ts'
import { MANIFEST } from '../manifest/manifest.ts'

/** A package in an installed plugin: the plugin itself, or one that it brings. */
export interface Content {
  readonly name: string
  readonly version: string
  /** As its manifest says; undefined where it says nothing. */
  readonly licence: string | undefined
}

const BROUGHT = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/
/** Longer texts are not shown. */
const LONGEST = 100

/** The packages whose manifests are among these files, each version once. */
export function contentsOf(files: PackageFiles): readonly Content[] {
  const found = new Map<string, Content>()
  for (const [path, bytes] of files) {
    const brought = BROUGHT.exec(path)?.[1]
    if (path !== MANIFEST && brought === undefined) continue
    const content = readContent(new TextDecoder().decode(bytes), brought)
    if (content) found.set(`${content.name}@${content.version}`, content)
  }
  return [...found.values()]
}

/** Folders in packages may have a manifest that says nothing but a module's kind. */
function readContent(text: string, folder: string | undefined): Content | undefined {
  let json: Readonly<Record<string, unknown>>
  try {
    json = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
  const name = textIn(json.name) ?? folder
  const version = textIn(json.version)
  if (name === undefined || version === undefined) return undefined
  return { name, version, licence: textIn(json.license) ?? textIn(Object(json.license).type) }
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : undefined
}
