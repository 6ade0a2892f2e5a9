/** Imports of the engine that we implement, by what they are for. */
export const IMPORTS = [
  'assertionFailed',
  'fdWrite',
  'fdClose',
  'environGet',
  'environSizesGet',
  'normalizeModule',
  'loadModule',
  'shouldInterrupt',
  'setTimer',
  'resizeHeap',
  'clearKeepalive',
  'localTime',
  'timeZone',
  'fdSeek',
  'now',
  'abort',
  'exit',
  'hostCall',
  'freeHostRef',
] as const

export type ImportName = (typeof IMPORTS)[number]

/** Functions of the engine that we call, as quickjs-emscripten's C interface names them. */
export interface Calls {
  /** Emscripten's static constructors; once, before anything else. */
  start(): void
  malloc(size: number): number
  free(pointer: number): void
  QTS_NewRuntime(): number
  QTS_RuntimeSetMaxStackSize(runtime: number, bytes: number): void
  QTS_NewContext(runtime: number, intrinsics: number): number
  QTS_FreeValuePointer(context: number, value: number): void
  QTS_GetUndefined(): number
  QTS_NewString(context: number, text: number): number
  QTS_NewArrayBuffer(context: number, bytes: number, length: number): number
  QTS_GetGlobalObject(context: number): number
  QTS_GetProp(context: number, object: number, key: number): number
  QTS_SetProp(context: number, object: number, key: number, value: number): void
  QTS_NewFunction(
    context: number,
    name: number,
    length: number,
    construct: number,
    id: number,
  ): number
  QTS_Call(context: number, callee: number, self: number, count: number, pointers: number): number
  QTS_Eval(
    context: number,
    source: number,
    length: number,
    file: number,
    detectModule: number,
    flags: number,
  ): number
  QTS_ResolveException(context: number, value: number): number
  QTS_IsJobPending(runtime: number): number
  QTS_ExecutePendingJob(runtime: number, most: number, context: number): number
}

/** Where things lie in the engine's memory; every one is tried by the self-test at start. */
export interface Layout {
  /** The end of the data that is never written, and of all static data; the stack is above. */
  readonly constantEnd: number
  readonly staticEnd: number
  /** The static word that holds the end of the heap (`sbrk`'s). */
  readonly heapEnd: number
  /** The static word that holds where the allocator's unused rest of the heap starts. */
  readonly heapRest: number
  /** A string's characters, from its start. */
  readonly stringData: number
  /** Length and first part of a rope, from its start; the second part follows the first. */
  readonly ropeParts: number
  /** The state of Math.random (xorshift64*), from the context's start. */
  readonly random: number
  /** The byte of the runtime that says what of functions is not kept when they are compiled. */
  readonly strip: number
  /** Where an object keeps its class, and the class of a Uint8Array. */
  readonly classId: number
  readonly bytesClass: number
  /** A typed array's first element and count of elements, from its object's start. */
  readonly arrayData: number
  readonly arrayLength: number
  /** What is added to the high word of a number that is no int32. */
  readonly doubleBias: number
}

/** One build of the engine: its file, and what we know about that very file. */
export interface Build {
  readonly name: string
  /** What the file is resolved as. */
  readonly file: string
  readonly sha256: string
  /** Every import has the same module; it is the letter Emscripten chose. */
  readonly module: string
  readonly memory: string
  readonly imports: Readonly<Record<ImportName, string>>
  readonly exports: Readonly<Record<keyof Calls, string>>
  readonly layout: Layout
}
