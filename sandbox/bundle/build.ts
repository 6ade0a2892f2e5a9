import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  type Metafile,
} from 'esbuild'
import type { Diagnostic, Refusal } from './diagnostic.ts'
import { type Caught, ENTRY, NAMESPACE, scriptPlugin } from './esbuild-plugin.ts'
import { isProgram } from './loaders.ts'
import type { BuildAnswer, BuildOrder } from './messages.ts'
import { ScriptFiles } from './script-files.ts'
import { NO_DEFAULT, startOf, Translator } from './translate.ts'

/** What the engine understands; newer syntax is rewritten, or refused where that is impossible. */
const TARGET = 'es2023'
const MAX_DIAGNOSTICS = 20
/** For what esbuild says about no file of the script. */
const NO_PLACE: Refusal = { code: 'syntax', text: 'the script cannot be bundled' }

/** Bundles one script. Never throws for what a script's files say. */
export async function buildScript(wanted: BuildOrder): Promise<BuildAnswer> {
  const opened = open(wanted)
  if ('kind' in opened) return opened
  const { files, order } = opened
  const caught: Caught = new Map()
  const result = await run(order, files, caught)
  if (typeof result === 'string') return { kind: 'failed', why: result }
  const translator = new Translator(order, caught)
  const { errors, warnings } = translator.findings(result.errors, result.warnings)
  if (errors.length > 0) return broken(errors)
  if (result.errors.length > 0) return broken([{ ...NO_PLACE, ...startOf(order.entry) }])
  if (exportsNothing(order, result)) return broken([{ ...NO_DEFAULT, ...startOf(order.entry) }])
  const code = textOf(result, '.js')
  const bytes = Buffer.byteLength(code)
  if (bytes > order.limits.scriptSize) return { kind: 'too-large', bytes }
  const map = withPlainNames(textOf(result, '.map'))
  const shown = warnings.slice(0, MAX_DIAGNOSTICS).map(shortened)
  return { kind: 'built', code, map, warnings: shown, evidence: files.evidence }
}

/** The folders, and the order with the file that its entry is, links followed. */
interface Opened {
  readonly files: ScriptFiles
  readonly order: BuildOrder
}

function open(order: BuildOrder): Opened | BuildAnswer {
  let files: ScriptFiles
  try {
    files = new ScriptFiles(order)
  } catch (error) {
    return notFound(`has no folder (${(error as NodeJS.ErrnoException).code})`)
  }
  const found = files.locate({ origin: 'script', path: order.entry })
  switch (found.kind) {
    case 'file':
      return isProgram(found.path)
        ? { files, order: { ...order, entry: found.path } }
        : notFound('is neither TypeScript nor JavaScript')
    case 'outside':
      return notFound('lies outside of its folder')
    case 'absent':
      return notFound('is not there')
    default:
      return notFound('is no file')
  }
}

function notFound(why: string): BuildAnswer {
  return { kind: 'not-found', why }
}

interface Outcome
  extends Pick<BuildResult<{ write: false }>, 'errors' | 'warnings' | 'outputFiles'> {
  readonly metafile?: Metafile
}

/** A text where it was not the script's fault. */
async function run(
  order: BuildOrder,
  files: ScriptFiles,
  caught: Caught,
): Promise<Outcome | string> {
  try {
    return await build({ ...optionsFor(order), plugins: [scriptPlugin(order, files, caught)] })
  } catch (error) {
    const { errors, warnings } = error as Partial<BuildFailure>
    return errors ? { errors, warnings: warnings ?? [], outputFiles: [] } : String(error)
  }
}

function optionsFor(order: BuildOrder) {
  return {
    entryPoints: [ENTRY],
    outfile: '/script.js',
    absWorkingDir: '/',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    format: 'iife',
    globalName: order.global,
    banner: { js: '"use strict";' },
    target: TARGET,
    // Nearly always one byte a character, in the engine and in the host.
    charset: 'ascii',
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    jsx: 'automatic',
    // No file of the script's folder changes how it is built.
    tsconfigRaw: {},
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'silent',
    logOverride: {
      'unsupported-dynamic-import': 'warning',
      'unsupported-require-call': 'warning',
      'empty-glob': 'warning',
    },
  } satisfies BuildOptions
}

/** A file without `import`, `export` and `module` could be either kind of module: it is neither. */
function exportsNothing({ entry }: BuildOrder, { metafile }: Outcome): boolean {
  return metafile?.inputs[`script:${entry}`]?.format === undefined
}

function broken(errors: readonly Diagnostic[]): BuildAnswer {
  const diagnostics = errors.slice(0, MAX_DIAGNOSTICS).map(shortened)
  return { kind: 'broken', diagnostics, more: errors.length - diagnostics.length }
}

const MAX_LINE_TEXT = 1000
const MAX_TEXT = 300

/** A line may be the whole of a minified file, and a text name what is as long. */
function shortened(diagnostic: Diagnostic): Diagnostic {
  const { text, hint, lineText, column } = diagnostic
  const isSeen = column <= MAX_LINE_TEXT
  return {
    ...diagnostic,
    text: text.slice(0, MAX_TEXT),
    ...(hint === undefined ? {} : { hint: hint.slice(0, MAX_TEXT) }),
    lineText: isSeen ? lineText.slice(0, MAX_LINE_TEXT) : '',
  }
}

function textOf({ outputFiles }: Outcome, extension: string): string {
  return outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? ''
}

function withPlainNames(map: string): string {
  const fields = JSON.parse(map) as { sources: string[] }
  const sources = fields.sources.map((each) => each.replace(NAMESPACE, ''))
  return JSON.stringify({ ...fields, sources })
}
