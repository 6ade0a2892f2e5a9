import type { HtmlEvent } from '../../border/html-event.ts'
import { lowerCase, textOf } from './byte-text.ts'

const FORM =
  /^doctype[\t\n\f\r ]*(?<name>[^\t\n\f\r >]*)(?:[\t\n\f\r ]+(?:public[\t\n\f\r ]*(?:"(?<public1>[^"]*)"|'(?<public2>[^']*)')[\t\n\f\r ]*|system[\t\n\f\r ]*)?(?:"(?<system1>[^"]*)"|'(?<system2>[^']*)')?)?/i

/** What a document type declaration says, from what stands between `<!` and `>` in it. */
export function parseDoctype(source: string): Extract<HtmlEvent, { kind: 'doctype' }> {
  const { name, public1, public2, system1, system2 } = FORM.exec(source)?.groups ?? {}
  return {
    kind: 'doctype',
    name: name ? textOf(lowerCase(name)) : null,
    publicId: textOrNull(public1 ?? public2),
    systemId: textOrNull(system1 ?? system2),
  }
}

function textOrNull(bytes: string | undefined): string | null {
  return bytes === undefined ? null : textOf(bytes)
}
