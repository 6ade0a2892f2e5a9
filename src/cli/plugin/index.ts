import { dirname, relative } from 'node:path'
import { reasonsOf } from '../../kernel/process/program.ts'
import type { Change } from '../../packages/change/install.ts'
import type { Workshop } from '../../packages/change/workshop.ts'
import { Store } from '../../packages/store/store.ts'
import type { Tools } from '../command.ts'
import type { Options } from '../options.ts'
import { refuse, report, say, show } from '../output.ts'
import { isSchemaStale, SCHEMA_FILE, writeSchemaFile } from '../schema-file.ts'
import { askFor } from './ask.ts'
import { visible } from './printable.ts'
import { auditText, infoText, listText, table } from './tables.ts'
import type { PluginWords } from './words.ts'

/** What an action comes to: text for people, and the same as data for `--json`. */
interface Outcome {
  readonly text: string
  readonly data: unknown
  /** False where the command has found something wrong. */
  readonly good?: false
}

/** `gateway plugin …`. Sets the exit code. */
export async function runPlugin(asked: PluginWords, options: Options, tools: Tools): Promise<void> {
  try {
    const { text, data, good } = await act(asked, options, tools)
    if (asked.flags.json) show(JSON.stringify(data))
    else if (text !== '') show(text)
    if (good === false) process.exitCode = 1
  } catch (error) {
    const { reasons } = error as { readonly reasons?: readonly string[] }
    if (!reasons) return refuse(error)
    for (const reason of reasons) report('emerg', visible(reason))
    process.exitCode = 1
  }
}

async function act(asked: PluginWords, options: Options, tools: Tools): Promise<Outcome> {
  const workshop = makeWorkshop(asked, options, tools)
  const { words } = asked
  switch (asked.action) {
    case 'create': {
      const { createPlugin, nextSteps } = await import('./create.ts')
      const data = await createPlugin(words[0] ?? '', asked.flags.kind, options, tools)
      return { data, text: nextSteps(data) }
    }
    case 'test': {
      const { testedText, testPlugins } = await import('./test.ts')
      const data = await testPlugins(words.length > 0 ? words : ['.'], workshop.program)
      return { data, text: testedText(data), ...(data.failed > 0 ? { good: false } : {}) }
    }
    case 'install': {
      const { install } = await import('../../packages/change/install.ts')
      const { restore } = await import('../../packages/change/restore.ts')
      const changes = words.length > 0 ? await install(words, workshop) : await restore(workshop)
      return told(changes, workshop, options, tools)
    }
    case 'update': {
      const { update } = await import('../../packages/change/update.ts')
      return told(await update(words, workshop), workshop, options, tools)
    }
    case 'remove': {
      const { remove } = await import('../../packages/change/update.ts')
      return told(await remove(words, workshop), workshop, options, tools)
    }
    case 'prune': {
      const { prune } = await import('../../packages/change/update.ts')
      const data = await prune(workshop)
      return { data, text: data.join('\n') }
    }
    case 'outdated': {
      const { outdated } = await import('../../packages/change/update.ts')
      const data = await outdated(words, workshop)
      const rows = data.map((each) => [each.name, each.installed, each.wanted, each.latest ?? '-'])
      return { data, text: table(['PLUGIN', 'INSTALLED', 'WANTED', 'LATEST'], rows) }
    }
    case 'verify': {
      const outcome = await verifyAll(words, workshop.store)
      // Code of plugins is run to describe them, but none that was tampered with.
      if (outcome.good !== false) await tellStaleSchema(options, tools)
      return outcome
    }
    case 'audit':
      return auditAll(asked, workshop)
    case 'list':
    case 'info':
      return describeInstalled(asked, workshop.store)
    case 'pack': {
      const { pack } = await import('../../packages/change/pack.ts')
      const data = await pack(words[0] ?? '.', process.cwd(), workshop.program)
      return { data, text: relative(process.cwd(), data.file) }
    }
    case 'describe': {
      const data = await tools.describe(options, words.length > 0 ? words : ['.'])
      // One, with line breaks, is what a package keeps as its schema.json.
      return { data, text: JSON.stringify(data.length === 1 ? data[0] : data, undefined, 2) }
    }
  }
}

function makeWorkshop({ action, flags }: PluginWords, options: Options, tools: Tools): Workshop {
  const grant = flags.yes ? 'yes' : flags.dryRun ? 'look' : 'ask'
  return {
    store: new Store(dirname(options.config)),
    program: tools.program(options).entry,
    registry: flags.registry,
    trustRoot: flags.trustRoot,
    cwd: process.cwd(),
    mode: flags.dryRun ? 'dry-run' : 'change',
    ask: (requests) => askFor(requests, grant),
    tell: (text) => say(`plugin ${action}: ${text}`),
  }
}

async function told(
  changes: readonly Change[],
  { mode }: Workshop,
  options: Options,
  tools: Tools,
): Promise<Outcome> {
  const [removed, installed] =
    mode === 'dry-run' ? ['would remove', 'would install'] : ['removed', 'installed']
  const lines = changes.map(({ name, from, to }) => {
    if (to === undefined) return `${removed} ${name} ${from}`
    return from === undefined || from === to
      ? `${installed} ${name} ${to}`
      : `${name} ${from} -> ${to}`
  })
  if (changes.length === 0) lines.push('nothing to do')
  else if (mode === 'dry-run') lines.push('nothing was changed')
  else {
    await tellEditors(options, tools)
    lines.push('a running gateway takes it up with: gateway -s reload')
  }
  const data = changes.map(({ name, from, to, locked }) => {
    const { permissions, bundle, resolved } = locked ?? {}
    return { name, from: from ?? null, to: to ?? null, permissions, bundle, resolved }
  })
  return { data, text: lines.join('\n') }
}

/** The schema of all that is installed, for editors. What an editor needs is not worth a failure. */
async function tellEditors(options: Options, tools: Tools): Promise<void> {
  try {
    await writeSchemaFile(options, tools)
  } catch (error) {
    const [reason = ''] = reasonsOf(error)
    report('warn', `${SCHEMA_FILE} is as before, since the configuration is refused: ${reason}`)
  }
}

async function tellStaleSchema(options: Options, tools: Tools): Promise<void> {
  try {
    if (!(await isSchemaStale(options, tools))) return
    const mend = `"gateway schema > ${SCHEMA_FILE}" writes it anew`
    report('warn', `${SCHEMA_FILE} describes other plugins than there are; ${mend}`)
  } catch (error) {
    const [reason = ''] = reasonsOf(error)
    report('warn', `${SCHEMA_FILE} is not looked at, since the configuration is refused: ${reason}`)
  }
}

async function verifyAll(words: readonly string[], store: Store): Promise<Outcome> {
  const [{ installedIn }, { verify }] = await Promise.all([
    import('../../packages/change/update.ts'),
    import('../../packages/change/verify.ts'),
  ])
  const data = []
  for (const [name, locked] of installedIn(store.folder, words)) {
    data.push(await verify(name, locked, store))
  }
  for (const { state, reasons } of data) {
    for (const each of reasons) report(state === 'broken' ? 'error' : 'warn', visible(each))
  }
  const text = table(
    ['PLUGIN', 'VERSION', 'STATE'],
    data.map(({ name, version, state }) => [name, version, state]),
  )
  const broken = data.some(({ state }) => state === 'broken')
  return { data, text, ...(broken ? { good: false } : {}) }
}

async function auditAll({ flags, words }: PluginWords, workshop: Workshop): Promise<Outcome> {
  const [{ installedIn }, { audit }, { isFailure }, { readLock }] = await Promise.all([
    import('../../packages/change/update.ts'),
    import('../../packages/audit/audit.ts'),
    import('../../packages/audit/finding.ts'),
    import('../../packages/store/lock.ts'),
  ])
  const { registry, store } = workshop
  const plugins = installedIn(store.folder, words)
  const lock = readLock(store.folder)
  const ask = flags.offline ? 'offline' : 'registries'
  const data = await audit({ plugins, lock, store, registry, ask })
  for (const each of data.unasked) report('error', visible(each))
  const good = data.unasked.length === 0 && !data.findings.some(isFailure)
  return { data, text: auditText(data), ...(good ? {} : { good }) }
}

async function describeInstalled(asked: PluginWords, store: Store): Promise<Outcome> {
  const [{ installedIn }, { readInstalled }] = await Promise.all([
    import('../../packages/change/update.ts'),
    import('../../packages/change/verify.ts'),
  ])
  const plugins = installedIn(store.folder, asked.words)
  if (asked.action === 'list') {
    const data = plugins.map(([name, locked]) => ({ name, ...locked }))
    return { data, text: listText(plugins) }
  }
  const [found] = plugins
  if (!found) return { data: null, text: '' }
  const [name, locked] = found
  const { manifest, description } = readInstalled(name, locked, store)
  const home = relative(process.cwd(), store.home(name, locked))
  return {
    data: { name, ...locked, description: manifest.description, home, ...description },
    text: infoText({ name, locked, manifest, description, home }),
  }
}
