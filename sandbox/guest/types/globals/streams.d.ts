// What comes and goes piece by piece (Streams Standard).

interface QueuingStrategy<Chunk = unknown> {
  readonly highWaterMark?: number
  readonly size?: (chunk: Chunk) => number
}

declare class CountQueuingStrategy {
  constructor(init: { readonly highWaterMark: number })
  readonly highWaterMark: number
  readonly size: (chunk?: unknown) => number
}

declare class ByteLengthQueuingStrategy {
  constructor(init: { readonly highWaterMark: number })
  readonly highWaterMark: number
  readonly size: (chunk: ArrayBufferView) => number
}

interface UnderlyingSource<Chunk> {
  readonly type?: undefined
  start?(controller: ReadableStreamDefaultController<Chunk>): unknown
  pull?(controller: ReadableStreamDefaultController<Chunk>): unknown
  cancel?(reason?: unknown): unknown
}

interface UnderlyingByteSource {
  readonly type: 'bytes'
  readonly autoAllocateChunkSize?: number
  start?(controller: ReadableByteStreamController): unknown
  pull?(controller: ReadableByteStreamController): unknown
  cancel?(reason?: unknown): unknown
}

interface StreamPipeOptions {
  readonly preventAbort?: boolean
  readonly preventCancel?: boolean
  readonly preventClose?: boolean
  readonly signal?: AbortSignal
}

interface ReadableWritablePair<Out, In> {
  readonly readable: ReadableStream<Out>
  readonly writable: WritableStream<In>
}

type ReadableStreamReadResult<Chunk> =
  | { readonly done: false; readonly value: Chunk }
  | { readonly done: true; readonly value: Chunk | undefined }

declare class ReadableStream<Chunk = unknown> {
  constructor(source: UnderlyingByteSource, strategy?: QueuingStrategy<Uint8Array>)
  constructor(source?: UnderlyingSource<Chunk>, strategy?: QueuingStrategy<Chunk>)
  static from<Chunk>(source: Iterable<Chunk> | AsyncIterable<Chunk>): ReadableStream<Chunk>
  readonly locked: boolean
  cancel(reason?: unknown): Promise<void>
  getReader(options: { readonly mode: 'byob' }): ReadableStreamBYOBReader
  getReader(): ReadableStreamDefaultReader<Chunk>
  pipeThrough<Out>(
    pair: ReadableWritablePair<Out, Chunk>,
    options?: StreamPipeOptions,
  ): ReadableStream<Out>
  pipeTo(to: WritableStream<Chunk>, options?: StreamPipeOptions): Promise<void>
  tee(): [ReadableStream<Chunk>, ReadableStream<Chunk>]
  values(options?: { readonly preventCancel?: boolean }): AsyncIterableIterator<Chunk>
  [Symbol.asyncIterator](): AsyncIterableIterator<Chunk>
}

declare class ReadableStreamDefaultReader<Chunk = unknown> {
  constructor(stream: ReadableStream<Chunk>)
  readonly closed: Promise<void>
  cancel(reason?: unknown): Promise<void>
  read(): Promise<ReadableStreamReadResult<Chunk>>
  releaseLock(): void
}

declare class ReadableStreamBYOBReader {
  constructor(stream: ReadableStream<Uint8Array>)
  readonly closed: Promise<void>
  cancel(reason?: unknown): Promise<void>
  read<View extends ArrayBufferView>(view: View): Promise<ReadableStreamReadResult<View>>
  releaseLock(): void
}

declare class ReadableStreamDefaultController<Chunk = unknown> {
  private constructor()
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk: Chunk): void
  error(reason?: unknown): void
}

declare class ReadableByteStreamController {
  private constructor()
  readonly byobRequest: ReadableStreamBYOBRequest | null
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk: ArrayBufferView): void
  error(reason?: unknown): void
}

declare class ReadableStreamBYOBRequest {
  private constructor()
  readonly view: ArrayBufferView | null
  respond(bytesWritten: number): void
  respondWithNewView(view: ArrayBufferView): void
}

interface UnderlyingSink<Chunk> {
  start?(controller: WritableStreamDefaultController): unknown
  write?(chunk: Chunk, controller: WritableStreamDefaultController): unknown
  close?(): unknown
  abort?(reason?: unknown): unknown
}

declare class WritableStream<Chunk = unknown> {
  constructor(sink?: UnderlyingSink<Chunk>, strategy?: QueuingStrategy<Chunk>)
  readonly locked: boolean
  abort(reason?: unknown): Promise<void>
  close(): Promise<void>
  getWriter(): WritableStreamDefaultWriter<Chunk>
}

declare class WritableStreamDefaultWriter<Chunk = unknown> {
  constructor(stream: WritableStream<Chunk>)
  readonly closed: Promise<void>
  readonly desiredSize: number | null
  readonly ready: Promise<void>
  abort(reason?: unknown): Promise<void>
  close(): Promise<void>
  releaseLock(): void
  write(chunk: Chunk): Promise<void>
}

declare class WritableStreamDefaultController {
  private constructor()
  readonly signal: AbortSignal
  error(reason?: unknown): void
}

interface Transformer<In, Out> {
  start?(controller: TransformStreamDefaultController<Out>): unknown
  transform?(chunk: In, controller: TransformStreamDefaultController<Out>): unknown
  flush?(controller: TransformStreamDefaultController<Out>): unknown
}

declare class TransformStream<In = unknown, Out = unknown> {
  constructor(
    transformer?: Transformer<In, Out>,
    writable?: QueuingStrategy<In>,
    readable?: QueuingStrategy<Out>,
  )
  readonly readable: ReadableStream<Out>
  readonly writable: WritableStream<In>
}

declare class TransformStreamDefaultController<Out = unknown> {
  private constructor()
  readonly desiredSize: number | null
  enqueue(chunk: Out): void
  error(reason?: unknown): void
  terminate(): void
}
