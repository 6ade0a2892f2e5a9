import { join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { reasonsOf } from '../../kernel/process/program.ts'
import { cannot } from '../../packages/package-error.ts'
import { createProject } from '../../packages/project/create.ts'
import { KIND_NAMES, type KindName, PROJECT_KINDS } from '../../packages/project/kinds.ts'
import { namesOf } from '../../packages/project/names.ts'
import { DESCRIPTION_FILE } from '../../packages/project/project-files.ts'
import type { Tools } from '../command.ts'
import { DEFAULT_CONFIG } from '../commands.ts'
import type { Options } from '../options.ts'
import { say } from '../output.ts'
import { SCHEMA_FILE, schemaText } from '../schema-file.ts'

/** What was created. */
export interface Created {
  readonly name: string
  readonly kind: KindName
  /** Relative to the current folder. */
  readonly folder: string
}

/** `gateway plugin create`: makes a project that works, and asks for its kind where none is given. */
export async function createPlugin(
  name: string,
  wanted: KindName | undefined,
  options: Options,
  tools: Tools,
): Promise<Created> {
  namesOf(name)
  const kind = wanted ?? (await askKind())
  const folder = await createProject({ name, kind, parent: process.cwd() }, async (draft) => {
    const own: Options = { ...options, config: join(draft, DEFAULT_CONFIG), prefix: draft }
    await tools
      .program(own)
      .prepare()
      .catch((error) => {
        throw wouldNotLoad(name, draft, error)
      })
    const schema = { [SCHEMA_FILE]: await schemaText(own, tools) }
    if (PROJECT_KINDS[kind].isolation === 'script') return schema
    const [description] = await tools.describe(own, [draft])
    return { ...schema, [DESCRIPTION_FILE]: `${JSON.stringify(description, undefined, 2)}\n` }
  })
  return { name, kind, folder: relative(process.cwd(), folder) }
}

/** What to do with it now, as it can be typed. */
export function nextSteps({ folder, kind }: Created): string {
  return [
    `created ${folder}, ${kind === 'script' ? 'a script' : 'a plugin'} that ${PROJECT_KINDS[kind].text}; now:`,
    '',
    `  cd ${folder}`,
    '  gateway dev            serves gateway.yaml; what is saved is live at once',
    '  gateway plugin test    runs its tests',
    '',
    'and, while it is served, in another terminal:',
    '',
    `  ${PROJECT_KINDS[kind].ask}`,
  ].join('\n')
}

/** Names of the kernel and of built-in plugins are taken. */
function wouldNotLoad(name: string, draft: string, error: unknown): Error {
  const [reason = ''] = reasonsOf(error)
  const [line] = reason
    .replace(/^\S+:\d+:\d+: /, '')
    .replaceAll(draft, name)
    .split('\n')
  return cannot(`"${name}" would not load (${line}); nothing was written`, 'choose another name')
}

async function askKind(): Promise<KindName> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw cannot('no kind is given', `say --kind with one of ${KIND_NAMES.join(', ')}`)
  }
  const width = Math.max(...KIND_NAMES.map((kind) => kind.length))
  for (const [i, kind] of KIND_NAMES.entries()) {
    say(`  ${i + 1}  ${kind.padEnd(width)}  ${PROJECT_KINDS[kind].text}`)
  }
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await line.question('Which kind? ')).trim()
    const kind = KIND_NAMES.find((each, i) => answer === each || answer === `${i + 1}`)
    if (!kind) throw cannot(`"${answer}" is no kind`, `kinds are ${KIND_NAMES.join(', ')}`)
    return kind
  } finally {
    line.close()
  }
}
