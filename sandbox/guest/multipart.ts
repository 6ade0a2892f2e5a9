import { PART, PART_LINES } from '../border/form-part.ts'
import { BodyOp, CryptoOp } from '../border/ops.ts'
import { host } from './host.ts'
import { PlainString } from './primordials.ts'

/** A part of a form, and where its content stands in the body. */
export interface FormPart {
  readonly name: string
  /** Of a file only. */
  readonly filename: string | undefined
  readonly type: string
  readonly start: number
  readonly end: number
}

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i

/** The boundary in a Content-Type. */
export function boundaryOf(type: string): string | undefined {
  const found = BOUNDARY.exec(type)
  return found?.[1] ?? found?.[2]
}

/** A boundary that nothing a script holds can contain but by chance of 1 in 2^122. */
export function newBoundary(): string {
  return `----gateway-${PlainString(host(CryptoOp.randomUuid))}`
}

/** The parts of a body. Finding them is the host's: it searches bytes faster. */
export function readParts(boundary: string, bytes: Uint8Array): FormPart[] {
  const lines = (host(BodyOp.multipart, boundary, bytes) as string).split('\n')
  const parts: FormPart[] = []
  for (let i = 0; i + PART_LINES <= lines.length; i += PART_LINES) {
    const at = (line: number) => lines[i + line] as string
    parts.push({
      name: decode(at(PART.name)),
      filename: at(PART.isFile) === '' ? undefined : decode(at(PART.filename)),
      type: at(PART.type),
      start: Number(at(PART.start)),
      end: Number(at(PART.end)),
    })
  }
  return parts
}

function decode(text: string): string {
  return text.replace(/%0A|%0D|%22/gi, (hex) => decodeURIComponent(hex))
}
