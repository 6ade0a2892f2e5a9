import { type ChildProcess, spawn } from 'node:child_process'
import { LIMITS } from '../limits.ts'

/** A gateway that is thrown away. Foreign code runs in it, so it may hang, and print whatever. */
export interface GuardedProcess extends Disposable {
  readonly child: ChildProcess
  /** What it has printed so far. */
  stdout(): string
  stderr(): string
  /** Its exit code; null where it was killed. */
  readonly ended: Promise<number | null>
}

/** Ends a process whose starter is gone, even one that is in an endless loop. */
const GUARD = `import { Worker } from 'node:worker_threads'
new Worker(
  'const before = process.ppid;' +
  'setInterval(() => process.ppid === before || process.kill(process.pid, "SIGKILL"), 500)',
  { eval: true },
).unref()`

/** Starts the gateway's program with these words. It ends with this process, or when disposed of. */
export function startGuarded(program: string, words: readonly string[], folder: string) {
  const guard = `data:text/javascript,${encodeURIComponent(GUARD)}`
  const flags = process.execArgv.filter((each) => !each.startsWith('--inspect'))
  const child = spawn(process.execPath, [...flags, '--import', guard, program, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] = (texts[name] + text).slice(-LIMITS.output)
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  const guarded: GuardedProcess = {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
  return guarded
}

/** What a promise comes to within some time; else undefined. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The errors in what it printed, without the command's own words around them. */
export function reasonsIn(stderr: string, folder: string): string[] {
  const found = stderr.split(/^gateway: (?=\[|configuration|the configuration)/m).slice(1)
  const errors = found.filter((each) => /^\[(?:emerg|error|alert|crit)\] /.test(each))
  return errors.map((each) => {
    const text = each.replace(/^\[\w+\] /, '').trim()
    if (!text.startsWith(folder)) return text
    // Where a throw-away configuration has its words says nothing to anybody.
    const [line = ''] = text.split('\n', 1)
    return line.replace(/^\S+?:\d+:\d+: /, '')
  })
}
