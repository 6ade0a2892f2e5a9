import type { HtmlEvent } from '../../border/html-event.ts'
import type { Edits } from './edits.ts'
import type { ElementDraft } from './element-draft.ts'
import type { Output } from './output.ts'

/** Something a script decides on: what it is told, what it may change, and how it ends. */
export interface Pending {
  readonly event: HtmlEvent
  readonly edits: Edits
  readonly draft?: ElementDraft
  /** Exchanges what is put out where nothing else is: a comment, an end tag's name. */
  readonly rewrite?: (text: string) => void
  /** The script is done with it: it goes out. */
  finish(): void
}

/** A piece without content, or the end, which things are appended to: it goes out as it came, with what was put around it, or not at all. */
export function pendingPiece(
  event: HtmlEvent,
  source: string,
  edits: Edits,
  out: Output,
  rewritten?: (text: string) => string,
): Pending {
  let own = source
  const rewrite = (text: string) => {
    if (rewritten !== undefined) own = rewritten(text)
  }
  return {
    event,
    edits,
    ...(rewritten === undefined ? {} : { rewrite }),
    finish() {
      out.put(edits.before)
      out.put(edits.isRemoved ? (edits.replacement ?? '') : own)
      out.put(edits.append)
      out.put(edits.after)
      edits.release()
    },
  }
}
