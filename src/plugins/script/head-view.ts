import { formatHttpDate, type Head, reasonOf } from 'gateway/plugin'
import type { MessageBody, ResponseView } from '../../../sandbox/host/message-view.ts'

/** A body that may be left where nobody has asked for it. */
interface LeavableBody extends MessageBody {
  readonly isUnread: boolean
}

/** A response of the gateway's own as a script sees it: a head, and a body that is still to come. */
export class HeadView implements ResponseView {
  readonly status: number
  readonly statusText: string
  /** Undefined where the head says that there is none. */
  readonly body: LeavableBody | undefined
  readonly #fields: readonly string[]

  constructor(head: Head, body: LeavableBody) {
    const isEmpty = head.length === 0 || head.status === 204 || head.status === 304
    this.status = head.status
    this.statusText = head.reason ?? reasonOf(head.status)
    this.body = isEmpty ? undefined : body
    this.#fields = fieldsOf(head)
  }

  /** Nobody will ask for its body any more, unless somebody has. */
  leave(): void {
    if (this.body?.isUnread) this.body.cancel()
  }

  header(name: string): string | undefined {
    const fields = this.#fields
    const found = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
    return found.length > 0 ? found.join(', ') : undefined
  }

  fields(): readonly string[] {
    return this.#fields
  }
}

/** Name, value, name, value…; names in lower case. */
function fieldsOf(head: Head): string[] {
  const fields: string[] = []
  if (head.type !== undefined) fields.push('content-type', head.type)
  if (head.length !== undefined) fields.push('content-length', `${head.length}`)
  if (head.modified !== undefined) fields.push('last-modified', formatHttpDate(head.modified))
  for (const [name, value] of head.fields) fields.push(name.toLowerCase(), value)
  return fields
}

/** Leaves answers that nobody wants any more. */
export function leaveAll(answers: readonly HeadView[]): void {
  for (const each of answers) each.leave()
}
