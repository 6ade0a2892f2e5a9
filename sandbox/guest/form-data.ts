import { type Blob, bytesOfBlob, File, isBlob } from './blob.ts'
import { bytesOf, concat } from './bytes.ts'
import { notFormData } from './errors.ts'
import { parseQuery } from './form-urlencoded.ts'
import { boundaryOf, type FormPart, newBoundary, readParts } from './multipart.ts'
import { iterate, type PairSource } from './pairs.ts'
import { PlainString, toWellFormed } from './primordials.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** What a form's field holds. */
export type FormDataEntryValue = string | File

type Pair = [string, FormDataEntryValue]

/** Whether a script's object is FormData. */
export let isFormData: (value: unknown) => value is FormData

/** The fields of a form (XMLHttpRequest, "FormData"). */
export class FormData {
  #pairs: Pair[] = []

  append(name: string, value: string | Blob, filename?: string): void {
    this.#pairs.push([toWellFormed(PlainString(name)), entry(value, filename)])
  }

  delete(name: string): void {
    const key = toWellFormed(PlainString(name))
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== key)
  }

  get(name: string): FormDataEntryValue | null {
    const key = toWellFormed(PlainString(name))
    return this.#pairs.find((pair) => pair[0] === key)?.[1] ?? null
  }

  getAll(name: string): FormDataEntryValue[] {
    const key = toWellFormed(PlainString(name))
    return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1])
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  set(name: string, value: string | Blob, filename?: string): void {
    const key = toWellFormed(PlainString(name))
    const made = entry(value, filename)
    const first = this.#pairs.find((pair) => pair[0] === key)
    if (first) {
      first[1] = made
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== key)
    } else this.#pairs.push([key, made])
  }

  forEach(
    visit: (value: FormDataEntryValue, name: string, form: FormData) => void,
    self?: unknown,
  ): void {
    for (const [name, value] of this) visit.call(self, value, name, this)
  }

  keys(): IterableIterator<string> {
    return iterate(this.#source(), 'key', 'FormData')
  }

  values(): IterableIterator<FormDataEntryValue> {
    return iterate(this.#source(), 'value', 'FormData')
  }

  entries(): IterableIterator<Pair> {
    return iterate(this.#source(), 'entry', 'FormData')
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries()
  }

  #source(): PairSource<FormDataEntryValue> {
    return { pairs: () => this.#pairs }
  }

  static {
    isFormData = (value): value is FormData =>
      typeof value === 'object' && value !== null && #pairs in value
  }
}

/** The form in a body of this Content-Type. */
export function parseForm(type: string, bytes: Uint8Array): FormData {
  const form = new FormData()
  const essence = type.split(';', 1)[0]?.trim().toLowerCase()
  if (essence === 'application/x-www-form-urlencoded') {
    for (const [name, value] of parseQuery(decodeUtf8(bytes))) form.append(name, value)
    return form
  }
  const boundary = essence === 'multipart/form-data' ? boundaryOf(type) : undefined
  if (boundary === undefined) throw notFormData(type)
  for (const part of readParts(boundary, bytes)) appendPart(form, part, bytes)
  return form
}

/** A form as multipart/form-data (RFC 7578), names escaped as HTML does it. */
export function writeForm(form: FormData): { bytes: Uint8Array; type: string } {
  const boundary = newBoundary()
  const pieces: Uint8Array[] = []
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`
    if (typeof value === 'string') {
      pieces.push(encodeUtf8(`${head}\r\n\r\n${lines(value)}\r\n`))
      continue
    }
    const type = value.type || 'application/octet-stream'
    pieces.push(
      encodeUtf8(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`),
      bytesOfBlob(value),
      encodeUtf8('\r\n'),
    )
  }
  pieces.push(encodeUtf8(`--${boundary}--\r\n`))
  return { bytes: concat(pieces), type: `multipart/form-data; boundary=${boundary}` }
}

function entry(value: unknown, filename: string | undefined): FormDataEntryValue {
  if (!isBlob(value)) return toWellFormed(PlainString(value))
  if (value instanceof File && filename === undefined) return value
  const name = filename === undefined ? 'blob' : PlainString(filename)
  return new File([value], name, { type: value.type })
}

function appendPart(form: FormData, part: FormPart, bytes: Uint8Array): void {
  const content = bytesOf(bytes).subarray(part.start, part.end)
  if (part.filename === undefined) form.append(part.name, decodeUtf8(content))
  else form.append(part.name, new File([content], part.filename, { type: part.type }))
}

/** Line ends of names and values are CR LF in a form. */
function lines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

function escaped(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}
