import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Tools } from './command.ts'
import type { Options } from './options.ts'

/** The JSON Schema of a configuration and its plugins, beside it: what editors read. */
export const SCHEMA_FILE = '.gateway/schema.json'
/** The first line of a configuration, by which YAML language servers find it. */
export const SCHEMA_LINE = `# yaml-language-server: $schema=./${SCHEMA_FILE}\n`

/** Its text as it has to be now. Throws where the configuration is refused. */
export async function schemaText(options: Options, tools: Tools): Promise<string> {
  return `${await tools.schema(options)}\n`
}

/** Writes it for the plugins there are now. */
export async function writeSchemaFile(options: Options, tools: Tools): Promise<void> {
  const text = await schemaText(options, tools)
  const file = schemaPath(options)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** Whether it is there and tells of other plugins than there are now. */
export async function isSchemaStale(options: Options, tools: Tools): Promise<boolean> {
  const told = readSchema(schemaPath(options))
  return told !== undefined && told !== (await schemaText(options, tools))
}

function schemaPath({ config }: Options): string {
  return join(dirname(config), SCHEMA_FILE)
}

function readSchema(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Nobody has asked for one.
    return undefined
  }
}
