// Bytes with a type (File API).

type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob

interface BlobPropertyBag {
  readonly type?: string
}

declare class Blob {
  constructor(parts?: Iterable<BlobPart>, options?: BlobPropertyBag)
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array>
  slice(start?: number, end?: number, type?: string): Blob
  stream(): ReadableStream<Uint8Array>
  text(): Promise<string>
}

interface FilePropertyBag extends BlobPropertyBag {
  readonly lastModified?: number
}

declare class File extends Blob {
  constructor(parts: Iterable<BlobPart>, name: string, options?: FilePropertyBag)
  readonly name: string
  /** In milliseconds since 1970. */
  readonly lastModified: number
}
