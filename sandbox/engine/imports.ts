import type { Build, ImportName } from './build.ts'

/** What the engine's imports need of the instance they belong to. */
export interface ImportTarget {
  readonly memory: Buffer
  readonly view: DataView
  /** The host has written into the memory. */
  wrote(at: number, bytes: number): void
  /** Fuel is below zero. */
  burnt(): void
  /** The heap would have to grow beyond the memory there is. */
  memoryRefused(): void
  /** The time of the guest's clock, in milliseconds. */
  now(): number
  /** A guest calls the host: context, this, count of arguments, arguments, id of the function. */
  hostCall(count: number, values: number): number
}

/** The engine stops itself: a failed assertion, `abort` or `exit`. */
export class EngineAborted extends Error {}

const NOT_SUPPORTED = 52
const NOT_SEEKABLE = 70

/**
 * The engine's imports, made by us instead of Emscripten's JavaScript: no file, no environment, no
 * timer, no module loader; the time zone is UTC, and the clock is the host's, in milliseconds.
 */
export function makeImports(
  build: Build,
  memory: WebAssembly.Memory,
  target: ImportTarget,
): WebAssembly.Imports {
  const functions = functionsFor(target)
  const module: WebAssembly.ModuleImports = { [build.memory]: memory }
  for (const [name, letter] of Object.entries(build.imports)) {
    module[letter] = functions[name as ImportName]
  }
  return { [build.module]: module }
}

function functionsFor(target: ImportTarget): Record<ImportName, (...values: never[]) => unknown> {
  const { memory } = target
  const zero = () => 0
  return {
    assertionFailed: () => aborted('assertion failed'),
    abort: () => aborted('abort'),
    exit: () => aborted('exit'),
    fdWrite: (_: number, vectors: number, count: number, written: number) =>
      discard(target, vectors, count, written),
    fdClose: () => NOT_SUPPORTED,
    fdSeek: () => NOT_SEEKABLE,
    environGet: zero,
    environSizesGet: (count: number, size: number) => {
      putWord(target, count, 0)
      putWord(target, size, 0)
      return 0
    },
    normalizeModule: zero,
    loadModule: zero,
    shouldInterrupt: zero,
    setTimer: zero,
    resizeHeap: () => {
      target.memoryRefused()
      return 0
    },
    clearKeepalive: () => target.burnt(),
    localTime: (seconds: bigint, out: number) => writeTime(target, Number(seconds), out),
    timeZone: (offset: number, daylight: number, standard: number, summer: number) => {
      putWord(target, offset, 0)
      putWord(target, daylight, 0)
      for (const name of [standard, summer]) {
        memory.write('UTC\0', name, 'latin1')
        target.wrote(name, 4)
      }
    },
    now: () => target.now(),
    hostCall: (_: number, __: number, count: number, values: number) =>
      target.hostCall(count, values),
    // The only function a guest has belongs to every image; it is never released.
    freeHostRef: () => {},
  }
}

function aborted(what: string): never {
  throw new EngineAborted(what)
}

function discard(target: ImportTarget, vectors: number, count: number, written: number): number {
  let length = 0
  for (let each = 0; each < count; each++) {
    length += target.view.getUint32(vectors + 8 * each + 4, true)
  }
  putWord(target, written, length)
  return 0
}

function putWord({ view, wrote }: ImportTarget, at: number, value: number): void {
  view.setInt32(at, value, true)
  wrote(at, 4)
}

const DAY = 86_400_000

/** C's `struct tm`, in UTC. */
function writeTime(target: ImportTarget, seconds: number, out: number): void {
  const time = new Date(seconds * 1000)
  const year = time.getUTCFullYear()
  const yearDay = Math.floor((time.getTime() - Date.UTC(year, 0, 1)) / DAY)
  const [date, month, day] = [time.getUTCDate(), time.getUTCMonth(), time.getUTCDay()]
  const clock = [time.getUTCSeconds(), time.getUTCMinutes(), time.getUTCHours()]
  const fields = [...clock, date, month, year - 1900, day, yearDay, 0, 0]
  for (const [index, field] of fields.entries()) putWord(target, out + 4 * index, field)
}
