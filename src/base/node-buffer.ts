/**
 * Methods of `Buffer` that Node has but does not document: they spare the look-up of the encoding
 * by name, which counts where every request passes.
 */
declare global {
  interface Buffer {
    latin1Slice(start: number, end?: number): string
    latin1Write(text: string, offset: number, length: number): number
  }
}

export {}
