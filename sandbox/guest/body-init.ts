import { type Blob, bytesOfBlob, isBlob } from './blob.ts'
import type { BodySource } from './body.ts'
import { bytesOf, isBuffer } from './bytes.ts'
import { type FormData, isFormData, writeForm } from './form-data.ts'
import { PlainString } from './primordials.ts'
import { isReadable, type ReadableStream } from './streams.ts'
import { isSearchParams, type URLSearchParams } from './url-search-params.ts'

/** What a body can be made of. */
export type BodyInit =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream

/** A body, and the Content-Type it has by itself ('' for none). */
export interface ExtractedBody {
  readonly source: BodySource
  readonly type: string
}

/** The Content-Type of a text. */
export const TEXT = 'text/plain;charset=UTF-8'
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8'

/** As Fetch extracts a body ("extract"). */
export function extractBody(init: BodyInit | null | undefined): ExtractedBody {
  if (init === undefined || init === null) return { source: undefined, type: '' }
  if (typeof init === 'string') return { source: init, type: TEXT }
  if (typeof init !== 'object') return { source: PlainString(init), type: TEXT }
  if (isBuffer(init)) return { source: bytesOf(init).slice(), type: '' }
  if (isReadable(init)) return { source: init, type: '' }
  if (isSearchParams(init)) return { source: init.toString(), type: FORM }
  if (isBlob(init)) return { source: bytesOfBlob(init), type: init.type }
  if (isFormData(init)) {
    const { bytes, type } = writeForm(init)
    return { source: bytes, type }
  }
  return { source: PlainString(init), type: TEXT }
}
